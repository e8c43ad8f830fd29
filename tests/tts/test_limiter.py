"""The pace of one model: even, halved on 429, slowly back."""

from __future__ import annotations

import math

import pytest

from bot.tts.limiter import FIRST_PAUSE_S, MAX_PAUSE_S, SPARE, Pace

START = 1_000.0
SPACING_S = 60 / 180
RAMPED = START + 60.0
"""When a pace that began at `START` has reached its full rate."""


def test_the_first_request_of_an_idle_bot_does_not_wait() -> None:
    assert Pace(180, START).ready_at <= START


def test_the_second_request_waits_for_its_place() -> None:
    pace = Pace(180, START)
    pace.send(RAMPED)
    assert pace.ready_at == pytest.approx(RAMPED + SPACING_S * SPARE)
    assert pace.ready_at - RAMPED >= SPACING_S


def test_a_long_rest_saves_nothing_up() -> None:
    pace = Pace(180, START)
    pace.send(RAMPED)
    pace.send(RAMPED + 3_600)
    assert pace.ready_at - (RAMPED + 3_600) >= SPACING_S


@pytest.mark.parametrize(
    ("after_s", "factor"), [(0, 0.5), (30, 0.75), (60, 1.0), (3_600, 1.0)], ids=str
)
def test_the_rate_rises_from_the_half_in_a_minute(after_s: float, factor: float) -> None:
    assert Pace(180, START).factor(START + after_s) == pytest.approx(factor)


def test_without_a_limit_requests_follow_each_other_at_once() -> None:
    pace = Pace(math.inf, START)
    pace.send(START)
    assert pace.ready_at == START


class TestThrottled:
    """What a 429 changes."""

    def test_the_rate_is_halved_and_rises_by_a_tenth_a_minute(self) -> None:
        pace = Pace(180, START)
        pace.throttle(pace.send(RAMPED), RAMPED, None)
        factors = [pace.factor(RAMPED + minute * 60) for minute in range(7)]
        assert factors == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0])

    def test_requests_that_were_under_way_together_halve_it_once(self) -> None:
        pace = Pace(180, START)
        first, second = pace.send(RAMPED), pace.send(RAMPED + 1)
        pace.throttle(first, RAMPED + 2, None)
        pace.throttle(second, RAMPED + 62, None)
        assert pace.factor(RAMPED + 62) == pytest.approx(0.6)

    def test_it_is_never_less_than_the_half(self) -> None:
        pace, now = Pace(180, START), RAMPED
        for _ in range(5):
            pace.throttle(pace.send(now), now, 0.5)
            now += 1.0
        assert pace.factor(now - 1.0) == 0.5

    @pytest.mark.parametrize(
        ("retry_after_s", "pause_s"),
        [(None, FIRST_PAUSE_S), (0.0, 0.0), (7.5, 7.5), (1e9, MAX_PAUSE_S)],
        ids=str,
    )
    def test_it_pauses_for_as_long_as_the_service_asks(
        self, retry_after_s: float | None, pause_s: float
    ) -> None:
        pace = Pace(math.inf, START)
        pace.throttle(pace.send(RAMPED), RAMPED, retry_after_s)
        assert pace.ready_at == RAMPED + pause_s

    def test_the_longest_of_several_pauses_counts(self) -> None:
        pace = Pace(math.inf, START)
        first, second = pace.send(RAMPED), pace.send(RAMPED)
        pace.throttle(first, RAMPED, 30.0)
        pace.throttle(second, RAMPED, 5.0)
        assert pace.ready_at == RAMPED + 30.0

    def test_pauses_nobody_asked_for_grow_until_a_request_succeeds(self) -> None:
        pace, now, pauses_s = Pace(math.inf, START), RAMPED, []
        for _ in range(8):
            pace.throttle(pace.send(now), now, None)
            pauses_s.append(pace.ready_at - now)
            now = pace.ready_at
        pace.succeed(pace.send(now))
        pace.throttle(pace.send(now), now, None)
        assert pauses_s == [1, 2, 4, 8, 16, 32, 60, 60]
        assert pace.ready_at - now == FIRST_PAUSE_S

    def test_after_the_pause_one_request_goes_alone(self) -> None:
        pace = Pace(math.inf, START)
        pace.throttle(pace.send(RAMPED), RAMPED, 5.0)
        probe = pace.send(RAMPED + 5)
        assert pace.ready_at == math.inf
        pace.succeed(probe)
        assert pace.ready_at <= RAMPED + 5

    def test_a_probe_that_finds_out_nothing_is_followed_by_another(self) -> None:
        pace = Pace(math.inf, START)
        pace.throttle(pace.send(RAMPED), RAMPED, 5.0)
        pace.end(pace.send(RAMPED + 5))
        assert pace.ready_at <= RAMPED + 5
        pace.send(RAMPED + 6)
        assert pace.ready_at == math.inf

    def test_a_success_of_before_ends_no_pause(self) -> None:
        pace = Pace(math.inf, START)
        early, late = pace.send(RAMPED), pace.send(RAMPED)
        pace.throttle(late, RAMPED, 5.0)
        pace.succeed(early)
        assert pace.ready_at == RAMPED + 5
        pace.send(RAMPED + 5)
        assert pace.ready_at == math.inf
