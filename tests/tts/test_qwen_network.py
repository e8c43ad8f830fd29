from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.errors import ConfigError, ProviderError, ProviderFault
from bot.sandbox.qwen import faults
from bot.tts._sessions import PublicResolver
from bot.tts.qwen import Mode, QwenEndpoint, open_session
from tests.tts.conftest import Caller, failure_of


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data?Signature=x",
        "http://[::1]:{port}/x.wav",
        "http://localhost:{port}/x.wav",
        "http://aliyuncs.com@127.0.0.1:{port}/x.wav",
        "http://127.0.0.1.aliyuncs.com.evil.test/x.wav",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
async def test_a_url_that_leads_elsewhere_is_not_followed(
    caller: Caller, url: str, mode: Mode
) -> None:
    port = caller.qwen.base_url.rpartition(":")[2].partition("/")[0]
    caller.qwen.faults.always(faults.UrlInstead(url.format(port=port)))
    caller.qwen.faults.always(faults.NoAudioEvents())
    error = await failure_of(caller, mode=mode)
    assert (error.fault, error.retryable) == (ProviderFault.UNSAFE_URL, False)
    assert caller.qwen.downloads == caller.qwen.other_requests == []


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://169.254.169.254/x", ProviderFault.UNSAFE_URL),
        ("https://evil.test/x", ProviderFault.UNSAFE_URL),
        ("file:///etc/passwd", ProviderFault.UNSAFE_URL),
        ("", ProviderFault.UNSAFE_URL),
        ("/elsewhere", ProviderFault.PROTOCOL),
    ],
)
async def test_a_redirect_is_checked_and_followed_without_the_key(
    caller: Caller, location: str, kind: ProviderFault
) -> None:
    caller.qwen.faults.next(faults.Download(faults.redirect(location)))
    assert (await failure_of(caller, mode=Mode.PLAIN)).fault is kind
    assert all("Authorization" not in sent.headers for sent in caller.qwen.other_requests)


async def test_a_loop_of_redirects_ends(caller: Caller) -> None:
    caller.qwen.faults.next(faults.Download(faults.redirect("#again")))
    error = await failure_of(caller, mode=Mode.PLAIN)
    assert error.fault is ProviderFault.UNSAFE_URL
    assert len(caller.qwen.downloads) == 3


async def test_a_name_that_leads_into_our_own_network_is_refused(caller: Caller) -> None:
    async with open_session(QwenEndpoint("sk-x")) as http:
        with pytest.raises(ProviderError) as caught:
            await http.files.get(caller.qwen.origin.replace("127.0.0.1", "localhost"))
    assert caught.value.fault is ProviderFault.UNSAFE_URL
    assert caller.qwen.other_requests == []


async def test_a_literal_address_of_our_own_network_is_refused(caller: Caller) -> None:
    async with open_session(QwenEndpoint("sk-x")) as http:
        with pytest.raises(ProviderError) as caught:
            await http.files.get(caller.qwen.origin)
    assert caught.value.fault is ProviderFault.UNSAFE_URL
    assert caller.qwen.other_requests == []


async def test_the_own_host_of_the_endpoint_may_be_next_door() -> None:
    found = await PublicResolver(exempt="localhost").resolve("localhost", 80)
    assert found[0]["host"] == "127.0.0.1"


async def test_the_sessions_keep_no_cookies_and_trust_no_proxy() -> None:
    async with open_session(QwenEndpoint("sk-x")) as http:
        for session in (http.api, http.files):
            assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
            assert not session.trust_env


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"api_key": ""}, "API key"),
        ({"api_key": "sk-CANARY\n"}, "API key"),
        ({"api_key": "sk-CANARY CANARY"}, "API key"),
        ({"base_url": "dashscope.aliyuncs.com"}, "https://"),
        ({"base_url": "ftp://x.test"}, "https://"),
        ({"base_url": "https://"}, "https://"),
        ({"base_url": "https://CANARY@x.test/v1"}, "user"),
        ({"base_url": "https://x.test/v1?key=CANARY"}, "query"),
        ({"base_url": "http://x.test:99999"}, "URL"),
        ({"workspace": "a/b"}, "workspace"),
    ],
)
def test_an_endpoint_that_cannot_work_is_refused_at_once(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        QwenEndpoint(**{"api_key": "sk-x"} | changes)
    assert "CANARY" not in str(caught.value)
