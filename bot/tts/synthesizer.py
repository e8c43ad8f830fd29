"""What every speech service looks like from above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from bot.models import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import SpeechRequest


class Synthesizer(ABC):
    """Turns text into PCM in `format`."""

    format: ClassVar[AudioFormat] = AudioFormat()

    @abstractmethod
    def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield whole samples as they arrive; closing the generator ends the request.

        Raises:
            ProviderError: The service failed; what was yielded before is all there will be.
        """
