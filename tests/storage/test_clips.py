"""Clips on disk: whole or not at all, bounded, private, and never in the way."""

import asyncio
import logging
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bot.storage.clips import DiskClips
from bot.tts.cached import ClipCache, KeptClip
from bot.tts.recorder import Recorder
from tests.tts._telling import AS_IT_IS, REQUEST, TellingSynthesizer, ended

NOW = 1_800_000_000.0
GUILD, MEMBER, OTHER = (letter * 16 for letter in (b"g", b"m", b"o"))
PACKETS = [b"one", b"", b"three" * 200]
CLIP = KeptClip(PACKETS, NOW, (GUILD, MEMBER))


def name(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "clips"


@asynccontextmanager
async def opened(
    folder: Path, *, max_bytes: int = 10**6, clock: Callable[[], float] = lambda: NOW
) -> AsyncIterator[DiskClips]:
    clips = await DiskClips.open(folder, max_bytes=max_bytes, clock=clock)
    try:
        yield clips
    finally:
        await clips.close()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"key"}


async def test_a_clip_is_there_after_a_restart(folder: Path) -> None:
    async with opened(folder) as clips:
        assert not clips.has(name(1))
        clips.save(name(1), CLIP)
        assert await clips.load(name(1)) == CLIP

    async with opened(folder) as clips:
        assert clips.has(name(1))
        assert await clips.load(name(1)) == CLIP


async def test_what_was_said_is_said_again_after_a_restart(folder: Path) -> None:
    synthesizer, spoken = TellingSynthesizer(), []
    for _ in range(2):
        async with opened(folder) as clips:
            cache = ClipCache(memory_bytes=10**6, store=clips, clock=lambda: NOW)
            recorder = Recorder(synthesizer, effects=AS_IT_IS, cache=cache)
            spoken.append((await ended(recorder.record(REQUEST))).packets)
            await ended(recorder.record(REQUEST))

    assert len(synthesizer.requests) == 1
    assert spoken[0] == spoken[1]
    stats = cache.stats
    assert (stats.store_hits, stats.memory_hits, stats.synthesized) == (1, 1, 0)


async def test_nobody_else_can_read_it_and_it_does_not_tell_who_said_what(folder: Path) -> None:
    async with opened(folder) as clips:
        cache = ClipCache(memory_bytes=0, store=clips, clock=lambda: NOW)
        recorder = Recorder(TellingSynthesizer(), effects=AS_IT_IS, cache=cache)
        await ended(recorder.record(REQUEST))

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    [file] = files(folder)
    assert file == cache.name_of(REQUEST, AS_IT_IS).hex()
    content = (folder / file).read_bytes()
    ids = (REQUEST.origin.guild_id or 0, REQUEST.origin.member_id or 0)
    told = [number.to_bytes(8, order) for number in ids for order in ("big", "little")]
    assert not [secret for secret in (REQUEST.text.encode(), b"Cherry", *told) if secret in content]


async def test_a_folder_that_is_open_to_others_is_closed_to_them(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "key").write_bytes(bytes(32))

    async with opened(folder) as clips:
        assert clips.key == bytes(32)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "key").stat().st_mode & 0o777 == 0o600


async def test_the_least_recently_heard_goes_first_and_a_restart_keeps_the_order(
    folder: Path,
) -> None:
    async with opened(folder, max_bytes=5_000) as clips:
        for number in range(4):
            clips.save(name(number), CLIP)
            await clips.load(name(number))
        await clips.load(name(0))

    async with opened(folder, max_bytes=5_000) as clips:
        clips.save(name(4), CLIP)
        await clips.load(name(4))
        held = [number for number in range(5) if clips.has(name(number))]

    assert held == [0, 2, 3, 4]
    assert files(folder) == {name(number).hex() for number in held}


async def test_a_smaller_bound_holds_from_the_start(folder: Path) -> None:
    async with opened(folder) as clips:
        for number in range(4):
            clips.save(name(number), CLIP)

    async with opened(folder, max_bytes=2_500):
        assert files(folder) == {name(2).hex(), name(3).hex()}


