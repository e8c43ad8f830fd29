"""The measure of the conversation: what it takes for right, and what it finds wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bot.models import Language
from bot.sandbox.discord.voice.heard import Heard, Placed
from bot.sandbox.discord.voice.opus import FRAME_MS
from bot.sandbox.discord.voice.participant import OPUS_SILENCE
from bot.sandbox.qwen.requests import RequestRecord
from tests.end_to_end.conversation.author import write
from tests.end_to_end.conversation.cast import CAST, ENGLISH, GERMAN, Line, Person
from tests.end_to_end.conversation.hearing import VOICE, Saying
from tests.end_to_end.conversation.performance import Record
from tests.end_to_end.conversation.script import (
    Act,
    Announce,
    Delete,
    Edit,
    Fate,
    Move,
    Raid,
    Say,
    Scene,
    Turn,
    in_turn,
)
from tests.end_to_end.conversation.verdict import Evidence, Verdict, judge
from tests.end_to_end.stage import HEARD_RATE, RATE, samples
from tests.sandbox._voice_sound import opus_packets

pytestmark = [pytest.mark.end_to_end]

ANN = Person("Ann", ENGLISH, "Peter")
BEN = Person("Ben", GERMAN, "Marcus")
FRAME_NS = FRAME_MS * 1_000_000
PAUSE_FRAMES = 16
TAKEN_BACK_NS = 10**12


def line(person: Person, words: str) -> Line:
    return Line(person, words, words)


LINES = (
    line(ANN, "The boat is blue and very old."),
    line(BEN, "Niemand will das jetzt hören."),
    line(ANN, "Three gulls sit on the pier."),
    line(BEN, "Der Wind kommt heute von Norden."),
)
ANN_SAID, BEN_SAID = (Saying(each.introduced(), each.voice) for each in (ANN, BEN))
SAID = tuple(Saying(each.said, each.person.voice) for each in LINES)
RIGHT = (ANN_SAID, SAID[0], SAID[2], BEN_SAID, SAID[3])
"""The second line was taken back before it was heard."""


def scene() -> Scene:
    turns = [Turn.of(key, each) for key, each in enumerate(LINES)]
    turns[1] = replace(turns[1], fate=Fate.TAKEN_BACK)
    acts = tuple(Act(Say(key, each)) for key, each in enumerate(LINES))
    return Scene("a scene", acts, tuple(turns))


def sounding(sayings: Sequence[Saying], *, cut_s: float | None = None, held_up: int = 0) -> Heard:
    """Return a recording of these; the last one breaks off after `cut_s` seconds.

    In each, `held_up` packets of silence stand where speech was not there in time.
    """
    recording, at_ns, dice = Heard(), TAKEN_BACK_NS, np.random.default_rng(1)
    for number, saying in enumerate(sayings):
        sound = samples(VOICE.speak(saying.words, saying.voice)).astype(np.int16)
        if cut_s is not None and number == len(sayings) - 1:
            sound = sound[: round(cut_s * RATE)]
        whole = np.repeat(sound, HEARD_RATE // RATE)
        silence = np.zeros(PAUSE_FRAMES * HEARD_RATE * FRAME_MS // 1000, np.int16)
        # With a little noise: of none this coder makes the packet that stands for silence.
        sound = np.concatenate((silence, whole, silence))
        packets = opus_packets((sound + dice.integers(-2, 3, len(sound))).astype(np.int16))
        packets[PAUSE_FRAMES + 7 : PAUSE_FRAMES + 7] = [OPUS_SILENCE] * held_up
        for packet in packets:
            recording.place(Placed(at_ns, packet, is_restart=False))
            at_ns += FRAME_NS
    return recording


def asked(saying: Saying, language: Language, *, at_s: float = 0.0) -> RequestRecord:
    wanted = {"text": saying.words, "voice": saying.voice, "language_type": language.value}
    record = RequestRecord(0, "POST", "/", {}, at_s, body=json.dumps({"input": wanted}).encode())
    record.note()
    return record


def verdict_on(
    recording: Heard,
    *requests: RequestRecord,
    taken_back_ns: int = TAKEN_BACK_NS,
) -> Verdict:
    sent_ns = dict.fromkeys(range(len(LINES)), TAKEN_BACK_NS)
    record = Record(sent_ns, withdrawn_ns={1: taken_back_ns})
    return judge(Evidence([scene()], record, recording, requests))


def test_what_is_due_in_its_order_and_voices_is_right() -> None:
    verdict = verdict_on(sounding(RIGHT), asked(SAID[0], Language.ENGLISH))
    assert not verdict.disagreements
    assert (verdict.spoken, verdict.silenced, len(verdict.waits_s)) == (len(RIGHT), 1, 3)


@pytest.mark.parametrize("held_up", [1, 5])
def test_a_line_that_was_held_up_is_heard_all_the_same(held_up: int) -> None:
    verdict = verdict_on(sounding(RIGHT, held_up=held_up))
    assert not verdict.disagreements
    assert verdict.spoken == len(RIGHT)


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(RIGHT[:-1], id="a line is missing"),
        pytest.param((*RIGHT[:3], RIGHT[4]), id="a name is missing"),
        pytest.param((*RIGHT[:2], ANN_SAID, *RIGHT[2:]), id="a name is said for nothing"),
        pytest.param((ANN_SAID, SAID[2], SAID[0], BEN_SAID, SAID[3]), id="another order"),
        pytest.param((*RIGHT[:4], Saying(SAID[3].words, ANN.voice)), id="another voice"),
        pytest.param((*RIGHT[:4], Saying(SAID[3].words[:-9], BEN.voice)), id="not to its end"),
        pytest.param((*RIGHT, SAID[3]), id="twice"),
        pytest.param((*RIGHT, Saying("Nobody wrote that.", ANN.voice)), id="what nobody wrote"),
        pytest.param((*RIGHT[:2], BEN_SAID, SAID[1], ANN_SAID, *RIGHT[2:]), id="taken back"),
    ],
)
def test_what_else_is_heard_is_wrong(heard: Sequence[Saying]) -> None:
    assert verdict_on(sounding(heard)).disagreements


@pytest.mark.parametrize(("late_s", "is_right"), [(0.2, True), (0.3, False)])
def test_what_was_taken_back_may_sound_a_quarter_of_a_second_longer(
    late_s: float, is_right: bool
) -> None:
    before = (ANN_SAID, SAID[0], BEN_SAID)
    recording = sounding((*before, SAID[1]), cut_s=0.6)
    ended_ns = next(each.end_ns for each in reversed(recording.sounds) if each.is_audible)
    verdict = verdict_on(recording, taken_back_ns=ended_ns - round(late_s * 1e9))
    too_late = [each for each in verdict.disagreements if "after it was taken back" in each]
    assert bool(too_late) is not is_right
    assert verdict.cuts_s == [pytest.approx(late_s)]


@pytest.mark.parametrize(
    ("request_", "is_right"),
    [
        (asked(SAID[1], Language.GERMAN, at_s=TAKEN_BACK_NS / 1e9), True),
        (asked(SAID[1], Language.GERMAN, at_s=TAKEN_BACK_NS / 1e9 + 1), False),
        (asked(SAID[0], Language.GERMAN), False),
        (asked(Saying(SAID[0].words, BEN.voice), Language.ENGLISH), False),
        (asked(Saying("Nobody wrote that.", ANN.voice), Language.ENGLISH), False),
    ],
)
def test_what_is_asked_for_has_to_be_due_in_its_voice_and_language(
    request_: RequestRecord, is_right: bool
) -> None:
    assert bool(verdict_on(sounding(RIGHT), request_).disagreements) is not is_right


def test_in_each_round_everybody_has_one_turn_whatever_was_taken_back() -> None:
    first, gone, second, other = (
        Turn.of(key, line(person, str(key))) for key, person in enumerate((ANN, BEN, ANN, BEN))
    )
    gone = replace(gone, fate=Fate.TAKEN_BACK)
    assert in_turn([first, second, gone, other]) == [first, gone, other, second]


def test_ten_minutes_have_everything_in_them_and_no_line_twice() -> None:
    scenes = write(10, seed=1)
    assert scenes == write(10, seed=1)
    deeds = [act.deed for each in scenes for act in each.acts]
    assert {type(deed) for deed in deeds} == {Say, Delete, Edit, Move, Announce, Raid}
    lines = [deed.line for deed in deeds if isinstance(deed, Say | Edit)]
    assert {each.person for each in lines} == set(CAST)
    repeated = [each for each in lines if lines.count(each) > 1]
    parrots = sum(each.name == "parrot" for each in scenes)
    assert len(set(repeated)) == parrots
    assert 550 < sum(each.length_s for each in scenes) < 650
