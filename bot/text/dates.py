"""Say dates that are written in numbers."""

from __future__ import annotations

from calendar import monthrange
from functools import lru_cache
from typing import Final

import num2words
import regex
from babel import Locale

from bot.models import Language
from bot.text._iso_codes import ISO_CODES

MAX_DATES: Final = 30
"""Of one text; what is beyond them is a table, and nobody listens to one."""

_YEARS: Final = range(1_000, 2_200)
# Two digits of a year are of this century up to here.
_LAST_SHORT_YEAR: Final = 69
# What has a greater number than there are months is surely a day, and no part of a fraction.
_MONTHS: Final = 12
_ALWAYS: Final = "24/7"

_ALONE_BEFORE: Final = r"(?<![\p{N}\p{L}\p{Sc}./:_-])"
_ALONE_BEHIND: Final = r"(?![\p{N}\p{L}/:_-]|\.\p{N})"
_FORMS: Final = r"""
    (?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})
    | (?P<first>\d{1,2})(?P<between>[-/.])(?P<second>\d{1,2})(?P=between)(?P<last>\d{4})
    | (?P<first>\d{2})(?P<between>\.)(?P<second>\d{2})\.(?P<last>\d{2})
    | (?P<first>\d{1,2})(?P<between>/)(?P<second>\d{1,2})(?:/(?P<last>\d{2}))?
"""
_GERMAN_FORM: Final = r"| (?P<first>\d{1,2})(?P<between>\.)(?P<second>\d{1,2})\."
_DATE, _GERMAN_DATE = (
    regex.compile(f"{_ALONE_BEFORE}(?:{forms}){_ALONE_BEHIND}", regex.VERBOSE)
    for forms in (_FORMS, _FORMS + _GERMAN_FORM)
)
_MONTH_FIRST: Final = {Language.ENGLISH, Language.CHINESE, Language.JAPANESE, Language.KOREAN}
_PATTERNS: Final = {
    Language.ENGLISH: ("{month} {day}", ", {year}"),
    Language.GERMAN: ("{day}. {month}", " {year}"),
    Language.FRENCH: ("{day} {month}", " {year}"),
    Language.SPANISH: ("{day} de {month}", " de {year}"),
    Language.ITALIAN: ("{day} {month}", " {year}"),
    Language.PORTUGUESE: ("{day} de {month}", " de {year}"),
    Language.RUSSIAN: ("{day} {month}", " {year} года"),
    Language.CHINESE: ("{month}月{day}日", "{year}年"),
    Language.JAPANESE: ("{month}月{day}日", "{year}年"),
    Language.KOREAN: ("{month}월 {day}일", "{year}년 "),
}
_YEAR_FIRST: Final = {Language.CHINESE, Language.JAPANESE, Language.KOREAN}
_FIRSTS: Final = {Language.FRENCH: "1er", Language.ITALIAN: "1º", Language.PORTUGUESE: "1º"}


def name_dates(text: str, language: Language) -> str:
    """Return `text` with the months of its dates by name; most numbers stay digits."""
    if language not in _PATTERNS:
        return text
    pattern = _GERMAN_DATE if language is Language.GERMAN else _DATE
    return pattern.sub(lambda match: _said(match, language), text, count=MAX_DATES)


def _said(match: regex.Match[str], language: Language) -> str:
    if match["year"]:
        date = int(match["year"]), int(match["month"]), int(match["day"])
        return _date(*date, language) if _is_date(*date) else str(match.group())
    year = _full_year(match["last"])
    day, month = _in_order(match, language)
    return _date(year, month, day, language) if _is_date(year, month, day) else str(match.group())


def _full_year(digits: str | None) -> int | None:
    if not digits:
        return None
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2_000 if year <= _LAST_SHORT_YEAR else 1_900)


def _in_order(match: regex.Match[str], language: Language) -> tuple[int, int]:
    """Return day and month, or zeros where it may be something else."""
    first, second = int(match["first"]), int(match["second"])
    may_be_fraction = match["between"] == "/" and not match["last"]
    if may_be_fraction and (match.group() == _ALWAYS or max(first, second) <= _MONTHS):
        return 0, 0
    is_month_first = language in _MONTH_FIRST and match["between"] == "/"
    if second > _MONTHS or (is_month_first and first <= _MONTHS):
        return second, first
    return first, second


def _is_date(year: int | None, month: int, day: int) -> bool:
    if not 1 <= month <= _MONTHS or (year is not None and year not in _YEARS):
        return False
    leap_year = 2_000
    return 1 <= day <= monthrange(year or leap_year, month)[1]


@lru_cache(maxsize=1_024)
def _date(year: int | None, month: int, day: int, language: Language) -> str:
    day_pattern, year_pattern = _PATTERNS[language]
    said_day = day_pattern.format(day=_day(day, language), month=_month(month, language))
    if year is None:
        return said_day
    said_year = year_pattern.format(year=_genitive(year) if language is Language.RUSSIAN else year)
    return said_year + said_day if language in _YEAR_FIRST else said_day + said_year


def _day(day: int, language: Language) -> str:
    if language is Language.ENGLISH:
        ending: str = num2words.num2words(day, to="ordinal_num")
        return ending
    if language is Language.RUSSIAN:
        return _genitive(day)
    return _FIRSTS.get(language, "1") if day == 1 else str(day)


def _genitive(number: int) -> str:
    said: str = num2words.num2words(number, lang="ru", to="ordinal", case="g", gender="n")
    return said


def _month(month: int, language: Language) -> str:
    if language in _YEAR_FIRST:
        return str(month)
    name: str = Locale.parse(ISO_CODES[language]).months["format"]["wide"][month]
    return name
