"""The program starts, stops, and remembers."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.loopback import open_loopback
from bot.sandbox.qwen import QwenOptions
from tests.end_to_end.stage import Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

ENDPOINT = QwenOptions(throttle=None)
SENTENCE = "Who is speaking here?"


async def test_settings_survive_a_restart_and_commands_are_registered_once(tmp_path: Path) -> None:
    async with open_loopback(ENDPOINT) as loopback:
        async with BotProcess(loopback, tmp_path):
            saved = await loopback.moderator.slash(
                "server voice", {"voice": "ethan", "language": "English"}
            )
            assert "Ethan" in (await saved.wait_for_message()).content
        async with BotProcess(loopback, tmp_path) as bot:
            stage = Stage(loopback, bot)
            await stage.reset()
            shown = await loopback.moderator.slash("server show")
            assert "Ethan" in (await shown.wait_for_message()).content
            await stage.say(SENTENCE)
            heard = await stage.hear_out()

        request = loopback.qwen.requests[-1]
        assert (request.voice, request.language) == ("Ethan", "English")
        assert find(expected(SENTENCE, "Ethan", "English"), stage.heard_samples(heard))[1] > 0.9
        assert loopback.discord.application.sync_count == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_in_mid_sentence_ends_it_cleanly(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with open_loopback(ENDPOINT) as loopback, BotProcess(loopback, tmp_path) as bot:
        stage = Stage(loopback, bot)
        await stage.reset()
        await stage.say("This sentence will not be spoken to its end. " * 5)
        await stage.hear()

        async with asyncio.timeout(8):
            exit_code = await bot.stop(number)

        assert exit_code == 0
        assert loopback.guild.bot.voice is None
        stage.assert_no_secrets_in_log()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DISCORD_TOKEN": "not-a-token"}, "DISCORD_TOKEN is refused"),
        ({"DISCORD_TOKEN": "", "DASHSCOPE_API_KEY": ""}, "DASHSCOPE_API_KEY is not set"),
        ({"TTS_VOICE": "Jennifer", "TTS_MODEL": "qwen3-tts-instruct-flash"}, "TTS_VOICE"),
        ({"DATABASE_URL": "sqlite:////dev/null/bot.db"}, "database"),
        ({"TTS_MODE": "sideways", "LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    ],
)
async def test_what_the_operator_must_mend_is_a_line_and_exit_code_78(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    async with open_loopback(ENDPOINT) as loopback:
        environment = {
            **os.environ,
            **loopback.environment(),
            "DATA_DIR": str(tmp_path),
            **settings,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=Path.cwd(),
            env=environment,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 78
    assert words.casefold() in errors.decode().casefold()
    assert "Traceback" not in errors.decode()


async def test_the_health_check_knows_whether_the_bot_is_connected(tmp_path: Path) -> None:
    async with open_loopback(ENDPOINT) as loopback:
        assert await _health(tmp_path) == 1
        async with BotProcess(loopback, tmp_path):
            async with asyncio.timeout(20):
                while not (tmp_path / "heartbeat").exists():
                    await asyncio.sleep(0.1)
            assert await _health(tmp_path) == 0
        (tmp_path / "heartbeat").touch()
        os.utime(tmp_path / "heartbeat", (0, 0))
        assert await _health(tmp_path) == 1


async def _health(data_dir: Path) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "health", env={**os.environ, "DATA_DIR": str(data_dir)}
    )
    return await process.wait()
