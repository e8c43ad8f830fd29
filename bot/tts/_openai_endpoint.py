"""Where and how a server like OpenAI's is called: one frozen value, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yarl import URL

from bot.errors import ConfigError
from bot.models import AudioFormat
from bot.tts._qwen_endpoint import Caps, Mode, Timeouts, problems_of_key, problems_of_url

if TYPE_CHECKING:
    from bot.keys import ApiKey

# OpenAI API reference, "Create speech"; vLLM-Omni, "Speech API".
_SPEECH: Final = "/audio/speech"
_VOICES: Final = "/audio/voices"


@dataclass(frozen=True, slots=True)
class OpenAIEndpoint:
    """One server.

    Args:
        base_url: Up to and with its version, such as `http://host:8091/v1`.
        api_key: What it asks for, if anything.
        mode: Whether speech comes while it is made, or whole.
        bare_rate_hz: The rate of samples without any word on it; that of Qwen3-TTS by default.
    """

    base_url: str
    api_key: str | ApiKey | None = field(default=None, repr=False)
    mode: Mode = Mode.STREAMING
    bare_rate_hz: int = AudioFormat().rate
    timeouts: Timeouts = field(default_factory=Timeouts)
    caps: Caps = field(default_factory=Caps)

    def __post_init__(self) -> None:
        """Refuse what could never be sent."""
        problems = problems_of_url(self.base_url)
        if self.key is not None:
            problems += problems_of_key(self.key)
        if problems:
            raise ConfigError(problems)

    @property
    def key(self) -> str | None:
        """The key to send now."""
        if self.api_key is None or isinstance(self.api_key, str):
            return self.api_key
        return self.api_key.current()

    @property
    def speech_url(self) -> URL:
        """Where speech is made."""
        return URL(self.base_url.rstrip("/") + _SPEECH)

    @property
    def voices_url(self) -> URL:
        """Where voices are listed, if the server does that."""
        return URL(self.base_url.rstrip("/") + _VOICES)
