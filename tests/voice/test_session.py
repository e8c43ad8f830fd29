"""One guild's queue: in order, one ahead, one outcome each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.errors import ProviderError, ProviderFault, UserError
from bot.tts.recorder import Recorder
from bot.voice.pacer import Pacer
from bot.voice.queue import MAX_WAITING, Ending, NotHeardError, QueueFullError
from bot.voice.session import VoiceSession
from tests.voice.fakes import FakeCall, FakeSynthesizer, utterance

BROKEN = ProviderError("broken", fault=ProviderFault.UNAVAILABLE, retryable=True)


@asynccontextmanager
async def session_with(
    synthesizer: FakeSynthesizer, call: FakeCall | None = None
) -> AsyncIterator[VoiceSession]:
    pacer, recorder = Pacer(), Recorder(synthesizer)
    pacer.start()
    session = VoiceSession(call or FakeCall(), recorder=recorder, pacer=pacer)
    try:
        async with asyncio.timeout(5):
            yield session
    finally:
        await session.close(UserError("over"))
        await recorder.close()
        pacer.close()


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not claim():
            await asyncio.sleep(0)


async def test_an_utterance_is_spoken_whole() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=5), call) as session:
        outcome = await session.enqueue(utterance("one", "two")).wait_until_ended()

    assert (outcome.ending, outcome.frames_sent, outcome.frames_due) == (Ending.SPOKEN, 10, 10)
    assert len(call.speech) == 10


async def test_utterances_come_in_order_and_one_is_made_ahead() -> None:
    synthesizer = FakeSynthesizer()
    gate = synthesizer.hold("first")
    async with session_with(synthesizer) as session:
        turns = [session.enqueue(utterance(name)) for name in ("first", "second", "third")]
        await until(lambda: synthesizer.requests == ["first"])
        gate.set()
        outcomes = [await turn.wait_until_ended() for turn in turns]

    assert synthesizer.requests == ["first", "second", "third"]
    assert [turn.ahead for turn in turns] == [0, 1, 2]
    assert {outcome.ending for outcome in outcomes} == {Ending.SPOKEN}


async def test_no_more_than_two_clips_are_made_at_once() -> None:
    synthesizer = FakeSynthesizer(frames=50)
    async with session_with(synthesizer) as session:
        for number in range(4):
            session.enqueue(utterance(str(number)))
        await until(lambda: len(synthesizer.requests) == 2)
        # Nothing announces what does not happen: a third would have begun by now.
        await asyncio.sleep(0.1)

        assert synthesizer.requests == ["0", "1"]


async def test_a_skip_cuts_what_sounds_and_the_next_one_follows() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    call = FakeCall()
    async with session_with(synthesizer, call) as session:
        long = session.enqueue(utterance("long"))
        assert await long.wait_until_started()
        synthesizer.frames = 3
        following = session.enqueue(utterance("next"))

        assert session.skip()
        skipped, spoken = await long.wait_until_ended(), await following.wait_until_ended()

    assert skipped.ending is Ending.SKIPPED
    assert skipped.frames_sent < 500
    assert spoken.ending is Ending.SPOKEN


async def test_a_skip_of_what_is_not_there_yet_closes_its_request() -> None:
    synthesizer = FakeSynthesizer()
    synthesizer.hold("slow")
    async with session_with(synthesizer) as session:
        turn = session.enqueue(utterance("slow"))
        await until(lambda: synthesizer.requests == ["slow"])

        session.skip()
        outcome = await turn.wait_until_ended()
        await until(lambda: synthesizer.released == ["slow"])

    assert outcome.ending is Ending.SKIPPED
    assert not await turn.wait_until_started()


async def test_clear_ends_everything() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    async with session_with(synthesizer) as session:
        turns = [session.enqueue(utterance(str(number), "more")) for number in range(5)]
        await turns[0].wait_until_started()

        assert session.clear() == 5
        outcomes = [await turn.wait_until_ended() for turn in turns]

        assert {outcome.ending for outcome in outcomes} == {Ending.SKIPPED}
        assert not session.skip()


async def test_a_failed_synthesis_drops_the_whole_utterance_and_nothing_else() -> None:
    synthesizer = FakeSynthesizer(frames=0, error=BROKEN)
    async with session_with(synthesizer) as session:
        failed = session.enqueue(utterance("one", "two", "three"))
        outcome = await failed.wait_until_ended()
        synthesizer.frames, synthesizer.error = 5, None
        following = await session.enqueue(utterance("fine")).wait_until_ended()

    assert (outcome.ending, outcome.error) == (Ending.DROPPED, BROKEN)
    assert following.ending is Ending.SPOKEN


async def test_a_synthesis_that_breaks_off_is_dropped_after_what_there_was() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=10, error=BROKEN), call) as session:
        outcome = await session.enqueue(utterance("one", "two")).wait_until_ended()

    assert (outcome.ending, outcome.error) == (Ending.DROPPED, BROKEN)
    assert len(call.speech) >= 10


async def test_what_nobody_could_hear_is_not_counted_as_spoken() -> None:
    async with session_with(FakeSynthesizer(), FakeCall(is_deaf=True)) as session:
        outcome = await session.enqueue(utterance("unheard")).wait_until_ended()

    assert outcome.ending is Ending.DROPPED
    assert isinstance(outcome.error, NotHeardError)


async def test_a_full_queue_refuses_and_keeps_what_it_has() -> None:
    synthesizer = FakeSynthesizer()
    synthesizer.hold("0")
    async with session_with(synthesizer) as session:
        session.enqueue(utterance("0"))
        await until(lambda: bool(synthesizer.requests))
        for number in range(MAX_WAITING):
            session.enqueue(utterance(str(number)))

        with pytest.raises(QueueFullError, match="Try again"):
            session.enqueue(utterance("too many"))
        assert session.clear() == MAX_WAITING + 1


async def test_closing_drops_everything_for_the_given_reason() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    call = FakeCall()
    reason = UserError("I left.")
    async with session_with(synthesizer, call) as session:
        turns = [session.enqueue(utterance(name)) for name in ("one", "two", "three")]
        await turns[0].wait_until_started()
        await session.close(reason)
        outcomes = [await turn.wait_until_ended() for turn in turns]

    assert {(outcome.ending, outcome.error) for outcome in outcomes} == {(Ending.DROPPED, reason)}
    assert call.has_left


async def test_a_bug_in_one_utterance_does_not_silence_the_guild() -> None:
    call = FakeCall()
    call.fault = RuntimeError("unforeseen")
    async with session_with(FakeSynthesizer(), call) as session:
        broken = await session.enqueue(utterance("one", "two")).wait_until_ended()
        call.fault = None
        fine = await session.enqueue(utterance("three")).wait_until_ended()

    assert (broken.ending, str(broken.error)) == (Ending.DROPPED, "unforeseen")
    assert fine.ending is Ending.SPOKEN


async def test_a_call_that_breaks_in_mid_packet_drops_one_utterance_only() -> None:
    call = FakeCall()
    call.send_fault = RuntimeError("broken")
    async with session_with(FakeSynthesizer(), call) as session:
        broken = await session.enqueue(utterance("one", "two")).wait_until_ended()
        call.send_fault = None
        fine = await session.enqueue(utterance("three")).wait_until_ended()

    assert isinstance(broken.error, NotHeardError)
    assert fine.ending is Ending.SPOKEN


async def test_the_ring_lights_while_the_bot_speaks() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(), call) as session:
        await session.enqueue(utterance("hello")).wait_until_ended()
        await until(lambda: call.announcements == [True, False])

    assert call.announcements == [True, False]
