"""Laughter as the voice's language laughs, and no longer than anyone would listen to it."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

import regex

from bot.models import Language
from bot.text._letters import LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_USUAL_SYLLABLES: Final = 2
_MOST_SYLLABLES: Final = 3
# Of one message: what is beyond them, nobody listens to.
_MOST_LAUGHS: Final = 100

_LATIN: Final = {"a": "ha", "e": "he", "i": "hi", "o": "ho"}
_SYLLABLES: Final = {
    Language.ENGLISH: _LATIN,
    Language.GERMAN: _LATIN,
    Language.FRENCH: _LATIN,
    Language.PORTUGUESE: _LATIN,
    Language.SPANISH: {"a": "ja", "e": "je", "i": "ji", "o": "jo"},
    Language.ITALIAN: {"a": "ah", "e": "eh", "i": "ih", "o": "oh"},
    Language.RUSSIAN: {"a": "ха", "e": "хе", "i": "хи", "o": "хо"},
    Language.CHINESE: {"a": "哈", "e": "嘿", "i": "嘻", "o": "呵"},
    Language.JAPANESE: {"a": "は", "e": "へ", "i": "ひ", "o": "ほ"},
    Language.KOREAN: {"a": "하", "e": "헤", "i": "히", "o": "호", "k": "크"},
}
"""By the vowel; `k` is laughing under one's breath, where there is a word for it."""

_SOBS: Final = {
    Language.ENGLISH: "sniff",
    Language.GERMAN: "schnief",
    Language.FRENCH: "snif",
    Language.PORTUGUESE: "snif",
    Language.SPANISH: "snif",
    Language.ITALIAN: "sigh",
    Language.RUSSIAN: "хнык",
    Language.CHINESE: "呜呜",
    Language.JAPANESE: "ぐすん",
    Language.KOREAN: "흑흑",
    Language.AUTO: "흑흑",
}
_OUT_LOUD: Final = {
    Language.RUSSIAN: "лол",
    Language.CHINESE: "哈哈",
    Language.JAPANESE: "わら",
    Language.KOREAN: "크크",
}
_WORDS: Final = {"mdr": "mort de rire", "ptdr": "pété de rire", "rs": "risos"}

# Whose laughter it is, with which vowel, and the letter that stands once in each syllable.
_KINDS: Final = {
    "ha": (Language.ENGLISH, "a", "h"),
    "he": (Language.ENGLISH, "e", "h"),
    "hi": (Language.ENGLISH, "i", "h"),
    "ho": (Language.ENGLISH, "o", "h"),
    "ja": (Language.SPANISH, "a", "j"),
    "je": (Language.SPANISH, "e", "j"),
    "ji": (Language.SPANISH, "i", "j"),
    "jo": (Language.SPANISH, "o", "j"),
    "kha": (Language.RUSSIAN, "a", "х"),
    "khe": (Language.RUSSIAN, "e", "х"),
    "khi": (Language.RUSSIAN, "i", "х"),
    "kho": (Language.RUSSIAN, "o", "х"),
    "other": (Language.ENGLISH, "a", ""),
    "chinese": (Language.CHINESE, "a", "哈"),
    "korean": (Language.KOREAN, "a", "ㅎ"),
    "under_breath": (Language.KOREAN, "k", "ㅋ"),
}

_FIRST_LETTERS: Final = "abdefhijklmoprstuwxéавзпхеэио"
# A vowel and breath by turns; a sigh ("ahhh") changes only once.
_BREATHS: Final = "|".join(
    rf"(?P<{kind}>(?=[{vowel}h]{{4}})(?:h++[{vowel}]++h|[{vowel}]++h++[{vowel}])[{vowel}h]*+)"
    for kind, vowel in (("he", "eé"), ("hi", "i"), ("ho", "o"))
)
_EVERYWHERE: Final = rf"""
    (?P<ha>(?:m[uw]++|b?w++h?)?(?=[ah]{{4}})(?:h++a++h|a++h++a)[ah]*+)
    | {_BREATHS}
    | (?P<kha>
        хах(?![{LETTERS}])
        | (?=[ах]{{4}})(?:х++а++х|а++х++а)[ах]*+
        | (?=[авзпх]{{7}})(?=(?:[авзп]*+х){{3}})[авзпх]++
      )
    | (?P<khe>[еэ]?х[еэ]++х[еэх]*+) | (?P<khi>и?хи++х[их]*+) | (?P<kho>о?хо++х[ох]*+)
    | (?P<lol>l++o++l++(?:o++l++)*+[sz]?+)
    | (?P<other>(?:rof)?l++m++f?a++o++ | rot?fl | xd++ | w{{4,}}+ | k{{5,}}+)
"""
_SPANISH_A: Final = "(?P<ja>(?=[ajs]{5})(?=(?:[as]*+j){3})[ajs]++)"
_ONLY_IN: Final = {
    Language.SPANISH: r"""
        (?P<ja_>a?jaja++(?:[ajs]*+)) | (?P<ja>(?=[ajs]{5})(?=(?:[as]*+j){3})[ajs]++)
        | (?P<je>(?:j[eé]){2,}+j?) | (?P<ji>(?:ji){2,}+j?) | (?P<jo>(?:jo){2,}+j?)
    """,
    Language.PORTUGUESE: rf"""
        {_SPANISH_A} | (?P<rs>(?-i:rs)(?:rs)*+)
        | (?P<other_>k{{3,}}+ | (?:h?ue){{2,}}+h?u? | (?:hau|hua|uha|auh){{2,}}+h?a?)
    """,
    Language.FRENCH: rf"{_SPANISH_A} | (?P<mdr>m++d++r++) | (?P<ptdr>x?p++t++d++r++)",
    Language.CHINESE: rf"{_SPANISH_A} | (?P<ha_>h{{2,}}+)",
    # "Jajaja" is agreement.
    Language.GERMAN: None,
}

