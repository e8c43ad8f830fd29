"""The pieces of MLS the server reads and writes, each on its own."""

from collections.abc import Callable

import davey
import pytest

from bot.sandbox.discord.voice._presentation import MalformedMessageError, Reader, uint, vector
from bot.sandbox.discord.voice._transitions import Transitions
from bot.sandbox.discord.voice._tree import Leaves
from bot.sandbox.discord.voice.dave import DaveGroup
from bot.sandbox.discord.voice.mls import ExternalSender, KeyPackage, parse_commit_welcome

CHANNEL = 77


def key_package_of(user_id: int) -> bytes:
    return davey.DaveSession(1, user_id, CHANNEL).get_serialized_key_package()


def test_a_key_package_in_somebody_elses_name_is_refused() -> None:
    package = key_package_of(2)
    assert KeyPackage.parse(package).user_id == 2
    with pytest.raises(MalformedMessageError):
        DaveGroup(CHANNEL, call_later=lambda *_: None).receive_key_package(1, package)


@pytest.mark.parametrize("cut", [0, 1, 3, 70, 200, -1])
def test_a_key_package_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(MalformedMessageError):
        KeyPackage.parse(key_package_of(1)[:cut])


def test_what_is_no_commit_is_refused() -> None:
    proposal = ExternalSender().propose_remove(uint(CHANNEL, 8), 1, leaf=0, user_id=1)
    with pytest.raises(MalformedMessageError):
        parse_commit_welcome(proposal.encoded)


@pytest.mark.parametrize(("size", "prefix"), [(0, 1), (63, 1), (64, 2), (16_383, 2), (16_384, 4)])
def test_vectors_have_the_shortest_length_that_fits(size: int, prefix: int) -> None:
    encoded = vector(bytes(size))
    assert len(encoded) == size + prefix
    assert Reader(encoded).vector() == bytes(size)


def test_a_newcomer_takes_the_leftmost_free_leaf() -> None:
    leaves = Leaves(1)
    for user_id in (2, 3):
        leaves.add(user_id)
    leaves.remove(2)
    leaves.add(4)
    assert leaves.of(4) == 1
    leaves.remove(3)
    leaves.add(5)
    assert (leaves.of(5), list(leaves)) == (2, [1, 4, 5])


def test_a_transition_waits_for_everybody_who_is_still_there() -> None:
    transitions = Transitions(lambda *_: None, timeout_s=1, go_on=lambda: None)
    number = transitions.begin(frozenset({1, 2, 3, 4}), awaited=frozenset({1, 2, 3}))
    transitions.confirm(1, number)
    transitions.confirm(2, number)
    assert transitions.take_ready() == []
    transitions.drop(3)
    assert transitions.take_ready() == [(number, frozenset({1, 2, 3, 4}))]
    assert transitions.take_ready() == []


def test_a_transition_whose_time_is_over_waits_for_nobody() -> None:
    deadlines: list[tuple[float, Callable[[], None]]] = []
    executed: list[int] = []
    transitions = Transitions(
        lambda *deadline: deadlines.append(deadline),
        timeout_s=2.0,
        go_on=lambda: executed.extend(number for number, _ in transitions.take_ready()),
    )
    number = transitions.begin(frozenset({1, 2}), awaited=frozenset({1, 2}))
    ((delay_s, give_up),) = deadlines
    give_up()
    give_up()
    assert (delay_s, executed) == (2.0, [number])
