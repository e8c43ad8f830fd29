"""Clips kept on disk: one sealed file each, named by a hash that nobody else can compute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import stat
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self, TypeVar

from bot.storage import _clip_file
from bot.storage._clip_file import ClipHeader, DamagedClipError
from bot.tasks import Tasks
from bot.tts.cached import KEY_BYTES, TTL_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from bot.tts.cached import KeptClip

log = logging.getLogger(__name__)
T = TypeVar("T")

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
KEY_FILE: Final = "key"
UNFINISHED: Final = ".part"

SWEEP_S: Final = 3_600.0
"""How often what is too old is looked for: nothing is kept longer than its time and this."""

WARN_S: Final = 3_600.0
"""A disk that fails is one line in the log, not one for each clip."""

MAX_UNWRITTEN: Final = 64
"""Clips that may wait for a slow disk; more are not kept."""

_OURS: Final = re.compile(rf"([0-9a-f]{{64}})({re.escape(UNFINISHED)})?")
# A link or a pipe somebody planted is no file of ours. (Windows has neither flag.)
_SAFELY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class DiskClips:
    """A `ClipStore` in a folder, bounded by bytes and age; the least recently heard go first.

    All files are touched by one thread, in the order things were asked for; the loop only looks
    names up. A folder that cannot be written is reported to the log, and the bot does without.

    Args:
        folder: Where the clips are; nothing else should be there.
        max_bytes: What all files may take.
        ttl_s: How long a clip may be kept, at most `TTL_S`.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.key = secrets.token_bytes(KEY_BYTES)
        self._folder = folder
        self._max_bytes = max_bytes
        self._ttl_s = min(ttl_s, TTL_S)
        self._clock = clock
        self._clips: OrderedDict[bytes, ClipHeader] = OrderedDict()
        self._bytes = 0
        self._unwritten = 0
        self._warned_at: float | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clips")
        self._tasks = Tasks()

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        max_bytes: int,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Find what is in the folder, made if need be; a folder that is unusable holds nothing."""
        clips = cls(folder, max_bytes=max_bytes, ttl_s=ttl_s, clock=clock)
        await clips._attempt(clips._begin)
        clips._tasks.start(clips._sweep_for_ever(), name="clip sweep")
        return clips

    async def close(self) -> None:
        """Write what waits to be written."""
        await self._tasks.close()
        await asyncio.to_thread(self._thread.shutdown)

    def has(self, name: bytes) -> bool:
        """Return whether there is probably a clip of that name."""
        return name in self._clips

    async def load(self, name: bytes) -> KeptClip | None:
        """Return a clip exactly as it was saved; what is not is deleted."""
        return await self._attempt(lambda: self._read(name))

    def save(self, name: bytes, clip: KeptClip) -> None:
        """Keep a clip as soon as the disk gets to it."""
        if self._unwritten >= MAX_UNWRITTEN:
            return
        self._unwritten += 1
        self._submit(lambda: self._write(name, clip)).add_done_callback(self._note_written)

    async def purge(self, owner: bytes) -> None:
        """Delete every clip of an owner, also those whose writing was asked for before."""
        await self._attempt(lambda: self._delete_all(lambda header: owner in header.owners))

    # On the loop

    async def _attempt(self, work: Callable[[], T]) -> T | None:
        return await asyncio.wrap_future(self._submit(work))

    def _submit(self, work: Callable[[], T]) -> Future[T | None]:
        return self._thread.submit(self._guard, work)

    def _note_written(self, _: Future[None]) -> None:
        self._unwritten -= 1

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._attempt(lambda: self._delete_all(self._is_too_old))

    # On the thread

    def _guard(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except OSError as error:
            self._complain(error)
        except Exception:  # the thread's own door: nobody waits for what is written
            log.exception("the clips on disk failed")
        return None

    def _complain(self, error: OSError) -> None:
        now = time.monotonic()
        if self._warned_at is None or now - self._warned_at > WARN_S:
            self._warned_at = now
            log.warning("speech cannot be kept on disk: %s", error.strerror)

    def _begin(self) -> None:
        self._folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        self._folder.chmod(FOLDER_MODE)
        key = self._read_file(KEY_FILE)
        if key is not None and len(key) == KEY_BYTES:
            self.key = key
            (self._folder / KEY_FILE).chmod(FILE_MODE)
        else:
            self._write_file(KEY_FILE, self.key)
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                match = _OURS.fullmatch(entry.name)
                if match is None:
                    continue
                header = None if key != self.key or match[2] else self._look(entry)
                if header is None or self._is_too_old(header):
                    self._remove_file(entry.name)
                else:
                    name = bytes.fromhex(match[1])
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, name, header))
        for _, name, header in sorted(found, key=lambda each: each[0]):
            self._add(name, header)
        self._make_room(0)

    def _look(self, entry: os.DirEntry[str]) -> ClipHeader | None:
        """Return what a file says it is, unless it cannot be that."""
        head = self._read_file(entry.name, _clip_file.HEADER_BYTES)
        try:
            header = _clip_file.read_header(head or b"")
        except DamagedClipError:
            return None
        size = entry.stat(follow_symlinks=False).st_size
        return header if header.file_bytes == size else None

    def _read(self, name: bytes) -> KeptClip | None:
        header = self._clips.get(name)
        if header is None:
            return None
        # One byte more than there should be shows a file that has grown.
        content = self._read_file(name.hex(), header.file_bytes + 1)
        if content is None:
            self._restore_folder()
        try:
            clip = _clip_file.unpack(self.key, name, content or b"")
        except DamagedClipError:
            self._delete(name)
            return None
        if self._is_too_old(header):
            self._delete(name)
            return None
        self._clips.move_to_end(name)
        with contextlib.suppress(OSError):  # what can only be read can be heard all the same
            os.utime(self._folder / name.hex())  # a restart sorts by it
        return clip

    def _write(self, name: bytes, clip: KeptClip) -> None:
        content = _clip_file.pack(self.key, name, clip)
        self._delete(name)
        if len(content) > self._max_bytes:
            return
        self._make_room(len(content))
        if not self._folder.is_dir():
            self._restore_folder()
        self._write_file(name.hex(), content)
        self._add(name, _clip_file.read_header(content[: _clip_file.HEADER_BYTES]))

    def _restore_folder(self) -> None:
        """Begin again where somebody has deleted the folder."""
        if not self._folder.is_dir():
            self._folder.mkdir(FOLDER_MODE, parents=True)
            self._write_file(KEY_FILE, self.key)
            self._clips.clear()
            self._bytes = 0

    def _make_room(self, size: int) -> None:
        while self._clips and self._bytes + size > self._max_bytes:
            self._delete(next(iter(self._clips)))

    def _is_too_old(self, header: ClipHeader) -> bool:
        # A clip from the future is as bad: nobody knows when its time would be over.
        return abs(self._clock() - header.made_at) >= self._ttl_s

    def _delete_all(self, is_meant: Callable[[ClipHeader], bool]) -> None:
        for name in [name for name, header in self._clips.items() if is_meant(header)]:
            self._delete(name)

    def _add(self, name: bytes, header: ClipHeader) -> None:
        self._clips[name] = header
        self._bytes += header.file_bytes

    def _delete(self, name: bytes) -> None:
        if header := self._clips.pop(name, None):
            self._bytes -= header.file_bytes
            self._remove_file(name.hex())

    # Its files

    def _read_file(self, name: str, size: int = KEY_BYTES + 1) -> bytes | None:
        """Return the first `size` bytes of a regular file; `None` if there is none."""
        try:
            with open(self._folder / name, "rb", buffering=0, opener=_open) as file:
                is_regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                return file.read(size) if is_regular else None
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            if stat.S_ISLNK((self._folder / name).lstat().st_mode):
                return None
            raise error from None

    def _write_file(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all, and never through a link."""
        path = self._folder / name
        unfinished = path.with_name(path.name + UNFINISHED)
        unfinished.unlink(missing_ok=True)
        try:
            with open(unfinished, "xb", opener=_open) as file:
                file.write(content)
            unfinished.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise

    def _remove_file(self, name: str) -> None:
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:  # the others can go all the same
            self._complain(error)


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _SAFELY, FILE_MODE)
