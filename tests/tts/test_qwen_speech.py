from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.models import Language, Usage, Voice
from bot.sandbox.qwen import QwenOptions, SandboxQwen, WavShape, WavSizes, faults
from bot.tts._sessions import Connections
from bot.tts.qwen import Caps, Mode, QwenEndpoint, open_session
from tests.tts.conftest import REQUEST, Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.qwen.faults import Fault

BOTH = pytest.mark.parametrize("mode", list(Mode))


async def test_a_streamed_call_looks_on_the_wire_as_documented(caller: Caller) -> None:
    request = replace(REQUEST, text="你好 hi", language=Language.CHINESE)
    await caller.hear(request, workspace="ws-1")
    sent = caller.qwen.requests[0]
    assert (sent.method, sent.path) == (
        "POST",
        "/api/v1/services/aigc/multimodal-generation/generation",
    )
    assert sent.body.decode() == (
        '{"model":"qwen3-tts-flash",'
        '"input":{"text":"你好 hi","voice":"Cherry","language_type":"Chinese"}}'
    )
    assert {name: sent.headers.get(name) for name in (
        "Authorization", "Content-Type", "X-DashScope-SSE", "X-DashScope-WorkSpace", "Accept",
        "Accept-Encoding", "Cookie",
    )} == {
        "Authorization": f"Bearer {caller.qwen.key}",
        "Content-Type": "application/json",
        "X-DashScope-SSE": "enable",
        "X-DashScope-WorkSpace": "ws-1",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
        "Cookie": None,
    }  # fmt: skip


async def test_a_plain_call_differs_by_its_headers_only(caller: Caller) -> None:
    await caller.hear()
    await caller.hear(mode=Mode.PLAIN)
    streamed, plain = caller.qwen.requests
    assert streamed.body == plain.body
    assert "X-DashScope-SSE" not in plain.headers
    assert plain.headers["Accept"] == "application/json"


async def test_a_file_is_fetched_without_the_key_and_with_its_query_byte_for_byte(
    caller: Caller,
) -> None:
    heard = await caller.hear(mode=Mode.PLAIN)
    (download,) = caller.qwen.downloads
    assert (download.method, download.status) == ("GET", 200)
    assert "%2F" in download.path
    assert not {"Authorization", "Cookie", "X-DashScope-SSE"} & set(download.headers)
    assert len(heard) > 24_000


async def test_both_ways_sound_the_same(caller: Caller) -> None:
    assert await caller.hear() == await caller.hear(mode=Mode.PLAIN)


@BOTH
async def test_what_was_counted_is_reported_once(caller: Caller, mode: Mode) -> None:
    await caller.hear(mode=mode)
    request_id = caller.qwen.requests[0].request_id
    assert caller.usages == [Usage(request_id, REQUEST.model, characters=len(REQUEST.text))]


async def test_a_legacy_model_reports_tokens(caller: Caller) -> None:
    await caller.hear(replace(REQUEST, model="qwen-tts"))
    assert caller.usages[0].characters is None
    assert caller.usages[0].output_tokens


async def test_a_style_reaches_the_model_that_takes_it(caller: Caller) -> None:
    request = replace(REQUEST, model="qwen3-tts-instruct-flash", style="Slowly.")
    await caller.hear(request, optimize_style=True)
    assert b'"instructions":"Slowly.","optimize_instructions":true' in caller.qwen.requests[0].body


async def test_a_custom_voice_speaks() -> None:
    model = "qwen3-tts-vc-2026-01-22"
    options = QwenOptions(custom_voices={"guanyu-1": model}, throttle=None)
    async with (
        SandboxQwen(options) as qwen,
        open_session(QwenEndpoint(qwen.key, qwen.base_url)) as http,
    ):
        request = replace(REQUEST, model=model, voice=Voice("guanyu-1"))
        assert await Caller(qwen, http).hear(request)


async def test_sound_is_heard_while_the_rest_is_still_to_come(caller: Caller) -> None:
    gate = asyncio.Event()
    caller.qwen.faults.next(faults.Hold(gate, after_event=1))
    async with aclosing(caller.synthesizer().stream(REQUEST)) as pieces:
        first = await anext(pieces)
        assert caller.qwen.requests[0].events_sent == 1
        gate.set()
        rest = [pcm async for pcm in pieces]
    assert 0 < len(first) < len(b"".join(rest))
    assert {len(pcm) % 2 for pcm in [first, *rest]} == {0}


@pytest.mark.parametrize(
    "fault",
    [
        faults.CRLF,
        faults.SPACE_AFTER_COLON,
        faults.SEVERAL_DATA_LINES,
        faults.COMMENTS,
        faults.Spelled(line_end=b"\r"),
        faults.Sliced(7),
        faults.OddPieces(),
        faults.SplitHeader(),
        faults.SplitHeader(43),
        faults.DuplicateStop(),
        faults.StopWithAudio(),
        faults.NoAudioEvents(),
        faults.NO_URL,
        faults.LateStop(0.05),
        faults.Stall(seconds=0.05),
        faults.Wav(WavShape(sizes=WavSizes.ZERO)),
        faults.Wav(WavShape(sizes=WavSizes.UINT_MAX, extra_chunk=b"odd")),
        faults.Wav(WavShape(is_extensible=True)),
    ],
)
async def test_the_dialects_of_the_service_sound_the_same(caller: Caller, fault: Fault) -> None:
    plainly = await caller.hear()
    caller.qwen.faults.next(fault)
    assert await caller.hear() == plainly


