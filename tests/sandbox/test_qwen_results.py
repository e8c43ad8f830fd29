"""Download addresses are signed, and refuse what object storage refuses."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import yarl

from bot.sandbox.qwen import QwenOptions, WavShape, WavSizes, faults, results
from bot.sandbox.speech import speak
from tests.sandbox._qwen_client import TEXT, Client, served
from tests.sound import is_same_sound

if TYPE_CHECKING:
    from collections.abc import Callable


async def url_of(client: Client) -> str:
    url: str = (await client.say()).json["output"]["audio"]["url"]
    return url


async def test_the_file_is_a_wav_of_24_khz_mono() -> None:
    async with served() as client:
        file = await client.get(await url_of(client))

    assert file.headers["Content-Type"] == "audio/x-wav"
    assert file.headers["Content-Length"] == str(len(file.body))
    with wave.open(io.BytesIO(file.body)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (24000, 1, 2)
        assert is_same_sound(wav.readframes(wav.getnframes()), speak(TEXT, "Cherry"))
        # The header lies about the length, as the service's own does.
        assert 44_739 < wav.getnframes() / 24_000 < 44_740


@pytest.mark.parametrize(
    ("wish", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=44-143", slice(44, 144)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-100", slice(-100, None)),
    ],
)
async def test_a_part_of_the_file_can_be_had(wish: str, part: slice) -> None:
    async with served() as client:
        url = await url_of(client)
        whole = (await client.get(url)).body
        answer = await client.get(url, Range=wish)

    size = len(whole)
    first, last, _ = part.indices(size)
    assert (answer.status, answer.body) == (206, whole[part])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last - 1}/{size}"
    assert answer.headers["Content-Length"] == str(last - first)
    assert size == 44 + len(speak(TEXT, "Cherry"))


@pytest.mark.parametrize(
    "wish",
    ["byte=0-9", "bytes=9-0", "bytes=0-99999999", "bytes=99999999-", "bytes=-99999999", "bytes=-"],
)
async def test_a_part_that_is_not_in_the_file_is_all_of_it(wish: str) -> None:
    async with served() as client:
        url = await url_of(client)
        answer = await client.get(url, Range=wish)
        whole = await client.get(url)

    assert (answer.status, answer.body) == (200, whole.body)
    assert "Content-Range" not in answer.headers


async def test_a_signature_for_get_is_none_for_head() -> None:
    async with served() as client:
        answer = await client.get(await url_of(client), method="HEAD")

    assert (answer.status, answer.body) == (403, b"")
    assert answer.headers["Content-Type"] == "application/xml"


async def test_a_signature_always_holds_what_a_careless_client_re_encodes() -> None:
    async with served() as client:
        urls = [await url_of(client) for _ in range(5)]

    assert [url.endswith("%3D") and "%2F" in url and "%2B" in url for url in urls] == [True] * 5
    assert [str(yarl.URL(url)) == url for url in urls] == [False] * 5


ALTERATIONS: list[Callable[[str], str]] = [
    lambda url: url.replace("%2F", "/"),
    lambda url: url.replace("%2F", "%2f"),
    lambda url: url.replace("%3D", "="),
    unquote,
    lambda url: url.partition("?")[0],
    lambda url: url + "&",
    lambda url: url.replace("Expires=1", "Expires=2"),
]


@pytest.mark.parametrize("alter", ALTERATIONS)
async def test_an_altered_query_is_refused(alter: Callable[[str], str]) -> None:
    async with served() as client:
        answer = await client.get(alter(await url_of(client)))

    assert (answer.status, answer.headers["Content-Type"]) == (403, "application/xml")
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body


async def test_credentials_are_refused() -> None:
    async with served() as client:
        answer = await client.get(await url_of(client), Authorization="Bearer x")
        (record,) = await client.qwen.wait_for_downloads(1)

    assert answer.status == 403
    assert answer.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error>')
    assert (record.status, record.headers["Authorization"]) == (403, "Bearer x")


async def test_credentials_may_be_tolerated() -> None:
    async with served(QwenOptions(refuses_credentials=False)) as client:
        answer = await client.get(await url_of(client), Authorization="Bearer x")

    assert answer.status == 200


async def test_an_address_expires() -> None:
    async with served(QwenOptions(url_lifetime_s=-1)) as client:
        answer = await client.get(await url_of(client))

    assert answer.status == 403
    assert b"<Message>Request has expired.</Message>" in answer.body


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("PUT", 405), ("DELETE", 405)])
async def test_only_reading_is_allowed(method: str, status: int) -> None:
    async with served() as client:
        answer = await client.get(await url_of(client), method=method)

    assert answer.status == status


async def test_the_oldest_files_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MAX_KEPT_BYTES", 3 * len(speak(TEXT, "Cherry")))
    async with served() as client:
        urls = [await url_of(client) for _ in range(4)]
        statuses = [(await client.get(url)).status for url in urls]

    assert statuses == [404, 404, 200, 200]


async def test_an_unknown_file_is_not_found() -> None:
    async with served() as client:
        answer = await client.get(f"{client.qwen.origin}/1d/ab/20260101/d2033070/x.wav?Expires=1")

    assert answer.status == 404
    assert b"<Code>NoSuchKey</Code>" in answer.body


@pytest.mark.parametrize(
    ("sizes", "riff", "data"),
    [
        (WavSizes.STREAMED, 0x7FFFFFBF, 0x7FFFFF9B),
        (WavSizes.TRUE, 40, 4),
        (WavSizes.ZERO, 0, 0),
        (WavSizes.INT_MAX, 0x7FFFFFFF, 0x7FFFFFFF),
        (WavSizes.UINT_MAX, 0xFFFFFFFF, 0xFFFFFFFF),
    ],
)
def test_lengths_in_a_header_are_what_is_asked(sizes: WavSizes, riff: int, data: int) -> None:
    file = WavShape(sizes).file(b"\1\0\2\0")

    assert int.from_bytes(file[4:8], "little") == riff
    assert int.from_bytes(file[40:44], "little") == data
    assert file[44:] == b"\1\0\2\0"


@pytest.mark.parametrize(
    "shape",
    [
        WavShape(WavSizes.TRUE, extra_chunk=b"odd"),
        WavShape(WavSizes.TRUE, trailing_chunk=b"even"),
        WavShape(WavSizes.TRUE, extra_chunk=b"", trailing_chunk=b"x"),
    ],
)
def test_further_chunks_leave_the_file_readable(shape: WavShape) -> None:
    with wave.open(io.BytesIO(shape.file(b"\1\0\2\0"))) as wav:
        frames = wav.readframes(wav.getnframes())

    assert frames == b"\1\0\2\0"


async def test_a_shape_can_be_given_to_one_answer() -> None:
    shape = WavShape(WavSizes.ZERO, extra_chunk=b"LIST", is_extensible=True)
    async with served() as client:
        client.qwen.faults.next(faults.Wav(shape))
        answer = await client.say(stream=True)
        file = await client.get(answer.payloads[-1]["output"]["audio"]["url"])

    assert answer.pieces[0].startswith(shape.header())
    assert file.body.startswith(shape.header())
