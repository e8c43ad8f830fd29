"""The file somebody gets for their text: WAV, Ogg Opus, or what a voice message holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bot.audio import files
from bot.errors import UserError
from bot.i18n import _
from bot.models import AudioFormat
from bot.text.filename import filename_for

FileFormat = Literal["wav", "ogg", "voice-message"]
FORMAT: Final = AudioFormat()


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A finished file.

    Args:
        name: With its ending.
        content: The whole of it.
        duration_s: How long it sounds.
        waveform: How loud it is, a byte for each stretch: what a voice message shows.
        is_smaller_format: Whether the one that was wanted would not have fitted.
    """

    name: str
    content: bytes
    duration_s: float
    waveform: bytes
    is_smaller_format: bool = False


def pack(pcm: bytes, wanted: FileFormat, *, title: str, max_bytes: int) -> AudioFile:
    """Return speech as a file: as Ogg where a WAV would exceed `max_bytes`.

    `title` is what it is named after. Takes about 8 ms a second of Ogg: keep it off the loop.

    Raises:
        UserError: Not even Ogg fits.
    """
    duration_s, waveform = files.duration_s(pcm, FORMAT), files.waveform(pcm, FORMAT)
    if wanted == "wav" and files.wav_size(len(pcm)) <= max_bytes:
        content = files.wav(pcm, FORMAT)
        return AudioFile(filename_for(title, "wav"), content, duration_s, waveform)
    content = files.ogg(pcm, FORMAT)
    if len(content) > max_bytes:
        raise UserError(_("The audio is too long for an attachment here. Shorten the text."))
    return AudioFile(
        filename_for(title, "ogg"),
        content,
        duration_s,
        waveform,
        is_smaller_format=wanted == "wav",
    )
