"""Plain characters for fancy ones, and none of those that nobody sees or could say."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import regex

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHARACTERS: Final = 4_000
"""The longest message Discord lets anyone write; one character can stand for eighteen."""

# Of fancy characters without a space: longer ones are no words.
_MAX_RUN: Final = 600

_TERMINAL: Final = regex.compile(r"\x1b\[[0-9;]{0,20}+[A-Za-z]?")
_LINE_END: Final = regex.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACE: Final = regex.compile(r"[\p{Zs}\t\u2800--\ ]", regex.VERSION1)
_PLAIN: Final = regex.compile(r"[\n -~]*+")

# 🅰 and its like are letters to people, though Unicode has them as pictures.
_PICTURE: Final = r"[\p{Extended_Pictographic}--[🅰🅱🅾🅿]]"
# Scripts whose letters take another shape, and with it another sound, where two are (not) joined.
_JOINING: Final = "".join(
    rf"\p{{{script}}}"
    for script in (
        *("Arabic", "Syriac", "Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati"),
        *("Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar"),
    )
)
# Halves of characters, controls, directions, fillers that count as letters, variants of shapes.
_UNSEEN: Final = regex.compile(
    r"[\p{C}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0e"
    r"\U000e0100-\U000e01ef--\n\u200c\u200d\U000e0020-\U000e007f]++",
    regex.VERSION1,
)
# Joiners, the emoji variant and tags stay where they are part of what people see.
_LOOSE: Final = regex.compile(
    rf"""
    \ufe0f(?<!{_PICTURE}\ufe0f|[0-9\#*]\ufe0f)
    | \u200d(?!(?<={_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?\u200d)(?={_PICTURE}))
            (?!(?<=[{_JOINING}]\u200d)(?=[{_JOINING}\s]))
    | \u200c(?!(?<=[{_JOINING}]\u200c)(?=[{_JOINING}\s]))
    """,
    regex.VERSION1 | regex.VERBOSE,
)
_LOOSE_TAGS: Final = regex.compile(
    "🏴[\U000e0020-\U000e007e]{1,6}+\U000e007f(*SKIP)(*FAIL)|[\U000e0020-\U000e007f]++"
)

# Languages put two marks on a letter (Vietnamese), Arabic three, Burmese seven.
_EUROPEAN_MARK: Final = r"[\p{Mn}&&\p{sc=Inherited}--[\u064b-\u0655\u0670\u3099\u309a\ufe0f]]"
_HEAP: Final = regex.compile(
    rf"{_EUROPEAN_MARK}{{4,}}+|(\p{{M}})\1++|(\p{{M}}{{8}})\p{{M}}++", regex.VERSION1
)
_MARKS_KEPT: Final = r"\1\2"
# What Discord's own /shrug, /tableflip and /unflip write; the letters in it are not to be read.
_FACE: Final = regex.compile(
    r"¯\\*+_\\?\(ツ\)\\?_\\*+/¯|\(╯°□°[)）]╯ ?︵ ?┻━┻|┬─┬ ?ノ\( ?º ?_ ?ºノ\)"
)
_SHRUG: Final = "🤷"
# Lines through, under, over and around letters; behind a sign, they make another sign.
_LINE: Final = regex.compile(
    r"(?<=[\p{L}\p{N}\p{M}\s])[\u0305\u0332-\u0338\u033f\u20d2-\u20dc\p{Me}--\u20e3]++"
    r"|(?<![0-9#*]\ufe0f?)\u20e3",
    regex.VERSION1,
)

# What Unicode keeps only for the looks: letters for mathematics, of full width, in circles, as
# superscripts, as Roman numerals; halves of kana; shapes of Arabic letters; words in a square.
# Not ², ½, ™, ㈱ and the like: people mean something else by those than by their parts.
_VARIANT: Final = regex.compile(
    r"[\U0001d400-\U0001d7ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9f\u24b6-\u24e9"
    r"\u210a-\u2115\u2119-\u211d\u2124\u2128\u212c\u212d\u212f-\u2134\u2160-\u217f\ufb00-\ufb06"
    r"\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u2071\u207f\u2090-\u209c"
    r"\u2f00-\u2fd5\u3300-\u33ff\U0001f130-\U0001f149\ufb50-\ufdff\ufe70-\ufefc]++"
)
# Letters in frames that Unicode does not count as variants, by the first of each twenty-six.
_FRAMED: Final = regex.compile(
    r"[\u249c-\u24b5\U0001f110-\U0001f129\U0001f150-\U0001f169\U0001f170-\U0001f189]++"
)
_LETTERS: Final = str.maketrans(
    {
        chr(ord(first) + index): chr(ord(letter) + index)
        for first, letter in (("⒜", "a"), ("🄐", "A"), ("🅐", "A"), ("🅰", "A"))
        for index in range(26)
    }
)
_CIRCLED: Final = regex.compile(
    r"[\u2460-\u2473\u24ea-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]++"
)

_CAPITALS: Final = str.maketrans("ᴀʙᴄᴅᴇꜰғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdeffghijklmnopqrstuvwyz")
_SMALL: Final = "".join(map(chr, _CAPITALS))
_MAYBE_SMALL: Final = regex.compile(rf"(?<!\p{{L}})[a-zA-Z{_SMALL}]{{2,}}+(?!\p{{L}})")


def normalize(text: str, *, most: int = MAX_CHARACTERS) -> str:
    """Return `text` as people see it, in the characters a voice knows, at most `most` of them.

    Lines stay lines. Spaces of every kind and width become the usual one.
    """
    # Few texts need more than one of these, and they have few different characters.
    signs = "".join(set(text))
    if _PLAIN.fullmatch(signs) is None:
        for sign, change in _STEPS:
            if sign.search(signs):
                text = change(text)
        text = unicodedata.normalize("NFC", text)
    return text[:most]


def _said_face(match: regex.Match[str]) -> str:
    """Return the emoji that a face is; of a table nobody has made one."""
    return _SHRUG if "ツ" in match.group() else ""


def _letters_of_variants(match: regex.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group()[:_MAX_RUN])


def _letters_in_frames(match: regex.Match[str]) -> str:
    letters: str = match.group()
    return letters.translate(_LETTERS)


def _numbers_in_circles(match: regex.Match[str]) -> str:
    """Write numbers apart from each other and from what they stand next to."""
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() : match.end() + 1]
    numbers = " ".join(str(int(unicodedata.numeric(number))) for number in match.group())
    return f"{' ' * before.isalnum()}{numbers}{' ' * after.isalnum()}"


def _without_heaps(text: str) -> str:
    """Leave each letter the marks that a language puts on it."""
    few = _LINE.sub("", _HEAP.sub(_MARKS_KEPT, text))
    # The normal form puts marks in order: a heap would take it long, and equals become neighbours.
    return _HEAP.sub(_MARKS_KEPT, unicodedata.normalize("NFC", few))


def _small_capitals(match: regex.Match[str]) -> str:
    """Write a word in usual letters; a few small capitals in a word are its sounds."""
    word: str = match.group()
    small = sum(ord(letter) in _CAPITALS for letter in word)
    return word.translate(_CAPITALS) if small > max(1, len(word) // 2) else word


# In this order: what is unseen may stand between marks, and some variants are marks.
_STEPS: Final[tuple[tuple[regex.Pattern[str], Callable[[str], str]], ...]] = (
    (regex.compile("\x1b"), lambda text: _TERMINAL.sub("", text)),
    (_LINE_END, lambda text: _LINE_END.sub("\n", text)),
    (_SPACE, lambda text: _SPACE.sub(" ", text)),
    (regex.compile("[¯┻┬]"), lambda text: _FACE.sub(_said_face, text)),
    (_UNSEEN, lambda text: _UNSEEN.sub("", text)),
    (regex.compile("[\U000e0020-\U000e007f]"), lambda text: _LOOSE_TAGS.sub("", text)),
    (regex.compile("[\u200c\u200d\ufe0f]"), lambda text: _LOOSE.sub("", text)),
    (_VARIANT, lambda text: _VARIANT.sub(_letters_of_variants, text)),
    (_FRAMED, lambda text: _FRAMED.sub(_letters_in_frames, text)),
    (_CIRCLED, lambda text: _CIRCLED.sub(_numbers_in_circles, text)),
    (regex.compile(r"[\p{M}ﾞﾟ\ufb50-\ufdff\ufe70-\ufefc]"), _without_heaps),
    (regex.compile(f"[{_SMALL}]"), lambda text: _MAYBE_SMALL.sub(_small_capitals, text)),
)
