"""Use cases: people see, take along and delete what is kept about them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.privacy.disclosure import Disclosure
    from bot.privacy.holding import Holding, Keeper

log = logging.getLogger(__name__)

FORMAT_VERSION: Final = 1


class PrivacyService:
    """Asks everyone who keeps something; whoever keeps more in future is one more keeper.

    Args:
        keepers: In the order in which people read of them, and in which they forget.
        disclosure: What everyone may know about this bot.
    """

    def __init__(self, keepers: Sequence[Keeper], disclosure: Disclosure) -> None:
        self._keepers = tuple(keepers)
        self.disclosure = disclosure

    async def of_member(self, member_id: int) -> list[Holding]:
        """Return what is kept about a member.

        Raises:
            UserError: Something cannot be read now.
        """
        return await _gather([keeper.of_member for keeper in self._keepers], member_id)

    async def of_guild(self, guild_id: int) -> list[Holding]:
        """Return what is kept about a server.

        Raises:
            UserError: Something cannot be read now.
        """
        return await _gather([keeper.of_guild for keeper in self._keepers], guild_id)

    async def forget_member(self, member_id: int) -> None:
        """Delete all that is kept about a member, at once; sums they are part of stay.

        Raises:
            UserError: Not everything could be deleted.
        """
        await _forget([keeper.forget_member for keeper in self._keepers], member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete all that is kept about a server and about its members there, at once.

        Raises:
            UserError: Not everything could be deleted.
        """
        await _forget([keeper.forget_guild for keeper in self._keepers], guild_id)


def export(holdings: Sequence[Holding]) -> bytes:
    """Return all that is kept as a JSON file."""
    written = {
        "version": FORMAT_VERSION,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kept": {holding.name: holding.content for holding in holdings},
    }
    return json.dumps(written, ensure_ascii=False, indent=2).encode()


async def _gather(
    looks: Sequence[Callable[[int], Awaitable[Holding | None]]], subject_id: int
) -> list[Holding]:
    found = [await look(subject_id) for look in looks]
    return [holding for holding in found if holding is not None]


async def _forget(forgets: Sequence[Callable[[int], Awaitable[None]]], subject_id: int) -> None:
    """Let everyone forget, whoever of them cannot."""
    failures = 0
    for forget in forgets:
        try:
            await forget(subject_id)
        except UserError as error:
            failures += 1
            log.warning("something could not be deleted: %s", type(error.__cause__).__name__)
    if failures:
        raise UserError(
            _("Not everything could be deleted right now. Try again in a minute: the rest is gone.")
        )
