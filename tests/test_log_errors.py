"""Errors in the log: what and where, and nothing of what people wrote."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
import structlog
from sqlalchemy.exc import OperationalError

from bot._log_errors import MAX_CHAIN, MAX_DEPTH, headline, told
from bot.errors import ConfigError, ProviderError, ProviderFault, UserError
from bot.log import HANDLER, configure
from tests.logs import restored_logging

__all__ = ["restored_logging"]

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("restored_logging")

Capture = pytest.CaptureFixture[str]
WORDS = "canary words of a member"


class LibraryError(Exception):
    """What a library may raise."""


def written(capsys: Capture) -> str:
    """Return what was logged, without the words in whatever spelling."""
    err = capsys.readouterr().err
    assert err
    assert "canary" not in err
    return err


def refused_by_discord() -> discord.HTTPException:
    response = aiohttp.ClientResponse.__new__(aiohttp.ClientResponse)
    response.status, response.reason = 400, "Bad Request"
    return discord.HTTPException(response, {"code": 50035, "message": WORDS})


def refused_by_database() -> OperationalError:
    return OperationalError("INSERT", {"word": WORDS}, sqlite3.OperationalError(WORDS))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError(WORDS), "ValueError: [redacted]"),
        (ValueError(), "ValueError"),
        (KeyError(WORDS), "KeyError: [redacted]"),
        (UserError(WORDS), "bot.errors.UserError: [redacted]"),
        (OSError(28, "No space left", WORDS), "OSError: errno 28 [redacted]"),
        (ModuleNotFoundError(WORDS, name="av"), "ModuleNotFoundError: av [redacted]"),
        (refused_by_discord(), "discord.errors.HTTPException: status 400, code 50035 [redacted]"),
        (refused_by_database(), "sqlalchemy.exc.OperationalError: [redacted]"),
        (ConfigError(["TTS_MODE: choose one"]), "bot.errors.ConfigError: TTS_MODE: choose one"),
        (
            ProviderError("no audio", fault=ProviderFault.PROTOCOL, retryable=True),
            "bot.errors.ProviderError: no audio",
        ),
    ],
)
def test_an_error_is_told_by_its_type_and_what_is_harmless(error: Exception, line: str) -> None:
    assert headline(error) == line


def test_a_database_names_its_own_errors() -> None:
    with pytest.raises(sqlite3.OperationalError) as caught, sqlite3.connect(":memory:") as base:
        base.execute("SELECT 'canary' FROM nowhere")
    assert headline(caught.value) == "sqlite3.OperationalError: SQLITE_ERROR [redacted]"


def fail() -> None:
    """Fail with words, for a reason with words, while another with words is dealt with."""
    try:
        int(WORDS)
    except ValueError:
        try:
            raise KeyError(WORDS)
        except KeyError as error:
            raise RuntimeError(WORDS) from error


def fail_several() -> None:
    raise ExceptionGroup(WORDS, [ValueError(WORDS), ExceptionGroup(WORDS, [KeyError(WORDS)])])


def fail_with_note() -> None:
    error = ValueError("x")
    error.add_note(WORDS)
    raise error


@pytest.mark.parametrize("shape", ["json", "console"])
@pytest.mark.parametrize("logger", ["bot", "discord.client", "aiohttp.server", "asyncio"])
@pytest.mark.parametrize("cause", [fail, fail_several, fail_with_note])
def test_no_record_of_a_bug_holds_the_words(
    capsys: Capture, shape: Any, logger: str, cause: Callable[[], None]
) -> None:
    configure("INFO", shape)
    log = logging.getLogger(logger)
    try:
        cause()
    except Exception as error:
        log.exception("failed: %s, %r", error, error)
        log.error(f"failed: {error}", exc_info=error)  # noqa: G004 - as libraries do
        log.warning("failed: %s", error)
        log.info("failed", extra={"error": error})
    err = written(capsys)
    assert f"in {cause.__name__}" in err


@pytest.mark.parametrize("shape", ["json", "console"])
@pytest.mark.parametrize(
    ("text", "args"),
    [
        (ValueError(WORDS), ()),
        ([ValueError(WORDS)], ()),
        ({"e": ValueError(WORDS)}, ()),
        ("%(e)s", ({"e": ValueError(WORDS)},)),
        ("%(e)s", ({"e": [ValueError(WORDS)]},)),
        ("%s", ([ValueError(WORDS)],)),
        ("%r", ((ValueError(WORDS),),)),
        ("%s", ({ValueError(WORDS)},)),
        ("%s", (frozenset({(ValueError(WORDS),)}),)),
        ("%s %s", (1, {ValueError(WORDS): {"e": ValueError(WORDS)}})),
    ],
)
def test_no_error_within_what_is_logged_shows_its_words(
    capsys: Capture, shape: Any, text: object, args: tuple[object, ...]
) -> None:
    configure("INFO", shape)
    logging.getLogger("discord.client").error(text, *args)
    assert "ValueError: [redacted]" in written(capsys)


@pytest.mark.parametrize("said", [WORDS, "hi"])
def test_an_error_that_is_a_structured_event_is_told_with_its_frames(
    capsys: Capture, said: str
) -> None:
    configure("INFO", "json")
    try:
        raise LibraryError(said)
    except LibraryError as error:
        structlog.get_logger("bot").error(error, errors=[error], exc_info=error)
    entry = json.loads(written(capsys))
    line = "tests.test_log_errors.LibraryError: [redacted]"
    assert entry["event"] == line
    assert entry["errors"] == [line]
    assert entry["exception"].startswith("Traceback")
    assert entry["exception"].endswith(line)


def test_collections_without_errors_are_logged_as_they_are(capsys: Capture) -> None:
    configure("INFO", "json")
    guilds = OrderedDict(guild=[100200300])
    logging.getLogger("bot").info("%s", (guilds, {7}))
    logging.getLogger("bot").info("%(guild)s", guilds)
    first, second = (json.loads(line)["event"] for line in written(capsys).splitlines())
    assert first == str((guilds, {7}))
    assert second == "[100200300]"


def test_a_collection_within_itself_comes_to_an_end(capsys: Capture) -> None:
    configure("INFO", "json")
    endless: list[object] = [ValueError(WORDS)]
    endless.append(endless)
    logging.getLogger("bot").error("%s", endless)
    inside_the_arguments = MAX_DEPTH - 1
    assert written(capsys).count("ValueError: [redacted]") == inside_the_arguments


@pytest.mark.parametrize(
    "error", [LibraryError("0"), LibraryError("in"), KeyError(100200300), LibraryError("100200300")]
)
def test_what_an_error_says_does_not_take_the_ids_out_of_a_record(
    capsys: Capture, error: Exception
) -> None:
    configure("INFO", "json")
    logging.getLogger("bot").error("utterance in guild %d failed", 100200300, exc_info=error)
    entry = json.loads(capsys.readouterr().err)
    assert entry["event"] == "utterance in guild 100200300 failed"
    assert entry["exception"] == headline(error)
    assert str(error) not in entry["exception"]


def test_what_led_to_an_error_is_told_in_its_order() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail()
    lines = told(caught.value).splitlines()
    kinds = [line for line in lines if line.endswith("[redacted]")]
    assert kinds == ["ValueError: [redacted]", "KeyError: [redacted]", "RuntimeError: [redacted]"]
    assert "The above exception was the direct cause of the following exception:" in lines
    assert "During handling of the above exception, another exception occurred:" in lines


def test_what_leads_to_itself_comes_to_an_end() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert told(first).splitlines()[0] == "KeyError"


def test_a_long_chain_comes_to_an_end() -> None:
    error = ValueError()
    for _ in range(MAX_CHAIN * 3):
        error, error.__cause__ = ValueError(), error
    assert told(error).count("ValueError") == MAX_CHAIN


async def test_what_asyncio_says_of_tasks_and_callbacks_holds_no_words(capsys: Capture) -> None:
    configure("INFO", "json")

    async def forgotten(_: str) -> None:
        fail()

    task = asyncio.create_task(forgotten(WORDS), name="forgotten")
    await asyncio.wait({task})
    del task
    asyncio.get_running_loop().call_soon(int, WORDS)
    await asyncio.sleep(0)
    events = [json.loads(line)["event"] for line in written(capsys).splitlines()]
    assert events == ["Task exception was never retrieved", "Exception in callback int"]


def test_what_goes_wrong_while_something_is_thrown_away_holds_no_words(
    capsys: Capture,
) -> None:
    class Doomed:
        def __del__(self) -> None:
            fail()

    configure("INFO", "json")
    Doomed()
    written(capsys)


def test_a_record_that_cannot_be_written_is_told_without_what_is_in_it(capsys: Capture) -> None:
    configure("INFO", "json")
    [handler] = [each for each in logging.getLogger().handlers if each.get_name() == HANDLER]
    fields = {"name": "discord.client", "msg": "%d guilds", "args": (WORDS,)}
    handler.handle(logging.makeLogRecord(fields))
    assert written(capsys) == "a record of discord.client was lost: TypeError\n"
