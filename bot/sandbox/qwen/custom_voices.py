"""Enrolment of cloned and designed voices."""

from __future__ import annotations

import base64
import re
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.qwen.errors import (
    MISSING_PARAMETER,
    WRONG_URL,
    RefusalError,
    ServiceError,
    foreign_voice,
)
from bot.sandbox.qwen.wav import WavShape, WavSizes
from bot.tts.catalog import MODELS, Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.speech import SandboxVoice

# What each enrolment model makes, and what it is made from.
_ENROLMENT: Final = {
    "qwen-voice-enrollment": (Family.VOICE_CLONE, "audio"),
    "qwen-voice-design": (Family.VOICE_DESIGN, "voice_prompt"),
}
# Alibaba Model Studio, "Create a voice": digits, letters and underscores, at most 16 of them.
_NAME: Final = re.compile(r"\w{1,16}", re.ASCII)
_MAX_PROMPT_CHARACTERS: Final = 2048
_PAGE_SIZE: Final = 10
_NO_SUCH_VOICE: Final = ServiceError(400, "InvalidParameter", "The voice does not exist.")


@dataclass(frozen=True, slots=True)
class CustomVoice:
    """A voice of one's own."""

    id: str
    target_model: str
    language: str = "zh"


class CustomVoices:
    """The voices enrolled on this server."""

    def __init__(self, existing: Mapping[str, str]) -> None:
        self._voices = {id_: CustomVoice(id_, target) for id_, target in existing.items()}

    def check(self, voice_id: str, model_id: str) -> bool:
        """Tell whether the voice exists.

        Raises:
            RefusalError: It exists, but was made for another model.
        """
        voice = self._voices.get(voice_id)
        if voice is not None and voice.target_model != model_id:
            raise RefusalError(foreign_voice(voice_id))
        return voice is not None

    def answer(self, body: Mapping[str, Any], speech: SandboxVoice) -> dict[str, Any]:
        """Return `output` of the action the body asks for.

        Raises:
            RefusalError: The action or one of its parameters is not valid.
        """
        kind = _ENROLMENT.get(str(body.get("model")))
        wanted = body.get("input")
        if kind is None:
            raise RefusalError(WRONG_URL)
        if not isinstance(wanted, dict):
            raise RefusalError(MISSING_PARAMETER)
        match wanted.get("action"):
            case "create":
                return self._create(wanted, *kind, speech)
            case "list":
                return self._list(wanted, kind[0])
            case "delete":
                return self._delete(wanted)
        raise RefusalError(MISSING_PARAMETER)

    def _create(
        self, wanted: Mapping[str, Any], family: Family, source: str, speech: SandboxVoice
    ) -> dict[str, Any]:
        target = str(wanted.get("target_model"))
        model = MODELS.get(target)
        name = str(wanted.get("preferred_name") or "voice")
        if model is None or model.family is not family or not _is_source(wanted.get(source)):
            raise RefusalError(MISSING_PARAMETER)
        if not _NAME.fullmatch(name):
            raise RefusalError(MISSING_PARAMETER)
        voice = CustomVoice(_new_id(model.id, name), target)
        self._voices[voice.id] = voice
        output: dict[str, Any] = {"voice": voice.id, "target_model": target}
        if family is Family.VOICE_DESIGN:
            output["preview_audio"] = _preview(wanted, voice, speech)
        return output

    def _list(self, wanted: Mapping[str, Any], family: Family) -> dict[str, Any]:
        size = _count(wanted.get("page_size"), _PAGE_SIZE)
        start = _count(wanted.get("page_index"), 0) * size
        voices = [
            {"voice": voice.id, "target_model": voice.target_model, "language": voice.language}
            for voice in self._voices.values()
            if MODELS[voice.target_model].family is family
        ]
        return {"voice_list": voices[start : start + size]}

    def _delete(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        if self._voices.pop(str(wanted.get("voice")), None) is None:
            raise RefusalError(_NO_SUCH_VOICE)
        return {}


def _is_source(source: object) -> bool:
    """Tell whether this is a recording (`{"data": "data:audio/…"}`) or a description."""
    if isinstance(source, dict):
        return str(source.get("data")).startswith(("data:audio/", "http://", "https://"))
    return isinstance(source, str) and 0 < len(source) <= _MAX_PROMPT_CHARACTERS


def _new_id(model_id: str, name: str) -> str:
    stem = model_id.rsplit("-", 3)[0]
    return f"{stem}-{name}-voice-{time.strftime('%Y%m%d%H%M%S')}-{uuid.uuid4().hex[:4]}"


def _count(value: object, default: int) -> int:
    return value if isinstance(value, int) and value >= 0 else default


def _preview(wanted: Mapping[str, Any], voice: CustomVoice, speech: SandboxVoice) -> dict[str, Any]:
    pcm = speech.speak(str(wanted.get("preview_text") or "Hello."), voice.id)
    wav = WavShape(WavSizes.TRUE).file(pcm)
    return {"data": base64.b64encode(wav).decode(), "sample_rate": 24000, "response_format": "wav"}
