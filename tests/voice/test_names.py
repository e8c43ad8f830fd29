"""Who speaks is said as far as it was heard: what was cut before it sounded has told nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.models import Introduction, Utterance
from bot.voice.ledger import DropReason
from bot.voice.narrator import Narrator
from bot.voice.queue import Turn
from tests.voice.fakes import FakeSynthesizer, request, utterance
from tests.voice.test_narrator import session_with, until

ANN, BEN = "Ann", "Ben"
LONG, SHORT = 500, 3


def said(name: str, text: str) -> Utterance:
    introduction = Introduction(request(f"{name} said"), name)
    return replace(utterance(text, speaker_id=ord(name[0])), introduction=introduction)


def names_in(synthesizer: FakeSynthesizer) -> list[str]:
    return [each for each in synthesizer.requests if each.endswith("said")]


async def let_ann_sound(session: Narrator, synthesizer: FakeSynthesizer) -> Turn:
    """Return a turn of Ann's that sounds for long, with the name before it heard."""
    synthesizer.frames = SHORT
    name = synthesizer.hold("long")
    turn = session.enqueue(said(ANN, "long"))
    await until(lambda: "long" in synthesizer.requests)
    synthesizer.frames = LONG
    name.set()
    await until(lambda: len(turn.pieces) == 2 and turn.pieces[1].position > 0)
    synthesizer.frames = SHORT
    return turn


@pytest.mark.parametrize(
    ("goes_on", "names"),
    [
        pytest.param(BEN, ["Ann said", "Ben said", "Ben said"], id="who was not heard is named"),
        pytest.param(ANN, ["Ann said", "Ben said"], id="who was heard goes on"),
    ],
)
async def test_what_is_taken_back_before_it_sounds_has_told_no_name(
    goes_on: str, names: list[str]
) -> None:
    synthesizer = FakeSynthesizer()
    async with session_with(synthesizer) as session:
        long = await let_ann_sound(session, synthesizer)
        taken_back = session.enqueue(said(BEN, "never"))
        await until(lambda: "Ben said" in synthesizer.requests)
        session.drop(taken_back, DropReason.TAKEN_BACK)
        following = session.enqueue(said(goes_on, "then"))
        session.drop(long, DropReason.TAKEN_BACK)
        await following.wait_until_ended()

    assert names_in(synthesizer) == names


async def test_the_new_text_of_what_has_not_sounded_is_said_behind_a_name() -> None:
    synthesizer = FakeSynthesizer()
    async with session_with(synthesizer) as session:
        long = await let_ann_sound(session, synthesizer)
        edited = session.enqueue(said(BEN, "old"))
        await until(lambda: "Ben said" in synthesizer.requests)
        successor = session.replace(edited, said(BEN, "new"))
        session.drop(long, DropReason.TAKEN_BACK)
        await successor.wait_until_ended()

    assert names_in(synthesizer) == ["Ann said", "Ben said", "Ben said"]
    assert synthesizer.requests[-1] == "new"


@pytest.mark.parametrize("goes_on", [ANN, BEN])
async def test_after_a_mere_name_everybody_is_named(goes_on: str) -> None:
    synthesizer = FakeSynthesizer()
    async with session_with(synthesizer) as session:
        long = await let_ann_sound(session, synthesizer)
        synthesizer.frames = LONG
        cut = session.enqueue(said(BEN, "never"))
        session.drop(long, DropReason.TAKEN_BACK)
        assert await cut.wait_until_started()
        synthesizer.frames = SHORT
        session.drop(cut, DropReason.TAKEN_BACK)
        following = session.enqueue(said(goes_on, "then"))
        await following.wait_until_ended()

    assert names_in(synthesizer) == ["Ann said", "Ben said", f"{goes_on} said"]


async def test_whoever_is_cut_mid_word_was_heard() -> None:
    synthesizer = FakeSynthesizer()
    async with session_with(synthesizer) as session:
        long = await let_ann_sound(session, synthesizer)
        successor = session.replace(long, said(ANN, "new"))
        await successor.wait_until_ended()

    assert synthesizer.requests == ["Ann said", "long", "new"]
