"""The faults of the soak around the connection: moderators, guilds, the gateway, the speech."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.protocol import CloseCode
from bot.sandbox.qwen import faults as qwen
from tests.faults import damage
from tests.faults._soak_home import Home
from tests.faults._soak_strikes import SEVERAL_S, Act, Fault, Strike, Town, has_gone

if TYPE_CHECKING:
    from bot.sandbox.discord.server import SandboxDiscord
    from bot.sandbox.qwen.faults import Fault as Failure

ORDERS_S = (-0.5, -0.1, 0.0, 0.1, 0.5)
"""When a kick closes the connection, before or after the gateway tells of it."""

REACTION_S = 0.5
PASSES = 6
PASS_S = 0.1


def moved(code: CloseCode) -> Act:
    """Drag the bot into the other room; the people follow."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        place, line = home.place, home.line
        at = await damage.move(place, place.quiet_room, code)
        place.lounge, place.quiet_room = place.quiet_room, place.lounge
        home.attend(place.lounge)
        return Strike(at, at, lambda: home.is_well(unlike=line))

    return act


async def kicked(town: Town, home: Home, chance: random.Random) -> Strike:
    """Throw the bot out of the call, and call it back."""
    line = home.line
    async with home.without_bot():
        at = await damage.kick(home.place, close_after_s=chance.choice(ORDERS_S))
        await asyncio.sleep(chance.uniform(*SEVERAL_S))
        called = time.monotonic()
    return Strike(at, called, lambda: home.is_well(unlike=line))


async def channel_deleted(town: Town, home: Home, _: random.Random) -> Strike:
    """Delete the channel of the call; the people meet in a new one and call the bot."""
    place, line = home.place, home.line
    async with home.without_bot():
        at = time.monotonic()
        place.guild.remove_channel(place.lounge)
        place.lounge = place.guild.add_voice_channel("Lounge")
        home.attend(place.lounge)
        await has_gone(home)
        called = time.monotonic()
    return Strike(at, called, lambda: home.is_well(unlike=line))


async def muted(town: Town, home: Home, chance: random.Random) -> Strike:
    """Mute the bot for everyone; it waits, and goes on afterwards."""
    place, at = home.place, time.monotonic()
    town.discord.calls.set_flags(place.bot, mute=True)
    await asyncio.sleep(REACTION_S)
    has_spoken = home.speech_from_now_on()
    await home.say()
    await asyncio.sleep(chance.uniform(*SEVERAL_S))
    if has_spoken():
        town.violations.append(f"{home.name}: spoke although it was muted")
    town.discord.calls.set_flags(place.bot, mute=False)
    return Strike(at, time.monotonic(), home.speech_from_now_on())


async def left(town: Town, home: Home, _: random.Random) -> Strike:
    """Send the bot out and call it back at once."""
    line = home.line
    async with home.without_bot():
        at = time.monotonic()
        await home.place.leave()
        called = time.monotonic()
    return Strike(at, called, lambda: home.is_well(unlike=line))


async def skipped(town: Town, home: Home, _: random.Random) -> Strike:
    """Skip what is being said; the next sentence follows."""
    at = time.monotonic()
    await home.use("skip")
    has_spoken = home.speech_from_now_on()
    mended = time.monotonic()
    await home.say()
    return Strike(at, mended, has_spoken)


async def paused(town: Town, home: Home, chance: random.Random) -> Strike:
    """Make the bot wait, then let it go on."""
    at = time.monotonic()
    await home.use("pause")
    await home.say()
    await asyncio.sleep(chance.uniform(*SEVERAL_S))
    has_spoken = home.speech_from_now_on()
    mended = time.monotonic()
    await home.use("resume")
    return Strike(at, mended, has_spoken)


async def churned(town: Town, home: Home, _: random.Random) -> Strike:
    """Let somebody come and go, ten times a second."""
    at = time.monotonic()
    for _turn in range(PASSES):
        await home.guest.join_voice(home.place.lounge)
        await asyncio.sleep(PASS_S)
        await home.guest.leave_voice()
        await asyncio.sleep(PASS_S)
    return Strike(at, time.monotonic(), home.is_well)


