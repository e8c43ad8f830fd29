"""The disk is full, or somebody else holds the database, while the bot is at work."""

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.world.messages import Message
from tests.faults.place import ANSWER_S
from tests.faults.scene import SHORT, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


@contextmanager
def locked(bot: BotProcess) -> Iterator[None]:
    """Hold the lock for writing, as another process could."""
    with closing(sqlite3.connect(bot.data_dir / "oriole.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(bot: BotProcess) -> Iterator[None]:
    """Let the bot write to no file: the kernel refuses every byte."""
    before = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, before)


def is_counted(scene: Scene) -> bool:
    """Return whether what was spoken in guild A is in the database."""
    with closing(sqlite3.connect(scene.bot.data_dir / "oriole.db")) as database:
        found = database.execute("SELECT 1 FROM usage WHERE guild_id = ?", (scene.a.id,))
        return found.fetchone() is not None


async def choose(scene: Scene, voice: str) -> Message:
    used = await scene.a.moderator.slash("server voice", {"voice": voice})
    return await used.wait_for_message(timeout_s=ANSWER_S)


@pytest.mark.allows(reports=2)
@pytest.mark.parametrize("broken", [locked, full])
async def test_d03_speech_goes_on_while_nothing_can_be_saved_and_then_it_can_again(
    scene: Scene, broken: Callable[[BotProcess], AbstractContextManager[None]]
) -> None:
    with broken(scene.bot):
        choosing = asyncio.create_task(choose(scene, "Ethan"))
        await scene.speak_in_a(SHORT)
        refused = await choosing
        await scene.all_said()
    saved = await choose(scene, "Serena")
    # What could not be counted meanwhile is counted by itself, a few seconds later.
    await scene.until(lambda _: is_counted(scene))

    assert refused.content.startswith("This cannot be saved right now: nothing changed.")
    assert "Serena" in saved.content
    assert await scene.endings() == ["spoken"]
