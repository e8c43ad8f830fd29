"""Whose turn to be spoken it is: members take turns, and an utterance is spoken whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.rotation import Rotation
from bot.voice.queue import MAX_WAITING, MAX_WAITING_EACH, QueueFullError, SpeechQueue, Turn
from tests.voice.fakes import utterance

ALICE, BOB, CAROL = 1, 2, 3


def put(queue: SpeechQueue, speaker_id: int, *texts: str) -> Turn:
    turn = Turn(utterance(*texts, speaker_id=speaker_id))
    queue.put(turn)
    return turn


def waiting(queue: SpeechQueue) -> list[str]:
    return [turn.utterance.requests[0].text for turn in queue]


async def take(queue: SpeechQueue, count: int) -> list[str]:
    return [(await queue.next())[1].text for _ in range(count)]


async def test_members_take_turns_and_each_ones_own_stay_in_order() -> None:
    queue = SpeechQueue()
    for speaker, text in ((ALICE, "a1"), (ALICE, "a2"), (ALICE, "a3"), (BOB, "b1"), (CAROL, "c1")):
        put(queue, speaker, text)
    put(queue, BOB, "b2")
    assert waiting(queue) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert await take(queue, 6) == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_who_has_spoken_lets_others_go_first() -> None:
    queue = SpeechQueue()
    for text in ("a1", "a2", "a3"):
        put(queue, ALICE, text)
    spoken = await take(queue, 2)
    put(queue, BOB, "b1")
    assert spoken + await take(queue, 2) == ["a1", "a2", "b1", "a3"]


async def test_an_utterance_is_spoken_whole() -> None:
    queue = SpeechQueue()
    long = put(queue, ALICE, "a1", "a2", "a3")
    first = await queue.next()
    put(queue, BOB, "b1")
    assert (first[0], waiting(queue)) == (long, ["b1"])
    assert await take(queue, 3) == ["a2", "a3", "b1"]


async def test_what_is_cut_gives_out_no_more_of_itself() -> None:
    queue = SpeechQueue()
    under_way, whole = put(queue, ALICE, "a1", "a2", "a3"), put(queue, BOB, "b1", "b2")
    put(queue, CAROL, "c1")
    await queue.next()
    assert [queue.remove(under_way), queue.remove(under_way), queue.remove(whole)] == [2, 0, 2]
    assert await take(queue, 1) == ["c1"]
    assert len(queue) == 0


async def test_a_member_may_have_three_waiting_beside_what_is_under_way() -> None:
    queue = SpeechQueue()
    put(queue, ALICE, "under way", "and on")
    await queue.next()
    for _ in range(MAX_WAITING_EACH):
        put(queue, ALICE, "more")
    with pytest.raises(QueueFullError, match=r"3 messages of yours .* take one back with /queue"):
        put(queue, ALICE, "too many")
    put(queue, BOB, "others may")
    assert len(queue) == MAX_WAITING_EACH + 1


async def test_a_guild_may_have_ten_waiting() -> None:
    queue = SpeechQueue()
    for speaker in range(MAX_WAITING):
        put(queue, speaker, "hello")
    with pytest.raises(QueueFullError, match="10 messages are waiting"):
        put(queue, MAX_WAITING, "too many")


def test_a_queue_that_ran_dry_remembers_nobody_but_the_last() -> None:
    rotation = Rotation[str]()
    for member in range(1_000):
        rotation.put(member, "hello")
        rotation.take()
    assert len(rotation._served) == 1


steps = st.lists(st.integers(0, 4) | st.none(), max_size=60)
"""A member puts something in, or (`None`) the next is taken."""


@given(steps)
def test_the_order_shown_is_the_order_taken(members: list[int | None]) -> None:
    rotation = Rotation[tuple[int, int]]()
    for number, member in enumerate(members):
        if member is not None:
            rotation.put(member, (member, number))
        elif rotation:
            rotation.take()
    shown = list(rotation)
    assert [rotation.take() for _ in range(len(rotation))] == shown


@given(steps, st.integers(0, 4))
def test_nobody_passes_the_same_one_more_than_twice(
    members: list[int | None], patient: int
) -> None:
    rotation = Rotation[tuple[int, int]]()
    turns: dict[int, int] = {}
    """How many turns others have had since `patient` began to wait."""
    for number, member in enumerate(members):
        if member is not None:
            if member == patient and not rotation.count(patient):
                turns.clear()
            rotation.put(member, (member, number))
        elif rotation:
            taken, _ = rotation.take()
            turns[taken] = turns.get(taken, 0) + 1
            if taken == patient:
                turns.clear()
            if rotation.count(patient):
                assert all(count <= 2 for count in turns.values())
