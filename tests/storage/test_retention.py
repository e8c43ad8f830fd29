"""What is kept how long: changes, servers that were left, backups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import UserError
from bot.models import Voice
from bot.settings.change import AuditEntry, Scope
from bot.settings.guild import GuildSettings
from bot.storage.app_state import AppStateRepository, greeted
from bot.storage.audit import AuditRepository, insertion
from bot.storage.backups import Backups
from bot.storage.calls import CallRepository
from bot.storage.custom_voices import CustomVoiceRepository
from bot.storage.database import Database
from bot.storage.departures import DepartureRepository
from bot.storage.lexicon import LexiconOwner, LexiconRepository
from bot.storage.retention import Retention
from bot.storage.settings import SettingsRepository
from bot.storage.usage import Tally, UsageKey, UsageRepository
from bot.text.lexicon import LexiconEntry
from bot.tts.offered import CustomVoice
from tests.storage.inside import OF_SQLITE, rows, run

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HERE, THERE = 7, 8


class House:
    """A retention with a clock that can be set, in a bot that is in some servers."""

    def __init__(self, database: Database, backups: Backups | None = None) -> None:
        self.now = START
        self.guilds: Collection[int] | None = {HERE, THERE}
        self.forgotten: list[int] = []
        self.is_broken = False
        self._settings = SettingsRepository(database)
        self.retention = Retention(
            DepartureRepository(database),
            audit=AuditRepository(database),
            forget_guild=self._forget,
            backups=backups,
            now=lambda: self.now,
        )

    async def tidy(self, *, after: timedelta = HOUR, shard: int | None = None) -> list[int]:
        """Let time pass and tidy up; return the servers that were forgotten."""
        self.now += after
        self.forgotten = []
        await self.retention.tidy(self.guilds, lambda id_: shard is None or id_ % 2 == shard)
        return self.forgotten

    async def settle(self, *guild_ids: int) -> None:
        """Keep something of some servers."""
        for guild_id in guild_ids:
            await self._settings.change_guild(guild_id, lambda _: GuildSettings(voice="K"), by=1)

    async def _forget(self, guild_id: int) -> None:
        if self.is_broken:
            raise UserError("not now")
        await self._settings.forget_guild(guild_id)
        self.forgotten.append(guild_id)


@pytest.fixture
async def house(database: Database) -> House:
    house = House(database)
    await house.settle(HERE, THERE)
    return house


async def test_a_server_is_forgotten_thirty_days_after_the_bot_left_it(house: House) -> None:
    assert await house.tidy(after=400 * DAY) == []
    house.guilds = {HERE}
    assert await house.tidy() == []
    assert await house.tidy(after=30 * DAY - HOUR) == []
    assert await house.tidy() == [THERE]
    assert await house.tidy(after=400 * DAY) == []


async def test_who_invites_the_bot_again_finds_everything_in_place(house: House) -> None:
    house.guilds = {HERE}
    await house.tidy()
    house.guilds = {HERE, THERE}
    assert await house.tidy(after=30 * DAY) == []
    house.guilds = {HERE}
    await house.tidy()
    assert await house.tidy(after=29 * DAY) == []
    assert await house.tidy(after=DAY) == [THERE]


async def test_nothing_is_forgotten_while_discord_has_not_said_where_the_bot_is(
    house: House,
) -> None:
    house.guilds = {HERE}
    await house.tidy()
    house.guilds = None
    assert await house.tidy(after=400 * DAY) == []
    house.guilds = {HERE, THERE}
    assert await house.tidy(after=DAY) == []


async def test_what_cannot_be_forgotten_now_is_forgotten_later(house: House) -> None:
    house.guilds = ()
    await house.tidy()
    house.is_broken = True
    assert await house.tidy(after=30 * DAY) == []
    house.is_broken = False
    assert set(await house.tidy()) == {HERE, THERE}


async def test_servers_of_other_processes_are_left_to_them(house: House) -> None:
    house.guilds = ()
    await house.tidy(shard=0)
    assert await house.tidy(after=31 * DAY, shard=1) == []
    assert await house.tidy(shard=0) == [THERE]
    assert await house.tidy(after=31 * DAY, shard=1) == [HERE]


async def test_whatever_is_kept_of_a_server_makes_it_known(database: Database) -> None:
    await SettingsRepository(database).change_member(1, 101, lambda now: now)
    await SettingsRepository(database).change_channel(
        102, 5, lambda now: type(now)(is_read=True), by=1
    )
    await run(database, "DELETE FROM audit")
    await LexiconRepository(database).add(
        LexiconOwner(guild_id=103), [LexiconEntry("gg", "good game")], by=1
    )
    await LexiconRepository(database).add(
        LexiconOwner(member_id=9), [LexiconEntry("gg", "good game")], by=9
    )
    voice = CustomVoice("qwen3-tts-vc-2026-01-22", Voice("vc-1", "Grandpa"))
    await CustomVoiceRepository(database).add(104, voice, by=1)
    await CallRepository(database).save(105, 5, None)
    await UsageRepository(database).add({UsageKey("2026-11-23", 106, 1, "m"): Tally(1)})
    await AppStateRepository(database).save(greeted(107), "")
    entry = AuditEntry(108, START, 1, Scope.GUILD, 0, "voice", None, '"Kai"')
    await database.execute(insertion([entry]))
    known = await DepartureRepository(database).fetch_known()
    assert known == {102, 103, 104, 105, 106, 107, 108}


async def test_changes_are_kept_for_ninety_days(database: Database) -> None:
    house = House(database)
    entries = [
        AuditEntry(HERE, START - age, 1, Scope.GUILD, 0, str(age.days), None, "1")
        for age in (91 * DAY, 90 * DAY, 89 * DAY)
    ]
    await database.execute(insertion(entries))
    await house.tidy(after=timedelta(0))
    assert [row[6] for row in await rows(database, "audit")] == ["90", "89"]


async def test_a_database_that_does_not_answer_is_tidied_later(
    database: Database, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database)
    await house.settle(HERE)
    await run(database, "ALTER TABLE audit RENAME TO away")
    house.guilds = ()
    await house.tidy()
    await run(database, "ALTER TABLE away RENAME TO audit")
    await house.tidy()
    assert await house.tidy(after=30 * DAY) == [HERE]


@OF_SQLITE
async def test_there_is_a_backup_of_every_day_of_the_last_week(
    database: Database, path: Path
) -> None:
    backups = Backups(path)
    house = House(database, backups)
    for _ in range(12 * 24):
        await house.tidy()
    moments = [each.made_at for each in backups.all()]
    assert len(moments) == 7
    assert house.now - moments[0] < DAY
    assert house.now - moments[-1] <= 7 * DAY


@OF_SQLITE
async def test_a_backup_that_fails_is_told_and_tried_again_and_the_rest_is_done(
    database: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backups = Backups(path)
    backups.folder.touch()  # a file where the folder would be
    house = House(database, backups)
    await house.settle(HERE)
    house.guilds = ()
    await house.tidy()
    assert "no backup could be made" in caplog.text
    assert await house.tidy(after=30 * DAY) == [HERE]
    backups.folder.unlink()
    await house.tidy()
    assert len(backups.all()) == 1
