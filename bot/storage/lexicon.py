"""The dictionaries of servers and members: kept, compiled once, changed through one door."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

from cachetools import LRUCache
from sqlalchemy import delete, insert, select

from bot.errors import UserError
from bot.i18n import _
from bot.policy.budget import NO_ID
from bot.settings.change import AuditEntry, Change, Scope
from bot.storage.audit import insertion
from bot.storage.database import ForEach
from bot.storage.tables import LexiconRow
from bot.text.lexicon import MAX_ENTRIES, MAX_PERSONAL_ENTRIES, Lexicon, LexiconEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Executable

    from bot.storage.database import Database

    Words = Mapping[str, LexiconEntry]

ENTRIES_IN_MEMORY: Final = 200_000
"""About 300 bytes each; a dictionary without any counts as one."""

SMALL: Final = 200
"""Entries that are compiled in a millisecond, sooner than a thread would be found for them."""

PERSONAL_WORD: Final = "dictionary/"
"""What tells a word of a member's dictionary from the name of a setting in the audit."""

_NO_WORDS: Final[Words] = {}
_NO_LEXICON: Final = Lexicon()


@dataclass(frozen=True, slots=True)
class LexiconOwner:
    """Whose dictionary it is: a server's or a member's own, which goes with them everywhere."""

    guild_id: int = NO_ID
    member_id: int = NO_ID

    def __post_init__(self) -> None:
        if bool(self.guild_id) == bool(self.member_id):
            raise ValueError("a dictionary belongs to a server or to a member")

    @property
    def most(self) -> int:
        """How many entries it may have."""
        return MAX_ENTRIES if self.guild_id else MAX_PERSONAL_ENTRIES


class _Compiled(NamedTuple):
    """A lexicon, and the very words it was made of: others make it out of date."""

    server: Words
    personal: Words
    lexicon: Lexicon


