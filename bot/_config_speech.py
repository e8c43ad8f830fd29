"""The settings of speech: who makes it, what it may cost, and what is kept of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from bot import _config_values as values
from bot.models import MAX_PAUSE_MS, Language

MAX_CACHE_MB = 1_000_000
MAX_CACHE_DAYS = 7
"""Spoken text is personal: a week is what the privacy text promises at most."""
MAX_CHARACTERS = 1_000_000_000
MAX_REQUESTS_PER_MINUTE = 100_000
MAX_REQUESTS_AT_ONCE = 1_000


class SpeechSettings(BaseSettings):
    """A part of `bot.config.Config`."""

    tts_provider: Annotated[
        Literal["qwen", "openai", "espeak"],
        values.one_of("qwen", "openai", "espeak", fold=str.lower),
    ] = Field(
        "qwen",
        description="Who makes the speech: qwen, openai (any server like it) or espeak (built in).",
    )
    # A file comes before the secret it may hold: pydantic validates in this order.
    dashscope_api_key_file: Annotated[Path, AfterValidator(values.folder)] | None = Field(
        None, description="File that holds the API key, instead of DASHSCOPE_API_KEY."
    )
    dashscope_api_key: SecretStr | None = Field(
        None,
        validate_default=True,
        description="API key of Alibaba Cloud Model Studio, which synthesizes the speech.",
    )
    dashscope_http_base_url: Annotated[str, values.url("https", "http")] = Field(
        "https://dashscope.aliyuncs.com/api/v1",
        description="Base URL of the speech endpoint; a key works in its own region only.",
    )
    dashscope_workspace_id: Annotated[str, AfterValidator(values.one_word)] | None = Field(
        None, description="Model Studio workspace that is billed, if not the key's own."
    )
    dashscope_second_api_key_file: Annotated[Path, AfterValidator(values.folder)] | None = Field(
        None, description="File that holds the second key, instead of DASHSCOPE_SECOND_API_KEY."
    )
    dashscope_second_api_key: SecretStr | None = Field(
        None,
        validate_default=True,
        description="API key of a second account or region, for `second` in TTS_FALLBACKS.",
    )
    dashscope_second_http_base_url: Annotated[str, values.url("https", "http")] = Field(
        "https://dashscope-intl.aliyuncs.com/api/v1",
        description="Base URL that the second key belongs to.",
    )
    openai_base_url: Annotated[str, values.url("https", "http")] | None = Field(
        None,
        description="Base URL of a server with OpenAI's /audio/speech, such as http://host:8091/v1.",
    )
    openai_api_key_file: Annotated[Path, AfterValidator(values.folder)] | None = Field(
        None, description="File that holds the key of that server, instead of OPENAI_API_KEY."
    )
    openai_api_key: SecretStr | None = Field(
        None, validate_default=True, description="Key of that server, if it asks for one."
    )
    openai_model: Annotated[str, AfterValidator(values.one_word)] = Field(
        "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice", description="Model that server speaks with."
    )
    openai_voice: Annotated[str, AfterValidator(values.one_line)] = Field(
        "Vivian", description="Voice of that server where nobody has chosen another."
    )
    tts_fallbacks: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(values.split_list),
        AfterValidator(values.fallbacks),
    ] = Field(
        (),
        description="Who speaks when the provider fails: model:<id>, second, openai, espeak.",
    )
    tts_model: Annotated[str, AfterValidator(values.one_word)] = Field(
        default_factory=values.default_model,
        description="Model where a server has not chosen its own.",
    )
    tts_voice: Annotated[str, AfterValidator(values.one_line)] = Field(
        default_factory=values.default_voice,
        description="Voice where a server has not chosen its own, as `voices` lists it.",
    )
    tts_voices: Annotated[
        dict[Language, Annotated[str, AfterValidator(values.one_line)]],
        NoDecode,
        BeforeValidator(values.voice_of_each_language),
    ] = Field(
        {},
        description="Voices of single languages, such as Japanese=Ono Anna,Korean=Sohee.",
    )
    tts_language: Annotated[Language, BeforeValidator(values.language)] = Field(
        Language.AUTO, description="Language where a server has not chosen its own, or Auto."
    )
    tts_mode: Annotated[
        Literal["stream", "plain"], values.one_of("stream", "plain", fold=str.lower)
    ] = Field(
        "stream",
        description="How speech is fetched: stream (heard while it arrives) or plain (a file).",
    )
    tts_audio_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(values.split_hosts),
        AfterValidator(values.plain_hosts),
    ] = Field(
        (".aliyuncs.com",),
        description="Hosts that audio may be downloaded from; a leading dot allows subdomains.",
    )
    tts_requests_per_minute: Annotated[int, values.whole_number(0, MAX_REQUESTS_PER_MINUTE)] = (
        Field(0, description="Requests a minute and model; 0 is what the provider allows.")
    )
    tts_requests_at_once: Annotated[int, values.whole_number(1, MAX_REQUESTS_AT_ONCE)] = Field(
        6, description="Requests under way at the same time, for each account."
    )
    cache_memory_mb: Annotated[int, values.whole_number(0, MAX_CACHE_MB)] = Field(
        64, description="Memory for speech that may be wanted again, in MiB; 0 keeps none."
    )
    cache_disk_mb: Annotated[int, values.whole_number(0, MAX_CACHE_MB)] = Field(
        256, description="Space for it in DATA_DIR, in MiB; 0 writes no speech to the disk."
    )
    cache_days: Annotated[int, values.whole_number(1, MAX_CACHE_DAYS)] = Field(
        MAX_CACHE_DAYS, description="Days after which it is deleted from the disk."
    )
    budget_member_characters: Annotated[int, values.whole_number(0, MAX_CHARACTERS)] = Field(
        0, description="Characters a member may have synthesized in a server and day; 0: no limit."
    )
    budget_server_characters: Annotated[int, values.whole_number(0, MAX_CHARACTERS)] = Field(
        0, description="Characters a server may have synthesized in a day; 0: no limit."
    )
    budget_total_characters: Annotated[int, values.whole_number(0, MAX_CHARACTERS)] = Field(
        0, description="Characters of all servers in a day, where it stops for all; 0: no limit."
    )
    tts_prices: Annotated[
        dict[str, float], NoDecode, BeforeValidator(values.price_of_each_model)
    ] = Field(
        {},
        description="USD for 10,000 characters where yours differ, such as qwen3-tts-flash=0.1.",
    )
    pause_between_ms: Annotated[int, values.whole_number(0, MAX_PAUSE_MS)] = Field(
        200,
        description="Silence between two messages where a server has not chosen its own, in ms.",
    )
