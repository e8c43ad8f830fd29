"""Who makes the speech: the providers that the configuration names, each behind its safeguards.

A request passes, on its way to a billed provider: the budgets, the exchange of a refused key, the
retries, the queue for a turn, the circuit breaker.
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from yarl import URL

from bot.errors import ConfigError, ProviderError
from bot.keys import ApiKey
from bot.models import Voice
from bot.tts._espeak_voices import ESPEAK_MODEL
from bot.tts._sessions import open_api_session
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.budgeted import BudgetedSynthesizer
from bot.tts.casting import Cast, Likeness, OtherAccount
from bot.tts.catalog import DEFAULT_MODEL, DEFAULT_VOICE, MODELS, VOICES, Provider
from bot.tts.espeak import Espeak
from bot.tts.espeak_voice import EspeakSynthesizer
from bot.tts.fallback import Chain, Route
from bot.tts.limited import Desk, LimitedSynthesizer
from bot.tts.muting import MutingSynthesizer
from bot.tts.openai import OpenAIEndpoint, OpenAISynthesizer
from bot.tts.qwen import Mode, QwenEndpoint, QwenSynthesizer, open_session
from bot.tts.rekeyed import RekeyedSynthesizer
from bot.tts.retrying import RetryingSynthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.config import Config, SecretName
    from bot.models import SpeechRequest, Usage
    from bot.tts.budgeted import Book
    from bot.tts.condition import Condition, Rest
    from bot.tts.fallback import Switch
    from bot.tts.offered import Catalog
    from bot.tts.synthesizer import Synthesizer

log = logging.getLogger(__name__)

_OF_A_MODEL: Final = "model:"


@dataclass(frozen=True, slots=True)
class Routes:
    """All ways to speech.

    Args:
        synthesizer: Asks them in their order.
        chain: The same without what is refused to single members.
    """

    synthesizer: MutingSynthesizer
    chain: Chain

    def condition(self, request: SpeechRequest) -> Condition:
        """Return what would become of `request`; nobody is asked."""
        is_muted = self.synthesizer.is_muted(request)
        return replace(self.chain.condition(request), is_muted=is_muted)


@asynccontextmanager
async def open_routes(
    config: Config,
    catalog: Catalog,
    *,
    book: Book[Any] | None = None,
    on_usage: Callable[[Usage], None] | None = None,
    on_stand_in: Callable[[SpeechRequest], None] | None = None,
    on_switch: Callable[[Switch], None] | None = None,
) -> AsyncIterator[Routes]:
    """Open the provider and its fallbacks.

    Args:
        config: What the operator wants.
        catalog: What is offered.
        book: Who counts the characters that are billed; by default nobody.
        on_usage: Told what a provider has billed.
        on_stand_in: As `Chain`.
        on_switch: As `Chain`.

    Raises:
        ConfigError: Something that is named cannot be used.
    """
    async with AsyncExitStack() as stack:
        opening = _Opening(config, catalog, stack, book, on_usage)
        steps = dict.fromkeys([config.tts_provider, *config.tts_fallbacks])
        routes = tuple([opening.route(step) for step in steps])
        chain = Chain(routes, on_stand_in=on_stand_in, on_switch=on_switch)
        yield Routes(MutingSynthesizer(chain), chain)


async def fetch_openai_voices(config: Config) -> tuple[Voice, ...]:
    """Return the voices of the server with OpenAI's endpoint, the configured one first.

    A server that lists none, or is not there yet, has that one.
    """
    if Provider.OPENAI not in (config.tts_provider, *config.tts_fallbacks):
        return ()
    endpoint = _openai_endpoint(config)
    async with open_api_session() as http:
        try:
            listed = await OpenAISynthesizer(http, endpoint).voices()
        except ProviderError as error:
            log.warning("the voices of OPENAI_BASE_URL are not known: %s", error.fault)
            listed = ()
    # Servers take ids in any case: the spelling is theirs.
    by_id = {voice.id.casefold(): voice for voice in listed}
    chosen = by_id.pop(config.openai_voice.casefold(), Voice(config.openai_voice))
    return (chosen, *by_id.values())


@dataclass(frozen=True, slots=True)
class _Service:
    """An account behind its safeguards, and what tells whether it is left alone."""

    synthesizer: Synthesizer
    breaker: Breaker
    desk: Desk

    def rest(self, model: str) -> Rest | None:
        return self.breaker.rest(model) or self.desk.rest(model)


class _Opening:
    """Opens routes one by one; what two of them share is opened once."""

    def __init__(
        self,
        config: Config,
        catalog: Catalog,
        stack: AsyncExitStack,
        book: Book[Any] | None,
        on_usage: Callable[[Usage], None] | None,
    ) -> None:
        self._config = config
        self._catalog = catalog
        self._stack = stack
        self._book = book
        self._on_usage = on_usage
        self._first_account: _Service | None = None

    def route(self, step: str) -> Route:
        """Return the route of a provider's name, or of a step of TTS_FALLBACKS."""
        match step:
            case Provider.QWEN:
                models = self._models_of(Provider.QWEN)
                service = self._qwen()
                return Route("qwen", service.synthesizer, models, rest_of=service.rest)
            case Provider.OPENAI:
                return self._openai()
            case Provider.ESPEAK:
                return self._espeak()
            case "second":
                return self._second_account()
        model = step.removeprefix(_OF_A_MODEL)
        service = self._qwen()
        stand_in = _cast(model).stand_in
        return Route(step, service.synthesizer, stand_in=stand_in, rest_of=service.rest)

    def _models_of(self, provider: Provider) -> frozenset[str]:
        models = self._catalog.models.values()
        return frozenset(model.id for model in models if model.provider is provider)

    def _qwen(self) -> _Service:
        if self._first_account is None:
            self._first_account = self._account(
                "qwen", "dashscope_api_key", self._config.dashscope_http_base_url
            )
        return self._first_account

    def _second_account(self) -> Route:
        url = self._config.dashscope_second_http_base_url
        service = self._account("second", "dashscope_second_api_key", url)
        # Voices that were made with the first key are not known to the second.
        models = frozenset(id_ for id_ in MODELS if not MODELS[id_].accepts_custom_voices)
        casting = OtherAccount(models, _cast(DEFAULT_MODEL))
        return Route("second", service.synthesizer, stand_in=casting.stand_in, rest_of=service.rest)

    def _account(self, name: str, secret: SecretName, base_url: str) -> _Service:
        config = self._config
        key = config.key(secret)
        is_first = secret == "dashscope_api_key"  # noqa: S105 - the name of a setting
        endpoint = QwenEndpoint(
            base_url=base_url,
            api_key=key,
            # The workspace belongs to the account it was made in.
            workspace=config.dashscope_workspace_id if is_first else None,
            audio_hosts=config.tts_audio_hosts,
            mode=_mode(config),
        )
        http = open_session(endpoint)
        self._stack.push_async_callback(http.close)
        return self._guarded(name, QwenSynthesizer(http, endpoint, on_usage=self._on_usage), key)

    def _openai(self) -> Route:
        config = self._config
        endpoint = _openai_endpoint(config)
        http = open_api_session()
        self._stack.push_async_callback(http.close)
        speaker = OpenAISynthesizer(http, endpoint, on_usage=self._on_usage)
        key = endpoint.api_key if isinstance(endpoint.api_key, ApiKey) else None
        voices = self._catalog.voices_of(config.openai_model)
        casting = Cast(config.openai_model, voices[0], voices, accepts_style=True)
        service = self._guarded("openai", speaker, key)
        return Route(
            "openai",
            service.synthesizer,
            models=self._models_of(Provider.OPENAI),
            stand_in=casting.stand_in,
            rest_of=service.rest,
        )

    def _espeak(self) -> Route:
        # Nobody bills it, and it fails for nobody's reasons but its own.
        espeak = self._stack.enter_context(Espeak())
        return Route(
            "espeak",
            EspeakSynthesizer(espeak),
            models=self._models_of(Provider.ESPEAK),
            stand_in=Likeness(ESPEAK_MODEL).stand_in,
        )

    def _guarded(self, name: str, speaker: Synthesizer, key: ApiKey | None) -> _Service:
        config = self._config
        breaker = Breaker(name)
        desk = Desk(
            max_concurrent=config.tts_requests_at_once,
            requests_per_minute=config.tts_requests_per_minute or None,
        )
        limited = LimitedSynthesizer(GuardedSynthesizer(speaker, breaker), desk)
        guarded: Synthesizer = RetryingSynthesizer(limited, breaker)
        if key is not None:
            # Before the breaker: what is said to one key says nothing of the next.
            key.on_change(breaker.renew)
            guarded = RekeyedSynthesizer(guarded, key)
        if self._book:
            guarded = BudgetedSynthesizer(guarded, self._book)
        return _Service(guarded, breaker, desk)


def _openai_endpoint(config: Config) -> OpenAIEndpoint:
    if config.openai_base_url is None:
        raise ConfigError(
            ["OPENAI_BASE_URL is not set: set it to the server that `openai` is to speak through"]
        )
    key = config.key("openai_api_key") if config.openai_api_key else None
    return OpenAIEndpoint(str(URL(config.openai_base_url)), api_key=key, mode=_mode(config))


def _mode(config: Config) -> Mode:
    return Mode.STREAMING if config.tts_mode == "stream" else Mode.PLAIN


def _cast(model_id: str) -> Cast:
    """Return the speakers of a Qwen model that everybody has."""
    model = MODELS.get(model_id)
    if model is None or model.accepts_custom_voices:
        raise ConfigError([f"TTS_FALLBACKS names {model_id}, which has no voices of its own"])
    voices = tuple(voice for voice in VOICES.values() if voice.id in model.voices)
    default = next((voice for voice in voices if voice.id == DEFAULT_VOICE), voices[0])
    return Cast(model_id, default, voices, model.languages, accepts_style=model.accepts_style)
