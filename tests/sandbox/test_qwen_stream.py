"""Streams of the loopback Qwen-TTS, byte by byte."""

from __future__ import annotations

import asyncio
import json
import zlib

import aiohttp
import pytest

from bot.sandbox.qwen import QwenOptions, WavShape, faults
from bot.sandbox.qwen.answers import Dialect, Receipt
from bot.sandbox.speech import speak
from bot.tts.catalog import MODELS
from tests.sandbox._qwen_client import TEXT, request_for, served

# Composed in the provider's published shapes: two pieces with the PCM 01 00 02 00 03 00 04 00.
REQUEST_ID = "66356352-0000-4000-8000-000000000001"
URL = "http://127.0.0.1:8899/1d/ab/20260122/d2033070/66356352.wav?Expires=1769158890&Signature=NOrq%2Fxx%3D"
EXAMPLE = b"""id:1
event:result
:HTTP_STATUS/200
data:{"output":{"audio":{"data":"UklGRr///39XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YZv//38BAAIA","expires_at":1769158890,"id":"audio_66356352-0000-4000-8000-000000000001"},"finish_reason":"null"},"usage":{"characters":53},"request_id":"66356352-0000-4000-8000-000000000001"}

id:2
event:result
:HTTP_STATUS/200
data:{"output":{"audio":{"data":"AwAEAA==","expires_at":1769158890,"id":"audio_66356352-0000-4000-8000-000000000001"},"finish_reason":"null"},"usage":{"characters":53},"request_id":"66356352-0000-4000-8000-000000000001"}

id:3
event:result
:HTTP_STATUS/200
data:{"output":{"audio":{"data":"","expires_at":1769158890,"id":"audio_66356352-0000-4000-8000-000000000001","url":"%s"},"finish_reason":"stop"},"usage":{"characters":53},"request_id":"66356352-0000-4000-8000-000000000001"}

""" % URL.encode()


def test_frames_have_the_bytes_of_the_service() -> None:
    receipt = Receipt(REQUEST_ID, MODELS["qwen3-tts-flash"], "x" * 53, 1769158890)
    events = [
        receipt.event(1, WavShape().header() + b"\1\0\2\0", 4),
        receipt.event(2, b"\3\0\4\0", 8),
        receipt.stop(3, URL, 8),
    ]

    assert b"".join(event.encode(Dialect()) for event in events) == EXAMPLE


def test_the_header_of_a_file_states_the_lengths_the_service_states() -> None:
    assert WavShape().header() == bytes.fromhex(
        "52494646 BFFFFF7F 57415645 666D7420 10000000 0100 0100"
        "C05D0000 80BB0000 0200 1000 64617461 9BFFFF7F"
    )


async def test_ids_count_up_and_only_the_last_event_has_the_url() -> None:
    async with served(QwenOptions(piece_ms=200)) as client:
        answer = await client.say(stream=True)

    heads = [lines[:3] for lines in answer.events]
    assert len(heads) > 3
    assert heads == [
        [f"id:{number}", "event:result", ":HTTP_STATUS/200"] for number in range(1, len(heads) + 1)
    ]
    audios = [payload["output"]["audio"] for payload in answer.payloads]
    assert ["url" in audio for audio in audios] == [False] * (len(audios) - 1) + [True]
    assert audios[-1]["data"] == ""
    assert {audio["expires_at"] for audio in audios} == {audios[-1]["expires_at"]}
    assert {payload["usage"]["characters"] for payload in answer.payloads} == {len(TEXT)}
    reasons = [payload["output"]["finish_reason"] for payload in answer.payloads]
    assert reasons == ["null"] * (len(audios) - 1) + ["stop"]


@pytest.mark.parametrize(("has_wav_header", "prefix"), [(True, WavShape().header()), (False, b"")])
async def test_the_first_piece_begins_with_a_header_if_so_set(
    has_wav_header: bool, prefix: bytes
) -> None:
    options = QwenOptions(has_wav_header=has_wav_header, piece_ms=300)
    async with served(options) as client:
        answer = await client.say(stream=True)

    pcm = speak(TEXT, "Cherry")
    assert b"".join(answer.pieces) == prefix + pcm
    assert [len(piece) for piece in answer.pieces[1:-2]] == [14_400] * (len(answer.pieces) - 3)