@pytest.mark.parametrize(
    "shape",
    [
        WavShape(),
        WavShape(sizes=WavSizes.TRUE, trailing_chunk=b"made by a machine"),
        WavShape(sizes=WavSizes.ZERO),
        WavShape(sizes=WavSizes.INT_MAX),
        WavShape(sizes=WavSizes.UINT_MAX, extra_chunk=b"odd"),
        WavShape(is_extensible=True),
    ],
)
async def test_the_headers_of_a_file_do_not_change_its_sound(
    caller: Caller, shape: WavShape
) -> None:
    streamed = await caller.hear()
    caller.qwen.faults.next(faults.Wav(shape))
    assert await caller.hear(mode=Mode.PLAIN) == streamed


async def test_bare_samples_sound_like_those_behind_a_header(caller: Caller) -> None:
    headed = await caller.hear()
    options = QwenOptions(has_wav_header=False, throttle=None)
    async with SandboxQwen(options) as bare:
        assert await Caller(bare, caller.http).hear() == headed


async def test_a_line_longer_than_any_library_reads_is_heard(caller: Caller) -> None:
    plainly = await caller.hear()
    caller.qwen.faults.next(faults.HugeLine(2_000_000))
    heard = await caller.hear()
    assert len(heard) > 1_000_000
    assert heard.startswith(plainly)


@BOTH
async def test_endless_speech_is_cut_at_its_limit(caller: Caller, mode: Mode) -> None:
    caller.qwen.faults.next(faults.Runaway())
    heard = await caller.hear(mode=mode, caps=Caps(min_audio_s=2, audio_s_per_character=0))
    assert len(heard) == 2 * 48_000
    assert caller.usages


async def test_an_endless_file_is_cut_at_its_limit(caller: Caller) -> None:
    header = WavShape().header()
    caller.qwen.faults.next(faults.Download(faults.endless(prefix=header)))
    heard = await caller.hear(mode=Mode.PLAIN, caps=Caps(min_audio_s=2, audio_s_per_character=0))
    assert len(heard) == 2 * 48_000


async def test_a_file_that_is_a_bomb_is_cut_at_its_limit(caller: Caller) -> None:
    bomb = faults.gzip_bomb(50, prefix=WavShape().header())
    caller.qwen.faults.next(faults.Download(bomb))
    assert len(await caller.hear(mode=Mode.PLAIN)) == 30 * 48_000


async def test_a_compressed_file_is_unpacked(caller: Caller) -> None:
    whole = WavShape().file(bytes(9600))
    caller.qwen.faults.next(faults.Download(faults.compressed(whole, "audio/x-wav")))
    assert await caller.hear(mode=Mode.PLAIN) == bytes(9600)


async def test_a_connection_is_used_again(caller: Caller) -> None:
    opened: list[object] = []

    async def note(*event: object) -> None:
        opened.append(event)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        again = Caller(caller.qwen, Connections(api=http, files=http))
        await again.hear()
        await again.hear(mode=Mode.PLAIN)
        await again.hear()
    assert len(opened) == 1


@pytest.fixture
async def speaking(caller: Caller) -> AsyncIterator[Caller]:
    """Yield a caller whose next stream stops behind its first piece, for ever."""
    caller.qwen.faults.next(faults.Stall(after_event=1))
    yield caller
    assert not caller.connections_in_use()
    await asyncio.wait_for(caller.qwen.wait_for_answers(1), 2)
    assert caller.qwen.requests[0].is_client_gone


async def test_closing_the_stream_hangs_up(speaking: Caller) -> None:
    pieces = speaking.synthesizer().stream(REQUEST)
    assert await anext(pieces)
    await pieces.aclose()
    assert speaking.usages[0].characters == len(REQUEST.text)


async def test_cancelling_the_listener_hangs_up(speaking: Caller) -> None:
    listening = asyncio.create_task(speaking.hear())
    await speaking.qwen.wait_for_requests(1)
    await asyncio.sleep(0)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


@pytest.mark.parametrize("fault", [faults.FirstByteLate(), faults.Stall(), faults.DownloadLate()])
@pytest.mark.parametrize("turns", [0, 1, 3, 8, 21])
@BOTH
async def test_cancelling_at_any_moment_leaves_no_connection_in_use(
    caller: Caller, fault: Fault, turns: int, mode: Mode
) -> None:
    caller.qwen.faults.next(fault)
    listening = asyncio.create_task(caller.hear(mode=mode))
    for _ in range(turns):
        await asyncio.sleep(0.0005)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert not caller.connections_in_use()


async def test_many_voices_speak_at_once(caller: Caller) -> None:
    heard = await asyncio.gather(*(caller.hear() for _ in range(20)))
    assert len(set(heard)) == 1
    assert len(caller.usages) == 20


def test_the_key_is_never_shown() -> None:
    endpoint = QwenEndpoint("sk-CANARY")
    assert "CANARY" not in f"{endpoint} {endpoint!r}"
