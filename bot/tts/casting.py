"""Who stands in for a voice: one request put into the words of another provider or model."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot.models import Language

if TYPE_CHECKING:
    from bot.models import SpeechRequest, Voice

_SPACING: Final = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Cast:
    """Those who can stand in: a model, its voices and what else it understands.

    Args:
        model: The model that speaks.
        default: The voice where none is nearer.
        voices: Every voice of the model, as far as they are known.
        languages: What may be asked for; any other becomes `Auto`.
        accepts_style: Whether the model follows a style.
    """

    model: str
    default: Voice
    voices: tuple[Voice, ...] = ()
    languages: frozenset[Language] = field(default_factory=lambda: frozenset(Language))
    accepts_style: bool = False

    def stand_in(self, request: SpeechRequest) -> SpeechRequest:
        """Return the request as this model understands it; text, speed, volume, origin stay."""
        return replace(
            request,
            model=self.model,
            voice=self.nearest(request.voice),
            language=request.language if request.language in self.languages else Language.AUTO,
            style=request.style if self.accepts_style else None,
        )

    def nearest(self, voice: Voice) -> Voice:
        """Return the voice of the same name, else one of the same sex, else the default.

        Of the same sex the default comes first, then those without a dialect, in their order.
        """
        name = _folded(voice.id)
        if same := next((other for other in self.voices if _folded(other.id) == name), None):
            return same
        if voice.sex in (None, self.default.sex):
            return self.default
        peers = [other for other in self.voices if other.sex is voice.sex]
        plain = (other for other in peers if other.dialect is None)
        return next(plain, peers[0] if peers else self.default)


@dataclass(frozen=True, slots=True)
class OtherAccount:
    """The same models with another key; voices made with the first key are unknown to it.

    Args:
        models: The models the other account speaks with in voices that everybody has.
        instead: Who speaks for all other models.
    """

    models: frozenset[str]
    instead: Cast

    def stand_in(self, request: SpeechRequest) -> SpeechRequest:
        """Return the request as the other account understands it."""
        return request if request.model in self.models else self.instead.stand_in(request)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A provider that imitates any voice it is asked for, such as the embedded one."""

    model: str

    def stand_in(self, request: SpeechRequest) -> SpeechRequest:
        """Return the request for that provider, which follows no style."""
        return replace(request, model=self.model, style=None)


def _folded(voice_id: str) -> str:
    """Write an id as every server might: `Ono Anna` is `ono_anna` elsewhere."""
    return _SPACING.sub(" ", voice_id).strip().casefold()
