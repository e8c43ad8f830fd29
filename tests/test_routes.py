"""Who speaks, as the configuration has it."""

from dataclasses import replace

import pytest

from bot.config import Config
from bot.errors import ConfigError, ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest, Voice
from bot.offer import default_voice, open_catalog
from bot.policy.refusals import REFUSALS
from bot.routes import fetch_openai_voices, open_routes
from bot.sandbox.openai import OpenAIOptions, SandboxOpenAI
from bot.sandbox.qwen import QwenOptions, SandboxQwen, faults
from bot.tts.condition import Condition

KEY = "sk-canary0123456789"
NOBODY = "http://127.0.0.1:9/v1"
REQUEST = SpeechRequest("Hello there.", "qwen3-tts-flash", Voice("Cherry"))


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Config.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def configured(**settings: str) -> Config:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"DASHSCOPE_API_KEY": KEY, **settings}.items():
            patch.setenv(name, value)
        return Config.from_env(None)


async def speak(config: Config, request: SpeechRequest = REQUEST) -> bytes:
    async with open_routes(config, await open_catalog(config)) as routes:
        return b"".join([pcm async for pcm in routes.synthesizer.stream(request)])


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"TTS_FALLBACKS": "second"}, "DASHSCOPE_SECOND_API_KEY is not set"),
        ({"TTS_FALLBACKS": "openai"}, "OPENAI_BASE_URL is not set"),
        ({"TTS_PROVIDER": "openai"}, "OPENAI_BASE_URL is not set"),
        ({"TTS_FALLBACKS": "model:qwen9"}, "TTS_FALLBACKS names qwen9"),
        ({"TTS_FALLBACKS": "model:qwen3-tts-vc-2026-01-22"}, "no voices of its own"),
        ({"DASHSCOPE_API_KEY": ""}, "DASHSCOPE_API_KEY is not set"),
    ],
)
async def test_a_route_that_cannot_be_is_one_line_at_the_start(
    settings: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem) as raised:
        await speak(configured(**settings))
    assert len(raised.value.problems) == 1


async def test_voices_of_languages_are_checked_at_the_start() -> None:
    config = configured(TTS_VOICES="Japanese=Ono Anna,Korean=Nobody")

    with pytest.raises(ConfigError, match="'Nobody' that is set for Korean") as raised:
        default_voice(config, await open_catalog(config))

    assert len(raised.value.problems) == 1


async def test_another_model_of_the_account_stands_in() -> None:
    async with SandboxQwen(QwenOptions(throttle=None, key=KEY)) as qwen:
        config = configured(
            DASHSCOPE_HTTP_BASE_URL=qwen.base_url,
            TTS_FALLBACKS="model:qwen3-tts-instruct-flash",
        )
        missing = SpeechRequest("Hello there.", "qwen3-tts-gone", Voice("Cherry"))

        assert await speak(config, missing)

    assert [request.model for request in qwen.requests] == ["qwen3-tts-instruct-flash"]


async def test_the_second_account_speaks_with_a_key_and_a_place_of_its_own() -> None:
    async with (
        SandboxQwen(QwenOptions(throttle=None, key=KEY)) as first,
        SandboxQwen(QwenOptions(throttle=None, key="sk-second")) as second,
    ):
        config = configured(
            DASHSCOPE_API_KEY="sk-revoked",
            DASHSCOPE_HTTP_BASE_URL=first.base_url,
            DASHSCOPE_SECOND_API_KEY="sk-second",
            DASHSCOPE_SECOND_HTTP_BASE_URL=second.base_url,
            TTS_FALLBACKS="second",
        )

        assert await speak(config)

    assert [request.voice for request in second.requests] == ["Cherry"]


async def test_the_voices_of_ones_own_server_are_its_own_in_its_spelling() -> None:
    async with SandboxOpenAI(OpenAIOptions(voices=("vivian", "ryan"))) as server:
        config = configured(**server.environment() | {"OPENAI_VOICE": "Vivian"})
        assert [voice.id for voice in await fetch_openai_voices(config)] == ["vivian", "ryan"]


async def test_a_server_that_is_not_there_yet_has_the_configured_voice() -> None:
    config = configured(TTS_PROVIDER="openai", OPENAI_BASE_URL=NOBODY, OPENAI_VOICE="Ryan")

    assert [voice.id for voice in await fetch_openai_voices(config)] == ["Ryan"]


async def test_nobody_is_asked_for_voices_that_are_not_wanted() -> None:
    assert await fetch_openai_voices(configured(OPENAI_BASE_URL=NOBODY)) == ()


async def test_what_would_become_of_a_request_is_known_without_one() -> None:
    async with SandboxQwen(QwenOptions(throttle=None, key=KEY)) as qwen:
        config = configured(DASHSCOPE_HTTP_BASE_URL=qwen.base_url)
        async with open_routes(config, await open_catalog(config)) as routes:
            assert routes.condition(REQUEST) == Condition()
            qwen.faults.next(faults.UNAUTHORIZED)
            with pytest.raises(ProviderError):
                await anext(routes.synthesizer.stream(REQUEST))

            rest = routes.condition(REQUEST).rest

    assert rest is not None
    assert rest.fault is ProviderFault.BAD_KEY
    assert len(qwen.requests) == 1


async def test_members_whose_words_are_refused_learn_that_nothing_of_theirs_is_sent() -> None:
    ann, ben = (replace(REQUEST, origin=Origin(7, member)) for member in (1, 2))
    async with SandboxQwen(QwenOptions(throttle=None, key=KEY)) as qwen:
        config = configured(DASHSCOPE_HTTP_BASE_URL=qwen.base_url)
        qwen.faults.always(faults.DATA_INSPECTION)
        async with open_routes(config, await open_catalog(config)) as routes:
            for _ in range(REFUSALS):
                assert not routes.condition(ann).is_muted
                with pytest.raises(ProviderError):
                    await anext(routes.synthesizer.stream(ann))

            assert routes.condition(ann).is_muted
            assert not routes.condition(ben).is_muted
