"""What undocumented parameters do to the sound, as measured on qwen3-tts-flash."""

from __future__ import annotations

import io
import wave
from typing import Any

import av
import pytest

from bot.models import AudioFormat
from bot.sandbox.speech import speak
from tests.sandbox._qwen_client import TEXT, Client, served

USUAL_S = len(speak(TEXT, "Cherry")) / AudioFormat().bytes_per_second


async def file_of(client: Client, **parameters: Any) -> tuple[str, str, bytes]:
    """Return the address, the content type and the bytes of a plain call's file."""
    url = (await client.say(parameters=parameters)).json["output"]["audio"]["url"]
    file = await client.get(url)
    return url.partition("?")[0], file.headers["Content-Type"], file.body


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000, 48000])
async def test_a_sample_rate_is_in_the_header_and_in_the_sound(rate_hz: int) -> None:
    async with served() as client:
        _, _, file = await file_of(client, sample_rate=rate_hz)

    with wave.open(io.BytesIO(file)) as reader:
        assert reader.getframerate() == rate_hz
    assert (len(file) - 44) / 2 / rate_hz == pytest.approx(USUAL_S, abs=0.02)


@pytest.mark.parametrize(
    ("wanted", "tempo"), [(0.5, 0.5), (2, 2), (2.0, 2), (0.1, 1), (3, 1), ("2", 1), (True, 1)]
)
async def test_a_speech_rate_makes_the_speech_shorter_or_longer(
    wanted: object, tempo: float
) -> None:
    async with served() as client:
        _, _, file = await file_of(client, speech_rate=wanted)

    seconds = (len(file) - 44) / AudioFormat().bytes_per_second
    assert seconds == pytest.approx(USUAL_S / tempo, rel=0.1)


@pytest.mark.parametrize("rate_hz", [24000, 48000])
async def test_an_mp3_is_one_in_the_file_and_in_the_stream(rate_hz: int) -> None:
    wish = {"response_format": "mp3", "sample_rate": rate_hz}
    async with served() as client:
        path, kind, file = await file_of(client, **wish)
        streamed = b"".join((await client.say(stream=True, parameters=wish)).pieces)

    assert (path.endswith(".mp3"), kind, file[:3]) == (True, "audio/mpeg", b"ID3")
    assert streamed == file
    with av.open(io.BytesIO(file)) as container:
        frames = list(container.decode(audio=0))
    assert {frame.sample_rate for frame in frames} == {rate_hz}
    assert sum(frame.samples for frame in frames) / rate_hz == pytest.approx(USUAL_S, abs=0.1)


@pytest.mark.parametrize("rate_hz", [22050, 44100, "16000", [16000]])
async def test_a_sample_rate_that_was_not_accepted_is_refused(rate_hz: object) -> None:
    async with served() as client:
        answer = await client.say(parameters={"sample_rate": rate_hz})

    assert (answer.status, answer.json["code"]) == (400, "InvalidParameter")


async def test_models_of_which_nothing_is_known_ignore_it() -> None:
    wish = {"response_format": "mp3", "sample_rate": 44100, "speech_rate": 2}
    async with served() as client:
        answer = await client.say(model="qwen3-tts-instruct-flash", parameters=wish)
        file = await client.get(answer.json["output"]["audio"]["url"])

    assert (file.headers["Content-Type"], file.body[:4]) == ("audio/x-wav", b"RIFF")
    assert (len(file.body) - 44) / AudioFormat().bytes_per_second == pytest.approx(USUAL_S)
