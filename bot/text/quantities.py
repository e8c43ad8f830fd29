"""Say what numbers count: units, ranges, durations, money, numbers of telephones."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import num2words
import regex
from babel import Locale
from babel.numbers import format_decimal, get_currency_name
from babel.units import format_compound_unit, format_unit

from bot.models import Language
from bot.text._iso_codes import ISO_CODES
from bot.text._units import ENGLISH_UNITS, FEMININE, ONE, TWO, UNITS

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NUMBERS: Final = 100
"""Of one text; what is beyond them is a table, and nobody listens to one."""

# How many digits a number of a telephone has, with that of the country (ITU-T E.164).
_TELEPHONE: Final = range(7, 16)

_EXACT: Final = "0.###"
_EXAMPLES: Final = (1, 2, 5, 1_000_000, Decimal("1.5"))
"""Numbers that between them take every form of a noun."""


_Say: TypeAlias = "Callable[[Language, regex.Match[str]], str]"


class _Words(NamedTuple):
    to: str
    """Between the ends of a range."""
    plus: str = "plus"
    number: str = ""
    """For № and #."""
    space: str = " "


_WORDS: Final = {
    Language.ENGLISH: _Words(" to ", number="number "),
    Language.GERMAN: _Words(" bis ", number="Nummer "),
    Language.FRENCH: _Words(" à ", number="numéro "),
    Language.SPANISH: _Words(" a ", "más", "número "),
    Language.ITALIAN: _Words(" a ", "più", "numero "),
    Language.PORTUGUESE: _Words(" a ", "mais", "número "),
    # The numbers of a range would have to be declined.
    Language.RUSSIAN: _Words("-", "плюс", "номер "),
    Language.CHINESE: _Words("到", "加", space=""),
    Language.JAPANESE: _Words("から", "プラス", space=""),
    Language.KOREAN: _Words("에서 ", "플러스"),
}

_CURRENCIES: Final = {
    **dict.fromkeys(("$", "USD"), "USD"),
    **dict.fromkeys(("€", "EUR"), "EUR"),
    **dict.fromkeys(("£", "GBP"), "GBP"),
    **dict.fromkeys(("₽", "RUB", "руб", "р"), "RUB"),
    **dict.fromkeys(("¥", "￥", "JPY"), "JPY"),
    **dict.fromkeys(("R$", "BRL"), "BRL"),
    **dict.fromkeys(("₩", "KRW"), "KRW"),
    **dict.fromkeys(("₹", "INR"), "INR"),
    **dict.fromkeys(("₺", "TRY"), "TRY"),
    **dict.fromkeys(("₴", "UAH", "грн"), "UAH"),
    **dict.fromkeys(("zł", "PLN"), "PLN"),
    "CNY": "CNY",
    "CHF": "CHF",
}
# Whoever spells numbers out knows these by their signs, and their cents.
_SPELLED: Final = {"USD": "$", "EUR": "€", "GBP": "£", "RUB": "₽"}
_USUAL_NAMES: Final = {
    (Language.CHINESE, "JPY"): "元",  # the sign is that of their own
    (Language.JAPANESE, "USD"): "ドル",
    (Language.JAPANESE, "GBP"): "ポンド",
    (Language.KOREAN, "KRW"): "원",
    (Language.KOREAN, "USD"): "달러",
    (Language.KOREAN, "GBP"): "파운드",
    (Language.KOREAN, "JPY"): "엔",
    (Language.PORTUGUESE, "BRL"): "reais",
}

