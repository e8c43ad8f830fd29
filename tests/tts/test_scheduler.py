"""Whose request is next: guilds by turns of characters, members by turns."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ProviderFault
from bot.models import Origin
from bot.tts.scheduler import (
    MAX_WAITING,
    MAX_WAITING_EACH,
    QUANTUM_CHARACTERS,
    CrowdedError,
    Scheduler,
)


def put(scheduler: Scheduler[str], name: str, *, characters: int = 50) -> None:
    """Let `name` wait: its first letter is the guild, the second the member."""
    origin = Origin(ord(name[0]), ord(name[1]))
    scheduler.put(name, origin=origin, characters=characters)


def take_all(scheduler: Scheduler[str]) -> list[str]:
    return [scheduler.take() for _ in range(len(scheduler))]


def jain(shares: list[int]) -> float:
    """Return Jain's index of fairness: 1 where all have the same, 1/n where one has all."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


def test_guilds_take_turns_however_much_one_has_waiting() -> None:
    scheduler = Scheduler[str]()
    for name in ("Aa1", "Ab1", "Ac1", "Ba1", "Ca1", "Bb1"):
        put(scheduler, name)
    assert take_all(scheduler) == ["Aa1", "Ba1", "Ca1", "Ab1", "Bb1", "Ac1"]


def test_who_had_nothing_waiting_goes_before_those_that_always_have() -> None:
    scheduler = Scheduler[str]()
    for name in ("Aa1", "Aa2", "Ba1", "Ba2"):
        put(scheduler, name)
    first = [scheduler.take(), scheduler.take()]
    put(scheduler, "Ca1")
    assert first + take_all(scheduler) == ["Aa1", "Ba1", "Ca1", "Aa2", "Ba2"]


def test_who_comes_back_at_once_is_not_new_again() -> None:
    scheduler = Scheduler[str]()
    for name in ("Aa1", "Ba1", "Ba2"):
        put(scheduler, name)
    served = [scheduler.take(), scheduler.take()]
    for number in range(2, 5):
        put(scheduler, f"Aa{number}")
        served.append(scheduler.take())
    assert served == ["Aa1", "Ba1", "Aa2", "Ba2", "Aa3"]


def test_members_take_turns_within_their_guild() -> None:
    scheduler = Scheduler[str]()
    for name in ("Aa1", "Aa2", "Aa3", "Ab1", "Ac1", "Ab2"):
        put(scheduler, name)
    assert take_all(scheduler) == ["Aa1", "Ab1", "Ac1", "Aa2", "Ab2", "Aa3"]


def test_a_long_text_costs_its_guild_turns() -> None:
    scheduler = Scheduler[str]()
    for name, characters in (("Aa1", 3 * QUANTUM_CHARACTERS), ("Ba1", 140), ("Ba2", 140)):
        put(scheduler, name, characters=characters)
    assert take_all(scheduler) == ["Ba1", "Ba2", "Aa1"]


def test_outside_of_guilds_everyone_has_their_own_turns() -> None:
    scheduler = Scheduler[str]()
    for name, member in (("a1", 1), ("a2", 1), ("b1", 2)):
        scheduler.put(name, origin=Origin(None, member), characters=50)
    assert take_all(scheduler) == ["a1", "b1", "a2"]


def test_a_member_may_have_three_waiting() -> None:
    scheduler = Scheduler[str]()
    for number in range(MAX_WAITING_EACH):
        put(scheduler, f"Aa{number}")
    with pytest.raises(CrowdedError) as caught:
        put(scheduler, "Aa9")
    put(scheduler, "Ab1")
    put(scheduler, "Ba1")
    assert (caught.value.fault, caught.value.retryable) == (ProviderFault.THROTTLED, False)
    assert len(scheduler) == MAX_WAITING_EACH + 2


def test_a_guild_may_have_ten_waiting() -> None:
    scheduler = Scheduler[str]()
    for number in range(MAX_WAITING):
        put(scheduler, f"A{number}")
    with pytest.raises(CrowdedError):
        put(scheduler, "Az")
    put(scheduler, "Ba")
    assert len(scheduler) == MAX_WAITING + 1


def test_what_is_removed_leaves_its_place_to_others() -> None:
    scheduler = Scheduler[str]()
    names = ["Aa1", "Aa2", "Aa3", "Ba1"]
    for name in names:
        put(scheduler, name)
    for name in names[1:]:
        scheduler.remove(name, origin=Origin(ord(name[0]), ord(name[1])))
    put(scheduler, "Aa4")
    assert take_all(scheduler) == ["Aa1", "Aa4"]
    with pytest.raises(IndexError):
        scheduler.take()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 600)), max_size=200), st.data())
def test_all_that_is_put_is_taken_once_in_its_members_order(
    arrivals: list[tuple[int, int]], data: st.DataObject
) -> None:
    scheduler = Scheduler[tuple[int, int]]()
    accepted: list[tuple[int, int]] = []
    taken: list[tuple[int, int]] = []
    for number, (member, characters) in enumerate(arrivals):
        try:
            origin = Origin(member % 3, member)
            scheduler.put((member, number), origin=origin, characters=characters)
            accepted.append((member, number))
        except CrowdedError:
            pass
        if len(scheduler) and data.draw(st.booleans()):
            taken.append(scheduler.take())
    taken += [scheduler.take() for _ in range(len(scheduler))]
    assert sorted(taken) == sorted(accepted)
    for member in range(5):
        own = [number for each, number in taken if each == member]
        assert own == sorted(own)


@pytest.mark.parametrize("name", ["a chat", "guilds of long and of very long texts"])
def test_guilds_that_always_have_something_waiting_get_the_same_number_of_characters(
    name: str,
) -> None:
    scheduler, random, guilds = Scheduler[tuple[int, int]](), Random(1), range(20)
    served: Counter[int] = Counter()

    def length(guild: int) -> int:
        if name == "a chat":
            return random.randint(10, 140)
        return 140 if guild % 2 else 600

    def fill(guild: int) -> None:
        characters = length(guild)
        scheduler.put((guild, characters), origin=Origin(guild), characters=characters)

    for guild in guilds:
        fill(guild)
        fill(guild)
    for _ in range(5_000):
        guild, characters = scheduler.take()
        served[guild] += characters
        fill(guild)
    assert jain([served[guild] for guild in guilds]) >= 0.98
