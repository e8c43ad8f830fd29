from __future__ import annotations

import pytest
from yarl import URL

from bot.errors import ProviderError, ProviderFault
from bot.tts._qwen_urls import UrlGuard, is_public

OFFICIAL = URL("https://dashscope.aliyuncs.com/api/v1")
LOOPBACK = URL("http://127.0.0.1:8899/api/v1")
RESULT = "dashscope-result-bj.oss-cn-beijing.aliyuncs.com"
QUERY = "Expires=1758187426&OSSAccessKeyId=LTAI5&Signature=NOrq%2Fx%2bx+%3d%3D"


def guard(base_url: URL = OFFICIAL, hosts: tuple[str, ...] = (".aliyuncs.com",)) -> UrlGuard:
    return UrlGuard(base_url, hosts)


@pytest.mark.parametrize(
    ("given", "fetched"),
    [
        (f"http://{RESULT}/1d/x.wav?{QUERY}", f"https://{RESULT}/1d/x.wav?{QUERY}"),
        (f"https://{RESULT}/1d/x.wav?{QUERY}", f"https://{RESULT}/1d/x.wav?{QUERY}"),
        (f"http://{RESULT}:80/x", f"https://{RESULT}/x"),
        (f"https://{RESULT}:443/x", f"https://{RESULT}/x"),
        ("http://DashScope-7c2c.OSS-cn-shanghai.aliyuncs.com/x", None),
        ("https://dashscope.aliyuncs.com/x", "https://dashscope.aliyuncs.com/x"),
        ("http://dashscope.aliyuncs.com/x", "https://dashscope.aliyuncs.com/x"),
    ],
)
def test_a_result_is_fetched_over_tls_with_its_query_byte_for_byte(
    given: str, fetched: str | None
) -> None:
    url = str(guard().checked(given))
    assert url.lower() == (fetched or given.replace("http:", "https:")).lower()
    assert url.partition("?")[2] == given.partition("?")[2]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[fe80::1%25eth0]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/latest/meta-data",
        "http://10.1.2.3/x",
        "http://100.64.0.1/x",
        "http://192.168.0.1/x",
        "http://0.0.0.0/x",
        "http://0/x",
        "http://2130706433/x",
        "http://0x7f.1/x",
        "http://0x7f000001/x",
        "http://127.1/x",
        "http://0177.0.0.1/x",
        "http://metadata.google.internal/x",
        "file:///etc/passwd",
        "file://aliyuncs.com/etc/passwd",
        "gopher://x.aliyuncs.com/x",
        "ftp://x.aliyuncs.com/x",
        "data:audio/wav;base64,AAAA",
        "javascript:alert(1)",
        "//x.aliyuncs.com/x",
        "/x.wav",
        "x.wav",
        "",
        "http://",
        "http:///x",
        "https:x.aliyuncs.com/x",
        "https://aliyuncs.com@127.0.0.1/x",
        "https://x.aliyuncs.com:pw@evil.test/x",
        "https://user@x.aliyuncs.com/x",
        "https://:@x.aliyuncs.com/x",
        "https://@x.aliyuncs.com/x",
        "https://x.aliyuncs.com.evil.test/x",
        "https://evilaliyuncs.com/x",
        "https://x-aliyuncs.com/x",
        "https://evil.test/.aliyuncs.com",
        "https://evil.test?x.aliyuncs.com",
        "https://evil.test#x.aliyuncs.com",
        "https://evil.test\\.aliyuncs.com/x",
        "https://evil.test\\@x.aliyuncs.com/x",
        "https://x.aliyuncs.com\\@evil.test/x",
        "https://x.aliyuncs.com\t/x",
        "https://x.aliyuncs.com\r\nHost: evil.test/x",
        " https://x.aliyuncs.com/x",
        "https://x.aliyuncs.com /x",
        "https://x.аliyuncs.com/x",
        "https://x.aliyuncs。com/x",
        "https://ⅹ.aliyuncs.com/x",
        "https://xn--liyuncs-2fg.com/x",
        "https://x.aliyuncs.com./x",
        "https://.aliyuncs.com/x",
        "https://x..aliyuncs.com/x",
        "https://x%2ealiyuncs.com/x",
        "https://evil.test%2f.aliyuncs.com/x",
        "https://evil.test%00.aliyuncs.com/x",
        "https://x_y.aliyuncs.com/x",
        "https://x.aliyuncs.com:8443/x",
        "https://x.aliyuncs.com:0/x",
        "https://x.aliyuncs.com:99999/x",
        "https://x.aliyuncs.com:22/x",
        "https://x.aliyuncs.com:abc/x",
        "https://[x.aliyuncs.com]/x",
        "https://x.aliyuncs.com/" + "a" * 9000,
    ],
)
def test_a_url_that_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        guard().checked(url)
    assert (caught.value.fault, caught.value.retryable) == (ProviderFault.UNSAFE_URL, False)
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "url", "fetched"),
    [
        (LOOPBACK, "http://127.0.0.1:8899/x?s=%2F", "http://127.0.0.1:8899/x?s=%2F"),
        (LOOPBACK, "https://127.0.0.1:8899/x", "https://127.0.0.1:8899/x"),
        (LOOPBACK, f"http://{RESULT}/x", f"https://{RESULT}/x"),
        (URL("http://localhost/v1"), "http://localhost/x", "http://localhost/x"),
        (URL("http://[::1]:1/v1"), "http://[::1]:1/x", "http://[::1]:1/x"),
        (URL("https://tts.test:8443/v1"), "https://tts.test:8443/x", "https://tts.test:8443/x"),
        (URL("https://tts.test/v1"), "http://tts.test/x", "https://tts.test/x"),
        (URL("https://tts.test:8443/v1"), "http://tts.test/x", "https://tts.test/x"),
    ],
)
def test_the_host_of_the_endpoint_is_always_allowed(base: URL, url: str, fetched: str) -> None:
    assert str(guard(base).checked(url)) == fetched


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2:8899/x",
        "http://localhost:8899/x",
        "http://u@127.0.0.1:8899/x",
        "http://127.0.0.1:6379/x",
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
    ],
)
def test_only_the_very_host_and_port_of_the_endpoint_are_allowed(url: str) -> None:
    with pytest.raises(ProviderError):
        guard(LOOPBACK).checked(url)


