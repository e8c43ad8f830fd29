"""Speak text in the caller's call, or post it as a file."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.attachment import FileFormat
from bot.errors import ProviderError, ProviderFault, UserError
from bot.i18n import _, ngettext
from bot.models import VoiceSettings
from bot.plain import plain
from bot.policy.admission import Ruling, Silence
from bot.policy.notices import Haste, Notices
from bot.policy.silence import sentence
from bot.reading.by_hand import Asked
from bot.reading.captions import Caption, Captions
from bot.reading.service import ReadingService
from bot.report import record
from bot.speech import SpeechService
from bot.storage.settings import SettingsRepository
from bot.text.message import ChatMessage
from bot.tts.wishes import NOTHING
from bot.voice.ledger import Ending, NotSpokenError, Outcome
from bot.voice.queue import QueueFullError, Room, Turn
from bot.voice.registry import SessionRegistry
from cogs._arguments import LanguageArg, PermittedVoiceArg, StyleArg, TextArg
from cogs._call import require_call, source_of
from cogs._messages import chat_message_from, chat_message_of
from cogs._posting import post

if TYPE_CHECKING:
    from bot.client import Bot

TELL_AGAIN_S = 60.0
"""Several messages that end for the same reason within this time are one fault."""

TELL_ACCOUNT_AGAIN_S = 3_600.0
"""Nobody in a server can do anything about the bot's account."""

OF_THE_ACCOUNT = frozenset({ProviderFault.BAD_KEY, ProviderFault.OUT_OF_CREDIT})
OF_THE_TEXT = frozenset({ProviderFault.REFUSED_CONTENT, ProviderFault.INVALID_REQUEST})

IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)

describe_options = app_commands.describe(
    text="What to say",
    voice="Who says it",
    language="The language of the text",
    style="How to say it, for models that follow instructions",
)


