"""What Discord tells of a chat comes late, twice, after a break, or is taken back."""

import asyncio
import time

import pytest

from tests.faults.reading.chat import Chat
from tests.faults.scene import SENTENCE, SHORT, Scene
from tests.faults.voice.test_outages import LIBRARY_WAITS_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE_ITS_TURN_S = 0.3
REPLAYED = 100
RESUMED_S = 1.0


async def test_g15_what_is_deleted_before_its_turn_is_never_spoken(scene: Scene) -> None:
    await scene.a.join()
    chat = Chat(scene)
    await chat.write_and_wait(SENTENCE)
    taken_back = await chat.write_and_wait("I take this back.")
    await scene.a.hear(25)

    # Four seconds of the sentence are left: far more than the row allows.
    await scene.a.speaker.delete(taken_back)
    deleted = time.monotonic()
    await chat.write_and_wait(SHORT)
    await chat.until_asked(SHORT)
    assert time.monotonic() - deleted >= BEFORE_ITS_TURN_S
    await scene.all_said()

    assert await scene.endings() == ["taken_back", "spoken", "spoken"]
    assert scene.a.unheard_s("I take this back.") > 0.5


@pytest.mark.allows(stops_control=True)
async def test_g16_what_is_told_twice_is_done_once(scene: Scene) -> None:
    await scene.chatter.stop()
    await scene.a.join()
    chat = Chat(scene)
    await scene.say("This is a command.")
    await chat.write_and_wait(SHORT)
    before = scene.b.accepted_before + scene.b.said

    scene.discord.gateway.repeat(REPLAYED)
    await chat.write_and_wait("Once.")
    scene.discord.faults.gateway.replays_on_resume = REPLAYED
    scene.discord.gateway.reconnect()
    await asyncio.sleep(RESUMED_S)
    assert scene.discord.faults.gateway.replays_on_resume == 0, "it was not resumed"
    await chat.write_and_wait("Twice.")
    await scene.all_said()

    assert chat.asked.count("This is a command.") == 1
    assert chat.asked.count(SHORT) == 1
    assert await scene.endings() == ["spoken"] * 4
    assert (await scene.look()).count(scene.b.id, "accepted") == before


@pytest.mark.allows(stops_control=True)
async def test_g02_after_a_new_session_reading_goes_on(scene: Scene) -> None:
    await scene.chatter.stop()
    await scene.a.join()
    chat = Chat(scene)
    await chat.write_and_wait("Before it.")
    await scene.all_said()

    began = time.monotonic()
    scene.discord.gateway.invalidate(resumable=False)
    await scene.discord.changes.until(
        lambda: bool(scene.a.joins(began)), timeout_s=LIBRARY_WAITS_S + 5.0
    )
    written = time.monotonic()
    await chat.write(SHORT)
    heard = await scene.a.hear(10, since=written)
    await scene.all_said()

    scene.figures["read after, s"] = heard - written
    assert await scene.endings() == ["spoken", "spoken"]
    assert chat.asked.count("Before it.") == 1
    assert chat.asked.count(SHORT) == 1
