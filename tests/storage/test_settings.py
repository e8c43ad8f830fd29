"""Settings of servers, channels and members: kept, cached, changed, forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UserError
from bot.models import Language
from bot.settings.change import AuditEntry, Scope
from bot.settings.channel import ChannelSettings
from bot.settings.choices import EditReading
from bot.settings.guild import GuildSettings
from bot.settings.kinds import HoursOfDay
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.audit import AuditRepository
from bot.storage.database import Database
from bot.storage.settings import SettingsRepository
from tests.storage.inside import counted, rows, run

GUILD = 2**62 + 1
CHANNEL = 1_234_567
MEMBER = 42
MODERATOR = 81_384_788_765_712_384

CHOSEN = GuildSettings(
    model="qwen3-tts-instruct-flash",
    voice="Ethan",
    voices=((Language.GERMAN, "Kai"), (Language.JAPANESE, "Ono Anna")),
    language=Language.GERMAN,
    style="calm; '\"%_\\ 你好",
    speed=1.25,
    volume=0.0,
    forces_voice=True,
    reads_voice_chat=False,
    on_edit=EditReading.REQUEUE,
    ignored_role_ids=(1, 2**62),
    blocked_words=("fiddlesticks", "哎呀"),
    quiet_hours=HoursOfDay().load("22:00-07:00"),
    time_zone=ZoneInfo("Europe/Berlin"),
    log_channel_id=CHANNEL,
)


@pytest.fixture
def settings(database: Database) -> SettingsRepository:
    return SettingsRepository(database)


@pytest.fixture
def audit(database: Database) -> AuditRepository:
    return AuditRepository(database)


async def choose(settings: SettingsRepository, chosen: GuildSettings, by: int = MODERATOR) -> None:
    await settings.change_guild(GUILD, lambda _: chosen, by=by)


async def test_who_chose_nothing_has_the_defaults(settings: SettingsRepository) -> None:
    assert await settings.fetch_guild(GUILD) == GuildSettings()
    assert await settings.fetch_channel(GUILD, CHANNEL) == ChannelSettings()
    assert await settings.fetch_channels(GUILD) == {}
    assert await settings.fetch_member(MEMBER, GUILD) == MemberSettings()
    assert await settings.fetch_rules(GUILD, MEMBER) == MemberRules()


async def test_what_is_chosen_survives_a_restart(
    settings: SettingsRepository, database: Database, url: str
) -> None:
    channel = ChannelSettings(is_read=True, voice="Cherry", only_in_call=False)
    member = MemberSettings(voice="Kai", speed=2.0, is_opted_out=False)
    rules = MemberRules(is_muted=True, voice="Serena")
    await choose(settings, CHOSEN)
    await settings.change_channel(GUILD, CHANNEL, lambda _: channel, by=MODERATOR)
    await settings.change_member(MEMBER, GUILD, lambda _: member)
    await settings.change_member(MEMBER, None, lambda _: MemberSettings(voice="Mia"))
    await settings.change_rules(GUILD, MEMBER, lambda _: rules, by=MODERATOR)
    await database.close()
    reopened = await Database.open(url)
    kept = SettingsRepository(reopened)
    assert await kept.fetch_guild(GUILD) == CHOSEN
    assert await kept.fetch_channels(GUILD) == {CHANNEL: channel}
    assert await kept.fetch_channel(GUILD, CHANNEL) == channel
    assert await kept.fetch_member(MEMBER, GUILD) == member
    assert await kept.fetch_member(MEMBER, None) == MemberSettings(voice="Mia")
    assert await kept.fetch_rules(GUILD, MEMBER) == rules
    assert await kept.fetch_all_rules(GUILD) == {MEMBER: rules}
    assert await kept.fetch_everything_of_member(MEMBER) == {
        0: MemberSettings(voice="Mia"),
        GUILD: member,
    }
    await reopened.close()


async def test_what_is_set_back_to_its_default_leaves_no_row(
    settings: SettingsRepository, database: Database
) -> None:
    await choose(settings, CHOSEN)
    await choose(settings, GuildSettings())
    assert await settings.fetch_guild(GUILD) == GuildSettings()
    assert await rows(database, "settings") == []


async def test_a_thread_without_settings_of_its_own_has_those_of_its_channel(
    settings: SettingsRepository,
) -> None:
    of_channel, of_thread = ChannelSettings(voice="Kai"), ChannelSettings(voice="Mia")
    await settings.change_channel(GUILD, CHANNEL, lambda _: of_channel, by=MODERATOR)
    await settings.change_channel(GUILD, 2, lambda _: of_thread, by=MODERATOR)
    assert await settings.fetch_channel(GUILD, 1, CHANNEL) == of_channel
    assert await settings.fetch_channel(GUILD, 2, CHANNEL) == of_thread
    assert await settings.fetch_channel(GUILD, 1) == ChannelSettings()


async def test_servers_members_and_channels_do_not_see_each_other(
    settings: SettingsRepository,
) -> None:
    await choose(settings, CHOSEN)
    await settings.change_member(MEMBER, GUILD, lambda now: replace(now, voice="Kai"))
    assert await settings.fetch_guild(GUILD + 1) == GuildSettings()
    assert await settings.fetch_member(MEMBER, GUILD + 1) == MemberSettings()
    assert await settings.fetch_member(MEMBER + 1, GUILD) == MemberSettings()
    assert await settings.fetch_member(MEMBER, None) == MemberSettings()


async def test_every_change_is_told_and_kept_with_who_when_and_what(
    database: Database, audit: AuditRepository
) -> None:
    told: list[AuditEntry] = []
    settings = SettingsRepository(database, on_change=told.extend)
    await settings.change_guild(GUILD, lambda now: replace(now, voice="Kai"), by=MODERATOR)
    await settings.change_guild(
        GUILD, lambda now: replace(now, voice=None, max_characters=200), by=MODERATOR + 1
    )
    await settings.change_guild(GUILD, lambda now: now, by=MODERATOR)
    kept = await audit.fetch(GUILD, most=10)
    assert kept == told[::-1]
    assert [(entry.by, entry.name, entry.old, entry.new) for entry in told] == [
        (MODERATOR, "voice", None, '"Kai"'),
        (MODERATOR + 1, "voice", '"Kai"', None),
        (MODERATOR + 1, "max_characters", None, "200"),
    ]
    assert all(timedelta(0) <= datetime.now(UTC) - each.at < timedelta(minutes=1) for each in kept)


async def test_what_members_choose_for_themselves_is_not_shown_to_moderators(
    settings: SettingsRepository, audit: AuditRepository
) -> None:
    await settings.change_member(MEMBER, GUILD, lambda now: replace(now, spoken_name="Al"))
    await settings.change_rules(
        GUILD, MEMBER, lambda now: replace(now, is_muted=True), by=MODERATOR
    )
    assert [entry.scope for entry in await audit.fetch(GUILD, most=10)] == [Scope.RULES]
    assert [entry.name for entry in await audit.fetch_of_member(MEMBER)] == [
        "spoken_name",
        "is_muted",
    ]


async def test_two_who_change_different_things_at_once_both_win(
    settings: SettingsRepository, database: Database
) -> None:
    await asyncio.gather(
        settings.change_guild(GUILD, lambda now: replace(now, voice="Kai"), by=1),
        settings.change_guild(GUILD, lambda now: replace(now, speed=1.5), by=2),
        settings.change_guild(
            GUILD, lambda now: replace(now, ignored_role_ids=(*now.ignored_role_ids, 7)), by=3
        ),
        settings.change_guild(
            GUILD, lambda now: replace(now, ignored_role_ids=(*now.ignored_role_ids, 8)), by=4
        ),
    )
    both = GuildSettings(voice="Kai", speed=1.5, ignored_role_ids=(7, 8))
    assert await settings.fetch_guild(GUILD) == both
    assert await SettingsRepository(database).fetch_guild(GUILD) == both


async def test_what_is_warm_costs_no_query(
    settings: SettingsRepository, database: Database
) -> None:
    await settings.fetch_guild(GUILD)
    await settings.fetch_member(MEMBER, GUILD)
    await settings.fetch_rules(GUILD, MEMBER)
    await settings.change_member(MEMBER, None, lambda now: replace(now, voice="Mia"))
    await settings.change_guild(GUILD, lambda now: replace(now, voice="Kai"), by=1)
    with counted(database) as queries:
        assert await settings.fetch_guild(GUILD) == GuildSettings(voice="Kai")
        assert await settings.fetch_channel(GUILD, CHANNEL) == ChannelSettings()
        assert await settings.fetch_channels(GUILD) == {}
        assert await settings.fetch_rules(GUILD, MEMBER) == MemberRules()
        assert await settings.fetch_member(MEMBER, GUILD) == MemberSettings()
        assert await settings.fetch_member(MEMBER, None) == MemberSettings(voice="Mia")
    assert queries == []


async def test_a_hundred_messages_at_once_read_the_settings_once(
    settings: SettingsRepository, database: Database
) -> None:
    with counted(database) as queries:
        await asyncio.gather(*(settings.fetch_guild(GUILD) for _ in range(50)))
        await asyncio.gather(*(settings.fetch_channels(GUILD) for _ in range(50)))
        await asyncio.gather(*(settings.fetch_member(MEMBER, GUILD) for _ in range(50)))
    assert len(queries) == 2


@pytest.mark.parametrize("table", ["settings", "audit"])
async def test_a_change_that_fails_is_not_remembered(
    settings: SettingsRepository, database: Database, table: str
) -> None:
    await choose(settings, CHOSEN)
    before = await rows(database, "settings")
    await run(database, f"ALTER TABLE {table} RENAME TO away")
    with pytest.raises(UserError, match="nothing changed"):
        await choose(settings, GuildSettings(voice="Cherry"))
    await run(database, f"ALTER TABLE away RENAME TO {table}")
    assert await rows(database, "settings") == before
    assert await settings.fetch_guild(GUILD) == CHOSEN


async def test_many_writers_at_once_leave_memory_and_disk_agreed(
    settings: SettingsRepository, database: Database
) -> None:
    voices = [GuildSettings(voice=f"voice {number}") for number in range(40)]
    await asyncio.gather(
        *(choose(settings, voice) for voice in voices),
        *(settings.fetch_guild(GUILD) for _ in voices),
    )
    remembered = await settings.fetch_guild(GUILD)
    assert remembered in voices
    assert await SettingsRepository(database).fetch_guild(GUILD) == remembered


async def test_forgetting_a_server_leaves_no_row_of_it(
    settings: SettingsRepository, database: Database
) -> None:
    await choose(settings, CHOSEN)
    await settings.change_member(MEMBER, GUILD, lambda now: replace(now, voice="Kai"))
    await settings.change_member(MEMBER, None, lambda now: replace(now, voice="Mia"))
    await settings.forget_guild(GUILD)
    assert await settings.fetch_guild(GUILD) == GuildSettings()
    assert await settings.fetch_member(MEMBER, GUILD) == MemberSettings()
    assert await settings.fetch_member(MEMBER, None) == MemberSettings(voice="Mia")
    assert len(await rows(database, "settings")) == 1


async def test_a_member_sees_what_moderators_of_every_server_decided(
    settings: SettingsRepository,
) -> None:
    await settings.change_rules(GUILD, MEMBER, lambda now: replace(now, voice="Kai"), by=1)
    await settings.change_rules(7, MEMBER, lambda now: replace(now, is_muted=True), by=1)
    await settings.change_rules(7, MEMBER + 1, lambda now: replace(now, is_muted=True), by=1)
    assert await settings.fetch_all_rules_for(MEMBER) == {
        7: MemberRules(is_muted=True),
        GUILD: MemberRules(voice="Kai"),
    }


async def test_a_member_sees_which_servers_ignore_them(settings: SettingsRepository) -> None:
    for guild_id, ignored in ((7, (MEMBER,)), (8, (1, MEMBER * 10)), (GUILD, (1, MEMBER))):
        chosen = GuildSettings(ignored_member_ids=ignored)
        await settings.change_guild(guild_id, lambda _, chosen=chosen: chosen, by=1)
    assert await settings.fetch_guilds_ignoring(MEMBER) == [7, GUILD]


async def test_forgetting_a_member_leaves_what_moderators_decided(
    settings: SettingsRepository, database: Database
) -> None:
    await settings.change_member(MEMBER, GUILD, lambda now: replace(now, voice="Kai"))
    await settings.change_member(MEMBER, None, lambda now: replace(now, voice="Mia"))
    await settings.change_rules(GUILD, MEMBER, lambda now: replace(now, is_muted=True), by=1)
    await settings.forget_member(MEMBER)
    assert await settings.fetch_member(MEMBER, GUILD) == MemberSettings()
    assert await settings.fetch_member(MEMBER, None) == MemberSettings()
    assert await settings.fetch_rules(GUILD, MEMBER) == MemberRules(is_muted=True)
    assert len(await rows(database, "settings")) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", '"Klingon"'),
        ("hologram", "true"),
        ("speed", "99"),
        ("ignored_role_ids", "[7]"),
        ("style", "no JSON"),
    ],
)
async def test_what_only_a_later_version_understands_reads_as_default_and_stays(
    settings: SettingsRepository, database: Database, name: str, value: str
) -> None:
    insertion = "INSERT INTO settings VALUES (:guild_id, 'guild', 0, :name, :value)"
    await run(database, insertion, guild_id=GUILD, name=name, value=value)
    assert await settings.fetch_guild(GUILD) == GuildSettings()
    await settings.change_guild(GUILD, lambda now: replace(now, voice="Kai"), by=1)
    assert (GUILD, "guild", 0, name, value) in await rows(database, "settings")