class Speak(commands.Cog):
    """The two ways a text becomes sound: in the call, or as a file."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        sessions: SessionRegistry,
        settings: SettingsRepository,
        captions: Captions,
        reading: ReadingService,
    ) -> None:
        self._speech = speech
        self._reading = reading
        self._captions = captions
        self._settings = settings
        self._sessions = sessions
        self._notices = Notices()
        self._haste = Haste()
        # The library has no way to declare a menu in a class body.
        self.menus = (
            app_commands.ContextMenu(
                name="Read aloud", callback=self._read_aloud, allowed_contexts=IN_SERVERS
            ),
            app_commands.ContextMenu(name="Save as audio", callback=self._save_as_audio),
        )

    @app_commands.command()
    @app_commands.guild_only()
    @describe_options
    async def say(
        self,
        interaction: discord.Interaction[Bot],
        text: TextArg,
        voice: PermittedVoiceArg | None = None,
        language: LanguageArg | None = None,
        style: StyleArg | None = None,
    ) -> None:
        """Say something in your voice channel."""
        choice = VoiceSettings(voice=voice, language=language, style=style)
        await self._speak(interaction, chat_message_from(text, interaction.guild), choice)

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=True)
    @describe_options
    @app_commands.rename(wanted="format")
    @app_commands.describe(wanted="A WAV file, an Ogg of a tenth of its size, or a voice message")
    async def tts(
        self,
        interaction: discord.Interaction[Bot],
        text: TextArg,
        voice: PermittedVoiceArg | None = None,
        language: LanguageArg | None = None,
        style: StyleArg | None = None,
        wanted: FileFormat = "wav",
    ) -> None:
        """Post something as an audio file."""
        choice = VoiceSettings(voice=voice, language=language, style=style)
        message = chat_message_from(text, interaction.guild)
        await post(interaction, self._speech, message, choice, wanted)

    async def _read_aloud(
        self, interaction: discord.Interaction[Bot], message: discord.Message
    ) -> None:
        guild_id, channel = require_call(interaction).guild.id, message.channel
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
        with self._reading.by_hand.follow(
            guild_id,
            message.id,
            author_id=message.author.id,
            place_ids=frozenset((channel.id, parent_id)),
            edited_at=message.edited_at,
        ) as asked:
            await self._require_willing(interaction, message.author)
            await self._speak(interaction, chat_message_of(message), NOTHING, asked=asked)

    async def _save_as_audio(
        self, interaction: discord.Interaction[Bot], message: discord.Message
    ) -> None:
        await self._require_willing(interaction, message.author)
        await post(interaction, self._speech, chat_message_of(message), NOTHING, "wav")

    async def _require_willing(
        self, interaction: discord.Interaction[Bot], author: discord.abc.User
    ) -> None:
        """Check that the author of a message lets it be read, and moderators do.

        Raises:
            UserError: They do not.
        """
        here = await self._settings.fetch_member(author.id, interaction.guild_id)
        everywhere = await self._settings.fetch_member(author.id, None)
        if Ruling(here=here, everywhere=everywhere).is_opted_out:
            raise UserError(sentence(Silence.OPTED_OUT))
        if interaction.guild_id is None:
            return
        if (await self._settings.fetch_rules(interaction.guild_id, author.id)).is_muted:
            raise UserError(sentence(Silence.MUTED))

    async def _speak(
        self,
        interaction: discord.Interaction[Bot],
        message: ChatMessage,
        choice: VoiceSettings,
        *,
        asked: Asked | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        channel = require_call(interaction)
        utterance = await self._speech.prepare(message, source_of(interaction), choice)
        server = await self._settings.fetch_guild(channel.guild.id)
        try:
            turn = await self._sessions.say(
                channel,
                utterance,
                home_id=interaction.channel_id,
                room=Room.of(server),
                on_accepted=asked.accept if asked else None,
            )
        except QueueFullError:
            if not self._haste.is_deaf((channel.guild.id, interaction.user.id), monotonic()):
                raise
            await interaction.delete_original_response()
            return
        text = " ".join(request.text for request in utterance.requests)
        caption = Caption(channel.guild.id, interaction.user.display_name, text)
        message_id = asked.message_id if asked else None
        self._captions.follow(turn, caption, server=server, message_id=message_id)
        session = self._sessions.get(channel.guild.id)
        hold_reason = session.hold_reason if session else None
        has_answered = await _acknowledge(interaction, turn, hold_reason)
        outcome = await turn.wait_until_ended()
        if outcome.error is not None:
            self._raise_once(interaction, outcome, outcome.error, has_answered=has_answered)
        if outcome.ending is Ending.SKIPPED:
            await _tell_who_skipped(interaction, turn, outcome, has_answered=has_answered)

    def _raise_once(
        self,
        interaction: discord.Interaction[Bot],
        outcome: Outcome,
        error: Exception,
        *,
        has_answered: bool,
    ) -> None:
        """Tell what became of somebody's words; one fault only once, unless that is the answer."""
        fault: tuple[int | None, int | None, str]
        match error:
            case NotSpokenError():
                fault = (interaction.guild_id, interaction.user.id, outcome.reason)
            case ProviderError(fault=kind) if kind in OF_THE_TEXT:
                fault = (interaction.guild_id, interaction.user.id, kind)
            case ProviderError(fault=kind):
                fault = (interaction.guild_id, None, kind)
            case _:
                raise error
        is_of_account = fault[-1] in OF_THE_ACCOUNT
        for_s = TELL_ACCOUNT_AGAIN_S if is_of_account else TELL_AGAIN_S
        if self._notices.is_news(fault, monotonic(), for_s=for_s) or not has_answered:
            raise error
        if isinstance(error, ProviderError):
            record(interaction, error)


async def _acknowledge(
    interaction: discord.Interaction[Bot], turn: Turn, hold_reason: str | None
) -> bool:
    """Say who speaks and when; return `False` where it ended before there was anything to say."""
    voice = plain(turn.utterance.voice.short_name)
    if turn.ahead:
        queued = ngettext(
            "{voice} says it after {count} other message.",
            "{voice} says it after {count} other messages.",
            turn.ahead,
        )
        sentences = [queued.format(voice=voice, count=turn.ahead), hold_reason]
        await interaction.followup.send(" ".join(filter(None, sentences)))
    elif hold_reason is not None:
        await interaction.followup.send(hold_reason)
    elif await turn.wait_until_started():
        await interaction.followup.send(_("Speaking as {voice}.").format(voice=voice))
    else:
        return False
    return True


async def _tell_who_skipped(
    interaction: discord.Interaction[Bot], turn: Turn, outcome: Outcome, *, has_answered: bool
) -> None:
    if outcome.skipped_by not in (None, interaction.user.id):
        sentence = _("Skipped by {member}.").format(member=f"<@{outcome.skipped_by}>")
        if outcome.skipped_by in turn.votes:
            sentence = _("Skipped because the call voted for it.")
        await interaction.followup.send(sentence, ephemeral=True)
    elif not has_answered:
        await interaction.followup.send(_("Skipped before it was spoken."))


async def setup(bot: Bot) -> None:
    """Add the commands and the message menus."""
    cog = Speak(
        speech=bot.speech,
        sessions=bot.sessions,
        settings=bot.settings,
        captions=bot.captions,
        reading=bot.reading,
    )
    await bot.add_cog(cog)
    for menu in cog.menus:
        bot.tree.add_command(menu)
