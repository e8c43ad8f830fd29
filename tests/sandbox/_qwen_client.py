"""A client that shows the answers of the loopback Qwen-TTS as they are on the wire."""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import yarl

from bot.sandbox.qwen import QwenOptions, SandboxQwen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

TEXT = "Good morning, everyone."


@dataclass(frozen=True)
class Answer:
    """One whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def events(self) -> list[list[str]]:
        """Return the lines of every event."""
        return [frame.splitlines() for frame in self.body.decode().split("\n\n") if frame]

    @property
    def payloads(self) -> list[Any]:
        """Return the JSON of every event."""
        return [json.loads(lines[-1].removeprefix("data:")) for lines in self.events]

    @property
    def pieces(self) -> list[bytes]:
        """Return the audio of every event."""
        return [base64.b64decode(payload["output"]["audio"]["data"]) for payload in self.payloads]


class Client:
    """Asks one server."""

    def __init__(self, qwen: SandboxQwen, session: aiohttp.ClientSession) -> None:
        self.qwen = qwen
        self.session = session
        self.url = f"{qwen.base_url}/services/aigc/multimodal-generation/generation"

    def headers(self, *, stream: bool = False, **more: str) -> dict[str, str]:
        """Return what a good request sends."""
        sse = {"X-DashScope-SSE": "enable"} if stream else {}
        usual = {"Authorization": f"Bearer {self.qwen.key}", "Accept-Encoding": "identity"}
        return usual | sse | more

    async def post(
        self, body: Any, *, stream: bool = False, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a body (JSON unless it is bytes) to the synthesis route."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = self.headers(stream=stream) if headers is None else headers
        async with self.session.post(self.url, data=content, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read())

    async def say(self, text: str = TEXT, *, stream: bool = False, **changes: Any) -> Answer:
        """Ask for speech; `changes` go to the body."""
        return await self.post(request_for(text, **changes), stream=stream)

    async def get(self, url: str, *, method: str = "GET", **headers: str) -> Answer:
        """Fetch a URL byte for byte."""
        target = yarl.URL(url, encoded=True)
        sent = {"Accept-Encoding": "identity"} | headers
        async with self.session.request(method, target, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read())


def request_for(
    text: str = TEXT, voice: str = "Cherry", model: str = "qwen3-tts-flash", **more: Any
) -> dict[str, Any]:
    """Return a good body."""
    return {"model": model, "input": {"text": text, "voice": voice}} | more


@asynccontextmanager
async def served(options: QwenOptions | None = None) -> AsyncIterator[Client]:
    """Run a server and a client of it."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with (
        SandboxQwen(options or QwenOptions(throttle=None)) as qwen,
        aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
    ):
        yield Client(qwen, session)
