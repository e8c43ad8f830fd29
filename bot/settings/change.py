"""A change of settings, as it is kept for those who want to know who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")


class Scope(StrEnum):
    """Whose settings they are; the subject of a change is an id of that kind."""

    GUILD = "guild"
    CHANNEL = "channel"
    MEMBER = "member"
    """A member's own settings."""
    RULES = "rules"
    """What moderators decide about a member."""
    DICTIONARY = "dictionary"
    CUSTOM_VOICE = "custom voice"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One value that somebody changed.

    `old` and `new` are JSON, or `None` where nothing was set; `name` is that of the setting, or the
    word of a dictionary (`dictionary/word` in a member's own). `guild_id` is 0 for what a member
    decides for all servers.
    """

    guild_id: int
    at: datetime
    by: int
    scope: Scope
    subject_id: int
    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """Settings before and after they were changed."""

    before: T
    after: T
