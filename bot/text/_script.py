"""What will be said, as it grows: pieces of text with the spaces and pauses between them."""

from __future__ import annotations

import re
from typing import Final

# Marks that began nothing are not said. Between digits one multiplies, and in a word it hides a
# letter.
_LITTER: Final = re.compile(
    # First by the sign alone, which is quickly known for most places.
    r"(?=[*_~`|])(?:(?<![^\W_])(?<!\*)\*+|\*++(?![^\W_])|_+|~~+|`+|\|+)"
)
# Whatever comes together in the end, it mentions nobody.
_MENTIONS: Final = re.compile(r"(?<![<@])[<@]+(?=@)|@(?=everyone|here)")
_WIDE_PAUSING: Final = frozenset("。．，、；：！？")
_PAUSING: Final = _WIDE_PAUSING | frozenset(".,;:!?…–—،؛؟।")
# Scripts without spaces between words, and one that puts particles right behind any word.
_EAST_ASIAN: Final = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_DENSE: Final = re.compile(r"[\u1100-\u11ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


class Script:
    """Collects what is said, up to `most` characters."""

    def __init__(self, *, most: int) -> None:
        self._pieces: list[str] = []
        self._most = self._room = most
        self._last = ""
        self._said: str | None = None
        self._mark = ""
        self._has_gap = False
        self._has_pause = False

    @property
    def text(self) -> str:
        """All of it."""
        whole = "".join(self._pieces)
        return _MENTIONS.sub("", whole) if "@" in whole else whole

    @property
    def length(self) -> int:
        """How many characters there are by now."""
        return self._most - self._room

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""
        return self._room <= 0

    def write(self, text: str) -> None:
        """Add what people wrote, with the spaces around it."""
        plain = _LITTER.sub(" ", text)
        words = " ".join(plain.split())
        self._has_gap |= plain[:1].isspace()
        if words:
            self._append(words, is_apart=self._said is not None)
            self._said = None
            self._has_gap = plain[-1:].isspace()

    def say(self, words: str) -> bool:
        """Add words of our own, and return whether they are new: nothing is said twice in a row."""
        if not words or words == self._said:
            return False
        self._append(words, is_apart=True)
        self._said = words
        return True

    def lead(self, words: str, mark: str) -> None:
        """Add words of our own and, once there is more, `mark` behind them."""
        self.say(words)
        self._mark = mark

    def aside(self, words: str, comma: str, *, is_last: bool) -> None:
        """Add words of our own that belong to no sentence: a comma parts them from one.

        Args:
            words: What is said.
            comma: What parts them.
            is_last: Whether a line or a sentence ends behind them.
        """
        is_first = not self._pieces or self._has_pause or bool(self._mark)
        if is_last and not is_first and self._last.isalnum():
            self._mark = comma
        if self.say(words) and is_first and not is_last:
            self._mark = comma

    def pause(self) -> None:
        """Let the next piece begin a new sentence."""
        self._has_pause = True

    def _append(self, words: str, *, is_apart: bool) -> None:
        whole = (self._between(words[0], is_apart=is_apart) + words)[: self._room]
        self._pieces.append(whole)
        self._room -= len(whole)
        self._last = words[-1]
        self._mark, self._has_gap, self._has_pause = "", False, False

    def _between(self, first: str, *, is_apart: bool) -> str:
        """Return what comes before a piece; our words stand apart from those of others."""
        if not self._pieces:
            return ""
        if self._mark:
            return self._mark
        if self._has_pause:
            return self._stop()
        if self._has_gap:
            return " "
        is_dense = _EAST_ASIAN.match(self._last) or _DENSE.match(first)
        is_run_on = is_apart and self._last.isalnum() and first.isalnum()
        return " " if is_run_on and not is_dense else ""

    def _stop(self) -> str:
        """Return what ends a sentence where the last character does not."""
        if self._last in _PAUSING:
            return "" if self._last in _WIDE_PAUSING else " "
        return "。" if _EAST_ASIAN.match(self._last) else ". "
