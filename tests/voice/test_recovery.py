"""What a lost connection calls for, and how long the bot waits before it tries again."""

import itertools
import random

import pytest

from bot.voice.loss import Loss, LossKind
from bot.voice.recovery import Attempts, Reaction, Recovery, react

RECOVERY = Recovery()
SEEDS = range(50)


def lost(kind: LossKind, code: int | None = None) -> Loss:
    return Loss(kind, code, "", last_heard_at=0.0)


@pytest.mark.parametrize(
    ("code", "reaction"),
    [
        (1000, Reaction.REJOIN),
        (1001, Reaction.REJOIN),
        (1005, Reaction.REJOIN),
        (1006, Reaction.REJOIN),
        (4000, Reaction.REJOIN),
        (4001, Reaction.REJOIN),
        (4002, Reaction.REJOIN),
        (4003, Reaction.REJOIN),
        (4004, Reaction.REJOIN_ONCE),
        (4005, Reaction.REJOIN),
        (4006, Reaction.REJOIN),
        (4009, Reaction.REJOIN),
        (4011, Reaction.REJOIN_ONCE),
        (4012, Reaction.REJOIN_ONCE),
        (4014, Reaction.ASK_WHY),
        (4015, Reaction.REJOIN),
        (4016, Reaction.REJOIN_ONCE),
        (4017, Reaction.STOP),
        (4020, Reaction.REJOIN_ONCE),
        (4021, Reaction.PAUSE),
        (4022, Reaction.ASK_WHY),
        (4999, Reaction.REJOIN),
        (None, Reaction.REJOIN),
    ],
)
def test_every_close_code_has_its_reaction(code: int | None, reaction: Reaction) -> None:
    assert react(lost(LossKind.CLOSED, code)) is reaction


@pytest.mark.parametrize("kind", [kind for kind in LossKind if kind is not LossKind.CLOSED])
def test_a_connection_that_nobody_closed_is_worth_another(kind: LossKind) -> None:
    assert react(lost(kind)) is Reaction.REJOIN


def refused_at(*, is_dial: bool = False, handshake_s: float = 0.0) -> list[float]:
    """When a bot tries whose every try fails `handshake_s` seconds later, until it gives up."""
    attempts, now, tried_at = Attempts(RECOVERY), 0.0, []
    while True:
        tried_at.append(now)
        now += handshake_s
        if not attempts.note(Reaction.REJOIN, now):
            return tried_at
        now += attempts.delay_s(is_dial=is_dial)


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bot_that_is_refused_identifies_six_times_a_minute_then_every_half(seed: int) -> None:
    random.seed(seed)
    tried_at = refused_at()

    assert len([at for at in tried_at if at <= 60]) <= 6
    assert min(gaps([at for at in tried_at if at > 10])) >= 30
    assert len([at for at in tried_at if at <= 10]) == RECOVERY.fast_attempts


@pytest.mark.parametrize("handshake_s", [0.0, 0.3, 7.0])
@pytest.mark.parametrize("is_dial", [True, False])
def test_a_bot_gives_up_after_ten_minutes_of_failures(is_dial: bool, handshake_s: float) -> None:
    tried_at = refused_at(is_dial=is_dial, handshake_s=handshake_s)

    assert RECOVERY.give_up_s - 45 <= tried_at[-1] <= RECOVERY.give_up_s + 45


@pytest.mark.parametrize("seed", SEEDS)
def test_a_server_that_cannot_be_dialled_is_tried_again_within_two_seconds(seed: int) -> None:
    random.seed(seed)
    waits = gaps(refused_at(is_dial=True))

    assert max(waits) <= 1.65
    assert min(waits) >= RECOVERY.first_delay_s * 0.9


def test_a_connection_that_held_begins_a_new_count() -> None:
    attempts = Attempts(RECOVERY)
    for second in range(RECOVERY.fast_attempts + 1):
        attempts.note(Reaction.REJOIN_ONCE, float(second))
    assert attempts.delay_s(is_dial=False) >= RECOVERY.slow_delay_s
    attempts.succeed(held_s=RECOVERY.stable_s)

    assert not attempts.is_last(Reaction.REJOIN_ONCE)
    assert attempts.note(Reaction.REJOIN, RECOVERY.give_up_s * 2)
    assert attempts.delay_s(is_dial=False) <= RECOVERY.first_delay_s * 1.1


def test_what_another_session_may_mend_gets_one() -> None:
    attempts = Attempts(RECOVERY)

    assert not attempts.is_last(Reaction.REJOIN_ONCE)
    attempts.note(Reaction.REJOIN_ONCE, 0.0)
    assert not attempts.is_last(Reaction.REJOIN)
    assert attempts.is_last(Reaction.REJOIN_ONCE)


def test_a_session_that_worked_earns_another_try_but_no_new_count() -> None:
    attempts = Attempts(RECOVERY)
    attempts.note(Reaction.REJOIN_ONCE, 0.0)
    attempts.note(Reaction.REJOIN, 1.0)
    attempts.succeed(held_s=RECOVERY.stable_s / 2)

    assert not attempts.is_last(Reaction.REJOIN_ONCE)
    assert attempts.delay_s(is_dial=False) >= RECOVERY.first_delay_s * 2 * 0.9


def test_what_nothing_can_mend_gets_no_try() -> None:
    assert Attempts(RECOVERY).is_last(Reaction.STOP)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pause_is_one_to_two_minutes_long(seed: int) -> None:
    random.seed(seed)

    assert 60 <= Attempts(RECOVERY).pause_s() <= 120
