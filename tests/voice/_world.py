"""The bot's voice, from its registry down to its connections, in a Discord without a network."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import fields
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import discord

from bot.client import Bot, Services
from bot.storage.calls import CallRepository, WantedCall
from bot.tts.recorder import Recorder
from bot.voice import link, recovery, registry
from bot.voice.client import CallChannel
from bot.voice.ledger import Ledger
from bot.voice.pacer import Pacer
from bot.voice.queue import Turn
from bot.voice.recovery import Recovery
from bot.voice.registry import SessionRegistry
from bot.voice.session import Equipment, Patience, VoiceSession
from tests.voice._discord import Discord, Shard
from tests.voice._virtual import LoopPacer, VirtualLoop, virtual_clock
from tests.voice.fakes import AS_IT_IS, FakeSynthesizer, utterance

FOR_EVER = Patience(alone_s=0.0, idle_s=0.0)


class FakeCalls(CallRepository):
    """Keeps the wanted calls as a database would, one write after the other."""

    def __init__(self) -> None:
        self.wanted: dict[int, WantedCall] = {}
        self.write_s = 0.01

    async def save(self, guild_id: int, channel_id: int, home_id: int | None) -> None:
        await asyncio.sleep(self.write_s)
        self.wanted[guild_id] = WantedCall(guild_id, channel_id, home_id, is_dormant=False)

    async def set_dormant(self, guild_id: int) -> None:
        await asyncio.sleep(self.write_s)
        if call := self.wanted.get(guild_id):
            self.wanted[guild_id] = WantedCall(
                guild_id, call.channel_id, call.home_id, is_dormant=True
            )

    async def forget(self, guild_id: int) -> None:
        await asyncio.sleep(self.write_s)
        self.wanted.pop(guild_id, None)

    async def all(self) -> list[WantedCall]:
        await asyncio.sleep(self.write_s)
        return list(self.wanted.values())


class LoopbackBot(Bot):
    """The bot with its cache and its listeners, without a socket."""

    def __init__(self, sessions: SessionRegistry, world: World) -> None:
        nothing = dict.fromkeys(each.name for each in fields(Services))
        services = cast("Any", nothing) | {"sessions": sessions}
        super().__init__(
            Services(**services), shard_count=1, shard_ids=[0], guild_ready_timeout=0.05
        )
        self._connection.shard_ids = [0]
        self._world = world

    def _get_websocket(self, guild_id: int | None = None, *, shard_id: int | None = None) -> Any:
        return self._world.shard

    async def wake(self) -> None:
        """Do what `login` does before the gateway is dialled."""
        await self._async_setup_hook()
        self.http.edit_my_voice_state = self._edit_my_voice_state  # type: ignore[method-assign]

    async def _edit_my_voice_state(self, guild_id: str | int, payload: dict[str, Any]) -> None:
        self._world.edits.append(payload)


class World:
    """A Discord and a bot in it, on a loop of its own."""

    def __init__(
        self, loop: VirtualLoop, *, seed: int, latency_s: float, patience: Patience
    ) -> None:
        self.loop = loop
        self.random = Random(seed)
        self.discord = Discord(loop, self.random, latency_s)
        self.synthesizer = FakeSynthesizer()
        self.recorder = Recorder(self.synthesizer, effects=AS_IT_IS)
        self.ledger = Ledger()
        self.calls = FakeCalls()
        self.sessions: list[VoiceSession] = []
        """Every session there ever was."""
        self.notices: list[tuple[int, int, str]] = []
        """Guild, text channel and words of what people were told."""
        self.edits: list[dict[str, Any]] = []
        """What the bot changed about its own voice state by REST."""
        self.patience_of: dict[int, Patience] = {}
        """How long the bot stays for nothing where moderators have decided that."""
        self.equipment = Equipment(
            recorder=self.recorder,
            pacer=cast("Pacer", LoopPacer(loop)),
            ledger=self.ledger,
            recovery=Recovery(),
            patience=patience,
        )
        self.registry: SessionRegistry
        self.bot: LoopbackBot

    @property
    def shard(self) -> Shard:
        """The gateway connection there is."""
        return self.discord.shard

    async def start(self) -> None:
        """Start a bot process and wait until it is ready."""
        self.registry = SessionRegistry(
            self.equipment, calls=self.calls, patience_of=self._patience
        )
        self.bot = LoopbackBot(self.registry, self)
        self.registry.notices.post = self._notify
        await self.bot.wake()
        self.reset_gateway()
        await asyncio.sleep(1.0)

    async def _patience(self, guild_id: int) -> Patience:
        return self.patience_of.get(guild_id, self.equipment.patience)

    async def stop(self) -> None:
        """End the bot process as a signal does; Discord drops what it forgot to leave."""
        await self.registry.close()
        self.discord.cut()
        self.discord.forget_voice()

    def reset_gateway(self) -> None:
        """Begin a new gateway session."""
        bot = self.bot
        self.discord.greet(lambda name, data: bot._connection.parsers[name](data))

    async def _notify(self, guild: discord.Guild, home_id: int, sentence: str) -> None:
        self.notices.append((guild.id, home_id, sentence))

    def open_session(self, *arguments: Any) -> VoiceSession:
        """Open a session as the registry does, and remember it."""
        self.sessions.append(VoiceSession(*arguments))
        return self.sessions[-1]

    # What people do

    def channel(self, guild_id: int, channel_id: int) -> CallChannel:
        """Return a channel as the bot knows it."""
        guild = self.bot.get_guild(guild_id)
        channel = guild.get_channel(channel_id) if guild else None
        assert isinstance(channel, CallChannel)
        return channel

    def join(
        self, guild_id: int, channel_id: int, *, may_move: bool = True
    ) -> Coroutine[Any, Any, VoiceSession]:
        """Call the bot."""
        channel = self.channel(guild_id, channel_id)
        return self.registry.join(channel, may_move=may_move, home_id=guild_id)

    def say(self, guild_id: int, channel_id: int, text: str = "hello") -> Coroutine[Any, Any, Turn]:
        """Have something said."""
        return self.registry.say(self.channel(guild_id, channel_id), utterance(text))

    def open_turns(self) -> int:
        """Return how many utterances have no outcome yet."""
        return sum(len(session.turns) for session in self.sessions)


class _Faults(logging.Handler):
    """Collects what is logged with a traceback: the bot's own doors catch everything and go on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is not None:
            self.messages.append(f"{record.getMessage()}: {record.exc_info}")


