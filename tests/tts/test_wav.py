from __future__ import annotations

import io
import random
import struct
import wave
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ProviderError, ProviderFault
from bot.models import AudioFormat
from bot.tts.wav import PcmExtractor
from tests.tts.answers import STREAMED, cut

PCM = bytes(range(1, 101))
SUBTYPE = bytes.fromhex("0100000000001000800000aa00389b71")


def chunk(name: bytes, body: bytes, *, size: int | None = None) -> bytes:
    pad = b"\0" * (len(body) % 2)
    return name + struct.pack("<I", len(body) if size is None else size) + body + pad


def fmt(
    *, tag: int = 1, channels: int = 1, rate: int = 24_000, bits: int = 16, more: bytes = b""
) -> bytes:
    block = channels * bits // 8
    body = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    return chunk(b"fmt ", body + more)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def audio(size: int | None = None) -> bytes:
    return chunk(b"data", PCM, size=size)


EXTENSIBLE = fmt(tag=0xFFFE, more=struct.pack("<HHI", 22, 16, 4) + SUBTYPE)

READABLE = {
    "plain": riff(fmt(), audio()),
    "as the provider streams it": STREAMED + PCM,
    "size 0": riff(fmt(), audio(0)),
    "size of 2 GiB": riff(fmt(), audio(0x7FFFFFFF)),
    "size of 4 GiB": riff(fmt(), audio(0xFFFFFFFF)),
    "size beyond the file": riff(fmt(), audio(len(PCM) + 50)),
    "RIFF size 0": riff(fmt(), audio()).replace(struct.pack("<I", 136), bytes(4), 1),
    "a mark before the audio": riff(fmt(), chunk(b"LIST", b"made by AI"), audio(0x7FFFFF9B)),
    "a mark of odd length": riff(chunk(b"AIGC", b"odd"), fmt(), audio()),
    "a mark behind the audio": riff(fmt(), audio(), chunk(b"LIST", b"made by AI")),
    "a fact chunk": riff(fmt(), chunk(b"fact", bytes(4)), audio()),
    "a longer format chunk": riff(fmt(more=b"\0\0"), audio()),
    "an odd format chunk": riff(fmt(more=b"\0\0\0"), audio()),
    "extensible PCM": riff(EXTENSIBLE, audio()),
    "an odd last byte": STREAMED + PCM + b"\x7f",
}

UNREADABLE = {
    "float": riff(fmt(tag=3, bits=32), audio()),
    "8 bits": riff(fmt(bits=8), audio()),
    "24 bits": riff(fmt(bits=24), audio()),
    "mu-law": riff(fmt(tag=7, bits=8), audio()),
    "extensible float": riff(
        fmt(tag=0xFFFE, more=struct.pack("<HHI", 22, 16, 4) + b"\3" + SUBTYPE[1:]), audio()
    ),
    "extensible without subtype": riff(fmt(tag=0xFFFE), audio()),
    "rate 0": riff(fmt(rate=0), audio()),
    "48 kHz": riff(fmt(rate=48_000), audio()),
    "no channels": riff(fmt(channels=0), audio()),
    "stereo": riff(fmt(channels=2), audio()),
    "no format": riff(audio()),
    "short format": riff(chunk(b"fmt ", bytes(14)), audio()),
    "huge format": riff(chunk(b"fmt ", bytes(16), size=0xFFFFFFFF), audio()),
    "huge mark": riff(fmt(), chunk(b"LIST", b"", size=0x7FFFFFFF), audio()),
    "no audio": riff(fmt()),
    "cut format": riff(fmt())[:-3],
    "cut mark": riff(fmt(), chunk(b"LIST", bytes(20)))[:-5],
    "cut RIFF": b"RIFF\0\0",
    "not WAVE": b"RIFF\0\0\0\0AVI LIST",
    "MP3": b"ID3\3" + bytes(40),
    "Ogg": b"OggS" + bytes(40),
    "FLAC": b"fLaC" + bytes(40),
    "big-endian": b"RIFX" + bytes(40),
    "64-bit": b"RF64" + bytes(40),
    "HTML": b"<!DOCTYPE html><html></html>",
    "XML": b'\n<?xml version="1.0"?><Error/>',
    "JSON": b'{"code":"AccessDenied"}',
    "short JSON": b"{}",
}


