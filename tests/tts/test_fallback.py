"""The chain of routes: who speaks when a provider cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest, Voice
from bot.sandbox.qwen import SandboxQwen, errors, faults
from bot.tts._espeak_voices import ESPEAK_MODEL
from bot.tts.casting import Likeness
from bot.tts.condition import Condition, Rest
from bot.tts.espeak import Espeak
from bot.tts.espeak_voice import EspeakSynthesizer
from bot.tts.fallback import FIRST_SHARE, FIRST_SOUND_S, SETTLED_S, Chain, Route, Switch
from bot.tts.synthesizer import Synthesizer
from tests.tts._rush import in_virtual_time
from tests.tts.conftest import REQUEST, Caller

OWN = "qwen3-tts-flash"
SAID = SpeechRequest("Good morning", OWN, Voice("Cherry"), origin=Origin(7, 70))
ELSEWHERE = replace(SAID, origin=Origin(8, 80))

MOVES_ON = [
    ProviderFault.BAD_KEY,
    ProviderFault.OUT_OF_CREDIT,
    ProviderFault.THROTTLED,
    ProviderFault.TIMEOUT,
    ProviderFault.UNAVAILABLE,
    ProviderFault.PROTOCOL,
    ProviderFault.TRUNCATED,
    ProviderFault.UNSAFE_URL,
    ProviderFault.SUSPENDED,
]


def error(fault: ProviderFault, **details: Any) -> ProviderError:
    return ProviderError(f"broken: {fault}", fault=fault, retryable=False, **details)


@dataclass
class Speaker(Synthesizer):
    """Begins after `delay_s`, says its name in two pieces, or fails before or behind the first."""

    name: bytes
    delay_s: float = 0.0
    error: ProviderError | None = None
    late_error: ProviderError | None = None
    is_mute: bool = False
    asked: list[SpeechRequest] = field(default_factory=list)
    open: int = 0

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.asked.append(request)
        self.open += 1
        try:
            await asyncio.sleep(self.delay_s)
            if self.error:
                raise self.error
            if self.is_mute:
                yield b""
                return
            yield self.name
            await asyncio.sleep(self.delay_s)
            if self.late_error:
                raise self.late_error
            yield b"..."
        finally:
            self.open -= 1


class Stage:
    """A chain of three routes, and what it reports."""

    def __init__(self) -> None:
        self.qwen, self.second, self.espeak = (Speaker(n) for n in (b"qwen", b"second", b"espeak"))
        self.stand_ins: list[SpeechRequest] = []
        self.switches: list[Switch] = []
        self.chain = Chain(
            (
                Route("qwen", self.qwen, frozenset({OWN})),
                Route("second", self.second, stand_in=lambda request: request),
                Route(
                    "espeak",
                    self.espeak,
                    frozenset({ESPEAK_MODEL}),
                    Likeness(ESPEAK_MODEL).stand_in,
                ),
            ),
            on_stand_in=self.stand_ins.append,
            on_switch=self.switches.append,
        )

    @property
    def told(self) -> list[tuple[int | None, str]]:
        return [(switch.request.origin.guild_id, switch.current) for switch in self.switches]

    async def hear(self, request: SpeechRequest = SAID) -> bytes:
        async with aclosing(self.chain.stream(request)) as pieces:
            return b"".join([pcm async for pcm in pieces])

    async def fail(self, request: SpeechRequest = SAID) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await self.hear(request)
        return caught.value


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_the_route_of_the_model_speaks(stage: Stage) -> None:
    assert await stage.hear() == b"qwen..."
    assert stage.qwen.asked == [SAID]
    assert await stage.hear(replace(SAID, model=ESPEAK_MODEL)) == b"espeak..."
    assert (stage.second.asked, stage.stand_ins, stage.switches) == ([], [], [])


@pytest.mark.parametrize("fault", MOVES_ON)
async def test_the_next_route_speaks_where_it_may_help(stage: Stage, fault: ProviderFault) -> None:
    stage.qwen.error = error(fault)

    assert await stage.hear() == b"second..."
    assert stage.stand_ins == [SAID]


@pytest.mark.parametrize(
    "fault", [fault for fault in ProviderFault if fault not in MOVES_ON], ids=str
)
async def test_nobody_else_is_asked_where_it_would_not(stage: Stage, fault: ProviderFault) -> None:
    stage.qwen.error = error(fault)

    assert await stage.fail() is stage.qwen.error
    assert (stage.second.asked, stage.espeak.asked) == ([], [])


async def test_a_request_that_names_a_missing_model_goes_on(stage: Stage) -> None:
    stage.qwen.error = error(ProviderFault.INVALID_REQUEST, status=404)

    assert await stage.hear() == b"second..."


async def test_a_stand_in_that_does_not_take_the_request_is_passed_over(stage: Stage) -> None:
    stage.qwen.error = error(ProviderFault.SUSPENDED)
    stage.second.error = error(ProviderFault.INVALID_REQUEST)

    assert await stage.hear() == b"espeak..."


async def test_what_a_stand_in_refuses_is_said_by_nobody(stage: Stage) -> None:
    stage.qwen.error = error(ProviderFault.SUSPENDED)
    stage.second.error = error(ProviderFault.REFUSED_CONTENT)

    assert await stage.fail() is stage.qwen.error
    assert stage.espeak.asked == []


async def test_if_all_fail_the_error_is_that_of_the_first(stage: Stage) -> None:
    for speaker, fault in zip((stage.qwen, stage.second, stage.espeak), MOVES_ON, strict=False):
        speaker.error = error(fault)

    assert await stage.fail() is stage.qwen.error
    assert (stage.stand_ins, stage.switches) == ([], [])


async def test_an_answer_without_sound_is_none(stage: Stage) -> None:
    stage.qwen.is_mute = True

    assert await stage.hear() == b"second..."


async def test_what_has_begun_to_sound_is_never_said_again(stage: Stage) -> None:
    stage.qwen.late_error = error(ProviderFault.UNAVAILABLE)

    assert await stage.fail() is stage.qwen.late_error
    assert stage.second.asked == []


async def test_a_model_without_a_route_is_spoken_by_a_stand_in(stage: Stage) -> None:
    lost = replace(SAID, model="of yesterday")

    assert await stage.hear(lost) == b"second..."
    assert stage.stand_ins == [lost]
    assert stage.told == [(7, "second")]


async def test_a_model_without_any_route_is_told(stage: Stage) -> None:
    chain = Chain((Route("qwen", stage.qwen, frozenset({OWN})),))
    with pytest.raises(ProviderError, match="no provider is configured for of yesterday"):
        await anext(chain.stream(replace(SAID, model="of yesterday")))


async def test_leaving_early_ends_the_request_of_the_route_that_speaks(stage: Stage) -> None:
    stage.qwen.error = error(ProviderFault.SUSPENDED)
    stream = stage.chain.stream(SAID)
    await anext(stream)
    assert stage.second.open == 1

    await stream.aclose()

    assert (stage.qwen.open, stage.second.open) == (0, 0)


@pytest.mark.parametrize("turns", range(8))
async def test_a_request_cancelled_anywhere_leaves_nothing_open(stage: Stage, turns: int) -> None:
    stage.qwen.error = error(ProviderFault.SUSPENDED)
    stage.second.delay_s = 3600
    task = asyncio.create_task(stage.hear())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert (stage.qwen.open, stage.second.open, stage.espeak.asked) == (0, 0, [])


def test_a_silent_route_hands_over_while_a_listener_still_waits(stage: Stage) -> None:
    async def scenario() -> None:
        now = asyncio.get_running_loop().time
        stage.qwen.delay_s = stage.second.delay_s = 3600
        began = now()
        async with aclosing(stage.chain.stream(SAID)) as pieces:
            assert await anext(pieces) == b"espeak"
            waited = now() - began
        first = FIRST_SHARE * FIRST_SOUND_S
        assert waited == pytest.approx(first + FIRST_SHARE * (FIRST_SOUND_S - first), abs=0.01)
        assert waited < 11
        assert (stage.qwen.open, stage.second.open) == (0, 0)

    in_virtual_time(scenario())


def test_all_routes_together_are_given_up_in_time(stage: Stage) -> None:
    async def scenario() -> None:
        for speaker in (stage.qwen, stage.second, stage.espeak):
            speaker.delay_s = 3600
        began = asyncio.get_running_loop().time()
        assert (await stage.fail()).fault is ProviderFault.TIMEOUT
        waited = asyncio.get_running_loop().time() - began
        assert waited == pytest.approx(FIRST_SOUND_S, abs=0.01)

    in_virtual_time(scenario())


def test_once_it_speaks_a_route_has_all_the_time_it_wants(stage: Stage) -> None:
    stage.qwen.delay_s = FIRST_SHARE * FIRST_SOUND_S - 1

    assert in_virtual_time(stage.hear()) == b"qwen..."


def test_a_route_alone_is_not_hurried() -> None:
    slow = Speaker(b"slow", delay_s=10 * FIRST_SOUND_S)
    chain = Chain((Route("qwen", slow, frozenset({OWN})),))

    assert in_virtual_time(anext(chain.stream(SAID))) == b"slow"


def test_a_switch_is_told_once_to_each_guild_and_once_when_it_is_over(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        stage.qwen.error = error(ProviderFault.OUT_OF_CREDIT, status=400, code="Arrearage")
        for request in (SAID, SAID, ELSEWHERE, SAID):
            await stage.hear(request)
        assert stage.told == [(7, "second"), (8, "second")]
        assert len(stage.stand_ins) == 4
        stage.qwen.error = None
        await asyncio.sleep(SETTLED_S)
        for request in (SAID, ELSEWHERE, SAID):
            assert await stage.hear(request) == b"qwen..."
        assert stage.told[2:] == [(7, "qwen"), (8, "qwen")]
        assert [switch.is_back for switch in stage.switches] == [False, False, True, True]

    caplog.set_level("INFO", "bot.tts.fallback")
    in_virtual_time(scenario())
    assert caplog.messages == [
        "second speaks instead of qwen: out_of_credit, status 400, code Arrearage",
        "qwen speaks again",
    ]


def test_a_route_that_fails_now_and_then_is_not_told_every_time(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        for _ in range(20):
            stage.qwen.error = error(ProviderFault.UNAVAILABLE)
            assert await stage.hear() == b"second..."
            stage.qwen.error = None
            assert await stage.hear() == b"qwen..."
            await asyncio.sleep(SETTLED_S / 2)

    caplog.set_level("INFO", "bot.tts.fallback")
    in_virtual_time(scenario())
    assert stage.told == [(7, "second")]
    assert len(caplog.messages) == 1


RESTS = Rest(ProviderFault.SUSPENDED, 15.0)


@pytest.mark.parametrize(
    ("resting", "model", "condition"),
    [
        (set(), OWN, Condition(None, has_stand_in=True)),
        ({"qwen"}, OWN, Condition(RESTS, has_stand_in=True)),
        ({"qwen", "second"}, OWN, Condition(RESTS, has_stand_in=True)),
        ({"qwen", "second", "espeak"}, OWN, Condition(RESTS)),
        ({"second", "espeak"}, OWN, Condition(None)),
        (set(), "gone", Condition(Rest(ProviderFault.INVALID_REQUEST), has_stand_in=True)),
    ],
)
async def test_what_would_become_of_a_request_can_be_looked_up(
    resting: set[str], model: str, condition: Condition
) -> None:
    def rest_of(name: str) -> Callable[[str], Rest | None]:
        return lambda _model: RESTS if name in resting else None

    speakers = [Speaker(name.encode()) for name in ("qwen", "second", "espeak")]
    own, second, espeak = speakers
    likeness = Likeness(ESPEAK_MODEL).stand_in
    chain = Chain(
        (
            Route("qwen", own, frozenset({OWN}), rest_of=rest_of("qwen")),
            Route("second", second, stand_in=lambda each: each, rest_of=rest_of("second")),
            Route("espeak", espeak, stand_in=likeness, rest_of=rest_of("espeak")),
        )
    )

    assert chain.condition(replace(SAID, model=model)) == condition
    assert not any(speaker.asked for speaker in speakers)


def test_who_stands_in_does_so_until_the_usual_one_has_spoken(stage: Stage) -> None:
    async def scenario() -> None:
        stage.qwen.error = error(ProviderFault.UNAVAILABLE)
        await stage.hear()
        await asyncio.sleep(SETTLED_S)
        assert stage.chain.condition(SAID).stood_in_s == pytest.approx(SETTLED_S)
        assert stage.chain.condition(ELSEWHERE).stood_in_s is None
        stage.qwen.error = None
        await stage.hear()
        assert stage.chain.condition(SAID).stood_in_s is None

    in_virtual_time(scenario())


async def test_neither_text_nor_voice_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.qwen.error = error(ProviderFault.BAD_KEY)
    caplog.set_level("DEBUG")
    await stage.hear(replace(SAID, voice=Voice("custom-voice-of-anna")))

    assert "speaks instead" in caplog.text
    assert SAID.text not in caplog.text
    assert "anna" not in caplog.text


def down(qwen: SandboxQwen) -> None:
    qwen.faults.always(faults.NoAnswer())


def without_the_model(qwen: SandboxQwen) -> None:
    qwen.faults.always(faults.MODEL_NOT_FOUND)


def of_another_endpoint(qwen: SandboxQwen) -> None:
    qwen.faults.always(faults.Refuse(errors.WRONG_URL))


@pytest.mark.parametrize("trouble", [down, without_the_model, of_another_endpoint])
async def test_the_embedded_voice_stands_in_for_the_endpoint(
    caller: Caller, trouble: Callable[[SandboxQwen], None]
) -> None:
    with Espeak(is_repeatable=True) as espeak:
        embedded = EspeakSynthesizer(espeak)
        chain = Chain(
            (
                Route("qwen", caller.synthesizer(), frozenset({REQUEST.model})),
                Route("espeak", embedded, stand_in=Likeness(ESPEAK_MODEL).stand_in),
            )
        )
        trouble(caller.qwen)
        async with aclosing(chain.stream(REQUEST)) as pieces:
            heard = b"".join([pcm async for pcm in pieces])
        async with aclosing(embedded.stream(replace(REQUEST, model=ESPEAK_MODEL))) as pieces:
            is_same = heard == b"".join([pcm async for pcm in pieces])

    assert is_same
    assert len(caller.qwen.requests) == 1
