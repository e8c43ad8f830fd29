"""What is said for moments."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.models import Language
from tests.text.saying import AUTO, DE, EN, ES, FR, IT, JA, KO, NOW, PT, RU, ZH, said

T = int(NOW.timestamp())
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    ("language", "in_two_hours", "a_day_ago", "now"),
    [
        (EN, "in 2 hours", "1 day ago", "now"),
        (DE, "in 2 Stunden", "vor 1 Tag", "jetzt"),
        (FR, "dans 2 heures", "il y a 1 jour", "maintenant"),
        (ES, "dentro de 2 horas", "hace 1 día", "ahora"),
        (IT, "tra 2 ore", "1 giorno fa", "adesso"),
        (PT, "em 2 horas", "há 1 dia", "agora"),
        (RU, "через 2 часа", "1 день назад", "сейчас"),
        (ZH, "2小时后", "1天前", "现在"),
        (JA, "2 時間後", "1 日前", "今"),
        (KO, "2시간 후", "1일 전", "지금"),
        (AUTO, "in 2 hours", "1 day ago", "now"),
    ],
)
def test_how_long_it_is_is_said_in_the_language(
    language: Language, in_two_hours: str, a_day_ago: str, now: str
) -> None:
    assert said(f"<t:{T + 2 * HOUR}:R>", language) == in_two_hours
    assert said(f"<t:{T - DAY}:R>", language) == a_day_ago
    assert said(f"<t:{T + 3}:R>", language) == now


@pytest.mark.parametrize(
    ("style", "spoken"),
    [
        ("t", "8:45 PM"),
        ("T", "8:45 PM"),
        ("d", "November 3"),
        ("D", "November 3"),
        ("f", "November 3, 8:45 PM"),
        ("F", "Tuesday, November 3, 2026, 8:45 PM"),
        ("s", "November 3, 8:45 PM"),
        ("S", "November 3, 8:45 PM"),
        ("R", "in 8 hours"),
    ],
)
def test_every_style_is_said_as_people_would(style: str, spoken: str) -> None:
    at = T + 7 * HOUR + 45 * 60 + 30
    assert said(f"<t:{at}:{style}>", time_zone=BERLIN) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (EN, "May 22, 2027, 8:05 AM"),
        (DE, "22. Mai 2027, 08:05"),
        (FR, "22 mai 2027, 08:05"),
        (ES, "22 de mayo de 2027, 8:05"),
        (IT, "22 maggio 2027, 08:05"),
        (PT, "22 de maio de 2027, 08:05"),
        (RU, "22 мая 2027 года, 08:05"),
        (ZH, "2027年5月22日，8点5分"),
        (JA, "2027年5月22日、8時5分"),
        (KO, "2027년 5월 22일, 오전 8시 5분"),
    ],
)
def test_a_date_is_said_in_words_of_the_language(language: Language, spoken: str) -> None:
    at = 1_810_965_900  # 2027-05-22 06:05 UTC
    assert said(f"<t:{at}>", language, time_zone=BERLIN) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [(ZH, "13点"), (JA, "13時"), (KO, "오후 1시"), (DE, "13:00"), (EN, "1:00 PM")],
)
def test_the_full_hour_is_said_as_one(language: Language, spoken: str) -> None:
    assert said(f"<t:{T}:t>", language, time_zone=BERLIN) == spoken


def test_a_time_says_that_it_is_utc_where_nobody_knows_where_people_live() -> None:
    assert said(f"at <t:{T}:t>, <t:{T}:D>") == "at 12:00 PM UTC, November 3"


def test_the_year_is_that_of_the_place() -> None:
    new_year = 1_798_758_000  # 2026-12-31 23:00 UTC
    assert said(f"<t:{new_year}:D>") == "December 31"
    assert said(f"<t:{new_year}:D>", time_zone=BERLIN) == "January 1, 2027"


@pytest.mark.parametrize("style", ["t", "D", "F", "R"])
@pytest.mark.parametrize(
    "seconds",
    ["99999999999999999", "-99999999999999999", "253402300800", "-62135596801", "9" * 4_000],
)
def test_what_no_calendar_has_is_not_said(seconds: str, style: str) -> None:
    assert said(f"ok <t:{seconds}:{style}>") == "ok"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("seconds", ["253402214399", "-62135510400", "-1", "0"])
def test_the_ends_of_the_calendar_are_said_everywhere(seconds: str, zone: str) -> None:
    assert said(f"<t:{seconds}:F>", time_zone=ZoneInfo(zone))


def test_a_table_of_times_is_not_read_to_its_end() -> None:
    table = "".join(f"<t:{T + hour * HOUR}:R> " for hour in range(2, 120))
    assert said(table).count("in ") == 20
