from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import Voice
from bot.sandbox.qwen import WavShape, errors, faults
from bot.sandbox.qwen.reply import Reply
from bot.tts.qwen import Caps, Mode, Timeouts
from tests.tts.conftest import REQUEST, Caller, failure_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.sandbox.qwen.faults import Fault

BAD_KEY = ProviderFault.BAD_KEY
CREDIT = ProviderFault.OUT_OF_CREDIT
CONTENT = ProviderFault.REFUSED_CONTENT
REQUEST_FAULT = ProviderFault.INVALID_REQUEST
THROTTLED = ProviderFault.THROTTLED
TIMEOUT = ProviderFault.TIMEOUT
DOWN = ProviderFault.UNAVAILABLE
PROTOCOL = ProviderFault.PROTOCOL
TRUNCATED = ProviderFault.TRUNCATED

SHORT = Timeouts(first_audio_s=0.4, whole_answer_s=0.4, gap_s=0.4)


REFUSALS = [
    (faults.UNAUTHORIZED, BAD_KEY, False, 401, "InvalidApiKey"),
    (faults.ACCESS_DENIED, BAD_KEY, False, 403, "AccessDenied"),
    (faults.UNPURCHASED, BAD_KEY, False, 403, "AccessDenied.Unpurchased"),
    (faults.FREE_TIER_ONLY, CREDIT, False, 403, "AllocationQuota.FreeTierOnly"),
    (faults.MODEL_NOT_FOUND, REQUEST_FAULT, False, 404, "ModelNotFound"),
    (faults.TOO_LARGE, REQUEST_FAULT, False, 413, "BadRequest.TooLarge"),
    (faults.TOO_LARGE_BARE, REQUEST_FAULT, False, 413, None),
    (faults.DATA_INSPECTION, CONTENT, False, 400, "DataInspectionFailed"),
    (faults.ARREARAGE, CREDIT, False, 400, "Arrearage"),
    (faults.THROTTLED, THROTTLED, True, 429, "Throttling"),
    (faults.RATE_QUOTA, THROTTLED, True, 429, "Throttling.RateQuota"),
    (faults.RATE_QUOTA_IN_STREAM, THROTTLED, True, 429, "Throttling.RateQuota"),
    (faults.BURST_RATE, THROTTLED, True, 429, "Throttling.BurstRate"),
    (faults.ALLOCATION_QUOTA, THROTTLED, True, 429, "Throttling.AllocationQuota"),
    (faults.FREE_QUOTA, CREDIT, False, 429, "Throttling.AllocationQuota"),
    (faults.BILL_OVERDUE, CREDIT, False, 429, "PostpaidBillOverdue"),
    (faults.QUOTA_UNDER_200, THROTTLED, True, 429, "Throttling.RateQuota"),
    (faults.REQUEST_TIMEOUT, TIMEOUT, True, None, "RequestTimeOut"),
    (faults.INTERNAL_ERROR, DOWN, True, 500, "InternalError"),
    (faults.ALGORITHM_ERROR, DOWN, True, 500, "InternalError.Algo"),
    (faults.MODEL_SERVING, DOWN, True, None, "ModelServingError"),
    (faults.UNAVAILABLE, DOWN, True, 503, "ModelUnavailable"),
    (faults.HTML_BAD_GATEWAY, DOWN, True, 502, None),
    (faults.EMPTY_GATEWAY_TIMEOUT, DOWN, True, 504, None),
    (faults.Answer(faults.envelope(errors.WRONG_KEY)), BAD_KEY, False, 401, "InvalidApiKey"),
    (faults.CAPTIVE_PORTAL, PROTOCOL, True, None, None),
    (faults.NOT_JSON, PROTOCOL, True, None, None),
    (faults.NO_OUTPUT, PROTOCOL, True, None, None),
    (faults.Answer(Reply(200, b"", "text/event-stream")), TRUNCATED, True, None, None),
    (faults.Answer(Reply(204)), PROTOCOL, True, None, None),
    (faults.Answer(faults.redirect("http://127.0.0.1/")), PROTOCOL, True, None, None),
    (faults.Answer(faults.endless("application/json")), PROTOCOL, True, None, None),
    (faults.Answer(faults.endless("text/event-stream")), PROTOCOL, True, None, None),
    (faults.Answer(faults.gzip_bomb(50)), PROTOCOL, True, None, None),
    (faults.NoAnswer(), DOWN, True, None, None),
    (faults.NoAnswer(is_reset=True), DOWN, True, None, None),
]


