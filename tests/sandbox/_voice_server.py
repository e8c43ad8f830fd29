"""A voice server for one test, with a certificate clients trust."""

from __future__ import annotations

import contextlib
import functools
import itertools
import ssl
from collections.abc import AsyncIterator
from typing import Any

import trustme

from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.discord.voice.server import Seat, VoiceServer

GUILD, CHANNEL, BOT, LISTENER, OTHER = 101, 202, 303, 404, 505
AES = "aead_aes256_gcm_rtpsize"
XCHACHA = "aead_xchacha20_poly1305_rtpsize"
TIMEOUT_S = 5.0

_counter = itertools.count(1)


@functools.cache
def authority() -> tuple[trustme.CA, trustme.LeafCert]:
    """Return a certificate authority of this process and its certificate for localhost."""
    root = trustme.CA()
    return root, root.issue_cert("localhost")


@functools.cache
def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority()[1].configure_cert(context)
    return context


@functools.cache
def client_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority()[0].configure_trust(context)
    return context


@contextlib.asynccontextmanager
async def voice_server(**options: Any) -> AsyncIterator[VoiceServer]:
    """Run a voice server with these options."""
    server = VoiceServer(server_tls(), options=VoiceOptions(**options))
    await server.start()
    try:
        yield server
    finally:
        await server.close()


def new_seat(user_id: int = BOT, *, is_stage: bool = False) -> Seat:
    number = next(_counter)
    return Seat(GUILD, CHANNEL, user_id, f"session-{number}", f"token-{number}", is_stage)


def new_listener(user_id: int = LISTENER, **options: Any) -> Listener:
    return Listener(guild_id=GUILD, channel_id=CHANNEL, user_id=user_id, **options)
