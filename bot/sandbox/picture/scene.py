"""What a picture is drawn of, on the clock of one scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SAMPLE_WIDTH_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording: signed 16-bit little-endian mono `pcm` at `rate` Hz."""

    name: str
    pcm: bytes
    rate: int
    starts_ms: float

    @property
    def duration_ms(self) -> float:
        """How long it is."""
        return len(self.pcm) // SAMPLE_WIDTH_BYTES / self.rate * 1000

    @property
    def ends_ms(self) -> float:
        """When its last sample is over."""
        return self.starts_ms + self.duration_ms


@dataclass(frozen=True, slots=True)
class Moment:
    """Someone did something."""

    at_ms: float
    who: str
    what: str
