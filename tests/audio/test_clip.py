"""A clip can be read while it is written."""

import asyncio

import pytest

from bot.audio.clip import Clip


async def test_a_reader_wakes_when_enough_packets_are_there() -> None:
    clip = Clip()
    waiting = asyncio.create_task(clip.wait_for_frames(2))
    clip.append(b"1")
    await asyncio.sleep(0)
    assert not waiting.done()

    clip.append(b"2")

    assert await waiting
    assert clip.duration_ms == 40


async def test_a_reader_of_a_short_clip_wakes_at_its_end() -> None:
    clip = Clip()
    waiting = asyncio.create_task(clip.wait_for_frames(3))
    clip.append(b"only")

    clip.finish()

    assert await waiting


async def test_a_failed_clip_tells_why_and_has_nothing() -> None:
    clip = Clip()
    error = RuntimeError("broken")

    clip.fail(error)

    assert not await clip.wait_for_frames(1)
    assert clip.error is error


async def test_every_reader_gets_every_packet() -> None:
    clip = Clip()
    readers = [asyncio.create_task(clip.wait_for_frames(5)) for _ in range(10)]

    for number in range(5):
        clip.append(bytes([number]))
        await asyncio.sleep(0)

    assert await asyncio.gather(*readers) == [True] * 10


@pytest.mark.parametrize("count", [0, 1])
async def test_waiting_for_what_is_there_returns_at_once(count: int) -> None:
    clip = Clip()
    clip.append(b"1")

    async with asyncio.timeout(1):
        assert await clip.wait_for_frames(count)
