"""Where audio may be downloaded from; an answer does not get to choose."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from yarl import URL

from bot.errors import ProviderError, ProviderFault

_MAX_URL_CHARACTERS: Final = 8192
# Letters, digits, hyphens: an internationalised lookalike is refused, as is an address of numbers.
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*"
)
_PRINTABLE: Final = re.compile(r"[!-\[\]-~]+")  # ASCII without space and backslash
_HTTP_PORTS: Final = (80, 443)
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # RFC 4291, 2.4: all that is assigned so far
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: NAT64


@dataclass(frozen=True, slots=True)
class UrlGuard:
    """Tells the audio URLs we follow from those we do not.

    `hosts` are names whose subdomains are trusted, too. The host of `base_url` always is, at the
    port of `base_url`: what else runs on that machine is none of an answer's business.
    """

    base_url: URL
    hosts: tuple[str, ...]

    def checked(self, url: str, *, relative_to: URL | None = None) -> URL:
        """Return `url` ready to be fetched, its query byte for byte; raise if it is unsafe."""
        if len(url) > _MAX_URL_CHARACTERS or not _PRINTABLE.fullmatch(url):
            raise unsafe("it is not a plain URL")
        try:
            parsed = URL(url, encoded=True)
            absolute = relative_to.join(parsed) if relative_to else parsed
            return self._checked(absolute)
        except ValueError:
            raise unsafe("it is not a URL") from None

    def _checked(self, url: URL) -> URL:
        if url.scheme not in ("http", "https"):
            raise unsafe("it is not http")
        if "@" in url.raw_authority or url.raw_host is None:
            raise unsafe("it names a user, or no host")
        host = url.raw_host.lower()
        if host == (self.base_url.raw_host or "").lower():
            return self._at_home(url)
        if not self._is_listed(host):
            raise unsafe("its host is not on the list")
        return _secured(url)

    def _at_home(self, url: URL) -> URL:
        if url.port == self.base_url.port and url.scheme in ("https", self.base_url.scheme):
            return url
        if self.base_url.scheme == "http":
            raise unsafe("it is at another port of the endpoint")
        return _secured(url)

    def _is_listed(self, host: str) -> bool:
        names = (entry.strip().lower().lstrip("*.") for entry in self.hosts)
        return bool(_HOST.fullmatch(host)) and any(
            host == name or host.endswith(f".{name}") for name in names if _HOST.fullmatch(name)
        )


def _secured(url: URL) -> URL:
    """Return `url` as https, for the documents and captures have http and the hosts take both."""
    if url.port not in _HTTP_PORTS:
        raise unsafe("its port is unusual")
    return url.with_scheme("https").with_port(None)


def is_address(host: str) -> bool:
    """Say whether a host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the internet at large."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    if (inner := _carried(ip)) is not None:
        return is_public(str(inner))
    return ip in _UNICAST and ip.is_global


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a gateway on the way makes of an IPv6 one."""
    if ip in _TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def unsafe(reason: str) -> ProviderError:
    return ProviderError(
        f"the audio URL is not followed: {reason}", fault=ProviderFault.UNSAFE_URL, retryable=False
    )
