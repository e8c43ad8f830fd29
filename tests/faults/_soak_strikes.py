"""What a fault of the soak is, and those of the voice connection."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.options import VoiceFaults
from bot.sandbox.discord.voice.protocol import CloseCode
from tests.faults._soak_home import Home, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.discord.server import SandboxDiscord
    from bot.sandbox.loopback import Loopback
    from tests.faults.inspection import Inspector

DEPARTURE_S = 10.0
SEVERAL_S = (2.0, 4.0)
NO_ACK_S = 15.0
REFUSED_DIALS_S = 1.0
WELCOME_DELAY_S = 2.5

HEALING_CODES = (1001, 4000, 4001, 4002, 4003, 4005, 4006, 4009, 4015)
ONE_MORE_TRY_CODES = (4004, 4011, 4012, 4016, 4020)
PARTING_CODES = (4014, 4017, 4022)
"""Without a word of the gateway: the bot stays away until it is called back."""

REFUSALS = ((4006, 1), (4006, 2), (4004, 1))
"""Close codes of an identify, and how often it is refused."""

JSON_DAMAGE = {
    "bad JSON": VoiceFaults(bad_json_frames=1),
    "JSON without d": VoiceFaults(bare_json_frames=1),
}
GROUP_DAMAGE = {
    "bad proposals": VoiceFaults(bad_proposals=1),
    "bad commit": VoiceFaults(bad_commits=1),
    "bad welcome": VoiceFaults(bad_welcomes=1),
}
COUNTED = (
    "close_on_identify_times",
    "discoveries_to_drop",
    "empty_modes",
    "bad_json_frames",
    "bare_json_frames",
    "bad_proposals",
    "bad_commits",
    "bad_welcomes",
)
STRIKE_S = 30.0


@dataclass(eq=False)
class Town:
    """All guilds, the bot in them, and what broke that is no one guild's."""

    loopback: Loopback
    homes: list[Home]
    violations: list[str]
    inspector: Inspector = field(init=False)
    """Of the present process."""
    unspeakable: int = 0
    """Requests the speech service has been made to fail at."""

    @property
    def discord(self) -> SandboxDiscord:
        return self.loopback.discord

    def is_well(self) -> bool:
        """Whether the bot is in the call of every guild that wants it."""
        is_connected = any(each.connection for each in self.discord.gateway.sessions.values())
        return is_connected and all(home.is_well() for home in self.homes if not home.is_out)


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that is over, or waits for its cure: when it struck and when nothing was broken."""

    at: float
    mended: float
    is_cured: Callable[[], bool]


Act = Callable[[Town, Home, random.Random], Awaitable[Strike]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One class of faults; an exclusive one strikes the whole bot, and strikes alone."""

    act: Act
    is_exclusive: bool = False


@contextmanager
def broken(home: Home, faults: VoiceFaults) -> Iterator[VoiceFaults]:
    """Break something of the voice server for one guild."""
    home.options.by_guild[home.id] = faults
    try:
        yield faults
    finally:
        del home.options.by_guild[home.id]


def closed(code: int | None) -> Act:
    """Close the voice websocket, or cut it."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        line, at = home.line, time.monotonic()
        assert line is not None, "there is no websocket"
        town.discord.voice.hang_up(code, guild_id=home.id)
        return Strike(at, at, lambda: home.is_well(unlike=line))

    return act


def parted(code: int) -> Act:
    """Close with a code after which the bot is to stay out; it is called back."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        line = home.line
        async with home.without_bot():
            at = time.monotonic()
            town.discord.voice.hang_up(code, guild_id=home.id)
            await has_gone(home)
            called = time.monotonic()
        return Strike(at, called, lambda: home.is_well(unlike=line))

    return act


async def has_gone(home: Home) -> None:
    """Wait until the bot has left the call.

    Raises:
        AssertionError: It stays.
    """
    gone = await until(lambda: home.place.bot.voice is None, timeout_s=DEPARTURE_S)
    assert gone is not None, f"the bot is still in the call after {DEPARTURE_S} s"


def closed_into(damage: VoiceFaults) -> Act:
    """End the session, and strike the next one that begins."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        line, at, faults = home.line, time.monotonic(), replace(damage)
        with broken(home, faults):
            town.discord.voice.hang_up(CloseCode.SESSION_INVALID, guild_id=home.id)
            await has_struck(home, faults)
        return Strike(at, time.monotonic(), lambda: home.is_well(unlike=line))

    return act


async def has_struck(home: Home, faults: VoiceFaults) -> None:
    """Wait until every counted fault has struck.

    Raises:
        AssertionError: One never did.
    """
    struck = await until(
        lambda: not any(getattr(faults, name) for name in COUNTED), timeout_s=STRIKE_S
    )
    assert struck is not None, f"{home.fault} never struck"


async def no_acknowledgement(town: Town, home: Home, _: random.Random) -> Strike:
    """Acknowledge no heartbeat until the bot leaves, or for 15 s."""
    line, at = home.line, time.monotonic()
    with broken(home, VoiceFaults(has_no_heartbeat_ack=True)):
        await until(lambda: home.line not in (None, line), timeout_s=NO_ACK_S)
    return Strike(at, time.monotonic(), lambda: home.is_well(unlike=line))


async def black_hole(town: Town, home: Home, _: random.Random) -> Strike:
    """Lose all audio of the present session."""
    line, at = home.line, time.monotonic()
    town.discord.voice.cut_off(home.id, home.place.bot.id)
    return Strike(at, at, lambda: home.is_well(unlike=line))


async def dead_socket(town: Town, home: Home, _: random.Random) -> Strike:
    """Put something that cannot send in the place of the bot's UDP socket."""
    session, line = home.session, home.line
    assert session is not None and session.address is not None, "there is no socket"
    at = time.monotonic()
    await town.inspector.ask("break_udp", port=session.address[1])
    return Strike(at, at, lambda: home.is_well(unlike=line))


