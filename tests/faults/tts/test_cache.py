"""Rows T-28 and D-10: one synthesis for many, and a cache on disk that is damaged."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.audio.clip import Clip
from bot.errors import ProviderError, ProviderFault
from bot.models import Origin
from bot.storage.clips import DiskClips
from bot.tts.cached import ClipCache
from bot.tts.recorder import Recorder
from tests.tts._telling import AS_IT_IS, REQUEST, TellingSynthesizer, ended

pytestmark = pytest.mark.faults

CLIP_BYTES = 3_000
"""About what one clip here takes."""


class Place:
    """A recorder over a cache on disk, and nothing in memory that could stand in for it."""

    def __init__(self, disk: DiskClips) -> None:
        self.disk = disk
        self.synthesizer = TellingSynthesizer(frames=20)
        self.cache = ClipCache(memory_bytes=0, store=disk)
        self.recorder = Recorder(self.synthesizer, effects=AS_IT_IS, cache=self.cache)

    @property
    def asked(self) -> int:
        return len(self.synthesizer.requests)

    async def say(self, text: str = REQUEST.text) -> Clip:
        clip = await ended(self.recorder.record(replace(REQUEST, text=text)))
        await self.disk.purge(b"nobody")  # by then all is written
        return clip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "clips"


@pytest.fixture
async def place(folder: Path) -> AsyncIterator[Place]:
    disk = await DiskClips.open(folder, max_bytes=10**6)
    place = Place(disk)
    yield place
    await place.recorder.close()
    await disk.close()


def clip_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "key"]


async def test_t28_fifty_equal_utterances_share_one_request_and_its_failure(
    place: Place, folder: Path
) -> None:
    """T-28: 1 request; after the error 1 more; 0 cached errors."""
    gate = place.synthesizer.gate = asyncio.Event()
    error = ProviderError("it broke", fault=ProviderFault.UNAVAILABLE, retryable=True)
    place.synthesizer.errors = [error]
    wishes = [replace(REQUEST, origin=Origin(guild, guild)) for guild in range(50)]
    clips = [place.recorder.record(wish) for wish in wishes]
    await place.synthesizer.has_begun.wait()
    gate.set()
    for clip in clips:
        await ended(clip)
    assert place.asked == 1
    assert {clip.error for clip in clips} == {error}
    assert not clip_files(folder)

    again = [place.recorder.record(wish) for wish in wishes]
    for clip in again:
        await ended(clip)

    assert place.asked == 2
    assert {clip.error for clip in again} == {None}
    assert {len(clip.packets) for clip in again} == {20}
    assert place.cache.stats.joined == 49


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def one_bit_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-50] ^= 1
    path.write_bytes(content)


def zeroed_at_the_end(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-100] + bytes(100))


def younger_than_it_is(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[6] ^= 1  # a low bit of its time
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        cut_in_the_header,
        emptied,
        grown,
        one_bit_flipped,
        zeroed_at_the_end,
        younger_than_it_is,
        Path.unlink,
    ],
    ids=lambda damage: damage.__name__,
)
@pytest.mark.parametrize("restarts", [False, True])
async def test_d10_a_damaged_entry_is_never_played(
    folder: Path, damage: Callable[[Path], None], restarts: bool
) -> None:
    """D-10: it is made anew, and the bad file is gone."""
    disk = await DiskClips.open(folder, max_bytes=10**6)
    place = Place(disk)
    whole = await place.say()
    [path] = clip_files(folder)
    good = path.read_bytes()
    if restarts:
        await disk.close()
    damage(path)
    if restarts:
        disk = await DiskClips.open(folder, max_bytes=10**6)
        place = Place(disk)
    already = place.asked

    again = await place.say()

    assert place.asked == already + 1
    assert again.error is None
    assert again.packets == whole.packets
    assert [len(file.read_bytes()) for file in clip_files(folder)] == [len(good)]
    assert (await place.say()).packets == whole.packets
    assert place.asked == already + 1
    await disk.close()


async def test_d10_an_entry_under_another_name_is_never_played(place: Place, folder: Path) -> None:
    """D-10: a whole and sealed file of the right length, but of other words."""
    await place.say("Good night.")
    [other] = clip_files(folder)
    await place.say()
    [mine] = [path for path in clip_files(folder) if path != other]
    shutil.copy(other, mine)

    again = await place.say()

    assert place.asked == 3
    assert again.packets == (await place.say()).packets
    assert again.packets != (await place.say("Good night.")).packets


async def test_d10_a_kill_between_write_and_rename_leaves_nothing_half_done(folder: Path) -> None:
    """D-10: after `kill -9` before the second rename, one whole clip is there and no other file."""
    program = f"""
        import asyncio, os, signal
        from pathlib import Path
        from bot.storage.clips import DiskClips
        from bot.tts.cached import KeptClip

        async def main():
            disk = await DiskClips.open(Path({str(folder)!r}), max_bytes=10**6, clock=lambda: 1e9)
            clip = KeptClip([b"packet"] * 100, 1e9, (bytes(16), bytes(16)))
            disk.save(bytes(32), clip)
            await disk.load(bytes(32))
            Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            disk.save(b"2" * 32, clip)
            await disk.close()

        asyncio.run(main())
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    ended = await asyncio.to_thread(subprocess.run, command, timeout=60, check=False)
    assert ended.returncode == -9
    assert len(clip_files(folder)) == 2

    disk = await DiskClips.open(folder, max_bytes=10**6, clock=lambda: 1e9)

    assert [path.name for path in clip_files(folder)] == [bytes(32).hex()]
    kept = await disk.load(bytes(32))
    assert kept is not None
    assert kept.packets == [b"packet"] * 100
    assert not disk.has(b"2" * 32)
    await disk.close()


async def test_d10_a_folder_deleted_at_runtime_is_there_again_with_the_next_clip(
    place: Place, folder: Path
) -> None:
    """D-10: recreated within a second, private as before, and what was in it is made anew."""
    await place.say()
    shutil.rmtree(folder)
    began = time.monotonic()

    assert (await place.say()).error is None

    assert time.monotonic() - began < 1.0
    assert place.asked == 2
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(clip_files(folder)) == 1
    await place.say()
    assert place.asked == 2
    await place.disk.close()
    reopened = await DiskClips.open(folder, max_bytes=10**6)
    assert reopened.key == place.disk.key
    await reopened.close()


async def test_d10_a_full_cache_stays_within_its_bound(folder: Path) -> None:
    """D-10: size ≤ cap + 1 entry at every moment; here even ≤ cap once a clip is written."""
    cap = 4 * CLIP_BYTES
    disk = await DiskClips.open(folder, max_bytes=cap)
    place = Place(disk)
    for number in range(30):
        await place.say(f"Number {number}.")
        assert sum(path.stat().st_size for path in clip_files(folder)) <= cap

    assert clip_files(folder)
    asked = place.asked
    await place.say("Number 29.")
    assert place.asked == asked
    await disk.close()
