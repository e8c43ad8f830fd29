"""Voices of one's own: kept, counted, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models import Language, Voice
from bot.settings.change import AuditEntry, Scope
from bot.storage.audit import AuditRepository
from bot.storage.custom_voices import MAX_VOICES, CustomVoiceRepository
from bot.storage.database import Database
from bot.tts.offered import CustomVoice
from tests.storage.inside import rows, run
from tests.storage.test_migrations import migrate_to

GUILD, ELSEWHERE = 2**62 + 1, 2**62 + 2
MODERATOR = 81_384_788_765_712_384
CLONE, DESIGN = "qwen3-tts-vc-2026-01-22", "qwen3-tts-vd-2026-01-26"
GRANDPA = CustomVoice(CLONE, Voice("vc-guanyu-1", "Grandpa '\"%_\\ 爷爷"), Language.CHINESE)
ROBOT = CustomVoice(DESIGN, Voice("vd-robot-1", "Robot"))


@pytest.fixture
def voices(database: Database) -> CustomVoiceRepository:
    return CustomVoiceRepository(database)


def numbered(number: int) -> CustomVoice:
    return CustomVoice(CLONE, Voice(f"vc-{number}", f"Voice {number}"))


async def test_a_server_has_none_at_first(voices: CustomVoiceRepository) -> None:
    assert await voices.fetch(GUILD) == ()


async def test_what_was_added_survives_a_restart_in_its_order(
    voices: CustomVoiceRepository, database: Database
) -> None:
    await voices.add(GUILD, ROBOT, by=MODERATOR)
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    assert await voices.fetch(GUILD) == (ROBOT, GRANDPA)
    assert await CustomVoiceRepository(database).fetch(GUILD) == (ROBOT, GRANDPA)


async def test_a_server_sees_only_its_own(voices: CustomVoiceRepository) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await voices.add(ELSEWHERE, ROBOT, by=MODERATOR)
    assert await voices.fetch(GUILD) == (GRANDPA,)
    assert await voices.fetch(ELSEWHERE) == (ROBOT,)


@pytest.mark.parametrize(
    ("guild_id", "added", "sentence"),
    [
        (GUILD, GRANDPA, "This server has a voice called"),
        (GUILD, CustomVoice(CLONE, Voice("vc-2", GRANDPA.voice.name.upper())), "called"),
        (GUILD, CustomVoice(CLONE, Voice(GRANDPA.voice.id, "Other")), "that voice already"),
        (ELSEWHERE, GRANDPA, "belongs to another server"),
        (ELSEWHERE, CustomVoice(DESIGN, Voice(GRANDPA.voice.id, "x")), "belongs to another"),
    ],
)
async def test_what_is_taken_cannot_be_added(
    voices: CustomVoiceRepository, guild_id: int, added: CustomVoice, sentence: str
) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    with pytest.raises(UserError, match=sentence):
        await voices.add(guild_id, added, by=MODERATOR)
    assert await voices.fetch(GUILD) == (GRANDPA,)
    assert await voices.fetch(ELSEWHERE) == ()


async def test_of_many_at_once_a_server_keeps_no_more_than_it_may(
    voices: CustomVoiceRepository, database: Database
) -> None:
    results = await asyncio.gather(
        *(voices.add(GUILD, numbered(n), by=MODERATOR) for n in range(MAX_VOICES + 5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UserError) for result in results) == 5
    assert len(await CustomVoiceRepository(database).fetch(GUILD)) == MAX_VOICES
    await voices.remove(GUILD, numbered(0).voice.id, by=MODERATOR)
    await voices.add(GUILD, numbered(MAX_VOICES + 9), by=MODERATOR)


async def test_of_two_servers_that_add_one_voice_at_once_one_gets_it(
    database: Database,
) -> None:
    results = await asyncio.gather(
        # As two processes would: neither knows of the other.
        CustomVoiceRepository(database).add(GUILD, GRANDPA, by=MODERATOR),
        CustomVoiceRepository(database).add(ELSEWHERE, GRANDPA, by=MODERATOR),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UserError) for result in results) == 1
    kept = CustomVoiceRepository(database)
    assert sorted(map(len, [await kept.fetch(GUILD), await kept.fetch(ELSEWHERE)])) == [0, 1]


async def test_a_removed_voice_is_gone_and_may_be_added_elsewhere(
    voices: CustomVoiceRepository,
) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await voices.remove(GUILD, GRANDPA.voice.id, by=MODERATOR)
    assert await voices.fetch(GUILD) == ()
    await voices.add(ELSEWHERE, GRANDPA, by=MODERATOR)


async def test_no_server_removes_the_voice_of_another(voices: CustomVoiceRepository) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await voices.remove(ELSEWHERE, GRANDPA.voice.id, by=MODERATOR)
    await voices.forget(ELSEWHERE)
    assert await voices.fetch(GUILD) == (GRANDPA,)


async def test_forgetting_a_server_leaves_no_row(
    voices: CustomVoiceRepository, database: Database
) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await voices.forget(GUILD)
    assert await voices.fetch(GUILD) == ()
    assert await rows(database, "custom_voices") == []


async def test_a_failed_addition_is_not_remembered(
    voices: CustomVoiceRepository, database: Database
) -> None:
    await voices.fetch(GUILD)
    await run(database, "ALTER TABLE custom_voices RENAME TO away")
    with pytest.raises(UserError):
        await voices.add(GUILD, GRANDPA, by=MODERATOR)
    assert await voices.fetch(GUILD) == ()


async def test_a_language_of_a_later_version_reads_as_open(
    voices: CustomVoiceRepository, database: Database
) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await run(database, "UPDATE custom_voices SET language = 'Klingon'")
    [kept] = await CustomVoiceRepository(database).fetch(GUILD)
    assert kept.language is None


async def test_every_change_is_told_and_kept(database: Database) -> None:
    told: list[AuditEntry] = []
    voices = CustomVoiceRepository(database, on_change=told.extend)
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    with pytest.raises(UserError):
        await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await voices.remove(GUILD, "vc-unknown", by=MODERATOR)
    await voices.remove(GUILD, GRANDPA.voice.id, by=MODERATOR + 1)
    assert await AuditRepository(database).fetch(GUILD, most=10) == told[::-1]
    assert [(each.by, each.scope, each.name, each.old, each.new) for each in told] == [
        (MODERATOR, Scope.CUSTOM_VOICE, GRANDPA.voice.name, None, '"vc-guanyu-1"'),
        (MODERATOR + 1, Scope.CUSTOM_VOICE, GRANDPA.voice.name, '"vc-guanyu-1"', None),
    ]


async def test_a_forgotten_moderator_leaves_the_voice_and_not_their_id(
    voices: CustomVoiceRepository, database: Database
) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    await voices.forget_member(MODERATOR)
    assert not [row for row in await rows(database, "custom_voices") if MODERATOR in row]
    assert await CustomVoiceRepository(database).fetch(GUILD) == (GRANDPA,)


async def test_a_moderator_sees_which_voices_they_have_added(voices: CustomVoiceRepository) -> None:
    await voices.add(GUILD, GRANDPA, by=MODERATOR)
    assert await voices.fetch_added_by(MODERATOR) == [(GUILD, GRANDPA.voice.name)]
    assert await voices.fetch_added_by(MODERATOR + 1) == []


Step = tuple[str, int, int]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove", "forget"]),
            st.sampled_from([GUILD, ELSEWHERE]),
            st.integers(1, 4),
        ),
        max_size=12,
    )
)
@settings(max_examples=30, deadline=None)
def test_what_one_server_has_never_depends_on_what_it_did_not_do(steps: list[Step]) -> None:
    """A-07: ids may be contested, but nothing added by B is ever seen, or lost, by A."""
    asyncio.run(_take(steps))


async def _take(steps: list[Step]) -> None:
    database = await Database.open("sqlite+aiosqlite:///:memory:")
    await database.migrate()
    voices = CustomVoiceRepository(database)
    own: dict[int, set[str]] = {GUILD: set(), ELSEWHERE: set()}
    for action, guild_id, number in steps:
        voice = numbered(number)
        is_taken = any(voice.voice.id in each for each in own.values())
        if action == "add" and not is_taken:
            await voices.add(guild_id, voice, by=MODERATOR)
            own[guild_id].add(voice.voice.id)
        elif action == "add":
            with pytest.raises(UserError):
                await voices.add(guild_id, voice, by=MODERATOR)
        elif action == "remove":
            await voices.remove(guild_id, voice.voice.id, by=MODERATOR)
            own[guild_id].discard(voice.voice.id)
        else:
            await voices.forget(guild_id)
            own[guild_id].clear()
        for guild, ids in own.items():
            assert {each.voice.id for each in await voices.fetch(guild)} == ids
    await database.close()


async def test_the_voice_a_server_has_typed_before_becomes_its_own(empty_url: str) -> None:
    database = await Database.open(empty_url)
    async with database._engine.begin() as connection:
        await connection.run_sync(migrate_to, "0003")
    for guild_id, model, voice, day in [
        (1, CLONE, "vc-1", 2),
        (2, CLONE, "vc-1", 1),
        (3, DESIGN, "vd-1", 1),
        (4, "qwen3-tts-flash", "Cherry", 1),
        (5, CLONE, None, 1),
    ]:
        await run(
            database,
            "INSERT INTO guild_settings (guild_id, model, voice, updated_at, updated_by)"  # noqa: S608
            f" VALUES (:guild_id, :model, :voice, '2026-01-0{day}T00:00:00+00:00', 1)",
            guild_id=guild_id,
            model=model,
            voice=voice,
        )
    await database.migrate()
    voices = CustomVoiceRepository(database)
    kept = [await voices.fetch(guild_id) for guild_id in range(1, 6)]
    await database.close()
    assert kept == [
        (),
        (CustomVoice(CLONE, Voice("vc-1", "vc-1")),),
        (CustomVoice(DESIGN, Voice("vd-1", "vd-1")),),
        (),
        (),
    ]
