"""What an operator's configuration offers: models, voices, and who speaks where nobody chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import ConfigError, UserError
from bot.models import Voice, VoiceSettings
from bot.routes import fetch_openai_voices
from bot.tts.catalog import Provider, is_custom_voice_id
from bot.tts.offered import Catalog, CustomVoice, offered, region_of

if TYPE_CHECKING:
    from bot.config import Config


async def open_catalog(config: Config) -> Catalog:
    """Return what the configuration offers, with the operator's own voice if it is a custom one.

    Raises:
        ConfigError: A provider that is named cannot be used.
    """
    catalog = offered(
        providers(config),
        region=region_of(config.dashscope_http_base_url),
        openai_model=config.openai_model,
        openai_voices=await fetch_openai_voices(config),
    )
    model = catalog.get_model(config.tts_model)
    if model and model.accepts_custom_voices and is_custom_voice_id(config.tts_voice):
        return catalog.with_voices([CustomVoice(model.id, Voice(config.tts_voice))])
    return catalog


def providers(config: Config) -> list[Provider]:
    """Return who may be asked for speech, the usual one first."""
    own = [name for name in config.tts_fallbacks if name in Provider.__members__.values()]
    of_qwen = [Provider.QWEN] if len(own) < len(config.tts_fallbacks) else []
    return list(dict.fromkeys([Provider(config.tts_provider), *map(Provider, own), *of_qwen]))


def default_voice(config: Config, catalog: Catalog) -> VoiceSettings:
    """Check the operator's voices before anyone asks for them.

    Raises:
        ConfigError: No model that is offered has one of them.
    """
    try:
        voice = catalog.find_voice(config.tts_model, config.tts_voice)
    except UserError as error:
        raise ConfigError([f"TTS_MODEL and TTS_VOICE: {error}"]) from None
    unknown = [
        f"TTS_VOICES: no model has the voice {name!r} that is set for {language}"
        for language, name in config.tts_voices.items()
        if not any(catalog.get_voice(model, name) for model in catalog.models)
    ]
    if unknown:
        raise ConfigError(unknown)
    return VoiceSettings(
        config.tts_model, voice.id, config.tts_language, pause_ms=config.pause_between_ms
    )
