"""The log: one shape for everyone, and no secret in it."""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.keys import ApiKey
from bot.log import BLACKED_OUT, Redactor, configure
from tests.logs import restored_logging

__all__ = ["restored_logging"]

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.usefixtures("restored_logging")

Capture = pytest.CaptureFixture[str]

CANARY = 'ca"nary\\pass wörd'
# The shapes of real secrets, with content that never was one.
TOKEN = "MTE3NjAwMDAwMDAwMDAwMDAwMA.GcAnAr.canary-canary-canary-canary-canary"
KEY = "sk-canary0123456789abcdef"
INTERACTION = "aW50ZXJhY3Rpb246Y2FuYXJ5"


def entries(capsys: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_record_of_a_library_is_one_json_line(capsys: Capture) -> None:
    configure("INFO", "json")
    logging.getLogger("discord.client").info("Shard %s is ready", 3, extra={"guilds": 7})
    (entry,) = entries(capsys)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "Shard 3 is ready",
        "level": "info",
        "logger": "discord.client",
        "guilds": 7,
    }


def test_structured_events_take_the_same_way(capsys: Capture) -> None:
    configure("INFO", "json")
    with structlog.contextvars.bound_contextvars(guild=5):
        structlog.get_logger("bot.x").info("joined", channel=6)
        logging.getLogger("bot.y").info("left")
    first, second = entries(capsys)
    assert (first["event"], first["logger"], first["guild"], first["channel"]) == (
        "joined",
        "bot.x",
        5,
        6,
    )
    assert (second["event"], second["guild"]) == ("left", 5)


def test_warnings_are_logged(capsys: Capture) -> None:
    configure("INFO", "json")
    warnings.warn("old ways", stacklevel=1)
    (entry,) = entries(capsys)
    assert (entry["logger"], entry["level"]) == ("py.warnings", "warning")


def test_the_automatic_shape_is_json_where_nobody_watches(capsys: Capture) -> None:
    configure("INFO", "auto")
    logging.getLogger("bot").info("ready")
    assert entries(capsys)[0]["event"] == "ready"


