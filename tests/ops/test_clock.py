"""Discord's time, by what its answers say."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.ops.clock import DiscordClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


class Machine:
    """Its clock is `ahead_s` ahead of Discord's, and somebody may set it."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.ahead_s = ahead_s
        self.passed_s = 0.0
        self.clock = DiscordClock(monotonic=lambda: 500 + self.passed_s, wall=self._wall)

    def _wall(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_s + self.ahead_s)


def test_before_the_first_answer_it_is_the_time_of_the_machine() -> None:
    assert Machine(ahead_s=40).clock.now() == NOON + timedelta(seconds=40)


@pytest.mark.parametrize("ahead_s", [-3_600.0, -40.0, 0.0, 40.0])
def test_whatever_the_machine_says_it_is_discords_time(ahead_s: float) -> None:
    machine = Machine(ahead_s)
    machine.clock.note(DATE)
    machine.passed_s = 90.0
    machine.ahead_s += 10_000.0
    assert machine.clock.now() == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Mar 2026 12:00:00 GMT"])
def test_what_is_no_date_changes_nothing(date: str) -> None:
    machine = Machine(ahead_s=40)
    machine.clock.note(DATE)
    machine.clock.note(date)
    assert machine.clock.now() == NOON


def test_the_operator_is_told_once_of_a_wrong_clock_and_once_that_it_is_right(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    machine = Machine()
    for ahead_s in (1.5, 40.0, 41.0, -1.5, -2.0, -40.0):
        machine.ahead_s = ahead_s
        machine.clock.note(DATE)
    told = [(record.levelname, record.getMessage().partition(":")[0]) for record in caplog.records]
    assert told == [
        ("WARNING", "the clock of this machine is 40 s fast"),
        ("INFO", "the clock of this machine is right again"),
        ("WARNING", "the clock of this machine is 40 s slow"),
    ]
