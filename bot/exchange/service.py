"""Use cases: all that moderators have decided is handed out, compared and brought back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot.errors import UserError
from bot.exchange.document import Document
from bot.i18n import _
from bot.settings.change import Scope
from bot.settings.channel import ChannelSettings
from bot.settings.declare import changes
from bot.settings.member import MemberRules
from bot.storage.lexicon import LexiconOwner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.settings.guild import GuildSettings
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository
    from bot.text.lexicon import LexiconEntry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edit:
    """One value that a document would change.

    `name` is that of the setting, or the word of a dictionary, whose readings are texts or `None`.
    """

    scope: Scope
    subject_id: int
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a document would change, and a hash that is another one when that is."""

    edits: tuple[Edit, ...]
    fingerprint: str


class ExchangeService:
    """Hands out what a server's moderators have decided, and brings it back."""

    def __init__(self, *, settings: SettingsRepository, lexicons: LexiconRepository) -> None:
        self._settings = settings
        self._lexicons = lexicons

    async def fetch(self, guild_id: int) -> Document:
        """Return all that is decided in a server.

        Raises:
            UserError: The database does not answer.
        """
        rules = await self._settings.fetch_all_rules(guild_id)
        return Document(
            server=await self._settings.fetch_guild(guild_id),
            channels=await self._settings.fetch_channels(guild_id),
            members={id_: each for id_, each in rules.items() if each != MemberRules()},
            dictionary=await self._lexicons.find(LexiconOwner(guild_id=guild_id)),
        )

    async def compare(self, guild_id: int, wanted: Document) -> Comparison:
        """Return what would change in a server if it became as `wanted`.

        Raises:
            UserError: The database does not answer.
        """
        edits = tuple(_edits(await self.fetch(guild_id), wanted))
        digest = hashlib.blake2b(repr(edits).encode(errors="replace"), digest_size=8)
        return Comparison(edits, digest.hexdigest())

    async def apply(self, guild_id: int, wanted: Document, *, by: int) -> None:
        """Let a server become as `wanted`; parts the document has not stay as they are.

        Raises:
            UserError: Not everything was saved.
        """
        now = await self.fetch(guild_id)
        try:
            await self._apply(guild_id, now, wanted, by)
        except UserError as error:
            raise UserError(
                _("Not everything could be saved. Use /server import again in a minute.")
            ) from error

    async def _apply(self, guild_id: int, now: Document, wanted: Document, by: int) -> None:
        if (server := wanted.server) is not None:
            await self._settings.change_guild(guild_id, _become(server), by=by)
        for channel_id, channel in _every(now.channels, wanted.channels, ChannelSettings()):
            await self._settings.change_channel(guild_id, channel_id, _become(channel), by=by)
        for member_id, rules in _every(now.members, wanted.members, MemberRules()):
            await self._settings.change_rules(guild_id, member_id, _become(rules), by=by)
        if wanted.dictionary is not None:
            owner = LexiconOwner(guild_id=guild_id)
            await self._lexicons.replace_all(owner, wanted.dictionary, by=by)


def _become(new: T) -> Callable[[T], T]:
    return lambda _now: new


def _every(
    now: Mapping[int, Any] | None, wanted: Mapping[int, Any] | None, nothing: Any
) -> Iterator[tuple[int, Any]]:
    """Yield what each becomes that is not as wanted; who is not named is left with nothing."""
    if wanted is None or now is None:
        return
    for id_ in {**now, **wanted}:
        new = wanted.get(id_, nothing)
        if new != now.get(id_, nothing):
            yield id_, new


def _edits(now: Document, wanted: Document) -> Iterator[Edit]:
    if wanted.server is not None and now.server is not None:
        yield from _edits_of(Scope.GUILD, 0, now.server, wanted.server)
    for channel_id, channel in _every(now.channels, wanted.channels, ChannelSettings()):
        channel_before = (now.channels or {}).get(channel_id, ChannelSettings())
        yield from _edits_of(Scope.CHANNEL, channel_id, channel_before, channel)
    for member_id, rules in _every(now.members, wanted.members, MemberRules()):
        rules_before = (now.members or {}).get(member_id, MemberRules())
        yield from _edits_of(Scope.RULES, member_id, rules_before, rules)
    if wanted.dictionary is not None:
        yield from _edits_of_words(now.dictionary or (), wanted.dictionary)


def _edits_of(
    scope: Scope,
    subject_id: int,
    before: GuildSettings | ChannelSettings | MemberRules,
    after: GuildSettings | ChannelSettings | MemberRules,
) -> Iterator[Edit]:
    for name, (old, new) in changes(before, after).items():
        yield Edit(scope, subject_id, name, old, new)


def _edits_of_words(now: Sequence[LexiconEntry], wanted: Sequence[LexiconEntry]) -> Iterator[Edit]:
    old, new = ({each.word: each.reading for each in words} for words in (now, wanted))
    for word in dict.fromkeys((*old, *new)):
        if old.get(word) != new.get(word):
            yield Edit(Scope.DICTIONARY, 0, word, old.get(word), new.get(word))
