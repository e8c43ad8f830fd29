"""What the bot finds when it starts: another one, or a database that is damaged."""

import asyncio
import os
import resource
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.loopback import Loopback, open_loopback
from bot.storage.backups import Backups
from tests.faults.place import ANSWER_S
from tests.faults.scene import ENDPOINT

REFUSED_S = 2.0
READY_S = 5.0


async def use(member: Member, command: str, **options: str) -> Message:
    return await (await member.slash(command, options)).wait_for_message(timeout_s=ANSWER_S)


async def test_d11_a_second_bot_with_the_same_data_refuses_and_d04_a_damaged_file_is_replaced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "oriole.db"
    async with open_loopback(ENDPOINT) as loopback:
        began = time.monotonic()
        async with BotProcess(loopback, tmp_path) as first:
            usual_s = time.monotonic() - began
            await use(loopback.moderator, "server voice", voice="Serena")
            exit_code, said, cpu_s = await second(loopback, tmp_path)
            await asyncio.to_thread(Backups(path).make, _in_a_while())
            await use(loopback.moderator, "server voice", voice="Ethan")
            await first.stop(signal.SIGKILL)
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8192)
        began = time.monotonic()
        async with BotProcess(loopback, tmp_path) as restored:
            ready_s = time.monotonic() - began
            shown = await use(loopback.moderator, "server show")

    assert exit_code == 78
    (line,) = said
    assert line.startswith(f"DATA_DIR {tmp_path} is in use by another bot (process {first.pid})")
    assert cpu_s <= REFUSED_S
    assert "Serena" in shown.content
    assert ready_s <= max(READY_S, 2 * usual_s)  # on a machine with other things to do
    assert any("is damaged" in line and '"error"' in line for line in restored.log)
    assert any("restored the backup" in line and '"error"' in line for line in restored.log)
    assert list(tmp_path.glob("oriole.db.damaged-*"))


async def second(loopback: Loopback, folder: Path) -> tuple[int | None, list[str], float]:
    """Start another bot; return its exit code, what it said and the CPU seconds it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env={**os.environ, **loopback.environment(), "DATA_DIR": str(folder)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.returncode, errors.decode().splitlines(), cpu_s


def _in_a_while() -> datetime:
    """Return a moment after that of the backup the bot has made at its start."""
    return datetime.now(UTC) + timedelta(minutes=1)
