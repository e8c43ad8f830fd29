"""Hands out the clip that grows from a request: one synthesis for all who ask for the same."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from bot.audio.clip import Clip
from bot.audio.effects import Effects, EffectsSettings, apply
from bot.audio.encode import encode_into
from bot.audio.level import LoudnessMemory
from bot.audio.loudness import LoudnessMeter
from bot.audio.replay import decode_from
from bot.audio.samples import from_pcm
from bot.audio.turnstile import Turnstile
from bot.errors import ProviderError, ProviderFault
from bot.tts.cached import ClipCache, Source

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bot.models import SpeechRequest
    from bot.tts.synthesizer import Synthesizer

log = logging.getLogger(__name__)

MAX_LOUDNESS_ERROR_LU: Final = 2.0
"""Speech further off its loudness is said once and not kept: next time its voice is known."""


class _Flight:
    """One synthesis under way, and who listens to it."""

    def __init__(self, name: bytes, request: SpeechRequest) -> None:
        self.name = name
        self.request = request
        self.clip = Clip()
        self.listeners: dict[Clip, SpeechRequest] = {}
        self.pcm: asyncio.Queue[bytes | None] | None = None
        """Where the sound goes before it is encoded, if somebody wants it so; `None` is its end."""
        # What is asked for in private is nobody else's: it is not kept.
        origin = request.origin
        self.is_kept = origin.guild_id is not None or origin.member_id is None
        self.is_own_voice = True
        self.task: asyncio.Task[None]


class Recorder:
    """Turns speech requests into clips: kept ones, ones under way, or new ones.

    Args:
        synthesizer: Who speaks.
        effects: What is done to all speech; by default it is trimmed and levelled.
        cache: What has been said; by default nothing is kept.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        *,
        effects: EffectsSettings | None = None,
        cache: ClipCache | None = None,
    ) -> None:
        self._synthesizer = synthesizer
        self._effects = effects or EffectsSettings()
        self._cache = cache or ClipCache(memory_bytes=0)
        self._loudness = LoudnessMemory()
        self._turnstile = Turnstile()
        self._flights: dict[bytes, _Flight] = {}
        self._flight_of: dict[Clip, _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def record(self, request: SpeechRequest) -> Clip:
        """Return at once a clip of one's own: whole, or growing, or still empty."""
        name = self._cache.name_of(request, self._effects)
        if packets := self._cache.find(name):
            self._cache.count(Source.MEMORY, request)
            return Clip.of(packets)
        return self._listen(self._flights.get(name) or self._take_off(name, request), request)

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield the PCM of a request with its effects; closing the generator lets go of it.

        Speech that is made for this is what was made, bit by bit; speech that is there already, or
        under way, comes out of its packets.

        Raises:
            ProviderError: As `Synthesizer.stream`.
        """
        flight = self._take_off_for_pcm(request)
        clip = self._listen(flight, request) if flight else self.record(request)
        source = _drain(flight, clip) if flight else decode_from(clip, self._turnstile)
        try:
            async with aclosing(source) as pcm:
                async for piece in pcm:
                    yield piece
        finally:
            if task := self.cancel(clip):
                await asyncio.wait({task})

    def cancel(self, clip: Clip) -> asyncio.Task[None] | None:
        """Let go of a clip; once nobody listens any more, the request's connection is closed.

        Letting go twice, or of a clip that is whole, does no harm. Returns what is still to end,
        if that was the last listener.
        """
        flight = self._flight_of.pop(clip, None)
        if flight is None:
            return None
        clip.finish()
        del flight.listeners[clip]
        if flight.listeners:
            return None
        self._land(flight)
        flight.task.cancel()
        return flight.task

    def do_not_keep(self, request: SpeechRequest) -> None:
        """Say that another voice speaks for the one wanted: it is neither kept nor learned from."""
        for flight in self._flights.values():
            if flight.request == request:
                flight.is_kept = flight.is_own_voice = False

    async def purge_guild(self, guild_id: int) -> None:
        """Delete what is kept because of requests from a guild; what is being made is not kept."""
        self._forget(lambda request: request.origin.guild_id == guild_id)
        await self._cache.purge_guild(guild_id)

    async def purge_member(self, member_id: int) -> None:
        """Delete what is kept because of a member's requests; what is being made is not kept."""
        self._forget(lambda request: request.origin.member_id == member_id)
        await self._cache.purge_member(member_id)

    async def close(self) -> None:
        """Cancel every synthesis under way and wait until its connection is released."""
        for clip, flight in list(self._flight_of.items()):
            flight.clip.fail(_closed())  # or a file would end here as if all were said
            self.cancel(clip)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # One flight

    def _take_off(self, name: bytes, request: SpeechRequest) -> _Flight:
        flight = _Flight(name, request)
        self._flights[name] = flight
        flight.task = asyncio.create_task(self._fly(flight), name="record")
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return flight

    def _take_off_for_pcm(self, request: SpeechRequest) -> _Flight | None:
        """Start a synthesis whose PCM is wanted, unless the speech is there or under way."""
        name = self._cache.name_of(request, self._effects)
        if name in self._flights or self._cache.find(name) or self._cache.is_stored(name):
            return None
        flight = self._take_off(name, request)
        pcm: asyncio.Queue[bytes | None] = asyncio.Queue()  # bounded by what one request may say
        flight.pcm = pcm
        # A task that is cancelled before its first step never gets to say so itself.
        flight.task.add_done_callback(lambda _: pcm.put_nowait(None))
        return flight

    def _listen(self, flight: _Flight, request: SpeechRequest) -> Clip:
        clip = flight.clip.share()
        flight.listeners[clip] = request
        self._flight_of[clip] = flight
        return clip

    def _land(self, flight: _Flight) -> None:
        """See that nobody joins a flight that is over, or is about to be."""
        if self._flights.get(flight.name) is flight:
            del self._flights[flight.name]
        for clip in flight.listeners:
            self._flight_of.pop(clip, None)

    async def _fly(self, flight: _Flight) -> None:
        try:
            source = await self._fill(flight)
        except ProviderError as error:
            flight.clip.fail(error)
        except Exception as error:  # the task's own door: a reader must never wait for ever
            if flight.pcm is None:  # else it is raised to somebody
                log.exception("recording failed")
            flight.clip.fail(error)
        else:
            self._count(flight, source)
            flight.clip.finish()
        finally:
            self._land(flight)

    async def _fill(self, flight: _Flight) -> Source:
        """Fill the clip from the store, or else from the synthesizer; say which it was."""
        clip, name = flight.clip, flight.name
        if self._cache.is_stored(name) and (packets := await self._cache.load(name)):
            clip.extend(packets)
            return Source.STORE
        for listener in flight.listeners:  # whoever joins later waits for a part of it alone
            listener.is_new = True
        async with aclosing(self._speak(flight)) as pcm:
            await encode_into(clip, pcm, self._turnstile)
        if not clip.packets:
            raise _nothing_to_hear()
        if flight.is_kept:
            self._cache.keep(name, clip.packets, flight.request.origin)
        return Source.SYNTHESIZED

    async def _speak(self, flight: _Flight) -> AsyncGenerator[bytes, None]:
        """Yield the PCM of a flight; what is heard to its end teaches how loud its voice is."""
        request = flight.request
        # The way of speaking is left out: a voice that has just whispered is still that voice.
        voice = (request.model, request.voice.id)
        expected = self._loudness.recall(voice)
        effects = Effects(
            self._effects, expected=expected, speed=request.speed, volume=request.volume
        )
        meter = LoudnessMeter() if expected is None else None
        async with (
            aclosing(self._synthesizer.stream(request)) as raw,
            aclosing(apply(raw, effects, self._turnstile)) as pcm,
        ):
            async for piece in pcm:
                if flight.pcm is not None:
                    flight.pcm.put_nowait(piece)
                yield piece
                if meter is not None:
                    meter.push(from_pcm(piece))
        if effects.loudness is not None and flight.is_own_voice:
            self._loudness.learn(voice, effects.loudness)
        if meter is not None and not self._is_level(meter, request.volume):
            flight.is_kept = False

    def _is_level(self, meter: LoudnessMeter, volume: float) -> bool:
        """Return whether speech by a voice that was not known came out as loud as it should be."""
        target = self._effects.target_lufs
        if target is None or not volume:
            return True  # every voice as it is, or nothing to be heard anyway
        if meter.loudness is None:
            return False  # too short to tell
        wanted = target + 20 * math.log10(volume)
        return abs(meter.loudness.lufs - wanted) <= MAX_LOUDNESS_ERROR_LU

    def _count(self, flight: _Flight, source: Source) -> None:
        """Count every listener of a flight that has arrived: one has paid, the others joined."""
        for request in flight.listeners.values():
            self._cache.count(source, request)
            source = Source.JOINED

    def _forget(self, is_meant: Callable[[SpeechRequest], bool]) -> None:
        for flight in self._flights.values():
            if is_meant(flight.request):
                flight.is_kept = False


async def _drain(flight: _Flight, clip: Clip) -> AsyncGenerator[bytes, None]:
    """Yield the PCM of a flight before it is encoded, then raise what `clip` failed with."""
    while flight.pcm is not None and (piece := await flight.pcm.get()) is not None:
        yield piece
    if clip.error is not None:
        raise clip.error


def _closed() -> ProviderError:
    return ProviderError("the bot is closing", fault=ProviderFault.UNAVAILABLE, retryable=False)


def _nothing_to_hear() -> ProviderError:
    return ProviderError("the answer held no audio", fault=ProviderFault.PROTOCOL, retryable=True)