async def test_a_clip_larger_than_all_there_is_pushes_nothing_out(folder: Path) -> None:
    async with opened(folder, max_bytes=2_500) as clips:
        clips.save(name(1), CLIP)
        clips.save(name(2), KeptClip([bytes(1_000)] * 3, NOW, (GUILD, MEMBER)))
        assert await clips.load(name(2)) is None
        assert await clips.load(name(1)) == CLIP


@pytest.mark.parametrize("later_s", [7 * 24 * 3600.0, -7 * 24 * 3600.0])
async def test_what_is_too_old_or_from_the_future_is_deleted(folder: Path, later_s: float) -> None:
    now = [NOW]
    async with opened(folder, clock=lambda: now[0]) as clips:
        clips.save(name(1), CLIP)
        await clips.load(name(1))
        now[0] += later_s
        assert await clips.load(name(1)) is None
        assert not files(folder)

    async with opened(folder) as clips:
        clips.save(name(1), CLIP)

    async with opened(folder, clock=lambda: now[0]) as clips:
        assert not clips.has(name(1))
        assert not files(folder)


async def test_a_purge_deletes_one_owners_clips_even_those_on_their_way(folder: Path) -> None:
    async with opened(folder) as clips:
        clips.save(name(1), CLIP)
        clips.save(name(2), KeptClip(PACKETS, NOW, (GUILD, OTHER)))

        await clips.purge(MEMBER)
        assert files(folder) == {name(2).hex()}

        await clips.purge(GUILD)
        assert not files(folder)


async def test_a_restart_forgets_no_owner(folder: Path) -> None:
    async with opened(folder) as clips:
        clips.save(name(1), CLIP)

    async with opened(folder) as clips:
        await clips.purge(MEMBER)

    assert not files(folder)


async def test_links_and_pipes_are_neither_followed_nor_waited_for(
    folder: Path, tmp_path: Path
) -> None:
    async with opened(folder) as clips:
        for number in (1, 2):
            clips.save(name(number), CLIP)
        await clips.load(name(2))
        elsewhere = tmp_path / "elsewhere"
        (folder / name(1).hex()).rename(elsewhere)
        (folder / name(1).hex()).symlink_to(elsewhere)
        (folder / name(2).hex()).unlink()
        os.mkfifo(folder / name(2).hex())
        victim = tmp_path / "victim"
        (folder / f"{name(3).hex()}.part").symlink_to(victim)

        clips.save(name(3), CLIP)

        async with asyncio.timeout(5):
            assert await clips.load(name(1)) is None
            assert await clips.load(name(2)) is None
            assert await clips.load(name(3)) == CLIP
        assert not victim.exists()
        assert elsewhere.exists()


async def test_what_is_not_ours_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / f"{name(1).hex()}.part").write_bytes(b"half")

    async with opened(folder, max_bytes=1):
        assert files(folder) == {"notes.txt"}


async def test_with_another_key_nothing_old_is_kept(folder: Path) -> None:
    async with opened(folder) as clips:
        clips.save(name(1), CLIP)
    (folder / "key").unlink()

    async with opened(folder) as clips:
        assert not clips.has(name(1))
    assert not files(folder)


@contextmanager
def no_room(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond `limit` bytes: the write fails halfway."""
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_without_room_speech_goes_on_and_the_log_says_so_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(folder) as clips:
        cache = ClipCache(memory_bytes=0, store=clips, clock=lambda: NOW)
        recorder = Recorder(TellingSynthesizer(frames=50), effects=AS_IT_IS, cache=cache)
        with no_room(400):
            for _ in range(5):
                clip = await ended(recorder.record(REQUEST))
                assert clip.error is None
                await clips.purge(OTHER)  # by then it has been tried to write
        assert not files(folder)
        await ended(recorder.record(REQUEST))

    assert len(files(folder)) == 1
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage() == "speech cannot be kept on disk: File too large"


async def test_a_folder_that_is_none_is_done_without(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file")

    async with opened(folder) as clips:
        cache = ClipCache(memory_bytes=10**6, store=clips, clock=lambda: NOW)
        recorder = Recorder(TellingSynthesizer(), effects=AS_IT_IS, cache=cache)
        clip = await ended(recorder.record(REQUEST))
        assert clip.error is None
        await cache.purge_guild(1)

    assert folder.read_text() == "a file"
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
