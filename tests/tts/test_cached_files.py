"""Speech for a file: exactly what was made, or what is there already."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest

from bot.audio.encode import FRAME_BYTES, LOOKAHEAD_SAMPLES
from bot.audio.samples import RATE_HZ, to_pcm
from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest
from bot.tts.cached import ClipCache
from bot.tts.recorder import Recorder
from tests.tts._telling import AS_IT_IS, REQUEST, TellingSynthesizer, ended, settle


class ChirpSynthesizer(TellingSynthesizer):
    """Says a tone that rises, so that every moment of it is like no other; not of whole frames."""

    def sound(self, request: SpeechRequest) -> bytes:
        seconds = np.arange(round(1.003 * RATE_HZ)) / RATE_HZ
        chirp = 0.3 * np.sin(2 * np.pi * (300 + 400 * seconds) * seconds)
        return to_pcm(chirp.astype(np.float32))


@pytest.fixture
def synthesizer() -> ChirpSynthesizer:
    return ChirpSynthesizer()


@pytest.fixture
async def recorder(synthesizer: ChirpSynthesizer) -> AsyncIterator[Recorder]:
    recorder = Recorder(synthesizer, effects=AS_IT_IS, cache=ClipCache(memory_bytes=10**6))
    yield recorder
    await recorder.close()
    assert synthesizer.open == 0


async def pcm_of(recorder: Recorder) -> bytes:
    return b"".join([piece async for piece in recorder.stream(REQUEST)])


def delay_of(heard: bytes, made: bytes) -> int:
    """Return by how many samples `heard` comes later than `made` where they agree best."""
    late, early = (np.frombuffer(pcm, "<i2").astype(np.float64) for pcm in (heard, made))
    size = len(late) + len(early)
    spectrum = np.fft.rfft(late, size) * np.conj(np.fft.rfft(early, size))
    best = int(np.argmax(np.fft.irfft(spectrum, size)))
    return best if best < size // 2 else best - size


async def test_what_is_made_for_a_file_loses_nothing_and_is_kept(
    recorder: Recorder, synthesizer: ChirpSynthesizer
) -> None:
    pcm = await pcm_of(recorder)

    assert (pcm == synthesizer.sound(REQUEST)) is True
    assert recorder.record(REQUEST).is_closed
    assert len(synthesizer.requests) == 1


async def test_kept_speech_begins_and_ends_in_a_file_where_it_did(
    recorder: Recorder, synthesizer: ChirpSynthesizer
) -> None:
    made = await pcm_of(recorder)

    heard = await pcm_of(recorder)

    assert len(synthesizer.requests) == 1
    assert 0 <= len(heard) - len(made) < FRAME_BYTES
    assert abs(delay_of(heard, made)) <= 1
    assert not np.frombuffer(heard, "<i2")[-LOOKAHEAD_SAMPLES:].any()
    # What is left out at the front was only the decoder's run-up: the sound is there at once.
    assert np.abs(np.frombuffer(heard, "<i2")[:480].astype(int)).max() > 5_000


async def test_a_file_joins_what_is_being_said(
    recorder: Recorder, synthesizer: ChirpSynthesizer
) -> None:
    gate = synthesizer.gate = asyncio.Event()
    clip = recorder.record(REQUEST)
    await clip.wait_for_frames(1)
    file = asyncio.create_task(pcm_of(recorder))
    await settle()

    gate.set()

    assert abs(delay_of(await file, synthesizer.sound(REQUEST))) <= 1
    assert len(synthesizer.requests) == 1


async def test_a_call_joins_what_is_made_for_a_file_and_goes_on_without_it(
    recorder: Recorder, synthesizer: ChirpSynthesizer
) -> None:
    gate = synthesizer.gate = asyncio.Event()
    async with aclosing(recorder.stream(REQUEST)) as pcm:
        await anext(pcm)
        clip = recorder.record(REQUEST)

    assert not clip.is_closed
    gate.set()
    assert (await ended(clip)).duration_ms == 1_020
    assert len(synthesizer.requests) == 1


async def test_a_file_nobody_waits_for_ends_its_request(
    recorder: Recorder, synthesizer: ChirpSynthesizer
) -> None:
    synthesizer.gate = asyncio.Event()
    async with aclosing(recorder.stream(REQUEST)) as pcm:
        await anext(pcm)
        assert synthesizer.open == 1

    assert synthesizer.open == 0
    assert not recorder.record(REQUEST).is_closed


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_file_fails_as_its_speech_does(
    recorder: Recorder, synthesizer: ChirpSynthesizer, is_alone: bool
) -> None:
    error = ProviderError("it broke", fault=ProviderFault.TRUNCATED, retryable=True)
    synthesizer.errors = [error]
    clip = None if is_alone else recorder.record(REQUEST)

    with pytest.raises(ProviderError) as caught:
        await pcm_of(recorder)

    assert caught.value is error
    assert clip is None or clip.error is error


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_file_that_was_not_finished_when_the_bot_closed_is_none(
    recorder: Recorder, synthesizer: ChirpSynthesizer, is_alone: bool
) -> None:
    synthesizer.gate = asyncio.Event()
    clip = None if is_alone else recorder.record(REQUEST)
    file = asyncio.create_task(pcm_of(recorder))
    await settle()

    await recorder.close()

    with pytest.raises(ProviderError):
        await file
    assert clip is None or clip.is_closed
