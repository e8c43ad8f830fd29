"""The voices of the sandbox, and the engine below them."""

from __future__ import annotations

import asyncio
import importlib.util
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.errors import ConfigError, ProviderError
from bot.sandbox.speech import (
    EspeakSandboxVoice,
    SandboxVoice,
    ToneSandboxVoice,
    open_voice,
    speak,
)
from bot.tts.catalog import VOICES
from bot.tts.espeak import Espeak, EspeakVoice
from tests.sound import is_same_sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SENTENCE = "Good morning everyone, the weather is lovely."
WINDOW = 4096


@pytest.fixture(params=[EspeakSandboxVoice, ToneSandboxVoice])
def voice(request: pytest.FixtureRequest) -> Iterator[SandboxVoice]:
    opened: SandboxVoice = request.param()
    yield opened
    opened.close()


def spectrum(pcm: bytes) -> NDArray[np.float64]:
    """Return the mean spectrum in dB: what tells timbre and pitch of a voice."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    frames = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
    levels: NDArray[np.float64] = 10 * np.log10(power.mean(axis=0)[: WINDOW // 8] + 1)
    return levels


def distance_db(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def test_any_two_of_the_48_voices_sound_different(voice: SandboxVoice) -> None:
    spectra = {id_: spectrum(voice.speak(SENTENCE, id_, "English")) for id_ in VOICES}

    distances = [
        distance_db(spectra[one], spectra[other]) for one, other in combinations(VOICES, 2)
    ]
    assert len(distances) == 48 * 47 // 2
    assert min(distances) > 2


def test_equal_calls_give_equal_bytes_whatever_was_said_before(voice: SandboxVoice) -> None:
    first = voice.speak(SENTENCE, "Cherry")
    voice.speak("Etwas ganz anderes", "Lenn", "German")

    assert is_same_sound(voice.speak(SENTENCE, "Cherry"), first)


async def test_a_stream_is_the_whole_in_pieces(voice: SandboxVoice) -> None:
    pieces = [piece async for piece in voice.stream(SENTENCE, "Ethan")]

    assert len(pieces) > 10
    assert b"".join(pieces) == voice.speak(SENTENCE, "Ethan")


async def test_streams_at_the_same_time_do_not_mix(voice: SandboxVoice) -> None:
    async def whole(id_: str) -> bytes:
        return b"".join([piece async for piece in voice.stream(SENTENCE, id_)])

    ids = list(VOICES)[:6]
    spoken = await asyncio.gather(*map(whole, ids))

    assert spoken == [voice.speak(SENTENCE, id_) for id_ in ids]


def test_more_text_takes_longer(voice: SandboxVoice) -> None:
    once, thrice = voice.speak("Hello there. ", "Momo"), voice.speak("Hello there. " * 3, "Momo")

    assert 2 < len(thrice) / len(once) < 4


@pytest.mark.parametrize("text", ["", " ", "...", "😀", "a\0b", "\ud800", "\x1b[31m", "ﷺ" * 50])
def test_nothing_that_can_be_typed_breaks_a_voice(voice: SandboxVoice, text: str) -> None:
    assert len(voice.speak(text, "Cherry")) % 2 == 0


@pytest.mark.parametrize("style", ["Speak slowly", "慢一点"])
def test_a_style_changes_the_tempo(voice: SandboxVoice, style: str) -> None:
    usual = voice.speak(SENTENCE, "Cherry")

    assert len(voice.speak(SENTENCE, "Cherry", "English", style)) > 1.15 * len(usual)
    assert len(voice.speak(SENTENCE, "Cherry", "English", "Very fast")) < 0.9 * len(usual)


def test_custom_voices_sound_different_too(voice: SandboxVoice) -> None:
    one, other = (voice.speak(SENTENCE, id_) for id_ in ("vc-anna", "vc-bert"))

    assert distance_db(spectrum(one), spectrum(other)) > 2


def test_speech_is_24_khz_and_louder_than_a_whisper() -> None:
    samples = np.frombuffer(speak(SENTENCE, "Cherry", "English"), "<i2")

    assert 2 < len(samples) / 24_000 < 4
    assert 8_000 < np.abs(samples.astype(int)).max() <= 32_767


def without_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


def test_without_the_engine_the_sandbox_speaks_in_tones(monkeypatch: pytest.MonkeyPatch) -> None:
    without_espeak(monkeypatch)

    assert isinstance(open_voice(), ToneSandboxVoice)


def test_without_the_engine_asking_for_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_espeak(monkeypatch)

    with pytest.raises(ConfigError, match="espeakng-loader"):
        Espeak()


async def test_a_voice_the_engine_does_not_have_is_an_error() -> None:
    with Espeak() as espeak:
        with pytest.raises(ProviderError, match="xx-none"):
            [piece async for piece in espeak.stream("Hello", EspeakVoice("xx-none"))]
        pieces = [piece async for piece in espeak.stream("Hello", EspeakVoice("de", "m2"))]

    assert len(b"".join(pieces)) > 10_000


def test_both_kinds_of_engine_live_in_one_process() -> None:
    with Espeak() as kept, Espeak(is_repeatable=True) as fresh:
        spoken = [each.speak("Hello", EspeakVoice()) for each in (kept, fresh, kept, fresh, kept)]

    assert min(map(len, spoken)) > 10_000


def test_a_listener_that_has_enough_stops_the_engine() -> None:
    pieces: list[bytes] = []

    def enough(piece: bytes) -> bool:
        pieces.append(piece)
        return len(pieces) < 3

    with Espeak() as espeak:
        espeak.render(SENTENCE * 20, EspeakVoice(), enough)

    assert len(pieces) == 3


async def test_a_stream_that_is_left_early_frees_the_engine() -> None:
    with Espeak() as espeak:
        stream = espeak.stream(SENTENCE * 20, EspeakVoice())
        await anext(stream)
        await stream.aclose()
        after = espeak.speak("Hello", EspeakVoice())

    assert len(after) > 10_000


def test_what_goes_wrong_in_a_listener_reaches_the_caller() -> None:
    def break_down(_piece: bytes) -> bool:
        raise RuntimeError("no room")

    with Espeak() as espeak, pytest.raises(RuntimeError, match="no room"):
        espeak.render(SENTENCE, EspeakVoice(), break_down)


def test_a_repeatable_engine_is_repeatable_beside_one_that_is_kept() -> None:
    voice = EspeakVoice()
    with Espeak(is_repeatable=True) as repeatable, Espeak() as kept:
        alone = repeatable.speak("The same words again.", voice)
        kept.speak("Something else, to move the engine's state.", voice)
        beside = repeatable.speak("The same words again.", voice)
        after = kept.speak("The kept engine still speaks.", voice)

    assert is_same_sound(beside, alone)
    assert after
