"""T-02, T-04, T-19 through the whole bot: people hear what there is, and what comes after it."""

import asyncio
import time

import pytest

from bot.sandbox.qwen import QwenOptions, faults
from tests.end_to_end.conftest import OpenWorld, StartBot
from tests.end_to_end.stage import SPEECH_S, Stage

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.faults,
    pytest.mark.asyncio(loop_scope="module"),
]

FIRST_AUDIO_S = 5.0
BACK_S = 20.0


async def test_t02_an_endpoint_that_hangs_holds_the_next_message_up_no_longer_than_that(
    stage: Stage,
) -> None:
    qwen = stage.loopback.qwen
    qwen.faults.next(faults.FirstByteLate())
    before = len(qwen.requests)
    hanging = await stage.say("Nobody will ever hear this.")
    await qwen.wait_for_requests(before + 1)
    began = time.monotonic()
    await stage.loopback.listener.slash("say", {"text": "But everyone hears this."})

    answer = await stage.answer(hanging)
    assert answer.content == "The speech service did not answer in time. Try again in a moment."
    assert time.monotonic() - began <= FIRST_AUDIO_S + 1
    await stage.hear()
    assert time.monotonic() - began <= FIRST_AUDIO_S + 2


async def test_t04_a_stream_that_is_reset_is_never_counted_as_spoken(stage: Stage) -> None:
    stage.loopback.qwen.faults.next(faults.Cut(faults.Ending.RST, after_event=4))
    logged = len(stage.bot.log)

    used = await stage.say("This sentence is long enough to be heard before it breaks off.")
    await used.wait_for_followups(1, timeout_s=SPEECH_S)

    endings = [line for line in stage.bot.log[logged:] if "utterance" in line]
    assert any("utterance truncated" in line for line in endings)
    assert not any("utterance spoken" in line for line in endings)
    assert len(stage.loopback.qwen.requests) == len({r.text for r in stage.loopback.qwen.requests})
    await stage.assert_speaks()


async def test_t19_an_endpoint_that_comes_back_is_heard_soon(
    start_bot: StartBot, open_world: OpenWorld
) -> None:
    loopback = await open_world(QwenOptions(throttle=None))
    stage = await start_bot(loopback)
    await stage.reset()
    await loopback.qwen.go_down()
    for number in range(4):
        answer = await stage.answer(await stage.say(f"Nobody is there, {number}."))
        assert "out of order" in answer.content
    await loopback.qwen.come_back()

    back_at = time.monotonic()
    hearing = asyncio.create_task(stage.hear())
    while not hearing.done():
        await stage.answer(await stage.say("Is anybody there?"))
        await asyncio.wait({hearing}, timeout=1.0)
    await hearing
    assert time.monotonic() - back_at <= BACK_S
