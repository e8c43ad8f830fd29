"""The voices an OpenAI-compatible server lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.models import Sex, Voice
from bot.tts import _voices
from bot.tts._protocol import parse_object, protocol_error

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_VOICES: Final = 1_000
MAX_NAME_CHARACTERS: Final = 128

# Qwen3-TTS model card: the speakers of CustomVoice. Most are voices of the provider's own models,
# whose names have a space where these have an underscore.
_SEXES: Final[dict[str, Sex | None]] = {
    voice.id.casefold().replace(" ", "_"): voice.sex for voice in _voices.ALL
} | {"uncle_fu": Sex.MALE}


def read_voices(body: bytes) -> tuple[Voice, ...]:
    """Return the voices in an answer of `/audio/voices`, uploaded ones last, each once.

    vLLM-Omni lists names, other servers objects with an `id` or a `name`; what can be neither
    shown nor sent is left out.

    Raises:
        ProviderError: It is no such answer.
    """
    said = parse_object(body)
    listed, uploaded = said.get("voices"), said.get("uploaded_voices", [])
    if not isinstance(listed, list) or not isinstance(uploaded, list):
        raise protocol_error("the answer has no list of voices")
    ids = dict.fromkeys([*_ids(listed), *_ids(uploaded)])
    return tuple(_voice(id_) for id_ in list(ids)[:MAX_VOICES])


def _ids(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else entry
        if (
            isinstance(name, str)
            and name == name.strip()
            and name.isprintable()
            and 0 < len(name) <= MAX_NAME_CHARACTERS
        ):
            yield name


def _voice(id_: str) -> Voice:
    return Voice(id_, id_.replace("_", " "), _SEXES.get(id_.casefold()))
