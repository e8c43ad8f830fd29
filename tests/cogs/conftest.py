"""The real bot in an in-memory Discord, with a real database and a fake speech service."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord.interactions
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord._clock import Clock
from simcord._runtime import _BOT_SCOPE
from simcord.backend import Backend

from bot.client import Bot, Services
from bot.models import Voice, VoiceSettings
from bot.ops.clock import DiscordClock
from bot.policy.budget import Budgets
from bot.privacy.disclosure import Disclosure
from bot.privacy.everyone import everyone
from bot.privacy.service import PrivacyService
from bot.reading.attendance import Attendance
from bot.reading.captions import Captions
from bot.reading.service import ReadingService
from bot.services import keeper_of_calls
from bot.speech import SpeechService
from bot.storage.app_state import AppStateRepository
from bot.storage.audit import AuditRepository
from bot.storage.calls import CallRepository
from bot.storage.custom_voices import CustomVoiceRepository
from bot.storage.database import Database
from bot.storage.departures import DepartureRepository
from bot.storage.lexicon import LexiconRepository
from bot.storage.retention import Retention
from bot.storage.settings import SettingsRepository
from bot.storage.usage import UsageRepository
from bot.storage.usage_book import UsageBook
from bot.tasks import Tasks
from bot.tts.breaker import Breaker
from bot.tts.budgeted import BudgetedSynthesizer
from bot.tts.cached import ClipCache
from bot.tts.catalog import Provider
from bot.tts.fallback import Chain, Route
from bot.tts.offered import offered
from bot.tts.prices import Prices
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer
from bot.voice.gateway import Gateway, Observer
from bot.voice.ledger import Ledger
from bot.voice.pacer import Pacer
from bot.voice.queue import Turn
from bot.voice.recovery import Recovery
from bot.voice.registry import SessionRegistry
from bot.voice.session import Equipment, Patience, VoiceSession
from bot.wording import Wording
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.speaking import Speak
from tests.voice.fakes import utterance

LOOK_AGAIN_S = 0.002


@pytest.fixture
def synthesizer() -> AttentiveSynthesizer:
    return AttentiveSynthesizer()


@pytest.fixture
def breaker() -> Breaker:
    """What leaves the speech service alone."""
    return Breaker("qwen")


@pytest.fixture
def speaker(synthesizer: AttentiveSynthesizer) -> Synthesizer:
    """The way to the speech service: always open, unless a test puts a breaker into it."""
    return synthesizer


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the migrations leave it; they take longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "oriole.db"
    asyncio.run(_migrate(path))
    return path


async def _migrate(path: Path) -> None:
    database = await Database.open(_url(path))
    await database.migrate()
    await database.close()


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    return _url(shutil.copy(migrated, tmp_path / "oriole.db"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
async def settings(database_url: str) -> AsyncIterator[SettingsRepository]:
    """What another process would find in the database."""
    database = await Database.open(database_url)
    yield SettingsRepository(database)
    await database.close()


@pytest.fixture
def defaults() -> VoiceSettings:
    """What the operator has chosen: nothing, unless a test says so."""
    return VoiceSettings()


@pytest.fixture
def budgets() -> Budgets:
    """What a day may cost: anything, unless a test says so."""
    return Budgets()


@pytest.fixture
def cache() -> ClipCache:
    """What has been said and is kept: nothing, unless a test says so."""
    return ClipCache(memory_bytes=0)


@pytest.fixture
def reads_content() -> bool:
    """Whether Discord shows the bot what people write: it does, unless a test says so."""
    return True


@pytest.fixture
async def services(
    budgets: Budgets,
    cache: ClipCache,
    database: Database,
    speaker: Synthesizer,
    breaker: Breaker,
    defaults: VoiceSettings,
    reads_content: bool,
) -> AsyncIterator[Services]:
    catalog = offered(
        Provider, openai_model="orator-1", openai_voices=(Voice("alloy"), Voice("nova"))
    )
    chain = Chain((Route("qwen", speaker, frozenset(catalog.models), rest_of=breaker.rest),))
    usage = UsageBook(UsageRepository(database), budgets, on_warning=lambda _guild, _share: None)
    recorder, pacer = Recorder(BudgetedSynthesizer(chain, usage), cache=cache), Pacer()
    pacer.start()
    equipment = Equipment(
        recorder=recorder,
        pacer=pacer,
        ledger=Ledger(),
        recovery=Recovery(),
        patience=Patience(alone_s=0, idle_s=0),
    )
    sessions = SessionRegistry(equipment, calls=CallRepository(database))
    settings = SettingsRepository(database)
    custom_voices = CustomVoiceRepository(database)
    lexicons = LexiconRepository(database)
    speech = SpeechService(
        synthesizer=recorder,
        defaults=defaults,
        catalog=catalog,
        settings=settings,
        wording=Wording(settings, lexicons),
        custom_voices=custom_voices,
        condition_of=chain.condition,
    )
    captions, clock = Captions(), DiscordClock()
    reading = ReadingService(
        speech=speech,
        settings=settings,
        sessions=sessions,
        captions=captions,
        clock=clock,
        on_trouble=lambda _session, _error: None,
        reads_content=reads_content,
    )
    attendance = Attendance(speech=speech, settings=settings, sessions=sessions)
    audit = AuditRepository(database)
    state = AppStateRepository(database)
    keepers = everyone(
        calls=keeper_of_calls(sessions),
        settings=settings,
        lexicons=lexicons,
        custom_voices=custom_voices,
        recorder=recorder,
        reading=reading,
        wording=speech.wording,
        usage=usage,
        audit=audit,
        state=state,
    )
    privacy = PrivacyService(keepers, Disclosure((Provider.QWEN,), sound_days=7))
    yield Services(
        speech=speech,
        sessions=sessions,
        settings=settings,
        lexicons=lexicons,
        audit=audit,
        custom_voices=custom_voices,
        state=state,
        usage=usage,
        prices=Prices(),
        reading=reading,
        attendance=attendance,
        captions=captions,
        clock=clock,
        privacy=privacy,
        retention=Retention(
            DepartureRepository(database),
            audit=audit,
            forget_guild=privacy.forget_guild,
            backups=None,
        ),
    )
    await reading.close()
    await attendance.close()
    await captions.close()
    await sessions.close()
    pacer.close()
    await recorder.close()
    await usage.close()


@pytest.fixture
def bot(services: Services, reads_content: bool) -> Bot:
    return Bot(services, reads_content=reads_content, shard_count=1)


@pytest.fixture(autouse=True)
def _follow_ups_after_a_deleted_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an application delete "thinking…" and follow up, as Discord does.

    SimCord 3.2.1 still answers 10008, which Discord mended in 2021 (discord-api-docs #2739).
    """
    delete = Backend.delete_message

    def delete_and_settle(backend: Backend, channel_id: int, message_id: int) -> None:
        delete(backend, channel_id, message_id)
        for interaction in backend.interactions.values():
            if interaction.message_id == message_id and interaction.loading:
                interaction.complete_deferred()

    monkeypatch.setattr(Backend, "delete_message", delete_and_settle)


