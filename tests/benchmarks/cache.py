"""CACHE: what it costs to say again what was said before, and to let many share one synthesis.

The usual way to replay is the file the service sent: a WAV on disk that is read and encoded again.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
import wave
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

from bot.audio.clip import Clip
from bot.audio.encode import FRAME_BYTES, SpeechEncoder
from bot.audio.files import wav
from bot.models import AudioFormat, Origin, SpeechRequest, Utterance
from bot.sandbox.speech import speak
from bot.storage.clips import DiskClips
from bot.tts.cached import ClipCache
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer
from bot.voice.ledger import DropReason, Ledger
from bot.voice.narrator import Narrator
from bot.voice.pacer import Pacer
from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._our_calls import REQUEST
from tests.voice.fakes import FakeCall

LISTENERS = 50
ROUNDS = 200
CALLS = 20
GB = 10**9


class _Speech(Synthesizer):
    """Says the same to everybody, and counts how often."""

    def __init__(self, pcm: bytes) -> None:
        self.pcm = pcm
        self.requests = 0

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.requests += 1
        step = AudioFormat().bytes_per_second // 2
        for start in range(0, len(self.pcm), step):
            yield self.pcm[start : start + step]
            await asyncio.sleep(0)


def run(seconds: float) -> Findings:
    """Measure both tiers, the sharing, and a replay in a call."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> Findings:
    findings = Findings()
    voice = _Speech(speak(REQUEST.text, REQUEST.voice.id))
    disk = await DiskClips.open(folder / "clips", max_bytes=GB)
    requests = await _share(findings, voice)
    memory = Recorder(voice, cache=ClipCache(memory_bytes=GB, store=disk))
    await _whole(memory.record(REQUEST))  # from now on its loudness is known
    clips = [await _whole(memory.record(_numbered(number))) for number in range(ROUNDS)]
    await disk.purge(b"nobody")  # by then all is written
    cold = Recorder(voice, cache=ClipCache(memory_bytes=GB, store=disk))

    from_disk = [await _timed(cold, _numbered(number)) for number in range(ROUNDS)]
    from_memory = [await _timed(cold, _numbered(number)) for number in range(ROUNDS)]
    file = folder / "usual.wav"
    file.write_bytes(wav(voice.pcm, AudioFormat()))
    usual = [_clocked(lambda: _encode_file(file)) for _ in range(20)]
    missed = [_clocked(lambda: disk.has(bytes(32))) for _ in range(ROUNDS)]
    calls = await _in_a_call(cold)
    packets, size = sum(map(len, clips[0].packets)), file.stat().st_size
    length_s = clips[0].duration_ms / 1000
    findings.notes += [
        f"{length_s:.1f} s of speech: {packets} B of packets, {size} B of WAV",
        f"from memory: {spread(from_memory)} ms",
        f"from disk: {spread(from_disk)} ms",
        f"usual way, WAV read and encoded: {spread(usual)} ms",
        f"to find that the disk has it not: {spread(missed)} ms",
        f"in a call, accepted to first packet: {spread(calls)} ms",
    ]
    findings.figures += [
        Figure(
            id="CACHE",
            what=f"requests for {LISTENERS} equal ones",
            unit="",
            target=1,
            ours=requests,
            usual=LISTENERS,
        ),
        Figure(
            id="CACHE",
            what="whole clip from memory, p95",
            unit="ms",
            target=0.5,
            ours=spread(from_memory).p95,
            usual=spread(usual).p95,
        ),
        Figure(
            id="CACHE",
            what="whole clip from disk, p95",
            unit="ms",
            target=5,
            ours=spread(from_disk).p95,
            usual=spread(usual).p95,
        ),
        Figure(
            id="CACHE",
            what="bytes kept per second of speech",
            unit="B",
            target=10_000,
            ours=packets / length_s,
            usual=size / length_s,
        ),
        Figure(
            id="F2",
            what="cached: accepted to first packet, p95",
            unit="ms",
            target=10,
            ours=spread(calls).p95,
        ),
    ]
    await cold.close()
    await memory.close()
    await disk.close()
    return findings


async def _share(findings: Findings, voice: _Speech) -> int:
    """Return how many requests came of many equal ones at once."""
    recorder = Recorder(voice, cache=ClipCache(memory_bytes=GB))
    began = time.perf_counter()
    clips = [recorder.record(REQUEST) for _ in range(LISTENERS)]
    for clip in clips:
        await _whole(clip)
    took_ms = (time.perf_counter() - began) * 1e3
    findings.notes.append(f"{LISTENERS} listeners to one synthesis: {took_ms:.1f} ms for all")
    requests, voice.requests = voice.requests, 0
    return requests


async def _in_a_call(recorder: Recorder) -> list[float]:
    """Return the ms from accepting what is in memory to its first packet."""
    pacer, call = Pacer(), FakeCall()
    pacer.start()
    narrator = Narrator(call, guild_id=1, recorder=recorder, pacer=pacer, ledger=Ledger())
    loop, times = asyncio.get_running_loop(), []
    for number in range(CALLS):
        already, began = len(call.times), loop.time()
        turn = narrator.enqueue(Utterance(1, (_numbered(number),)))
        await turn.wait_until_started()
        times.append((call.times[already] - began) * 1e3)
        narrator.skip(turn, by=1)
        await asyncio.sleep(0.15)  # five frames of silence: each round starts from rest
    await narrator.close(DropReason.SHUTDOWN)
    pacer.close()
    return times


async def _timed(recorder: Recorder, request: SpeechRequest) -> float:
    began = time.perf_counter()
    await _whole(recorder.record(request))
    return (time.perf_counter() - began) * 1e3


async def _whole(clip: Clip) -> Clip:
    await clip.wait_for_frames(10**6)
    assert clip.error is None
    return clip


def _numbered(number: int) -> SpeechRequest:
    return replace(REQUEST, text=f"{REQUEST.text} {number}", origin=Origin(1, number))


def _encode_file(path: Path) -> list[bytes]:
    encoder = SpeechEncoder()
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        pcm = file.readframes(file.getnframes())
    frames = range(0, len(pcm) - FRAME_BYTES, FRAME_BYTES)
    return [encoder.encode_frame(pcm[start : start + FRAME_BYTES]) for start in frames]


def _clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3
