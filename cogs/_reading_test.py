"""Try how a text is read, and listen to it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.permit import require
from bot.policy.admission import Ruling, judge_words
from bot.policy.silence import sentence
from bot.storage.lexicon import LexiconOwner
from cogs._call import source_of
from cogs._messages import chat_message_from
from cogs.views.reading_test import ReadingTestView, TestedReading, written_in

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.models import Utterance
    from bot.policy.admission import Silence
    from bot.speech import SpeechService
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository
    from bot.text.pipeline import Words
    from cogs.views.dynamic import Pressed

MAX_ALT_TEXT_CHARACTERS: Final = 1_024
"""Discord's limit for the description of an attachment."""


class ReadingTest:
    """Shows what the bot makes of a text that somebody would write in a chat."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        lexicons: LexiconRepository,
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._lexicons = lexicons

    async def show(self, interaction: discord.Interaction[Bot], text: str) -> None:
        """Answer a deferred command with what would be said.

        Raises:
            UserError: There is nobody to say it.
        """
        words, silence = await self._words(interaction, text)
        own = await self._lexicons.find(LexiconOwner(member_id=interaction.user.id))
        tested = TestedReading(
            written=text,
            said="" if silence else _said(await self._speech.say(words, source_of(interaction))),
            language=words.language,
            used=words.used,
            own=frozenset(own),
            silence=sentence(silence) if silence else None,
        )
        await interaction.followup.send(view=ReadingTestView(tested, interaction.user.id))

    async def press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        """Let who tested a text listen to it, as it is read now.

        Raises:
            UserError: It is not theirs, or is not read any more.
            ProviderError: The speech service failed.
        """
        if int(pressed.fields["member"]) != interaction.user.id:
            raise UserError(
                _("Only who tested this can listen to it. Test your own with /dictionary test.")
            )
        await require(interaction, "tts")  # which it is, for one listener
        await interaction.response.defer(ephemeral=True, thinking=True)
        text = written_in(interaction.message) if interaction.message else None
        if text is None:
            raise UserError(_("That is of an older version. Test it again with /dictionary test."))
        words, silence = await self._words(interaction, text)
        if silence is not None:
            raise UserError(sentence(silence))
        utterance = await self._speech.say(words, source_of(interaction))
        audio = await self._speech.render(utterance, max_bytes=interaction.filesize_limit)
        description = _said(utterance)[:MAX_ALT_TEXT_CHARACTERS]
        file = discord.File(io.BytesIO(audio.content), audio.name, description=description)
        await interaction.followup.send(file=file, ephemeral=True)

    async def _words(
        self, interaction: discord.Interaction[Bot], text: str
    ) -> tuple[Words, Silence | None]:
        """Return what is said of a text, and why it is not if it is not."""
        ruling = await self._ruling(interaction)
        words = await self._speech.wording.of_message(
            chat_message_from(text, interaction.guild),
            source_of(interaction),
            max_characters=ruling.max_characters,
        )
        silence = judge_words(
            words.text, is_blocked=words.is_blocked, ruling=ruling, is_hidden=False
        )
        return words, silence

    async def _ruling(self, interaction: discord.Interaction[Bot]) -> Ruling:
        if interaction.guild_id is None:
            return Ruling()
        channel_id = interaction.channel_id or 0
        return Ruling(
            server=await self._settings.fetch_guild(interaction.guild_id),
            channel=await self._settings.fetch_channel(interaction.guild_id, channel_id),
        )


def _said(utterance: Utterance) -> str:
    return " ".join(request.text for request in utterance.requests)
