"""A real bot in a sandbox call, and a clip whose reading can set things off."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import aiohttp
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket

from bot.sandbox.discord.server import DiscordOptions, SandboxDiscord
from bot.sandbox.discord.voice.heard import Heard
from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Guild

TIMEOUT_S = 10.0
QUIET_MS = 150
GUILD_READY_S = 0.05


class Client(discord.Client):
    """A bot that does nothing by itself."""

    def __init__(self, *, trust: ssl.SSLContext) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, voice_states=True),
            connector=aiohttp.TCPConnector(ssl=trust),
            guild_ready_timeout=GUILD_READY_S,
        )
        self.is_up = asyncio.Event()

    async def on_ready(self) -> None:
        self.is_up.set()


@contextlib.asynccontextmanager
async def running(client: Client, token: str) -> AsyncIterator[None]:
    """Log in, wait until the guild is known, and log out again."""
    runner = asyncio.create_task(client.start(token))
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await client.is_up.wait()
        yield
    finally:
        await client.close()
        await asyncio.gather(runner, return_exceptions=True)


class Clip(discord.AudioSource):
    """Opus packets, and what is to happen in the loop when one of them is read."""

    def __init__(
        self, packets: list[bytes], events: Mapping[int, Callable[[], object]] | None = None
    ) -> None:
        self._packets = enumerate(packets)
        self._events = events or {}
        self._loop = asyncio.get_running_loop()
        self.done = asyncio.Event()
        self.read_at_ns: list[int] = []

    def is_opus(self) -> bool:
        return True

    def read(self) -> bytes:
        number, packet = next(self._packets, (-1, b""))
        self.read_at_ns.append(time.monotonic_ns())
        if number in self._events:
            self._loop.call_soon_threadsafe(self._events[number])
        return packet

    def over(self, _: Exception | None) -> None:
        self._loop.call_soon_threadsafe(self.done.set)


@dataclass
class Scene:
    """A bot in a guild with one voice channel."""

    sandbox: SandboxDiscord
    guild: Guild
    channel: Channel
    client: Client

    @property
    def bot_id(self) -> int:
        assert self.client.user is not None
        return self.client.user.id

    async def listener(self, name: str) -> Listener:
        person = self.guild.add_member(name)
        return await person.join_voice(self.channel)

    async def connect(self) -> discord.VoiceClient:
        channel = self.client.get_channel(self.channel.id)
        assert isinstance(channel, discord.VoiceChannel)
        return await channel.connect(timeout=TIMEOUT_S)

    async def group_of(self, count: int) -> None:
        """Wait until so many share the keys, the listeners among them."""
        call = self.sandbox.voice.call(self.channel.id)
        assert call is not None
        ears = [member.ear for member in self.guild.members.values() if member.ear]
        for ear in ears:
            await ear.wait_until(
                lambda: len(call.encrypted_members) == count and call.is_settled,
                timeout_s=TIMEOUT_S,
            )

    async def play(self, voice: discord.VoiceClient, clip: Clip) -> None:
        voice.play(clip, after=clip.over)
        async with asyncio.timeout(TIMEOUT_S):
            await clip.done.wait()

    async def heard_by(self, listener: Listener) -> Heard:
        return await listener.wait_until_quiet(self.bot_id, quiet_ms=QUIET_MS, timeout_s=TIMEOUT_S)


@contextlib.asynccontextmanager
async def scene(
    monkeypatch: pytest.MonkeyPatch, voice: VoiceOptions | None = None
) -> AsyncIterator[Scene]:
    options = DiscordOptions(voice=voice or VoiceOptions())
    async with SandboxDiscord(options) as sandbox:
        guild = sandbox.add_guild("Guild")
        channel = guild.add_voice_channel("Lounge")
        monkeypatch.setattr(discord.http.Route, "BASE", sandbox.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
        trust = ssl.create_default_context(cafile=sandbox.ca_file)
        client = Client(trust=trust)
        async with running(client, sandbox.token):
            yield Scene(sandbox, guild, channel, client)
