"""One guild's queue: in order, one ahead, one outcome each."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from bot.audio.clip import Clip
from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest
from bot.settings.choices import Overflow
from bot.tts.recorder import Recorder
from bot.voice.ledger import DropReason, Ending, Ledger
from bot.voice.narrator import CLIPS_AT_ONCE, REWIND_FRAMES, Narrator
from bot.voice.pacer import Pacer
from bot.voice.queue import QueueFullError, Room
from tests.voice.fakes import AS_IT_IS, FakeCall, FakeSynthesizer, utterance

BROKEN = ProviderError("broken", fault=ProviderFault.UNAVAILABLE, retryable=True)


@asynccontextmanager
async def session_with(
    synthesizer: FakeSynthesizer,
    call: FakeCall | None = None,
    *,
    recorder_type: Callable[..., Recorder] = Recorder,
) -> AsyncIterator[Narrator]:
    pacer, recorder, ledger = Pacer(), recorder_type(synthesizer, effects=AS_IT_IS), Ledger()
    pacer.start()
    narrator = Narrator(
        call or FakeCall(), guild_id=1, recorder=recorder, pacer=pacer, ledger=ledger
    )
    try:
        async with asyncio.timeout(5):
            yield narrator
    finally:
        await narrator.close(DropReason.SENT_AWAY)
        await recorder.close()
        pacer.close()
        counts = ledger.counts(1)
        assert counts.pop("accepted") == sum(counts.values())


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


async def test_how_long_speech_took_to_begin_is_known_once_it_was_made() -> None:
    synthesizer = FakeSynthesizer()
    gate = synthesizer.hold("late")
    async with session_with(synthesizer) as session:
        assert session.first_sound_s is None
        turn = session.enqueue(utterance("late"))
        await until(lambda: synthesizer.requests == ["late"])
        asyncio.get_running_loop().call_later(0.1, gate.set)
        await turn.wait_until_ended()

        assert session.first_sound_s is not None
        assert 0.1 <= session.first_sound_s < 1.0


async def test_speech_that_was_under_way_tells_nothing_of_how_long_it_takes_to_begin() -> None:
    synthesizer = FakeSynthesizer()
    gate, recorder = synthesizer.hold("late"), Recorder(synthesizer, effects=AS_IT_IS)

    def shared(*_args: object, **_options: object) -> Recorder:
        return recorder

    async with (
        session_with(synthesizer, recorder_type=shared) as asking,
        session_with(synthesizer, recorder_type=shared) as joining,
    ):
        asked = asking.enqueue(utterance("late"))
        await until(lambda: synthesizer.requests == ["late"])
        joined = joining.enqueue(utterance("late"))
        asyncio.get_running_loop().call_later(0.1, gate.set)
        await asked.wait_until_ended()
        assert (await joined.wait_until_ended()).ending is Ending.SPOKEN

        assert synthesizer.requests == ["late"]
        assert asking.first_sound_s is not None
        assert joining.first_sound_s is None


async def test_members_take_turns_and_what_is_being_made_keeps_its_place() -> None:
    synthesizer = FakeSynthesizer()
    first, second = synthesizer.hold("a1"), synthesizer.hold("a2")
    async with session_with(synthesizer) as session:
        alices = [session.enqueue(utterance(f"a{n}", "…", speaker_id=1)) for n in (1, 2)]
        first.set()
        await until(lambda: "a2" in synthesizer.requests)
        alices.append(session.enqueue(utterance("a3", speaker_id=1)))
        bobs = session.enqueue(utterance("b1", speaker_id=2))
        order = [*alices[-2:-1], bobs, alices[-1]]

        assert session.turns[-3:] == tuple(order)
        assert bobs.ahead == len(session.turns) - 2
        second.set()
        await alices[-1].wait_until_ended()

    assert synthesizer.requests == ["a1", "…", "a2", "…", "b1", "a3"]


async def test_after_a_silence_whoever_comes_first_is_first() -> None:
    synthesizer = FakeSynthesizer()
    async with session_with(synthesizer) as session:
        await session.enqueue(utterance("a1", speaker_id=1)).wait_until_ended()
        turns = [session.enqueue(utterance(str(each), speaker_id=each)) for each in (2, 1, 3)]
        for turn in turns:
            await turn.wait_until_ended()

    assert synthesizer.requests == ["a1", "2", "1", "3"]


async def test_no_more_than_two_clips_are_made_at_once() -> None:
    synthesizer = FakeSynthesizer(frames=50)
    async with session_with(synthesizer) as session:
        for number in range(4):
            session.enqueue(utterance(str(number), speaker_id=number))
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

        assert session.skip(session.turns[0], by=1)
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

        session.skip(turn, by=1)
        outcome = await turn.wait_until_ended()
        await until(lambda: synthesizer.released == ["slow"])

    assert outcome.ending is Ending.SKIPPED
    assert not await turn.wait_until_started()


async def test_clear_ends_everything() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    async with session_with(synthesizer) as session:
        said = [utterance(str(number), "more", speaker_id=number) for number in range(5)]
        turns = [session.enqueue(each) for each in said]
        await turns[0].wait_until_started()

        assert session.clear(by=1) == 5
        outcomes = [await turn.wait_until_ended() for turn in turns]

        assert {outcome.ending for outcome in outcomes} == {Ending.SKIPPED}
        assert not session.skip(turns[0], by=1)


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


async def test_what_nobody_hears_waits_until_somebody_does() -> None:
    call = FakeCall(is_settled=False)
    async with session_with(FakeSynthesizer(), call) as session:
        turn = session.enqueue(utterance("held"))
        await asyncio.sleep(0.1)
        assert not call.packets
        call.is_settled = True
        session.on_line_changed()
        outcome = await turn.wait_until_ended()

    assert outcome.ending is Ending.SPOKEN


async def test_a_short_hole_is_followed_by_a_little_of_what_was_before_it() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=30), call) as session:
        turn = session.enqueue(utterance("one"))
        await until(lambda: len(call.speech) >= 15)
        call.is_settled = False
        await asyncio.sleep(0.05)
        before = len(call.speech)
        call.is_settled = True
        session.on_line_restored(unheard_s=0.0, in_place=True)
        outcome = await turn.wait_until_ended()

    assert outcome.ending is Ending.SPOKEN
    assert len(call.speech) == 30 + REWIND_FRAMES
    assert before < 30


async def test_what_was_sent_to_nobody_is_said_again() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=30), call) as session:
        turn = session.enqueue(utterance("one"))
        await until(lambda: len(call.speech) >= 20)
        call.is_settled = False
        await asyncio.sleep(0.05)
        call.is_settled = True
        session.on_line_restored(unheard_s=0.2, in_place=True)
        outcome = await turn.wait_until_ended()

    assert (outcome.ending, outcome.frames_sent) == (Ending.SPOKEN, 30)
    assert len(call.speech) == 30 + REWIND_FRAMES + 10


async def test_a_long_hole_begins_it_again_once_and_a_second_one_drops_it() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=40), call) as session:
        turn = session.enqueue(utterance("one"))
        await until(lambda: len(call.speech) >= 10)
        session.on_line_restored(unheard_s=0.0, in_place=False)
        await until(lambda: len(call.speech) >= 20)
        assert turn.is_sounding
        session.on_line_restored(unheard_s=0.0, in_place=False)
        outcome = await turn.wait_until_ended()

    assert (outcome.ending, outcome.reason) == (Ending.DROPPED, DropReason.INTERRUPTED)
    assert 0 < outcome.frames_sent < outcome.frames_due


async def test_a_pause_holds_speech_where_it_is() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=20), call) as session:
        turn = session.enqueue(utterance("one"))
        await until(lambda: len(call.speech) >= 5)

        assert session.pause()
        assert not session.pause()
        await asyncio.sleep(0.06)
        held = len(call.speech)
        await asyncio.sleep(0.1)
        assert len(call.speech) == held
        assert session.resume()
        outcome = await turn.wait_until_ended()

    assert outcome.ending is Ending.SPOKEN
    assert len(call.speech) == 20


async def test_one_utterance_of_many_can_be_taken_back_before_its_turn() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(), call) as session:
        turns = [session.enqueue(utterance(name)) for name in ("one", "two", "three")]

        assert session.skip(turns[1], by=7)
        outcomes = [await turn.wait_until_ended() for turn in turns]

        assert not session.skip(turns[1], by=7)
    assert [outcome.ending for outcome in outcomes] == [
        Ending.SPOKEN,
        Ending.SKIPPED,
        Ending.SPOKEN,
    ]
    assert outcomes[1].skipped_by == 7
    assert len(call.speech) == 10


async def test_at_the_end_what_sounds_is_finished_and_what_waits_is_dropped() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=10), call) as session:
        short, waiting = session.enqueue(utterance("short")), session.enqueue(utterance("next"))
        await short.wait_until_started()

        await session.finish(2.0)

        assert (await short.wait_until_ended()).ending is Ending.SPOKEN
        assert (await waiting.wait_until_ended()).reason == DropReason.SHUTDOWN


async def test_at_the_end_what_is_too_long_is_faded_out() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=500), call) as session:
        long = session.enqueue(utterance("long"))
        await long.wait_until_started()

        await session.finish(0.5)
        outcome = await long.wait_until_ended()

    assert outcome.reason == DropReason.SHUTDOWN
    assert len(call.speech) < 40


async def test_a_full_queue_refuses_and_keeps_what_it_has() -> None:
    synthesizer = FakeSynthesizer()
    synthesizer.hold("0")
    async with session_with(synthesizer) as session:
        session.enqueue(utterance("0"))
        await until(lambda: bool(synthesizer.requests))
        for number in range(Room().waiting):
            session.enqueue(utterance(str(number), speaker_id=number))

        with pytest.raises(QueueFullError, match="Try again"):
            session.enqueue(utterance("too many", speaker_id=Room().waiting))
        assert session.clear(by=1) == Room().waiting + 1


async def test_closing_drops_everything_for_the_given_reason() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    call = FakeCall()
    async with session_with(synthesizer, call) as session:
        turns = [session.enqueue(utterance(name)) for name in ("one", "two", "three")]
        await turns[0].wait_until_started()
        await session.close(DropReason.SENT_AWAY)
        outcomes = [await turn.wait_until_ended() for turn in turns]

    assert {outcome.reason for outcome in outcomes} == {DropReason.SENT_AWAY}


class BrokenClip(Clip):
    async def wait_for_frames(self, count: int) -> bool:
        raise RuntimeError("unforeseen")


class BrokenRecorder(Recorder):
    """Makes of one text what nobody can use, and nothing of another."""

    def record(self, request: SpeechRequest) -> Clip:
        if request.text == "impossible":
            raise RuntimeError("unforeseen")
        return BrokenClip() if request.text == "broken" else super().record(request)


@pytest.mark.parametrize("text", ["impossible", "broken"])
async def test_a_bug_in_one_utterance_does_not_silence_the_guild(text: str) -> None:
    async with session_with(FakeSynthesizer(), recorder_type=BrokenRecorder) as session:
        # One more than are made at once.
        turns = [session.enqueue(utterance(text, "two")) for _ in range(CLIPS_AT_ONCE + 1)]
        broken = [await turn.wait_until_ended() for turn in turns]
        fine = await session.enqueue(utterance("three")).wait_until_ended()

    assert {each.ending for each in broken} == {Ending.DROPPED}
    assert {str(each.error) for each in broken} == {"unforeseen"}
    assert fine.ending is Ending.SPOKEN


async def test_speech_does_not_wait_for_the_ring(caplog: pytest.LogCaptureFixture) -> None:
    call = FakeCall()
    call.fault = RuntimeError("unforeseen")
    async with session_with(FakeSynthesizer(), call) as session:
        outcome = await session.enqueue(utterance("one", "two")).wait_until_ended()

    assert outcome.ending is Ending.SPOKEN
    assert "task announce speech failed" in caplog.text


async def test_a_call_that_breaks_in_mid_packet_drops_one_utterance_only() -> None:
    call = FakeCall()
    call.send_fault = RuntimeError("broken")
    async with session_with(FakeSynthesizer(), call) as session:
        broken = await session.enqueue(utterance("one", "two")).wait_until_ended()
        call.send_fault = None
        fine = await session.enqueue(utterance("three")).wait_until_ended()

    assert broken.reason == DropReason.INTERRUPTED
    assert fine.ending is Ending.SPOKEN


async def test_the_ring_lights_while_the_bot_speaks() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(), call) as session:
        await session.enqueue(utterance("hello")).wait_until_ended()
        await until(lambda: call.announcements == [True, False])

    assert call.announcements == [True, False]


async def test_what_is_taken_back_is_cut_where_it_is() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    call = FakeCall()
    async with session_with(synthesizer, call) as session:
        sounding, waiting = (session.enqueue(utterance(name)) for name in ("long", "next"))
        assert await sounding.wait_until_started()
        session.drop(waiting, DropReason.TAKEN_BACK)
        session.drop(sounding, DropReason.TAKEN_BACK)
        session.drop(sounding, DropReason.SHUTDOWN)
        outcomes = [await turn.wait_until_ended() for turn in (sounding, waiting)]

    assert [outcome.reason for outcome in outcomes] == ["taken_back", "taken_back"]
    assert 0 < outcomes[0].frames_sent < 500
    assert outcomes[1].frames_sent == 0


async def test_a_new_text_is_said_in_place_of_one_that_waits() -> None:
    synthesizer = FakeSynthesizer()
    gate = synthesizer.hold("first")
    async with session_with(synthesizer) as session:
        session.enqueue(utterance("first"))
        await until(lambda: synthesizer.requests == ["first"])
        old, other = (
            session.enqueue(utterance(name, speaker_id=number))
            for number, name in enumerate(("old", "other"))
        )
        new = session.replace(old, utterance("new"))
        gate.set()
        assert (await new.wait_until_ended()).ending is Ending.SPOKEN
        assert (await other.wait_until_ended()).ending is Ending.SPOKEN
        assert (await old.wait_until_ended()).reason == "edited"

    assert "old" not in synthesizer.requests[2:]
    assert synthesizer.requests.index("new") < synthesizer.requests.index("other")


async def test_a_new_text_is_said_next_where_the_old_one_sounds() -> None:
    synthesizer = FakeSynthesizer(frames=500)
    async with session_with(synthesizer) as session:
        old, other = session.enqueue(utterance("old")), session.enqueue(utterance("other"))
        assert await old.wait_until_started()
        third = session.enqueue(utterance("third", speaker_id=9))
        synthesizer.frames = 3
        new = session.replace(old, utterance("new"))
        outcome = await old.wait_until_ended()
        session.drop(other, DropReason.TAKEN_BACK)
        for turn in (new, third):
            assert (await turn.wait_until_ended()).ending is Ending.SPOKEN

    assert outcome.reason == "edited"
    assert outcome.frames_sent < 500
    assert synthesizer.requests.index("new") < synthesizer.requests.index("third")


async def test_what_takes_too_long_is_broken_off() -> None:
    call = FakeCall()
    async with session_with(FakeSynthesizer(frames=500), call) as session:
        turn = session.enqueue(replace(utterance("long"), longest_s=0.2))
        outcome = await turn.wait_until_ended()

    assert outcome.reason == "too_long"
    assert 10 <= outcome.frames_sent < 40
    assert "limited time" in str(outcome.error)


async def test_the_newest_takes_the_place_of_the_oldest_where_moderators_want_it() -> None:
    synthesizer = FakeSynthesizer()
    gate = synthesizer.hold("first")
    room = Room(waiting=1, overflow=Overflow.OLDEST)
    async with session_with(synthesizer) as session:
        session.enqueue(utterance("first"))
        await until(lambda: synthesizer.requests == ["first"])
        old = session.enqueue(utterance("old"), room=room)
        new = session.enqueue(utterance("new"), room=room)
        gate.set()
        assert (await old.wait_until_ended()).reason == "overflow"
        assert (await new.wait_until_ended()).ending is Ending.SPOKEN


async def test_a_long_queue_is_read_faster() -> None:
    synthesizer = SpeedWatch()
    gate = synthesizer.hold("0")
    async with session_with(synthesizer) as session:
        turns = [
            session.enqueue(replace(utterance(str(number), speaker_id=number), hurry=1.25))
            for number in range(9)
        ]
        gate.set()
        for turn in turns:
            await turn.wait_until_ended()

    # The first leaves eight behind, the fourth five.
    assert synthesizer.speeds == [1.25, 1.25, 1.25, *[1.0] * 6]


class SpeedWatch(FakeSynthesizer):
    """Notes how fast each request was to be spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.speeds: list[float] = []

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.speeds.append(request.speed)
        async with aclosing(super().stream(request)) as pieces:
            async for pcm in pieces:
                yield pcm
