"""How fast one member is read, how often the same, and each message once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.pace import BURST, SAME_WORDS_S, Pace, Repeats, Seen


def test_a_few_at_once_are_read_then_one_in_a_while() -> None:
    pace = Pace()
    assert [pace.take("ann", 100.0, interval_s=2.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [pace.take("ann", at, interval_s=2.0) for at in (101.9, 102.0, 103.0, 104.0)] == [
        False,
        True,
        False,
        True,
    ]


def test_one_who_writes_fast_delays_nobody_else() -> None:
    pace = Pace()
    assert not all(pace.take("ann", 0.0, interval_s=2.0) for _ in range(9))
    assert pace.take("ben", 0.0, interval_s=2.0)


def test_without_an_interval_everything_is_read() -> None:
    pace = Pace()
    assert all(pace.take("ann", 0.0, interval_s=0.0) for _ in range(100))


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.5, 5))
def test_no_stretch_of_time_holds_more_than_its_share(gaps: list[float], interval_s: float) -> None:
    pace, now, read = Pace(), 0.0, []
    for gap in gaps:
        now += gap
        if pace.take("ann", now, interval_s=interval_s):
            read.append(now)
    for first, start in enumerate(read):
        for count, end in enumerate(read[first:], 1):
            assert count <= BURST + (end - start) / interval_s + 1e-6


def test_the_same_words_are_said_twice_a_minute() -> None:
    repeats = Repeats()
    said = [repeats.is_too_often("ann", words, 10.0) for words in ("Hi", "hi", "HI", "ho")]
    assert said == [False, False, True, False]
    assert not repeats.is_too_often("ben", "Hi", 10.0)
    assert repeats.is_too_often("ann", "hi", 10.0 + SAME_WORDS_S - 1)
    assert not repeats.is_too_often("ann", "hi", 10.0 + SAME_WORDS_S)


def test_what_is_told_twice_is_new_once() -> None:
    seen = Seen(most=3)
    assert [seen.add(id_) for id_ in (1, 2, 1, 3, 2, 4, 3)] == [
        True,
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    assert seen.add(1)  # the oldest was forgotten


def test_four_thousand_messages_are_remembered() -> None:
    seen = Seen()
    assert all(seen.add(id_) for id_ in range(4_096))
    assert not any(seen.add(id_) for id_ in range(4_096))
