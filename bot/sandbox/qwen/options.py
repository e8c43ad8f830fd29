"""What can be set on the sandbox Qwen-TTS."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.sandbox.qwen.wav import WavShape

if TYPE_CHECKING:
    from collections.abc import Mapping

URL_LIFETIME_S = 24 * 60 * 60  # Alibaba Model Studio documentation: `url` is valid for 24 hours


class Counting(StrEnum):
    """How the length of a text is measured against the model's limit."""

    WEIGHTED = "weighted"
    """A Han character counts 2."""
    CHARACTERS = "characters"
    UTF8_BYTES = "utf-8 bytes"
    NONE = "none"
    """Nothing is too long."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """How often a model may be asked.

    Args:
        requests_per_minute: For every model; `None` for the documented one of each.
        burst: How many requests may come at once before the even pace is enforced.
        is_in_stream: Refuse a stream by an `event:error` under 200 instead of a plain 429.
    """

    requests_per_minute: int | None = None
    burst: int = 30
    is_in_stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QwenOptions:
    """How the sandbox behaves while no fault is switched on.

    Args:
        port: 0 for any free one.
        key: The only accepted API key.
        first_audio_delay_s: From the request to its first piece of audio.
        real_time_factor: Seconds needed to make one second of speech; 0 for at once.
        piece_ms: Audio in one streamed event. The service's own pieces are about 0.7 to 1.0 s.
        has_wav_header: Begin the first streamed piece with a WAV header, as measured in August
            2026; otherwise bare PCM, as documented.
        wav: What the header of a WAV says.
        counting: How a text is measured against the limit.
        throttle: The rate limit; `None` for none.
        uses_gzip: Compress for clients that accept it, streams included.
        types_unauthorized: Name a content type in the 401; the captured one has none.
        refuses_credentials: Answer a download that carries `Authorization` with 403.
        url_lifetime_s: How long a download URL is good for; negative for expired at once.
        unpurchased_models: Models this key has no access to.
        custom_voices: Voices that exist from the start, and the model each was made for.
    """

    port: int = 0
    key: str = "sk-sandbox-0000"
    first_audio_delay_s: float = 0.0
    real_time_factor: float = 0.0
    piece_ms: int = 800
    has_wav_header: bool = True
    wav: WavShape = field(default_factory=WavShape)
    counting: Counting = Counting.WEIGHTED
    throttle: Throttle | None = field(default_factory=Throttle)
    uses_gzip: bool = True
    types_unauthorized: bool = False
    refuses_credentials: bool = True
    url_lifetime_s: int = URL_LIFETIME_S
    unpurchased_models: frozenset[str] = frozenset()
    custom_voices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
