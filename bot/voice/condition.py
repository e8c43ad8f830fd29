"""How the connection of a call fares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """One look at an open connection.

    Args:
        is_settled: Whether everybody in the call can hear what is sent.
        is_encrypted: Whether it is encrypted end to end for them.
        latency_s: How long the voice server took to acknowledge the last heartbeat; None before it
            has acknowledged any.
        sent: How many packets the network took since the connection was opened.
        unsent: How many it did not.
        open_s: For how long it has been open; None where that is not known.
    """

    is_settled: bool
    is_encrypted: bool
    latency_s: float | None = None
    sent: int = 0
    unsent: int = 0
    open_s: float | None = None
