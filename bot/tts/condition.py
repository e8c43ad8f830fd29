"""How the ways to speech fare, without a request being made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.errors import ProviderFault


@dataclass(frozen=True, slots=True)
class Rest:
    """A service that is left alone.

    Args:
        fault: Why.
        left_s: For how many seconds more; 0 if the next request tries whether it is back.
    """

    fault: ProviderFault
    left_s: float = 0.0


RestOf = Callable[[str], Rest | None]
"""Tells whether the service is left alone with requests for a model."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What would become of a request.

    Args:
        rest: Why the service that should speak would not be asked; None if it would.
        has_stand_in: Whether another one would be asked then.
        stood_in_s: How many seconds ago another one spoke last for that server, since when the one
            that should has not; None if it speaks itself.
        is_muted: Whether nothing of its author is sent, as too much of it was refused.
    """

    rest: Rest | None = None
    has_stand_in: bool = False
    stood_in_s: float | None = None
    is_muted: bool = False
