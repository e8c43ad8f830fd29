"""What a diagnosis asks for: how every link between a text and its listeners' ears fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.policy.budget import Allowance, Scope
from bot.tts.condition import Condition as ServiceCondition
from bot.voice.condition import Condition as CallCondition
from bot.voice.ledger import Entry


class Deafness(Enum):
    """Why somebody hears nothing in any call."""

    OWN = auto()
    """They want it so."""
    DECREED = auto()
    """A moderator does."""


class Keeping(Enum):
    """Whether what is changed now is kept."""

    KEPT = auto()
    REFUSED = auto()
    SLOW = auto()
    """It is not known, and takes longer than anybody waits."""


@dataclass(frozen=True, slots=True)
class Call:
    """The call the bot is in, or on its way to.

    Args:
        channel: Its mention.
        is_stage: Whether only speakers are heard in it.
        is_live: Whether there is a voice connection.
        has_been_live: Whether there ever was one.
        rate_limited_s: For how many seconds Discord wants to be left alone.
        condition: How that fares.
        is_muted: Whether a moderator has muted the bot.
        is_silenced: Whether Discord lets nobody hear it, for that reason or another.
        is_paused: Whether somebody told it to wait.
        is_alone: Whether nobody else is there.
        hold: Why speech waits, and what to do, in words, if it waits for more than its turn.
        waiting: How many texts are being said or wait.
        first_sound_s: How many seconds speech lately took to begin.
    """

    channel: str
    is_stage: bool = False
    is_live: bool = True
    has_been_live: bool = True
    rate_limited_s: float = 0.0
    condition: CallCondition | None = None
    is_muted: bool = False
    is_silenced: bool = False
    is_paused: bool = False
    is_alone: bool = False
    hold: str | None = None
    waiting: int = 0
    first_sound_s: float | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Who speaks in a server.

    Args:
        voice: The name of the voice, as it can be shown.
        model: The model.
        condition: What would become of a text.
        trouble: Why nobody can speak; then the rest says nothing.
    """

    voice: str = ""
    model: str = ""
    condition: ServiceCondition = field(default_factory=ServiceCondition)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read aloud in the call.

    Args:
        channels: The mentions of the channels, as far as whoever asks can see them.
        unseen: Those among them that the bot cannot see.
        shows_content: Whether Discord shows it what people write.
        quiet_hours: The quiet hours with their time zone, while they are in force.
    """

    channels: Sequence[str] = ()
    unseen: Sequence[str] = ()
    shows_content: bool = True
    quiet_hours: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it at one moment; `None` is what could not be told in time.

    Args:
        now: The time.
        is_connected: Whether Discord's gateway is there for this server.
        gateway_s: How long it took to answer the last heartbeat.
        own_channel: The mention of the channel whoever asks is in.
        shares_call: Whether the bot is there, too.
        deafness: Why they hear nothing there.
        call: The call of the bot.
        missing_permissions: What the bot lacks to speak in its call, or else in theirs.
        service: Who speaks.
        allowances: What is left of the limited budgets of the day.
        refilled_at: When those of the next day begin.
        last: The utterances that ended last, the last first.
        clock_s: The time now by the clock of their `at`.
        keeping: Whether settings can be saved.
        reading: What is read aloud.
    """

    now: datetime
    is_connected: bool = True
    gateway_s: float | None = None
    own_channel: str | None = None
    shares_call: bool = False
    deafness: Deafness | None = None
    call: Call | None = None
    missing_permissions: Sequence[str] = ()
    service: Service | None = None
    allowances: Mapping[Scope, Allowance] | None = None
    refilled_at: datetime | None = None
    last: Sequence[Entry] = ()
    clock_s: float = 0.0
    keeping: Keeping = Keeping.KEPT
    reading: Reading | None = None