@contextmanager
def no_faults() -> Iterator[None]:
    """Fail if something unforeseen is caught meanwhile."""
    faults = _Faults()
    logging.getLogger().addHandler(faults)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(faults)
    assert not faults.messages


@contextmanager
def a_world(
    *, seed: int = 0, latency_s: float = 0.05, patience: Patience = FOR_EVER
) -> Iterator[World]:
    """Open a world; what was left undone in it, and what failed unseen, fails the test."""
    loop = VirtualLoop()
    with no_faults(), virtual_clock(loop) as patch:
        world = World(loop, seed=seed, latency_s=latency_s, patience=patience)
        patch.setattr(link, "VoiceConnection", world.discord.voice.connect)
        patch.setattr(recovery, "random", SimpleNamespace(uniform=world.random.uniform))
        patch.setattr(registry, "VoiceSession", world.open_session)
        try:
            yield world
        finally:
            loop.run_until_complete(_end_all_tasks())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
    assert not loop.failures, loop.failures


async def _end_all_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


Scenario = Callable[..., Coroutine[Any, Any, None]]


def in_virtual_time(**options: Any) -> Callable[[Scenario], Callable[..., None]]:
    """Run a test that takes a `World` first, in no time."""

    def decorate(scenario: Scenario) -> Callable[..., None]:
        def test(**arguments: Any) -> None:
            with a_world(**options) as world:
                world.loop.run_until_complete(scenario(world, **arguments))

        signature = inspect.signature(scenario)
        _, *others = signature.parameters.values()
        functools.update_wrapper(test, scenario, updated=())
        # pytest asks for no world, and does not look behind this.
        test.__dict__.update(__signature__=signature.replace(parameters=others))
        del test.__dict__["__wrapped__"]
        return test

    return decorate
