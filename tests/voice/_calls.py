"""A guild with a call in it, and what can be asked about that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.voice.queue import Turn
from tests.voice._payloads import STAGE, Channel, Guild
from tests.voice._voice_server import FakeVoiceConnection
from tests.voice._world import World

GUILD, HERE, THERE, ON_STAGE = 1, 10, 11, 12
ALICE, BOB, CAROL = 5, 6, 7


async def a_guild(world: World) -> Guild:
    """Start a bot in a guild with a person in each of three channels."""
    guild = world.discord.add_guild(
        GUILD, Channel(HERE), Channel(THERE), Channel(ON_STAGE, kind=STAGE)
    )
    guild.people = {ALICE: HERE, BOB: THERE, CAROL: ON_STAGE}
    await world.start()
    return guild


async def a_call(world: World) -> Guild:
    """Do the same, with the bot in a call where it can be heard."""
    guild = await a_guild(world)
    await world.join(GUILD, HERE)
    await asyncio.sleep(1.0)
    assert (guild.place, is_heard(guild)) == (HERE, True)
    return guild


async def begin_to_speak(world: World, *, frames: int) -> Turn:
    """Have so many frames said, and return when they begin to sound."""
    world.synthesizer.frames = frames
    turn = await world.say(GUILD, HERE)
    await turn.wait_until_started()
    return turn


def connection_of(guild: Guild) -> FakeVoiceConnection:
    """Return the bot's connection to the voice server; there is one."""
    assert guild.connection is not None
    return guild.connection


def is_heard(guild: Guild) -> bool:
    """Return whether what the bot says reaches the people around it."""
    return guild.connection is not None and guild.connection.is_settled


def joins(world: World) -> list[int]:
    """Return the channels the bot has asked for."""
    return [wish.channel_id for wish in world.discord.wishes if wish.channel_id is not None]


async def seconds_until(
    world: World, claim: Callable[[], bool], *, limit_s: float = 700.0, step_s: float = 0.01
) -> float:
    """Wait until `claim` holds; return how long that took."""
    began = world.loop.time()
    while not claim():
        assert world.loop.time() - began < limit_s
        await asyncio.sleep(step_s)
    return world.loop.time() - began


async def is_gone(world: World, guild: Guild) -> bool:
    """Return whether the bot is out, stays out for two minutes, and has left nothing behind."""
    asked = len(joins(world))
    await asyncio.sleep(120)
    is_out = guild.place is None and world.registry.get(guild.id) is None
    nothing_runs = asyncio.all_tasks() == {asyncio.current_task()}
    return is_out and len(joins(world)) == asked and nothing_runs


async def outcome(task: asyncio.Task[Any]) -> Any:
    """Return what a task returned or raised."""
    return (await asyncio.gather(task, return_exceptions=True))[0]


def identifies(world: World, *, within_s: float | None = None) -> int:
    """Return how often the bot has identified, within a time from the first attempt."""
    times = [connection.began_at for connection in world.discord.voice.connections]
    return len([at for at in times if within_s is None or at - times[0] <= within_s])
