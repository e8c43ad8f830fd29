"""T-21 and T-22: an answer does not choose where the bot connects to."""

from __future__ import annotations

import io
import logging
import ssl
import wave
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from yarl import URL

from bot.errors import ProviderError, ProviderFault
from bot.sandbox.qwen import QwenOptions, SandboxQwen, faults
from bot.tts.qwen import Mode, QwenEndpoint, QwenSynthesizer, open_session
from tests.faults.tts.internet import Cdn, Internet, Trap, open_cdn, open_trap
from tests.tts.conftest import REQUEST

pytestmark = pytest.mark.asyncio(loop_scope="function")

API = "api.tts.test"
CDN = "dashscope-result-bj.oss-cn-beijing.aliyuncs.com"
PUBLIC = "47.95.85.22"
SIGNED = "/x.wav?Expires=1758187426&OSSAccessKeyId=LTAI5canary&Signature=canary%2Fcanary%3D"
SOUND = bytes(range(256)) * 100


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 24_000, 0, "NONE", ""))
        writer.writeframes(SOUND)
    return file.getvalue()


@dataclass
class Edge:
    """The endpoint, reached by its name, and what lies around it."""

    qwen: SandboxQwen
    internet: Internet
    trap: Trap
    caplog: pytest.LogCaptureFixture
    mode: Mode = Mode.PLAIN

    @property
    def port(self) -> int:
        return URL(self.qwen.origin).port or 0

    async def hear(self) -> bytes:
        endpoint = QwenEndpoint(self.qwen.key, f"http://{API}:{self.port}/api/v1", mode=self.mode)
        async with (
            open_session(endpoint, resolver=self.internet) as http,
            aclosing(QwenSynthesizer(http, endpoint).stream(REQUEST)) as pieces,
        ):
            return b"".join([pcm async for pcm in pieces])

    async def hear_file_at(self, url: str) -> bytes:
        self.qwen.faults.next(faults.UrlInstead(url))
        if self.mode is Mode.STREAMING:
            self.qwen.faults.always(faults.NoAudioEvents())
        return await self.hear()

    async def refusal(self, url: str) -> ProviderError:
        """Check that nobody but the endpoint was connected to, and nobody was told the URL."""
        with pytest.raises(ProviderError) as caught:
            await self.hear_file_at(url)
        assert set(self.internet.attempts) <= {("127.0.0.1", self.port)}
        assert self.trap.connections == 0
        said = f"{caught.value!r} {self.caplog.text}"
        assert "canary" not in said
        assert self.qwen.key not in said
        return caught.value