@pytest.fixture(autouse=True, scope="session")
def _impatience() -> Iterator[None]:
    """Look sooner whether a command is over: most take a fraction of SimCord's 50 ms."""
    settle = Env._settle_internal
    usual = settle.__kwdefaults__
    settle.__kwdefaults__ = usual | {"idle": LOOK_AGAIN_S}
    yield
    settle.__kwdefaults__ = usual


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let messages be of this moment: SimCord's clock begins in a year of its own."""
    begin = datetime.now(UTC)
    monkeypatch.setattr(Clock, "now", lambda clock: begin + timedelta(seconds=clock.elapsed))


@pytest.fixture
def simcord_bot(bot: Bot) -> Bot:
    return bot


@pytest.fixture
def env(simcord_env: Env) -> Env:
    """A Discord with this bot in it; what it raises and nobody looks at fails the test."""
    return simcord_env


@pytest.fixture(autouse=True)
def _background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command be over although what it started in the background is not.

    SimCord waits for everything a command began, unless it is declared to wait for the world.
    """
    start = Tasks.start

    def start_aside(tasks: Tasks, work: Coroutine[Any, Any, Any], *, name: str) -> Any:
        if (scope := _BOT_SCOPE.get()) is not None:
            work = scope[0].external_wait(work, reason=name)
        return start(tasks, work, name=name)

    monkeypatch.setattr(Tasks, "start", start_aside)


@pytest.fixture
def restart(env: Env, services: Services) -> Callable[[], Awaitable[None]]:
    """Let the bot begin anew, with nothing in memory but what it has in the database."""

    async def begin_anew() -> None:
        await env.restart_bot(Bot(services, shard_count=1))

    return begin_anew


@pytest.fixture
def guild(env: Env) -> GuildHandle:
    return env.create_guild("Aviary")


@pytest.fixture
def chat(guild: GuildHandle) -> ChannelHandle:
    return guild.create_text_channel("chat")


@pytest.fixture
def lounge(guild: GuildHandle) -> ChannelHandle:
    return guild.create_voice_channel("lounge")


@pytest.fixture
def alice(env: Env, guild: GuildHandle) -> MemberActor:
    """A member like any other."""
    return guild.add_member(env.create_user("alice"))


@pytest.fixture
def bob(env: Env, guild: GuildHandle) -> MemberActor:
    """Another one."""
    return guild.add_member(env.create_user("bob"))


@pytest.fixture
async def in_the_lounge(alice: MemberActor, bob: MemberActor, lounge: ChannelHandle) -> None:
    """Let both be in the call from the start."""
    for member in (alice, bob):
        await member.join_voice(lounge)


@pytest.fixture
def moderator(env: Env, guild: GuildHandle) -> MemberActor:
    """A member with Manage Server."""
    role = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(env.create_user("mona"), roles=[role])


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Fields of the interactions to come that differ from the usual, such as `locale`."""
    fields: dict[str, Any] = {}
    build = simcord.interactions.base_payload

    def build_differently(*args: Any, **options: Any) -> Any:
        record, payload = build(*args, **options)
        return record, payload | fields

    monkeypatch.setattr(simcord.interactions, "base_payload", build_differently)
    return fields


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[FakePresence]:
    """Every call the bot gets into: the in-memory Discord has no voice servers."""
    made: list[FakePresence] = []

    def place(
        gateway: Gateway, observer: Observer, channel_id: int, recovery: Recovery
    ) -> FakePresence:
        made.append(FakePresence(gateway, observer, channel_id, recovery))
        return made[-1]

    monkeypatch.setattr("bot.voice.session.Presence", place)
    return made


@pytest.fixture
async def session(bot: Bot, lounge: ChannelHandle, calls: list[FakePresence]) -> VoiceSession:
    """The bot, in the lounge."""
    channel = bot.get_channel(lounge.id)
    assert isinstance(channel, discord.VoiceChannel)
    return await bot.sessions.join(channel)


@pytest.fixture
def speak(session: VoiceSession, synthesizer: AttentiveSynthesizer) -> Speak:
    """Let members speak in the lounge."""

    async def say(*said: tuple[MemberActor, str]) -> list[Turn]:
        synthesizer.hold(said[0][1])
        turns = [session.enqueue(utterance(text, speaker_id=member.id)) for member, text in said]
        await synthesizer.was_asked.wait()
        return turns

    return say
