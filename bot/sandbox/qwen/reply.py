"""Whole answers, and how a connection can end instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    Args:
        status: The HTTP status.
        body: What follows the headers.
        content_type: `None` for none at all, as in the service's 401.
        headers: Further headers.
        more: Makes the rest of the body, piece by piece; may never end.
    """

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    more: Callable[[], AsyncGenerator[bytes, None]] | None = None


class HangupError(Exception):
    """The connection ends here: by RST if `is_reset`, else by FIN in the middle of the body."""

    def __init__(self, *, is_reset: bool) -> None:
        super().__init__("the sandbox hangs up")
        self.is_reset = is_reset