def test_the_automatic_shape_is_readable_on_a_terminal(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure("INFO", "auto")
    logging.getLogger("bot").info("ready")
    written = capsys.readouterr().err
    assert "ready" in written
    assert not written.startswith("{")


def test_configuring_twice_writes_once(capsys: Capture) -> None:
    configure("INFO", "json")
    configure("WARNING", "json")
    logging.getLogger("bot").info("quiet")
    logging.getLogger("bot").warning("loud")
    assert [entry["event"] for entry in entries(capsys)] == ["loud"]


@pytest.mark.parametrize(
    "name",
    ["discord.gateway", "discord.http", "discord.voice_state", "aiohttp.client", "aiosqlite"],
)
def test_libraries_that_write_secrets_at_debug_are_kept_at_info(capsys: Capture, name: str) -> None:
    configure("DEBUG", "json")
    logging.getLogger(name).debug("secret")
    logging.getLogger(name).info("harmless")
    assert [entry["event"] for entry in entries(capsys)] == ["harmless"]


def test_a_higher_level_holds_for_the_libraries_too(capsys: Capture) -> None:
    configure("ERROR", "json")
    logging.getLogger("discord.client").warning("not now")
    assert capsys.readouterr().err == ""


def fail_with(secret: str) -> None:
    raise ValueError(f"refused: {secret}") from KeyError(secret)


@pytest.mark.parametrize("shape", ["json", "console"])
@pytest.mark.parametrize("secret", [CANARY, TOKEN, KEY])
def test_no_secret_reaches_the_log_by_any_way(capsys: Capture, shape: Any, secret: str) -> None:
    configure("DEBUG", shape, secrets=[CANARY])
    log = logging.getLogger("bot.canary")
    log.debug("in a message: %s", secret)
    log.info("in a mapping: %s", {"anything": secret, "list": [secret]})
    log.info("in extras", extra={"nested": {"anything": (secret, {secret})}, "plain": secret})
    log.info("as an object", extra={"object": ValueError(secret)})
    log.info("behind\n%s", secret)
    structlog.get_logger("bot.canary").warning("as a field", anything=secret)
    try:
        fail_with(secret)
    except ValueError:
        log.exception("in a traceback")
    written = capsys.readouterr().err
    assert len(written.splitlines()) >= 7
    assert "canary-canary" not in written
    assert "canary0123456789" not in written
    assert "wörd" not in written
    assert "w\\u00f6rd" not in written


def test_a_secret_that_became_known_later_is_hidden_at_once(
    capsys: Capture, tmp_path: Path
) -> None:
    configure("INFO", "json", secrets=[CANARY])
    (tmp_path / "key").write_text("horse-battery-staple")  # of no shape that gives it away
    key = ApiKey("before", file=tmp_path / "key")
    assert key.renew("before")
    logging.getLogger("bot").info("it is %s, not %s", key.current(), CANARY)
    written = capsys.readouterr().err
    assert f"it is {BLACKED_OUT}, not {BLACKED_OUT}" in written


@pytest.mark.parametrize("thread", ["none", "another"])
def test_what_nobody_caught_is_logged_without_secrets(capsys: Capture, thread: str) -> None:
    configure("INFO", "json", secrets=[CANARY])
    if thread == "another":
        failing = threading.Thread(target=fail_with, args=[CANARY], name="worker")
        failing.start()
        failing.join()
    else:
        try:
            fail_with(CANARY)
        except ValueError:
            sys.excepthook(*sys.exc_info())
    (entry,) = entries(capsys)
    assert entry["level"] == "critical"
    assert f"ValueError: {BLACKED_OUT}" in entry["exception"]
    assert "in fail_with" in entry["exception"]
    assert "wörd" not in entry["exception"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Authorization: Bot {TOKEN}", f"Authorization: {BLACKED_OUT}"),
        ("Authorization: Bearer abc", f"Authorization: {BLACKED_OUT}"),
        ("sent Bearer abcdefghijklmnop.", f"sent Bearer {BLACKED_OUT}"),
        ("{'Authorization': 'Bot abc'}", f"{{'Authorization': {BLACKED_OUT}}}"),
        ('{"token": "abc", "op": 4}', f'{{"token": {BLACKED_OUT}, "op": 4}}'),
        ("{'secret_key': [1, 22, 255]}", f"{{'secret_key': {BLACKED_OUT}}}"),
        ("session_id=abc,", f"session_id={BLACKED_OUT},"),
        ("api_key=abc", f"api_key={BLACKED_OUT}"),
        (
            f"POST https://discord.com/api/v10/webhooks/123/{INTERACTION}/messages/@original",
            f"POST https://discord.com/api/v10/webhooks/123/{BLACKED_OUT}/messages/@original",
        ),
        (
            f"POST https://discord.com/api/v10/interactions/123/{INTERACTION}/callback",
            f"POST https://discord.com/api/v10/interactions/123/{BLACKED_OUT}/callback",
        ),
        (
            "http://b.oss-cn-beijing.aliyuncs.com/a.wav?Expires=17&OSSAccessKeyId=LT&Signature=a%2F=",
            f"http://b.oss-cn-beijing.aliyuncs.com/a.wav?Expires={BLACKED_OUT}&OSSAccessKeyId={BLACKED_OUT}&Signature={BLACKED_OUT}",
        ),
        (
            "https://cdn.discordapp.com/attachments/1/2/a.wav?ex=6a&is=6b&hm=ff&width=1",
            f"https://cdn.discordapp.com/attachments/1/2/a.wav?ex={BLACKED_OUT}&is={BLACKED_OUT}&hm={BLACKED_OUT}&width=1",
        ),
        ("postgresql://bot:hunter2@host/db", f"postgresql://bot:{BLACKED_OUT}@host/db"),
    ],
)
def test_what_has_the_shape_of_a_secret_is_blacked_out(text: str, expected: str) -> None:
    assert Redactor().text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Bot ready in 3 guilds",
        "input_tokens=12 output_tokens=40",
        "risk-encoder-worker-1 stopped",
        "https://docs.example/page?width=1&index=2",
        "Speaking in guild 123456789012345678, request 8f2c3d4e-1111-2222-3333-444455556666",
        "/webhooks/123",
    ],
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_field_named_after_a_secret_is_blacked_out_whatever_it_holds() -> None:
    redacted = Redactor().value({"bot_token": object(), "Authorization": b"x", "input_tokens": 3})
    assert redacted == {
        "bot_token": BLACKED_OUT,
        "Authorization": BLACKED_OUT,
        "input_tokens": 3,
    }