def damaged_json(damage: VoiceFaults) -> Act:
    """Damage a JSON message of the live session."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        line, at, faults = home.line, time.monotonic(), replace(damage)
        with broken(home, faults):
            await home.guest.join_voice(home.place.lounge)
            await has_struck(home, faults)
        return Strike(at, at, lambda: home.is_well(unlike=line))

    return act


def damaged_group(damage: VoiceFaults) -> Act:
    """Damage a message of the encrypted group; a late-comer has to hear the bot all the same."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        at, faults = time.monotonic(), replace(damage)
        with broken(home, faults):
            if faults.bad_welcomes:  # only whoever is new is welcomed
                town.discord.voice.hang_up(CloseCode.SESSION_INVALID, guild_id=home.id)
            ear = await home.guest.join_voice(home.place.lounge)
            await has_struck(home, faults)
        struck = time.monotonic_ns()

        def is_heard() -> bool:
            packets = ear.heard(home.place.bot.id).packets
            late = (each for each in packets if each.arrived_ns > struck and not each.is_silence)
            return home.is_well() and any(each.problem is None for each in late)

        await home.say()
        return Strike(at, at, is_heard)

    return act


async def late_welcome(town: Town, home: Home, _: random.Random) -> Strike:
    """Hold the messages back that let the bot into the encrypted group."""
    line, at = home.line, time.monotonic()
    with broken(home, VoiceFaults(welcome_delay_s=WELCOME_DELAY_S)):
        town.discord.voice.hang_up(CloseCode.SESSION_INVALID, guild_id=home.id)
        await asyncio.sleep(WELCOME_DELAY_S)
    return Strike(at, time.monotonic(), lambda: home.is_well(unlike=line))


async def refused_dials(town: Town, home: Home, _: random.Random) -> Strike:
    """Answer every dial of a voice server with HTTP 503 for a while."""
    line, at, faults = home.line, time.monotonic(), town.discord.voice.faults
    faults.http_status = 503
    try:
        town.discord.voice.hang_up(CloseCode.SESSION_INVALID, guild_id=home.id)
        await asyncio.sleep(REFUSED_DIALS_S)
    finally:
        faults.http_status = None
    return Strike(at, time.monotonic(), lambda: home.is_well(unlike=line))


def another_server(*, is_crashed: bool = False, discoveries_lost: int = 0) -> Act:
    """Move the call to another voice server, as when its region is changed."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        line, at = home.line, time.monotonic()
        faults = VoiceFaults(discoveries_to_drop=discoveries_lost)
        with broken(home, faults):
            if is_crashed:
                town.discord.voice.hang_up(CloseCode.SERVER_CRASHED, guild_id=home.id)
                await asyncio.sleep(0.2)
            if home.place.bot.voice is not None:
                town.discord.calls.migrate(home.place.bot)
            await has_struck(home, faults)
        return Strike(at, time.monotonic(), lambda: home.is_well(unlike=line))

    return act


async def no_endpoint(town: Town, home: Home, chance: random.Random) -> Strike:
    """Take the voice server away, and name another one later."""
    line, at = home.line, time.monotonic()
    with broken(home, VoiceFaults(has_no_endpoint=True)):
        town.discord.calls.migrate(home.place.bot)
        await asyncio.sleep(chance.uniform(*SEVERAL_S))
    town.discord.calls.announce_server(home.place.bot)
    return Strike(at, time.monotonic(), lambda: home.is_well(unlike=line))


VOICE_FAULTS = {
    "cut": Fault(closed(None)),
    **{f"close {code}": Fault(closed(code)) for code in HEALING_CODES},
    **{f"close {code}": Fault(closed(code)) for code in ONE_MORE_TRY_CODES},
    "close 4021": Fault(closed(CloseCode.RATE_LIMITED)),
    **{f"close {code}, called back": Fault(parted(code)) for code in PARTING_CODES},
    **{
        f"identify refused, {code}, {times} x": Fault(
            closed_into(VoiceFaults(close_on_identify=code, close_on_identify_times=times))
        )
        for code, times in REFUSALS
    },
    "no modes": Fault(closed_into(VoiceFaults(empty_modes=1))),
    "discovery lost": Fault(closed_into(VoiceFaults(discoveries_to_drop=1))),
    "discovery lost in a move": Fault(another_server(discoveries_lost=1)),
    "welcome late": Fault(late_welcome),
    "HTTP 503": Fault(refused_dials),
    "no acknowledgement": Fault(no_acknowledgement),
    "UDP black hole": Fault(black_hole),
    "dead UDP socket": Fault(dead_socket),
    **{name: Fault(damaged_json(faults)) for name, faults in JSON_DAMAGE.items()},
    **{name: Fault(damaged_group(faults)) for name, faults in GROUP_DAMAGE.items()},
    "region changed": Fault(another_server()),
    "server crashed": Fault(another_server(is_crashed=True)),
    "no endpoint": Fault(no_endpoint),
}
