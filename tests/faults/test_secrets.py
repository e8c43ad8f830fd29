"""A-11: whatever goes wrong, no secret is written anywhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.errors import NoResponseError
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.voice.options import VoiceFaults
from bot.sandbox.loopback import Loopback, open_loopback
from bot.sandbox.qwen import QwenOptions, faults
from bot.sandbox.qwen.faults import Fault
from bot.tts.qwen import QwenEndpoint, open_session
from tests.faults.canaries import leaks, written
from tests.faults.inspection import Inspector
from tests.faults.place import ANSWER_S, Place, furnish
from tests.faults.scene import SENTENCE, open_bot

pytestmark = pytest.mark.asyncio(loop_scope="function")

TOKEN = "MTE3NjAwMDAwMDAwMDAwMDAwMA.GcAnAr.canary-canary-canary-canary-canary"
# Of no shape that gives them away: only who knows them can black them out.
KEY, SECOND_KEY, OPENAI_KEY = "canaryfirst1", "canarysecond2", "canarythird3"
PASSWORD = "canary%40fourth4"
CANARIES = (TOKEN, KEY, SECOND_KEY, OPENAI_KEY, PASSWORD, "canary@fourth4", "canary")

RECONNECT_S = 30.0
"""After an invalid session, the library waits for some seconds at random."""

SECRETS = {
    "DISCORD_TOKEN": TOKEN,
    "DASHSCOPE_API_KEY": KEY,
    "DASHSCOPE_SECOND_API_KEY": SECOND_KEY,
    "OPENAI_API_KEY": OPENAI_KEY,
    "DATABASE_URL": f"postgresql://oriole:{PASSWORD}@127.0.0.1:1/oriole",
    "LOG_LEVEL": "DEBUG",
    "LOG_FORMAT": "json",
}


# The bot at work


@dataclass
class Stage:
    """A bot that logs all it can, in a call."""

    loopback: Loopback
    bot: BotProcess
    inspector: Inspector
    place: Place

    async def say(self, text: str = SENTENCE) -> str:
        """Let somebody speak; return what they read."""
        answer = await (await self.place.say(text)).wait_for_message(timeout_s=ANSWER_S)
        return answer.content

    async def logged(self, words: str) -> str:
        """Wait for a record that has these words, and return it."""
        async with asyncio.timeout(ANSWER_S):
            while not (found := [line for line in self.bot.log if words in line]):
                await asyncio.sleep(0.05)
        return found[-1]

    def found(self) -> list[str]:
        """Name the secrets that are in the log or in what Discord was told."""
        logged = "\n".join(self.bot.log)
        told = "\n".join(written(self.loopback))
        bots = [self.place.bot, self.loopback.guild.bot]
        in_log = [*leaks(logged, self.loopback, bots), *(c for c in CANARIES if c in logged)]
        in_discord = [name for name in leaks(told, self.loopback, bots) if "said" not in name]
        return [*in_log, *in_discord, *(c for c in CANARIES if c in told)]


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    qwen = QwenOptions(key=KEY, throttle=None, first_audio_delay_s=0.05)
    async with open_loopback(qwen, DiscordOptions(token=TOKEN)) as loopback:
        place = furnish(loopback.discord, "Harbour")
        extra = {name: SECRETS[name] for name in ("DASHSCOPE_SECOND_API_KEY", "OPENAI_API_KEY")}
        settings = {**extra, "LOG_LEVEL": "DEBUG"}
        async with open_bot(loopback, tmp_path, settings) as (bot, inspector):
            await place.gather(accepted_before=0)
            assert (await place.join()).content.startswith("I am in")
            yield Stage(loopback, bot, inspector, place)


@pytest.mark.parametrize(
    "fault",
    [
        faults.UNAUTHORIZED,
        faults.RATE_QUOTA,
        faults.HTML_BAD_GATEWAY,
        faults.BAD_BASE64,
        faults.NOT_JSON,
        faults.Cut(after_event=1),
        faults.DATA_INSPECTION,
        faults.FirstByteLate(),
    ],
)
async def test_a11_a_failing_endpoint_brings_no_secret_out(stage: Stage, fault: Fault) -> None:
    stage.loopback.qwen.faults.always(fault)
    await stage.say()
    await stage.logged("speech service")
    assert stage.found() == []


async def test_a11_an_unsafe_url_is_reported_without_its_signature(stage: Stage) -> None:
    url = "http://127.0.0.1:9/x.wav?OSSAccessKeyId=canary&Signature=NcanaryN"
    stage.loopback.qwen.faults.always(faults.UrlInstead(url))
    stage.loopback.qwen.faults.always(faults.NoAudioEvents())
    assert "out of order" in await stage.say()
    assert "unsafe_url" in await stage.logged("unsafe_url")
    assert stage.found() == []


async def test_a11_bugs_that_hold_secrets_are_logged_without_them(stage: Stage) -> None:
    discord = stage.loopback.discord
    asked = next(iter(discord.world.interactions.values()))
    call = discord.voice._sessions.of(stage.place.id, stage.place.bot.id)
    assert call is not None
    held = [
        {"Authorization": f"Bearer {KEY}", "X-Key": SECOND_KEY},
        {"Authorization": f"Bot {TOKEN}"},
        {"token": asked.token, "type": 2, "id": str(asked.id)},
        {"secret_key": list(call.secret_key), "mode": "aead_aes256_gcm_rtpsize"},
        {"token": call.seat.token, "endpoint": "127.0.0.1", "guild_id": "1"},
        f"POST {discord.api_base}/webhooks/1/{asked.token}/messages/@original",
        f"POST {discord.api_base}/interactions/1/{asked.token}/callback",
        "http://b.oss-cn-beijing.aliyuncs.com/x.wav?OSSAccessKeyId=canary&Signature=NcanaryN",
        OPENAI_KEY,
    ]
    for number, message in enumerate([*map(repr, held), *map(json.dumps, held)]):
        await stage.inspector.ask("sabotage", method="speech.prepare", message=message)
        assert "quote this number" in await stage.say(f"Number {number} goes wrong on purpose.")
    await stage.inspector.ask("sabotage", method="sessions.on_attendance", message=repr(held))
    await stage.place.listener.leave_voice()
    await stage.logged("listener on_voice_state_update failed")
    assert len([line for line in stage.bot.log if "RuntimeError" in line]) >= 2 * len(held) + 1
    assert stage.found() == []


async def test_a11_bugs_that_hold_what_people_write_are_logged_without_it(stage: Stage) -> None:
    words = "What nobody but the people in this call may hear."
    message = f"invalid literal for int() with base 10: {words!r}"
    await stage.inspector.ask("sabotage", method="speech.prepare", message=message)
    assert "quote this number" in await stage.say(words)
    await stage.inspector.ask("sabotage", method="speech.wording.of_message", message=message)
    await stage.place.speaker.send(stage.place.lounge, words)
    reported = await stage.logged("could not be read")
    assert "RuntimeError: [redacted]" in reported
    assert "wording" in reported
    assert words not in "\n".join(stage.bot.log)


async def test_a11_a_gateway_and_calls_that_break_bring_no_secret_out(stage: Stage) -> None:
    discord = stage.loopback.discord
    discord.gateway.invalidate(resumable=False)
    await stage.logged("invalidated")
    await discord.changes.until(
        lambda: any(session.connection for session in discord.gateway.sessions.values()),
        timeout_s=RECONNECT_S,
    )
    discord.gateway.close_all(4000)
    await stage.logged("RESUMED")
    discord.voice.faults.http_status = 500
    await stage.place.moderator.slash("leave")
    with suppress(TimeoutError, NoResponseError):
        await stage.place.join()
    discord.voice.faults.http_status = VoiceFaults().http_status
    discord.faults.rest("*", "/(webhooks|interactions)/", status=500, times=4)
    with suppress(TimeoutError, NoResponseError):
        used = await stage.place.say("Nobody can be answered now.")
        await used.wait_for_message(timeout_s=1.0)
    discord.faults.rest("*", "/(webhooks|interactions)/", reset=True, times=4)
    with suppress(TimeoutError, NoResponseError):
        used = await stage.place.say("Nobody can be reached now.")
        await used.wait_for_message(timeout_s=1.0)
    assert stage.found() == []


async def test_a11_a_crash_dump_has_no_secret(stage: Stage) -> None:
    with pytest.raises((ConnectionError, TimeoutError)):
        await stage.inspector.ask("crash")
    assert await stage.bot.wait() == -signal.SIGSEGV
    await stage.logged("Segmentation fault")
    assert stage.found() == []


async def test_a11_a_token_that_discord_refuses_is_not_shown(tmp_path: Path) -> None:
    async with open_loopback() as loopback:
        environment = {**loopback.environment(), "DISCORD_TOKEN": TOKEN, "LOG_LEVEL": "DEBUG"}
        code, output = await run("run", environment=environment, folder=tmp_path)
    assert (code, "DISCORD_TOKEN is refused" in output) == (78, True)
    assert "canary" not in output


# Commands that fail, or that show something


async def run(*arguments: str, environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run the command line; return its exit code and all it has written."""
    return await run_python("-m", "bot", *arguments, environment=environment, folder=folder)