def test_an_endpoint_with_tls_is_never_left_for_plain_text_on_an_odd_port() -> None:
    with pytest.raises(ProviderError):
        guard(URL("https://tts.test:8443/v1")).checked("http://tts.test:8443/x")


@pytest.mark.parametrize("hosts", [(), ("",), (".",), ("*",), ("10.0.0.5",), ("com",)])
def test_a_list_that_names_no_host_allows_none(hosts: tuple[str, ...]) -> None:
    with pytest.raises(ProviderError):
        guard(hosts=hosts).checked("https://x.example.com/x")


@pytest.mark.parametrize("entry", [".cdn.test", "cdn.test", "*.cdn.test", " CDN.test "])
def test_a_listed_host_covers_its_subdomains(entry: str) -> None:
    assert guard(hosts=(entry,)).checked("https://a.b.cdn.test/x").host == "a.b.cdn.test"


@pytest.mark.parametrize(
    ("location", "fetched"),
    [
        ("/y.wav?s=%2F", f"https://{RESULT}/y.wav?s=%2F"),
        ("y.wav", f"https://{RESULT}/a/y.wav"),
        ("http://b.aliyuncs.com/y", "https://b.aliyuncs.com/y"),
    ],
)
def test_a_redirect_may_be_relative(location: str, fetched: str) -> None:
    here = URL(f"https://{RESULT}/a/x.wav")
    assert str(guard().checked(location, relative_to=here)) == fetched


@pytest.mark.parametrize(
    "location", ["//evil.test/x", "http://127.0.0.1/x", "file:///etc/passwd", "", "//u@" + RESULT]
)
def test_a_redirect_is_checked_like_the_url(location: str) -> None:
    with pytest.raises(ProviderError):
        guard().checked(location, relative_to=URL(f"https://{RESULT}/a/x.wav"))


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("100.100.100.200", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("64:ff9b:1::808:808", False),
        ("2002:7f00:1::1", False),
        ("2002:a9fe:a9fe::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("2001:db8::1", False),
        ("100::1", False),
    ],
)
def test_only_the_internet_at_large_is_public(address: str, *, is_fine: bool) -> None:
    assert is_public(address) is is_fine