class LexiconRepository:
    """Keeps the entries of every dictionary; each is read from the database and compiled once.

    Args:
        database: Where they are kept.
        on_change: Told after every change, with what is kept of it.
    """

    def __init__(
        self,
        database: Database,
        *,
        on_change: Callable[[Sequence[AuditEntry]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self.on_change = on_change
        self._words: LRUCache[LexiconOwner, Words] = LRUCache(
            ENTRIES_IN_MEMORY, getsizeof=lambda words: 1 + len(words)
        )
        self._compiled: LRUCache[tuple[int, int], _Compiled] = LRUCache(
            ENTRIES_IN_MEMORY, getsizeof=lambda kept: 1 + len(kept.lexicon.entries)
        )
        # A dictionary is read and written by one at a time: what memory holds is then what the
        # database has, and a thousand messages at once are one query.
        self._busy: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    # What is said

    async def fetch(self, guild_id: int | None, member_id: int | None) -> Lexicon:
        """Return how what a member writes in a server is said; either may be unknown.

        Raises:
            UserError: The database does not answer.
        """
        server = await self._of(LexiconOwner(guild_id=guild_id)) if guild_id else _NO_WORDS
        personal = await self._of(LexiconOwner(member_id=member_id)) if member_id else _NO_WORDS
        if not server and not personal:
            return _NO_LEXICON
        place = (guild_id or NO_ID if server else NO_ID, member_id or NO_ID if personal else NO_ID)
        async with self._lock(place):
            kept = self._compiled.get(place)
            if kept is None or kept.server is not server or kept.personal is not personal:
                kept = _Compiled(server, personal, await _compile(server, personal))
                self._compiled[place] = kept
        return kept.lexicon

    async def find(self, owner: LexiconOwner, text: str = "") -> tuple[LexiconEntry, ...]:
        """Return the entries in which `text` occurs, in whatever case, sorted by their words.

        Raises:
            UserError: The database does not answer.
        """
        wanted = text.casefold()
        return tuple(
            entry
            for entry in (await self._of(owner)).values()
            if wanted in entry.word.casefold() or wanted in entry.reading.casefold()
        )

    # What people change

    async def add(
        self, owner: LexiconOwner, entries: Iterable[LexiconEntry], *, by: int
    ) -> Change[tuple[LexiconEntry, ...]]:
        """Add entries, each in place of one for the same word; then they survive a crash.

        Raises:
            UserError: There would be too many, or nothing can be saved; nothing was changed.
        """
        return await self._change(owner, lambda now: {**now, **_by_key(entries)}, by)

    async def remove(
        self, owner: LexiconOwner, word: str, *, by: int
    ) -> Change[tuple[LexiconEntry, ...]]:
        """Remove the entry for a word, whatever its case; do nothing if there is none.

        Raises:
            UserError: Nothing was changed.
        """
        key = LexiconEntry(word, "").key
        return await self._change(
            owner, lambda now: {each: now[each] for each in now if each != key}, by
        )

    async def replace_all(
        self, owner: LexiconOwner, entries: Iterable[LexiconEntry], *, by: int
    ) -> Change[tuple[LexiconEntry, ...]]:
        """Put entries in the place of all that there are.

        Raises:
            UserError: They are too many, or nothing can be saved; nothing was changed.
        """
        return await self._change(owner, lambda _: _by_key(entries), by)

    # What is forgotten

    async def forget_guild(self, guild_id: int) -> None:
        """Delete the dictionary of a server.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.unbroken(self._forget(LexiconOwner(guild_id=guild_id)))

    async def forget_member(self, member_id: int) -> None:
        """Delete the dictionary of a member.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.unbroken(self._forget(LexiconOwner(member_id=member_id)))

    # How it is done

    async def _of(self, owner: LexiconOwner) -> Words:
        if (kept := self._words.get(owner)) is not None:
            return kept
        async with self._lock(owner):
            return await self._read(owner)

    async def _read(self, owner: LexiconOwner) -> Words:
        """Return the words of a dictionary, in their order; only for whoever holds its lock."""
        if (kept := self._words.get(owner)) is not None:
            return kept
        rows = await self._database.fetch_all(
            select(LexiconRow.word, LexiconRow.reading).where(*_at(owner))
        )
        words = _sorted(_by_key(LexiconEntry(row.word, row.reading) for row in rows))
        self._words[owner] = words
        return words

    async def _change(
        self, owner: LexiconOwner, change: Callable[[Words], Words], by: int
    ) -> Change[tuple[LexiconEntry, ...]]:
        return await self._database.unbroken(self._change_whole(owner, change, by))

    async def _change_whole(
        self, owner: LexiconOwner, change: Callable[[Words], Words], by: int
    ) -> Change[tuple[LexiconEntry, ...]]:
        async with self._lock(owner):
            before = await self._read(owner)
            after = _sorted(change(before))
            _require_room(owner, before, after)
            entries = _audit(owner, before, after, by)
            if entries:
                await self._write(owner, before, after, entries)
        if entries:
            self.on_change(entries)
        return Change(tuple(before.values()), tuple(after.values()))

    async def _write(
        self, owner: LexiconOwner, before: Words, after: Words, audit: Sequence[AuditEntry]
    ) -> None:
        gone, new = set(before.values()), set(after.values())
        gone, new = gone - new, new - gone
        statements: list[Executable | ForEach] = []
        if gone:
            words = [entry.word for entry in gone]
            statements.append(delete(LexiconRow).where(*_at(owner), LexiconRow.word.in_(words)))
        if new:
            statements.append(ForEach(insert(LexiconRow), [_row(owner, entry) for entry in new]))
        await self._database.execute(*statements, insertion(audit))
        self._words[owner] = after

    async def _forget(self, owner: LexiconOwner) -> None:
        async with self._lock(owner):
            await self._database.execute(delete(LexiconRow).where(*_at(owner)))
            self._words.pop(owner, None)

    def _lock(self, place: Hashable) -> asyncio.Lock:
        return self._busy.setdefault(place, asyncio.Lock())


async def _compile(server: Words, personal: Words) -> Lexicon:
    if len(server) + len(personal) <= SMALL:
        return Lexicon(server.values(), personal.values())
    return await asyncio.to_thread(Lexicon, server.values(), personal.values())


def _by_key(entries: Iterable[LexiconEntry]) -> Words:
    return {entry.key: entry for entry in entries}


def _sorted(words: Words) -> Words:
    return dict(sorted(words.items(), key=lambda item: (item[1].word.casefold(), item[0])))


def _require_room(owner: LexiconOwner, before: Words, after: Words) -> None:
    if len(before) < len(after) > owner.most:
        raise UserError(
            _("A dictionary like this may have {most} entries. Remove some first.").format(
                most=owner.most
            )
        )


def _at(owner: LexiconOwner) -> tuple[ColumnElement[bool], ...]:
    return LexiconRow.guild_id == owner.guild_id, LexiconRow.member_id == owner.member_id


def _row(owner: LexiconOwner, entry: LexiconEntry) -> dict[str, object]:
    return {
        "guild_id": owner.guild_id,
        "member_id": owner.member_id,
        "word": entry.word,
        "reading": entry.reading,
    }


def _audit(owner: LexiconOwner, before: Words, after: Words, by: int) -> list[AuditEntry]:
    now = datetime.now(UTC)
    old, new = ({each.word: each.reading for each in words.values()} for words in (before, after))
    return [
        AuditEntry(
            guild_id=owner.guild_id,
            at=now,
            by=by,
            scope=Scope.DICTIONARY if owner.guild_id else Scope.MEMBER,
            subject_id=owner.member_id,
            name=word if owner.guild_id else PERSONAL_WORD + word,
            old=_json(old.get(word)),
            new=_json(new.get(word)),
        )
        for word in dict.fromkeys((*old, *new))
        if old.get(word) != new.get(word)
    ]


def _json(reading: str | None) -> str | None:
    return None if reading is None else json.dumps(reading, ensure_ascii=False)
