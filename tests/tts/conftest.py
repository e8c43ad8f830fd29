"""A caller of the loopback Qwen-TTS."""

from __future__ import annotations

import traceback
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ProviderError
from bot.models import SpeechRequest, Usage
from bot.sandbox.qwen import QwenOptions, SandboxQwen
from bot.tts._sessions import Connections
from bot.tts.catalog import VOICES
from bot.tts.qwen import QwenEndpoint, QwenSynthesizer, open_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REQUEST = SpeechRequest("Good morning, everyone.", "qwen3-tts-flash", VOICES["Cherry"])


@dataclass
class Caller:
    """Speaks with one server and keeps what it was told to pay."""

    qwen: SandboxQwen
    http: Connections
    usages: list[Usage] = field(default_factory=list)

    def synthesizer(self, **changes: Any) -> QwenSynthesizer:
        endpoint = {"api_key": self.qwen.key, "base_url": self.qwen.base_url} | changes
        return QwenSynthesizer(self.http, QwenEndpoint(**endpoint), on_usage=self.usages.append)

    def connections_in_use(self) -> set[object]:
        """Return the connections that some request still holds."""
        held = [session.connector for session in (self.http.api, self.http.files)]
        return {each for connector in held if connector for each in connector._acquired}

    async def hear(self, request: SpeechRequest = REQUEST, **changes: Any) -> bytes:
        async with aclosing(self.synthesizer(**changes).stream(request)) as pieces:
            return b"".join([pcm async for pcm in pieces])


async def failure_of(caller: Caller, **changes: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await caller.hear(**changes)
    error = caught.value
    # Nothing in a traceback may hold the key, the text or a signed URL.
    assert error.__cause__ is None
    shown = "".join(traceback.format_exception(error))
    assert not [x for x in (caller.qwen.key, REQUEST.text, "Signature", "evil") if x in shown]
    return error


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with SandboxQwen(QwenOptions(throttle=None, piece_ms=100)) as qwen:
        endpoint = QwenEndpoint(qwen.key, qwen.base_url)
        async with open_session(endpoint) as http:
            yield Caller(qwen, http)
