"""The services of the bot: opened and wired to each other, closed in reverse."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.client import Services
from bot.offer import default_voice, open_catalog, providers
from bot.ops.clock import DiscordClock
from bot.ops.lock import hold
from bot.policy.budget import Budgets
from bot.privacy.disclosure import Disclosure
from bot.privacy.everyone import everyone
from bot.privacy.service import PrivacyService
from bot.privacy.spoken import Calls
from bot.reading.attendance import Attendance
from bot.reading.captions import Captions
from bot.reading.service import ReadingService
from bot.report import budget_sentence, sentence_for, switch_sentence
from bot.routes import open_routes
from bot.speech import SpeechService
from bot.storage.app_state import AppStateRepository
from bot.storage.audit import AuditRepository
from bot.storage.backups import Backups
from bot.storage.calls import CallRepository
from bot.storage.clips import DiskClips
from bot.storage.custom_voices import CustomVoiceRepository
from bot.storage.database import file_of
from bot.storage.departures import DepartureRepository
from bot.storage.lexicon import LexiconRepository
from bot.storage.rescue import open_whole
from bot.storage.retention import Retention
from bot.storage.settings import SettingsRepository
from bot.storage.usage import UsageRepository
from bot.storage.usage_book import UsageBook
from bot.tts.cached import ClipCache
from bot.tts.prices import Prices
from bot.tts.recorder import Recorder
from bot.voice.ledger import Ledger
from bot.voice.pacer import Pacer
from bot.voice.recovery import Recovery
from bot.voice.registry import SessionRegistry
from bot.voice.session import Equipment, Patience
from bot.voice.taking_back import take_back
from bot.wording import Wording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.config import Config
    from bot.errors import ProviderError
    from bot.models import Origin, Usage
    from bot.tts.fallback import Switch
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)

MIB: Final = 1024 * 1024
DAY_S: Final = 24 * 3600

RECOVERY = Recovery()


def reads_content(config: Config) -> bool:
    """Return whether Discord is asked for what people write."""
    return config.message_content != "off"


@asynccontextmanager
async def open_services(config: Config) -> AsyncIterator[Services]:
    """Open the database and all that stands on it.

    Calls are left by whoever has the gateway, before these are closed.

    Raises:
        ConfigError: The database or a setting is not usable.
    """
    async with AsyncExitStack() as stack:
        _hold_folders(config, stack)
        catalog = await open_catalog(config)
        defaults = default_voice(config, catalog)
        database = await open_whole(config.database_url)
        stack.push_async_callback(database.close)
        await database.migrate()
        settings = SettingsRepository(database)
        custom_voices = CustomVoiceRepository(database)
        lexicons = LexiconRepository(database)
        usage = UsageBook(
            UsageRepository(database),
            _budgets(config),
            on_warning=lambda guild_id, share: _warn(sessions, guild_id, share),
            guild_limit=lambda guild_id: _daily_characters(guild_id, settings),
        )
        stack.push_async_callback(usage.close)
        await usage.read_today()
        cache = await stack.enter_async_context(_open_cache(config, on_saved=usage.note_saved))
        routes = await stack.enter_async_context(
            open_routes(
                config,
                catalog,
                book=usage,
                on_usage=_log_usage,
                on_stand_in=lambda request: recorder.do_not_keep(request),
                on_switch=lambda switch: _announce(sessions, switch),
            )
        )
        recorder = Recorder(routes.synthesizer, cache=cache)
        stack.push_async_callback(recorder.close)
        pacer = Pacer()
        pacer.start()
        stack.callback(pacer.close)
        equipment = Equipment(
            recorder=recorder,
            pacer=pacer,
            ledger=Ledger(),
            recovery=RECOVERY,
            patience=Patience(config.leave_when_alone_s, config.leave_when_idle_s),
        )
        sessions = SessionRegistry(
            equipment,
            calls=CallRepository(database),
            patience_of=lambda guild_id: _patience(guild_id, settings, config),
        )
        wording = Wording(settings, lexicons)
        await asyncio.to_thread(wording.load)
        speech = SpeechService(
            synthesizer=recorder,
            defaults=defaults,
            voices=config.tts_voices,
            catalog=catalog,
            settings=settings,
            wording=wording,
            custom_voices=custom_voices,
            condition_of=routes.condition,
        )
        captions = Captions()
        stack.push_async_callback(captions.close)
        attendance = Attendance(speech=speech, settings=settings, sessions=sessions)
        stack.push_async_callback(attendance.close)
        clock = DiscordClock()
        reading = ReadingService(
            speech=speech,
            settings=settings,
            sessions=sessions,
            captions=captions,
            clock=clock,
            on_trouble=lambda session, error: _tell_trouble(sessions, session, error),
            reads_content=reads_content(config),
        )
        stack.push_async_callback(reading.close)
        audit = AuditRepository(database)
        state = AppStateRepository(database)
        keepers = everyone(
            calls=keeper_of_calls(sessions),
            settings=settings,
            lexicons=lexicons,
            custom_voices=custom_voices,
            recorder=recorder,
            reading=reading,
            wording=wording,
            usage=usage,
            audit=audit,
            state=state,
        )
        privacy = PrivacyService(keepers, _disclosure(config))
        file = file_of(config.database_url)
        yield Services(
            speech=speech,
            sessions=sessions,
            settings=settings,
            lexicons=lexicons,
            audit=audit,
            custom_voices=custom_voices,
            state=state,
            usage=usage,
            prices=Prices(config.tts_prices),
            reading=reading,
            attendance=attendance,
            captions=captions,
            clock=clock,
            privacy=privacy,
            retention=Retention(
                DepartureRepository(database),
                audit=audit,
                forget_guild=privacy.forget_guild,
                backups=Backups(file) if file else None,
            ),
            guide_url=config.guide_url,
        )


def _hold_folders(config: Config, stack: AsyncExitStack) -> None:
    """Let no other bot use what this one keeps; PostgreSQL may serve several."""
    stack.enter_context(hold(config.data_dir, variable="DATA_DIR"))
    file = file_of(config.database_url)
    if file is not None and file.parent.resolve() != config.data_dir.resolve():
        stack.enter_context(hold(file.parent, variable="DATABASE_URL"))


def _budgets(config: Config) -> Budgets:
    return Budgets(
        member_day=config.budget_member_characters,
        guild_day=config.budget_server_characters,
        global_day=config.budget_total_characters,
    )


@asynccontextmanager
async def _open_cache(
    config: Config, *, on_saved: Callable[[Origin, int], None]
) -> AsyncIterator[ClipCache]:
    memory_bytes, ttl_s = config.cache_memory_mb * MIB, config.cache_days * DAY_S
    if not config.cache_disk_mb:
        yield ClipCache(memory_bytes=memory_bytes, ttl_s=ttl_s, on_saved=on_saved)
        return
    clips = await DiskClips.open(
        config.data_dir / "clips", max_bytes=config.cache_disk_mb * MIB, ttl_s=ttl_s
    )
    try:
        yield ClipCache(memory_bytes=memory_bytes, ttl_s=ttl_s, store=clips, on_saved=on_saved)
    finally:
        await clips.close()


def _announce(sessions: SessionRegistry, switch: Switch) -> None:
    """Tell the people of a call that another voice speaks, or that the usual one is back."""
    guild_id = switch.request.origin.guild_id
    session = sessions.get(guild_id) if guild_id is not None else None
    if session is not None:
        sessions.on_trouble(session, lambda: switch_sentence(is_back=switch.is_back))


async def _daily_characters(guild_id: int, settings: SettingsRepository) -> int | None:
    """Return how many characters the moderators of a server want it to use in a day at most."""
    return (await settings.fetch_guild(guild_id)).daily_characters


async def _patience(guild_id: int, settings: SettingsRepository, config: Config) -> Patience:
    """Return how long the bot stays for nothing in a server."""
    server = await settings.fetch_guild(guild_id)
    alone_s, idle_s = server.leave_when_alone_s, server.leave_when_idle_s
    return Patience(
        config.leave_when_alone_s if alone_s is None else alone_s,
        config.leave_when_idle_s if idle_s is None else idle_s,
    )


def _tell_trouble(sessions: SessionRegistry, session: VoiceSession, error: ProviderError) -> None:
    """Tell the people of a call that the speech service could not say what they wrote."""
    sessions.on_trouble(session, lambda: str(sentence_for(error)))


def _warn(sessions: SessionRegistry, guild_id: int, share: float) -> None:
    """Tell a server that it has used most of its characters of the day."""
    log.info("guild %s has used %.0f %% of its characters of today", guild_id, 100 * share)
    if session := sessions.get(guild_id):
        sessions.on_trouble(session, lambda: budget_sentence(share))


def keeper_of_calls(sessions: SessionRegistry) -> Calls:
    """Return who knows what is being said, and in which calls."""

    def channel_of(guild_id: int) -> int | None:
        session = sessions.get(guild_id)
        return session.desired_channel_id if session else None

    return Calls(
        take_back=partial(take_back, sessions), leave=sessions.leave, channel_of=channel_of
    )


def _disclosure(config: Config) -> Disclosure:
    keeps_sound = config.cache_memory_mb or config.cache_disk_mb
    return Disclosure(
        providers=tuple(providers(config)),
        sound_days=config.cache_days if keeps_sound else 0,
        url=config.privacy_url,
    )


def _log_usage(usage: Usage) -> None:
    log.info(
        "synthesized %s characters, model %s, request %s",
        usage.characters,
        usage.model,
        usage.request_id,
    )
