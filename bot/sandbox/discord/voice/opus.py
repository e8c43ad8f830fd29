"""Opus as a listener needs it: 48 kHz mono, on the system's library or the one PyAV brings."""

from __future__ import annotations

from pathlib import Path

import av
import discord.opus

FRAME_MS = 20
PCM_RATE = 48_000
PCM_BYTES_PER_MS = PCM_RATE // 1000 * 2
FRAME_BYTES = FRAME_MS * PCM_BYTES_PER_MS


def samples_in(packet: bytes) -> int:
    """Return how many samples a packet decodes to; 0 is what is no Opus."""
    frames = discord.opus.Decoder.packet_get_nb_frames(packet)
    return max(frames, 0) * discord.opus.Decoder.packet_get_samples_per_frame(packet)


class MonoDecoder(discord.opus.Decoder):
    """Decodes to 48 kHz mono, whatever the packets carry."""

    CHANNELS = 1

    def __init__(self) -> None:
        # discord.py leaves its own constructor unannotated.
        super().__init__()  # type: ignore[no-untyped-call]


class MonoEncoder(discord.opus.Encoder):
    """Encodes 48 kHz mono in frames of 20 ms."""

    CHANNELS = 1


def load_opus() -> None:
    """Make libopus available to discord.py; do nothing where it already is."""
    try:
        discord.opus.Decoder.get_opus_version()
    except discord.opus.OpusNotLoaded:
        discord.opus.load_opus(str(_bundled_library()))


def _bundled_library() -> Path:
    package = Path(av.__file__).parent
    # Where wheels keep their libraries: beside the package (Linux, Windows) or in it (macOS).
    for folder in (package.with_name("av.libs"), package / ".dylibs"):
        for library in sorted(folder.glob("*opus*")):
            return library
    raise discord.opus.OpusNotLoaded
