"""One fault is told once."""

from bot.policy.notices import Notices


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