async def run_python(*arguments: str, environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run Python with everything it can warn about; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-X",
        "dev",
        *arguments,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, "DATA_DIR": str(folder), "COLUMNS": "400", **environment},
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.parametrize(
    ("command", "settings", "words"),
    [
        ("run", {}, "DATABASE_URL"),
        ("run", {"TTS_MODE": "sideways"}, "TTS_MODE"),
        ("run", {"DISCORD_TOKEN": f"{TOKEN} {TOKEN}"}, "DISCORD_TOKEN"),
        ("run", {"DASHSCOPE_API_KEY": f"'{KEY}'"}, "DASHSCOPE_API_KEY"),
        ("run", {"DATABASE_URL": f"mysql://oriole:{PASSWORD}@127.0.0.1/x"}, "DATABASE_URL"),
        ("run", {"DATABASE_URL": f"postgresql://oriole:{PASSWORD}@[::1/x"}, "DATABASE_URL"),
        ("run", {"DASHSCOPE_HTTP_BASE_URL": f"https://x:{KEY}@api.test/v1"}, "BASE_URL"),
        ("run", {"DASHSCOPE_API_KEY_FILE": "/dev/null"}, "DASHSCOPE_API_KEY"),
        ("config", {}, "DISCORD_TOKEN"),
        ("config", {"DATABASE_URL": f"postgresql://h/x?user=u&password={PASSWORD}"}, "***"),
        ("--help", {}, "Usage"),
        ("health", {}, "no sign of life"),
        ("voices", {}, "Cherry"),
    ],
)
async def test_a11_no_command_shows_a_secret(
    tmp_path: Path, command: str, settings: dict[str, str], words: str
) -> None:
    environment = SECRETS | settings
    _, output = await run(command, environment=environment, folder=tmp_path)
    assert words in output
    assert [secret for secret in CANARIES if secret in output] == []


