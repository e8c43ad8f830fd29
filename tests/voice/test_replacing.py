"""The new text of what sounds is said in its place, also where the next one was begun already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.voice.ledger import DropReason, Ending
from bot.voice.narrator import Narrator
from bot.voice.queue import Turn
from tests.voice.fakes import FakeCall, FakeSynthesizer, utterance
from tests.voice.test_names import ANN, BEN, LONG, SHORT, let_ann_sound, said
from tests.voice.test_narrator import session_with, until


async def test_what_was_begun_waits_for_the_new_text_of_what_sounds() -> None:
    synthesizer, call = FakeSynthesizer(), FakeCall()
    async with session_with(synthesizer, call) as session:
        old = await let_ann_sound(session, synthesizer)
        following = session.enqueue(said(BEN, "next"))
        await until(lambda: "Ben said" in synthesizer.requests)
        last = session.enqueue(said(ANN, "last"))
        new = session.replace(old, said(ANN, "new"))
        assert session.turns == (old, new, following, last)
        outcomes = [await turn.wait_until_ended() for turn in (new, following, last)]

    assert [(each.ending, each.frames_due) for each in outcomes] == [
        (Ending.SPOKEN, SHORT),
        (Ending.SPOKEN, 2 * SHORT),
        (Ending.SPOKEN, 2 * SHORT),
    ]
    heard = ["Ann said", "long", "Ben said", "new", "Ben said", "next", "Ann said", "last"]
    assert synthesizer.requests == heard
    # The name of the one that had been begun was not heard before the new text.
    assert len(call.speech) == old.frames_sent + 5 * SHORT


async def test_what_was_put_back_while_it_is_being_made_is_made_anew() -> None:
    synthesizer = FakeSynthesizer()
    async with session_with(synthesizer) as session:
        old = await let_ann_sound(session, synthesizer)
        synthesizer.hold("Ben said")
        following = session.enqueue(said(BEN, "next"))
        await until(lambda: "Ben said" in synthesizer.requests)
        newer = session.replace(session.replace(old, said(ANN, "new")), said(ANN, "newer"))
        await newer.wait_until_ended()
        await until(lambda: synthesizer.requests.count("Ben said") == 2)
        synthesizer.gates["Ben said"].set()
        outcome = await following.wait_until_ended()

    assert outcome.ending is Ending.SPOKEN
    assert "new" not in synthesizer.requests
    assert old.frames_sent < LONG


@pytest.mark.parametrize(
    "give_up",
    [
        lambda session, turn: session.drop(turn, DropReason.TAKEN_BACK),
        lambda session, turn: session.skip(turn, by=turn.utterance.speaker_id),
    ],
    ids=["taken back", "skipped"],
)
async def test_what_was_given_up_before_it_sounded_is_not_begun_anew(
    give_up: Callable[[Narrator, Turn], object],
) -> None:
    synthesizer, call = FakeSynthesizer(), FakeCall()
    async with session_with(synthesizer, call) as session:
        old = await let_ann_sound(session, synthesizer)
        following = session.enqueue(said(BEN, "next"))
        await until(lambda: "Ben said" in synthesizer.requests)
        give_up(session, following)
        new = session.replace(old, said(ANN, "new"))
        await new.wait_until_ended()
        await following.wait_until_ended()

    assert following.frames_sent == 0
    assert "next" not in synthesizer.requests
    assert len(call.speech) == old.frames_sent + new.frames_sent


async def test_a_text_that_is_edited_again_keeps_its_place() -> None:
    synthesizer, call = FakeSynthesizer(), FakeCall()
    async with session_with(synthesizer, call) as session:
        old = await let_ann_sound(session, synthesizer)
        following = session.enqueue(said(BEN, "next"))
        await until(lambda: "Ben said" in synthesizer.requests)
        synthesizer.hold("new")
        new = session.replace(old, utterance("new", "and more", speaker_id=ord(ANN[0])))
        await until(lambda: "new" in synthesizer.requests)
        newer = session.replace(new, said(ANN, "newer"))
        assert session.turns[-2:] == (newer, following)
        synthesizer.gates["new"].set()
        await following.wait_until_ended()

    assert synthesizer.requests.index("newer") < synthesizer.requests.index("next")
