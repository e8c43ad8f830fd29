"""Answers of OpenAI-compatible servers, from bytes to PCM, without any I/O."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderFault
from bot.models import AudioFormat
from bot.tts._openai_faults import error_of, error_of_body
from bot.tts._protocol import decoded_audio, parse_object, protocol_error
from bot.tts._qwen_faults import failure
from bot.tts._resample import Resampler
from bot.tts.sse import EventParser, ServerEvent
from bot.tts.wav import PcmExtractor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVENTS_TYPE: Final = "text/event-stream"
_JSON_TYPE: Final = "application/json"
_BYTES_TYPES: Final = ("", "application/octet-stream", "binary/octet-stream")
# Names of bare samples and of WAV; which of the two it is, the first bytes say.
_AUDIO_TYPES: Final = frozenset(
    f"audio/{name}" for name in ("pcm", "l16", "raw", "wav", "x-wav", "wave", "vnd.wave", "x-pcm")
)
# RFC 2586 (audio/L16) has the rate in the type, servers built on SGLang in a header.
_RATE_PARAMETER: Final = re.compile(r";\s*rate\s*=\s*\"?(\d{4,6})\b", re.IGNORECASE)
_RATE_HEADERS: Final = ("X-Sample-Rate", "X-Audio-Sample-Rate")
_MIN_RATE_HZ: Final = 8_000
_MAX_RATE_HZ: Final = 192_000

_DELTA: Final = "speech.audio.delta"
_DONE: Final = "speech.audio.done"
_ERRORS: Final = frozenset({"speech.audio.error", "error"})


class Shape(Enum):
    """How the sound comes."""

    BYTES = "bytes"
    EVENTS = "events"
    JSON = "json"
    """Not at all: servers say in JSON what went wrong, under any status."""


def shape_of(headers: Mapping[str, str]) -> Shape:
    """Tell answers apart by their content type.

    Raises:
        ProviderError: It is neither sound nor an error.
    """
    type_ = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if type_ == EVENTS_TYPE:
        return Shape.EVENTS
    if type_ == _JSON_TYPE or type_.endswith("+json"):
        return Shape.JSON
    if type_ in _AUDIO_TYPES or type_ in _BYTES_TYPES:
        return Shape.BYTES
    if type_.startswith("audio/"):
        raise protocol_error("the audio is neither PCM nor WAV")
    raise protocol_error("there is something else where the audio should be")


def rate_of(headers: Mapping[str, str], bare_rate_hz: int) -> int:
    """Return the rate of samples that no WAV header describes, in Hz."""
    match = _RATE_PARAMETER.search(headers.get("Content-Type", ""))
    said = [match[1]] if match else []
    said += [value for name in _RATE_HEADERS if (value := headers.get(name, "")).isdecimal()]
    rates = (int(value) for value in said if len(value) <= len(str(_MAX_RATE_HZ)))
    return next((rate for rate in rates if _MIN_RATE_HZ <= rate <= _MAX_RATE_HZ), bare_rate_hz)


class SpeechAnswer:
    """One answer as it arrives: bytes in, whole samples in `AudioFormat` out.

    Once it `is_complete`, every word was said, and it `is_over`. `tokens` are what the server
    counted.
    """

    def __init__(self, shape: Shape, bare_rate_hz: int) -> None:
        self.shape = shape
        self._bare = AudioFormat(bare_rate_hz)
        self._events = EventParser()
        self._body = bytearray()
        self._extractor = self._new_extractor()
        self._resampler: Resampler | None = None
        self.is_complete = False
        self._has_audio = False
        self.is_over = False
        self.tokens: dict[str, int] = {}

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the samples that a piece of the body completes."""
        if self.shape is Shape.EVENTS:
            for event in self._events.feed(piece):
                yield from self._hear(event)
        elif self.shape is Shape.BYTES:
            yield from self._taken(self._extractor.feed(piece))
        else:
            self._body += piece

    def close(self) -> Iterator[bytes]:
        """Yield the last samples; raise unless the answer was whole and spoke."""
        if self.shape is Shape.JSON:
            raise error_of_body(bytes(self._body), status=None)
        if self.shape is Shape.EVENTS:
            if event := self._events.close():
                yield from self._hear(event)
            if not self.is_complete:
                raise failure("the answer ended before the speech did", ProviderFault.TRUNCATED)
        yield from self._taken(self._extractor.close())
        if self._resampler is not None and (rest := self._resampler.close()):
            yield rest
        if not self._has_audio:
            raise protocol_error("the answer holds no audio")

    def _hear(self, event: ServerEvent) -> Iterator[bytes]:
        if event.payload == "[DONE]":
            self.is_complete = self.is_over = True
        if self.is_over or not event.payload:
            return
        said = parse_object(event.payload)
        type_ = said.get("type", event.name)
        if type_ in _ERRORS or said.get("error"):
            raise error_of(said, status=event.status)
        if type_ == _DONE:
            self.is_complete = self.is_over = True
            self.tokens = _counts(said.get("usage"))
        elif type_ == _DELTA:
            yield from self._sound(said.get("audio"))

    def _sound(self, encoded: object) -> Iterator[bytes]:
        if not isinstance(encoded, str):
            raise protocol_error("audio in the answer is not a string")
        audio = decoded_audio(encoded)
        # Some servers put a whole WAV file into every event.
        if self._has_audio and audio.startswith(b"RIFF"):
            yield from self._taken(self._extractor.close())
            self._extractor = self._new_extractor()
        yield from self._taken(self._extractor.feed(audio))

    def _new_extractor(self) -> PcmExtractor:
        return PcmExtractor(self._bare, may_be_bare=True, is_any_rate=True)

    def _taken(self, pcm: bytes) -> Iterator[bytes]:
        if not pcm:
            return
        self._has_audio = True
        if self._resampler is None:
            self._resampler = Resampler(self._extractor.format)
        if resampled := self._resampler.feed(pcm):
            yield resampled


def _counts(usage: object) -> dict[str, int]:
    if not isinstance(usage, dict):
        return {}
    return {
        name: count
        for name in ("input_tokens", "output_tokens")
        if isinstance(count := usage.get(name), int) and not isinstance(count, bool) and count >= 0
    }