@pytest.mark.parametrize(("fault", "kind", "retryable", "status", "code"), REFUSALS)
@pytest.mark.parametrize("mode", list(Mode))
async def test_every_refusal_has_its_fault(
    caller: Caller,
    fault: Fault,
    kind: ProviderFault,
    *,
    retryable: bool,
    status: int | None,
    code: str | None,
    mode: Mode,
) -> None:
    caller.qwen.faults.next(fault)
    error = await failure_of(caller, mode=mode)
    assert (error.fault, error.retryable, error.code) == (kind, retryable, code)
    assert status in {error.status, None}
    assert len(caller.qwen.requests) == 1
    assert caller.usages == []


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        (faults.ErrorEvent(errors.INTERNAL_ERROR), DOWN, True),
        (faults.ErrorEvent(errors.INTERNAL_ERROR, at_event=3), DOWN, True),
        (faults.ErrorEvent(errors.DATA_INSPECTION, at_event=2), CONTENT, False),
        (faults.Cut(), TRUNCATED, True),
        (faults.Cut(faults.Ending.CLEAN), TRUNCATED, True),
        (faults.Cut(faults.Ending.RST), TRUNCATED, True),
        (faults.Cut(faults.Ending.CLEAN, after_event=1), TRUNCATED, True),
        (faults.CutInsideLine(), TRUNCATED, True),
        (faults.CutInsideLine(faults.Ending.CLEAN), TRUNCATED, True),
        (faults.CutInsideLine(faults.Ending.RST), TRUNCATED, True),
        (faults.BAD_JSON, PROTOCOL, True),
        (faults.PayloadInstead(b"[]", at_event=2), PROTOCOL, True),
        (faults.BAD_BASE64, PROTOCOL, True),
        (faults.DataInstead("AAA", at_event=2), PROTOCOL, True),
        (faults.HugeLine(9_000_000), PROTOCOL, True),
        (faults.WRONG_CONTENT_TYPE, PROTOCOL, True),
        (faults.ContentType("text/html"), PROTOCOL, True),
        (faults.Wav(WavShape(rate_hz=48_000)), PROTOCOL, True),
        (faults.Wav(WavShape(channels=2)), PROTOCOL, True),
        (faults.Wav(WavShape(is_float=True)), PROTOCOL, True),
        (faults.Wav(WavShape(rate_hz=0)), PROTOCOL, True),
    ],
)
async def test_a_stream_that_goes_wrong_has_its_fault(
    caller: Caller, fault: Fault, kind: ProviderFault, *, retryable: bool
) -> None:
    caller.qwen.faults.next(fault)
    error = await failure_of(caller)
    assert (error.fault, error.retryable) == (kind, retryable)
    assert error.request_id == caller.qwen.requests[0].request_id


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (faults.FILE_FORBIDDEN, PROTOCOL),
        (faults.FILE_MISSING, PROTOCOL),
        (faults.FILE_HOST_DOWN, PROTOCOL),
        (faults.FILE_IS_HTML, PROTOCOL),
        (faults.FILE_IS_JSON, PROTOCOL),
        (faults.FILE_EMPTY, PROTOCOL),
        (faults.FILE_ENDLESS, PROTOCOL),
        (faults.Download(Reply(200, b"ID3\3" + bytes(40), "audio/mpeg")), PROTOCOL),
        (faults.Download(Reply(200, WavShape().header()[:30], "audio/x-wav")), PROTOCOL),
        (faults.Download(Reply(200, WavShape().header(), "audio/x-wav")), PROTOCOL),
        (faults.Download(faults.gzip_bomb(50)), PROTOCOL),
        (faults.DownloadCut(), TRUNCATED),
        (faults.DownloadCut(is_reset=True), TRUNCATED),
        (faults.NO_URL, PROTOCOL),
        (faults.Wav(WavShape(rate_hz=48_000)), PROTOCOL),
        (faults.EmptyAudio(), PROTOCOL),
    ],
)
async def test_a_file_that_cannot_be_had_has_its_fault(
    caller: Caller, fault: Fault, kind: ProviderFault
) -> None:
    caller.qwen.faults.next(fault)
    error = await failure_of(caller, mode=Mode.PLAIN)
    assert (error.fault, error.retryable) == (kind, True)
    assert error.request_id == caller.qwen.requests[0].request_id


@pytest.mark.parametrize(
    ("fault", "mode", "kind"),
    [
        (faults.FirstByteLate(), Mode.STREAMING, TIMEOUT),
        (faults.FirstByteLate(), Mode.PLAIN, TIMEOUT),
        (faults.Stall(), Mode.STREAMING, TRUNCATED),
        (faults.LateStop(), Mode.STREAMING, TRUNCATED),
        (faults.DownloadLate(), Mode.PLAIN, TIMEOUT),
    ],
)
async def test_silence_is_given_up(
    caller: Caller, fault: Fault, mode: Mode, kind: ProviderFault
) -> None:
    caller.qwen.faults.next(fault)
    error = await failure_of(caller, mode=mode, timeouts=SHORT)
    assert (error.fault, error.retryable) == (kind, True)