_NUMBER: Final = r"[0-9]++(?:[.,][0-9]++)*+"
_FRACTION: Final = regex.compile(r"([0-9]++)[.,]([0-9]{1,2}|[0-9]{4,})\Z")
_TELEPHONES: Final = regex.compile(
    r"""
    (?=[+(0-9])(?<![\p{N}\p{L}+(/.-])(?:
        \+(?:[ .-]?+\(?+[0-9]++\)?+){2,6}+
        | \([0-9]{2,4}\)[ ]?[0-9]{3,4}[ -]?[0-9]{3,4}
        | [0-9]{3}-[0-9]{3}-[0-9]{4} | [0-9]{3}-[0-9]{4}
    )(?![\p{N}\p{L}-])
    """,
    regex.VERBOSE,
)
_NUMBER_SIGN: Final = regex.compile(r"(?:№|(?<![^\s(])\#)\s?(?=[0-9]{1,6}+(?![\p{N}\p{L}]))")
# Behind one of these, a number is a part of something else.
_NO_BEGINNING: Final = regex.compile(r"[\p{N}\p{Latin}\p{Cyrillic}\p{Sc}_.,:/–-]")
_NO_END: Final = r"(?![\p{N}\p{Latin}\p{Cyrillic}_'’]|[/-]\p{L})"


def name_quantities(text: str, language: Language) -> str:
    """Return `text` with words for signs that stand with its numbers; most of these stay digits."""
    if language not in _WORDS:
        return text
    steps: tuple[tuple[regex.Pattern[str], _Say], ...] = (
        (_TELEPHONES, _telephone),
        (_NUMBER_SIGN, _number_sign),
        (_money_pattern(language), _money),
        (_pattern(language), _quantity),
    )
    for pattern, say in steps:
        text = pattern.sub(partial(say, language), text, count=MAX_NUMBERS)
    return text


def _telephone(language: Language, match: regex.Match[str]) -> str:
    """Say digit after digit, with a pause between the groups."""
    groups = regex.findall("[0-9]+", match.group())
    # In Chinese, Japanese and Korean, digits in a row are read like that.
    if sum(map(len, groups)) not in _TELEPHONE or language not in ONE:
        return str(match.group())
    plus = f"{_WORDS[language].plus} " if match.group().startswith("+") else ""
    return plus + ", ".join(" ".join(group) for group in groups)


def _number_sign(language: Language, match: regex.Match[str]) -> str:
    return _WORDS[language].number or str(match.group())


def _quantity(language: Language, match: regex.Match[str]) -> str:
    """Say a number, or two with what is between them, and what they count."""
    whole: str = match.group()
    before = match.string[match.start() - 1 : match.start()]
    if whole == match["number"] or _NO_BEGINNING.match(before):
        return whole
    number, until = match["number"], match["until"]
    if until and not _is_range(number, until):
        return whole
    if match["minutes"]:
        return _duration(number, match["minutes"], language)
    start = f"{number}{_WORDS[language].to}" if until else ""
    if written := match["unit"]:
        unit = UNITS.get(written) or ENGLISH_UNITS[written]
        return start + _counted(until or number, unit, language)
    if sign := match["sign"]:
        return start + _amount(until or number, sign, language)
    return start + until if until else whole


def _is_range(least: str, most: str) -> bool:
    is_code = least.startswith("0") and least.isdigit() and least != "0"
    return not is_code and _value(least) < _value(most)


def _duration(hours: str, minutes: str, language: Language) -> str:
    said = _counted(hours, "duration-hour", language)
    minutes = minutes.removeprefix("0")
    if minutes == "0":
        return said
    if language is not Language.FRENCH:  # where it is also the time of day
        minutes = _counted(minutes, "duration-minute", language)
    return f"{said}{_WORDS[language].space}{minutes}"


def _money(language: Language, match: regex.Match[str]) -> str:
    return _amount(match["number"], match["sign"], language)


def _amount(number: str, sign: str, language: Language) -> str:
    code = _CURRENCIES[sign]
    if language in ONE and code in _SPELLED:
        return f"{number} {_SPELLED[code]}"
    form = _locale(language).plural_form(_value(number))
    name = _USUAL_NAMES.get((language, code)) or _currency(code, form, language)
    space = "" if language not in ONE else " "
    return f"{number}{space}{name}"


