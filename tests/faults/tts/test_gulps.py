"""T-23: an answer is never larger than it may be, whatever it unpacks to."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.sandbox.qwen import QwenOptions, SandboxQwen, faults
from bot.sandbox.qwen.faults import Fault
from bot.sandbox.qwen.reply import Reply
from bot.sandbox.qwen.wav import WavShape
from bot.tts.qwen import Caps, Mode

pytestmark = pytest.mark.asyncio(loop_scope="function")

MAX_RSS_MIB = 20.0
MAX_S = 2.0
"""From the request to the end: up to a second until the cap is reached, and one to give up."""

SSE, JSON, WAV = "text/event-stream", "application/json", "audio/x-wav"
HEADER = WavShape().header()


Cost = dict[str, Any]
Gulp = Callable[[Fault, Mode], Awaitable[Cost]]


@pytest.fixture
def gulp(record_property: Callable[[str, object], None]) -> Gulp:
    """Let a process of its own take an answer in, within the figures of the row."""

    async def measure(fault: Fault, mode: Mode) -> Cost:
        cost = await _cost_of(fault, mode)
        record_property("peak memory grew, MiB", round(cost["rss_mib"], 1))
        record_property("over after, s", round(cost["seconds"], 2))
        assert cost["rss_mib"] <= MAX_RSS_MIB
        assert cost["seconds"] <= MAX_S
        return cost

    return measure


async def _cost_of(fault: Fault, mode: Mode) -> Cost:
    async with SandboxQwen(QwenOptions(throttle=None)) as qwen:
        qwen.faults.next(None, fault)
        arguments = (qwen.base_url, qwen.key, mode.value)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.tts.gulp", *arguments, stdout=PIPE
        )
        written, _ = await process.communicate()
        await asyncio.wait_for(qwen.wait_for_answers(2), 5)
        sent = [*qwen.requests, *qwen.downloads]
        assert all(record.headers["Accept-Encoding"] == "identity" for record in sent)
    cost: Cost = json.loads(written)
    return cost


def _bomb(content_type: str, prefix: bytes = b"") -> Reply:
    bomb = faults.gzip_bomb(200, content_type=content_type, prefix=prefix)
    assert len(bomb.body) < 250_000
    return bomb


@pytest.mark.parametrize(
    ("fault", "mode"),
    [
        (faults.Answer(_bomb(SSE)), Mode.STREAMING),
        (faults.Answer(_bomb(SSE, b"data:")), Mode.STREAMING),
        (faults.Answer(_bomb(JSON, b'{"output":"')), Mode.STREAMING),
        (faults.Answer(_bomb(JSON, b'{"output":"')), Mode.PLAIN),
        (faults.Answer(faults.endless(SSE)), Mode.STREAMING),
        (faults.Answer(faults.endless(SSE, prefix=b"data:")), Mode.STREAMING),
        (faults.Answer(faults.endless(JSON)), Mode.PLAIN),
        (faults.Download(_bomb("audio/mpeg")), Mode.PLAIN),
    ],
)
async def test_t23_an_answer_that_never_ends_is_given_up_at_its_cap(
    gulp: Gulp, fault: Fault, mode: Mode
) -> None:
    cost = await gulp(fault, mode)
    assert cost["fault"] == "protocol"


@pytest.mark.parametrize("reply", [_bomb(WAV, HEADER), faults.endless(WAV, prefix=HEADER)])
async def test_t23_a_file_that_never_ends_is_heard_up_to_its_cap(gulp: Gulp, reply: Reply) -> None:
    cost = await gulp(faults.Download(reply), Mode.PLAIN)
    assert (cost["fault"], cost["heard"] > 0) == ("", True)
    assert cost["heard"] <= Caps().max_audio_bytes


async def test_t23_an_error_page_that_never_ends_is_not_read_to_its_end(gulp: Gulp) -> None:
    bomb = _bomb(JSON, b'{"code":"')
    cost = await gulp(faults.Answer(Reply(500, bomb.body, JSON, bomb.headers)), Mode.PLAIN)
    assert cost["fault"] == "unavailable"
