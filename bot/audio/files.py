"""PCM to files that people can keep: WAV and Ogg Opus, and the picture of a voice message."""

from __future__ import annotations

import errno
import io
import os
import wave
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from bot.audio import samples

if TYPE_CHECKING:
    from pathlib import Path

    from bot.models import AudioFormat

WAV_HEADER_BYTES: Final = 44
OGG_BITRATE: Final = 32_000
"""What Discord's own clients use for voice messages, in bit/s."""

OGG_FRAME_SAMPLES: Final = 480 * 10
"""Samples handed to the encoder at a time: 200 ms at 24 kHz."""


WAVEFORM_STEP_MS: Final = 100
MAX_WAVEFORM_BYTES: Final = 256
"""Discord draws one byte for each 100 ms of a voice message, and takes so many at most."""


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    unfinished = _unfinished(path)
    unfinished.write_bytes(content)
    unfinished.replace(path)


def require_writable(path: Path) -> None:
    """Find out before there is anything to write whether `write` could; leave nothing behind.

    Raises:
        OSError: It could not.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    unfinished = _unfinished(path)
    unfinished.touch()
    unfinished.unlink()


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def wav_size(pcm_bytes: int) -> int:
    """Return how many bytes the WAV of `pcm_bytes` of PCM takes."""
    return WAV_HEADER_BYTES + pcm_bytes


def wav(pcm: bytes, audio: AudioFormat) -> bytes:
    """Return `pcm` as a WAV file whose header tells the truth."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(audio.channels)
        writer.setsampwidth(audio.SAMPLE_WIDTH)
        writer.setframerate(audio.rate)
        writer.writeframes(pcm)
    return file.getvalue()


def ogg(pcm: bytes, audio: AudioFormat) -> bytes:
    """Return mono `pcm` as an Ogg Opus file.

    Takes about 8 ms per second of audio: keep it off the loop.
    """
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        # libopus in FFmpeg takes 24 kHz as it is; the granule position counts 48 kHz all the same.
        stream = container.add_stream("libopus", rate=audio.rate, layout="mono")
        stream.bit_rate = OGG_BITRATE
        for frame in _frames(pcm, audio):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def duration_s(pcm: bytes, audio: AudioFormat) -> float:
    """Return how many seconds `pcm` sounds."""
    return len(pcm) / (audio.rate * audio.channels * audio.SAMPLE_WIDTH)


def waveform(pcm: bytes, audio: AudioFormat) -> bytes:
    """Return how loud mono `pcm` is over its length, the loudest stretch as 255.

    A byte stands for 100 ms (RMS), or for more where the speech is longer than 25.6 s.
    """
    sound = samples.from_pcm(pcm)
    steps = -(-len(sound) * 1000 // (audio.rate * WAVEFORM_STEP_MS))
    stretches = np.array_split(sound, min(max(steps, 1), MAX_WAVEFORM_BYTES))
    loudness = np.array([np.sqrt(np.square(each).mean()) if each.size else 0 for each in stretches])
    loudest = loudness.max() or 1.0
    return np.rint(loudness * (255 / loudest)).astype(np.uint8).tobytes()


def _frames(pcm: bytes, audio: AudioFormat) -> list[av.AudioFrame]:
    step = OGG_FRAME_SAMPLES * audio.SAMPLE_WIDTH
    frames: list[av.AudioFrame] = []
    for start in range(0, len(pcm), step):
        piece = pcm[start : start + step]
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(piece) // audio.SAMPLE_WIDTH)
        frame.planes[0].update(piece.ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = audio.rate
        frame.pts = start // audio.SAMPLE_WIDTH
        frame.time_base = Fraction(1, audio.rate)
        frames.append(frame)
    return frames
