"""The whole sandbox Discord behind one object."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import trustme
from aiohttp import web

from bot.sandbox.discord.faults import Faults
from bot.sandbox.discord.gateway.events import PRIVILEGED, Intent
from bot.sandbox.discord.gateway.server import (
    COMMANDS_PER_MINUTE,
    HEARTBEAT_INTERVAL_MS,
    Gateway,
)
from bot.sandbox.discord.rest.limits import LimitOptions
from bot.sandbox.discord.rest.server import COMMON_HEADERS, RequestRecord, RestServer
from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.discord.voice.server import VoiceServer
from bot.sandbox.discord.world import posting
from bot.sandbox.discord.world.actors import Actor
from bot.sandbox.discord.world.world import World

if TYPE_CHECKING:
    from types import TracebackType

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.calls import Calls
    from bot.sandbox.discord.world.changes import Changes
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.messages import Message

HOST = "127.0.0.1"
# Above the largest upload limit, so that the API itself can refuse.
MAX_REQUEST_BYTES = 256 << 20
SHUTDOWN_S = 0.5


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """How the sandbox behaves; `port` 0 lets the system choose."""

    port: int = 0
    application_name: str = "Oriole"
    token: str = ""
    privileged_intents: Intent = PRIVILEGED
    heartbeat_ms: int = HEARTBEAT_INTERVAL_MS
    identify_interval_s: float = 0.0
    """Discord wants 5 s between two IDENTIFYs; 0 lets programs restart at will."""
    commands_per_minute: int = COMMANDS_PER_MINUTE
    """What a gateway connection may send; a program that joins and leaves all day needs more."""
    clock_ahead_s: float = 0.0
    """How far its clock is ahead of the machine's: one of them is wrong."""
    limits: LimitOptions = field(default_factory=LimitOptions)
    voice: VoiceOptions = field(default_factory=VoiceOptions)


class SandboxDiscord:
    """A Discord on loopback; use it with `async with`."""

    def __init__(self, options: DiscordOptions | None = None) -> None:
        self.options = options or DiscordOptions()
        self.faults = Faults()
        self.world = World(
            application_name=self.options.application_name,
            privileged_intents=self.options.privileged_intents,
            token=self.options.token,
            clock_ahead_s=self.options.clock_ahead_s,
        )
        self.rest = RestServer(self.world, self.faults, self.options.limits)
        self.gateway = Gateway(
            self.world,
            self.faults,
            heartbeat_ms=self.options.heartbeat_ms,
            identify_interval_s=self.options.identify_interval_s,
            commands_per_minute=self.options.commands_per_minute,
        )
        self.ca_file = ""
        self.port = 0
        self._voice: VoiceServer | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Open all ports."""
        tls = self._make_certificates()
        self._voice = VoiceServer(tls, options=self.options.voice)
        await self._voice.start()
        self._stack.push_async_callback(self._voice.close)
        self.world.calls.voice = self._voice
        await self._listen()

    def _make_certificates(self) -> ssl.SSLContext:
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="oriole-ca-"))
        authority = trustme.CA()
        ca_file = Path(directory, "ca.pem")
        authority.cert_pem.write_to_path(ca_file)
        self.ca_file = str(ca_file)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", HOST).configure_cert(tls)
        return tls

    async def _listen(self) -> None:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_get("/", self.gateway.serve)
        app.router.add_route("*", r"/api/{version:v\d+}/{tail:.*}", self.rest.serve)
        app.router.add_get("/attachments/{channel}/{attachment}/{filename}", self._hand_out)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, HOST, self.options.port)
        await site.start()
        self.port = runner.addresses[0][1]
        self.world.cdn.origin = f"http://{HOST}:{self.port}"
        self.world.gateway_url = self.gateway.url = self.gateway_url

    async def close(self) -> None:
        """Part with everybody and close all ports."""
        await self.gateway.close()
        await self.world.close()
        await self._stack.aclose()

    async def _hand_out(self, request: web.Request) -> web.StreamResponse:
        where = request.match_info
        place = where["channel"], where["attachment"], where["filename"]
        attachment = self.world.cdn.find(place, request.query)
        if attachment is None:
            text = "This content is no longer available."
            return web.Response(status=404, text=text, headers=COMMON_HEADERS)
        headers = {
            **COMMON_HEADERS,
            "Content-Type": attachment.content_type or "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{attachment.filename}"',
        }
        return web.Response(body=attachment.content, headers=headers)

    @property
    def api_base(self) -> str:
        """Return what `discord.http.Route.BASE` must be."""
        return f"http://{HOST}:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """Return what `DiscordWebSocket.DEFAULT_GATEWAY` must be."""
        return f"ws://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings that point a bot here."""
        return {
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_BASE": self.api_base,
            "DISCORD_GATEWAY": self.gateway_url,
            "SSL_CERT_FILE": self.ca_file,
        }

    @property
    def application(self) -> Application:
        """Return the application of the bot under test."""
        return self.world.application

    @property
    def token(self) -> str:
        """Return the token of the bot under test."""
        return self.application.token

    @property
    def voice(self) -> VoiceServer:
        """Return the voice server."""
        if self._voice is None:
            raise RuntimeError("the sandbox has not been started")
        return self._voice

    @property
    def calls(self) -> Calls:
        """Return who is in which call."""
        return self.world.calls

    @property
    def changes(self) -> Changes:
        """Return what wakes those who wait for something to become true."""
        return self.world.changes

    @property
    def requests(self) -> list[RequestRecord]:
        """Return every REST request so far."""
        return self.rest.requests

    @property
    def unknown_routes(self) -> list[str]:
        """Return requests nobody here understands."""
        return self.rest.unknown_routes

    def add_guild(self, name: str, *, premium_tier: int = 0, with_bot: bool = True) -> Guild:
        """Create a guild, with the bot in it unless somebody is to invite it later."""
        return self.world.add_guild(name, premium_tier=premium_tier, with_bot=with_bot)

    def unfurl(self, message: Message, *embeds: Json) -> None:
        """Put previews of its links under a message, a moment after it was sent."""
        posting.unfurl(message, *embeds)

    def add_application(self, name: str, privileged_intents: Intent = PRIVILEGED) -> Application:
        """Create another application with a token of its own."""
        return self.world.add_application(name, privileged_intents)

    def add_person(self, name: str, *, locale: str = "en-US") -> Actor:
        """Create somebody who is in no guild, and can only write to bots directly."""
        return Actor(self.world, self.world.add_user(name, locale=locale))
