"""Use cases: members decide whether what they write is read aloud."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings.member import MemberSettings
    from bot.storage.settings import SettingsRepository


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a member is read, in one server and in all others."""

    is_here: bool
    is_elsewhere: bool


async def fetch_consent(
    settings: SettingsRepository, member_id: int, guild_id: int | None
) -> Consent:
    """Return what a member has decided; `None` as server means where they are alone with me.

    Raises:
        UserError: The database does not answer.
    """
    everywhere = await settings.fetch_member(member_id, None)
    here = everywhere
    if guild_id is not None:
        here = (await settings.fetch_member(member_id, guild_id)).over(everywhere)
    return Consent(not here.is_opted_out, not everywhere.is_opted_out)


class ConsentService:
    """Keeps who does not want to be read, and falls silent at once.

    Args:
        settings: Where it is kept.
        hush: Takes back what a member has written that waits or sounds: in a server, or in all of
            them where that is `None`.
    """

    def __init__(
        self, *, settings: SettingsRepository, hush: Callable[[int, int | None], None]
    ) -> None:
        self._settings = settings
        self._hush = hush

    async def withdraw(self, member_id: int, guild_id: int | None) -> None:
        """Never read a member again in a server, or in any where that is `None`.

        Raises:
            UserError: Not everything was saved.
        """
        await self._decide(member_id, guild_id, is_opted_out=True)
        if guild_id is None:
            await self._forget_exceptions(member_id)
        self._hush(member_id, guild_id)

    async def give(self, member_id: int, guild_id: int | None) -> Consent:
        """Read a member again in a server, or in all where that is `None`.

        Raises:
            UserError: Not everything was saved.
        """
        everywhere = await self._settings.fetch_member(member_id, None)
        # In one server only, it is an exception from what holds in all of them.
        is_exception = guild_id is not None and everywhere.is_opted_out
        await self._decide(member_id, guild_id, is_opted_out=False if is_exception else None)
        if guild_id is None:
            await self._forget_exceptions(member_id)
        return await fetch_consent(self._settings, member_id, guild_id)

    async def _decide(
        self, member_id: int, guild_id: int | None, *, is_opted_out: bool | None
    ) -> None:
        def change(now: MemberSettings) -> MemberSettings:
            return replace(now, is_opted_out=is_opted_out)

        await self._settings.change_member(member_id, guild_id, change)

    async def _forget_exceptions(self, member_id: int) -> None:
        """Let what was decided for all servers hold in each of them."""
        decided = await self._settings.fetch_everything_of_member(member_id)
        for guild_id, settings in decided.items():
            if guild_id and settings.is_opted_out is not None:
                await self._decide(member_id, guild_id, is_opted_out=None)
