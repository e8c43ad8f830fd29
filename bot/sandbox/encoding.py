"""Speech as services hand it out besides bare samples: other files, another tempo, another rate."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import av
import av.filter
from av.audio.stream import AudioStream

from bot.models import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a file is called -> its container and codec in FFmpeg, and its media type.
_FILES: Final = {
    "mp3": ("mp3", "libmp3lame", "audio/mpeg"),
    "flac": ("flac", "flac", "audio/flac"),
    "opus": ("ogg", "libopus", "audio/ogg"),
}
FORMATS: Final = frozenset(_FILES)
_WIDTH: Final = AudioFormat.SAMPLE_WIDTH
_FRAME_SAMPLES: Final = 4800
_OPUS_RATE_HZ: Final = 48_000  # one of the few that Opus knows
_MIN_STEP: Final = 0.5  # FFmpeg's atempo goes no lower at a time


def media_type(format_: str) -> str:
    """Return the content type of an encoded file."""
    return _FILES[format_][2]


def encoded(pcm: bytes, rate_hz: int, format_: str) -> bytes:
    """Return 16-bit mono samples as a file: `mp3`, `flac` or `opus`."""
    container, codec, _ = _FILES[format_]
    rate = _OPUS_RATE_HZ if format_ == "opus" else rate_hz
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, AudioStream)
        for frame in _frames(pcm, rate_hz):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def at_tempo(pcm: bytes, rate_hz: int, tempo: float) -> bytes:
    """Return 16-bit mono samples spoken faster or slower, at the same pitch."""
    graph = av.filter.Graph()
    chain = [graph.add_abuffer(sample_rate=rate_hz, format="s16", layout="mono")]
    chain += [graph.add("atempo", f"{step:.6f}") for step in _steps(tempo)]
    chain += [graph.add("aformat", "sample_fmts=s16"), graph.add("abuffersink")]
    graph.link_nodes(*chain).configure()
    for frame in _frames(pcm, rate_hz):
        graph.push(frame)
    graph.push(None)
    return b"".join(_pulled(graph))


def at_rate(pcm: bytes, rate_hz: int, wanted_hz: int) -> bytes:
    """Return the same 16-bit mono sound at another sample rate."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=wanted_hz)
    made = [out for frame in _frames(pcm, rate_hz) for out in resampler.resample(frame)]
    made += resampler.resample(None)
    return b"".join(bytes(frame.planes[0])[: frame.samples * _WIDTH] for frame in made)


def _steps(tempo: float) -> Iterator[float]:
    while tempo < _MIN_STEP:
        yield _MIN_STEP
        tempo /= _MIN_STEP
    yield tempo


def _pulled(graph: av.filter.Graph) -> Iterator[bytes]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield bytes(frame.planes[0])[: frame.samples * _WIDTH]


def _frames(pcm: bytes, rate_hz: int) -> Iterator[av.AudioFrame]:
    step = _FRAME_SAMPLES * _WIDTH
    for start in range(0, len(pcm) - _WIDTH + 1, step):
        piece = pcm[start : start + step]
        frame = av.AudioFrame("s16", "mono", len(piece) // _WIDTH)
        frame.planes[0].update(piece)
        frame.sample_rate, frame.pts = rate_hz, start // _WIDTH
        yield frame
