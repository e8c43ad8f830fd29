from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ProviderError, ProviderFault
from bot.tts.sse import EventParser, LineSplitter, ServerEvent

if TYPE_CHECKING:
    import random

FRAME = b'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"a":1}\n\n'


def parse(*pieces: bytes, max_bytes: int = 1 << 20) -> list[ServerEvent]:
    parser = EventParser(max_bytes)
    events = [event for piece in pieces for event in parser.feed(piece)]
    last = parser.close()
    return [*events, last] if last else events


def one_by_one(stream: bytes) -> list[bytes]:
    return [stream[i : i + 1] for i in range(len(stream))]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("space", [b"", b" "])
def test_every_line_end_and_space_of_the_standard_is_understood(end: bytes, space: bytes) -> None:
    stream = FRAME.replace(b"\n", end).replace(b"event:", b"event:" + space)
    assert parse(*one_by_one(stream)) == [ServerEvent("result", '{"a":1}', 200)]


def test_line_ends_may_be_mixed() -> None:
    assert [event.payload for event in parse(b"data:a\r\rdata:b\r\n\ndata:c\n\r\n")] == [*"abc"]


def test_several_data_lines_are_joined() -> None:
    assert parse(b"data:{\ndata: 1\ndata\ndata:}\n\n") == [ServerEvent("message", "{\n1\n\n}")]


def test_only_the_first_space_behind_the_colon_is_dropped() -> None:
    assert parse(b"data:  x\n\n")[0].payload == " x"


@pytest.mark.parametrize(
    "noise",
    [b":heartbeat\n\n", b"id:7\n\n", b"retry:3\n\n", b"event:result\n\n", b"foo\n\n", b"\n"],
)
def test_what_carries_nothing_is_no_event(noise: bytes) -> None:
    assert parse(noise, FRAME, noise) == [ServerEvent("result", '{"a":1}', 200)]


def test_an_error_counts_even_without_data() -> None:
    assert parse(b"event:error\n:HTTP_STATUS/429\n\n") == [ServerEvent("error", "", 429)]


@pytest.mark.parametrize("comment", [b":HTTP_STATUS/400", b": HTTP_STATUS/400 "])
def test_the_status_in_a_comment_is_kept(comment: bytes) -> None:
    assert parse(comment + b"\ndata:x\n\n")[0].status == 400


def test_a_status_belongs_to_one_event() -> None:
    events = parse(b":HTTP_STATUS/400\ndata:x\n\ndata:y\n\n")
    assert [event.status for event in events] == [400, None]


def test_a_byte_order_mark_is_dropped() -> None:
    assert parse(*one_by_one(b"\xef\xbb\xbf" + FRAME)) == parse(FRAME)


def test_characters_may_be_cut_anywhere() -> None:
    assert parse(*one_by_one("data:你好 😀\n\n".encode()))[0].payload == "你好 😀"


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert parse(b"data:a\xffb\n\n")[0].payload == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("tail", [b"", b"\n"])
def test_an_event_at_the_end_needs_no_empty_line(tail: bytes) -> None:
    assert parse(b"data:x" + tail) == [ServerEvent("message", "x")]


def test_a_line_up_to_the_limit_is_taken() -> None:
    assert parse(b"data:" + b"x" * 1019 + b"\n\n", max_bytes=1024)[0].payload == "x" * 1019


@pytest.mark.parametrize(
    "stream", [b"data:" + b"x" * 1020, b"data:xx\n" * 400, b"data:\n" * 1100, b":" + b"x" * 1024]
)
@pytest.mark.parametrize("size", [1, 4096])
def test_an_endless_line_or_event_is_an_error(stream: bytes, size: int) -> None:
    pieces = [stream[i : i + size] for i in range(0, len(stream), size)]
    with pytest.raises(ProviderError) as caught:
        parse(*pieces, max_bytes=1024)
    assert caught.value.fault is ProviderFault.PROTOCOL


def test_events_before_an_endless_line_are_heard() -> None:
    feed = EventParser(64).feed(b"data:x\n\n" + b"y" * 100)
    assert next(feed).payload == "x"
    with pytest.raises(ProviderError):
        next(feed)


def test_a_line_of_600_kilobytes_arrives_whole() -> None:
    stream = b"data:" + b"A" * 600_000 + b"\n\n"
    pieces = [stream[i : i + 1000] for i in range(0, len(stream), 1000)]
    assert len(parse(*pieces)[0].payload) == 600_000


@given(st.binary(max_size=200), st.randoms(use_true_random=False))
def test_lines_are_the_same_however_they_are_sliced(stream: bytes, chance: random.Random) -> None:
    cuts = sorted(chance.choices(range(len(stream) + 1), k=5))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole, sliced = LineSplitter(), LineSplitter()
    expected = [*whole.feed(stream), whole.close()]
    assert [*(line for piece in pieces for line in sliced.feed(piece)), sliced.close()] == expected
