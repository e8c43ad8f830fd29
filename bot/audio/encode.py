"""PCM at 24 kHz mono to Opus packets and back, with the libopus that is at hand."""

from __future__ import annotations

import importlib.util
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import discord.opus
import numpy as np

from bot.audio.clip import FRAME_MS, PREFILL_FRAMES
from bot.audio.samples import from_pcm, to_pcm
from bot.errors import ProviderError
from bot.models import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.audio.clip import Clip
    from bot.audio.turnstile import Turnstile

SPEECH: Final = AudioFormat()
FRAME_BYTES: Final = SPEECH.bytes_per_second * FRAME_MS // 1000
BITRATE_KBPS: Final = 64
"""CELT at 64 kbit/s: a third of the CPU of SILK at 32 kbit/s, and no worse to the ear."""

COMPLEXITY: Final = 5
"""The least that has the pitch filter: a quarter less CPU than libopus's own choice of 9.

Over espeak-ng's voices, plain and with breath and room added, the segmental signal-to-noise ratio
is 20.1 and 18.4 dB with 5, 20.6 and 18.5 dB with 9; below 5 it falls by another half decibel.
"""

# From opus_defines.h: what discord.py has no name for.
_SET_COMPLEXITY: Final = 4_010
_SET_PREDICTION_DISABLED: Final = 4_042

LOOKAHEAD_SAMPLES: Final = SPEECH.rate // 400
"""How much later a `lowdelay` encoder's sound comes out of the decoder than it went in: 2.5 ms."""

FRAMES_PER_SLICE: Final = 25
"""Frames encoded before the loop gets a turn: 25 x 65 us is under 2 ms."""


class OpusUnavailableError(RuntimeError):
    """No libopus can be loaded."""


def load_opus() -> str:
    """Load libopus, the system's or the one inside PyAV's wheel, and return its version.

    Raises:
        OpusUnavailableError: Neither is there.
    """
    for path in _bundled_opus() if not _system_opus() else ():
        discord.opus.load_opus(str(path))
        break
    if not discord.opus.is_loaded():
        message = (
            "no libopus found: install the system's libopus or the wheel of PyAV (pip install av)"
        )
        raise OpusUnavailableError(message)
    return discord.opus.Encoder.get_opus_version()


def _system_opus() -> bool:
    try:
        discord.opus.Encoder.get_opus_version()
    except discord.opus.OpusNotLoaded:
        return False
    return True


def _bundled_opus() -> Iterator[Path]:
    """Find the libopus that auditwheel (`av.libs`) or delocate (`av/.dylibs`) put beside PyAV."""
    spec = importlib.util.find_spec("av")
    if spec is None or spec.origin is None:
        return
    package = Path(spec.origin).parent
    yield from sorted((package.parent / "av.libs").glob("libopus*"))
    yield from sorted((package / ".dylibs").glob("libopus*"))


class SpeechEncoder(discord.opus.Encoder):
    """Encodes 20 ms of 24 kHz mono at a time.

    libopus takes 24 kHz mono as it is, so nothing is resampled and no silent second channel is
    encoded. The library reads its rate and channels from these class attributes.
    """

    SAMPLING_RATE = SPEECH.rate
    CHANNELS = SPEECH.channels
    SAMPLE_SIZE = SPEECH.SAMPLE_WIDTH * SPEECH.channels
    SAMPLES_PER_FRAME = SPEECH.rate * FRAME_MS // 1000
    FRAME_SIZE = SAMPLES_PER_FRAME * SAMPLE_SIZE

    def __init__(self) -> None:
        load_opus()
        # Forward error correction exists in SILK only, and `lowdelay` is pure CELT.
        super().__init__(
            application="lowdelay", bitrate=BITRATE_KBPS, fec=False, bandwidth="superwide"
        )
        discord.opus._lib.opus_encoder_ctl(self._state, _SET_COMPLEXITY, COMPLEXITY)

    def make_independent(self) -> None:
        """Let every packet from now on be decoded right whatever came before it.

        That costs bits, so they get twice as many.
        """
        self.set_bitrate(2 * BITRATE_KBPS)
        discord.opus._lib.opus_encoder_ctl(self._state, _SET_PREDICTION_DISABLED, 1)

    def encode_frame(self, frame: bytes) -> bytes:
        """Return the Opus packet of `FRAME_BYTES` of PCM."""
        return self.encode(frame, self.SAMPLES_PER_FRAME)


class SpeechDecoder(discord.opus.Decoder):
    """Decodes the packets of a `SpeechEncoder`."""

    SAMPLING_RATE = SpeechEncoder.SAMPLING_RATE
    CHANNELS = SpeechEncoder.CHANNELS
    SAMPLE_SIZE = SpeechEncoder.SAMPLE_SIZE
    SAMPLES_PER_FRAME = SpeechEncoder.SAMPLES_PER_FRAME
    FRAME_SIZE = SpeechEncoder.FRAME_SIZE

    def __init__(self) -> None:
        load_opus()
        super().__init__()  # type: ignore[no-untyped-call] # discord.py annotates no arguments there

    def decode_packet(self, packet: bytes) -> bytes:
        """Return the `FRAME_BYTES` of PCM in an Opus packet."""
        return self.decode(packet, fec=False)


class Framer:
    """Cuts PCM that arrives in any pieces into frames of `FRAME_BYTES`."""

    def __init__(self) -> None:
        self._rest = b""
        self._before = b""
        """The last frame's worth of what was pushed, or less."""

    def push(self, pcm: bytes) -> Iterator[bytes]:
        """Yield every frame that is complete now."""
        self._before = (self._before + pcm[-FRAME_BYTES:])[-FRAME_BYTES:]
        buffer = self._rest + pcm
        whole = len(buffer) - len(buffer) % FRAME_BYTES
        self._rest = buffer[whole:]
        for start in range(0, whole, FRAME_BYTES):
            yield buffer[start : start + FRAME_BYTES]

    def flush(self) -> Iterator[bytes]:
        """Yield what is left, padded with silence to a whole frame."""
        if self._rest:
            yield self._rest.ljust(FRAME_BYTES, b"\0")
            self._rest = b""

    def fade_out(self) -> Iterator[bytes]:
        """Yield what is left and, behind it, 20 ms in which sound that was cut off dies away.

        They are the last 20 ms played backwards, so that nothing jumps, and ever softer. What the
        encoder holds back of them is silent.
        """
        sound = from_pcm(self._before)[::-1]
        falling = np.arange(len(sound)) / max(len(sound) - 2 * LOOKAHEAD_SAMPLES, 1)
        sound *= 0.5 + 0.5 * np.cos(np.pi * np.minimum(falling, 1.0))
        yield from self.push(to_pcm(sound))
        yield from self.flush()


async def encode_into(clip: Clip, pcm: AsyncIterator[bytes], turnstile: Turnstile) -> None:
    """Append the packets of `pcm` to `clip` while it arrives, giving the loop its turns.

    Raises:
        ProviderError: The speech broke off; what there is of it has been faded out.
    """
    encoder, framer = SpeechEncoder(), Framer()
    try:
        async for piece in pcm:
            frames = framer.push(piece)
            while batch := list(
                islice(frames, FRAMES_PER_SLICE if clip.packets else PREFILL_FRAMES)
            ):
                async with turnstile.turn():
                    clip.extend([encoder.encode_frame(frame) for frame in batch])
    except ProviderError:
        for frame in framer.fade_out() if clip.packets else ():
            clip.append(encoder.encode_frame(frame))
        raise
    for frame in framer.flush():
        clip.append(encoder.encode_frame(frame))
