"""Say what a tree of markup means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from typing import TYPE_CHECKING, Any, Final

from bot.settings.choices import EmojiReading, HiddenReading
from bot.text import nodes
from bot.text._code_names import CODE_NAMES
from bot.text._links import said_for_link
from bot.text._times import said_for_time
from bot.text.emoji_names import several
from bot.text.names import spoken_emoji, spoken_name
from bot.text.phrases import PHRASES, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.models import Language
    from bot.settings.guild import GuildSettings
    from bot.text._script import Script
    from bot.text.message import ChatMessage
    from bot.text.nodes import Node, Tree

MAX_TIMES: Final = 20
"""Timestamps of one message that are said."""

_END: Final = re.compile(r"\s*[.,!?…;:。，！？；：)\]}»”]")
# Words that are only marked as code, such as the name of something.
_CODE_WORDS: Final = re.compile(r"[^\W_](?:[\w'’.-]| (?=\w)){0,39}")


@dataclass(frozen=True, slots=True)
class _Row:
    """Emoji with nothing but spaces between them."""

    names: tuple[str, ...]


class Narrator:
    """Says the trees of one message, in its language, as moderators want to hear it."""

    def __init__(
        self,
        message: ChatMessage,
        script: Script,
        *,
        settings: GuildSettings,
        language: Language,
        now: datetime,
    ) -> None:
        self._message = message
        self._script = script
        self._settings = settings
        self._language = language
        self._phrases = PHRASES[language]
        self._now = now
        self._times = 0
        self.emoji = 0
        """Emoji of servers that have been named."""

    def say(self, tree: Tree) -> None:
        """Say all of `tree` for which there is room."""
        for node, after in pairwise(chain(_with_rows(tree), [None])):
            if self._script.is_full:
                return
            if isinstance(node, _Row):
                self._say_row(node, after)
            elif node is not None:
                _SAY[type(node)](self, node)

    def say_text(self, node: nodes.Text) -> None:
        """Say words as they are."""
        self._script.write(node.text)

    def say_break(self, _: nodes.Break) -> None:
        """Pause."""
        self._script.pause()

    def say_user(self, node: nodes.UserMention) -> None:
        """Say a member's name."""
        name = spoken_name(self._message.users.get(node.id, ""))
        self._script.say(name or self._phrases.member)

    def say_role(self, node: nodes.RoleMention) -> None:
        """Say a role's name."""
        name = spoken_name(self._message.roles.get(node.id, ""))
        self._script.say(name or self._phrases.role)

    def say_channel(self, node: nodes.ChannelMention) -> None:
        """Say a channel's name."""
        name = spoken_name(self._message.channels.get(node.id, ""))
        self._script.say(name or self._phrases.channel)

    def say_crowd(self, node: nodes.CrowdMention) -> None:
        """Say whom it calls."""
        self._script.say(self._phrases.here if node.is_here else self._phrases.everyone)

    def say_command(self, node: nodes.CommandMention) -> None:
        """Say what to type."""
        self._script.say(filled(self._phrases.command, name=spoken_name(node.name)).strip())

    def say_place(self, node: nodes.PlaceMention) -> None:
        """Say what Discord calls it."""
        self._script.say(self._phrases.places[node.place])

    def _say_row(self, row: _Row, after: Node | _Row | None) -> None:
        """Say the names of emoji, if that is wanted and as long as there have not been too many."""
        if self._settings.emoji is not EmojiReading.NAME:
            return
        said: list[str] = []
        for name, equals in groupby(filter(None, map(spoken_emoji, row.names))):
            if self.emoji < self._settings.max_emoji:
                said.append(several(name, len(list(equals)), self._language))
                self.emoji += 1
        comma = self._phrases.comma
        self._script.aside(comma.join(said), comma, is_last=_ends_sentence(after))

    def say_sound(self, _: nodes.Sound) -> None:
        """Say that there is one."""
        self._script.say(self._phrases.sound)

    def say_time(self, node: nodes.Timestamp) -> None:
        """Say when it is."""
        self._times += 1
        if self._times <= MAX_TIMES:
            zone = self._settings.time_zone
            words = said_for_time(node, now=self._now, zone=zone, phrases=self._phrases)
            self._script.say(words)

    def say_link(self, node: nodes.Link) -> None:
        """Say what is shown in place of a link, else what it is."""
        before = self._script.length
        self.say(node.label)
        if self._script.length == before:
            self._say_address(node.url)

    def _say_address(self, url: str) -> None:
        words = said_for_link(
            url,
            reading=self._settings.links,
            channels=self._message.channels,
            phrases=self._phrases,
        )
        self._script.say(words)

    def say_code(self, node: nodes.Code) -> None:
        """Say plain words in backticks, and of all else only that it is code."""
        if not node.is_block and _CODE_WORDS.fullmatch(node.text):
            self._script.write(node.text)
        elif self._settings.code is HiddenReading.WORD:
            name = CODE_NAMES.get(node.language.lower())
            named = filled(self._phrases.code_in, language=name) if name else ""
            self._script.say(named or self._phrases.code)

    def say_spoiler(self, node: nodes.Spoiler) -> None:
        """Say that there is one, if there is anything in it."""
        if self._settings.spoilers is HiddenReading.WORD and _has_content(node.children):
            self._script.say(self._phrases.spoiler)

    def say_styled(self, node: nodes.Styled) -> None:
        """Say what is in it."""
        self.say(node.children)

    def say_quote(self, node: nodes.Quote) -> None:
        """Say that it is one, and what is in it."""
        self._script.pause()
        if _has_content(node.children):
            self._script.lead(self._phrases.quote, self._phrases.colon)
        self.say(node.children)
        self._script.pause()

    def say_line(self, node: nodes.Line) -> None:
        """Say it as a sentence, behind its number if it has one."""
        self._script.pause()
        if node.number:
            self._script.lead(node.number, self._phrases.comma)
        self.say(node.children)
        self._script.pause()


