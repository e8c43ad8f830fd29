"""How long speech took to begin, lately."""

from bot.voice.first_sounds import KEPT, KEPT_S, FirstSounds


def test_the_median_of_the_last_waits_is_the_usual_one() -> None:
    sounds = FirstSounds()
    assert sounds.usual_s(0.0) is None
    for took_s in (9.0, 0.5, 0.75):
        sounds.note(asked_at=10.0 - took_s, now=10.0)
    assert sounds.usual_s(10.0) == 0.75
    for _ in range(KEPT):
        sounds.note(asked_at=18.0, now=20.0)
    assert sounds.usual_s(20.0) == 2.0


def test_what_was_long_ago_is_forgotten() -> None:
    sounds = FirstSounds()
    sounds.note(asked_at=0.0, now=1.0)
    assert sounds.usual_s(1.0 + KEPT_S) == 1.0
    assert sounds.usual_s(1.1 + KEPT_S) is None
