"""The bot as discord.py knows it, with the services its cogs use."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord.ext import commands

from bot.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.ops.clock import DiscordClock
    from bot.privacy.service import PrivacyService
    from bot.reading.attendance import Attendance
    from bot.reading.captions import Captions
    from bot.reading.service import ReadingService
    from bot.speech import SpeechService
    from bot.storage.app_state import AppStateRepository
    from bot.storage.audit import AuditRepository
    from bot.storage.custom_voices import CustomVoiceRepository
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.retention import Retention
    from bot.storage.settings import SettingsRepository
    from bot.storage.usage_book import UsageBook
    from bot.tts.prices import Prices
    from bot.voice.registry import SessionRegistry

log = logging.getLogger(__name__)

EXTENSIONS: Final = (
    "cogs.speak",
    "cogs.call",
    "cogs.listening",
    "cogs.read",
    "cogs.dictionary",
    "cogs.server",
    "cogs.member",
    "cogs.voice",
    "cogs.me",
    "cogs.privacy",
    "cogs.usage",
    "cogs.setup",
    "cogs.doctor",
    "cogs.help",
    "cogs.greeting",
)

MAX_RATELIMIT_WAIT_S: Final = 30.0
"""Longer than this a request to Discord fails instead of waiting; the library's minimum."""


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs may ask for.

    `guide_url` is where people can read more, if the operator has said so.
    """

    speech: SpeechService
    sessions: SessionRegistry
    settings: SettingsRepository
    audit: AuditRepository
    custom_voices: CustomVoiceRepository
    lexicons: LexiconRepository
    state: AppStateRepository
    usage: UsageBook
    prices: Prices
    reading: ReadingService
    attendance: Attendance
    captions: Captions
    clock: DiscordClock
    privacy: PrivacyService
    retention: Retention
    guide_url: str | None = None


def intents(*, reads_content: bool) -> discord.Intents:
    """Return what Discord is to tell the bot of; reading what people write takes its consent."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.voice_states = True
    wanted.guild_messages = True
    wanted.message_content = reads_content
    wanted.moderation = True  # bans and timeouts: what those people wrote is not read
    wanted.auto_moderation_execution = True
    return wanted


class Bot(commands.AutoShardedBot):
    """Listens to interactions, chats, calls and what moderators do there.

    Without `reads_content` Discord shows it only messages that mention it.
    """

    tree: Tree

    def __init__(self, services: Services, *, reads_content: bool = True, **options: Any) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents(reads_content=reads_content),
            max_messages=None,  # what people write is kept nowhere
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=MAX_RATELIMIT_WAIT_S,
            http_trace=_set_by_answers(services.clock),
            **options,
        )
        # Where the library cannot read an event it ends the program, and one is not worth that; it
        # has no other place to say so. Without READY there is nothing to go on with.
        parsers = self._connection.parsers
        self._connection.parsers = {
            name: parse if name == "READY" else _surviving(name, parse)
            for name, parse in parsers.items()
        }
        self.speech = services.speech
        self.sessions = services.sessions
        self.settings = services.settings
        self.audit = services.audit
        self.custom_voices = services.custom_voices
        self.lexicons = services.lexicons
        self.usage = services.usage
        self.prices = services.prices
        self.reading = services.reading
        self.attendance = services.attendance
        self.captions = services.captions
        self.privacy = services.privacy
        self.retention = services.retention
        self.guide_url = services.guide_url
        self.state_of_app = services.state
        self._has_restored = False
        self._out_of_order: set[int] = set()
        self.sessions.notices.post = self._notify

    async def setup_hook(self) -> None:
        """Load every cog, and tell Discord of the commands if they changed."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self.tree.sync_if_changed(self.state_of_app)

    def is_connected(self) -> bool:
        """Whether every shard has its gateway connection."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    def is_on_our_shards(self, guild_id: int) -> bool:
        """Whether Discord tells this process about a server, if the bot is in it."""
        return (guild_id >> 22) % (self.shard_count or 1) in self.shards

    async def on_ready(self) -> None:
        """Say that the bot can be used."""
        log.info("ready: %s guilds, %s shards", len(self.guilds), self.shard_count)
        if not self._has_restored:  # the library is ready again after every new gateway session
            self._has_restored = True
            await self.sessions.returns.restore(self.get_guild)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Return to the calls of a shard whose gateway session is new: they ended with the old."""
        count = self.shard_count or 1
        self.sessions.on_gateway_reset(lambda guild_id: (guild_id >> 22) % count == shard_id)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Note a guild that is out of order."""
        self._out_of_order.add(guild.id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Return to the call of a guild that was out of order."""
        if (
            guild.id in self._out_of_order
        ):  # the library says this of every guild after a READY, too
            self._out_of_order.discard(guild.id)
            self.sessions.on_gateway_reset(lambda guild_id: guild_id == guild.id)
        self.sessions.returns.on_guild_available(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget the call of a guild the bot was removed from."""
        self.sessions.on_guild_removed(guild.id)

    async def on_voice_state_update(
        self, member: discord.Member, _: discord.VoiceState, now: discord.VoiceState
    ) -> None:
        """Notice who comes into a call, and who leaves it."""
        if not member.bot:
            self.sessions.on_attendance(member.guild, now.channel.id if now.channel else None)

    async def _notify(self, guild: discord.Guild, channel_id: int, sentence: str) -> None:
        channel = self.get_partial_messageable(channel_id, guild_id=guild.id)
        try:
            await channel.send(sentence, silent=True)
        except discord.HTTPException as failure:
            log.info("no notice in channel %s: HTTP %s", channel_id, failure.status)

    async def on_error(self, event_method: str, /, *_args: Any, **_options: Any) -> None:
        """Log what a listener raised."""
        log.exception("listener %s failed", event_method)


def _surviving(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return what reads an event of Discord, or leaves it out where it cannot."""

    def read(data: Any) -> None:
        try:
            parse(data)
        except Exception:  # the event's own door: what Discord tells next is to be heard
            log.exception("an event %s of Discord could not be read", name)

    return read


def _set_by_answers(clock: DiscordClock) -> aiohttp.TraceConfig:
    """Let Discord's answers set a clock."""

    async def note(
        _session: aiohttp.ClientSession, _ctx: object, answered: aiohttp.TraceRequestEndParams
    ) -> None:
        # Files come from caches, with the date at which they were put there.
        if str(answered.url).startswith(discord.http.Route.BASE):
            clock.note(answered.response.headers.get("Date", ""))

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(note)
    return trace
