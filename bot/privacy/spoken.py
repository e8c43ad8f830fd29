"""Who keeps something about what was spoken, for whom, where and by which voice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, Protocol

from bot.i18n import _, ngettext
from bot.privacy._written import server_id
from bot.privacy.holding import Holding, Keeper
from bot.storage.usage_book import RETENTION_DAYS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.storage.custom_voices import CustomVoiceRepository
    from bot.storage.usage import Tally
    from bot.storage.usage_book import UsageBook
    from bot.wording import Wording

MOST_MEMBERS: Final = 100_000
_BEGINNING: Final = date(1970, 1, 1)


class Reader(Protocol):
    """Whoever reads chats aloud."""

    def forget_author(self, author_id: int) -> None:
        """Forget what is remembered of an author, and say nothing more of theirs."""

    async def forget_guild(self, guild_id: int) -> None:
        """Forget what is remembered of a server."""


class Chats(Keeper):
    """What is remembered for minutes, in memory only: why a message was not read, its language.

    There is nothing to hand out: it is gone before anybody could read it.
    """

    def __init__(self, reading: Reader, wording: Wording) -> None:
        self._reading = reading
        self._wording = wording

    async def forget_member(self, member_id: int) -> None:
        """Read nothing of a member that waits, and forget what became of the rest."""
        self._reading.forget_author(member_id)
        self._wording.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Read nothing of a server that waits, and forget what became of the rest."""
        await self._reading.forget_guild(guild_id)
        self._wording.forget_guild(guild_id)


class Calls(Keeper):
    """What is being said, what waits for that, and where.

    Args:
        take_back: Drops everything of a member, in every call.
        leave: Leaves the call of a server, and wants to be in none.
        channel_of: The voice channel of a server where the bot is wanted, if there is one.
    """

    def __init__(
        self,
        *,
        take_back: Callable[[int], None],
        leave: Callable[[int], Awaitable[object]],
        channel_of: Callable[[int], int | None],
    ) -> None:
        self._take_back = take_back
        self._leave = leave
        self._channel_of = channel_of

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return the call where the bot is wanted, after a restart too."""
        channel_id = self._channel_of(guild_id)
        if channel_id is None:
            return None
        content = {"channel_id": str(channel_id)}
        return Holding("call", content, _("**The call I am in**, so that I come back to it."))

    async def forget_member(self, member_id: int) -> None:
        """Say no word of a member any more."""
        self._take_back(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Leave the call of a server."""
        await self._leave(guild_id)


class Purger(Protocol):
    """Whoever keeps speech to be heard again."""

    async def purge_member(self, member_id: int) -> None:
        """Delete what was spoken for a member."""

    async def purge_guild(self, guild_id: int) -> None:
        """Delete what was spoken in a server."""


class Sounds(Keeper):
    """Speech that is kept to be heard again, under names that only the bot can compute.

    Whose it is can be asked by who it is only: there is nothing to show.
    """

    def __init__(self, recorder: Purger) -> None:
        self._recorder = recorder

    async def forget_member(self, member_id: int) -> None:
        """Delete what was spoken for a member."""
        await self._recorder.purge_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete what was spoken in a server."""
        await self._recorder.purge_guild(guild_id)


class Usage(Keeper):
    """How many characters were spoken for whom."""

    def __init__(self, usage: UsageBook) -> None:
        self._usage = usage

    async def of_member(self, member_id: int) -> Holding | None:
        """Return what was spoken for a member, by day, server and model."""
        rows = await self._usage.fetch_of_member(member_id)
        if not rows:
            return None
        content = [
            {"day": key.day, "server": server_id(key.guild_id), "model": key.model, **_tally(tally)}
            for key, tally in rows
        ]
        return Holding(
            "usage",
            content,
            _(
                "**How much was spoken for you**: {characters} characters, counted by day, server "
                "and model. Each day is deleted after {days} days."
            ).format(
                characters=sum(tally.spoken + tally.saved for _key, tally in rows),
                days=RETENTION_DAYS,
            ),
        )

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return what was spoken in a server, by day and model, and by member."""
        days = await self._usage.fetch_days(guild_id, _BEGINNING)
        members = await self._usage.fetch_members(guild_id, _BEGINNING, most=MOST_MEMBERS)
        if not days:
            return None
        content = {
            "days": [
                {"day": day, "model": model, **_tally(tally)}
                for (day, model), tally in sorted(days.items())
            ],
            "members": {str(id_): characters for id_, characters in members},
        }
        return Holding(
            "usage",
            content,
            _(
                "**How much was spoken**: {characters} characters, counted by day, member and "
                "model. Each day is deleted after {days} days."
            ).format(
                characters=sum(tally.spoken + tally.saved for tally in days.values()),
                days=RETENTION_DAYS,
            ),
        )

    async def forget_member(self, member_id: int) -> None:
        """Count what was spoken for a member as nobody's."""
        await self._usage.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Count what was spoken in a server as nobody's."""
        await self._usage.forget_guild(guild_id)


class Voices(Keeper):
    """Cloned and designed voices of servers, and who has added them."""

    def __init__(self, voices: CustomVoiceRepository) -> None:
        self._voices = voices

    async def of_member(self, member_id: int) -> Holding | None:
        """Return which voices a member has added."""
        added = await self._voices.fetch_added_by(member_id)
        if not added:
            return None
        content = [{"server": server_id(guild_id), "name": name} for guild_id, name in added]
        summary = ngettext(
            "**That you have added a voice** to a server; the voice is the server's.",
            "**That you have added {count} voices** to servers; the voices are the servers'.",
            len(added),
        )
        return Holding("voices", content, summary.format(count=len(added)))

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return the voices of a server."""
        added = await self._voices.fetch(guild_id)
        if not added:
            return None
        content = [
            {
                "id": each.voice.id,
                "name": each.voice.name,
                "model": each.model,
                "language": each.language and each.language.value,
            }
            for each in added
        ]
        summary = _("**Voices of its own**: {count}. They are kept until you delete them.")
        return Holding("voices", content, summary.format(count=len(added)))

    async def forget_member(self, member_id: int) -> None:
        """Forget that it was a member who added a voice."""
        await self._voices.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete the voices of a server."""
        await self._voices.forget(guild_id)


def _tally(tally: Tally) -> dict[str, int]:
    return {"characters": tally.spoken, "characters_from_cache": tally.saved}
