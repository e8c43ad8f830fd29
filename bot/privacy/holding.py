"""What is kept about somebody, and whoever keeps it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Holding:
    """What one store keeps about a member or a server.

    Args:
        name: What it is called in an export.
        content: All of it, as JSON can hold it; ids are text, for readers round large numbers.
        summary: What it is and for how long, in a sentence or two for people.
    """

    name: str
    content: Any
    summary: str


class Keeper(ABC):
    """Something that keeps what people have decided or said.

    Every store of a kind of its own has one: what is not registered here is neither shown to
    people nor deleted for them.
    """

    async def of_member(self, member_id: int) -> Holding | None:
        """Return what is kept about a member, in all servers; nothing if there is none.

        Raises:
            UserError: It cannot be read now.
        """
        return None

    async def of_guild(self, guild_id: int) -> Holding | None:
        """Return what is kept about a server; nothing if there is none.

        Raises:
            UserError: It cannot be read now.
        """
        return None

    @abstractmethod
    async def forget_member(self, member_id: int) -> None:
        """Delete what is kept about a member; when this returns it is gone.

        Raises:
            UserError: It cannot be deleted now.
        """

    @abstractmethod
    async def forget_guild(self, guild_id: int) -> None:
        """Delete what is kept about a server; when this returns it is gone.

        Raises:
            UserError: It cannot be deleted now.
        """
