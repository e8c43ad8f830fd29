"""Answers of OpenAI-compatible servers, told apart and read without a socket."""

from __future__ import annotations

import base64
import json
import random
from itertools import pairwise

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.sandbox.qwen.wav import WavShape, WavSizes
from bot.tts._openai_answer import Shape, SpeechAnswer, rate_of, shape_of
from bot.tts._openai_voices import MAX_VOICES, read_voices

PCM = random.Random(5).randbytes(3_000)


def hear(*slices: bytes, shape: Shape = Shape.BYTES) -> bytes:
    answer = SpeechAnswer(shape, 24_000)
    heard = [pcm for piece in slices for pcm in answer.feed(piece)]
    return b"".join([*heard, *answer.close()])


def delta(audio: bytes, *, name: str = "") -> bytes:
    said = {"type": "speech.audio.delta", "audio": base64.b64encode(audio).decode()}
    return f"{name}data: {json.dumps(said)}\n\n".encode()


DONE = b'data: {"type":"speech.audio.done","usage":{"input_tokens":3,"output_tokens":true}}\n\n'


@pytest.mark.parametrize(
    ("content_type", "shape"),
    [
        ("audio/pcm", Shape.BYTES),
        ("audio/wav", Shape.BYTES),
        ("Audio/X-WAV; charset=binary", Shape.BYTES),
        ("audio/L16; rate=24000; channels=1", Shape.BYTES),
        ("application/octet-stream", Shape.BYTES),
        ("", Shape.BYTES),
        ("text/event-stream; charset=utf-8", Shape.EVENTS),
        ("application/json", Shape.JSON),
        ("application/problem+json", Shape.JSON),
    ],
)
def test_answers_are_told_apart_by_their_content_type(content_type: str, shape: Shape) -> None:
    assert shape_of({"Content-Type": content_type}) is shape


@pytest.mark.parametrize("content_type", ["audio/mpeg", "audio/ogg", "text/html", "image/png"])
def test_what_is_no_such_answer_is_refused(content_type: str) -> None:
    with pytest.raises(ProviderError) as caught:
        shape_of({"Content-Type": content_type})

    assert caught.value.fault is ProviderFault.PROTOCOL


@pytest.mark.parametrize(
    ("headers", "rate"),
    [
        ({}, 24_000),
        ({"Content-Type": "audio/pcm"}, 24_000),
        ({"Content-Type": "audio/L16;rate=16000;channels=1"}, 16_000),
        ({"Content-Type": 'audio/pcm; rate="44100"'}, 44_100),
        ({"X-Sample-Rate": "48000"}, 48_000),
        ({"Content-Type": "audio/pcm; rate=1600000"}, 24_000),
        ({"X-Sample-Rate": "9" * 5_000}, 24_000),
        ({"X-Sample-Rate": "-1"}, 24_000),
        ({"X-Sample-Rate": "٤٨٠٠٠"}, 48_000),
    ],
)
def test_the_rate_of_bare_samples_is_looked_for(headers: dict[str, str], rate: int) -> None:
    assert rate_of(headers, 24_000) == rate


@pytest.mark.parametrize("seed", range(200))
def test_every_slicing_gives_the_same_sound(seed: int) -> None:
    dice = random.Random(seed)
    wav = WavShape(dice.choice(list(WavSizes)), extra_chunk=b"note")
    bodies = {
        Shape.BYTES: dice.choice([PCM, wav.file(PCM)]),
        Shape.EVENTS: delta(wav.header() + PCM[:1_001]) + delta(PCM[1_001:]) + DONE,
    }
    shape = dice.choice(list(bodies))
    body = bodies[shape]
    cuts = sorted(dice.randrange(len(body)) for _ in range(dice.randrange(40)))

    assert hear(*(body[a:b] for a, b in pairwise([0, *cuts, len(body)])), shape=shape) == PCM


@pytest.mark.parametrize(
    "body",
    [
        delta(PCM) + DONE,
        delta(PCM, name="event: speech.audio.delta\n") + DONE,
        delta(PCM) + b"data: [DONE]\n\n",
        delta(PCM) + DONE + b"data: [DONE]\n\n",
        b": heartbeat\n\n" + delta(PCM) + b'data: {"type":"speech.audio.note"}\n\n' + DONE,
        delta(b"") + delta(PCM) + DONE + b"data: {broken behind the end\n\n",
        (delta(PCM) + DONE).replace(b"\n", b"\r\n"),
        delta(PCM) + DONE.rstrip(),
        delta(WavShape().header() + PCM[:1_000]) + delta(WavShape().header() + PCM[1_000:]) + DONE,
    ],
)
def test_the_dialects_of_servers_are_understood(body: bytes) -> None:
    assert hear(body, shape=Shape.EVENTS) == PCM


def test_tokens_are_taken_only_where_they_are_numbers() -> None:
    answer = SpeechAnswer(Shape.EVENTS, 24_000)
    list(answer.feed(delta(PCM) + DONE))

    assert answer.is_over
    assert answer.tokens == {"input_tokens": 3}


def test_stereo_becomes_mono() -> None:
    heard = hear(WavShape(channels=2).file(bytes(4_000)))

    assert 0 < len(heard) <= 2_000


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ({"voices": ["vivian", "ryan"]}, ["vivian", "ryan"]),
        ({"voices": [{"id": "af_sky", "name": "Sky"}, {"name": "Bob"}]}, ["af_sky", "Bob"]),
        ({"voices": ["a"], "uploaded_voices": [{"name": "Zoë"}, {"name": "a"}]}, ["a", "Zoë"]),
        ({"voices": ["", " a", "b\n", "c" * 129, 7, None, {"id": 3}, "ok"]}, ["ok"]),
        ({"voices": [f"v{n}" for n in range(3_000)]}, [f"v{n}" for n in range(MAX_VOICES)]),
    ],
)
def test_a_list_of_voices_is_read(said: object, ids: list[str]) -> None:
    assert [voice.id for voice in read_voices(json.dumps(said).encode())] == ids


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"voices":{}}', b'{"voices":[],"uploaded_voices":7}']
)
def test_what_is_no_list_of_voices_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        read_voices(body)

    assert caught.value.fault is ProviderFault.PROTOCOL