def out_of_order(*, is_call_lost: bool) -> Act:
    """Let a guild be unavailable for a while."""

    async def act(town: Town, home: Home, chance: random.Random) -> Strike:
        line, at = home.line, time.monotonic()
        async with home.floor:
            home.place.guild.go_down()
            if is_call_lost:
                town.discord.voice.hang_up(None, guild_id=home.id)
            await asyncio.sleep(chance.uniform(*SEVERAL_S))
            home.place.guild.come_back()
            mended = time.monotonic()
        unlike = line if is_call_lost else None
        return Strike(at, mended, lambda: home.is_well(unlike=unlike))

    return act


def gateway(break_it: Callable[[SandboxDiscord], None]) -> Act:
    """Break the connection to the gateway of Discord; every guild has to come back."""

    async def act(town: Town, home: Home, _: random.Random) -> Strike:
        known, at = set(town.discord.gateway.history), time.monotonic()
        break_it(town.discord)

        def is_back() -> bool:
            new = (each for each in town.discord.gateway.connections if each not in known)
            return any(each.session is not None for each in new) and town.is_well()

        return Strike(at, at, is_back)

    return act


def _cut_and_refuse_to_resume(discord: SandboxDiscord) -> None:
    discord.faults.gateway.invalidate_on_resume = 1
    discord.gateway.abort()


def unspoken(*failures: Failure) -> Act:
    """Fail at a request for speech; the sentence after it is spoken."""

    async def act(town: Town, home: Home, chance: random.Random) -> Strike:
        at = time.monotonic()
        town.unspeakable += 1
        town.loopback.qwen.faults.next(chance.choice(failures))
        await home.say()
        has_spoken = home.speech_from_now_on()
        mended = time.monotonic()
        await home.say()
        return Strike(at, mended, has_spoken)

    return act


UPSETS = {
    "moved, 4014": Fault(moved(CloseCode.DISCONNECTED)),
    "moved, 4022": Fault(moved(CloseCode.CALL_TERMINATED)),
    "kicked, called back": Fault(kicked),
    "channel deleted, called back": Fault(channel_deleted),
    "muted": Fault(muted),
    "/leave, /join": Fault(left),
    "/skip": Fault(skipped),
    "/pause, /resume": Fault(paused),
    "people come and go": Fault(churned),
    "guild out of order": Fault(out_of_order(is_call_lost=False)),
    "guild out of order, call lost": Fault(out_of_order(is_call_lost=True)),
    "gateway cut": Fault(gateway(lambda discord: discord.gateway.abort()), is_exclusive=True),
    "gateway cut, no resume": Fault(gateway(_cut_and_refuse_to_resume), is_exclusive=True),
    "gateway reconnects": Fault(
        gateway(lambda discord: discord.gateway.reconnect()), is_exclusive=True
    ),
    "session invalid, resumed": Fault(
        gateway(lambda discord: discord.gateway.invalidate(resumable=True)), is_exclusive=True
    ),
    "session invalid": Fault(
        gateway(lambda discord: discord.gateway.invalidate(resumable=False)), is_exclusive=True
    ),
    "speech stalls": Fault(unspoken(qwen.Stall(seconds=2.0), qwen.Stall())),
    "speech cut": Fault(
        unspoken(
            qwen.Cut(qwen.Ending.RST, after_event=1),
            qwen.Cut(qwen.Ending.FIN, after_event=2),
            qwen.NoAnswer(is_reset=True),
        )
    ),
    "speech 500": Fault(unspoken(qwen.INTERNAL_ERROR, qwen.HTML_BAD_GATEWAY)),
    "speech 429": Fault(unspoken(qwen.RATE_QUOTA, qwen.RATE_QUOTA_IN_STREAM)),
}
