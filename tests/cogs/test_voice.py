"""`/voice preview`."""

from __future__ import annotations

from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.models import VoiceSettings
from tests.cogs.answers import answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer


async def test_a_preview_is_heard_by_its_member_only(
    env: Env, chat: ChannelHandle, alice: MemberActor, bob: MemberActor
) -> None:
    message = answer(env, await alice.slash(chat, "voice preview", voice="ethan"))
    [file] = message.attachments
    assert message.ephemeral
    assert message.content == "This is Ethan · 晨煦 · sunny, warm, lively, light northern accent."
    assert (await file.read()).startswith(b"RIFF")
    assert file.filename == "Hello-I-am-Ethan-This-is-how-I-sound.wav"
    assert file.description == "Hello, I am Ethan. This is how I sound."
    assert not chat.history(viewer=bob)


@pytest.mark.parametrize(
    ("locale", "language", "text"),
    [
        ("zh-CN", "Chinese", "你好，我是Cherry。我说话就是这个样子。"),
        ("zh-TW", "Chinese", "你好，我是Cherry。我说话就是这个样子。"),
        ("de", "German", "Hallo, ich bin Cherry. So klinge ich."),
        ("pt-BR", "Portuguese", "Olá, eu sou Cherry. A minha voz é assim."),
        ("es-419", "Spanish", "Hola, soy Cherry. Así suena mi voz."),
        ("en-GB", "English", "Hello, I am Cherry. This is how I sound."),
        ("sv-SE", "English", "Hello, I am Cherry. This is how I sound."),
    ],
)
async def test_a_preview_speaks_the_members_language(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    wire: dict[str, Any],
    locale: str,
    language: str,
    text: str,
) -> None:
    wire["locale"] = locale
    await alice.slash(chat, "voice preview", voice="Cherry")
    [request] = synthesizer.asked
    assert (request.language, request.text) == (language, text)


async def test_a_preview_speaks_the_language_asked_for(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    wire: dict[str, Any],
) -> None:
    wire["locale"] = "de"
    await alice.slash(chat, "voice preview", voice="Cherry", language="Japanese")
    [request] = synthesizer.asked
    assert (request.language, request.text[:5]) == ("Japanese", "こんにちは")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"voice": "Nobody"},
            "qwen3-tts-flash has no such voice. Pick one of its 48 voices.",
        ),
        (
            {"voice": "Cherry", "style": "whisper"},
            (
                "qwen3-tts-flash does not follow a style. "
                "A moderator can choose an instruct model with /server voice."
            ),
        ),
    ],
    ids=["unknown voice", "style"],
)
async def test_a_preview_of_what_is_not_there_is_refused(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    options: dict[str, str],
    sentence: str,
) -> None:
    assert refusal(env, await alice.slash(chat, "voice preview", **options)) == sentence
    assert not synthesizer.asked


class TestWithALegacyModel:
    """It speaks Chinese and English only."""

    @pytest.fixture
    def defaults(self) -> VoiceSettings:
        return VoiceSettings(model="qwen-tts")

    async def test_a_preview_speaks_english_where_the_model_lacks_the_members_language(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        synthesizer: AttentiveSynthesizer,
        wire: dict[str, Any],
    ) -> None:
        wire["locale"] = "de"
        await alice.slash(chat, "voice preview", voice="Cherry")
        [request] = synthesizer.asked
        assert request.language == "English"
