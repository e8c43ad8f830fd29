"""Where and how Qwen-TTS is called: one frozen value, checked once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from yarl import URL

from bot.errors import ConfigError
from bot.tts._qwen_urls import UrlGuard
from bot.tts.catalog import weighted_characters

if TYPE_CHECKING:
    from bot.keys import ApiKey
    from bot.models import AudioFormat

DEFAULT_BASE_URL: Final = "https://dashscope.aliyuncs.com/api/v1"
DEFAULT_AUDIO_HOSTS: Final = (".aliyuncs.com",)
# Alibaba Model Studio documentation, Qwen-TTS API reference.
_PATH: Final = "/services/aigc/multimodal-generation/generation"
# What fits in a header; anything else is a key with a line end or a quote mark around it.
_KEY: Final = re.compile(r"[!-~]+")
# The rule of the official SDK for workspace ids.
_WORKSPACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Mode(StrEnum):
    """How the sound comes: while it is made, or as a file once it is whole."""

    STREAMING = "streaming"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for what, from when the request is sent.

    The figures are those of the fault catalogue; the parts that grow with the text count it in API
    characters.
    """

    connect_s: float = 3.0
    first_audio_s: float = 5.0
    """From the request to the first sound of a stream."""
    whole_answer_s: float = 10.0
    """From the request to the answer that names a file; the service makes all of it first."""
    whole_answer_s_per_character: float = 0.05
    """What a long text gets instead: measured were 4 to 6 s for 30 s of speech, and 30 s of slow
    Chinese speech are 120 characters."""
    gap_s: float = 3.0
    """From one sound to the next, and from the request for a file to its first byte."""
    total_s: float = 30.0
    total_s_per_character: float = 0.25
    """On top of the total: no speech is slower than four characters a second, so even an endpoint
    that makes it no faster than it sounds comes to its end, within the gateway's own 300 s."""

    def whole_answer(self, characters: int) -> float:
        """Return how long the answer to a text that is not streamed may take."""
        return max(self.whole_answer_s, self.whole_answer_s_per_character * characters)

    def total(self, characters: int) -> float:
        """Return how long everything about a text may take."""
        return self.total_s + self.total_s_per_character * characters


@dataclass(frozen=True, slots=True)
class Caps:
    """How much to take; speech beyond is cut, an answer beyond is refused."""

    min_audio_s: float = 30.0
    audio_s_per_character: float = 0.5
    max_audio_bytes: int = 8 * 1024 * 1024
    max_answer_bytes: int = 16 * 1024 * 1024

    def audio_bytes(self, text: str, format_: AudioFormat) -> int:
        """Return how many bytes of speech `text` may become, in whole samples."""
        seconds = max(self.min_audio_s, self.audio_s_per_character * weighted_characters(text))
        limit = min(int(seconds * format_.bytes_per_second), self.max_audio_bytes)
        return limit - limit % (format_.channels * format_.SAMPLE_WIDTH)


@dataclass(frozen=True, slots=True)
class QwenEndpoint:
    """One account at one endpoint.

    `audio_hosts` are the hosts audio is downloaded from, with their subdomains; the host of
    `base_url` always is one.
    """

    api_key: str | ApiKey = field(repr=False)
    base_url: str = DEFAULT_BASE_URL
    workspace: str | None = None
    audio_hosts: tuple[str, ...] = DEFAULT_AUDIO_HOSTS
    mode: Mode = Mode.STREAMING
    optimize_style: bool = False
    timeouts: Timeouts = Timeouts()
    caps: Caps = Caps()

    def __post_init__(self) -> None:
        """Refuse what could never be sent."""
        problems = problems_of_url(self.base_url) + problems_of_key(self.key)
        if self.workspace is not None and not _WORKSPACE.fullmatch(self.workspace):
            problems.append("The workspace id may hold letters, digits, '-' and '_' only.")
        if problems:
            raise ConfigError(problems)

    @property
    def key(self) -> str:
        """The key to send now."""
        return self.api_key if isinstance(self.api_key, str) else self.api_key.current()

    @property
    def url(self) -> URL:
        """The one address all requests go to."""
        return URL(self.base_url.rstrip("/") + _PATH)

    @property
    def guard(self) -> UrlGuard:
        """What tells the audio URLs we follow from those we do not."""
        return UrlGuard(URL(self.base_url), self.audio_hosts)


def problems_of_key(key: str) -> list[str]:
    """Say what is wrong with an API key, without quoting it."""
    if _KEY.fullmatch(key):
        return []
    return ["The API key is empty or holds spaces or other odd characters."]


def problems_of_url(base_url: str) -> list[str]:
    """Say what is wrong with the base URL of a service."""
    try:
        url = URL(base_url)
    except ValueError:
        return ["The base URL is not a URL."]
    if url.scheme not in ("http", "https") or not url.host:
        return ["The base URL must start with https:// or http:// and name a host."]
    if url.user is not None or url.password is not None or url.query_string or url.fragment:
        return ["The base URL must not hold a user, a query or a fragment."]
    return []