# What is in every word for laughing, in small letters: one of these, or both of a pair.
_HINTS: Final = (
    *(
        ("ha", "ah"),
        ("he", "eh"),
        ("hé", "éh"),
        ("hi", "ih"),
        ("ho", "oh"),
        ("jaj", ""),
        ("ajs", ""),
    ),
    *(("jsj", ""), ("jas", ""), ("lo", "ol"), ("ao", "lm"), ("fl", "ro"), ("xd", ""), ("wwww", "")),
    *(("kkkkk", ""), ("ха", ""), ("ах", ""), ("хе", ""), ("хэ", ""), ("хи", ""), ("хо", "")),
)
_HINTS_ONLY_IN: Final[Mapping[Language, tuple[str, ...]]] = {
    Language.SPANISH: ("jej", "jéj", "jij", "joj"),
    Language.PORTUGUESE: ("rs", "kkk", "ueue", "uehu", "hau", "hua", "uha"),
    Language.FRENCH: ("dr",),
    Language.CHINESE: ("hh",),
}

_SIGNS: Final = regex.compile(
    r"""
    (?<![\u3131-\u314a\u314c\u314d])
    (?: (?P<under_breath>ㅋ[ㅋㅎ]*+) | (?P<korean>ㅎ[ㅋㅎ]*+) | (?P<sob>[ㅠㅜ]++) )
    | (?P<chinese>哈{2,}+)
    """,
    regex.VERBOSE,
)
_SIGN_OF_ANY: Final = regex.compile("[ㅋㅎㅠㅜ哈]")
_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hiragana}]")

_JAPANESE: Final = regex.compile(
    rf"""
    (?: (?<=[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}ー！？!?。、…)）」』])w++
      | (?<![{LETTERS}])w{{2,}}+
    )(?![{LETTERS}.])
    | [(（]笑++[)）]
    | (?<=[\p{{Hiragana}}\p{{Katakana}}ー\s！？!?])笑++(?=\Z|[\s。、！？!?])
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
# 233 is the number of a laughing face; it is also a number.
_CHINESE: Final = regex.compile(
    r"(?<![\d.,:/-])23(?:3{2,}+(?!\d)|3(?=[ ]*+(?:\Z|[\n。！!？?，,~～])))"
)


def tame_laughter(text: str, language: Language) -> str:
    """Return `text` with every laugh made a short one of `language`.

    In a text of unknown language each keeps its own. A word for laughing stays a word.
    """
    if language is Language.JAPANESE:
        text = _JAPANESE.sub(_japanese, text, count=_MOST_LAUGHS)
    elif language is Language.CHINESE:
        text = _CHINESE.sub("哈哈哈", text, count=_MOST_LAUGHS)
    spoken = partial(_spoken, language=language)
    if _may_laugh(text.lower(), language):
        text = _words(language).sub(spoken, text, count=_MOST_LAUGHS)
    if _SIGN_OF_ANY.search(text):
        text = _SIGNS.sub(lambda match: _apart(match, spoken(match)), text, count=_MOST_LAUGHS)
    return text


def _may_laugh(small: str, language: Language) -> bool:
    """Return whether there may be a word for laughing: to look for them all takes much longer."""
    return any(one in small and other in small for one, other in _HINTS) or any(
        hint in small for hint in _HINTS_ONLY_IN.get(language, ())
    )


@lru_cache(maxsize=len(Language))
def _words(language: Language) -> re.Pattern[str]:
    kinds = "|".join(filter(None, (_EVERYWHERE, _ONLY_IN.get(language, _SPANISH_A))))
    return re.compile(
        rf"(?<![{LETTERS}])(?=[{_FIRST_LETTERS}]{{2}})(?:{kinds})(?![{LETTERS}])",
        re.VERBOSE | re.IGNORECASE,
    )


def _spoken(match: re.Match[str] | regex.Match[str], language: Language) -> str:
    kind = (match.lastgroup or "").rstrip("_")
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "lol":
        # In large letters, Chinese has the name of a game.
        is_game = language is Language.CHINESE and match.group().isupper()
        return match.group() if is_game else _OUT_LOUD.get(language, "lol")
    if kind == "sob":
        return _SOBS[language]
    own, vowel, letter = _KINDS[kind]
    syllables = _SYLLABLES[own if language is Language.AUTO else language]
    count = match.group().lower().count(letter) if letter else _USUAL_SYLLABLES
    return syllables.get(vowel, syllables["a"]) * min(count, _MOST_SYLLABLES)


def _apart(match: regex.Match[str], spoken: str) -> str:
    """Keep what was a sign apart from the words it stood next to, where words are apart."""
    if _UNSPACED.match(spoken):
        return spoken
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() : match.end() + 1]
    is_before_word = after.isalnum() and not _SIGN_OF_ANY.match(after)
    return f"{' ' * before.isalnum()}{spoken}{' ' * is_before_word}"


def _japanese(match: regex.Match[str]) -> str:
    """Say the sign for laughing, after a pause where it follows a word."""
    before = match.string[: match.start()][-1:]
    laugh = "わらわら" if match.group().lower().count("w") > _USUAL_SYLLABLES else "わら"
    return f"、{laugh}" if before.isalnum() or before == "ー" else laugh
