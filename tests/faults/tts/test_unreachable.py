"""T-01, T-02, T-19: the endpoint cannot be reached, does not answer, or is away for a while."""

from __future__ import annotations

import asyncio
import datetime
import errno
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest
from bot.sandbox.qwen import faults
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.limited import Desk, LimitedSynthesizer
from bot.tts.qwen import Mode, QwenEndpoint, QwenSynthesizer, open_session
from bot.tts.retrying import RetryingSynthesizer
from tests.faults.tts.route import MODEL, REQUEST, VOICES, Route, from_guilds, outcome
from tests.tts._scripted import DOWN, SPOKEN, Scripted, hear, on_virtual_time
from tests.voice._virtual import VirtualLoop

DROPPED_S = 10.0
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


class NoNames(AbstractResolver):
    """A resolver that is out of order."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        raise OSError(errno.EAGAIN, "the name cannot be resolved now")

    async def close(self) -> None:
        pass


async def test_t01_a_name_that_cannot_be_resolved_drops_within_ten_seconds() -> None:
    resolver = NoNames()
    endpoint = QwenEndpoint("sk-x", "https://speech.test/api/v1")
    async with open_session(endpoint, resolver=resolver) as http:
        breaker = Breaker("qwen")
        synthesizer = RetryingSynthesizer(QwenSynthesizer(http, endpoint), breaker)
        began = time.monotonic()
        assert await outcome(synthesizer, REQUEST) is ProviderFault.UNAVAILABLE
        assert time.monotonic() - began <= DROPPED_S
    assert resolver.asked == 3


async def test_t01_a_closed_port_is_tried_again_and_drops_within_ten_seconds(route: Route) -> None:
    await route.qwen.go_down()
    began = time.monotonic()
    assert await route.outcome() is ProviderFault.UNAVAILABLE
    assert time.monotonic() - began <= DROPPED_S
    await route.qwen.come_back()
    assert isinstance(await route.outcome(), bytes)


@asynccontextmanager
async def tls_server(certificate: trustme.LeafCert) -> AsyncIterator[tuple[int, list[str]]]:
    """Serve with `certificate`; yield the port and the paths that were asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="{}")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1], asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("flaw", "reaches"),
    [("none", True), ("expired", False), ("wrong host", False), ("self-signed", False)],
)
async def test_t01_a_certificate_that_is_not_in_order_is_never_spoken_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flaw: str, *, reaches: bool
) -> None:
    ours, others = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    certificate = {
        "none": lambda: ours.issue_cert("127.0.0.1"),
        "expired": lambda: ours.issue_cert("127.0.0.1", not_after=PAST),
        "wrong host": lambda: ours.issue_cert("speech.test"),
        "self-signed": lambda: others.issue_cert("127.0.0.1"),
    }[flaw]()
    async with tls_server(certificate) as (port, asked):
        endpoint = QwenEndpoint("sk-x", f"https://127.0.0.1:{port}/api/v1")
        async with open_session(endpoint) as http:
            synthesizer = RetryingSynthesizer(QwenSynthesizer(http, endpoint), Breaker("qwen"))
            began = time.monotonic()
            fault = await outcome(synthesizer, REQUEST)
    assert time.monotonic() - began <= DROPPED_S
    assert fault is (ProviderFault.PROTOCOL if reaches else ProviderFault.UNAVAILABLE)
    assert bool(asked) is reaches


@pytest.mark.parametrize(("mode", "freed_s"), [(Mode.STREAMING, 5.2), (Mode.PLAIN, 10.2)])
async def test_t02_an_endpoint_that_never_answers_is_given_up_and_holds_nobody_up(
    route: Route, mode: Mode, freed_s: float
) -> None:
    route.qwen.faults.next(faults.FirstByteLate())
    synthesizer = route.speaking_through(mode=mode)
    hanging = asyncio.create_task(outcome(synthesizer, REQUEST))
    await route.qwen.wait_for_requests(1)
    assert isinstance(await outcome(synthesizer, REQUEST), bytes)
    assert await hanging is ProviderFault.TIMEOUT
    first, _ = await route.qwen.wait_for_answers(2)
    assert first.finished_at is not None
    assert first.finished_at - first.received_at <= freed_s
    assert route.desk.under_way == 0


async def test_t19_an_endpoint_that_comes_back_is_used_after_one_probe(route: Route) -> None:
    await route.qwen.go_down()
    assert set(await route.outcomes(from_guilds(8))) <= {
        ProviderFault.UNAVAILABLE,
        ProviderFault.SUSPENDED,
    }
    assert await route.outcome() is ProviderFault.SUSPENDED
    await route.qwen.come_back()
    assert await route.outcome() is ProviderFault.SUSPENDED
    route.clock.now += 15
    assert isinstance(await route.outcome(), bytes)


OUTAGE_S = 600.0
GUILDS = 20


def test_t19_ten_minutes_without_an_endpoint_cost_few_requests_and_it_is_missed_no_longer() -> None:
    """20 guilds go on talking, a message each every 12 s, through an outage of 10 minutes."""

    async def test(loop: VirtualLoop) -> None:
        began = loop.time()
        ends = began + OUTAGE_S
        service = Scripted(DOWN)
        breaker = Breaker("qwen", clock=loop.time)
        guarded = GuardedSynthesizer(service, breaker)
        synthesizer = RetryingSynthesizer(LimitedSynthesizer(guarded, Desk()), breaker)
        spoken: list[tuple[float, float]] = []

        async def say(guild: int, number: int) -> None:
            request = SpeechRequest(
                f"{guild}, {number}", MODEL, VOICES["Cherry"], origin=Origin(guild, 1)
            )
            asked_at = loop.time()
            try:
                await hear(synthesizer, request)
            except ProviderError:
                return
            spoken.append((asked_at, loop.time()))

        async def chat(guild: int) -> None:
            await asyncio.sleep(guild * 0.6)
            messages = []
            for number in range(60):
                messages.append(asyncio.create_task(say(guild, number)))
                await asyncio.sleep(12)
            await asyncio.gather(*messages)

        async def come_back() -> None:
            await asyncio.sleep(OUTAGE_S)
            service.script = [SPOKEN]

        await asyncio.gather(come_back(), *map(chat, range(GUILDS)))
        assert sum(at < ends for at in service.sent_at) <= 60
        assert min(heard_at for _, heard_at in spoken) - ends <= 20
        assert max(heard_at - asked_at for asked_at, heard_at in spoken) <= 20
        # Nobody is refused any more once the first has been heard.
        back_at = min(heard_at for _, heard_at in spoken)
        assert len(spoken) >= (began + 720 - back_at) / 12 * GUILDS - GUILDS

    on_virtual_time(test)
