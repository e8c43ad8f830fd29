"""T-03, T-04: a stream that stalls or breaks off is heard as far as it goes, once."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.audio.clip import Clip
from bot.audio.encode import SpeechDecoder
from bot.errors import ProviderError, ProviderFault
from bot.models import Utterance
from bot.sandbox.qwen import faults
from bot.tts.recorder import Recorder
from bot.voice.ledger import Ending
from bot.voice.playback import Piece
from bot.voice.queue import Turn
from tests.faults.tts.route import REQUEST, Route, sound

Samples = NDArray[np.float64]

MINUS_20_DBFS = 3_277
FADE_SAMPLES = 480


def decoded(clip: Clip) -> Samples:
    decoder = SpeechDecoder()
    pcm = b"".join(decoder.decode_packet(packet) for packet in clip.packets)
    return np.frombuffer(pcm, "<i2").astype(np.float64)


async def record(route: Route) -> Clip:
    recorder = Recorder(route.synthesizer)
    clip = recorder.record(REQUEST)
    await clip.wait_for_frames(10**6)
    await recorder.close()
    return clip


def spoken_of(clip: Clip) -> Turn:
    """Return a turn of which every packet there was has reached the call."""
    turn = Turn(Utterance(speaker_id=7, requests=(REQUEST,)))
    piece = Piece(clip)
    piece.position = len(clip.packets)
    turn.pieces.append(piece)
    turn.error = clip.error
    return turn


async def test_t03_a_stall_of_two_seconds_loses_nothing(route: Route) -> None:
    whole = await sound(route.synthesizer)
    route.qwen.faults.next(faults.Stall(after_event=10, seconds=2.0))
    assert await sound(route.synthesizer) == whole
    assert len(route.qwen.requests) == 2


async def test_t03_a_stall_for_ever_ends_in_time_and_nothing_is_said_twice(route: Route) -> None:
    whole = await sound(route.synthesizer)
    route.qwen.faults.next(faults.Stall(after_event=10))
    heard, last_at = bytearray(), 0.0
    with pytest.raises(ProviderError) as caught:
        async for pcm in route.synthesizer.stream(REQUEST):
            heard += pcm
            last_at = time.monotonic()
    assert time.monotonic() - last_at <= 3.5
    assert caught.value.fault is ProviderFault.TRUNCATED
    assert len(heard) >= 24_000 * 2 * 0.9
    assert whole.startswith(heard)
    assert len(route.qwen.requests) == 2
    assert route.desk.under_way == 0


@pytest.mark.parametrize("ending", faults.Ending)
async def test_t04_a_stream_cut_before_its_first_sound_is_asked_for_again(
    route: Route, ending: faults.Ending
) -> None:
    whole = await sound(route.synthesizer)
    route.qwen.faults.next(faults.CutInsideLine(ending, at_event=1))
    assert await sound(route.synthesizer) == whole
    assert len(route.qwen.requests) == 3


@pytest.mark.parametrize("ending", faults.Ending)
@pytest.mark.parametrize("after_event", [3, 8, 13, 21])
async def test_t04_a_stream_cut_while_it_is_heard_dies_away_and_does_not_count_as_spoken(
    route: Route, ending: faults.Ending, after_event: int
) -> None:
    route.qwen.faults.next(faults.Cut(ending, after_event=after_event))
    clip = await record(route)

    assert isinstance(clip.error, ProviderError)
    assert clip.error.fault is ProviderFault.TRUNCATED
    assert len(route.qwen.requests) == 1
    turn = spoken_of(clip)
    assert turn.frames_sent == len(clip.packets) > 0
    outcome = turn.end()
    assert outcome.ending is Ending.DROPPED
    assert outcome.error is clip.error

    samples = decoded(clip)
    # The silence behind it begins with no click over -20 dBFS, nor anything near to one.
    assert np.abs(samples[-24:]).max() < MINUS_20_DBFS / 4
    quarters = np.abs(samples[-FADE_SAMPLES:]).reshape(4, -1).max(axis=1)
    assert quarters[-1] <= max(quarters[0] / 4, MINUS_20_DBFS / 4)


async def test_t04_the_next_utterance_is_whole(route: Route) -> None:
    whole = await sound(route.synthesizer)
    route.qwen.faults.next(faults.Cut(faults.Ending.RST, after_event=5))
    broken, after = await asyncio.gather(
        sound(route.synthesizer), sound(route.synthesizer), return_exceptions=True
    )
    results = [broken, after]
    assert sum(isinstance(result, ProviderError) for result in results) == 1
    assert whole in results
