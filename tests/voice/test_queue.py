"""Whose turn to be spoken it is: members take turns, and an utterance is spoken whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Introduction
from bot.policy.rotation import Rotation
from bot.settings.choices import Overflow
from bot.voice.queue import QueueFullError, Room, SpeechQueue, Turn
from tests.voice._virtual import virtual_loop
from tests.voice.fakes import request, utterance

ALICE, BOB, CAROL = 1, 2, 3
ROOM = Room()


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
    for _ in range(ROOM.each):
        put(queue, ALICE, "more")
    with pytest.raises(QueueFullError, match=r"3 messages of yours .* take one back with /queue"):
        put(queue, ALICE, "too many")
    put(queue, BOB, "others may")
    assert len(queue) == ROOM.each + 1


async def test_a_guild_may_have_ten_waiting() -> None:
    queue = SpeechQueue()
    for speaker in range(ROOM.waiting):
        put(queue, speaker, "hello")
    with pytest.raises(QueueFullError, match="10 messages are waiting"):
        put(queue, ROOM.waiting, "too many")


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


async def test_the_oldest_gives_way_where_moderators_want_it() -> None:
    queue, room = SpeechQueue(), Room(waiting=3, each=2, overflow=Overflow.OLDEST)
    first = Turn(utterance("a1", speaker_id=ALICE))
    for turn in (first, *(Turn(utterance(name, speaker_id=BOB)) for name in ("b1", "b2"))):
        assert queue.put(turn, room) is None
    oldest_of_bob = queue.put(Turn(utterance("b3", speaker_id=BOB)), room)
    assert oldest_of_bob is not None
    assert oldest_of_bob.utterance.requests[0].text == "b1"
    queue.remove(oldest_of_bob)
    assert queue.put(Turn(utterance("c1", speaker_id=CAROL)), room) is first


async def test_a_new_text_takes_the_place_of_the_old_one() -> None:
    queue = SpeechQueue()
    old = put(queue, ALICE, "a1")
    put(queue, BOB, "b1")
    assert queue.replace(old, Turn(utterance("new", speaker_id=ALICE)))
    assert not queue.replace(old, Turn(utterance("newer", speaker_id=ALICE)))
    assert await take(queue, 2) == ["new", "b1"]


async def test_what_is_put_first_is_next_and_can_be_replaced_and_removed() -> None:
    queue = SpeechQueue()
    put(queue, ALICE, "a1")
    first, second = (Turn(utterance(name, speaker_id=BOB)) for name in ("x", "y"))
    queue.put_first(first)
    assert queue.replace(first, second)
    assert waiting(queue) == ["y", "a1"]
    assert queue.remove(second) == 1
    queue.put_first(second)
    assert await take(queue, 2) == ["y", "a1"]
    assert len(queue) == 0


def introduced(name: str, text: str, *, is_always: bool = False) -> Turn:
    introduction = Introduction(request(f"{name} said"), name, is_always)
    return Turn(replace(utterance(text), introduction=introduction))


async def test_a_name_is_said_when_somebody_else_spoke_before() -> None:
    queue = SpeechQueue()
    for turn in (introduced("Ann", "1"), introduced("Ann", "2"), introduced("Ben", "3")):
        queue.put(turn)
    assert await take(queue, 5) == ["Ann said", "1", "2", "Ben said", "3"]


async def test_a_name_is_said_before_every_message_where_moderators_want_it() -> None:
    queue = SpeechQueue()
    for text in ("1", "2"):
        queue.put(introduced("Ann", text, is_always=True))
    assert await take(queue, 4) == ["Ann said", "1", "Ann said", "2"]


def test_a_name_is_said_again_after_a_minute() -> None:
    async def hear() -> list[str]:
        queue, heard = SpeechQueue(), []
        for text in ("1", "2", "3"):
            queue.put(introduced("Ann", text))
            heard += await take(queue, 1)
            heard += await take(queue, 1) if heard[-1] == "Ann said" else []
            await asyncio.sleep(40 if text == "1" else 61)
        return heard

    with virtual_loop() as loop:
        assert loop.run_until_complete(hear()) == ["Ann said", "1", "2", "Ann said", "3"]
