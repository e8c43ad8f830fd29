"""Qwen's answers, from bytes to PCM, without any I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ProviderError, ProviderFault
from bot.models import Usage
from bot.tts._protocol import decoded_audio, parse_object, protocol_error
from bot.tts._qwen_faults import failure, provider_error, safe_request_id
from bot.tts.sse import EventParser, ServerEvent
from bot.tts.wav import PcmExtractor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OK: Final = 200
_FIRST_ERROR: Final = 400
_DONE: Final = "stop"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one JSON object of an answer says."""

    audio: bytes
    url: str | None
    is_last: bool
    request_id: str | None
    usage: dict[str, int]


def error_in(
    answer: Mapping[str, Any], *, status: int | None, headers: Mapping[str, str] | None = None
) -> ProviderError | None:
    """Return the error an answer carries, in the service's own form or the compatible one."""
    envelope = answer.get("error")
    said = envelope if isinstance(envelope, dict) else answer
    kind = said.get("type") if said is envelope else None
    code = next((text for text in (said.get("code"), kind) if isinstance(text, str) and text), None)
    status = _stated_status(answer.get("status_code"), said.get("code")) or status
    if not code and envelope in (None, "") and (status or _OK) < _FIRST_ERROR:
        return None
    return provider_error(
        status=status,
        code=code,
        message=said.get("message"),
        request_id=answer.get("request_id"),
        headers=headers,
    )


def error_of_body(body: bytes, *, status: int, headers: Mapping[str, str]) -> ProviderError:
    """Return the error for an HTTP status of 400 or above, whatever its body is."""
    try:
        error = error_in(parse_object(body), status=status, headers=headers)
    except ProviderError:
        error = None
    return error or provider_error(status=status, headers=headers)


def _stated_status(*numbers: object) -> int | None:
    return next((n for n in numbers if isinstance(n, int) and _FIRST_ERROR <= n < 600), None)


def read_piece(answer: Mapping[str, Any]) -> Piece:
    """Return what a successful JSON object says; raise if it is outside the contract."""
    output = _object(answer, "output")
    reason = _optional_text(output, "finish_reason")
    is_last = reason == _DONE
    audio = {} if is_last and output.get("audio") is None else _object(output, "audio")
    usage = answer.get("usage")
    return Piece(
        audio=decoded_audio(_optional_text(audio, "data") or ""),
        url=_optional_text(audio, "url") or None,
        is_last=is_last,
        request_id=safe_request_id(answer.get("request_id")),
        usage=_counts(usage if isinstance(usage, dict) else {}),
    )


def _object(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise protocol_error(f"the answer has no object {key}")
    return value


def _optional_text(parent: Mapping[str, Any], key: str) -> str | None:
    value = parent.get(key)
    if value is not None and not isinstance(value, str):
        raise protocol_error(f"{key} in the answer is not a string")
    return value


def _counts(usage: Mapping[str, Any]) -> dict[str, int]:
    return {
        name: count
        for name in ("characters", "input_tokens", "output_tokens")
        if isinstance(count := usage.get(name), int) and not isinstance(count, bool) and count >= 0
    }


class Answer:
    """One answer as it arrives: bytes in, whole samples out, and what is known besides.

    It is a stream of events or, with `is_stream` false, one JSON object. Once it `is_complete`,
    every word was said; once it `is_over`, nothing more is to come.
    """

    def __init__(self, model: str, *, is_stream: bool = True) -> None:
        self._model = model
        self._body = bytearray()
        self._events = EventParser()
        self._pcm = PcmExtractor(may_be_bare=True)
        self._counts: dict[str, int] = {}
        self.is_stream = is_stream
        self.request_id: str | None = None
        self.url: str | None = None
        self.is_complete = False
        self.is_over = False
        self.has_audio = False

    @property
    def usage(self) -> Usage | None:
        """What the service says it counted, as far as it said anything."""
        if not self._counts:
            return None
        return Usage(self.request_id or "", self._model, **self._counts)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the samples that a piece of the body completes."""
        if self.is_stream:
            yield from filter(None, map(self._hear, self._events.feed(piece)))
            return
        self._body += piece

    def close(self) -> Iterator[bytes]:
        """Yield the last samples; raise unless the answer was whole and spoke, or has a URL."""
        if not self.is_stream:
            yield from filter(None, [self._take(parse_object(bytes(self._body)), status=None)])
        elif event := self._events.close():
            yield from filter(None, [self._hear_last(event)])
        yield from self._finish()

    def _hear(self, event: ServerEvent) -> bytes:
        if self.is_complete:
            return self._hear_late(event)
        if event.name == "error":
            raise self._failure(event)
        if not event.payload or event.payload == "[DONE]":
            return b""
        return self._take(parse_object(event.payload), status=event.status)

    def _hear_late(self, event: ServerEvent) -> bytes:
        """Take audio that follows the end; trouble no longer matters, every word is there."""
        try:
            return self._take(parse_object(event.payload), status=event.status)
        except ProviderError:
            return b""

    def _hear_last(self, event: ServerEvent) -> bytes:
        """Take an event that lacks its end: whole, it counts; cut, it says the stream was."""
        try:
            parse_object(event.payload)
        except ProviderError:
            if event.name != "error":
                return b""
        return self._hear(event)

    def _failure(self, event: ServerEvent) -> ProviderError:
        try:
            said = parse_object(event.payload)
        except ProviderError:
            said = {}
        error = error_in(said, status=event.status)
        return error or provider_error(status=event.status, request_id=said.get("request_id"))

    def _take(self, said: Mapping[str, Any], *, status: int | None) -> bytes:
        if error := error_in(said, status=status):
            raise error
        piece = read_piece(said)
        self.request_id = piece.request_id or self.request_id
        self._counts = piece.usage or self._counts
        self.url = piece.url or self.url
        self.is_complete = self.is_complete or piece.is_last
        # Audio counts whatever its finish reason, so only an end without any is the very last.
        self.is_over = self.is_over or (piece.is_last and not piece.audio)
        return self._heard(self._pcm.feed(piece.audio))

    def _finish(self) -> Iterator[bytes]:
        if not self.is_complete:
            raise self._truncated()
        if pcm := self._heard(self._pcm.close()):
            yield pcm
        if not self.has_audio and not self.url:
            raise protocol_error("the answer holds no audio")

    def _heard(self, pcm: bytes) -> bytes:
        self.has_audio = self.has_audio or bool(pcm)
        return pcm

    def _truncated(self) -> ProviderError:
        return failure("the answer ended before the speech did", ProviderFault.TRUNCATED)
