"""Looks at every link between a text and its listeners' ears, within a second and for nothing."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

import discord

from bot.errors import UserError
from bot.models import Origin
from bot.plain import plain
from bot.policy.admission import is_quiet
from bot.policy.budget import refill_after
from cogs._checklist import (
    TO_SPEAK,
    missing_permissions,
    needed_to_speak,
    where_to_write,
)
from cogs._circumstances import Lookout
from cogs._diagnosis.facts import Call, Deafness, Facts, Keeping, Reading, Service

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.client import Bot
    from bot.reading.service import ReadingService
    from bot.settings.guild import GuildSettings
    from bot.speech import SpeechService
    from bot.storage.app_state import AppStateRepository
    from bot.storage.settings import SettingsRepository
    from bot.storage.usage_book import UsageBook
    from bot.voice.registry import SessionRegistry
    from bot.voice.session import VoiceSession
    from cogs._checklist import Circumstances

T = TypeVar("T")

PATIENCE_S: Final = 1.0
"""How long the database may take; Discord waits 3 s for the whole answer."""

LAST_TEXTS: Final = 20


class Examination:
    """Gathers the facts of a diagnosis around whoever asks."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        sessions: SessionRegistry,
        reading: ReadingService,
        usage: UsageBook,
        state: AppStateRepository,
    ) -> None:
        self._speech = speech
        self._sessions = sessions
        self._usage = usage
        self._state = state
        self._lookout = Lookout(
            speech=speech, settings=settings, sessions=sessions, reading=reading
        )

    async def facts(self, interaction: discord.Interaction[Bot]) -> Facts:
        """Return how everything is at this moment.

        Raises:
            UserError: The bot is not in the server any more.
        """
        around = self._lookout.glance(interaction)
        origin = Origin(around.guild.id, interaction.user.id)
        decided, allowances, keeping = await asyncio.gather(
            _in_time(self._lookout.look(interaction)),
            _in_time(self._usage.allowances(origin)),
            look_at_keeping(self._state),
        )
        session, now = self._sessions.get(around.guild.id), datetime.now(UTC)
        return Facts(
            now,
            is_connected=_is_connected(interaction),
            gateway_s=_gateway_s(interaction),
            own_channel=around.call.mention if around.call else None,
            shares_call=around.call is not None and around.call == around.bot_call,
            deafness=_deafness(interaction.user),
            call=_call(session) if session else None,
            missing_permissions=_missing(around),
            service=self._service(decided, origin) if decided else None,
            allowances=allowances,
            refilled_at=refill_after(self._usage.today()),
            last=self._sessions.ledger.last(around.guild.id, LAST_TEXTS),
            clock_s=self._sessions.ledger.clock(),
            keeping=keeping,
            reading=_reading(decided, interaction.user, now) if decided else None,
        )

    def _service(self, around: Circumstances, origin: Origin) -> Service:
        speaker = around.speaker
        if speaker is None:
            return Service(trouble=around.trouble)
        return Service(
            voice=plain(speaker.voice.short_name),
            model=speaker.model.id,
            condition=self._speech.condition(speaker, origin),
        )


async def look_at_keeping(state: AppStateRepository, patience_s: float = PATIENCE_S) -> Keeping:
    """Return whether the database keeps something within `patience_s`."""
    try:
        async with asyncio.timeout(patience_s):
            await state.prove()
    except UserError:
        return Keeping.REFUSED
    except TimeoutError:
        return Keeping.SLOW
    return Keeping.KEPT


async def _in_time(work: Awaitable[T]) -> T | None:
    """Return what somebody waits for, or nothing where the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await work
    except (TimeoutError, UserError):
        return None


def _is_connected(interaction: discord.Interaction[Bot]) -> bool:
    guild = interaction.guild
    shard = interaction.client.get_shard(guild.shard_id) if guild else None
    return (
        guild is not None and not guild.unavailable and shard is not None and not shard.is_closed()
    )


def _gateway_s(interaction: discord.Interaction[Bot]) -> float | None:
    guild = interaction.guild
    shard = interaction.client.get_shard(guild.shard_id) if guild else None
    # The library has infinity or no number at all before the first answer.
    return shard.latency if shard is not None and math.isfinite(shard.latency) else None


def _deafness(user: discord.abc.User) -> Deafness | None:
    voice = user.voice if isinstance(user, discord.Member) else None
    if voice is None:
        return None
    if voice.deaf:
        return Deafness.DECREED
    return Deafness.OWN if voice.self_deaf else None


def _call(session: VoiceSession) -> Call:
    channel = session.channel
    own = channel.guild.me.voice
    return Call(
        channel.mention,
        is_stage=isinstance(channel, discord.StageChannel),
        is_live=session.is_live,
        has_been_live=session.has_been_live,
        rate_limited_s=session.rate_limited_s,
        condition=session.condition,
        is_muted=own is not None and own.mute,
        is_silenced=session.is_silenced,
        is_paused=session.is_paused,
        is_alone=not session.listeners,
        hold=session.hold_reason,
        waiting=len(session.turns),
        first_sound_s=session.first_sound_s,
    )


def _missing(around: Circumstances) -> list[str]:
    """Return which permissions the bot lacks to be heard."""
    if around.bot_call is None:
        call = around.call
        return missing_permissions(call, needed_to_speak(call)) if call else []
    # On a stage it takes an invitation.
    is_stage = isinstance(around.bot_call, discord.StageChannel)
    return [] if is_stage else missing_permissions(around.bot_call, TO_SPEAK)


def _reading(around: Circumstances, reader: discord.abc.User, now: datetime) -> Reading:
    wanted = where_to_write(replace(around, call=around.bot_call or around.call))
    # Nobody learns here of a channel that is hidden from them.
    places = [
        place
        for place in wanted
        if isinstance(reader, discord.Member) and place.permissions_for(reader).view_channel
    ]
    return Reading(
        channels=[place.mention for place in places],
        unseen=[place.mention for place in places if missing_permissions(place, ["view_channel"])],
        shows_content=around.reads_content,
        quiet_hours=_quiet_hours(around.settings, now),
    )


def _quiet_hours(server: GuildSettings, now: datetime) -> str:
    """Return the quiet hours while they are in force."""
    zone = server.time_zone
    if not is_quiet(server, now.astimezone(zone or UTC)):
        return ""
    return f"{server.quiet_hours} ({zone.key if zone else 'UTC'})"
