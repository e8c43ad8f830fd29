"""Dictionaries of servers and members: kept, compiled once, changed, forgotten."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.errors import UserError
from bot.settings.change import AuditEntry, Scope
from bot.storage.audit import AuditRepository
from bot.storage.database import Database
from bot.storage.lexicon import SMALL, LexiconOwner, LexiconRepository
from bot.text.lexicon import MAX_ENTRIES, MAX_PERSONAL_ENTRIES, LexiconEntry
from tests.storage.inside import counted, rows, run

if TYPE_CHECKING:
    from collections.abc import Iterable

GUILD, ELSEWHERE, MEMBER, MODERATOR = 2**62 + 1, 2**62 + 2, 42, 81_384_788_765_712_384
SERVER, PERSONAL = LexiconOwner(guild_id=GUILD), LexiconOwner(member_id=MEMBER)

LOL = LexiconEntry("LOL", "haha")
GG = LexiconEntry("gg", "good game")
ODD = LexiconEntry("'\"%_\\;--", "你好 '\"%_\\")


@pytest.fixture
def lexicons(database: Database) -> LexiconRepository:
    return LexiconRepository(database)


def numbered(most: int) -> list[LexiconEntry]:
    return [LexiconEntry(f"word{number}", f"reading {number}") for number in range(most)]


async def spoken(
    lexicons: LexiconRepository, text: str, guild_id: int | None = GUILD, by: int | None = MEMBER
) -> str:
    return (await lexicons.fetch(guild_id, by)).read(text, max_characters=1_000).text


async def test_without_a_dictionary_a_text_is_said_as_it_is(lexicons: LexiconRepository) -> None:
    assert await spoken(lexicons, "lol gg") == "lol gg"
    assert await spoken(lexicons, "lol gg", None, None) == "lol gg"
    assert await lexicons.find(SERVER) == ()


async def test_what_was_added_survives_a_restart(
    lexicons: LexiconRepository, database: Database
) -> None:
    change = await lexicons.add(SERVER, [LOL, GG, ODD], by=MODERATOR)
    await lexicons.add(PERSONAL, [GG], by=MEMBER)
    assert (change.before, change.after) == ((), (ODD, GG, LOL))
    reopened = LexiconRepository(database)
    assert await reopened.find(SERVER) == (ODD, GG, LOL)
    assert await reopened.find(PERSONAL) == (GG,)
    assert await spoken(reopened, "lol gg") == "haha good game"


async def test_the_words_of_a_member_go_with_them_and_come_first(
    lexicons: LexiconRepository,
) -> None:
    await lexicons.add(SERVER, [LOL, GG], by=MODERATOR)
    await lexicons.add(PERSONAL, [LexiconEntry("lol", "laughs")], by=MEMBER)
    assert await spoken(lexicons, "lol gg") == "laughs good game"
    assert await spoken(lexicons, "lol gg", ELSEWHERE) == "laughs gg"
    assert await spoken(lexicons, "lol gg", None) == "laughs gg"
    assert await spoken(lexicons, "lol gg", GUILD, MEMBER + 1) == "haha good game"
    assert await spoken(lexicons, "lol gg", ELSEWHERE, MEMBER + 1) == "lol gg"


async def test_a_word_has_one_reading_whatever_its_case(
    lexicons: LexiconRepository, database: Database
) -> None:
    await lexicons.add(SERVER, [LOL], by=MODERATOR)
    change = await lexicons.add(SERVER, [LexiconEntry("lol", "laughs")], by=MODERATOR)
    assert (change.before, change.after) == ((LOL,), (LexiconEntry("lol", "laughs"),))
    assert await rows(database, "lexicon") == [(GUILD, 0, "lol", "laughs")]
    await lexicons.remove(SERVER, "Lol", by=MODERATOR)
    assert await rows(database, "lexicon") == []
    assert await spoken(lexicons, "LOL") == "LOL"


async def test_what_is_not_there_is_removed_without_a_trace(
    lexicons: LexiconRepository, database: Database
) -> None:
    await lexicons.add(SERVER, [GG], by=MODERATOR)
    await lexicons.remove(SERVER, "LOL", by=MODERATOR)
    await lexicons.add(SERVER, [GG], by=MODERATOR)
    assert len(await rows(database, "audit")) == 1


async def test_an_import_takes_the_place_of_everything(lexicons: LexiconRepository) -> None:
    await lexicons.add(SERVER, [LOL, GG], by=MODERATOR)
    await lexicons.add(PERSONAL, [GG], by=MEMBER)
    await lexicons.replace_all(SERVER, [GG, ODD], by=MODERATOR)
    assert await lexicons.find(SERVER) == (ODD, GG)
    assert await lexicons.find(PERSONAL) == (GG,)


async def test_entries_are_found_by_word_and_by_reading_in_their_order(
    lexicons: LexiconRepository,
) -> None:
    zebra = LexiconEntry("Zebra", "LOLLIPOP")
    await lexicons.add(SERVER, [zebra, LOL, GG, ODD], by=MODERATOR)
    assert await lexicons.find(SERVER) == (ODD, GG, LOL, zebra)
    assert await lexicons.find(SERVER, "lol") == (LOL, zebra)
    assert await lexicons.find(SERVER, "%_") == (ODD,)
    assert await lexicons.find(SERVER, "nothing like it") == ()


async def test_every_change_is_told_and_kept_with_who_when_and_what(
    database: Database,
) -> None:
    told: list[AuditEntry] = []
    lexicons = LexiconRepository(database, on_change=told.extend)
    await lexicons.add(SERVER, [LOL], by=MODERATOR)
    await lexicons.replace_all(
        SERVER, [LexiconEntry("LOL", "laughs"), LexiconEntry("brb", "")], by=MODERATOR + 1
    )
    await lexicons.remove(SERVER, "lol", by=MODERATOR)
    assert [(each.by, each.name, each.old, each.new) for each in told] == [
        (MODERATOR, "LOL", None, '"haha"'),
        (MODERATOR + 1, "LOL", '"haha"', '"laughs"'),
        (MODERATOR + 1, "brb", None, '""'),
        (MODERATOR, "LOL", '"laughs"', None),
    ]
    assert await AuditRepository(database).fetch(GUILD, most=10) == told[::-1]
    assert {each.scope for each in told} == {Scope.DICTIONARY}


async def test_a_members_own_words_are_shown_to_nobody_else_and_go_with_their_audit(
    lexicons: LexiconRepository, database: Database
) -> None:
    audit = AuditRepository(database)
    await lexicons.add(PERSONAL, [GG], by=MEMBER)
    (entry,) = await audit.fetch_of_member(MEMBER)
    assert (entry.guild_id, entry.scope, entry.name) == (0, Scope.MEMBER, "dictionary/gg")
    assert await audit.fetch(GUILD, most=10) == []
    await audit.forget_member(MEMBER)
    assert await rows(database, "audit") == []


@pytest.mark.parametrize(
    ("owner", "most"), [(SERVER, MAX_ENTRIES), (PERSONAL, MAX_PERSONAL_ENTRIES)]
)
async def test_a_dictionary_may_be_full_and_no_fuller(
    lexicons: LexiconRepository, database: Database, owner: LexiconOwner, most: int
) -> None:
    full = numbered(most)
    await lexicons.replace_all(owner, full, by=MEMBER)
    with pytest.raises(UserError, match="Remove some first"):
        await lexicons.add(owner, [GG], by=MEMBER)
    with pytest.raises(UserError, match="Remove some first"):
        await lexicons.replace_all(owner, [*full, GG], by=MEMBER)
    await lexicons.add(owner, [LexiconEntry("WORD0", "another")], by=MEMBER)
    assert len(await rows(database, "lexicon")) == most
    assert len(await rows(database, "audit")) == most + 2
    assert await spoken(lexicons, "word0 word1") == "another reading 1"


async def test_two_moderators_at_once_both_have_their_way(
    lexicons: LexiconRepository, database: Database
) -> None:
    words = numbered(20)
    await asyncio.gather(*(lexicons.add(SERVER, [word], by=MODERATOR) for word in words))
    assert set(await lexicons.find(SERVER)) == set(words)
    assert set(await LexiconRepository(database).find(SERVER)) == set(words)


@pytest.mark.parametrize("most", [2, SMALL + 1])
async def test_many_messages_at_once_are_one_query_for_each_dictionary_and_none_when_warm(
    lexicons: LexiconRepository, database: Database, most: int
) -> None:
    await lexicons.add(SERVER, numbered(most), by=MODERATOR)
    await lexicons.add(PERSONAL, [GG], by=MEMBER)
    fresh = LexiconRepository(database)
    with counted(database) as queries:
        read = await asyncio.gather(*(fresh.fetch(GUILD, MEMBER) for _ in range(50)))
    assert len(queries) == 2
    with counted(database) as queries:
        read.append(await fresh.fetch(GUILD, MEMBER))
    assert queries == []
    assert all(lexicon is read[0] for lexicon in read)


@pytest.mark.parametrize("table", ["lexicon", "audit"])
async def test_a_change_that_fails_is_not_remembered(
    lexicons: LexiconRepository, database: Database, table: str
) -> None:
    await lexicons.add(SERVER, [LOL], by=MODERATOR)
    await run(database, f"ALTER TABLE {table} RENAME TO away")
    with pytest.raises(UserError, match="nothing changed"):
        await lexicons.replace_all(SERVER, [GG], by=MODERATOR)
    await run(database, f"ALTER TABLE away RENAME TO {table}")
    assert await spoken(lexicons, "lol gg") == "haha gg"
    assert await rows(database, "lexicon") == [(GUILD, 0, "LOL", "haha")]


async def test_a_change_that_is_cancelled_leaves_memory_and_disk_agreed(
    lexicons: LexiconRepository, database: Database
) -> None:
    await lexicons.add(SERVER, [LOL], by=MODERATOR)
    for turns in range(20):
        adding = asyncio.create_task(lexicons.add(SERVER, numbered(turns), by=MODERATOR))
        for _ in range(turns):
            await asyncio.sleep(0)
        adding.cancel()
        await asyncio.wait([adding])
        await lexicons.add(SERVER, [LexiconEntry("turn", str(turns))], by=MODERATOR)
        assert await lexicons.find(SERVER) == await LexiconRepository(database).find(SERVER)


async def test_forgetting_leaves_no_row_of_it(
    lexicons: LexiconRepository, database: Database
) -> None:
    await _add_everywhere(lexicons, [GG])
    await lexicons.forget_guild(GUILD)
    assert await spoken(lexicons, "gg", GUILD, MEMBER + 1) == "gg"
    assert await spoken(lexicons, "gg", ELSEWHERE, MEMBER + 1) == "good game"
    await lexicons.forget_member(MEMBER)
    assert await spoken(lexicons, "gg", None) == "gg"
    assert await rows(database, "lexicon") == [(ELSEWHERE, 0, "gg", "good game")]


async def _add_everywhere(lexicons: LexiconRepository, entries: Iterable[LexiconEntry]) -> None:
    for owner in (SERVER, LexiconOwner(guild_id=ELSEWHERE), PERSONAL):
        await lexicons.add(owner, entries, by=MODERATOR)


@pytest.mark.parametrize("ids", [{}, {"guild_id": GUILD, "member_id": MEMBER}])
def test_a_dictionary_belongs_to_a_server_or_to_a_member(ids: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="belongs to"):
        LexiconOwner(**ids)
