"""Who keeps something about what members, moderators and the bot have decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.i18n import _, ngettext
from bot.privacy._written import labels_of, server_id, written
from bot.privacy.holding import Holding, Keeper
from bot.storage.app_state import greeted
from bot.storage.audit import RETENTION_DAYS
from bot.storage.lexicon import LexiconOwner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.settings.change import AuditEntry
    from bot.storage.app_state import AppStateRepository
    from bot.storage.audit import AuditRepository
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository

ENTRIES_AT_ONCE: Final = 1_000


class Choices(Keeper):
    """What members have chosen, and what moderators have decided."""

    def __init__(self, settings: SettingsRepository) -> None:
        self._settings = settings

    async def of_member(self, member_id: int) -> Holding | None:
        """Return what a member has chosen for themselves."""
        chosen = await self._settings.fetch_everything_of_member(member_id)
        if not chosen:
            return None
        labels = {label for each in chosen.values() for label in labels_of(each)}
        summary = _("**What you have chosen**: {names}. It is kept until you delete it.")
        return Holding(
            "choices",
            [{"server": server_id(id_), **written(each)} for id_, each in chosen.items()],
            summary.format(names=", ".join(sorted(map(_, labels)))),
        )

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return what moderators have decided for a server, its channels and about its members."""
        server = written(await self._settings.fetch_guild(guild_id))
        channels = await self._settings.fetch_channels(guild_id)
        rules = await self._settings.fetch_all_rules(guild_id)
        if not (server or channels or rules):
            return None
        content = {
            "server": server,
            "channels": {str(id_): written(each) for id_, each in channels.items()},
            "members": {str(id_): written(each) for id_, each in rules.items()},
        }
        summary = _(
            "**Settings**: {server} of the server, {channels} of single channels, {members} about "
            "members. They are kept until you delete them."
        )
        return Holding(
            "settings",
            content,
            summary.format(
                server=len(server),
                channels=sum(map(len, content["channels"].values())),
                members=sum(map(len, content["members"].values())),
            ),
        )

    async def forget_member(self, member_id: int) -> None:
        """Delete what a member has chosen."""
        await self._settings.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete what was decided for a server, and what its members have chosen for it."""
        await self._settings.forget_guild(guild_id)


class Dictionaries(Keeper):
    """How words are said: in a server, or wherever a member writes."""

    def __init__(self, lexicons: LexiconRepository) -> None:
        self._lexicons = lexicons

    async def of_member(self, member_id: int) -> Holding | None:
        """Return the dictionary of a member."""
        return await self._of(LexiconOwner(member_id=member_id), _("**Your dictionary**"))

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return the dictionary of a server."""
        return await self._of(LexiconOwner(guild_id=guild_id), _("**The dictionary**"))

    async def forget_member(self, member_id: int) -> None:
        """Delete the dictionary of a member."""
        await self._lexicons.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete the dictionary of a server."""
        await self._lexicons.forget_guild(guild_id)

    async def _of(self, owner: LexiconOwner, title: str) -> Holding | None:
        entries = await self._lexicons.find(owner)
        if not entries:
            return None
        content = [{"word": entry.word, "reading": entry.reading} for entry in entries]
        summary = ngettext(
            "{title}: {count} word. It is kept until you delete it.",
            "{title}: {count} words. It is kept until you delete it.",
            len(entries),
        )
        return Holding("dictionary", content, summary.format(title=title, count=len(entries)))


class Rules(Keeper):
    """What moderators have decided about a member, which outlives the member's own wish.

    Else whoever was muted could have that deleted. It goes with the settings of the server.
    """

    def __init__(self, settings: SettingsRepository) -> None:
        self._settings = settings

    async def of_member(self, member_id: int) -> Holding | None:
        """Return what the moderators of each server have decided about a member."""
        rules = await self._settings.fetch_all_rules_for(member_id)
        ignoring = await self._settings.fetch_guilds_ignoring(member_id)
        if not (rules or ignoring):
            return None
        content = {
            "rules": [{"server": server_id(id_), **written(each)} for id_, each in rules.items()],
            "ignored_in": [server_id(id_) for id_ in ignoring],
        }
        count = len({*rules, *ignoring})
        summary = ngettext(
            "**What moderators have decided about you** in {count} server. "
            "Only they can change or delete that.",
            "**What moderators have decided about you** in {count} servers. "
            "Only they can change or delete that.",
            count,
        )
        return Holding("moderation", content, summary.format(count=count))

    async def forget_member(self, member_id: int) -> None:
        """Keep it: it is the moderators' to delete."""

    async def forget_guild(self, guild_id: int) -> None:
        """Leave that to `Choices`, which deletes all settings of a server."""


class Greetings(Keeper):
    """When a server was greeted."""

    def __init__(self, state: AppStateRepository) -> None:
        self._state = state

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return when a server was greeted."""
        at = await self._state.fetch(greeted(guild_id))
        if at is None:
            return None
        return Holding("greeting", at, _("**When I said hello**, so that I do that once."))

    async def forget_member(self, member_id: int) -> None:
        """Do nothing: members are not greeted."""

    async def forget_guild(self, guild_id: int) -> None:
        """Forget that a server was greeted."""
        await self._state.forget(greeted(guild_id))


class Audit(Keeper):
    """Who has changed what."""

    def __init__(self, audit: AuditRepository) -> None:
        self._audit = audit

    async def of_member(self, member_id: int) -> Holding | None:
        """Return what a member has changed, and what was changed about them."""
        entries = await self._audit.fetch_of_member(member_id)
        if not entries:
            return None
        summary = ngettext(
            "**What was changed** by you or about you: {count} entry, deleted after {days} days.",
            "**What was changed** by you or about you: {count} entries, "
            "each deleted after {days} days.",
            len(entries),
        )
        return _changes(entries, summary)

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return what was changed in a server, the newest first."""
        entries: list[AuditEntry] = []
        while page := await self._audit.fetch(guild_id, most=ENTRIES_AT_ONCE, skip=len(entries)):
            entries += page
        if not entries:
            return None
        summary = ngettext(
            "**Who changed what**: {count} entry, deleted after {days} days.",
            "**Who changed what**: {count} entries, each deleted after {days} days.",
            len(entries),
        )
        return _changes(entries, summary)

    async def forget_member(self, member_id: int) -> None:
        """Forget what a member has changed for themselves, and who it was that changed the rest."""
        await self._audit.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Forget what was changed in a server."""
        await self._audit.forget_guild(guild_id)


def _changes(entries: Iterable[AuditEntry], summary: str) -> Holding:
    content = [
        {
            "at": entry.at.isoformat(timespec="seconds"),
            "server": server_id(entry.guild_id),
            "by": str(entry.by),
            "scope": entry.scope.value,
            "subject": str(entry.subject_id),
            "name": entry.name,
            "old": None if entry.old is None else json.loads(entry.old),
            "new": None if entry.new is None else json.loads(entry.new),
        }
        for entry in entries
    ]
    return Holding("changes", content, summary.format(count=len(content), days=RETENTION_DAYS))
