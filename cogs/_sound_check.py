"""A sentence to try whether the bot is heard, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.audio.clip import FRAME_MS
from bot.errors import ProviderError, UserError
from bot.i18n import _
from bot.models import Origin, Source, VoiceSettings
from bot.report import record, sentence_for
from bot.text.pipeline import Words
from bot.voice.ledger import Ending
from bot.voice.queue import Room
from cogs._call import require_call
from cogs._preview import sample, spoken_language

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import discord

    from bot.client import Bot
    from bot.models import Utterance
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.voice.client import CallChannel
    from bot.voice.ledger import Outcome
    from bot.voice.queue import Turn
    from bot.voice.registry import SessionRegistry

PATIENCE_S: Final = 60.0
"""How long somebody looks at a checklist for news of its sentence."""


@dataclass(frozen=True, slots=True)
class News:
    """What to tell of a sentence; `is_spoken` says that all of it went into the call."""

    text: str
    is_spoken: bool = False


class SoundCheck:
    """Speaks in the call of whoever asks, with the voice of the server."""

    def __init__(
        self, *, speech: SpeechService, settings: SettingsRepository, sessions: SessionRegistry
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._sessions = sessions

    async def say(self, interaction: discord.Interaction[Bot]) -> AsyncGenerator[News, None]:
        """Speak, and yield what to tell of it: that it begins or waits, then how it ended.

        Raises:
            UserError: Whoever asks is in no call.
        """
        channel = require_call(interaction)
        asked_at = monotonic()
        try:
            turn = await self._enqueue(interaction, channel)
        except (UserError, ProviderError) as error:
            record(interaction, error)
            yield _failure(error)
            return
        yield News(self._beginning(channel))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn.wait_until_started()
                first_s = monotonic() - asked_at
                outcome = await turn.wait_until_ended()
        except TimeoutError:
            yield News(_("❌ I have not come to an end yet. See what waits with /queue."))
            return
        yield _ending(outcome, channel, first_s)

    async def _enqueue(self, interaction: discord.Interaction[Bot], channel: CallChannel) -> Turn:
        utterance = await self._utterance(interaction, channel.guild.id)
        room = Room.of(await self._settings.fetch_guild(channel.guild.id))
        return await self._sessions.say(
            channel, utterance, home_id=interaction.channel_id, room=room
        )

    async def _utterance(self, interaction: discord.Interaction[Bot], guild_id: int) -> Utterance:
        source = Source(guild_id=guild_id)
        speaker = await self._speech.speaker(source)
        language = spoken_language(speaker, interaction.locale)
        utterance = await self._speech.say(
            Words(sample(speaker, language), language),
            source,
            VoiceSettings(language=language),
            origin=Origin(guild_id, interaction.user.id),
        )
        return replace(utterance, speaker_id=interaction.user.id)

    def _beginning(self, channel: CallChannel) -> str:
        session = self._sessions.get(channel.guild.id)
        if session is not None and (reason := session.hold_reason):
            return f"➡️ {reason}"
        return _("➡️ I speak in {channel}. Listen!").format(channel=channel.mention)


def _ending(outcome: Outcome, channel: CallChannel, first_s: float) -> News:
    match outcome.ending:
        case Ending.SPOKEN:
            sentence = _(
                "✅ I have spoken in {channel}: all {length:.1f} s went into the call, the first "
                "sound after {first:.1f} s. If you heard nothing, look at my volume: right-click "
                "or long-press me in the call."
            )
            length_s = outcome.frames_sent * FRAME_MS / 1000
            text = sentence.format(channel=channel.mention, length=length_s, first=first_s)
            return News(text, is_spoken=True)
        case Ending.SKIPPED:
            return News(_("➡️ Somebody skipped the sentence before its end."))
        case Ending.DROPPED:
            return _failure(outcome.error)


def _failure(error: Exception | None) -> News:
    """Word what went wrong.

    Raises:
        Exception: Nobody can do anything about it: a bug.
    """
    sentence = sentence_for(error) if error is not None else None
    if error is not None and sentence is None:
        raise error
    return News(f"❌ {sentence}")