def extract(*pieces: bytes, may_be_bare: bool = True) -> bytes:
    extractor = PcmExtractor(may_be_bare=may_be_bare)
    heard = b"".join(extractor.feed(piece) for piece in pieces)
    return heard + extractor.close()


@pytest.mark.parametrize("body", READABLE.values(), ids=READABLE)
def test_a_readable_file_gives_its_samples_however_it_is_cut(body: bytes) -> None:
    assert extract(body) == PCM
    assert extract(*(body[i : i + 1] for i in range(len(body)))) == PCM
    assert {extract(*cut(body, at)) for at in range(len(body))} == {PCM}
    assert extract(body, may_be_bare=False) == PCM


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("may_be_bare", [True, False])
def test_an_unreadable_file_is_a_typed_error(body: bytes, *, may_be_bare: bool) -> None:
    with pytest.raises(ProviderError) as caught:
        extract(*(body[i : i + 1] for i in range(len(body))), may_be_bare=may_be_bare)
    assert caught.value.fault is ProviderFault.PROTOCOL


@pytest.mark.parametrize("length", range(4, 44))
def test_a_header_without_its_end_is_a_typed_error(length: int) -> None:
    with pytest.raises(ProviderError):
        extract(STREAMED[:length])


@pytest.mark.parametrize("length", [0, 1, 2, 3, 11, 12, 13, 100])
def test_bare_samples_pass_but_half_a_sample_does_not(length: int) -> None:
    assert extract(PCM[:length]) == PCM[: length - length % 2]


def test_bare_samples_are_refused_where_a_file_is_due() -> None:
    with pytest.raises(ProviderError, match="not a WAV file"):
        extract(PCM, may_be_bare=False)


def test_no_bytes_at_all_are_no_samples() -> None:
    assert extract(b"", may_be_bare=False) == b""


def test_an_empty_file_is_no_samples() -> None:
    assert extract(riff(fmt(), chunk(b"data", b""))) == b""


@pytest.mark.parametrize("header", [b"", STREAMED])
def test_every_piece_handed_on_is_whole_samples(header: bytes) -> None:
    extractor = PcmExtractor(may_be_bare=True)
    body = header + PCM
    pieces = [extractor.feed(body[i : i + 3]) for i in range(0, len(body), 3)]
    assert {len(piece) % 2 for piece in pieces} == {0}


@given(st.binary(max_size=300), st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", STREAMED[:36]]))
def test_any_bytes_are_whole_samples_or_a_typed_error(body: bytes, start: bytes) -> None:
    heard = b""
    with suppress(ProviderError):
        heard = extract(start + body)
    assert len(heard) % 2 == 0


def test_samples_are_handed_on_without_waiting_for_the_claimed_length() -> None:
    extractor = PcmExtractor(may_be_bare=True)
    assert [extractor.feed(STREAMED), extractor.feed(PCM)] == [b"", PCM]


def test_what_others_write_is_read() -> None:
    chance = random.Random(1)
    pcm = chance.randbytes(10_000)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 24_000, 0, "NONE", ""))
        writer.writeframes(pcm)
    assert extract(*cut(file.getvalue(), *chance.sample(range(10_000), 50))) == pcm


def test_another_format_is_read_where_it_is_wanted() -> None:
    extractor = PcmExtractor(AudioFormat(48_000, 2), may_be_bare=False)
    assert extractor.feed(riff(fmt(rate=48_000, channels=2), audio()) + b"x") == PCM
