"""Say a message: what people wrote, and in words what they did beside that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.text._narrator import Narrator
from bot.text._script import Script
from bot.text.markup import parse, plain_words
from bot.text.names import spoken_name
from bot.text.phrases import PHRASES, choice_of, counted, filled, listed
from bot.text.segment import is_speakable

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models import Language
    from bot.settings.guild import GuildSettings
    from bot.text._phrases.phrases import Phrases
    from bot.text.message import ChatMessage, Poll, PollResult
    from bot.text.nodes import Tree

MAX_CHARACTERS: Final = 4_000
"""What becomes of one message at most; far less of it is said in the end."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of a message.

    Args:
        text: The words; "" if there is nothing to say.
        is_deed: Whether they tell what somebody did ("sent an image") and not what they said.
        is_reply: Whether they begin with whom they answer.
        emoji: How many emoji of servers are named in them.
    """

    text: str = ""
    is_deed: bool = False
    is_reply: bool = False
    emoji: int = 0


def speak(
    message: ChatMessage, tree: Tree, *, settings: GuildSettings, language: Language, now: datetime
) -> Spoken:
    """Return what is said of a message; emoji of Unicode are left as they are.

    Args:
        message: What somebody wrote and sent along.
        tree: What its content means.
        settings: What moderators want to hear.
        language: What it is written in.
        now: When it is said.
    """
    speaker = _Speaker(message, settings, language, now)
    return _answering(speaker.speak(tree), message, settings, PHRASES[language])


def written_words(message: ChatMessage, tree: Tree) -> str:
    """Return only what people wrote in words: to see which language a message is in.

    Where there are none in its content those in a poll, an embed or a forwarded message count.
    """
    words = plain_words(tree)
    if is_speakable(words):
        return words
    return "\n".join(plain_words(parse(text)) for text in message.other_texts()).strip()


def _answering(
    spoken: Spoken, message: ChatMessage, settings: GuildSettings, phrases: Phrases
) -> Spoken:
    """Say first whom a message answers, if it does and says something."""
    if message.reply_to is None or not settings.reads_replies or not is_speakable(spoken.text):
        return spoken
    name = spoken_name(message.reply_to)
    reply = filled(phrases.reply, name=name) if name else phrases.reply_to_nobody
    whole = f"{reply}{phrases.colon}{spoken.text}"
    return replace(spoken, text=whole[:MAX_CHARACTERS], is_reply=True)


class _Speaker:
    """Says one message, without whom it answers."""

    def __init__(
        self, message: ChatMessage, settings: GuildSettings, language: Language, now: datetime
    ) -> None:
        self._message = message
        self._settings = settings
        self._language = language
        self._phrases = PHRASES[language]
        self._now = now
        self._script = Script(most=MAX_CHARACTERS)
        self.narrator = Narrator(
            message, self._script, settings=settings, language=language, now=now
        )
        self._is_deed = False

    def speak(self, tree: Tree) -> Spoken:
        """Return all that is said."""
        self.narrator.say(tree)
        if self._settings.reads_embeds:
            self._say_embeds()
        if self._settings.reads_polls:
            self._say_poll(self._message.poll)
            self._say_poll_result(self._message.poll_result)
        if self._settings.reads_attachments:
            self._say_attachments()
        if self._settings.reads_stickers:
            self._say_stickers()
        if self._settings.reads_forwards:
            self._say_forwarded()
        return Spoken(self._script.text, is_deed=self._is_deed, emoji=self.narrator.emoji)

    def _say_embeds(self) -> None:
        for title in self._message.embed_titles:
            self._script.pause()
            self.narrator.say(parse(title))

    def _say_deed(self, deed: str, *, beside: str = "", mark: str = "") -> None:
        """Say what somebody did, or `beside` all that has been said only what there is."""
        is_first = self._script.length == 0
        self._is_deed |= is_first
        self._script.pause()
        self._script.lead(deed if is_first else beside or deed, mark)

    def _say_poll(self, poll: Poll | None) -> None:
        if poll is None:
            return
        self._say_deed(self._phrases.started_poll, mark=self._phrases.colon)
        self._script.write(poll.question)
        self._script.pause()
        self._script.write(choice_of([each for each in poll.answers if each], self._phrases))

    def _say_poll_result(self, result: PollResult | None) -> None:
        if result is None:
            return
        self._script.pause()
        self._script.lead(self._phrases.poll_ended, self._phrases.colon)
        self._script.write(result.question)
        self._script.pause()
        self._script.write(
            filled(self._phrases.poll_won, answer=result.winner, percent=str(result.percent))
            if result.winner
            else self._phrases.poll_undecided
        )

    def _say_attachments(self) -> None:
        kinds = Counter(self._message.attachments)
        files = self._phrases.files
        things = listed(
            [counted(files[kind], count, self._phrases) for kind, count in kinds.items()],
            self._phrases,
        )
        if things:
            self._say_deed(filled(self._phrases.sent, things=things), beside=things)

    def _say_stickers(self) -> None:
        stickers = self._message.stickers
        if not stickers:
            return
        names = listed([name for name in map(spoken_name, stickers) if name], self._phrases)
        deed = counted(self._phrases.sent_sticker, len(stickers), self._phrases, names=names)
        self._say_deed(
            " ".join(deed.split()), beside=filled(self._phrases.sticker, names=names).strip()
        )

    def _say_forwarded(self) -> None:
        forwarded = self._message.forwarded
        if forwarded is None:
            return
        inner = _Speaker(
            replace(forwarded, forwarded=None), self._settings, self._language, self._now
        )
        inner.narrator.emoji = self.narrator.emoji
        spoken = inner.speak(parse(forwarded.content))
        if spoken.text:
            self.narrator.emoji = spoken.emoji
            self._say_deed(self._phrases.forwarded, mark=self._phrases.colon)
            self._script.write(spoken.text)
