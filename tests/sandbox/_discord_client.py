"""A small real discord.py client and a raw gateway client, both pointed at the sandbox."""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket

from bot.sandbox.discord.server import DiscordOptions, SandboxDiscord
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.permissions import Permission

INTENTS = discord.Intents(
    guilds=True, voice_states=True, messages=True, message_content=True, members=True
)
TIMEOUT_S = 10


class Client(discord.AutoShardedClient):
    """A client with a command tree that remembers every event it saw."""

    def __init__(self, *, intents: discord.Intents = INTENTS, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.02, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    async def setup_hook(self) -> None:
        await self.tree.sync()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.heard.append((event, args))
        self._news.set()

    def times_heard(self, event: str) -> int:
        return sum(name == event for name, _ in self.heard)

    async def hear(self, event: str, *, times: int = 1) -> Any:
        async with asyncio.timeout(TIMEOUT_S):
            while self.times_heard(event) < times:
                self._news.clear()
                await self._news.wait()
        return [args for name, args in self.heard if name == event][times - 1]


@dataclass
class Harbour:
    """A guild with a text channel, a call, a member and a moderator."""

    discord: SandboxDiscord
    guild: Guild
    chat: Channel
    call: Channel
    ann: Member
    mod: Member
    client: Client = field(default_factory=Client)

    @property
    def seen_chat(self) -> discord.TextChannel:
        channel = self.client.get_channel(self.chat.id)
        assert isinstance(channel, discord.TextChannel)
        return channel

    @property
    def seen_call(self) -> discord.VoiceChannel:
        channel = self.client.get_channel(self.call.id)
        assert isinstance(channel, discord.VoiceChannel)
        return channel


def build(sandbox: SandboxDiscord, client: Client) -> Harbour:
    guild = sandbox.add_guild("Harbour")
    return Harbour(
        sandbox,
        guild,
        guild.add_text_channel("chat"),
        guild.add_voice_channel("Call"),
        guild.add_member("Ann"),
        guild.add_member("Mod", permissions=Permission.ADMINISTRATOR),
        client,
    )


@asynccontextmanager
async def pointing_at(sandbox: SandboxDiscord) -> AsyncIterator[None]:
    gateway = yarl.URL(sandbox.gateway_url)
    with (
        patch.object(discord.http.Route, "BASE", sandbox.api_base),
        patch.object(DiscordWebSocket, "DEFAULT_GATEWAY", gateway),
    ):
        yield


@asynccontextmanager
async def harbour(options: DiscordOptions | None = None) -> AsyncIterator[Harbour]:
    """Start a sandbox with a guild, and nobody connected."""
    async with SandboxDiscord(options) as sandbox, pointing_at(sandbox):
        yield build(sandbox, Client())


@asynccontextmanager
async def connected(here: Harbour, client: Client | None = None) -> AsyncIterator[Client]:
    """Connect a real client until the block ends."""
    client = here.client = client or here.client
    trust = ssl.create_default_context(cafile=here.discord.ca_file)
    client.http.connector = aiohttp.TCPConnector(ssl=trust)
    runner = asyncio.create_task(client.start(here.discord.token))
    ready = asyncio.create_task(client.hear("ready"))
    try:
        await asyncio.wait({runner, ready}, return_when=asyncio.FIRST_COMPLETED)
        await (runner if runner.done() else ready)
        yield client
    finally:
        ready.cancel()
        await client.close()
        await asyncio.gather(runner, return_exceptions=True)


class RawGateway:
    """Speaks the gateway protocol by hand."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[str | bytes] = []

    async def send(self, op: int, payload: Any) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": payload}))

    async def receive(self, decode: Any = None) -> Any:
        frame = await self.socket.receive(timeout=TIMEOUT_S)
        if frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
            return self.socket.close_code
        self.frames.append(frame.data)
        return json.loads(decode(frame.data) if decode else frame.data)

    async def receive_event(self, name: str, decode: Any = None) -> Any:
        while (message := await self.receive(decode))["t"] != name:
            pass
        return message

    async def identify(self, token: str, intents: int = 0, **more: Any) -> None:
        properties = {"os": "linux", "browser": "test", "device": "test"}
        await self.send(2, {"token": token, "properties": properties, "intents": intents, **more})

    async def close_code(self) -> int | None:
        async with asyncio.timeout(TIMEOUT_S):
            async for _ in self.socket:
                pass
        return self.socket.close_code


@asynccontextmanager
async def raw_gateway(sandbox: SandboxDiscord, query: str = "v=10") -> AsyncIterator[RawGateway]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        url = f"{sandbox.gateway_url}/?{query}"
        yield RawGateway(await stack.enter_async_context(session.ws_connect(url)))


@asynccontextmanager
async def raw_rest(
    sandbox: SandboxDiscord, token: str = ""
) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bot {token or sandbox.token}"}
    async with aiohttp.ClientSession(sandbox.api_base + "/", headers=headers) as session:
        yield session


def inflate(context: Any) -> Any:
    return lambda frame: context.decompress(frame)


def unpack(frame: str | bytes) -> str | bytes:
    return zlib.decompress(frame) if isinstance(frame, bytes) else frame