def _with_rows(tree: Tree) -> Iterable[Node | _Row]:
    """Return the nodes of `tree`, with emoji that stand together as one."""
    if any(isinstance(node, nodes.CustomEmoji) for node in tree):
        return _rows(tree)
    return tree


def _rows(tree: Tree) -> Iterator[Node | _Row]:
    names: list[str] = []
    spaces: list[Node] = []
    for node in tree:
        if isinstance(node, nodes.CustomEmoji):
            names.append(node.name)
            spaces.clear()
        elif names and isinstance(node, nodes.Text) and node.text.isspace():
            spaces.append(node)
        else:
            if names:
                yield _Row(tuple(names))
            yield from spaces
            yield node
            names.clear()
            spaces.clear()
    if names:
        yield _Row(tuple(names))


def _ends_sentence(after: Node | _Row | None) -> bool:
    """Return whether what comes next ends a line or a sentence, or nothing comes."""
    if isinstance(after, nodes.Text):
        return _END.match(after.text) is not None
    return after is None or isinstance(after, nodes.Break)


def _has_content(tree: Tree) -> bool:
    """Return whether there is more than white space and bars in a tree."""
    for node in tree:
        if isinstance(node, nodes.Text):
            if node.text.strip("| \t\n"):
                return True
        elif isinstance(node, nodes.Styled | nodes.Quote | nodes.Line):
            if _has_content(node.children):
                return True
        elif not isinstance(node, nodes.Break):
            return True
    return False


_SAY: Final[Mapping[type, Callable[[Narrator, Any], None]]] = {
    nodes.Text: Narrator.say_text,
    nodes.Break: Narrator.say_break,
    nodes.UserMention: Narrator.say_user,
    nodes.RoleMention: Narrator.say_role,
    nodes.ChannelMention: Narrator.say_channel,
    nodes.CrowdMention: Narrator.say_crowd,
    nodes.CommandMention: Narrator.say_command,
    nodes.PlaceMention: Narrator.say_place,
    nodes.Sound: Narrator.say_sound,
    nodes.Timestamp: Narrator.say_time,
    nodes.Link: Narrator.say_link,
    nodes.Code: Narrator.say_code,
    nodes.Spoiler: Narrator.say_spoiler,
    nodes.Styled: Narrator.say_styled,
    nodes.Quote: Narrator.say_quote,
    nodes.Line: Narrator.say_line,
}
