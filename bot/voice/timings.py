"""How patient a voice connection is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.voice.media import PathTimings

OPEN_TIMEOUT_S: Final = 7.0


@dataclass(frozen=True, slots=True)
class Timings:
    """How patient a connection is, in seconds."""

    open_s: float = OPEN_TIMEOUT_S
    heartbeat_s: float = 5.0
    """At most between two heartbeats, as discord.py does: the server asks for 13.75 s."""
    ack_s: float = 11.0
    """A server that has acknowledged no heartbeat for so long is gone."""
    resume_s: float = 1.0
    steady_s: float = 10.0
    """A session that is lost so soon after a resume is not resumed again."""
    close_s: float = 1.0
    path: PathTimings = field(default_factory=PathTimings)