def _counted(number: str, unit: str, language: Language) -> str:
    """Return a number with its unit, in the form that it takes behind such a number."""
    form = _locale(language).plural_form(_value(number))
    return _template(unit, form, language).replace("{}", _agreeing(number, unit, language), 1)


def _agreeing(number: str, unit: str, language: Language) -> str:
    """Return the number, as a word where it has another one for each gender."""
    is_feminine = unit in FEMININE.get(language, ())
    if number == "1" and language in ONE:
        return ONE[language][is_feminine]
    if number == "2" and is_feminine:
        return TWO.get(language, number)
    if language is Language.RUSSIAN and is_feminine and number.isdigit() and len(number) <= 3:
        said: str = num2words.num2words(int(number), lang="ru", gender="f")
        return said
    return number


def _value(number: str) -> int | Decimal:
    """Return about how many a number says; a mark and three digits are thousands."""
    if fraction := _FRACTION.search(number):
        return Decimal(".".join(fraction.groups()))
    value = int(number.replace(".", "").replace(",", "")[-9:])
    # The rest of a number with spaces in it.
    return 1_000 if value == 0 and len(number) > 1 else value


@lru_cache(maxsize=1_024)
def _currency(code: str, form: str, language: Language) -> str:
    example, locale = _example(form, language), _locale(language)
    name: str = get_currency_name(code, count=example, locale=locale)
    return name


@lru_cache(maxsize=1_024)
def _template(unit: str, form: str, language: Language) -> str:
    example, locale = _example(form, language), _locale(language)
    named, _, per = unit.partition("/")
    if per:
        said = format_compound_unit(
            example, named, denominator_unit=per, length="long", format=_EXACT, locale=locale
        )
    else:
        said = format_unit(example, named, "long", format=_EXACT, locale=locale)
    number = format_decimal(example, format=_EXACT, locale=locale)
    return (said or "{}").replace("\u00a0", " ").replace(number, "{}", 1)


def _example(form: str, language: Language) -> int | Decimal:
    """Return a number behind which nouns have a form."""
    return next(each for each in _EXAMPLES if _locale(language).plural_form(each) == form)


@lru_cache(maxsize=len(Language))
def _locale(language: Language) -> Locale:
    return Locale.parse(ISO_CODES[language])


@lru_cache(maxsize=len(Language))
def _pattern(language: Language) -> regex.Pattern[str]:
    written = {**UNITS, **(ENGLISH_UNITS if language is Language.ENGLISH else {})}
    return regex.compile(
        rf"""
        (?P<number>{_NUMBER})
        (?:(?:[ ]?[–〜～][ ]?|-)(?P<until>{_NUMBER})(?![/:–-]))?+
        (?:
            [ ]?h[ ]?(?P<minutes>[0-5][0-9])(?:[ ]?m(?:in)?)?{_NO_END}
            | (?P<unit>\L<far>){_NO_END} | [ ]?(?P<unit>\L<near>){_NO_END}
            | [ ]?(?P<sign>\L<signs>)(?:(?<=р|руб)\.)?{_NO_END}
        )?+
        """,
        regex.VERBOSE,
        far=[unit for unit in written if unit.startswith(" ")],
        near=[unit for unit in written if not unit.startswith(" ")],
        signs=_signs(language),
    )


@lru_cache(maxsize=len(Language))
def _money_pattern(language: Language) -> regex.Pattern[str]:
    return regex.compile(
        rf"(?<![0-9][ ]?)(?P<sign>\L<signs>)[ ]?(?P<number>{_NUMBER})(?![\p{{N}}%])",
        signs=[sign for sign in _signs(language) if not sign.isalpha()],
    )


def _signs(language: Language) -> list[str]:
    """Return the currencies to be named, which are all but those that are spelled with numbers."""
    return [sign for sign in _CURRENCIES if language not in ONE or sign not in _SPELLED.values()]
