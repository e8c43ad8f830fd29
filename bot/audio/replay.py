"""Packets back to PCM, while they are still being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.audio.encode import FRAMES_PER_SLICE, LOOKAHEAD_SAMPLES, SPEECH, SpeechDecoder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.audio.clip import Clip
    from bot.audio.turnstile import Turnstile

LOOKAHEAD_BYTES: Final = LOOKAHEAD_SAMPLES * SPEECH.SAMPLE_WIDTH


async def decode_from(clip: Clip, turnstile: Turnstile) -> AsyncGenerator[bytes, None]:
    """Yield the PCM of `clip` while it grows, giving the loop its turns.

    It begins where the sound began and lasts as long as the packets: what the decoder puts before
    the sound is left out, and made up for with silence behind it.

    Raises:
        Exception: What the clip failed with, after the sound that came before.
    """
    decoder = SpeechDecoder()
    position, early = 0, LOOKAHEAD_BYTES
    while True:
        await clip.wait_for_frames(position + 1)
        batch = clip.packets[position : position + FRAMES_PER_SLICE]
        if not batch:
            break
        async with turnstile.turn():
            pcm = b"".join(decoder.decode_packet(packet) for packet in batch)
        yield pcm[early:]
        early = 0
        position += len(batch)
    if clip.error is not None:
        raise clip.error
    if position:
        yield bytes(LOOKAHEAD_BYTES)
