"""Write numbers as words, for models that read digits in another language than the text."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import num2words
import regex

from bot.models import Language
from bot.text._number_words import NUMBER_WORDS
from bot.text.dates import name_dates
from bot.text.quantities import name_quantities

if TYPE_CHECKING:
    from bot.text._number_words import NumberWords

# num2words takes up to 30 µs for a digit (German) and matching 5 µs for a number, so these two
# bound the time of a whole text; what is beyond them is a table, and nobody listens to one.
MAX_DIGITS: Final = 60
MAX_NUMBERS: Final = 100
# Longer ones are telephone numbers and ids: nobody says their value.
MAX_CARDINAL_DIGITS: Final = 9
CACHED_NUMBERS: Final = 4_096

_YEARS: Final = range(1_100, 2_100)
_CURRENCIES: Final = {"$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB"}
_CENT_DIGITS: Final = 2
_DIGIT: Final = re.compile("[0-9]")
_RUSSIAN_FORMS: Final = {
    "-го": {"case": "g"},
    "-му": {"case": "d"},
    "-я": {"gender": "f"},
    "-е": {"gender": "n"},
}
_EAST_ASIAN: Final = {Language.CHINESE, Language.JAPANESE, Language.KOREAN}
_SCRIPTS: Final = (
    (regex.compile(r"[\p{Hiragana}\p{Katakana}]"), Language.JAPANESE),
    (regex.compile(r"\p{Hangul}"), Language.KOREAN),
    (regex.compile(r"\p{Han}"), Language.CHINESE),
    (regex.compile(r"\p{Cyrillic}"), Language.RUSSIAN),
    (regex.compile(r"\p{Latin}"), Language.ENGLISH),
)
# A scale behind an amount comes between the number and its unit when it is said.
_SCALE: Final = r"\s?(?:(?:k|m|bn|mil)\b|[mb]illi|mio|mrd|тыс|млн|млрд)"


def spell_out(text: str, language: Language, *, max_characters: int) -> str:
    """Return `text` with its numbers in words, as far as `max_characters` and the time allow.

    What they count and the months of dates are named, too. The numbers of Chinese, Japanese and
    Korean stay as they are. In a text of unknown language the script decides: Latin is taken for
    English, and a text without letters stays as it is.

    Args:
        text: What will be said.
        language: What it is in, if known.
        max_characters: How long the result may become; a longer `text` does not grow.
    """
    if not _DIGIT.search(text) or (known := _language_of(text, language)) is None:
        return text
    named = name_quantities(name_dates(text, known), known)
    if len(named) <= max(len(text), max_characters):
        text = named
    words = NUMBER_WORDS.get(known)
    return text if words is None else _Speller(words, max_characters - len(text)).spell(text)


def _language_of(text: str, language: Language) -> Language | None:
    """Return whose numbers those of `text` are; `None` if nobody knows, or if it is a mixture."""
    characters = "".join(set(text))
    scripts = (each for script, each in _SCRIPTS if script.search(characters))
    found = next(scripts, None)
    if language is Language.AUTO:
        return found
    is_mixed = found in _EAST_ASIAN and language not in _EAST_ASIAN
    return None if is_mixed else language


class _Speller:
    """Spells the numbers of one text, and leaves those that make it too long or take too long."""

    def __init__(self, words: NumberWords, room: int) -> None:
        self._words = words
        self._room = room
        self._digits = MAX_DIGITS

    def spell(self, text: str) -> str:
        """Return `text` with words in place of digits."""
        return _pattern(self._words).sub(self._replace, text, count=MAX_NUMBERS)

    def _replace(self, match: re.Match[str]) -> str:
        cost = _cost(match)
        if cost > self._digits:
            return match.group()
        self._digits -= cost
        spoken = _apart(match, _spoken(match, self._words))
        growth = len(spoken) - len(match.group())
        if growth > self._room:
            return match.group()
        self._room -= growth
        return spoken


def _cost(match: re.Match[str]) -> int:
    """Return how many digits have to be understood, and not only read one by one."""
    if match["chain"]:
        return len(match["chain"])
    digits = sum(map(str.isdigit, match["whole"] or ""))
    if _sign(match) in _CURRENCIES:
        return 2 * (digits + len(match["fraction"] or ""))
    # Those of one digit are known after their first time; so are most of two.
    return digits if 2 < digits <= MAX_CARDINAL_DIGITS else int(digits == 2)


def _sign(match: re.Match[str]) -> str:
    """Return the sign of a currency or of percent, if there is one."""
    return (match["before"] or match["after"] or "").strip()


def _apart(match: re.Match[str], spoken: str) -> str:
    """Keep words apart from the letters that the digits stood next to, as in "mp3"."""
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() : match.end() + 1]
    return f"{' ' * before.isalpha()}{spoken}{' ' * after.isalpha()}"


def _spoken(match: re.Match[str], words: NumberWords) -> str:
    if match["hour"]:
        return _time(int(match["hour"]), match["minute"], words)
    if match["chain"]:
        return f" {words.dot} ".join(_whole(part, words) for part in match["chain"].split("."))
    minus = f"{words.minus} " if match["minus"] else ""
    return minus + _amount(match, words)


def _time(hour: int, minute: str, words: NumberWords) -> str:
    on_the_hour, between = words.clock
    spoken_hour = words.hours.get(hour) or _cardinal(hour, words.code)
    if minute == "00":
        return on_the_hour.format(hour=spoken_hour)
    if words.code == "en" and minute.startswith("0"):
        return between.format(hour=spoken_hour, minute=f"oh {_cardinal(int(minute), words.code)}")
    return between.format(hour=spoken_hour, minute=_cardinal(int(minute), words.code))


def _amount(match: re.Match[str], words: NumberWords) -> str:
    """Say a number with what stands before and behind it."""
    whole = re.sub(r"\D", "", match["whole"])
    fraction = match["fraction"] or ""
    sign = _sign(match)
    is_money = sign in _CURRENCIES and match["is_scaled"] is None
    if is_money and (money := _money(whole, fraction, sign, words)):
        return money
    number = _number(whole, fraction, words, is_plain=whole == match.group())
    if match["ordinal"] and not fraction:
        number = _ordinal(whole, match["ordinal"], words)
    if sign == "%":
        return f"{number} {words.percent[_plural(whole, fraction)]}"
    # Not a currency we can say: its sign stays where it was.
    return f"{match['before'] or ''}{number}{match['after'] or ''}"


def _money(whole: str, fraction: str, sign: str, words: NumberWords) -> str | None:
    if len(whole) > MAX_CARDINAL_DIGITS or len(fraction) > _CENT_DIGITS:
        return None
    # num2words has no currencies for Brazil; those of Portugal are called alike.
    code = words.code.partition("_")[0]
    return _currency(Decimal(f"{whole}.{fraction or 0}"), _CURRENCIES[sign], code)


def _number(whole: str, fraction: str, words: NumberWords, *, is_plain: bool) -> str:
    if fraction:
        return f"{_whole(whole, words)} {words.point} {_digits(fraction, words)}"
    if is_plain and words.has_years and len(whole) == len("2000") and int(whole) in _YEARS:
        return _year(int(whole), words.code)
    return _whole(whole, words)


def _whole(digits: str, words: NumberWords) -> str:
    """Say a number, or its digits where they are no quantity."""
    if len(digits) > MAX_CARDINAL_DIGITS or (digits.startswith("0") and digits != "0"):
        return _digits(digits, words)
    return _cardinal(int(digits), words.code)


def _digits(digits: str, words: NumberWords) -> str:
    return " ".join(_cardinal(int(digit), words.code) for digit in digits)


def _ordinal(whole: str, ending: str, words: NumberWords) -> str:
    if len(whole) > MAX_CARDINAL_DIGITS:
        return _digits(whole, words)
    spoken = _nth(int(whole), words.code, ending)
    if ending in ("re", "ère"):
        return "première" if whole == "1" else spoken
    if ending == "ª":
        return re.sub(r"o\b", "a", spoken)
    # "am 3. Mai": of the German cases the one that dates are mostly in.
    return f"{spoken}n" if words.code == "de" else spoken


def _plural(whole: str, fraction: str) -> int:
    """Return which form of a noun a number takes: 0 with one, 1 with a few, 2 with many."""
    if fraction:
        return 1
    if len(whole) > 1 and whole[-2] == "1":
        return 2
    return 0 if whole[-1] == "1" else 1 if whole[-1] in "234" else 2


@lru_cache(maxsize=len(NUMBER_WORDS))
def _pattern(words: NumberWords) -> re.Pattern[str]:
    """Return what finds the next number; it never looks at a digit more than a few times."""
    signs = "".join(_CURRENCIES)
    return re.compile(
        rf"""
        (?<![\d:])(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?![\d:])(?:{words.after_time})?
        | (?<![\d.])(?P<chain>(?!{_grouped(words)}(?!\.?\d))[0-9]++(?:\.[0-9]++){{2,}}+)
        | (?P<minus>(?<![\w)\]])[-−](?=[{signs}0-9]))?
          (?P<before>[{signs}]\s?(?=[0-9]))?
          (?P<whole>{_grouped(words)}(?!\d)|[0-9]++)
          (?:{words.decimal}(?P<fraction>[0-9]++)(?![.,]\d))?
          (?: (?P<ordinal>{words.ordinals})(?!\w)
            | (?P<after>\s?[%{signs}](?!\d))
            | (?P<is_scaled>(?={_SCALE}))
          )?
        """,
        re.VERBOSE | re.IGNORECASE,
    )


def _grouped(words: NumberWords) -> str:
    return rf"[0-9]{{1,3}}(?:{words.group}[0-9]{{3}})++"


@lru_cache(maxsize=CACHED_NUMBERS)
def _cardinal(value: int, code: str) -> str:
    return _say(value, code, "cardinal")


@lru_cache(maxsize=CACHED_NUMBERS)
def _nth(value: int, code: str, ending: str) -> str:
    return _say(value, code, "ordinal", **_RUSSIAN_FORMS.get(ending, {}))


@lru_cache(maxsize=CACHED_NUMBERS)
def _year(value: int, code: str) -> str:
    return _say(value, code, "year")


def _say(value: int, code: str, form: str, **inflection: str) -> str:
    # A comma would be a pause.
    spoken: str = num2words.num2words(value, lang=code, to=form, **inflection)
    return spoken.replace(",", "")


@lru_cache(maxsize=CACHED_NUMBERS)
def _currency(value: Decimal, currency: str, code: str) -> str | None:
    is_whole = value == value.to_integral_value()
    try:
        spoken: str = num2words.num2words(
            value,
            lang=code,
            to="currency",
            currency=currency,
            # The library says the zero cents, too.
            **({"separator": "|"} if is_whole else {}),
        )
    except NotImplementedError:
        return None
    return spoken.partition("|")[0].replace(",", "")
