"""Every fault of the loopback Qwen-TTS does what its name says, and only when it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yarl

from bot.sandbox.qwen import QwenOptions, errors, faults
from bot.sandbox.qwen.reply import Reply
from bot.sandbox.speech import speak
from tests.sandbox._qwen_client import TEXT, Answer, Client, request_for, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.qwen.faults import Fault

PCM = speak(TEXT, "Cherry")
OPTIONS = QwenOptions(throttle=None, has_wav_header=False, piece_ms=300)


@pytest.fixture
async def client(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Client]:
    async with served(OPTIONS) as served_client:
        yield served_client
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def stream_with(client: Client, fault: Fault) -> Answer:
    client.qwen.faults.next(fault)
    return await client.say(stream=True)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (faults.UNAUTHORIZED, 401, "InvalidApiKey"),
        (faults.ACCESS_DENIED, 403, "AccessDenied"),
        (faults.FREE_TIER_ONLY, 403, "AllocationQuota.FreeTierOnly"),
        (faults.MODEL_NOT_FOUND, 404, "ModelNotFound"),
        (faults.REQUEST_TIMEOUT, 408, "RequestTimeOut"),
        (faults.TOO_LARGE, 413, "BadRequest.TooLarge"),
        (faults.THROTTLED, 429, "Throttling"),
        (faults.RATE_QUOTA, 429, "Throttling.RateQuota"),
        (faults.BURST_RATE, 429, "Throttling.BurstRate"),
        (faults.ALLOCATION_QUOTA, 429, "Throttling.AllocationQuota"),
        (faults.FREE_QUOTA, 429, "Throttling.AllocationQuota"),
        (faults.BILL_OVERDUE, 429, "PostpaidBillOverdue"),
        (faults.INTERNAL_ERROR, 500, "InternalError"),
        (faults.MODEL_SERVING, 503, "ModelServingError"),
        (faults.UNAVAILABLE, 503, "ModelUnavailable"),
        (faults.QUOTA_UNDER_200, 200, "Throttling.RateQuota"),
    ],
)
async def test_refusals_keep_their_status_in_both_modes(
    client: Client, fault: Fault, status: int, code: str
) -> None:
    client.qwen.faults.next(fault, fault)
    plain, streamed = await client.say(), await client.say(stream=True)

    assert [(each.status, each.json["code"]) for each in (plain, streamed)] == [(status, code)] * 2


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (faults.DATA_INSPECTION, 400, "DataInspectionFailed"),
        (faults.ARREARAGE, 400, "Arrearage"),
        (faults.RATE_QUOTA_IN_STREAM, 429, "Throttling.RateQuota"),
        (faults.ALGORITHM_ERROR, 500, "InternalError.Algo"),
    ],
)
async def test_refusals_by_the_model_are_events_of_a_stream(
    client: Client, fault: Fault, status: int, code: str
) -> None:
    answer = await stream_with(client, fault)

    assert answer.status == 200
    assert answer.events[0][:3] == ["id:1", "event:error", f":HTTP_STATUS/{status}"]
    assert answer.payloads[0]["code"] == code


@pytest.mark.parametrize(
    "retry_after", ["2", "0", "-5", "1000000000", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"]
)
async def test_a_refusal_may_name_a_time_to_come_back(client: Client, retry_after: str) -> None:
    answer = await stream_with(client, faults.Refuse(errors.RATE_QUOTA, retry_after=retry_after))

    assert (answer.status, answer.headers["Retry-After"]) == (429, retry_after)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "start"),
    [
        (faults.HTML_BAD_GATEWAY, 502, "text/html", b"<html>"),
        (faults.EMPTY_GATEWAY_TIMEOUT, 504, None, b""),
        (faults.TOO_LARGE_BARE, 413, "text/html", b"<html>"),
        (faults.CAPTIVE_PORTAL, 200, "text/html", b"<html>"),
        (faults.NOT_JSON, 200, "application/json", b'{"output":'),
        (faults.NO_OUTPUT, 200, "application/json", b'{"request_id"'),
        (faults.Answer(faults.envelope(errors.WRONG_KEY)), 401, "application/json", b'{"error"'),
        (faults.Answer(faults.redirect("http://127.0.0.1:9/")), 302, None, b""),
    ],
)
async def test_answers_that_are_not_of_the_service(
    client: Client, fault: Fault, status: int, content_type: str | None, start: bytes
) -> None:
    client.qwen.faults.next(fault)
    async with client.session.post(
        client.url, json=request_for(), headers=client.headers(), allow_redirects=False
    ) as response:
        body = await response.read()

    assert (response.status, response.headers.get("Content-Type")) == (status, content_type)
    assert body.startswith(start)


@pytest.mark.parametrize("at_event", [1, 3])
async def test_an_error_may_come_in_the_middle_of_a_stream(client: Client, at_event: int) -> None:
    answer = await stream_with(client, faults.ErrorEvent(errors.RATE_QUOTA, at_event=at_event))

    names = [lines[1] for lines in answer.events]
    assert names == ["event:result"] * (at_event - 1) + ["event:error"]


@pytest.mark.parametrize("ending", [faults.Ending.FIN, faults.Ending.RST])
@pytest.mark.parametrize("after_event", [None, 1])
async def test_a_cut_stream_is_a_broken_body(
    client: Client, ending: faults.Ending, after_event: int | None
) -> None:
    with pytest.raises(aiohttp.ClientError):
        await stream_with(client, faults.Cut(ending, after_event=after_event))


async def test_a_stream_may_end_cleanly_without_its_last_event(client: Client) -> None:
    answer = await stream_with(client, faults.Cut(faults.Ending.CLEAN))

    assert b"".join(answer.pieces) == PCM
    assert b'"stop"' not in answer.body


async def test_a_stream_may_end_inside_a_line(client: Client) -> None:
    answer = await stream_with(client, faults.CutInsideLine(faults.Ending.CLEAN, at_event=2))

    assert answer.body.count(b"\n\n") == 1
    assert not answer.body.endswith(b"\n")


@pytest.mark.parametrize("fault", [faults.NoAnswer(), faults.NoAnswer(is_reset=True)])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_server_may_hang_up_instead_of_answering(
    client: Client, fault: Fault, stream: bool
) -> None:
    client.qwen.faults.always(fault)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.say(stream=stream)


@pytest.mark.parametrize(
    ("fault", "events"), [(faults.Stall(after_event=2), 2), (faults.LateStop(), 6)]
)
async def test_a_stream_may_stop_moving(client: Client, fault: Fault, events: int) -> None:
    client.qwen.faults.next(None, fault)
    whole = (await client.say(stream=True)).events
    response = await client.session.post(
        client.url, json=request_for(), headers=client.headers(stream=True)
    )
    for _ in range(events):
        await response.content.readuntil(b"\n\n")
    response.close()
    _, record = await client.qwen.wait_for_answers(2)

    assert len(whole) == 7
    assert record.is_client_gone
    assert record.events_sent == events


async def test_an_answer_may_never_begin(client: Client) -> None:
    client.qwen.faults.next(faults.FirstByteLate())
    asking = asyncio.create_task(client.say(stream=True))
    await client.qwen.wait_for_requests(1)
    asking.cancel()
    (record,) = await client.qwen.wait_for_answers(1)

    assert (record.status, record.is_client_gone) == (None, True)


async def test_a_server_may_be_late(client: Client) -> None:
    answer = await stream_with(client, faults.FirstByteLate(0.05))

    (record,) = client.qwen.requests
    assert answer.status == 200
    assert (record.first_audio_at or 0) - record.received_at >= 0.05


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        (faults.CRLF, b"id:1\r\nevent:result\r\n:HTTP_STATUS/200\r\ndata:{"),
        (faults.SPACE_AFTER_COLON, b"id: 1\nevent: result\n:HTTP_STATUS/200\ndata: {"),
        (faults.COMMENTS, b"id:1\nevent:result\n:heartbeat\n:HTTP_STATUS/200\ndata:{"),
        (faults.SEVERAL_DATA_LINES, b"id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"),
    ],
)
async def test_other_spellings_carry_the_same_audio(
    client: Client, fault: Fault, start: bytes
) -> None:
    answer = await stream_with(client, fault)

    assert answer.body.startswith(start)
    assert b"".join(pieces_by_the_sse_standard(answer.body)) == PCM


def pieces_by_the_sse_standard(body: bytes) -> list[bytes]:
    """Read a stream the long way, as the SSE standard says."""
    frames = body.replace(b"\r\n", b"\n").strip(b"\n").split(b"\n\n")
    datas = [
        b"\n".join(
            line[5:].removeprefix(b" ") for line in frame.split(b"\n") if line[:5] == b"data:"
        )
        for frame in frames
    ]
    return [base64.b64decode(json.loads(data)["output"]["audio"]["data"]) for data in datas]


async def test_data_may_be_spread_over_several_lines(client: Client) -> None:
    answer = await stream_with(client, faults.SEVERAL_DATA_LINES)

    assert {frame.count("\ndata:") for frame in answer.body.decode().split("\n\n")[:-2]} == {6}


async def test_bytes_may_come_one_by_one(client: Client) -> None:
    client.qwen.faults.next(faults.Sliced(1))
    async with client.session.post(
        client.url, json=request_for("a"), headers=client.headers(stream=True)
    ) as response:
        chunks = [len(chunk) async for chunk, _ in response.content.iter_chunks()]

    assert client.qwen.requests[0].status == 200
    assert sum(chunks) > 10_000
    assert max(chunks) < 2_000


async def test_pieces_may_cut_samples_in_two(client: Client) -> None:
    answer = await stream_with(client, faults.OddPieces())

    assert [len(piece) % 2 for piece in answer.pieces[:-2]] == [1] * (len(answer.pieces) - 2)
    assert b"".join(answer.pieces) == PCM


async def test_the_header_may_be_split_over_two_pieces() -> None:
    async with served() as client:
        answer = await stream_with(client, faults.SplitHeader(at_byte=7))

    assert answer.pieces[0] == b"RIFF\xbf\xff\xff"
    assert b"".join(answer.pieces)[44:] == PCM


async def test_a_line_may_be_longer_than_any_usual_limit(client: Client) -> None:
    answer = await stream_with(client, faults.HugeLine())

    assert max(map(len, answer.body.splitlines())) > 600_000
    assert b"".join(answer.pieces).startswith(PCM)


@pytest.mark.parametrize(
    ("fault", "pcm"),
    [
        (faults.EmptyAudio(), b""),
        (faults.Silence(), bytes(len(PCM))),
        (faults.Runaway(3), PCM * 3),
    ],
)
async def test_the_audio_itself_may_be_wrong(client: Client, fault: Fault, pcm: bytes) -> None:
    answer = await stream_with(client, fault)
    file = await client.get(answer.payloads[-1]["output"]["audio"]["url"])

    assert b"".join(answer.pieces) == pcm
    assert file.body[44:] == pcm


async def test_the_last_event_may_come_twice(client: Client) -> None:
    answer = await stream_with(client, faults.DuplicateStop())

    assert [payload["output"]["finish_reason"] for payload in answer.payloads[-3:]] == [
        "null",
        "stop",
        "stop",
    ]


async def test_audio_may_come_after_the_first_stop(client: Client) -> None:
    answer = await stream_with(client, faults.StopWithAudio())

    assert {payload["output"]["finish_reason"] for payload in answer.payloads} == {"stop"}
    assert b"".join(answer.pieces) == PCM


async def test_audio_may_come_by_url_only(client: Client) -> None:
    answer = await stream_with(client, faults.NoAudioEvents())
    file = await client.get(answer.payloads[-1]["output"]["audio"]["url"])

    assert answer.pieces == [b""]
    assert file.body[44:] == PCM


@pytest.mark.parametrize(
    ("fault", "audio"),
    [
        (faults.NO_URL, {"data": ""}),
        (faults.UrlInstead("file:///etc/passwd"), {"data": "", "url": "file:///etc/passwd"}),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_the_address_may_be_missing_or_another(
    client: Client, fault: Fault, audio: dict[str, str], stream: bool
) -> None:
    client.qwen.faults.next(fault)
    body = (await client.say(stream=stream)).body
    answered = json.loads(body[body.rindex(b'{"output"') :])["output"]["audio"]

    assert {name: answered[name] for name in answered.keys() & {"data", "url"}} == audio


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (faults.BAD_JSON, 'data:{"output":{"audio":'),
        (faults.PayloadInstead(b"[]"), "data:[]"),
        (faults.PayloadInstead(b"", at_event=1), "data:"),
    ],
)
async def test_an_event_may_hold_anything(client: Client, fault: Fault, line: str) -> None:
    answer = await stream_with(client, fault)

    assert answer.events[0][3] == line
    assert answer.events[1][3].startswith('data:{"output"')


@pytest.mark.parametrize("encoded", ["!!!!", "AAA", "AA=A", "AAAA AAAA"])
async def test_audio_may_be_anything_but_base64(client: Client, encoded: str) -> None:
    answer = await stream_with(client, faults.DataInstead(encoded, at_event=2))

    assert answer.payloads[1]["output"]["audio"]["data"] == encoded


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_may_carry_an_empty_error(client: Client, stream: bool) -> None:
    client.qwen.faults.next(faults.MoreFields())
    answer = await client.say(stream=stream)

    assert b'"code":"","message":""}' in answer.body


@pytest.mark.parametrize("stream", [False, True])
async def test_the_content_type_may_be_wrong(client: Client, stream: bool) -> None:
    client.qwen.faults.next(faults.WRONG_CONTENT_TYPE)
    answer = await client.say(stream=stream)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain")


async def download_with(client: Client, fault: Fault) -> Answer:
    client.qwen.faults.next(fault)
    url = (await client.say()).json["output"]["audio"]["url"]
    return await client.get(url)


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        (faults.FILE_FORBIDDEN, 403, "application/xml"),
        (faults.FILE_MISSING, 404, "application/xml"),
        (faults.FILE_HOST_DOWN, 500, "application/xml"),
        (faults.FILE_IS_HTML, 200, "text/html"),
        (faults.FILE_IS_JSON, 200, "application/json"),
        (faults.FILE_EMPTY, 200, "audio/x-wav"),
        (faults.Download(Reply(200, b"x", None)), 200, None),
    ],
)
async def test_the_file_may_be_gone_or_something_else(
    client: Client, fault: Fault, status: int, content_type: str | None
) -> None:
    answer = await download_with(client, fault)

    assert (answer.status, answer.headers.get("Content-Type")) == (status, content_type)


async def test_the_address_may_redirect(client: Client) -> None:
    target = client.qwen.origin + "/elsewhere"
    answer = await download_with(client, faults.Download(faults.redirect(target)))

    assert answer.status == 404
    assert [record.path for record in client.qwen.other_requests] == ["/elsewhere"]


@pytest.mark.parametrize("is_reset", [False, True])
async def test_a_download_may_break_off(client: Client, is_reset: bool) -> None:
    with pytest.raises(aiohttp.ClientError):
        await download_with(client, faults.DownloadCut(is_reset=is_reset))


async def test_a_download_may_never_begin(client: Client) -> None:
    client.qwen.faults.next(faults.DownloadLate())
    url = (await client.say()).json["output"]["audio"]["url"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.get(url)


async def test_a_download_may_never_end(client: Client) -> None:
    client.qwen.faults.next(faults.FILE_ENDLESS)
    url = (await client.say()).json["output"]["audio"]["url"]
    async with client.session.get(yarl.URL(url, encoded=True)) as response:
        received = len(await response.content.readexactly(10_000_000))

    assert received == 10_000_000


async def test_a_small_file_may_unpack_to_a_huge_one(client: Client) -> None:
    answer = await download_with(client, faults.Download(faults.gzip_bomb(8)))

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.body) < 10_000
    assert len(zlib.decompress(answer.body, wbits=zlib.MAX_WBITS | 16)) == 8 << 20


async def statuses(client: Client, count: int, text: str = TEXT) -> list[int]:
    return [(await client.say(text)).status for _ in range(count)]


async def test_next_strikes_one_request_each_in_order(client: Client) -> None:
    client.qwen.faults.next(faults.RATE_QUOTA, None, faults.INTERNAL_ERROR)

    assert await statuses(client, 4) == [429, 200, 500, 200]


async def test_a_number_strikes_that_request_only(client: Client) -> None:
    client.qwen.faults.at(2, faults.UNAVAILABLE)

    assert await statuses(client, 3) == [200, 503, 200]


async def test_a_marker_strikes_texts_that_contain_it(client: Client) -> None:
    client.qwen.faults.on("boom", faults.INTERNAL_ERROR)

    assert await statuses(client, 1, "boom!") + await statuses(client, 1) == [500, 200]


async def test_always_strikes_until_cleared(client: Client) -> None:
    client.qwen.faults.always(faults.INTERNAL_ERROR)
    before = await statuses(client, 2)
    client.qwen.faults.clear()

    assert before + await statuses(client, 1) == [500, 500, 200]


def test_a_share_strikes_the_same_requests_for_the_same_seed() -> None:
    def struck(seed: int) -> list[int]:
        plan = faults.FaultPlan()
        plan.sometimes(0.2, faults.INTERNAL_ERROR, seed=seed)
        return [number for number in range(1000) if plan.take(number, None)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 150 < len(struck(1)) < 250


async def test_faults_combine(client: Client) -> None:
    client.qwen.faults.always(faults.CRLF)
    client.qwen.faults.always(faults.OddPieces())
    answer = await stream_with(client, faults.ErrorEvent(errors.INTERNAL_ERROR, at_event=2))

    first, second = answer.body.split(b"\r\n\r\n")[:2]
    payload: Any = json.loads(first.split(b"data:")[1])
    assert len(base64.b64decode(payload["output"]["audio"]["data"])) % 2 == 1
    assert second.startswith(b"id:2\r\nevent:error\r\n:HTTP_STATUS/500\r\n")
