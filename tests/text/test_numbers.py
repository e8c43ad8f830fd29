"""Numbers as words: what is written, what is left alone, and what it may cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Language
from bot.text.numbers import spell_out

ENGLISH, GERMAN, FRENCH = Language.ENGLISH, Language.GERMAN, Language.FRENCH
SPANISH, ITALIAN, PORTUGUESE = Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE
RUSSIAN, AUTO = Language.RUSSIAN, Language.AUTO

ROOM = 4_000


def spell(text: str, language: Language = ENGLISH, *, room: int = ROOM) -> str:
    return spell_out(text, language, max_characters=room)


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "I have 3 cats", "I have three cats"),
        (GERMAN, "21 Katzen", "einundzwanzig Katzen"),
        (FRENCH, "80 chats", "quatre-vingts chats"),
        (SPANISH, "16 gatos", "dieciséis gatos"),
        (ITALIAN, "3 gatti", "tre gatti"),
        (PORTUGUESE, "16 gatos", "dezesseis gatos"),
        (RUSSIAN, "5 котов", "пять котов"),
        (ENGLISH, "0", "zero"),
        (ENGLISH, "it is -5, (−2)", "it is minus five, (minus two)"),
        (ENGLISH, "5-10 of us", "five to ten of us"),
    ],
)
def test_a_number_is_spoken_in_the_language_of_the_text(
    language: Language, written: str, spoken: str
) -> None:
    assert spell(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (
            ENGLISH,
            "1,234 and 12,345,678.9",
            (
                "one thousand two hundred and thirty-four and "
                "twelve million three hundred and forty-five thousand six hundred and seventy-eight"
                " point nine"
            ),
        ),
        (ENGLISH, "1,2,3", "one,two,three"),
        (GERMAN, "10.000, 3,14", "zehntausend, drei Komma eins vier"),
        (FRENCH, "10 000 et 10\u202f000", "dix mille et dix mille"),
        (SPANISH, "1.500 y 0,5", "mil quinientos y cero coma cinco"),
        (ITALIAN, "3,14", "tre virgola uno quattro"),
        (PORTUGUESE, "2,5", "dois vírgula cinco"),
        (RUSSIAN, "10 000 и 3,5", "десять тысяч и три запятая пять"),
    ],
)
def test_thousands_and_fractions_are_read_as_the_language_writes_them(
    language: Language, written: str, spoken: str
) -> None:
    assert spell(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "12:30", "twelve thirty"),
        (ENGLISH, "9:05pm", "nine oh five pm"),
        (ENGLISH, "12:00", "twelve o'clock"),
        (GERMAN, "um 1:00 und 12:30 Uhr", "um ein Uhr und zwölf Uhr dreißig"),
        (FRENCH, "21:15", "vingt et une heures quinze"),
        (SPANISH, "1:30", "una y treinta"),
        (ITALIAN, "13:15", "tredici e quindici"),
        (PORTUGUESE, "2:30", "duas e trinta"),
        (RUSSIAN, "12:00", "двенадцать ноль ноль"),
        (ENGLISH, "25:10 or 12:30:45", "twenty-five:ten or twelve:thirty:forty-five"),
    ],
)
def test_a_time_is_spoken_as_one(language: Language, written: str, spoken: str) -> None:
    assert spell(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "$5.99", "five dollars ninety-nine cents"),
        (ENGLISH, "$1 £20", "one dollar twenty pounds sterling"),
        (GERMAN, "5,99 €", "fünf Euro und neunundneunzig Cent"),
        (FRENCH, "10 000 €", "dix mille euros"),
        (PORTUGUESE, "€3", "três euros"),
        (RUSSIAN, "2₽ и $5", "два рубля и пять долларов"),
        (ENGLISH, "50% and 0.5 %", "fifty percent and zero point five percent"),
        (FRENCH, "3,5 %", "trois virgule cinq pour cent"),
        (
            RUSSIAN,
            "1% 2% 5% 11% 3,5%",
            (
                "один процент два процента пять процентов"
                " одиннадцать процентов три запятая пять процента"
            ),
        ),
        # What the library has no name for keeps its sign.
        (RUSSIAN, "£5", "£пять"),
        (ENGLISH, "$3 million", "$three million"),
        (ENGLISH, "$1.234", "$one point two three four"),
    ],
)
def test_money_and_percent_are_named(language: Language, written: str, spoken: str) -> None:
    assert spell(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "1st, 22nd", "first, twenty-second"),
        (GERMAN, "am 3. Mai", "am dritten Mai"),
        (GERMAN, "Es waren 3. Dann", "Es waren drei. Dann"),
        (FRENCH, "1er, 2e, 1ère, 3ème", "premier, deuxième, première, troisième"),
        (SPANISH, "1º, 21ª", "primero, vigésima primera"),
        (ITALIAN, "3ª", "terza"),
        (RUSSIAN, "3-й, 5-го, 1-я", "третий, пятого, первая"),
        (
            GERMAN,
            "am 29.11. und 3.5.2026",
            "am neunundzwanzigsten November und dritten Mai zweitausendsechsundzwanzig",
        ),
        (RUSSIAN, "9.5.1945", "девятого мая тысяча девятьсот сорок пятого года"),
    ],
)
def test_an_ordinal_is_told_from_a_number(language: Language, written: str, spoken: str) -> None:
    assert spell(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "in 1999 and 2024", "in nineteen ninety-nine and twenty twenty-four"),
        (ENGLISH, "$1999", "one thousand nine hundred and ninety-nine dollars"),
        (GERMAN, "1999", "neunzehnhundertneunundneunzig"),
        (FRENCH, "1999", "mille neuf cent quatre-vingt-dix-neuf"),
    ],
)
def test_a_year_is_said_in_pairs_where_people_do(
    language: Language, written: str, spoken: str
) -> None:
    assert spell(written, language) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("agent 007", "agent zero zero seven"),
        ("1234567890", "one two three four five six seven eight nine zero"),
        ("mp3 and 2x", "mp three and two x"),
        ("1e999", "one e nine hundred and ninety-nine"),
        ("v2.0.1", "v two point zero point one"),
        ("2024-05-13", "May thirteenth, twenty twenty-four"),
        ("2024-13-05", "twenty twenty-four-thirteen-zero five"),
        ("call 555-0100", "call five five five, zero one zero zero"),
    ],
)
def test_what_is_no_quantity_is_read_by_its_parts(written: str, spoken: str) -> None:
    assert spell(written) == spoken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我有3个苹果", AUTO),
        ("我有3个 apples", ENGLISH),
        ("3個のりんご", AUTO),
        ("ねこが3", Language.JAPANESE),
        ("사과 3개", AUTO),
        ("3", Language.CHINESE),
        ("3", Language.KOREAN),
        ("3", Language.JAPANESE),
        ("666", AUTO),
        ("no number here", ENGLISH),
        ("٣ and ３ and ½", ENGLISH),
    ],
)
def test_what_is_not_ours_to_spell_stays_as_it_is(text: str, language: Language) -> None:
    assert spell(text, language) == text


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "5kg or 3–5 km/h", "five kilograms or three to five kilometers per hour"),
        (GERMAN, "1kg in 1h", "ein Kilogramm in eine Stunde"),
        (RUSSIAN, "2 мин, 500 руб.", "две минуты, пятьсот рублей"),
        (Language.CHINESE, "5kg", "5千克"),
        (AUTO, "我跑了5km", "我跑了5公里"),
        (AUTO, "5kmを走った", "5 キロメートルを走った"),
        (AUTO, "5km 뛰었어", "5킬로미터 뛰었어"),
    ],
)
def test_what_is_counted_is_named(language: Language, written: str, spoken: str) -> None:
    assert spell(written, language) == spoken


def test_nothing_is_named_that_makes_a_text_too_long() -> None:
    assert spell("5km 5km", Language.CHINESE, room=7) == "5公里 5公里"
    assert spell("2026-11-29", Language.CHINESE, room=10) == "2026-11-29"


def test_the_script_decides_where_the_language_is_unknown() -> None:
    assert spell("Привет, 5", AUTO) == "Привет, пять"
    assert spell("hello 5", AUTO) == "hello five"


def test_a_number_that_does_not_fit_any_more_stays_as_it_is() -> None:
    assert spell("7 777 7", room=len("7 777 7") + 8) == "seven 777 seven"


def test_numbers_beyond_what_anyone_listens_to_stay_as_they_are() -> None:
    spoken = spell("1 " * 300, room=10_000).split()
    assert (spoken.count("one"), spoken.count("1")) == (100, 200)


def test_long_numbers_beyond_what_time_allows_stay_as_they_are() -> None:
    spoken = spell(" ".join(str(number) for number in range(101_000, 101_020))).split()
    assert sum(word.isdigit() for word in spoken) == 10


@given(
    st.text(st.sampled_from("0123456789.,:-$€% aß。я\u202f"), max_size=600)
    | st.sampled_from(["9" * 600, "1e999 " * 100, "1." * 300, "1,111" * 120, "$1" * 300]),
    st.sampled_from(list(Language)),
    st.integers(0, 2_000),
)
def test_no_text_grows_beyond_its_room(text: str, language: Language, room: int) -> None:
    assert len(spell(text, language, room=room)) <= max(len(text), room)
