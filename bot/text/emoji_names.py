"""Say what an emoji shows, in the language of the text around it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import emoji
import regex

from bot.models import Language
from bot.text._iso_codes import ISO_CODES

CACHED_NAMES: Final = 2_048
"""About as many as there are without their colours."""

# What is made of more than these and is no emoji by itself is named by its first parts.
_MAX_PARTS: Final = 4

# Pictures only where a variant asks for it: © and ™, arrows, shapes and some more.
_SIGNS: Final = (
    r"[©®™\u203c\u2049\u2139\u2194-\u21aa\u24c2\u25aa-\u25c0\u25fb-\u25fe\u2640\u2642"
    r"\u2934\u2935\u2b05-\u2b07\u3030\u303d\u3297\u3299&&\p{Emoji}]"
)
_TONE: Final = r"[\U0001f3fb-\U0001f3ff]"
_COLOURS: Final = rf"(?:\ufe0f|{_TONE})*+"
_PICTURE: Final = rf"[\p{{Emoji}}--[0-9\#*\p{{RI}}{_TONE}{_SIGNS}]]"
_TAGS: Final = r"[\U000e0020-\U000e007e]{1,6}+\U000e007f"
_ONE: Final = rf"""
    (?=\p{{Emoji}})
    (?: 🏴{_TAGS}
      | (?:{_PICTURE} | {_SIGNS}(?=\ufe0f)){_COLOURS}
        (?:\u200d(?:{_PICTURE} | {_SIGNS}){_COLOURS})*+
      | \p{{RI}}{{2}}
      | [0-9\#*]\ufe0f?\u20e3
      | {_TONE}
    )
"""
_ROW: Final = rf"{_ONE}(?:[ ]*+{_ONE})*+"
# What follows a word without a space, or ends a line.
_END: Final = r"(?: \Z | [\n\p{Pe}\p{Pf}.,!?…;:。，、！？；：])"

_FLAGS: Final = regex.VERSION1 | regex.VERBOSE
_SIGN_OF_ANY: Final = regex.compile(r"[\p{Emoji}--[0-9\#*]]|\u20e3", _FLAGS)
_EMOJI: Final = regex.compile(_ROW, _FLAGS)
_COLOUR: Final = regex.compile(rf"\ufe0f|{_TONE}", _FLAGS)
_EQUALS: Final = regex.compile(
    rf"""
    (🏴{_TAGS} | \p{{RI}}{{2}} | .\u20e3 | [^ ](?:\u200d[^ ])*+)
    (?:[ ]*+\1(?!\u200d))*+
    """,
    _FLAGS,
)
_UNNAMED: Final = regex.compile(
    rf"(?<![^\n])[ ]?+{_ROW}[ ]*+ | [ ]?+{_ROW}(?: (?={_END}) | (?P<between>[ ]*+))",
    _FLAGS,
)
_OPENING: Final = regex.compile(r"[\p{Ps}\p{Pi}]")
_ENDS: Final = regex.compile(_END, _FLAGS)
_REGIONAL: Final = regex.compile(r"\p{RI}++(?:[ ]\p{RI}++)*+", _FLAGS)
_LETTERS: Final = {0x1F1E6 + index: chr(ord("a") + index) for index in range(26)}

# People who differ in colour have sequences of their own, which no table names without colours.
_COLOURLESS: Final = {
    "🧑‍❤‍🧑": "💑",
    "🧑‍❤‍💋‍🧑": "💏",
    "🫱‍🫲": "🤝",
    "👨‍🤝‍👨": "👬",
    "👩‍🤝‍👨": "👫",
    "👩‍🤝‍👩": "👭",
    **{f"{who}‍🐰‍{who}": "👯" for who in "🧑👨👩"},
    **{f"{who}‍\U0001faef‍{who}": "🤼" for who in "🧑👨👩"},
}
# Whoever writes these means the number and not the key.
_KEYCAPS: Final = {f"{digit}\u20e3": digit for digit in "0123456789"} | {"🔟": "10"}

_TIMES: Final = {
    Language.CHINESE: "{count}个{name}",
    Language.ENGLISH: "{count} times {name}",
    Language.GERMAN: "{count} mal {name}",
    Language.ITALIAN: "{count} volte {name}",
    Language.PORTUGUESE: "{count} vezes {name}",
    Language.SPANISH: "{count} veces {name}",
    Language.JAPANESE: "{name}{count}個",
    Language.KOREAN: "{name} {count}개",
    Language.FRENCH: "{count} fois {name}",
    Language.RUSSIAN: "{count} раз {name}",
}
_RUSSIAN_FEW: Final = "{count} раза {name}"
# Where the table has the bare name of a country.
_FLAG_OF: Final = {Language.ENGLISH: "flag of {name}", Language.CHINESE: "{name}旗"}
# Of the languages that put no spaces between words.
_COMMAS: Final = {Language.CHINESE: "，", Language.JAPANESE: "、"}
_STRAY_KEYCAP: Final = regex.compile("(?<![0-9#*]\ufe0f?)\u20e3")
# What nobody says of a name.
_ASIDE: Final = regex.compile(r"\([^)]*\)|[“”«»!,]")


def name_emoji(text: str, language: Language, *, most: int, is_named: bool = True) -> str:
    """Return `text` with the names of its emoji in their place, as words of a sentence.

    Equal ones in a row are said once, with their number. Letters that look like flags stay letters.

    Args:
        text: What somebody wrote.
        language: What it is in; one that is unknown has English names.
        most: How many to name; the others are left out. A row of equal ones is one.
        is_named: Whether to name any.
    """
    if _SIGN_OF_ANY.search("".join(set(text))) is None:
        return text
    # Else it would make a keycap of the digit before an emoji that is left out.
    text = _STRAY_KEYCAP.sub("", text)
    text = _REGIONAL.sub(_letters_unless_flags, text)
    return _Namer(_known(language), most if is_named else 0).replace(text)


def several(name: str, count: int, language: Language) -> str:
    """Return what to say for `count` equal things in a row, such as custom emoji."""
    if count == 1:
        return name
    phrase = _TIMES[_known(language)]
    if language is Language.RUSSIAN and count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
        phrase = _RUSSIAN_FEW
    return phrase.format(count=count, name=name)


def _known(language: Language) -> Language:
    return Language.ENGLISH if language is Language.AUTO else language


class _Namer:
    """Names the emoji of one text, until there were enough."""

    def __init__(self, language: Language, most: int) -> None:
        self._language = language
        self._left = most
        self._space = "" if language in _COMMAS else " "
        self._comma = _COMMAS.get(language, ", ")

    def replace(self, text: str) -> str:
        """Return `text` with names in place of emoji."""
        pieces: list[str] = []
        end = 0
        for row in _EMOJI.finditer(text):
            if not self._left:
                break
            pieces += (text[end : row.start()], self._comma.join(self._names(row.group())))
            end = row.end()
        rest = text[end:]
        if not self._left:
            rest = _UNNAMED.sub(self._without_names, rest)
        return self._joined([*pieces, rest])

    def _without_names(self, row: regex.Match[str]) -> str:
        if row["between"] is None:
            return ""
        return " " if " " in row.group() else self._space

    def _names(self, row: str) -> list[str]:
        names: list[str] = []
        for equals in _EQUALS.finditer(_COLOUR.sub("", row)):
            if not self._left:
                break
            one: str = equals.group(1)
            count = (len(equals.group()) - equals.group().count(" ")) // len(one)
            if name := _name(one, self._language):
                names.append(several(name, count, self._language))
                self._left -= 1
        return names

    def _joined(self, pieces: list[str]) -> str:
        """Join texts and the names between them."""
        joined = pieces[:1]
        for names, after in zip(pieces[1::2], pieces[2::2], strict=True):
            before = joined.pop()
            is_spaced = before.endswith(" ") or after.startswith(" ")
            space = " " if is_spaced else self._space
            before, after = before.rstrip(" "), after.lstrip(" ")
            left, right = self._gaps(before, after, space)
            between = left + names + right if names else space * bool(left and right)
            joined += (before, between, after)
        return "".join(joined)

    def _gaps(self, before: str, after: str, space: str) -> tuple[str, str]:
        """Return what stands around names: a comma where they begin or end a line."""
        ends = _ENDS.match(after) is not None
        if not before or before.endswith("\n"):
            return "", "" if ends else self._comma
        right = "" if ends else space
        if _OPENING.match(before[-1]):
            return "", right
        return self._comma if ends and before[-1].isalnum() else space, right


def _letters_unless_flags(match: regex.Match[str]) -> str:
    words = match.group().split(" ")
    pairs = (word[at : at + 2] for word in words for at in range(0, len(word), 2))
    if all(pair in emoji.EMOJI_DATA for pair in pairs):
        return " ".join(words)
    return _letters(words)


def _letters(words: list[str]) -> str:
    """Write regional letters as usual ones; single ones with spaces between are one word."""
    if all(len(word) == 1 for word in words):
        words = ["".join(words)]
    plain = (word.translate(_LETTERS) for word in words)
    return " ".join(word.upper() if len(word) == 1 else word for word in plain)


@lru_cache(maxsize=CACHED_NAMES)
def _name(one: str, language: Language) -> str:
    """Return the name of an emoji without its colours, or nothing if it has none."""
    if one in _KEYCAPS:
        return _KEYCAPS[one]
    code = ISO_CODES[language]
    # Each table has 5,244 names and is read when it is first needed, in 2 to 4 ms.
    emoji.config.load_language(code)
    known = emoji.EMOJI_DATA.get(_COLOURLESS.get(one, one))
    if known is None:
        parts = one.split("\u200d")[:_MAX_PARTS]
        return " ".join(_name(part, language) for part in parts) if len(parts) > 1 else ""
    name = _ASIDE.sub("", known.get(code, known["en"]).strip(":").replace("_", " ")).strip()
    is_flag = _REGIONAL.match(one) or one.startswith("🏴\U000e0067")
    return _FLAG_OF[language].format(name=name) if is_flag and language in _FLAG_OF else name
