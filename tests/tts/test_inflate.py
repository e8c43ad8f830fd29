from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from bot.errors import ProviderError
from bot.tts._inflate import Inflater

BODY = bytes(range(256)) * 2000


def inflate(encoding: str, *pieces: bytes) -> bytes:
    inflater = Inflater(encoding)
    return b"".join(out for piece in pieces for out in inflater.feed(piece))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", BODY),
        ("identity", BODY),
        ("gzip", gzip.compress(BODY)),
        ("GZIP ", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
    ],
)
@pytest.mark.parametrize("size", [1, 1000, 1_000_000])
def test_what_was_packed_comes_out(encoding: str, packed: bytes, size: int) -> None:
    assert inflate(encoding, *(packed[i : i + size] for i in range(0, len(packed), size))) == BODY


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_nobody_asked_for_is_a_typed_error(encoding: str) -> None:
    with pytest.raises(ProviderError):
        Inflater(encoding)


def test_what_is_not_packed_is_a_typed_error() -> None:
    with pytest.raises(ProviderError):
        inflate("gzip", b"plain")


def test_a_bomb_comes_out_in_bounded_pieces() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    sizes = {len(piece) for piece in Inflater("gzip").feed(bomb)}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(sizes) <= 65_536
    assert peak < 2_000_000
