"""What goes wrong on this server alone.

Faults of the sandbox Qwen-TTS that change whole answers, the speech or the written bytes serve here
too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.openai.contract import error_reply, unauthorized
from bot.sandbox.qwen.answers import JSON_TYPE, to_json
from bot.sandbox.qwen.faults import Answer, Ending, Fault
from bot.sandbox.qwen.faults.waiting import wait_or_forever
from bot.sandbox.qwen.reply import HangupError, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

WRONG_KEY: Final = Answer(unauthorized())
NO_SUCH_MODEL: Final = Answer(error_reply(404, "The model `x` does not exist."))
BUSY: Final = Answer(
    Reply(
        429,
        to_json({"error": {"message": "Slow down.", "type": "rate_limit_error", "code": None}}),
        JSON_TYPE,
        (("Retry-After", "7"),),
    )
)
NO_CREDIT: Final = Answer(
    Reply(
        429,
        to_json({"error": {"message": "Pay.", "type": "insufficient_quota", "code": None}}),
        JSON_TYPE,
    )
)
BROKEN: Final = Answer(error_reply(500, "EngineCore encountered an issue."))
BROKEN_UNDER_200: Final = Answer(
    Reply(200, error_reply(500, "No output generated from the model.").body, JSON_TYPE)
)


class CutAfter(Fault):
    """Ends the answer behind a number of written pieces."""

    def __init__(self, pieces: int, ending: Ending = Ending.FIN) -> None:
        self._pieces = pieces
        self._ending = ending

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Let some pieces pass."""
        async for chunk in _first(self._pieces, chunks):
            yield chunk
        if self._ending is not Ending.CLEAN:
            raise HangupError(is_reset=self._ending is Ending.RST)


class StallAfter(Fault):
    """Pauses behind a number of written pieces; for ever by default."""

    def __init__(self, pieces: int, seconds: float | None = None) -> None:
        self._pieces = pieces
        self._seconds = seconds

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Pause once."""
        number = 0
        async for chunk in chunks:
            if number == self._pieces:
                await wait_or_forever(self._seconds)
            number += 1
            yield chunk


class ErrorAfter(Fault):
    """Ends a stream of events with the error event of the server."""

    def __init__(self, pieces: int) -> None:
        self._pieces = pieces

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Let some events pass."""
        async for chunk in _first(self._pieces, chunks):
            yield chunk
        error = {"message": "boom", "type": "server_error", "param": None, "code": 500}
        said = to_json({"type": "speech.audio.error", "error": error})
        yield b"event: speech.audio.error\ndata: " + said + b"\n\n"


async def _first(count: int, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    left = count
    async for chunk in chunks:
        if not left:
            return
        left -= 1
        yield chunk
