"""What can be chosen here: the models of the operator's providers, and who speaks with each."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.errors import UserError
from bot.i18n import _
from bot.tts._espeak_voices import ESPEAK_MODEL, ESPEAK_VOICES
from bot.tts.catalog import MODELS, VOICES, Model, Provider, Region, UnknownModelError
from bot.tts.voice_search import best_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.models import Language, Voice

# Alibaba Model Studio documentation, "Base URL overview": the shared host of a region, and how the
# hosts of workspaces end.
_SHARED_HOSTS: Final = {
    "dashscope.aliyuncs.com": Region.BEIJING,
    "dashscope-intl.aliyuncs.com": Region.SINGAPORE,
}
_WORKSPACE_HOSTS: Final = ".maas.aliyuncs.com"


class UnknownVoiceError(UserError):
    """The model does not speak with that voice."""


@dataclass(frozen=True, slots=True)
class CustomVoice:
    """A cloned or designed voice, and the only model that speaks with it.

    `language` is the one it was made for; it holds where nobody has chosen another.
    """

    model: str
    voice: Voice
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class _Offer:
    model: Model
    voices: tuple[Voice, ...]


class Catalog:
    """Models by their ids, each with its voices, in the order in which people see them.

    Voices of one's own are known only to the catalogue they were added to: whoever asks this one
    gets no voice of another server, whatever id they type.
    """

    def __init__(self, offers: Iterable[tuple[Model, Iterable[Voice]]]) -> None:
        self._offers = {model.id: _Offer(model, tuple(voices)) for model, voices in offers}
        self._languages: dict[tuple[str, str], Language] = {}

    def with_voices(self, added: Sequence[CustomVoice]) -> Catalog:
        """Return this catalogue with voices of one's own, where their models are offered."""
        if not added:
            return self
        catalog = Catalog(
            (offer.model, (*offer.voices, *_of_model(added, offer.model)))
            for offer in self._offers.values()
        )
        catalog._languages = self._languages | {
            (each.model, each.voice.id): each.language for each in added if each.language
        }
        return catalog

    @property
    def models(self) -> Mapping[str, Model]:
        """Every model that can be chosen."""
        return {id_: offer.model for id_, offer in self._offers.items()}

    def get_model(self, model_id: str | None) -> Model | None:
        """Return a model, or nothing if it is not offered."""
        offer = self._offers.get(model_id) if model_id else None
        return offer.model if offer else None

    def find_model(self, model_id: str) -> Model:
        """Return a model.

        Raises:
            UnknownModelError: It is not offered.
        """
        model = self.get_model(model_id)
        if model is None:
            raise UnknownModelError.suggesting(next(iter(self._offers)))
        return model

    def voices_of(self, model_id: str) -> tuple[Voice, ...]:
        """Return who speaks with a model.

        Raises:
            UnknownModelError: It is not offered.
        """
        return self._offers[self.find_model(model_id).id].voices

    def get_voice(self, model_id: str, written: str | None) -> Voice | None:
        """Return the voice of a model whose id, else whose name, is `written` in any case."""
        voices = self.voices_of(model_id)
        if not (wanted := (written or "").strip()):
            return None
        exact = (voice for voice in voices if voice.id == wanted)
        folded = wanted.casefold()
        by_id = (voice for voice in voices if voice.id.casefold() == folded)
        by_name = (voice for voice in voices if voice.name.casefold() == folded)
        return next(exact, None) or next(by_id, None) or next(by_name, None)

    def find_voice(self, model_id: str, written: str) -> Voice:
        """Return the voice of a model that `written` means.

        Raises:
            UnknownModelError: The model is not offered.
            UnknownVoiceError: It does not speak with such a voice.
        """
        voice = self.get_voice(model_id, written)
        if voice is None:
            raise self._no_such_voice(self.find_model(model_id), written)
        return voice

    def language_of(self, model_id: str, voice: Voice) -> Language | None:
        """Return what a voice of one's own was made for, if that is known."""
        return self._languages.get((model_id, voice.id))

    def search_voices(self, query: str, model_id: str) -> list[Voice]:
        """Return the voices of a model that fit `query`, best first; all if it is empty."""
        return best_first(query, self.voices_of(model_id))

    def search_models(self, query: str) -> list[Model]:
        """Return the models whose ids hold every word of `query`."""
        wanted = query.casefold().split()
        return [
            offer.model
            for id_, offer in self._offers.items()
            if all(word in id_.casefold() for word in wanted)
        ]

    def _no_such_voice(self, model: Model, written: str) -> UnknownVoiceError:
        voices = self.voices_of(model.id)
        if not voices:
            return UnknownVoiceError(
                _(
                    "{model} speaks only with voices of your own. "
                    "A moderator can add one with /server customvoice add."
                ).format(model=model.id)
            )
        if stranger := self._voice_of_another_model(written):
            return UnknownVoiceError(
                _("{voice} does not speak with {model}. Pick one of its {count} voices.").format(
                    voice=stranger.id, model=model.id, count=len(voices)
                )
            )
        if alike := best_first(written, voices) if written.strip() else []:
            return UnknownVoiceError(
                _("{model} has no such voice. Did you mean {voice}?").format(
                    model=model.id, voice=alike[0].id
                )
            )
        return UnknownVoiceError(
            _("{model} has no such voice. Pick one of its {count} voices.").format(
                model=model.id, count=len(voices)
            )
        )

    def _voice_of_another_model(self, written: str) -> Voice | None:
        folded = written.strip().casefold()
        everybody = (voice for offer in self._offers.values() for voice in offer.voices)
        return next((voice for voice in everybody if voice.id.casefold() == folded), None)


def _of_model(added: Sequence[CustomVoice], model: Model) -> Iterator[Voice]:
    return (each.voice for each in added if model.accepts_custom_voices and each.model == model.id)


def offered(
    providers: Iterable[Provider] = (Provider.QWEN,),
    *,
    region: Region | None = None,
    openai_model: str = "",
    openai_voices: Sequence[Voice] = (),
) -> Catalog:
    """Return the catalogue of an operator.

    Args:
        providers: Who makes speech here, the usual one first.
        region: Where the Qwen-TTS account is, if known: not every model is everywhere.
        openai_model: What the server with OpenAI's endpoint speaks with.
        openai_voices: The voices of that server.
    """
    offers: dict[Provider, list[tuple[Model, Sequence[Voice]]]] = {
        Provider.QWEN: [
            (model, [voice for voice in VOICES.values() if voice.id in model.voices])
            for model in MODELS.values()
            if region is None or region in model.regions
        ],
        Provider.OPENAI: [
            (_own_server(openai_model, Provider.OPENAI, openai_voices), openai_voices)
        ],
        Provider.ESPEAK: [
            (_own_server(ESPEAK_MODEL, Provider.ESPEAK, ESPEAK_VOICES), ESPEAK_VOICES)
        ],
    }
    return Catalog(offer for provider in providers for offer in offers[provider])


def _own_server(model_id: str, provider: Provider, voices: Iterable[Voice]) -> Model:
    return Model(
        model_id,
        None,
        frozenset(voice.id for voice in voices),
        requests_per_minute=inf,
        usd_per_10k_characters=None,
        provider=provider,
    )


def region_of(base_url: str) -> Region | None:
    """Return where the endpoint at `base_url` is, if its host says so."""
    host = urlsplit(base_url).hostname or ""
    of_workspace = (each for each in Region if host.endswith(f".{each}{_WORKSPACE_HOSTS}"))
    return _SHARED_HOSTS.get(host) or next(of_workspace, None)