@pytest.fixture
async def edge(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Edge]:
    caplog.set_level(logging.DEBUG)
    internet = Internet()
    internet.name(API, "127.0.0.1")
    async with SandboxQwen(QwenOptions(throttle=None)) as qwen, open_trap() as trap:
        internet.carry(monkeypatch)
        yield Edge(qwen, internet, trap, caplog)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Return whom the bot trusts, as an operator would say it."""
    authority = trustme.CA()
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return authority


@asynccontextmanager
async def cdn(
    edge: Edge, authority: trustme.CA, cdn: Cdn, *names: str, newest: ssl.TLSVersion | None = None
) -> AsyncIterator[Cdn]:
    """Put a host of files into the internet, at a public address."""
    async with open_cdn(authority, cdn, *names, newest=newest):
        edge.internet.routes[PUBLIC, 443] = ("127.0.0.1", cdn.port)
        for name in names:
            edge.internet.name(name, PUBLIC)
        yield cdn


LITERALS = (
    "http://127.0.0.1:{trap}",
    "https://127.0.0.1:{trap}",
    "http://127.0.0.1:{port}",
    "http://[::1]:{trap}",
    "http://[::ffff:127.0.0.1]:{trap}",
    "http://[::ffff:7f00:1]:{trap}",
    "http://[64:ff9b::7f00:1]",
    "http://[fd00:ec2::254]",
    "http://169.254.169.254",
    "http://100.100.100.200",
    "http://10.0.0.1",
    "http://172.16.0.1",
    "http://192.168.1.1",
    "http://100.64.0.1",
    "http://0.0.0.0:{trap}",
    "http://[::]:{trap}",
    "http://0:{trap}",
    "http://2130706433:{trap}",
    "http://0x7f.1:{trap}",
    "http://0x7f000001:{trap}",
    "http://017700000001:{trap}",
    "http://127.1:{trap}",
    "http://8.8.8.8",
)
OTHER_NAMES = (
    "http://metadata.google.internal",
    "http://localhost:{trap}",
    "https://aliyuncs.com@127.0.0.1:{trap}",
    "https://x.aliyuncs.com:443@127.0.0.1:{trap}",
    "https://x.aliyuncs.com.evil.test",
    "https://evilaliyuncs.com",
    "https://x.аliyuncs.com",
    "https://xn--x-6kc.aliyuncs.com.evil.test",
    "https://x.ａｌｉｙｕｎｃｓ.com",
    "https://x.aliyuncs。com",
    "http://" + API + ":{trap}",
    "http://" + API,
    "https://x.aliyuncs.com:{trap}",
)
OTHER_SCHEMES = (
    "file:///etc/passwd",
    "gopher://127.0.0.1:{trap}",
    "ftp://x.aliyuncs.com",
    "unix:///var/run/docker.sock",
    "data:audio/wav;base64,AAAA",
)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("url", [*LITERALS, *OTHER_NAMES, *OTHER_SCHEMES])
async def test_t21_a_url_that_points_inside_or_elsewhere_is_refused_before_connecting(
    edge: Edge, url: str, mode: Mode
) -> None:
    edge.mode = mode
    for name in ("metadata.google.internal", "localhost", "evil.test", "x.aliyuncs.com.evil.test"):
        edge.internet.name(name, "127.0.0.1")
    error = await edge.refusal(url.format(trap=edge.trap.port, port=edge.port) + SIGNED)
    assert (error.fault, error.retryable) == (ProviderFault.UNSAFE_URL, False)
    assert set(edge.internet.lookups) == {API}


@pytest.mark.parametrize(
    "answer",
    [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        f"{PUBLIC} 127.0.0.1",
        f"127.0.0.1 {PUBLIC}",
    ],
)
async def test_t21_a_listed_name_that_resolves_into_our_network_is_refused(
    edge: Edge, answer: str
) -> None:
    edge.internet.name(CDN, answer)
    error = await edge.refusal(f"http://{CDN}{SIGNED}")
    assert error.fault is ProviderFault.UNSAFE_URL
    assert edge.internet.lookups[CDN] == 1


async def test_t21_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    edge: Edge, authority: trustme.CA
) -> None:
    files = Cdn(lambda _: web.Response(body=wav(), content_type="audio/x-wav"))
    async with cdn(edge, authority, files, CDN):
        edge.internet.name(CDN, PUBLIC, "127.0.0.1")
        assert await edge.hear_file_at(f"http://{CDN}{SIGNED}") == SOUND
        reached = [place for place in edge.internet.attempts if place[1] != edge.port]
        assert (reached, edge.internet.lookups[CDN]) == ([(PUBLIC, 443)], 1)

        edge.internet.attempts.clear()
        error = await edge.refusal(f"http://{CDN}{SIGNED}")
    assert error.fault is ProviderFault.UNSAFE_URL
    assert len(files.requests) == 1


async def test_a_result_is_fetched_over_tls_without_the_key_or_anything_that_tells_of_us(
    edge: Edge, authority: trustme.CA
) -> None:
    files = Cdn(lambda _: web.Response(body=wav(), content_type="audio/x-wav"))
    async with cdn(edge, authority, files, CDN):
        assert await edge.hear_file_at(f"http://{CDN}{SIGNED}") == SOUND
    (request,) = files.requests
    assert request.raw_path == SIGNED
    assert request.headers["Accept-Encoding"] == "identity"
    assert not {"Authorization", "Cookie", "Referer", "X-DashScope-WorkSpace"} & set(
        request.headers
    )


def _hops(*locations: str) -> Cdn:
    """Answer each request with the next redirect and a cookie, then with the file."""
    left = list(locations)

    def answer(_: web.Request) -> web.Response:
        if not left:
            return web.Response(body=wav(), content_type="audio/x-wav")
        headers = {"Location": left.pop(0), "Set-Cookie": "canary=1; Domain=aliyuncs.com"}
        return web.Response(status=302, headers=headers)

    return Cdn(answer)


async def test_t22_a_file_may_move_twice_and_is_asked_for_without_a_credential(
    edge: Edge, authority: trustme.CA
) -> None:
    names = (CDN, "b.aliyuncs.com", "c.aliyuncs.com")
    files = _hops("http://b.aliyuncs.com/y?s=1", "//c.aliyuncs.com/z?s=2")
    async with cdn(edge, authority, files, *names):
        assert await edge.hear_file_at(f"http://{CDN}{SIGNED}") == SOUND
    assert [request.host for request in files.requests] == list(names)
    assert not any({"Authorization", "Cookie"} & set(each.headers) for each in files.requests)


async def test_t22_a_file_that_moves_a_third_time_is_given_up(
    edge: Edge, authority: trustme.CA
) -> None:
    files = _hops(*[f"https://{CDN}{SIGNED}"] * 10)
    async with cdn(edge, authority, files, CDN):
        with pytest.raises(ProviderError) as caught:
            await edge.hear_file_at(f"http://{CDN}{SIGNED}")
    assert caught.value.fault is ProviderFault.UNSAFE_URL
    assert len(files.requests) == 3  # the file, and two redirects


@pytest.mark.parametrize(
    "location",
    [
        *LITERALS,
        *OTHER_SCHEMES,
        "https://evil.test/x",
        "//127.0.0.1:{trap}/x",
        "//user@" + CDN + "/x",
        "http://" + CDN + ":{trap}/x",
    ],
)
async def test_t22_a_redirect_is_checked_like_the_url(
    edge: Edge, authority: trustme.CA, location: str
) -> None:
    files = _hops(location.format(trap=edge.trap.port, port=edge.port))
    async with cdn(edge, authority, files, CDN):
        with pytest.raises(ProviderError) as caught:
            await edge.hear_file_at(f"http://{CDN}{SIGNED}")
    assert caught.value.fault is ProviderFault.UNSAFE_URL
    assert set(edge.internet.attempts) == {("127.0.0.1", edge.port), (PUBLIC, 443)}
    assert (edge.trap.connections, len(files.requests)) == (0, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("mode", list(Mode))
async def test_t22_the_endpoint_itself_is_followed_nowhere(
    edge: Edge, mode: Mode, status: int
) -> None:
    edge.mode = mode
    away = faults.redirect(f"http://127.0.0.1:{edge.trap.port}/api", status)
    edge.qwen.faults.next(faults.Answer(away))
    with pytest.raises(ProviderError) as caught:
        await edge.hear()
    assert caught.value.fault is ProviderFault.PROTOCOL
    assert edge.internet.attempts == [("127.0.0.1", edge.port)]
    assert (edge.trap.connections, len(edge.qwen.requests)) == (0, 1)


async def test_a_proxy_of_the_environment_is_not_used(
    edge: Edge, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{edge.trap.port}")
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{edge.trap.port}")
    files = Cdn(lambda _: web.Response(body=wav(), content_type="audio/x-wav"))
    async with cdn(edge, authority, files, CDN):
        assert await edge.hear_file_at(f"http://{CDN}{SIGNED}") == SOUND
    assert edge.trap.connections == 0


@pytest.mark.parametrize(
    ("newest", "is_heard"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)]
)
async def test_a_host_that_knows_no_modern_tls_is_not_spoken_to(
    edge: Edge, authority: trustme.CA, newest: ssl.TLSVersion, *, is_heard: bool
) -> None:
    files = Cdn(lambda _: web.Response(body=wav(), content_type="audio/x-wav"))
    async with cdn(edge, authority, files, CDN, newest=newest):
        try:
            heard = await edge.hear_file_at(f"http://{CDN}{SIGNED}") == SOUND
        except ProviderError as error:
            heard = error.fault is not ProviderFault.UNAVAILABLE
    assert heard is is_heard
    assert len(files.requests) == is_heard


async def test_a_host_with_the_certificate_of_another_is_not_spoken_to(
    edge: Edge, authority: trustme.CA
) -> None:
    files = Cdn(lambda _: web.Response(body=wav(), content_type="audio/x-wav"))
    async with cdn(edge, authority, files, "evil.test"):
        edge.internet.name(CDN, PUBLIC)
        with pytest.raises(ProviderError) as caught:
            await edge.hear_file_at(f"http://{CDN}{SIGNED}")
    assert caught.value.fault is ProviderFault.UNAVAILABLE
    assert files.requests == []
