"""A request becomes a clip that is trimmed, levelled and as fast as it was asked to be."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import numpy as np
import pytest

from bot.audio.clip import Clip
from bot.audio.effects import EffectsSettings
from bot.audio.encode import SpeechDecoder
from bot.audio.loudness import LoudnessMeter
from bot.audio.samples import RATE_HZ, amplitude, from_pcm, to_pcm
from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest, Voice
from bot.tts.cached import ClipCache
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer

REQUEST = SpeechRequest("Good morning.", "qwen3-tts-flash", Voice("Cherry"))
PIECE_BYTES = 9_600


class ToneSynthesizer(Synthesizer):
    """Hums at a level of its own for each voice, between two stretches of silence."""

    def __init__(
        self, *, seconds: float = 2.0, silence_s: float = 0.0, error: Exception | None = None
    ) -> None:
        self.levels_dbfs = {"Cherry": -30.0, "Ethan": -8.0, "Nobody": -200.0}
        self.seconds = seconds
        self.silence_s = silence_s
        self.error = error
        self.gate: asyncio.Event | None = None
        self.has_begun = asyncio.Event()
        self.released = 0

    def sound(self, request: SpeechRequest) -> bytes:
        turns = np.arange(int(self.seconds * RATE_HZ)) * 997.0 / RATE_HZ
        hum = amplitude(self.levels_dbfs[request.voice.id]) * np.sin(2 * np.pi * turns)
        return to_pcm(np.pad(hum, int(self.silence_s * RATE_HZ)).astype(np.float32))

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        try:
            pcm = self.sound(request)
            for start in range(0, len(pcm), PIECE_BYTES):
                yield pcm[start : start + PIECE_BYTES]
                self.has_begun.set()
                if self.gate is not None:
                    await self.gate.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.released += 1


def heard(clip: Clip) -> bytes:
    assert clip.error is None
    decoder = SpeechDecoder()
    return b"".join(decoder.decode_packet(packet) for packet in clip.packets)


def lufs(pcm: bytes) -> float:
    meter = LoudnessMeter()
    meter.push(from_pcm(pcm))
    assert meter.loudness is not None
    return meter.loudness.lufs


async def record(recorder: Recorder, request: SpeechRequest = REQUEST) -> Clip:
    clip = recorder.record(request)
    await clip.wait_for_frames(10**6)
    return clip


@pytest.mark.parametrize("voice", ["Cherry", "Ethan"])
async def test_a_voice_is_levelled_from_the_first_sample_once_it_is_known(voice: str) -> None:
    recorder = Recorder(ToneSynthesizer())
    request = replace(REQUEST, voice=Voice(voice))
    await record(recorder, request)

    again = heard(await record(recorder, replace(request, style="cheerful")))

    assert lufs(again) == pytest.approx(-16.0, abs=0.5)
    assert lufs(again[: RATE_HZ * 2]) == pytest.approx(-16.0, abs=0.5)


async def test_the_same_name_in_another_model_is_another_voice() -> None:
    recorder = Recorder(ToneSynthesizer())
    await record(recorder)

    other = heard(await record(recorder, replace(REQUEST, model="qwen-tts")))

    assert lufs(other[:RATE_HZ]) < -20.0


async def test_what_was_cut_off_teaches_nothing() -> None:
    synthesizer = ToneSynthesizer(seconds=5.0)
    synthesizer.gate = asyncio.Event()
    recorder = Recorder(synthesizer)
    clip = recorder.record(REQUEST)
    await synthesizer.has_begun.wait()
    recorder.cancel(clip)
    await recorder.close()

    synthesizer.gate = None
    first = heard(await record(recorder))

    assert lufs(first[:RATE_HZ]) == pytest.approx(-33.0 + 4.0, abs=0.5)


async def test_speed_and_volume_are_those_of_the_request() -> None:
    recorder = Recorder(ToneSynthesizer())
    usual = await record(recorder)

    fast = await record(recorder, replace(REQUEST, speed=2.0))
    soft = await record(recorder, replace(REQUEST, volume=0.5))

    assert fast.duration_ms == pytest.approx(usual.duration_ms / 2, abs=20)
    assert lufs(heard(soft)) == pytest.approx(-22.0, abs=0.5)


async def test_silence_around_the_speech_is_not_played() -> None:
    clip = await record(Recorder(ToneSynthesizer(seconds=1.0, silence_s=0.7)))

    assert 1_000 <= clip.duration_ms <= 1_140


async def test_effects_can_be_left_out() -> None:
    synthesizer = ToneSynthesizer(seconds=1.0, silence_s=0.7)
    effects = EffectsSettings(target_lufs=None, is_trimmed=False)

    clip = await record(Recorder(synthesizer, effects=effects))

    assert clip.duration_ms == 2_400
    spoken = heard(clip)[int(0.7 * RATE_HZ) * 2 :][: RATE_HZ * 2]
    assert lufs(spoken) == pytest.approx(-33.0, abs=0.2)


async def test_an_answer_of_silence_holds_no_audio() -> None:
    recorder = Recorder(ToneSynthesizer())

    clip = await record(recorder, replace(REQUEST, voice=Voice("Nobody")))

    assert isinstance(clip.error, ProviderError)
    assert clip.error.fault is ProviderFault.PROTOCOL
    assert not clip.packets


async def test_packets_come_before_the_speech_is_whole() -> None:
    synthesizer = ToneSynthesizer()
    synthesizer.gate = asyncio.Event()
    recorder = Recorder(synthesizer)

    clip = recorder.record(REQUEST)
    await asyncio.wait_for(clip.wait_for_frames(9), 5)

    assert not clip.is_closed
    synthesizer.gate.set()
    await recorder.close()


async def test_a_cancelled_clip_ends_and_its_request_is_released() -> None:
    synthesizer = ToneSynthesizer()
    synthesizer.gate = asyncio.Event()
    recorder = Recorder(synthesizer)
    clip = recorder.record(REQUEST)
    await synthesizer.has_begun.wait()

    recorder.cancel(clip)
    await recorder.close()

    assert clip.is_closed
    assert clip.error is None
    assert synthesizer.released == 1


async def test_a_failure_is_the_clips_and_what_came_before_stays() -> None:
    error = ProviderError("it broke", fault=ProviderFault.PROTOCOL, retryable=True)
    synthesizer = ToneSynthesizer(error=error)

    clip = await record(Recorder(synthesizer))

    assert clip.error is error
    assert clip.duration_ms >= 1_900
    assert synthesizer.released == 1


async def test_a_file_has_the_same_effects() -> None:
    recorder = Recorder(ToneSynthesizer(silence_s=0.5))
    await record(recorder)

    pcm = b"".join([piece async for piece in recorder.stream(REQUEST)])

    assert lufs(pcm) == pytest.approx(-16.0, abs=0.5)
    assert len(pcm) / 2 / RATE_HZ == pytest.approx(2.1, abs=0.05)


@pytest.mark.parametrize(("voice", "is_kept"), [("Cherry", False), ("Wanda", True)])
async def test_a_voice_that_was_guessed_wrong_is_kept_from_the_second_time_on(
    voice: str, is_kept: bool
) -> None:
    cache, synthesizer = ClipCache(memory_bytes=10**6), ToneSynthesizer(seconds=1.0)
    synthesizer.levels_dbfs["Wanda"] = -16.0  # a sine is 3 LU softer: nearly the guess
    recorder = Recorder(synthesizer, cache=cache)
    request = replace(REQUEST, voice=Voice(voice), volume=0.5)

    await record(recorder, request)
    assert cache.stats.clips_in_memory == is_kept

    kept = heard(await record(recorder, request))
    assert cache.stats.clips_in_memory == 1
    assert lufs(kept) == pytest.approx(-22.0, abs=2.0)


async def test_a_guess_that_cannot_be_checked_is_not_kept() -> None:
    cache = ClipCache(memory_bytes=10**6)

    await record(Recorder(ToneSynthesizer(seconds=0.3), cache=cache))

    assert cache.stats.clips_in_memory == 0


async def test_a_stand_in_does_not_teach_how_loud_the_voice_is() -> None:
    synthesizer = ToneSynthesizer()
    synthesizer.gate = asyncio.Event()
    recorder = Recorder(synthesizer)
    clip = recorder.record(REQUEST)
    await synthesizer.has_begun.wait()
    recorder.do_not_keep(REQUEST)
    synthesizer.gate.set()
    await clip.wait_for_frames(10**6)

    first = heard(await record(recorder))

    assert lufs(first[:RATE_HZ]) == pytest.approx(-33.0 + 4.0, abs=0.5)