async def test_the_file_behind_the_url_is_what_was_streamed() -> None:
    async with served() as client:
        answer = await client.say(stream=True)
        file = await client.get(answer.payloads[-1]["output"]["audio"]["url"])

    assert file.body == b"".join(answer.pieces)


async def test_the_first_event_leaves_before_the_next_piece_exists() -> None:
    gate = asyncio.Event()
    async with served(QwenOptions(piece_ms=100)) as client:
        client.qwen.faults.next(faults.Hold(gate, after_event=1))
        async with client.session.post(
            client.url, json=request_for(), headers=client.headers(stream=True)
        ) as response:
            first = await response.content.readuntil(b"\n\n")
            made_meanwhile = client.qwen.requests[0].pcm_bytes
            gate.set()
            rest = await response.read()

    assert first.startswith(b"id:1\n")
    assert made_meanwhile == 4_800
    assert rest.startswith(b"id:2\n")
    assert client.qwen.requests[0].pcm_bytes == len(speak(TEXT, "Cherry"))


async def test_audio_is_made_at_the_wanted_pace() -> None:
    options = QwenOptions(first_audio_delay_s=0.1, real_time_factor=0.1, piece_ms=200)
    async with served(options) as client:
        await client.say(stream=True)
        (record,) = await client.qwen.wait_for_answers(1)

    seconds = record.pcm_bytes / 48_000
    assert (record.first_audio_at or 0) - record.received_at >= 0.1
    # The delay of the first piece includes making it.
    assert (record.finished_at or 0) - record.received_at >= 0.1 + 0.1 * (seconds - 0.2) - 0.01


async def test_a_compressed_stream_can_be_read_event_by_event() -> None:
    gate = asyncio.Event()
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    async with served(QwenOptions(piece_ms=100)) as client:
        client.qwen.faults.next(faults.Hold(gate, after_event=1))
        headers = client.headers(stream=True) | {"Accept-Encoding": "gzip"}
        async with client.session.post(client.url, json=request_for(), headers=headers) as response:
            encoding = response.headers["Content-Encoding"]
            first = b""
            while not first.endswith(b"\n\n"):
                first += unpacker.decompress(await response.content.readany())
            gate.set()
            rest = unpacker.decompress(await response.read()) + unpacker.flush()

    assert encoding == "gzip"
    assert first.startswith(b"id:1\n")
    assert json.loads(rest.split(b"data:")[-1])["output"]["finish_reason"] == "stop"
    assert unpacker.eof


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "deflate, br"])
async def test_nothing_is_compressed_for_a_client_that_does_not_take_gzip(accepted: str) -> None:
    async with served() as client:
        headers = client.headers() | {"Accept-Encoding": accepted}
        answer = await client.post(request_for(), headers=headers)

    assert "Content-Encoding" not in answer.headers
    assert answer.json["output"]["finish_reason"] == "stop"


async def test_compression_can_be_switched_off() -> None:
    async with served(QwenOptions(uses_gzip=False)) as client:
        headers = client.headers() | {"Accept-Encoding": "gzip"}
        answer = await client.post(request_for(), headers=headers)

    assert "Content-Encoding" not in answer.headers


async def test_a_client_that_leaves_ends_the_synthesis_and_is_noticed() -> None:
    async with served(QwenOptions(piece_ms=100)) as client:
        client.qwen.faults.next(faults.Stall(after_event=1))
        response = await client.session.post(
            client.url, json=request_for(), headers=client.headers(stream=True)
        )
        await response.content.readuntil(b"\n\n")
        response.close()
        (record,) = await client.qwen.wait_for_answers(1)

    assert record.is_client_gone
    assert record.events_sent == 1


async def test_a_server_that_goes_down_and_comes_back_keeps_its_address() -> None:
    async with served() as client:
        before = await client.say()
        await client.qwen.go_down()
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.say()
        await client.qwen.come_back()
        after = await client.say()

    assert (before.status, after.status) == (200, 200)
    assert len(client.qwen.requests) == 2
