"""The audit: an entry for every change, whoever makes it and wherever; shown, and forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models import Voice
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.audit import AuditRepository
from bot.storage.custom_voices import CustomVoiceRepository
from bot.storage.database import Database
from bot.storage.lexicon import PERSONAL_WORD, LexiconOwner, LexiconRepository
from bot.storage.settings import SettingsRepository
from bot.storage.tables import Base
from bot.text.lexicon import LexiconEntry
from bot.tts.offered import CustomVoice
from tests.storage.inside import rows, run
from tests.strategies import settings_like

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

GUILDS, PEOPLE = st.sampled_from([7, 8]), st.sampled_from([1, 2])
OWNERS = st.one_of(
    GUILDS.map(lambda id_: LexiconOwner(guild_id=id_)),
    PEOPLE.map(lambda id_: LexiconOwner(member_id=id_)),
)
WORDS = st.sampled_from(["lol", "LOL", "gg", "voice"])
ENTRIES = st.lists(st.builds(LexiconEntry, WORDS, st.sampled_from(["", "haha"])), max_size=3)
VOICES = st.builds(
    CustomVoice,
    st.just("qwen3-tts-vc-2026-01-22"),
    st.builds(Voice, st.sampled_from(["vc-1", "vc-2"]), st.sampled_from(["Grandpa", "Granny"])),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "change_guild": st.tuples(GUILDS, settings_like(GuildSettings), PEOPLE),
    "change_channel": st.tuples(GUILDS, st.just(3), settings_like(ChannelSettings), PEOPLE),
    "change_member": st.tuples(PEOPLE, st.none() | GUILDS, settings_like(MemberSettings)),
    "change_rules": st.tuples(GUILDS, PEOPLE, settings_like(MemberRules), PEOPLE),
    "add_words": st.tuples(OWNERS, ENTRIES, PEOPLE),
    "remove_word": st.tuples(OWNERS, WORDS, PEOPLE),
    "replace_words": st.tuples(OWNERS, ENTRIES, PEOPLE),
    "add_voice": st.tuples(GUILDS, VOICES, PEOPLE),
    "remove_voice": st.tuples(GUILDS, st.sampled_from(["vc-1", "vc-2"]), PEOPLE),
}
STEPS = st.sampled_from(list(VALUES)).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
Kept = dict[tuple[str, int, int, str], str]


class Home:
    """Every repository in which people can change something."""

    def __init__(self, database: Database) -> None:
        self._settings = SettingsRepository(database)
        self._lexicons = LexiconRepository(database)
        self._voices = CustomVoiceRepository(database)

    async def take(self, step: tuple[str, tuple[Any, ...]]) -> None:
        name, values = step
        change: Callable[..., Awaitable[Any]] = getattr(self, name)
        with contextlib.suppress(UserError):  # a voice that is somebody's already
            await change(*values)

    async def change_guild(self, guild_id: int, wanted: GuildSettings, by: int) -> None:
        await self._settings.change_guild(guild_id, lambda _: wanted, by=by)

    async def change_channel(self, guild: int, id_: int, wanted: ChannelSettings, by: int) -> None:
        await self._settings.change_channel(guild, id_, lambda _: wanted, by=by)

    async def change_member(self, id_: int, guild: int | None, wanted: MemberSettings) -> None:
        await self._settings.change_member(id_, guild, lambda _: wanted)

    async def change_rules(self, guild: int, id_: int, wanted: MemberRules, by: int) -> None:
        await self._settings.change_rules(guild, id_, lambda _: wanted, by=by)

    async def add_words(self, owner: LexiconOwner, words: list[LexiconEntry], by: int) -> None:
        await self._lexicons.add(owner, words, by=by)

    async def remove_word(self, owner: LexiconOwner, word: str, by: int) -> None:
        await self._lexicons.remove(owner, word, by=by)

    async def replace_words(self, owner: LexiconOwner, words: list[LexiconEntry], by: int) -> None:
        await self._lexicons.replace_all(owner, words, by=by)

    async def add_voice(self, guild_id: int, voice: CustomVoice, by: int) -> None:
        await self._voices.add(guild_id, voice, by=by)

    async def remove_voice(self, guild_id: int, voice_id: str, by: int) -> None:
        await self._voices.remove(guild_id, voice_id, by=by)


@given(st.lists(STEPS, max_size=12))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_kept_is_what_the_audit_says_was_changed_and_nothing_else(
    url: str, steps: list[Any]
) -> None:
    asyncio.run(_compare(url, steps))


async def _compare(url: str, steps: list[Any]) -> None:
    database = await Database.open(url)
    for table in Base.metadata.tables:
        await run(database, f"DELETE FROM {table}")  # noqa: S608
    home = Home(database)
    await asyncio.gather(*(home.take(step) for step in steps))
    assert await _kept(database) == _replayed(await rows(database, "audit"))
    await database.close()


async def _kept(database: Database) -> Kept:
    kept = {
        (scope, guild_id, subject_id, name): value
        for guild_id, scope, subject_id, name, value in await rows(database, "settings")
    }
    for guild_id, member_id, word, reading in await rows(database, "lexicon"):
        scope, name = ("dictionary", word) if guild_id else ("member", PERSONAL_WORD + word)
        kept[scope, guild_id, member_id, name] = json.dumps(reading)
    for voice_id, guild_id, _, name, *_rest in await rows(database, "custom_voices"):
        kept["custom voice", guild_id, 0, name] = json.dumps(voice_id)
    return kept


def _replayed(audit: list[tuple[Any, ...]]) -> Kept:
    state: dict[tuple[str, int, int, str], str | None] = {}
    for _id, guild_id, _at, _by, scope, subject_id, name, old, new in audit:
        place = (scope, guild_id, subject_id, name)
        assert state.get(place) == old != new
        state[place] = new
    return {place: value for place, value in state.items() if value is not None}


@pytest.fixture
def audit(database: Database) -> AuditRepository:
    return AuditRepository(database)


async def test_changes_are_read_page_by_page_the_newest_first(
    database: Database, audit: AuditRepository
) -> None:
    kept = SettingsRepository(database)
    for number in range(5):
        await kept.change_guild(7, lambda _, n=number: GuildSettings(voice=f"{n}"), by=1)
    pages = [await audit.fetch(7, most=2, skip=skip) for skip in (0, 2, 4)]
    assert [[entry.new for entry in page] for page in pages] == [
        ['"4"', '"3"'],
        ['"2"', '"1"'],
        ['"0"'],
    ]
    assert await audit.fetch(8, most=2) == []


async def test_d_12_a_forgotten_member_is_in_no_entry_and_the_changes_of_others_stay(
    database: Database, audit: AuditRepository
) -> None:
    home = Home(database)
    await home.change_member(1, None, MemberSettings(spoken_name="Al"))
    await home.add_words(LexiconOwner(member_id=1), [LexiconEntry("gg", "good game")], 1)
    await home.change_rules(7, 1, MemberRules(is_muted=True), by=2)
    await home.change_guild(7, GuildSettings(voice="Kai"), by=1)
    await home.change_member(2, 7, MemberSettings(voice="Mia"))
    await audit.forget_member(1)
    assert await audit.fetch_of_member(1) == []
    assert [(entry.by, entry.new) for entry in await audit.fetch(7, most=9)] == [(0, '"Kai"')]
    assert [entry.new for entry in await audit.fetch_of_member(2)] == ['"Mia"']


async def test_d_12_a_forgotten_member_is_in_no_list_that_moderators_changed(
    database: Database, audit: AuditRepository
) -> None:
    kept, id_ = SettingsRepository(database), 81_384_788_765_712_384
    for ids in ((id_, id_ + 1), (id_ + 1,)):
        await kept.change_guild(7, lambda _, ids=ids: GuildSettings(ignored_member_ids=ids), by=2)
    await audit.forget_member(id_)
    assert [(entry.old, entry.new) for entry in await audit.fetch(7, most=9)] == [
        (f'["0", "{id_ + 1}"]', f'["{id_ + 1}"]'),
        (None, f'["0", "{id_ + 1}"]'),
    ]


async def test_d_12_a_forgotten_server_is_in_no_entry(
    database: Database, audit: AuditRepository
) -> None:
    home = Home(database)
    await home.change_guild(7, GuildSettings(voice="Kai"), by=1)
    await home.change_member(1, 7, MemberSettings(voice="Mia"))
    await home.change_guild(8, GuildSettings(voice="Kai"), by=1)
    await audit.forget_guild(7)
    assert [row[1] for row in await rows(database, "audit")] == [8]


async def test_what_is_older_is_deleted_and_the_rest_stays(
    database: Database, audit: AuditRepository
) -> None:
    kept = SettingsRepository(database)
    await kept.change_guild(7, lambda now: replace(now, voice="Kai"), by=1)
    moment = datetime.now(UTC)
    await kept.change_guild(7, lambda now: replace(now, voice="Mia"), by=1)
    await audit.delete_before(moment)
    assert [entry.new for entry in await audit.fetch(7, most=9)] == ['"Mia"']
    await audit.delete_before(moment + timedelta(days=1))
    assert await rows(database, "audit") == []
