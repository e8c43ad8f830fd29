"""What is held back is read in its order, unless it is taken back or edited meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.policy.admission import Silence
from bot.reading.backlog import MAX_PENDING, MAX_PENDING_EACH, Backlog, Pending
from bot.reading.incoming import Author, Incoming
from bot.text.message import ChatMessage


def incoming(id_: int, text: str = "", *, author_id: int = 1) -> Incoming:
    author = Author(author_id, "ann", "Ann")
    return Incoming(id_, 7, 8, None, author, ChatMessage(text), datetime.now(UTC))


class Reader:
    """Notes what it is given; holds back as long as it is told."""

    def __init__(self) -> None:
        self.read: list[tuple[int, str]] = []
        self.looked_at: asyncio.Queue[Pending] = asyncio.Queue()
        self.hold_s = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.backlog = Backlog(self._look_at, hold_back_s=self._hold_back_s, name="reader")

    async def _look_at(self, pending: Pending) -> None:
        self.looked_at.put_nowait(pending)
        await self.gate.wait()
        message = pending.incoming
        if message.message.content == "bug":
            raise ZeroDivisionError
        self.read.append((message.id, message.message.content))

    async def _hold_back_s(self) -> float:
        return self.hold_s

    async def look(self) -> Pending:
        """Return what is being looked at."""
        return await self.looked_at.get()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.read) < count:
                await asyncio.sleep(0.001)


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    await reader.backlog.close()


async def test_messages_are_read_in_their_order(reader: Reader) -> None:
    for id_ in range(5):
        assert reader.backlog.put(incoming(id_)) is None
    await reader.until(5)
    assert [id_ for id_, _ in reader.read] == [0, 1, 2, 3, 4]
    reader.backlog.put(incoming(5))
    await reader.until(6)


async def test_what_is_taken_back_while_it_is_held_back_is_not_read(reader: Reader) -> None:
    reader.hold_s = 0.1
    for id_ in range(4):
        reader.backlog.put(incoming(id_, author_id=id_ % 2))
    assert [each.id for each in reader.backlog.remove([1, 99], Silence.FLAGGED)] == [1]
    assert [
        each.id
        for each in reader.backlog.remove_where(lambda each: each.author.id == 1, Silence.MUTED)
    ] == [3]
    await reader.until(2)
    assert [id_ for id_, _ in reader.read] == [0, 2]


async def test_what_is_edited_while_it_is_held_back_is_read_anew_in_its_place(
    reader: Reader,
) -> None:
    reader.hold_s = 0.05
    reader.backlog.put(incoming(1, "teh"))
    reader.backlog.put(incoming(2, "end"))
    assert reader.backlog.replace(incoming(1, "the"))
    await reader.until(2)
    assert reader.read == [(1, "the"), (2, "end")]
    assert not reader.backlog.replace(incoming(1, "a"))


async def test_a_bug_in_one_message_silences_no_other(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.backlog.put(incoming(1, "bug"))
    reader.backlog.put(incoming(2, "fine"))
    await reader.until(1)
    assert reader.read == [(2, "fine")]
    [record] = caplog.records
    assert record.message == "message 1 could not be read"


async def test_what_is_taken_back_while_it_is_looked_at_is_known_to_whoever_does(
    reader: Reader,
) -> None:
    reader.gate.clear()
    reader.backlog.put(incoming(1))
    pending = await reader.look()
    reader.backlog.remove([1], Silence.FLAGGED)
    assert pending.taken_back is Silence.FLAGGED


async def test_no_edit_changes_what_is_settled(reader: Reader) -> None:
    reader.gate.clear()
    reader.backlog.put(incoming(1, "teh"))
    pending = await reader.look()
    assert reader.backlog.replace(incoming(1, "the"))
    pending.is_settled = True
    assert not reader.backlog.replace(incoming(1, "a"))
    assert pending.incoming.message.content == "the"


async def test_a_raid_fills_the_backlog_and_no_more(reader: Reader) -> None:
    reader.gate.clear()
    raid = [incoming(id_, author_id=id_) for id_ in range(2 * MAX_PENDING)]
    refused = [reader.backlog.put(each) for each in raid]
    assert refused == [None] * MAX_PENDING + [Silence.QUEUE_FULL] * MAX_PENDING


async def test_one_author_takes_no_room_of_the_others(reader: Reader) -> None:
    reader.gate.clear()
    spam = [reader.backlog.put(incoming(id_)) for id_ in range(MAX_PENDING)]
    assert spam.count(Silence.TOO_FAST) == MAX_PENDING - MAX_PENDING_EACH
    assert reader.backlog.put(incoming(MAX_PENDING, author_id=2)) is None
