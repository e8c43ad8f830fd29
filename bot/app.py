"""The composition root: opens resources, builds services, closes them in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import logging
import sys
from asyncio.sslproto import SSLProtocol
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.audio.encode import OpusUnavailableError, load_opus
from bot.client import Bot, Services
from bot.errors import ConfigError, UserError
from bot.models import Origin, Usage, Voice, VoiceSettings
from bot.ops.heartbeat import beat
from bot.ops.signals import wait_for_stop
from bot.policy.budget import Budgets
from bot.privacy.disclosure import Disclosure
from bot.privacy.everyone import everyone
from bot.privacy.service import PrivacyService
from bot.privacy.spoken import Calls
from bot.reading.attendance import Attendance
from bot.reading.captions import Captions
from bot.reading.service import ReadingService
from bot.report import budget_sentence, sentence_for, switch_sentence
from bot.routes import fetch_openai_voices, open_routes
from bot.speech import SpeechService
from bot.storage.app_state import AppStateRepository
from bot.storage.audit import AuditRepository
from bot.storage.calls import CallRepository
from bot.storage.clips import DiskClips
from bot.storage.custom_voices import CustomVoiceRepository
from bot.storage.database import Database
from bot.storage.lexicon import LexiconRepository
from bot.storage.settings import SettingsRepository
from bot.storage.usage import UsageRepository
from bot.storage.usage_book import UsageBook
from bot.tasks import Tasks
from bot.tts.cached import ClipCache
from bot.tts.catalog import Provider, is_custom_voice_id
from bot.tts.offered import Catalog, CustomVoice, offered, region_of
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
    from collections.abc import AsyncIterator, Callable, Iterator

    from bot.config import Config
    from bot.errors import ProviderError
    from bot.tts.fallback import Switch
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)

SHUTDOWN_S: Final = 8.0
"""Container engines kill what has not ended 10 s after SIGTERM."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How long a busy thread may keep the pacer waiting: a tenth of Python's default."""

TLS_RECORD_BYTES: Final = 16 * 1024
"""What TLS sends at most at a time (RFC 8446, 5.1); asyncio reserves 256 KiB a connection."""

MIB: Final = 1024 * 1024
DAY_S: Final = 24 * 3600

RECOVERY = Recovery()

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
    reads_content = config.message_content != "off"
    catalog = await open_catalog(config)
    defaults = default_voice(config, catalog)
    async with AsyncExitStack() as stack:
        database = await Database.open(config.database_url)
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
        routes = open_routes(
            config,
            catalog,
            book=usage,
            on_usage=_log_usage,
            on_stand_in=lambda request: recorder.do_not_keep(request),
            on_switch=lambda switch: _announce(sessions, switch),
        )
        recorder = Recorder(await stack.enter_async_context(routes), cache=cache)
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
        )
        captions = Captions(settings)
        stack.push_async_callback(captions.close)
        attendance = Attendance(speech=speech, settings=settings, sessions=sessions)
        stack.push_async_callback(attendance.close)
        reading = ReadingService(
            speech=speech,
            settings=settings,
            sessions=sessions,
            captions=captions,
            on_trouble=lambda session, error: _tell_trouble(sessions, session, error),
            reads_content=reads_content,
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
        services = Services(
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
            privacy=PrivacyService(keepers, _disclosure(config)),
            guide_url=config.guide_url,
        )
        bot = await stack.enter_async_context(
            Bot(services, reads_content=reads_content, **_point_discord(config))
        )
        # Calls are left while the gateway is still there to say so.
        stack.push_async_callback(sessions.close)
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


async def open_catalog(config: Config) -> Catalog:
    """Return what the configuration offers, with the operator's own voice if it is a custom one.

    Raises:
        ConfigError: A provider that is named cannot be used.
    """
    catalog = offered(
        _providers(config),
        region=region_of(config.dashscope_http_base_url),
        openai_model=config.openai_model,
        openai_voices=await fetch_openai_voices(config),
    )
    model = catalog.get_model(config.tts_model)
    if model and model.accepts_custom_voices and is_custom_voice_id(config.tts_voice):
        return catalog.with_voices([CustomVoice(model.id, Voice(config.tts_voice))])
    return catalog


def _providers(config: Config) -> list[Provider]:
    """Return who may be asked for speech, the usual one first."""
    own = [name for name in config.tts_fallbacks if name in Provider.__members__.values()]
    of_qwen = [Provider.QWEN] if len(own) < len(config.tts_fallbacks) else []
    return list(dict.fromkeys([Provider(config.tts_provider), *map(Provider, own), *of_qwen]))


def default_voice(config: Config, catalog: Catalog) -> VoiceSettings:
    """Check the operator's voices before anyone asks for them.

    Raises:
        ConfigError: No model that is offered has one of them.
    """
    try:
        voice = catalog.find_voice(config.tts_model, config.tts_voice)
    except UserError as error:
        raise ConfigError([f"TTS_MODEL and TTS_VOICE: {error}"]) from None
    unknown = [
        f"TTS_VOICES: no model has the voice {name!r} that is set for {language}"
        for language, name in config.tts_voices.items()
        if not any(catalog.get_voice(model, name) for model in catalog.models)
    ]
    if unknown:
        raise ConfigError(unknown)
    return VoiceSettings(
        config.tts_model, voice.id, config.tts_language, pause_ms=config.pause_between_ms
    )


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
        providers=tuple(_providers(config)),
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
