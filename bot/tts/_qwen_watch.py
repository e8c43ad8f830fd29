"""Until when to wait for what comes next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderFault
from bot.tts._qwen_endpoint import Mode
from bot.tts._qwen_faults import failure

if TYPE_CHECKING:
    from bot.errors import ProviderError
    from bot.tts._qwen_endpoint import Timeouts

# After the last word the service closes the stream; waiting for that keeps the connection usable.
WIND_DOWN_S: Final = 0.5


class Watch:
    """Keeps the deadline of one call, as the loop's clock counts.

    Args:
        timeouts: How long to wait for what.
        mode: Whether sound or a whole answer is awaited first.
        characters: The length of the text, in API characters.
    """

    def __init__(self, timeouts: Timeouts, mode: Mode, *, characters: int = 0) -> None:
        is_stream = mode is Mode.STREAMING
        self._timeouts = timeouts
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + timeouts.total(characters)
        self.deadline = 0.0
        whole_s = timeouts.whole_answer(characters)
        self._await_within(timeouts.first_audio_s if is_stream else whole_s)
        self._awaited = "the first audio" if is_stream else "an answer"
        self._has_heard = False
        self._is_winding_down = False

    def fetch(self) -> None:
        """Start the wait for a file."""
        self._await_within(self._timeouts.gap_s)
        self._awaited = "the audio file"

    def hear(self) -> None:
        """Start the wait for the next sound."""
        if self._is_winding_down:
            return
        self._await_within(self._timeouts.gap_s)
        self._awaited = "more audio"
        self._has_heard = True

    def wind_down(self) -> None:
        """Everything was said: wait a moment for the end of the answer, no longer."""
        if not self._is_winding_down:
            self._await_within(WIND_DOWN_S)
        self._is_winding_down = True

    def expired(self) -> ProviderError:
        """Return the error for a wait that was too long; speech that had begun is truncated."""
        message = f"the speech service did not send {self._awaited} in time"
        fault = ProviderFault.TRUNCATED if self._has_heard else ProviderFault.TIMEOUT
        return failure(message, fault)

    def _await_within(self, seconds: float) -> None:
        self.deadline = min(self._now() + seconds, self._end)
