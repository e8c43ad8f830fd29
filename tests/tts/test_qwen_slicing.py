from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tts.answers import PCM, STREAMED, cut, hear, stream

if TYPE_CHECKING:
    from collections.abc import Callable

SLICINGS = 500


def spread(body: bytes) -> bytes:
    return body.replace(b', "', b',\ndata:"')


PLAIN = stream(PCM[:200], PCM[200:400], PCM[400:])
ODD = stream(PCM[:1], PCM[1:4], PCM[4:205], PCM[205:400], PCM[400:])
HEADED = stream(STREAMED + PCM[:200], PCM[200:])
SPLIT = stream(STREAMED[:7], STREAMED[7:9] + b"", STREAMED[9:43], STREAMED[43:] + PCM[:3], PCM[3:])
SHAPES = {"bare": PLAIN, "odd": ODD, "header": HEADED, "split header": SPLIT}
DIALECTS: dict[str, Callable[[bytes], bytes]] = {
    "LF": lambda body: body,
    "CRLF": lambda body: body.replace(b"\n", b"\r\n"),
    "CR": lambda body: body.replace(b"\n", b"\r"),
    "several data lines": spread,
    "heartbeats": lambda body: b"\xef\xbb\xbf:hi\n\n" + body.replace(b"\n\n", b"\n:ping\n\n:\n\n"),
}
STREAMS = {
    f"{shape}, {dialect}": respell(body)
    for shape, body in SHAPES.items()
    for dialect, respell in DIALECTS.items()
}


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
def test_the_sound_is_the_same_for_every_random_slicing(body: bytes) -> None:
    chance = random.Random(len(body))
    slicings = (chance.choices(range(len(body)), k=chance.randint(1, 40)) for _ in range(SLICINGS))
    assert {hear(*cut(body, *at)) for at in slicings} == {PCM}


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_sound_is_the_same_for_even_slices(body: bytes, size: int) -> None:
    assert hear(*cut(body, *range(size, len(body), size))) == PCM


def test_ten_thousand_slicings_are_tried() -> None:
    assert len(STREAMS) * SLICINGS == 10_000


@given(st.lists(st.binary(max_size=9), max_size=9).filter(lambda ps: len(b"".join(ps)) % 2 == 0))
def test_samples_cut_in_two_are_joined(pieces: list[bytes]) -> None:
    start = bytes(12)
    assert hear(stream(start, *pieces)) == start + b"".join(pieces)
