"""The program: opens the bot, keeps it connected, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import logging
import sys
from asyncio.sslproto import SSLProtocol
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.audio.encode import OpusUnavailableError, load_opus
from bot.client import Bot
from bot.errors import ConfigError
from bot.ops.heartbeat import beat
from bot.ops.signals import wait_for_stop
from bot.services import open_services, reads_content
from bot.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.config import Config

log = logging.getLogger(__name__)

SHUTDOWN_S: Final = 8.0
"""Container engines kill what has not ended 10 s after SIGTERM."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How long a busy thread may keep the pacer waiting: a tenth of Python's default."""

TLS_RECORD_BYTES: Final = 16 * 1024
"""What TLS sends at most at a time (RFC 8446, 5.1); asyncio reserves 256 KiB a connection."""

_NO_CONTENT: Final = (
    "Discord does not show this bot what people write: switch on the Message Content Intent at "
    "https://discord.com/developers/applications under Bot, or set MESSAGE_CONTENT=off"
)

AUTHENTICATION_FAILED: Final = 4004  # Discord's gateway close code


@asynccontextmanager
async def open_bot(config: Config) -> AsyncIterator[Bot]:
    """Open everything the bot needs; the bot itself is not yet connected.

    Raises:
        ConfigError: A library, the database or a setting is not usable.
    """
    check_libraries()
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(config))
        bot = await stack.enter_async_context(
            Bot(services, reads_content=reads_content(config), **_point_discord(config))
        )
        # Calls are left while the gateway is still there to say so.
        stack.push_async_callback(services.sessions.close)
        yield bot


async def run(config: Config) -> None:
    """Run the bot until a signal or Discord ends it.

    Raises:
        ConfigError: Something the operator has to fix.
        discord.DiscordException: Discord ended it.
        OSError: Discord cannot be reached.
    """
    stopping = asyncio.create_task(wait_for_stop(), name="stop signal")
    serving = asyncio.create_task(_serve(config), name="bot")
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    serving.cancel()
    done, _ = await asyncio.wait({serving}, timeout=SHUTDOWN_S)
    if not done:
        log.error("not everything was closed within %s s", SHUTDOWN_S)
        return
    with contextlib.suppress(asyncio.CancelledError), _worded_for_operators():
        await serving
    log.info("stopped")


def check_libraries() -> None:
    """Check what a call cannot do without.

    Raises:
        ConfigError: One line for each library that is missing.
    """
    problems = []
    if importlib.util.find_spec("davey") is None:
        problems.append(
            "davey is missing, and Discord refuses unencrypted calls: pip install davey"
        )
    try:
        load_opus()
    except OpusUnavailableError as error:
        problems.append(str(error))
    if problems:
        raise ConfigError(problems)


def _guilds_of(bot: Bot) -> list[int] | None:
    """Return the servers the bot is in, once Discord has said so."""
    return [guild.id for guild in bot.guilds] if bot.is_connected() else None


@contextlib.contextmanager
def _worded_for_operators() -> Iterator[None]:
    """Say what to do where Discord refuses what is configured."""
    try:
        yield
    except discord.PrivilegedIntentsRequired:
        raise ConfigError([_NO_CONTENT]) from None
    except (discord.LoginFailure, discord.ConnectionClosed) as error:
        if isinstance(error, discord.ConnectionClosed) and error.code != AUTHENTICATION_FAILED:
            raise
        raise ConfigError(
            ["DISCORD_TOKEN is refused by Discord: copy it again, or reset it"]
        ) from None


def _point_discord(config: Config) -> dict[str, int]:
    """Point discord.py at another Discord, if the configuration names one; return options."""
    if config.discord_api_base:
        Route.BASE = config.discord_api_base.rstrip("/")
    if config.discord_gateway is None:
        return {}
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(config.discord_gateway)
    return {"shard_count": 1}  # else the library asks the API for the gateway


async def _serve(config: Config) -> None:
    """Serve with what people write, if Discord grants it, else without."""
    try:
        await _connect(config)
    except discord.PrivilegedIntentsRequired:
        if config.message_content != "auto":
            raise
        log.warning("%s. Only commands and mentions are heard", _NO_CONTENT)
        await _connect(config.model_copy(update={"message_content": "off"}))


async def _connect(config: Config) -> None:
    tasks = Tasks()
    async with open_bot(config) as bot:
        await bot.login(config.reveal("discord_token"))
        tasks.start(beat(config.data_dir, bot.is_connected), name="heartbeat")
        tasks.start(
            bot.retention.run(lambda: _guilds_of(bot), bot.is_on_our_shards), name="retention"
        )
        # A full collection stops every thread, the pacer's too, for longer than a packet lasts:
        # what is loaded by now lives as long as the process and need not be looked at again.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        SSLProtocol.max_size = TLS_RECORD_BYTES
        try:
            await bot.connect()
        finally:
            await tasks.close()
