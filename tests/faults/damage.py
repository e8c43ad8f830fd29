"""Faults that take more than one switch."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trustme
from aiohttp import web

from bot.sandbox.discord.voice.protocol import CloseCode
from bot.sandbox.discord.world.calls import is_suppressed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.discord.world.channels import Channel
    from tests.faults.place import Place
    from tests.faults.scene import Scene

STATE_TO_CLOSE_S = 0.03
CLOSE_TO_SERVER_S = 0.1


def hang_up(scene: Scene, code: int | None) -> float:
    """Close A's voice websocket with a code, or cut it; return when (monotonic seconds)."""
    scene.discord.voice.hang_up(code, guild_id=scene.a.id)
    return time.monotonic()


async def move(place: Place, channel: Channel, code: CloseCode) -> float:
    """Drag the bot into another call, which ends its connection with `code`; return when."""
    calls, voice = place.discord.calls, place.discord.voice
    state = place.bot.voice
    assert state is not None, "the bot is in no call"
    moved = time.monotonic()
    state.channel, state.token = channel, secrets.token_hex(8)
    state.suppress = is_suppressed(place.bot, channel)
    calls.announce(state)
    await asyncio.sleep(STATE_TO_CLOSE_S)
    voice.dismiss(place.id, place.bot.id, code=code)
    await asyncio.sleep(CLOSE_TO_SERVER_S)
    if place.bot.voice is state:
        calls.announce_server(place.bot)
    return moved


async def kick(place: Place, *, close_after_s: float) -> float:
    """Throw the bot out; the close of its connection comes later, or before if negative."""
    calls, voice = place.discord.calls, place.discord.voice
    if close_after_s < 0:
        voice.hang_up(CloseCode.DISCONNECTED, guild_id=place.id)
        await asyncio.sleep(-close_after_s)
    calls.leave(place.guild, place.bot.id, close_after_s=max(close_after_s, 0.0))
    place.dismiss()
    return time.monotonic()


def frames_received(place: Place) -> int:
    """Return how many packets of the bot have reached the voice server in its session."""
    session = place.discord.voice.session(place.id, place.bot.id)
    return 0 if session is None else session.traffic.received


@asynccontextmanager
async def untrusted_endpoint() -> AsyncIterator[str]:
    """Listen with a certificate nobody has a reason to trust; give its address."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
