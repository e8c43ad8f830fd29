"""How languages write and say numbers, as far as the number itself does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.models import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOT: Final = r"\."
_SPACE: Final = "[ \u00a0\u202f]"
_MONTHS: Final = "Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"


@dataclass(frozen=True, slots=True, eq=False)
class NumberWords:
    """One language.

    Args:
        code: What num2words calls it.
        group: What is written between thousands, as a pattern.
        decimal: What is written before a fraction, as a pattern.
        point: What is said before a fraction.
        dot: What is said between the numbers of a chain, such as those of a version.
        minus: What is said before a negative number.
        percent: What is said for %, with one, with a few and with many (the rule is Russian).
        clock: A time on the hour, and any other.
        hours: What an hour is called where a number of that value is called otherwise.
        ordinals: What is written behind an ordinal, as a pattern.
        after_time: What may be written behind a time and is said within it, as a pattern.
        has_years: Whether years are said in pairs of digits.
    """

    code: str
    group: str
    decimal: str
    point: str
    dot: str
    minus: str
    percent: tuple[str, str, str]
    clock: tuple[str, str]
    hours: Mapping[int, str]
    ordinals: str
    after_time: str = ""
    has_years: bool = False


NUMBER_WORDS: Final = {
    Language.ENGLISH: NumberWords(
        code="en",
        group=",",
        decimal=_DOT,
        point="point",
        dot="point",
        minus="minus",
        percent=("percent",) * 3,
        clock=("{hour} o'clock", "{hour} {minute}"),
        hours={},
        ordinals="st|nd|rd|th",
        has_years=True,
    ),
    Language.GERMAN: NumberWords(
        code="de",
        group=_DOT,
        decimal=",",
        point="Komma",
        dot="Punkt",
        minus="minus",
        percent=("Prozent",) * 3,
        clock=("{hour} Uhr", "{hour} Uhr {minute}"),
        hours={1: "ein"},
        # A number and a dot also end a sentence: only before a month it is surely an ordinal.
        ordinals=rf"\.(?=\s(?:{_MONTHS}))",
        after_time=r"\sUhr",
        has_years=True,
    ),
    Language.FRENCH: NumberWords(
        code="fr",
        group=_SPACE,
        decimal=",",
        point="virgule",
        dot="point",
        minus="moins",
        percent=("pour cent",) * 3,
        clock=("{hour} heures", "{hour} heures {minute}"),
        hours={21: "vingt et une"},
        ordinals="er|ère|re|nde?|ème|e",
    ),
    Language.SPANISH: NumberWords(
        code="es",
        group=_DOT,
        decimal=",",
        point="coma",
        dot="punto",
        minus="menos",
        percent=("por ciento",) * 3,
        clock=("{hour} en punto", "{hour} y {minute}"),
        hours={1: "una", 21: "veintiuna"},
        ordinals="[ºª]",
    ),
    Language.ITALIAN: NumberWords(
        code="it",
        group=_DOT,
        decimal=",",
        point="virgola",
        dot="punto",
        minus="meno",
        percent=("per cento",) * 3,
        clock=("{hour} in punto", "{hour} e {minute}"),
        hours={1: "una"},
        ordinals="[ºª]",
    ),
    Language.PORTUGUESE: NumberWords(
        code="pt_BR",
        group=_DOT,
        decimal=",",
        point="vírgula",
        dot="ponto",
        minus="menos",
        percent=("por cento",) * 3,
        clock=("{hour} em ponto", "{hour} e {minute}"),
        hours={1: "uma", 2: "duas", 21: "vinte e uma", 22: "vinte e duas"},
        ordinals="[ºª]",
    ),
    Language.RUSSIAN: NumberWords(
        code="ru",
        group=_SPACE,
        decimal=",",
        point="запятая",
        dot="точка",
        minus="минус",
        percent=("процент", "процента", "процентов"),
        clock=("{hour} ноль ноль", "{hour} {minute}"),
        hours={},
        ordinals="-(?:й|го|му|я|е)",
    ),
}
"""Not Chinese, Japanese and Korean: which words they use depends on what is counted."""
