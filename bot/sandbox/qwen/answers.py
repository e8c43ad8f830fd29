"""The bodies of the service: JSON, and the frames of its event stream."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from bot.models import AudioFormat
from bot.tts.catalog import weighted_characters

if TYPE_CHECKING:
    from bot.sandbox.qwen.errors import ServiceError
    from bot.tts.catalog import Model

JSON_TYPE: Final = "application/json"
SSE_TYPE: Final = "text/event-stream;charset=UTF-8"

# Alibaba Model Studio documentation, legacy Qwen-TTS: 50 tokens a second of audio, at least 50.
AUDIO_TOKENS_PER_S: Final = 50
# 195 characters of the documented example were 76 tokens.
_CHARACTERS_PER_TOKEN: Final = 2.5


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an event is spelled; the default is the one of the service."""

    line_end: bytes = b"\n"
    after_colon: bytes = b""
    is_data_split: bool = False
    comment: bytes | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    id: int
    payload: bytes
    name: str = "result"
    status: int = 200
    has_audio: bool = False
    is_last: bool = False

    def encode(self, dialect: Dialect) -> bytes:
        """Return the bytes of this event."""
        space = dialect.after_colon
        lines = [
            b"id:%b%d" % (space, self.id),
            b"event:%b%b" % (space, self.name.encode()),
            b":HTTP_STATUS/%d" % self.status,
            *(b"data:%b%b" % (space, line) for line in self._data_lines(dialect)),
        ]
        if dialect.comment is not None:
            lines.insert(2, b":" + dialect.comment)
        return dialect.line_end.join([*lines, b"", b""])

    def _data_lines(self, dialect: Dialect) -> list[bytes]:
        if not dialect.is_data_split:
            return [self.payload]
        # Only between the members of an object is a line end harmless to JSON.
        return self.payload.replace(b',"', b',\n"').split(b"\n")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stays the same in every answer to one request."""

    request_id: str
    model: Model
    text: str
    expires_at: int

    def event(self, number: int, piece: bytes, pcm_bytes: int) -> Event:
        """Return a middle event; `pcm_bytes` have been made so far."""
        audio = self._audio(base64.b64encode(piece).decode())
        return Event(number, self._body(audio, "null", pcm_bytes), has_audio=bool(piece))

    def stop(self, number: int, url: str | None, pcm_bytes: int) -> Event:
        """Return the last event."""
        return Event(number, self.body(url, pcm_bytes), is_last=True)

    def body(self, url: str | None, pcm_bytes: int) -> bytes:
        """Return the whole answer of a plain call."""
        audio = self._audio("")
        if url is not None:
            audio["url"] = url
        return self._body(audio, "stop", pcm_bytes)

    def _audio(self, encoded: str) -> dict[str, Any]:
        return {
            "data": encoded,
            "expires_at": self.expires_at,
            "id": f"audio_{self.request_id}",
        }

    def _body(self, audio: dict[str, Any], finish_reason: str, pcm_bytes: int) -> bytes:
        return to_json(
            {
                "output": {"audio": audio, "finish_reason": finish_reason},
                "usage": usage(self.model, self.text, pcm_bytes),
                "request_id": self.request_id,
            }
        )


def to_json(value: object) -> bytes:
    """Write JSON as compactly as the service does; half a character becomes a question mark."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return written.encode(errors="replace")


def error_body(error: ServiceError, request_id: str) -> bytes:
    """Return the body of an error."""
    return to_json({"code": error.code, "message": error.message, "request_id": request_id})


def error_event(error: ServiceError, request_id: str, number: int = 1) -> Event:
    """Return an error as it appears inside a stream."""
    return Event(number, error_body(error, request_id), "error", error.status)


def renumbered(event: Event, number: int) -> Event:
    """Return `event` with another id."""
    return replace(event, id=number)


def text_tokens(text: str) -> int:
    """Estimate what a legacy model counts."""
    return math.ceil(weighted_characters(text) / _CHARACTERS_PER_TOKEN)


def usage(model: Model, text: str, pcm_bytes: int) -> dict[str, Any]:
    """Return what is billed: characters, or tokens for a legacy model."""
    if not model.is_legacy:
        return {"characters": weighted_characters(text)}
    seconds = pcm_bytes / AudioFormat().bytes_per_second
    audio = max(AUDIO_TOKENS_PER_S, math.ceil(AUDIO_TOKENS_PER_S * seconds))
    tokens = text_tokens(text)
    return {
        "input_tokens": tokens,
        "input_tokens_details": {"text_tokens": tokens},
        "output_tokens": audio,
        "output_tokens_details": {"audio_tokens": audio, "text_tokens": 0},
        "total_tokens": tokens + audio,
    }
