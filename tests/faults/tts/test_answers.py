"""T-05 to T-12, T-24: answers in other dialects, spoiled, or no speech at all."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

import numpy as np
import pytest

from bot.audio.samples import amplitude, from_pcm
from bot.errors import ProviderError, ProviderFault
from bot.sandbox.qwen import WavShape, WavSizes, errors, faults
from bot.sandbox.qwen.errors import ServiceError
from bot.sandbox.qwen.faults import Fault
from bot.tts.qwen import Mode
from bot.tts.recorder import Recorder
from tests.faults.tts.route import REQUEST, Route, outcome, sound
from tests.tts.answers import PCM, cut, failure_of, hear, payload, stream
from tests.tts.test_qwen_malformed import BAD_BASE64, MALFORMED, wire
from tests.tts.test_qwen_slicing import STREAMS

PROTOCOL = ProviderFault.PROTOCOL
SLICINGS = 10_000
FUZZED = 100_000

DIALECTS: dict[str, Fault] = {
    "CRLF": faults.CRLF,
    "a space behind the colon": faults.SPACE_AFTER_COLON,
    "several data lines": faults.SEVERAL_DATA_LINES,
    "comments": faults.COMMENTS,
    "7 bytes at a time": faults.Sliced(7),
    "1024 bytes at a time": faults.Sliced(1024),
}


def test_t05_the_sound_is_the_same_for_ten_thousand_random_slicings() -> None:
    chance = random.Random(5)
    bodies = list(STREAMS.values())
    for number in range(SLICINGS):
        body = bodies[number % len(bodies)]
        at = chance.choices(range(len(body)), k=chance.randint(1, 40))
        assert hear(*cut(body, *at)) == PCM


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
async def test_t05_the_sound_is_the_same_in_every_dialect(route: Route, dialect: Fault) -> None:
    plain = await sound(route.synthesizer)
    route.qwen.faults.next(dialect)
    is_same = await sound(route.synthesizer) == plain
    assert is_same
    assert len(route.qwen.requests) == 2


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (errors.RATE_QUOTA, ProviderFault.THROTTLED),
        (errors.DATA_INSPECTION, ProviderFault.REFUSED_CONTENT),
    ],
)
async def test_t05_an_error_event_is_the_error_it_names(
    route: Route, error: ServiceError, fault: ProviderFault
) -> None:
    route.qwen.faults.always(faults.ErrorEvent(error))
    assert await route.outcome() is fault


@pytest.mark.parametrize(("line_bytes", "is_accepted"), [(600_000, True), (9_000_000, False)])
async def test_t06_a_long_line_is_read_and_one_without_end_is_an_error(
    route: Route, line_bytes: int, *, is_accepted: bool
) -> None:
    route.qwen.faults.always(faults.HugeLine(line_bytes))
    came = await route.outcome()
    assert isinstance(came, bytes) is is_accepted
    assert is_accepted or came is PROTOCOL


@pytest.mark.parametrize("is_stream", [True, False])
def test_t07_fifty_malformed_answers_are_typed_errors(*, is_stream: bool) -> None:
    for said in MALFORMED.values():
        body = b"data:" + wire(said) + b"\n\n" if is_stream else wire(said)
        assert failure_of(body, is_stream=is_stream).fault in {PROTOCOL, ProviderFault.TRUNCATED}


@pytest.mark.parametrize("part", range(4))
def test_t07_a_hundred_thousand_spoiled_answers_are_sound_or_typed_errors(part: int) -> None:
    chance = random.Random(part)
    small = list(STREAMS.values())[part * 5][-600:]
    for _ in range(FUZZED // 4):
        spoiled = bytearray(small)
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(spoiled))
            spoiled[start : start + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
        with suppress(ProviderError):
            hear(bytes(spoiled), is_stream=chance.random() < 0.8)


@pytest.mark.parametrize("fault", [faults.BAD_JSON, faults.NOT_JSON, faults.NO_OUTPUT])
async def test_t07_a_malformed_answer_is_asked_for_twice(route: Route, fault: Fault) -> None:
    route.qwen.faults.always(fault)
    assert await route.outcome() is PROTOCOL
    assert len(route.qwen.requests) == 2


def test_t08_whatever_is_not_base64_is_found_out() -> None:
    found_out = 0
    for encoded in BAD_BASE64:
        said = payload(reason="stop")
        said["output"]["audio"]["data"] = encoded
        found_out += failure_of(b"data:" + json.dumps(said).encode() + b"\n\n").fault is PROTOCOL
    assert found_out == len(BAD_BASE64)


async def test_t08_malformed_base64_is_heard_by_nobody(route: Route) -> None:
    route.qwen.faults.always(faults.BAD_BASE64)
    assert await route.outcome() is PROTOCOL


def test_t09_samples_cut_at_every_odd_offset_are_whole() -> None:
    for offset in range(1, len(PCM), 2):
        assert hear(stream(PCM[:offset], PCM[offset:])) == PCM


@pytest.mark.parametrize("at_byte", [1, 7, 43, 45])
async def test_t09_pieces_of_odd_length_are_whole(route: Route, at_byte: int) -> None:
    plain = await sound(route.synthesizer)
    route.qwen.faults.at(2, faults.OddPieces())
    route.qwen.faults.at(2, faults.SplitHeader(at_byte))
    is_same = await sound(route.synthesizer) == plain
    assert is_same


HONEST = {
    "size 0": WavShape(sizes=WavSizes.ZERO),
    "2 GiB": WavShape(sizes=WavSizes.INT_MAX),
    "4 GiB - 1": WavShape(sizes=WavSizes.UINT_MAX),
    "an extra chunk": WavShape(extra_chunk=b"made by AI"),
    "extensible": WavShape(is_extensible=True),
}
UNREADABLE = {
    "rate 0": WavShape(rate_hz=0),
    "no channels": WavShape(channels=0),
    "float": WavShape(is_float=True),
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("shape", HONEST.values(), ids=HONEST)
async def test_t10_a_header_that_lies_about_the_length_hides_no_sample(
    route: Route, shape: WavShape, mode: Mode
) -> None:
    synthesizer = route.speaking_through(mode=mode)
    plain = await sound(synthesizer)
    route.qwen.faults.next(faults.Wav(shape))
    is_same = await sound(synthesizer) == plain
    assert is_same


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("shape", UNREADABLE.values(), ids=UNREADABLE)
async def test_t10_a_format_nobody_can_play_is_a_typed_error(
    route: Route, shape: WavShape, mode: Mode
) -> None:
    route.qwen.faults.always(faults.Wav(shape))
    assert await outcome(route.speaking_through(mode=mode), REQUEST) is PROTOCOL


class Shouted(Fault):
    """Answers with full scale, as a model that clips."""

    async def speech(self, pcm: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        async for piece in pcm:
            yield (
                np.where(np.frombuffer(piece, "<i2") >= 0, 32_767, -32_768).astype("<i2").tobytes()
            )


@pytest.mark.parametrize("fault", [faults.EmptyAudio(), faults.Silence()])
async def test_t11_nothing_to_hear_is_dropped_with_a_reason(route: Route, fault: Fault) -> None:
    route.qwen.faults.always(fault)
    recorder = Recorder(route.synthesizer)
    clip = recorder.record(REQUEST)
    assert not await clip.wait_for_frames(1)
    assert isinstance(clip.error, ProviderError)
    assert clip.error.fault is PROTOCOL
    assert len(route.qwen.requests) <= 2
    await recorder.close()


async def test_t11_a_voice_that_finds_no_end_is_cut_at_the_cap(route: Route) -> None:
    route.qwen.faults.next(faults.Runaway(100))
    pcm = await sound(route.synthesizer)
    assert len(pcm) == 24_000 * 2 * max(30, len(REQUEST.text) // 2)


async def test_t11_full_scale_is_brought_down(route: Route) -> None:
    route.qwen.faults.next(Shouted())
    recorder = Recorder(route.synthesizer)
    pcm = b"".join([piece async for piece in recorder.stream(REQUEST)])
    assert pcm
    assert np.abs(from_pcm(pcm)).max() <= amplitude(-1.0) + 1e-4
    await recorder.close()


@pytest.mark.parametrize(
    "error",
    [
        errors.WRONG_KEY,
        errors.DATA_INSPECTION,
        errors.ARREARAGE,
        errors.FREE_QUOTA,
        errors.RATE_QUOTA,
        errors.INTERNAL_ERROR,
        errors.MODEL_UNAVAILABLE,
    ],
    ids=lambda error: error.code,
)
@pytest.mark.parametrize("mode", Mode)
async def test_t12_an_error_under_200_is_the_same_as_under_its_status(
    route: Route, error: ServiceError, mode: Mode
) -> None:
    failures = []
    for fault in (faults.Refuse(error), faults.ErrorUnder200(error)):
        route.qwen.faults.next(fault)
        with pytest.raises(ProviderError) as caught:
            await sound(route.endpoint(mode=mode))
        failures.append(caught.value)
    under_status, under_200 = failures
    assert under_200.fault is under_status.fault
    assert under_200.code == under_status.code == error.code
    assert under_200.retryable == under_status.retryable


@pytest.mark.parametrize(
    ("fault", "mode"),
    [
        (faults.CAPTIVE_PORTAL, Mode.STREAMING),
        (faults.CAPTIVE_PORTAL, Mode.PLAIN),
        (faults.WRONG_CONTENT_TYPE, Mode.STREAMING),
        (faults.FILE_IS_HTML, Mode.PLAIN),
        (faults.FILE_IS_JSON, Mode.PLAIN),
    ],
)
async def test_t24_a_page_where_speech_should_be_is_asked_for_twice_and_never_heard(
    route: Route, fault: Fault, mode: Mode
) -> None:
    route.qwen.faults.always(fault)
    assert await outcome(route.speaking_through(mode=mode), REQUEST) is PROTOCOL
    assert len(route.qwen.requests) == 2
