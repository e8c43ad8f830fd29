"""What `/doctor` says over real sockets: of a call that is well, and of links that are not."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from bot.sandbox.discord.world.messages import Message
from bot.sandbox.qwen import faults
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.stage import ANSWER_S, Stage

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

DEADLINE_S = 3.0


def written(panel: Message) -> str:
    return str(panel.components)


async def ask(stage: Stage) -> Message:
    """Let Ann ask, and check that she alone is answered, and in time."""
    began = time.monotonic()
    panel = await stage.answer(await stage.loopback.speaker.slash("doctor"))
    assert time.monotonic() - began < DEADLINE_S
    assert panel.is_ephemeral
    return panel


async def test_all_is_well_until_a_moderator_mutes_the_bot(stage: Stage) -> None:
    world = stage.loopback
    await stage.say("Good morning, everyone!")
    await stage.hear_out()
    panel = await ask(stage)
    said = written(panel)
    assert "### All is well" in said
    assert f"I am in {world.voice_channel.mention}, encrypted end to end, connected <t:" in said
    assert "**Speech service: OK.** I speak as **Cherry**" in said
    assert "Lately I began after 0." in said
    assert "**Last texts: OK.** 1 spoken, 0 skipped, 0 dropped." in said
    assert f"**Reading aloud: OK.** I read {world.voice_channel.mention}." in said

    await world.moderator.server_mute(world.guild.bot)
    await world.speaker.press(panel, "Check again")
    muted = f"A moderator has muted me in {world.voice_channel.mention}."
    changes = world.discord.changes
    await changes.until(lambda: muted in written(panel), timeout_s=ANSWER_S)

    await world.moderator.server_mute(world.guild.bot, muted=False)
    await world.speaker.press(panel, "Check again")
    await changes.until(lambda: "### All is well" in written(panel), timeout_s=ANSWER_S)


async def test_a_database_that_is_stuck_is_told_and_not_waited_for(stage: Stage) -> None:
    [file] = stage.bot.data_dir.glob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        panel = await ask(stage)
    assert "**Settings: limited.** The database takes long to save a change." in written(panel)


async def test_an_endpoint_that_fails_is_told_and_not_asked_again(start_bot: StartBot) -> None:
    stage = await start_bot()
    await stage.reset()
    qwen = stage.loopback.qwen
    qwen.faults.always(faults.UNAVAILABLE)
    for text in ("Is anybody there?", "Nobody is there."):  # three tries each; five are too many
        await stage.answer(await stage.say(text))
    asked = len(qwen.requests)
    said = written(await ask(stage))
    assert "**Speech service: problem.** The speech service is out of order." in said
    assert "I leave it alone and try it again <t:" in said
    assert "0 spoken, 0 skipped, 2 dropped. The last was dropped: The speech service is" in said
    assert len(qwen.requests) == asked
