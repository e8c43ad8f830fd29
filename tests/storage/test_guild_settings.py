"""What each server chose: kept, cached, forgotten."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import UserError
from bot.models import Language, VoiceSettings
from bot.storage.database import Database
from bot.storage.guild_settings import GuildSettingsRepository

if TYPE_CHECKING:
    from pathlib import Path

GUILD = 2**62 + 1
MODERATOR = 81_384_788_765_712_384
CHOSEN = VoiceSettings(
    "qwen3-tts-instruct-flash",
    "Ethan",
    Language.GERMAN,
    "calm; '\"%_\\ 你好",
    speed=1.25,
    volume=0.8,
    pause_ms=450,
)


@pytest.fixture
def settings(database: Database) -> GuildSettingsRepository:
    return GuildSettingsRepository(database)


def rows(path: Path) -> list[dict[str, object]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM guild_settings")]


async def test_a_server_that_chose_nothing_has_open_settings(
    settings: GuildSettingsRepository,
) -> None:
    assert await settings.fetch(GUILD) == VoiceSettings()


@pytest.mark.parametrize(
    "chosen",
    [
        CHOSEN,
        VoiceSettings(),
        VoiceSettings(voice="Nofish"),
        VoiceSettings(style=""),
        VoiceSettings(speed=2.0, volume=0.0, pause_ms=0),
    ],
)
async def test_what_is_saved_is_fetched(
    settings: GuildSettingsRepository, chosen: VoiceSettings
) -> None:
    await settings.save(GUILD, chosen, by=MODERATOR)
    assert await settings.fetch(GUILD) == chosen


async def test_settings_survive_a_restart(url: str, database: Database) -> None:
    await GuildSettingsRepository(database).save(GUILD, CHOSEN, by=MODERATOR)
    await database.close()
    reopened = await Database.open(url)
    await reopened.migrate()
    assert await GuildSettingsRepository(reopened).fetch(GUILD) == CHOSEN
    await reopened.close()


async def test_saving_again_replaces_the_whole_row(
    settings: GuildSettingsRepository, path: Path
) -> None:
    await settings.save(GUILD, CHOSEN, by=MODERATOR)
    await settings.save(GUILD, VoiceSettings(voice="Cherry"), by=MODERATOR + 1)
    [row] = rows(path)
    del row["updated_at"]
    assert {name: value for name, value in row.items() if value is not None} == {
        "guild_id": GUILD,
        "voice": "Cherry",
        "updated_by": MODERATOR + 1,
    }


async def test_who_changed_it_and_when_is_kept(
    settings: GuildSettingsRepository, path: Path
) -> None:
    await settings.save(GUILD, CHOSEN, by=MODERATOR)
    [row] = rows(path)
    age = datetime.now(UTC) - datetime.fromisoformat(str(row["updated_at"]))
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert row["updated_by"] == MODERATOR


async def test_servers_do_not_see_each_other(settings: GuildSettingsRepository) -> None:
    await settings.save(GUILD, CHOSEN, by=MODERATOR)
    assert await settings.fetch(GUILD + 1) == VoiceSettings()


async def test_a_read_is_answered_from_memory_the_second_time(
    settings: GuildSettingsRepository, database: Database, path: Path
) -> None:
    await settings.fetch(GUILD)
    await settings.save(GUILD + 1, CHOSEN, by=MODERATOR)
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE guild_settings")
    assert await settings.fetch(GUILD) == VoiceSettings()
    assert await settings.fetch(GUILD + 1) == CHOSEN


async def test_a_failed_save_is_not_remembered(
    settings: GuildSettingsRepository, path: Path
) -> None:
    await settings.save(GUILD, CHOSEN, by=MODERATOR)
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE guild_settings RENAME TO away")
    with pytest.raises(UserError):
        await settings.save(GUILD, VoiceSettings(voice="Cherry"), by=MODERATOR)
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE away RENAME TO guild_settings")
    assert await settings.fetch(GUILD) == CHOSEN


async def test_many_writers_at_once_leave_memory_and_disk_agreed(
    settings: GuildSettingsRepository, database: Database
) -> None:
    voices = [VoiceSettings(voice=f"voice {number}") for number in range(40)]
    await asyncio.gather(
        *(settings.save(GUILD, voice, by=MODERATOR) for voice in voices),
        *(settings.fetch(GUILD) for _ in voices),
    )
    remembered = await settings.fetch(GUILD)
    assert remembered in voices
    assert await GuildSettingsRepository(database).fetch(GUILD) == remembered


async def test_forgetting_a_server_leaves_no_row(
    settings: GuildSettingsRepository, path: Path
) -> None:
    await settings.save(GUILD, CHOSEN, by=MODERATOR)
    await settings.forget(GUILD)
    assert await settings.fetch(GUILD) == VoiceSettings()
    assert rows(path) == []


async def test_a_language_of_a_later_version_reads_as_open(
    settings: GuildSettingsRepository, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "INSERT INTO guild_settings (guild_id, voice, language, updated_at, updated_by)"
            " VALUES (?, 'Cherry', 'Klingon', ?, 1)",
            (GUILD, "2026-01-01T00:00:00+00:00"),
        )
        other.commit()
    assert await settings.fetch(GUILD) == VoiceSettings(voice="Cherry")


WRITER = textwrap.dedent("""
    import asyncio, sys
    from bot.models import VoiceSettings
    from bot.storage.database import Database
    from bot.storage.guild_settings import GuildSettingsRepository

    async def main():
        database = await Database.open(sys.argv[1])
        await database.migrate()
        settings = GuildSettingsRepository(database)
        number = 0
        while True:
            number += 1
            await settings.save(1, VoiceSettings(voice=str(number)), by=1)
            print(number, flush=True)

    asyncio.run(main())
""")


@pytest.mark.parametrize("acknowledged", [1, 7, 25])
async def test_what_was_acknowledged_survives_a_kill(
    url: str, path: Path, acknowledged: int
) -> None:
    with subprocess.Popen(  # noqa: ASYNC220, S603
        [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        last = [writer.stdout.readline() for _ in range(acknowledged)][-1]
        os.kill(writer.pid, signal.SIGKILL)
    database = await Database.open(url)
    await database.migrate()
    kept = await GuildSettingsRepository(database).fetch(1)
    await database.close()
    assert int(kept.voice or 0) >= int(last)
