"""Units, ranges, durations, money and telephones, in ten languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.quantities import MAX_NUMBERS, name_quantities
from tests.text.hostile_words import HOSTILE_WORDS

ENGLISH, GERMAN, FRENCH = Language.ENGLISH, Language.GERMAN, Language.FRENCH
SPANISH, ITALIAN, PORTUGUESE = Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE
RUSSIAN, CHINESE, AUTO = Language.RUSSIAN, Language.CHINESE, Language.AUTO
JAPANESE, KOREAN = Language.JAPANESE, Language.KOREAN


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "5kg, 5 km/h, 21 °C", "5 kilograms, 5 kilometers per hour, 21 degrees Celsius"),
        (ENGLISH, "1 km, 1.5 km, 0 km", "one kilometer, 1.5 kilometers, 0 kilometers"),
        (ENGLISH, "8 GB, 100 Mbps, 512 kB", "8 gigabytes, 100 megabits per second, 512 kilobytes"),
        (ENGLISH, "6ft, 3 lbs, 60 mph", "6 feet, 3 pounds, 60 miles per hour"),
        (ENGLISH, "5 m² and 3 m, 30 s", "5 square meters and 3 meters, 30 seconds"),
        (GERMAN, "1 kg, 1 h, 2 h, 90°", "ein Kilogramm, eine Stunde, 2 Stunden, 90 Grad"),
        (GERMAN, "3,5 km und 16 GB", "3,5 Kilometer und 16 Gigabyte"),
        (FRENCH, "1h, 5 kg, 10 Mo, 1 min", "une heure, 5 kilogrammes, 10 Mo, une minute"),
        (SPANISH, "1 h, 2 h, 5 kg", "una hora, 2 horas, 5 kilogramos"),
        (ITALIAN, "1 h, 5 km", "una ora, 5 chilometri"),
        (PORTUGUESE, "2h, 1 min, 2 kg", "duas horas, um minuto, 2 quilogramas"),
        (
            RUSSIAN,
            "1 кг, 2 кг, 5 кг, 3,5 кг",
            "один килограмм, 2 килограмма, 5 килограмм, 3,5 килограмма",
        ),
        (RUSSIAN, "1 мин, 22 мин, 3 ч", "одна минута, двадцать две минуты, 3 часа"),
        (CHINESE, "跑了5km，20℃，100km/h", "跑了5公里，20摄氏度，每小时100公里"),
        (JAPANESE, "5kg、20℃", "5 キログラム、摂氏 20 度"),
        (KOREAN, "5kg, 100km/h", "5킬로그램, 시속 100킬로미터"),
    ],
)
def test_a_unit_is_named_in_the_form_that_its_number_takes(
    language: Language, written: str, spoken: str
) -> None:
    assert name_quantities(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "3–5 people, 5-10 km", "3 to 5 people, 5 to 10 kilometers"),
        (ENGLISH, "1.5 – 2.5 kg", "1.5 to 2.5 kilograms"),
        (GERMAN, "3–5 Tage", "3 bis 5 Tage"),
        (FRENCH, "3-5 jours", "3 à 5 jours"),
        (SPANISH, "3-5 días", "3 a 5 días"),
        (ITALIAN, "3-5 giorni", "3 a 5 giorni"),
        (PORTUGUESE, "3-5 dias", "3 a 5 dias"),
        (RUSSIAN, "3–5 дней", "3-5 дней"),
        (CHINESE, "3-5个", "3到5个"),
        (JAPANESE, "3〜5個", "3から5個"),
        (KOREAN, "3~5개, 3–5개", "3~5개, 3에서 5개"),
    ],
)
def test_a_range_is_told_from_a_hyphen(language: Language, written: str, spoken: str) -> None:
    assert name_quantities(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "1h30", "one hour 30 minutes"),
        (GERMAN, "2 h 05 min", "2 Stunden 5 Minuten"),
        (FRENCH, "à 14h30 ou 15h00", "à 14 heures 30 ou 15 heures"),
        (PORTUGUESE, "2h30m", "duas horas 30 minutos"),
        (RUSSIAN, "1h01", "один час одна минута"),
        (CHINESE, "1h30", "1小时30分钟"),
    ],
)
def test_hours_and_minutes_are_both_named(language: Language, written: str, spoken: str) -> None:
    assert name_quantities(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        # Those that are spelled out with their numbers keep a sign.
        (ENGLISH, "5 EUR, 10 USD, $5", "5 €, 10 $, $5"),
        (ENGLISH, "¥500, 10 CHF, ₹20", "500 Japanese yen, 10 Swiss francs, 20 Indian rupees"),
        (PORTUGUESE, "R$ 50", "50 reais"),
        (RUSSIAN, "500 руб. и 100р", "500 ₽ и 100 ₽"),
        (CHINESE, "花了$5和¥20", "花了5美元和20元"),
        (JAPANESE, "¥500、$5、5€", "500円、5ドル、5ユーロ"),
        (KOREAN, "₩5000, $5", "5000원, 5달러"),
    ],
)
def test_money_is_named(language: Language, written: str, spoken: str) -> None:
    assert name_quantities(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "+49 170 1234567", "plus 4 9, 1 7 0, 1 2 3 4 5 6 7"),
        (ENGLISH, "(555) 123-4567 or 555-0100", "5 5 5, 1 2 3, 4 5 6 7 or 5 5 5, 0 1 0 0"),
        (SPANISH, "+34 600 123 456", "más 3 4, 6 0 0, 1 2 3, 4 5 6"),
        (RUSSIAN, "+7 900 123-45-67", "плюс 7, 9 0 0, 1 2 3, 4 5, 6 7"),
        (CHINESE, "+86 138 1234 5678", "+86 138 1234 5678"),
        (ENGLISH, "#1 and №5", "number 1 and number 5"),
        (GERMAN, "(#3)", "(Nummer 3)"),
    ],
)
def test_numbers_that_name_something_are_read_as_such(
    language: Language, written: str, spoken: str
) -> None:
    assert name_quantities(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (AUTO, "5kg 3–5 ¥500"),
        (ENGLISH, "90s, 5G, 5m, mp3, 4K, 3V3, v1.2, x5kg, $5 m"),
        (ENGLISH, "10-5, 1-2-3, 007-009, 10:30-11:00, 3-x"),
        (ENGLISH, "5 minutes, 5 grams, 5 hours, km, kg/m, 5 l'eau"),
        (GERMAN, "5 ft, 5 mi, 5 lb"),
        (ENGLISH, "+1 and +2, #1a, a#1, #tag"),
        (FRENCH, "06 12 34 56 78"),
    ],
)
def test_what_counts_nothing_stays(language: Language, text: str) -> None:
    assert name_quantities(text, language) == text


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"0159.,-–+()# $€¥°Chmsgl/", "kg", "km/h", "руб", "你", " "]), max_size=14
    ).map("".join),
    st.sampled_from(list(Language)),
)
def test_no_text_grows_much(text: str, language: Language) -> None:
    assert len(name_quantities(text, language)) <= 12 * len(text) + 40


@pytest.mark.parametrize("language", [ENGLISH, RUSSIAN, CHINESE])
@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_grows_much(text: str, language: Language) -> None:
    assert len(name_quantities(text, language)) <= len(text) + MAX_NUMBERS * 40