async def test_an_answer_without_any_sound_is_a_failure(caller: Caller) -> None:
    caller.qwen.faults.next(faults.EmptyAudio())
    assert (await failure_of(caller)).fault is PROTOCOL


@pytest.mark.parametrize("seconds", ["7", "1000000000"])
async def test_a_wish_to_be_left_alone_is_passed_on(caller: Caller, seconds: str) -> None:
    caller.qwen.faults.next(faults.Refuse(errors.RATE_QUOTA, retry_after=seconds))
    assert (await failure_of(caller)).retry_after_s == min(float(seconds), 60)


async def test_an_endpoint_that_is_down_is_unavailable(caller: Caller) -> None:
    await caller.qwen.go_down()
    error = await failure_of(caller)
    assert (error.fault, error.retryable) == (DOWN, True)
    await caller.qwen.come_back()
    assert await caller.hear()


async def test_an_endpoint_without_tls_is_never_spoken_to_in_plain_text(caller: Caller) -> None:
    base_url = caller.qwen.base_url.replace("http:", "https:")
    assert (await failure_of(caller, base_url=base_url)).fault is DOWN
    assert caller.qwen.requests == []


async def test_a_host_that_never_accepts_is_given_up_in_time(caller: Caller) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        base_url = f"https://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        listener.listen()
        started = time.monotonic()
        error = await failure_of(caller, base_url=base_url, timeouts=Timeouts(connect_s=0.3))
    assert (error.fault, error.retryable) == (TIMEOUT, True)
    assert time.monotonic() - started < 2


def trickle(chunk: bytes) -> Reply:
    """Return a stream that says the same every 10 ms, for ever."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        while True:
            yield chunk
            await asyncio.sleep(0.01)

    return Reply(200, b"", "text/event-stream", more=chunks)


SOUND = b'data:{"output":{"audio":{"data":"AAAAAAAAAAAAAAAA"},"finish_reason":"null"}}\n\n'


@pytest.mark.parametrize(
    ("chunk", "timeouts", "kind"),
    [
        (b":heartbeat\n\n", Timeouts(first_audio_s=0.2), TIMEOUT),
        (b"data:[DONE]\n\n", Timeouts(first_audio_s=0.2), TIMEOUT),
        (SOUND, Timeouts(total_s=0.2, total_s_per_character=0), TRUNCATED),
    ],
)
async def test_bytes_that_never_become_speech_or_never_end_are_given_up(
    caller: Caller, chunk: bytes, timeouts: Timeouts, kind: ProviderFault
) -> None:
    caller.qwen.faults.next(faults.Answer(trickle(chunk)))
    assert (await failure_of(caller, timeouts=timeouts)).fault is kind


@pytest.mark.parametrize(("characters", "whole_s", "total_s"), [(4, 10, 31), (600, 30, 180)])
def test_a_long_text_has_more_time(characters: int, whole_s: float, total_s: float) -> None:
    timeouts = Timeouts()
    assert timeouts.whole_answer(characters) == pytest.approx(whole_s)
    assert timeouts.total(characters) == pytest.approx(total_s)


async def test_a_pause_of_the_listener_is_no_stall_of_the_service(caller: Caller) -> None:
    heard = []
    async with aclosing(caller.synthesizer(timeouts=SHORT).stream(REQUEST)) as pieces:
        async for pcm in pieces:
            heard.append(pcm)
            await asyncio.sleep(0.5 / len(heard) ** 4)
    assert b"".join(heard) == await caller.hear()


@pytest.mark.parametrize("fault", [None, faults.UNAUTHORIZED, faults.FILE_FORBIDDEN])
async def test_neither_key_nor_text_nor_url_is_logged(
    caller: Caller, fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caller.qwen.faults.next(fault)
    with suppress(ProviderError):
        await caller.hear(mode=Mode.PLAIN, caps=Caps(min_audio_s=0.1, audio_s_per_character=0))
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert not [
        secret for secret in (caller.qwen.key, REQUEST.text, "Signature") if secret in logged
    ]


@pytest.mark.parametrize(
    "changes", [{"text": " "}, {"text": "a" * 601}, {"voice": Voice("x")}, {"model": "x"}]
)
async def test_what_cannot_be_spoken_is_not_sent(caller: Caller, changes: dict[str, Any]) -> None:
    error = await failure_of(caller, request=replace(REQUEST, **changes))
    assert (error.fault, error.retryable) == (REQUEST_FAULT, False)
    assert caller.qwen.requests == []
