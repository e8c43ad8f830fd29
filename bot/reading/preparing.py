"""From a message that came in to what would be said of it, or why nothing is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from bot.models import Source
from bot.policy.admission import (
    Candidate,
    Ruling,
    Silence,
    judge,
    judge_again,
    judge_words,
)

if TYPE_CHECKING:
    from bot.models import Utterance
    from bot.ops.clock import DiscordClock
    from bot.reading.incoming import Incoming
    from bot.settings.guild import GuildSettings
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.text.message import ChatMessage
    from bot.text.pipeline import Words
    from bot.voice.registry import SessionRegistry
    from bot.voice.session import VoiceSession


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that may be read.

    Args:
        incoming: The message.
        server: What moderators want.
        words: What is said of it.
        utterance: The words as requests.
    """

    incoming: Incoming
    server: GuildSettings
    words: Words
    utterance: Utterance


class Preparer:
    """Judges messages, and puts those that are to be read into words; changes nothing.

    Args:
        speech: Puts messages into words, and words into requests.
        settings: What moderators and members have decided.
        sessions: The calls the bot is in.
        clock: Tells how old messages are.
        reads_content: Whether Discord shows the bot what people write.
    """

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        sessions: SessionRegistry,
        clock: DiscordClock,
        reads_content: bool,
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._sessions = sessions
        self._clock = clock
        self._reads_content = reads_content

    async def prepare(self, incoming: Incoming) -> Prepared | Silence:
        """Return what would be said of a message, or why it is not to be read.

        Raises:
            UserError: The database does not answer, or there is nobody to say it.
        """
        ruling = await self._ruling_for(incoming)
        if silence := judge(self._candidate(incoming, ruling), ruling):
            return silence
        message = _without_prefix(incoming.message, ruling.server.read_prefix)
        words = await self._speech.wording.of_message(
            message, _source(incoming), max_characters=ruling.max_characters
        )
        silence = judge_words(
            words.text,
            is_blocked=words.is_blocked,
            ruling=ruling,
            is_hidden=self._is_hidden(incoming),
            is_wordless=incoming.message.is_wordless,
        )
        return silence or await self._say(incoming, words, ruling)

    async def judge_again(self, incoming: Incoming) -> Silence | None:
        """Return why a message that waits for its turn is not to be read any more, or nothing.

        Raises:
            UserError: The database does not answer.
        """
        ruling = await self._ruling_for(incoming)
        candidate = self._candidate(incoming, ruling)
        session = self._sessions.get(incoming.guild_id)
        # What waits is said where the bot is, whether somebody is there by now or not.
        call_id = session.desired_channel_id if session else None
        return judge_again(replace(candidate, call_id=call_id), ruling)

    def session_for(self, incoming: Incoming, server: GuildSettings) -> VoiceSession | None:
        """Return the call in which a message is read, if the bot is there for anybody.

        From a call in which nobody listens it may be called away, as from none.
        """
        session = self._sessions.get(incoming.guild_id)
        is_idle = session and server.joins_by_itself and not session.listeners
        return None if is_idle else session

    async def _say(self, incoming: Incoming, words: Words, ruling: Ruling) -> Prepared:
        source, author = _source(incoming), incoming.author
        utterance = await self._speech.say(words, source)
        introduction = await self._speech.introduce(
            words,
            source,
            reading=ruling.channel.name_reading or ruling.server.name_reading,
            display=author.display_name,
            username=author.username,
        )
        utterance = replace(
            utterance,
            introduction=introduction,
            hurry=ruling.server.hurry,
            longest_s=float(ruling.server.max_seconds),
        )
        return Prepared(incoming, ruling.server, words, utterance)

    async def _ruling_for(self, incoming: Incoming) -> Ruling:
        """Return everything moderators and the author have decided about a message."""
        guild_id, author = incoming.guild_id, incoming.author
        ruling = Ruling(
            server=await self._settings.fetch_guild(guild_id),
            channel=await self._settings.fetch_channel(
                guild_id, incoming.channel_id, incoming.parent_id
            ),
        )
        if author.is_webhook:
            return ruling
        return replace(
            ruling,
            here=await self._settings.fetch_member(author.id, guild_id),
            everywhere=await self._settings.fetch_member(author.id, None),
            rules=await self._settings.fetch_rules(guild_id, author.id),
        )

    def _candidate(self, incoming: Incoming, ruling: Ruling) -> Candidate:
        author, session = incoming.author, self.session_for(incoming, ruling.server)
        now, written_at = self._clock.now(), incoming.edited_at or incoming.sent_at
        return Candidate(
            is_own=author.is_self,
            is_system=incoming.is_system,
            is_bot=author.is_bot or author.is_webhook,
            is_silent=incoming.is_silent,
            is_addressed=incoming.is_addressed and not (author.is_bot or author.is_webhook),
            is_in_voice_chat=incoming.is_in_voice_chat,
            author_id=author.id,
            role_ids=author.role_ids,
            channel_id=incoming.channel_id,
            author_call_id=author.call.id if author.call else None,
            call_id=session.desired_channel_id if session else None,
            may_come=not self._sessions.was_sent_away(incoming.guild_id),
            content=incoming.message.content,
            is_hidden=self._is_hidden(incoming),
            age_s=(now - written_at).total_seconds(),
            now=now.astimezone(ruling.server.time_zone or UTC),
        )

    def _is_hidden(self, incoming: Incoming) -> bool:
        return not (self._reads_content or incoming.message.content)


def _source(incoming: Incoming) -> Source:
    author = incoming.author
    return Source(
        member_id=author.id,
        guild_id=incoming.guild_id,
        channel_id=incoming.channel_id,
        parent_id=incoming.parent_id,
        identity=author.identity if author.is_webhook else "",
        is_chat=True,
    )


def _without_prefix(message: ChatMessage, prefix: str | None) -> ChatMessage:
    """Return a message without what only tells the bot that it is to be read."""
    folded = (prefix or "").casefold()
    # A letter can grow when it is folded (ß: ss), so the prefix may be written with more of them.
    for end in range(1, len(folded) + 1):
        if message.content[:end].casefold().startswith(folded):
            return replace(message, content=message.content[end:].lstrip())
    return message
