"""All that moderators have decided: handed out, compared, brought back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from bot.errors import UserError
from bot.exchange.document import Document, read, write
from bot.exchange.service import ExchangeService
from bot.settings.change import Scope
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from bot.storage.audit import AuditRepository
from bot.storage.database import Database
from bot.storage.lexicon import LexiconRepository
from bot.storage.settings import SettingsRepository
from bot.text.lexicon import LexiconEntry
from tests.strategies import settings_like

GUILD, ELSEWHERE, MODERATOR = 7, 8, 9
FULL = Document(
    server=GuildSettings(voice="Kai", blocked_words=("x",)),
    channels={5: ChannelSettings(is_read=True), 6: ChannelSettings(voice="Ethan")},
    members={3: MemberRules(is_muted=True)},
    dictionary=(LexiconEntry("btw", "by the way"), LexiconEntry("lol", "")),
)
EMPTY = Document(server=GuildSettings(), channels={}, members={}, dictionary=())


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[ExchangeService, Database]]:
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    await database.migrate()
    settings_, lexicons = SettingsRepository(database), LexiconRepository(database)
    yield ExchangeService(settings=settings_, lexicons=lexicons), database
    await database.close()


@given(before=settings_like(GuildSettings), after=settings_like(GuildSettings))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_exported_is_back_after_an_import_whatever_was_changed(
    tmp_path: Path, before: GuildSettings, after: GuildSettings
) -> None:
    async def there_and_back() -> None:
        async with opened(tmp_path / "oriole.db") as (service, _database):
            await service.apply(GUILD, Document(server=before), by=MODERATOR)
            exported = write(await service.fetch(GUILD))
            await service.apply(GUILD, Document(server=after), by=MODERATOR)
            await service.apply(GUILD, read(exported), by=MODERATOR)
            assert (await service.fetch(GUILD)).server == before
            assert (await service.compare(GUILD, read(exported))).edits == ()

    asyncio.run(there_and_back())


async def test_every_part_is_brought_back_as_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path / "oriole.db") as (service, _database):
        await service.apply(GUILD, FULL, by=MODERATOR)
        assert await service.fetch(GUILD) == FULL
        exported = write(await service.fetch(GUILD))
        await service.apply(GUILD, EMPTY, by=MODERATOR)
        assert await service.fetch(GUILD) == EMPTY
        await service.apply(GUILD, read(exported), by=MODERATOR)
        assert await service.fetch(GUILD) == FULL
        assert await service.fetch(ELSEWHERE) == EMPTY


async def test_a_part_that_is_not_there_stays_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path / "oriole.db") as (service, _database):
        await service.apply(GUILD, FULL, by=MODERATOR)
        await service.apply(GUILD, Document(channels={6: ChannelSettings()}), by=MODERATOR)
        now = await service.fetch(GUILD)
        assert now == Document(FULL.server, {}, FULL.members, FULL.dictionary)


async def test_a_comparison_names_every_value_that_changes(tmp_path: Path) -> None:
    async with opened(tmp_path / "oriole.db") as (service, _database):
        await service.apply(GUILD, FULL, by=MODERATOR)
        wanted = Document(
            server=GuildSettings(voice="Kai"),
            channels={5: ChannelSettings(is_read=True)},
            members={4: MemberRules(voice="Kai")},
            dictionary=(LexiconEntry("btw", "anyway"),),
        )
        comparison = await service.compare(GUILD, wanted)
        assert [
            (each.scope, each.subject_id, each.name, each.old, each.new)
            for each in comparison.edits
        ] == [
            (Scope.GUILD, 0, "blocked_words", ("x",), ()),
            (Scope.CHANNEL, 6, "voice", "Ethan", None),
            (Scope.RULES, 3, "is_muted", True, False),
            (Scope.RULES, 4, "voice", None, "Kai"),
            (Scope.DICTIONARY, 0, "btw", "by the way", "anyway"),
            (Scope.DICTIONARY, 0, "lol", "", None),
        ]
        again = await service.compare(GUILD, wanted)
        assert again.fingerprint == comparison.fingerprint
        await service.apply(GUILD, Document(members={}), by=MODERATOR)
        changed = await service.compare(GUILD, wanted)
        assert changed.fingerprint != comparison.fingerprint


async def test_every_value_it_changes_is_in_the_audit(tmp_path: Path) -> None:
    async with opened(tmp_path / "oriole.db") as (service, database):
        edits = (await service.compare(GUILD, FULL)).edits
        await service.apply(GUILD, FULL, by=MODERATOR)
        entries = await AuditRepository(database).fetch(GUILD, most=100)
        assert {entry.by for entry in entries} == {MODERATOR}
        assert sorted((entry.scope, entry.subject_id, entry.name) for entry in entries) == sorted(
            (edit.scope, edit.subject_id, edit.name) for edit in edits
        )


async def test_what_cannot_be_saved_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path / "oriole.db") as (service, database):
        await service.fetch(GUILD)
        await database.execute(text("DROP TABLE audit"))
        with pytest.raises(UserError, match="Not everything could be saved"):
            await service.apply(GUILD, FULL, by=MODERATOR)
