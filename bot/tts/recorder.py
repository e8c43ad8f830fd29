"""Starts a synthesis and hands out the clip that grows from it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.audio.clip import Clip
from bot.audio.effects import Effects, EffectsSettings, apply
from bot.audio.encode import encode_into
from bot.audio.level import LoudnessMemory
from bot.audio.turnstile import Turnstile
from bot.errors import ProviderError, ProviderFault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import SpeechRequest
    from bot.tts.synthesizer import Synthesizer

log = logging.getLogger(__name__)


class Recorder:
    """Turns speech requests into clips, one owned task each.

    Args:
        synthesizer: Who speaks.
        effects: What is done to all speech; by default it is trimmed and levelled.
    """

    def __init__(self, synthesizer: Synthesizer, *, effects: EffectsSettings | None = None) -> None:
        self._synthesizer = synthesizer
        self._effects = effects or EffectsSettings()
        self._loudness = LoudnessMemory()
        self._turnstile = Turnstile()
        self._tasks: dict[Clip, asyncio.Task[None]] = {}

    def record(self, request: SpeechRequest) -> Clip:
        """Start a synthesis and return its clip at once, still empty."""
        clip = Clip()
        task = asyncio.create_task(self._fill(clip, request), name="record")
        self._tasks[clip] = task
        task.add_done_callback(lambda _: self._tasks.pop(clip, None))
        return clip

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield the PCM of a request with its effects; closing the generator ends the request.

        What is heard to its end teaches how loud its voice is.

        Raises:
            ProviderError: As `Synthesizer.stream`.
        """
        # The way of speaking is left out: a voice that has just whispered is still that voice.
        voice = (request.model, request.voice.id)
        effects = Effects(
            self._effects,
            expected=self._loudness.recall(voice),
            speed=request.speed,
            volume=request.volume,
        )
        async with (
            aclosing(self._synthesizer.stream(request)) as raw,
            aclosing(apply(raw, effects, self._turnstile)) as pcm,
        ):
            async for piece in pcm:
                yield piece
        if effects.loudness is not None:
            self._loudness.learn(voice, effects.loudness)

    def cancel(self, clip: Clip) -> None:
        """Stop making a clip nobody needs any more; the request's connection is closed."""
        if task := self._tasks.get(clip):
            task.cancel()
            # A task that is cancelled before its first step never gets to say so itself.
            clip.finish()

    async def close(self) -> None:
        """Cancel every synthesis under way and wait until its connection is released."""
        tasks = dict(self._tasks)
        for clip in tasks:
            self.cancel(clip)
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _fill(self, clip: Clip, request: SpeechRequest) -> None:
        try:
            async with aclosing(self.stream(request)) as pcm:
                await encode_into(clip, pcm, self._turnstile)
            if not clip.packets:
                raise _nothing_to_hear()
        except asyncio.CancelledError:
            clip.finish()
            raise
        except ProviderError as error:
            clip.fail(error)
        except Exception as error:  # the task's own door: a reader must never wait for ever
            log.exception("recording failed")
            clip.fail(error)
        else:
            clip.finish()


def _nothing_to_hear() -> ProviderError:
    return ProviderError("the answer held no audio", fault=ProviderFault.PROTOCOL, retryable=True)