BROKEN_PROGRAM = """
import sys
from bot import app, cli

class Broken:
    def __init__(self, config):
        raise RuntimeError(f"{config.reveal('dashscope_api_key')} {config.database_url}")

app.open_bot = Broken
sys.argv = ["bot", "run"]
cli.main()
"""


async def test_a11_a_bug_while_starting_is_told_without_a_secret(tmp_path: Path) -> None:
    code, output = await run_python("-c", BROKEN_PROGRAM, environment=SECRETS, folder=tmp_path)
    assert code == 1
    assert "RuntimeError: [redacted]" in output
    assert [secret for secret in CANARIES if secret in output] == []


async def test_a11_a_database_that_is_broken_is_told_without_a_secret(tmp_path: Path) -> None:
    (tmp_path / "oriole.db").write_bytes(b"no database at all" * 1000)
    environment = {key: SECRETS[key] for key in SECRETS if key != "DATABASE_URL"}
    code, output = await run("run", environment=environment, folder=tmp_path)
    assert code != 0
    assert "oriole.db" in output or "database" in output
    assert "canary" not in output


async def test_a11_what_holds_a_key_does_not_show_it() -> None:
    endpoint = QwenEndpoint(KEY)
    async with open_session(endpoint) as http:
        shown = [repr(endpoint), str(endpoint), repr(http), repr(vars(http)), repr(endpoint.guard)]
    assert KEY not in "".join(shown)
