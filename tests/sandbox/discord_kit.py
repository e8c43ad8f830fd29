"""A small real discord.py client, pointed at the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket

from bot.sandbox.discord.server import SandboxDiscord

DEFAULT_INTENTS = discord.Intents(
    guilds=True, voice_states=True, messages=True, message_content=True, members=True
)


class Client(discord.AutoShardedClient):
    """A client with a command tree that remembers every event it saw."""

    def __init__(self, *, intents: discord.Intents = DEFAULT_INTENTS, **options: Any) -> None:
        super().__init__(
            intents=intents, guild_ready_timeout=0.05, enable_debug_events=True, **options
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.heard.append((event, args))
        self._news.set()

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in self.heard)

    async def wait_until_heard(self, event: str, *, times: int = 1) -> Any:
        async with asyncio.timeout(10):
            while self.count(event) < times:
                self._news.clear()
                await self._news.wait()
        return [args for name, args in self.heard if name == event][times - 1]


def point_at(sandbox: SandboxDiscord, monkeypatch: Any) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", sandbox.api_base)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))


@asynccontextmanager
async def running(client: Client, sandbox: SandboxDiscord) -> AsyncIterator[Client]:
    runner = asyncio.create_task(client.start(sandbox.token))
    ready = asyncio.create_task(client.wait_until_heard("ready"))
    try:
        await asyncio.wait({runner, ready}, return_when=asyncio.FIRST_COMPLETED)
        if runner.done():
            await runner
        await ready
        yield client
    finally:
        ready.cancel()
        await client.close()
        await asyncio.gather(runner, return_exceptions=True)
