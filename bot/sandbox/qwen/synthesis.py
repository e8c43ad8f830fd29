"""From a valid call to what a client gets: audio at a pace, pieces, events, bytes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.sandbox import encoding
from bot.sandbox.pacing import paced, piece_bytes, resized
from bot.sandbox.qwen.answers import Dialect, Receipt
from bot.sandbox.qwen.contract import Sound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from contextlib import AsyncExitStack

    from bot.sandbox.qwen.answers import Event
    from bot.sandbox.qwen.contract import Call
    from bot.sandbox.qwen.faults.base import Fault
    from bot.sandbox.qwen.options import QwenOptions
    from bot.sandbox.qwen.requests import RequestRecord
    from bot.sandbox.qwen.results import ResultHost
    from bot.sandbox.speech import SandboxVoice


class Synthesis:
    """One call being answered.

    The stages are generators on a stack of the caller, so that all of them end with the answer.
    """

    def __init__(
        self,
        call: Call,
        record: RequestRecord,
        faults: tuple[Fault, ...],
        *,
        results: ResultHost,
        options: QwenOptions,
    ) -> None:
        self._call = call
        self._record = record
        self._faults = faults
        self._results = results
        self._options = options
        self._shape = options.wav
        for fault in faults:
            self._shape = fault.wav(self._shape)
        sound = call.sound
        if sound.rate_hz != Sound().rate_hz:
            self._shape = replace(self._shape, rate_hz=sound.rate_hz)
        self._ticket = results.issue("mp3" if sound.is_mp3 else "wav")
        self._receipt = Receipt(record.request_id, call.model, call.text, self._ticket.expires_at)
        self._pcm = bytearray()
        self.has_audio_started = False

    async def body(self, speech: SandboxVoice, stack: AsyncExitStack, base: str) -> bytes:
        """Make everything; return the answer of a plain call."""
        async for piece in await self._speak(speech, stack):
            self._keep(piece)
        return self._receipt.body(self._publish(base), len(self._pcm))

    async def frames(
        self, speech: SandboxVoice, stack: AsyncExitStack, base: str
    ) -> AsyncIterator[bytes]:
        """Return the bytes of a stream while they are made."""
        pieces = await _staged(stack, self._with_header(await self._speak(speech, stack)))
        for fault in self._faults:
            pieces = await _staged(stack, fault.pieces(pieces))
        events = await stack.enter_async_context(aclosing(self._events(pieces, base)))
        for fault in self._faults:
            changed = fault.events(events, self._record.request_id)
            events = await stack.enter_async_context(aclosing(changed))
        written = await _staged(stack, self._encoded(events))
        for fault in self._faults:
            written = await _staged(stack, fault.wire(written))
        return written

    async def _speak(
        self, speech: SandboxVoice, stack: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        call = self._call
        spoken = speech.stream(call.text, call.voice_id, call.language, call.style)
        pcm = await _staged(stack, spoken)
        for fault in self._faults:
            pcm = await _staged(stack, fault.speech(pcm))
        if call.sound != Sound():
            pcm = await _staged(stack, _converted(pcm, call.sound))
        options = self._options
        sized = await _staged(stack, resized(pcm, piece_bytes(options.piece_ms)))
        slow = paced(
            sized,
            first_audio_delay_s=options.first_audio_delay_s,
            real_time_factor=options.real_time_factor,
        )
        return await _staged(stack, slow)

    async def _with_header(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        has_header = self._options.has_wav_header and not self._call.sound.is_mp3
        header = self._shape.header() if has_header else b""
        async for piece in pieces:
            self._keep(piece)
            yield header + piece
            header = b""

    async def _events(self, pieces: AsyncIterator[bytes], base: str) -> AsyncGenerator[Event, None]:
        number = 0
        async for piece in pieces:
            number += 1
            yield self._receipt.event(number, piece, len(self._pcm))
        yield self._receipt.stop(number + 1, self._publish(base), len(self._pcm))

    async def _encoded(self, events: AsyncIterator[Event]) -> AsyncGenerator[bytes, None]:
        dialect = Dialect()
        for fault in self._faults:
            dialect = fault.dialect(dialect)
        async for event in events:
            self.has_audio_started = self.has_audio_started or event.has_audio
            yield event.encode(dialect)
            self._record.events_sent += 1

    def _keep(self, piece: bytes) -> None:
        self._pcm += piece
        self._record.pcm_bytes = len(self._pcm)

    def _publish(self, base: str) -> str | None:
        made = bytes(self._pcm)
        file = made if self._call.sound.is_mp3 else self._shape.file(made)
        self._results.keep(self._ticket, file, self._faults)
        url: str | None = f"{base}{self._ticket.path}?{self._ticket.query}"
        for fault in self._faults:
            url = fault.url(url)
        return url


async def _converted(pieces: AsyncIterator[bytes], sound: Sound) -> AsyncGenerator[bytes, None]:
    """Give the speech out in another form, all of it at once."""
    pcm = b"".join([piece async for piece in pieces])
    yield await asyncio.to_thread(_convert, pcm, sound)


def _convert(pcm: bytes, sound: Sound) -> bytes:
    usual = Sound()
    if sound.tempo != usual.tempo:
        pcm = encoding.at_tempo(pcm, usual.rate_hz, sound.tempo)
    if sound.rate_hz != usual.rate_hz:
        pcm = encoding.at_rate(pcm, usual.rate_hz, sound.rate_hz)
    return encoding.encoded(pcm, sound.rate_hz, "mp3") if sound.is_mp3 else pcm


async def _staged(
    stack: AsyncExitStack, stage: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    return await stack.enter_async_context(aclosing(stage))
