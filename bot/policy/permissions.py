"""Who may do what: one table of every command, asked before it runs and at every press."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Power(StrEnum):
    """A permission of Discord that some commands take, by its name in discord.py."""

    MANAGE_SERVER = "manage_guild"
    MODERATE_MEMBERS = "moderate_members"


class Call(Enum):
    """What a command needs of calls."""

    NONE = auto()
    OWN = auto()
    """Its author is in a voice channel; I come there."""
    MINE = auto()
    """I am in a call, wherever its author is; what they may do to it is decided there."""
    SHARED = auto()
    """Its author is in the call I am in."""
    WATCHED = auto()
    """So they are, or they moderate that call."""


class Denial(StrEnum):
    """Why somebody may not do something here and now."""

    NOT_IN_SERVER = "not in a server"
    LACKS_MANAGE_SERVER = "lacks Manage Server"
    LACKS_MODERATE_MEMBERS = "lacks Moderate Members"
    ONLY_OWN = "may do it for themselves alone"
    MUTED = "muted"
    IN_NO_CALL = "in no call"
    BOT_IN_NO_CALL = "bot in no call"
    OUTSIDE = "outside the bot's call"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one command takes.

    Args:
        in_server: Whether it works in servers only.
        power: The permission its author needs.
        call: Where they and I have to be.
        speaks: Whether words of its author become sound, which those whom moderators have muted
            may not have.
        spares_own: Whether it takes nothing at all where its author means what is theirs alone,
            as they do outside of servers.
    """

    in_server: bool = True
    power: Power | None = None
    call: Call = Call.NONE
    speaks: bool = False
    spares_own: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """All about the author of a command that a rule asks for.

    Args:
        is_in_server: Whether they use it in a server.
        powers: The permissions they have there.
        is_in_call: Whether they are in any voice channel.
        is_bot_in_call: Whether I am in one.
        shares_call: Whether it is the same.
        moderates_call: Whether they may move or mute the people in mine.
        is_muted: Whether moderators want nothing of theirs to be heard.
        means_own: Whether they mean what is theirs, and not what is the server's.
    """

    is_in_server: bool
    powers: frozenset[Power] = frozenset()
    is_in_call: bool = False
    is_bot_in_call: bool = False
    shares_call: bool = False
    moderates_call: bool = False
    is_muted: bool = False
    means_own: bool = False


_ANYONE: Final = Rule(in_server=False)
_MEMBERS: Final = Rule()
_MANAGERS: Final = Rule(power=Power.MANAGE_SERVER)
_OWNERS: Final = Rule(in_server=False, power=Power.MANAGE_SERVER, spares_own=True)
_MODERATORS: Final = Rule(power=Power.MODERATE_MEMBERS)
_SPEAKERS: Final = Rule(call=Call.OWN, speaks=True)


def _group(name: str, rule: Rule, commands: str) -> dict[str, Rule]:
    return {f"{name} {command}": rule for command in commands.split()}


RULES: Final[Mapping[str, Rule]] = {
    # Speak
    "say": _SPEAKERS,
    "Read aloud": _SPEAKERS,
    "tts": Rule(in_server=False, speaks=True),
    "Save as audio": Rule(in_server=False, speaks=True),
    # The call
    "join": _MEMBERS,
    "leave": _MEMBERS,
    "skip": Rule(call=Call.MINE),
    "stop": Rule(call=Call.MINE),
    "pause": Rule(call=Call.SHARED),
    "resume": Rule(call=Call.SHARED),
    "queue": Rule(call=Call.WATCHED),
    # What is one's own
    **_group("voice", _ANYONE, "set show browse preview reset"),
    "nickname": _ANYONE,
    "optout": _ANYONE,
    "optin": _ANYONE,
    **_group("privacy", _ANYONE, "show export delete"),
    "help": _ANYONE,
    # What is the server's
    "doctor": _MEMBERS,
    "read why": _MEMBERS,
    "Why was this not read?": _MEMBERS,
    **_group("read", _MANAGERS, "here add remove list"),
    **_group("server", _MANAGERS, "panel voice show export import log"),
    **_group("server customvoice", _MANAGERS, "add remove list"),
    **_group("dictionary", _OWNERS, "add remove list export import"),
    "dictionary test": _ANYONE,
    **_group("member", _MODERATORS, "mute unmute voice reset"),
    "usage": _MANAGERS,
    "setup": _MANAGERS,
}
"""Every command by its whole name, and message menus by theirs."""


def judge(rule: Rule, standing: Standing) -> Denial | None:
    """Return why somebody may not use a command, or nothing if they may."""
    if rule.in_server and not standing.is_in_server:
        return Denial.NOT_IN_SERVER
    if rule.spares_own and (standing.means_own or not standing.is_in_server):
        return None
    if rule.power and rule.power not in standing.powers:
        return Denial.ONLY_OWN if rule.spares_own else _LACKS[rule.power]
    if rule.speaks and standing.is_muted:
        return Denial.MUTED
    return _judge_call(rule.call, standing)


_LACKS: Final = {
    Power.MANAGE_SERVER: Denial.LACKS_MANAGE_SERVER,
    Power.MODERATE_MEMBERS: Denial.LACKS_MODERATE_MEMBERS,
}


def _judge_call(call: Call, standing: Standing) -> Denial | None:
    if call is Call.NONE:
        return None
    if call is Call.OWN:
        return None if standing.is_in_call else Denial.IN_NO_CALL
    if not standing.is_bot_in_call:
        return Denial.BOT_IN_NO_CALL
    if call is Call.MINE or standing.shares_call:
        return None
    if call is Call.WATCHED and standing.moderates_call:
        return None
    return Denial.OUTSIDE


def default_power(names: Iterable[str]) -> Power | None:
    """Return what members need to be shown a group of commands, unless a server rules otherwise.

    Discord knows one answer for a whole group: if any command of it is for everyone, so is that.
    """
    rules = [RULES[name] for name in names]
    powers = {None if rule.spares_own else rule.power for rule in rules}
    return powers.pop() if len(powers) == 1 else None
