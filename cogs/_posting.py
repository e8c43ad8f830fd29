"""Speech as a message for everyone: a file, or a voice message."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.http import handle_message_parameters

from bot.i18n import _
from bot.plain import plain
from bot.report import answer_publicly, defer_publicly
from cogs._call import source_of

if TYPE_CHECKING:
    from bot.attachment import AudioFile, FileFormat
    from bot.client import Bot
    from bot.models import VoiceSettings
    from bot.speech import SpeechService
    from bot.text.message import ChatMessage

MAX_ALT_TEXT_CHARACTERS: Final = 1_024
"""Discord's limit for the description of an attachment."""

MAX_CONTENT_CHARACTERS: Final = 2_000
_CONTENT_TYPE: Final = "audio/ogg"


async def post(
    interaction: discord.Interaction[Bot],
    speech: SpeechService,
    message: ChatMessage,
    choice: VoiceSettings,
    wanted: FileFormat,
) -> None:
    """Answer with a message as a file that everyone can hear, said as `choice` wants it.

    Raises:
        ProviderError: The speech service failed.
        UserError: It cannot be said, or is too long for a file.
    """
    await defer_publicly(interaction)
    utterance = await speech.prepare(message, source_of(interaction), choice)
    limit = interaction.filesize_limit
    audio = await speech.render(utterance, max_bytes=limit, wanted=wanted)
    text = " ".join(request.text for request in utterance.requests)
    if wanted == "voice-message":
        await _post_voice_message(interaction, audio, text)
        return
    note = _("As a WAV this would be too big for this server, so it is Ogg.")
    await answer_publicly(
        interaction,
        content=note if audio.is_smaller_format else "",
        file=_file(audio, text),
    )


async def _post_voice_message(
    interaction: discord.Interaction[Bot], audio: AudioFile, text: str
) -> None:
    """Answer with the words, for those who cannot hear them, and let the sound follow.

    Discord lets an answer that comes later than three seconds be no voice message, so it is one of
    the bot's own; it replies to the answer, which shows who has asked for it.
    """
    if _may_post(interaction):
        words = plain(text)
        if len(words) > MAX_CONTENT_CHARACTERS:
            words = f"{words[: MAX_CONTENT_CHARACTERS - 1]}…"
        answer = await answer_publicly(interaction, content=words, suppress_embeds=True)
        try:
            await _send(interaction.client, answer, _VoiceMessage(audio))
        except discord.Forbidden:  # a channel can forbid what the command's permissions allow
            await interaction.followup.send(_no_permission(), file=_file(audio, text))
    else:
        await answer_publicly(interaction, content=_no_permission(), file=_file(audio, text))


def _may_post(interaction: discord.Interaction[Bot]) -> bool:
    """Return whether the bot itself can write where it was asked, not only answer."""
    if interaction.is_guild_integration():
        return interaction.app_permissions.send_voice_messages
    return interaction.context.dm_channel


def _no_permission() -> str:
    return _("I cannot post voice messages here, so it is a file.")


async def _send(bot: Bot, answer: discord.Message, file: _VoiceMessage) -> None:
    # The library sends no voice messages, so the request is put together from its own parts.
    reference = answer.to_reference(fail_if_not_exists=False)
    with handle_message_parameters(
        file=file,
        flags=discord.MessageFlags(voice=True),
        message_reference=reference.to_message_reference_dict(),
        nonce=answer.id,  # tried again, it is still one message
        allowed_mentions=discord.AllowedMentions.none(),
    ) as parameters:
        for part in parameters.multipart or ():
            if "filename" in part:  # the library calls every file a stream of bytes
                part["content_type"] = _CONTENT_TYPE
        await bot.http.send_message(answer.channel.id, params=parameters)


class _VoiceMessage(discord.File):
    """An Ogg file with what Discord wants to know of a voice message."""

    def __init__(self, audio: AudioFile) -> None:
        super().__init__(io.BytesIO(audio.content), audio.name)
        self._audio = audio

    def to_dict(self, index: int) -> dict[str, Any]:
        """Return what stands for the file in the message."""
        return super().to_dict(index) | {
            "duration_secs": self._audio.duration_s,
            "waveform": base64.b64encode(self._audio.waveform).decode(),
        }


def _file(audio: AudioFile, text: str) -> discord.File:
    """Return a file, with its words for those who cannot hear it."""
    alt_text = text[:MAX_ALT_TEXT_CHARACTERS]
    return discord.File(io.BytesIO(audio.content), audio.name, description=alt_text)
