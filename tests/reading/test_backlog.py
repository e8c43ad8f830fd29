"""What is held back is read in its order, unless it is taken back or edited meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.reading.backlog import MAX_PENDING, Backlog
from bot.reading.incoming import Author, Incoming
from bot.text.message import ChatMessage


def incoming(id_: int, text: str = "", *, author_id: int = 1) -> Incoming:
    author = Author(author_id, "ann", "Ann")
    return Incoming(id_, 7, 8, None, author, ChatMessage(text), datetime.now(UTC))


class Reader:
    """Notes what it is given; holds back as long as it is told."""

    def __init__(self) -> None:
        self.read: list[tuple[int, str]] = []
        self.hold_s = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.backlog = Backlog(self._look_at, hold_back_s=self._hold_back_s, name="reader")

    async def _look_at(self, message: Incoming) -> None:
        await self.gate.wait()
        if message.message.content == "bug":
            raise ZeroDivisionError
        self.read.append((message.id, message.message.content))

    async def _hold_back_s(self) -> float:
        return self.hold_s

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
        assert reader.backlog.put(incoming(id_))
    await reader.until(5)
    assert [id_ for id_, _ in reader.read] == [0, 1, 2, 3, 4]
    reader.backlog.put(incoming(5))
    await reader.until(6)


async def test_what_is_taken_back_while_it_is_held_back_is_not_read(reader: Reader) -> None:
    reader.hold_s = 0.1
    for id_ in range(4):
        reader.backlog.put(incoming(id_, author_id=id_ % 2))
    assert reader.backlog.remove([1, 99]) == {1}
    assert reader.backlog.remove_of(1) == {3}
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


async def test_a_raid_fills_the_backlog_and_no_more(reader: Reader) -> None:
    reader.gate.clear()
    taken = [reader.backlog.put(incoming(id_)) for id_ in range(2 * MAX_PENDING)]
    assert taken.count(True) == MAX_PENDING
