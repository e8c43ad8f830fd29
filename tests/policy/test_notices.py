"""One fault is told once, and a flood is answered once."""

from bot.policy.notices import HASTE_S, Haste, Notices


def test_a_fault_is_news_once_in_its_time() -> None:
    notices = Notices()
    told = [notices.is_news("fault", now, for_s=60) for now in (0, 1, 59.9, 60, 61, 120)]
    assert told == [True, False, False, True, False, True]


def test_every_fault_is_news() -> None:
    notices = Notices()
    assert notices.is_news(("guild", 1), 0, for_s=60)
    assert notices.is_news(("guild", 2), 0, for_s=60)


def test_what_is_news_again_is_forgotten() -> None:
    notices = Notices()
    for number in range(1_000):
        assert notices.is_news(number, number, for_s=60)
    assert len(notices._known_until) == 60


def test_whoever_goes_on_at_once_is_deaf_until_they_rest() -> None:
    haste = Haste()
    flood = [haste.is_deaf("eve", number * HASTE_S / 100) for number in range(1_000)]
    assert flood == [False] + [True] * 999
    assert not haste.is_deaf("ann", 10 * HASTE_S)
    assert not haste.is_deaf("eve", 11 * HASTE_S)
