"""What the server accepts, and how it refuses the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from bot.models import Language
from bot.sandbox import encoding
from bot.sandbox.qwen.answers import JSON_TYPE, to_json
from bot.sandbox.qwen.reply import Reply

if TYPE_CHECKING:
    from bot.sandbox.openai.options import OpenAIOptions

DEFAULT_VOICE: Final = "vivian"
_STREAMED: Final = frozenset({"wav", "pcm"})
_FORMATS: Final = _STREAMED | encoding.FORMATS
_SLOWEST, _FASTEST = 0.25, 4.0
_TASKS: Final = ("CustomVoice", "VoiceDesign", "Base")
_KINDS: Final[dict[str, type | tuple[type, ...]]] = {
    "input": str,
    "model": str,
    "voice": str,
    "language": str,
    "instructions": str,
    "response_format": str,
    "stream_format": str,
    "stream": bool,
    "speed": (int, float),
    "task_type": str,
    "ref_audio": str,
    "ref_text": str,
}
_KIND_NAMES: Final = {str: "string", bool: "boolean", (int, float): "number"}
_TYPES: Final = {400: "BadRequestError", 404: "NotFoundError", 500: "InternalServerError"}


class Delivery(Enum):
    """How speech is sent."""

    WHOLE = "whole"
    BYTES = "bytes"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Call:
    """One valid request."""

    text: str
    voice_id: str
    language: str
    style: str | None
    format: str
    delivery: Delivery
    speed: float = 1.0


class RefusalError(Exception):
    """The request is not accepted; `reply` says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("the sandbox refuses")
        self.reply = reply


def error_reply(status: int, message: str, *, type_: str | None = None) -> Reply:
    """Return an error the way vLLM writes it."""
    said = {
        "message": message,
        "type": type_ or _TYPES.get(status, "APIError"),
        "param": None,
        "code": status,
    }
    return Reply(status, to_json({"error": said}), JSON_TYPE)


def unauthorized() -> Reply:
    """Return what vLLM says to a wrong key."""
    return Reply(401, to_json({"error": "Unauthorized"}), JSON_TYPE)


def no_route(status: int = 404) -> Reply:
    """Return what its web framework says to a path or method it does not have."""
    detail = "Not Found" if status == 404 else "Method Not Allowed"
    return Reply(status, to_json({"detail": detail}), JSON_TYPE)


def read_call(body: bytes, options: OpenAIOptions) -> Call:
    """Return what `body` asks for.

    Raises:
        RefusalError: It is not JSON, or the model, the voice or another field is wrong.
    """
    fields = _object(body)
    _check_types(fields)
    model = fields.get("model", options.model)
    if model != options.model:
        raise RefusalError(error_reply(404, f"The model `{model}` does not exist."))
    text: str = fields.get("input", "")
    if not text.strip():
        raise _bad("Input text cannot be empty")
    _check_task(fields, options)
    language = fields.get("language", Language.AUTO.value)
    if language not in list(Language):
        raise _bad(f"Invalid language '{language}'")
    return Call(
        text=text,
        voice_id=_voice(fields.get("voice", DEFAULT_VOICE), options),
        language=language,
        style=fields.get("instructions") or None,
        format=_format(fields),
        delivery=_delivery(fields, options),
        speed=_speed(fields),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise _bad("Invalid JSON")
    return {name: value for name, value in parsed.items() if value is not None}


def _check_types(fields: dict[str, Any]) -> None:
    for name, kind in _KINDS.items():
        value = fields.get(name)
        is_other = isinstance(value, bool) and kind is not bool
        if value is not None and (is_other or not isinstance(value, kind)):
            raise _bad(f"{name}: Input should be a valid {_KIND_NAMES[kind]}")


def _voice(wanted: str, options: OpenAIOptions) -> str:
    if wanted in options.uploaded_voices:
        return wanted
    known = {voice.casefold(): voice for voice in options.voices}
    voice = known.get(wanted.casefold())
    if voice is None:
        raise _bad(f"Invalid speaker '{wanted}'. Supported: {', '.join(options.voices)}")
    return voice


def _format(fields: dict[str, Any]) -> str:
    format_: str = fields.get("response_format", "wav")
    if format_ not in _FORMATS:
        raise _bad(f"This server makes no {format_}")
    return format_


def _speed(fields: dict[str, Any]) -> float:
    speed = fields.get("speed", 1.0)
    if not _SLOWEST <= speed <= _FASTEST:
        raise _bad(f"speed: Input should be between {_SLOWEST} and {_FASTEST}")
    return float(speed)


def _check_task(fields: dict[str, Any], options: OpenAIOptions) -> None:
    """Refuse what the one checkpoint that is served was not made for."""
    is_clone = "ref_audio" in fields or "ref_text" in fields
    task = fields.get("task_type", "Base" if is_clone else "CustomVoice")
    if task not in _TASKS:
        raise _bad(f"Invalid task_type '{task}'")
    # A checkpoint has its task in its name: Qwen3-TTS-12Hz-1.7B-VoiceDesign.
    served = next((known for known in _TASKS if options.model.endswith(known)), task)
    if task != served:
        raise _bad(f"This server's model is for {served}, not for {task}")


def _delivery(fields: dict[str, Any], options: OpenAIOptions) -> Delivery:
    is_stream, shape = fields.get("stream", False), fields.get("stream_format")
    if options.is_old:
        shape = "audio" if is_stream else None
    if shape not in (None, "audio", "sse"):
        raise _bad(f"Invalid stream_format '{shape}'")
    if not is_stream and shape is None:
        return Delivery.WHOLE
    if _format(fields) not in _STREAMED:
        raise _bad("Streaming needs response_format 'pcm' or 'wav'")
    if _speed(fields) != 1.0:
        raise _bad("Speed adjustment is not supported when streaming")
    is_bytes = shape == "audio" and not options.always_events
    return Delivery.BYTES if is_bytes else Delivery.EVENTS


def _bad(message: str) -> RefusalError:
    return RefusalError(error_reply(400, message))
