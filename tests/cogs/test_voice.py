"""`/voice preview`."""

from __future__ import annotations

from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import NOBODY, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.tts.cached import ClipCache
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


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (
            GuildSettings(banned_voices=("Ethan",)),
            "Ethan may not be chosen in this server. Pick another voice from the list.",
        ),
        (
            GuildSettings(voice="Kai", forces_voice=True),
            "Everyone speaks as Kai in this server. Leave the voice out.",
        ),
    ],
    ids=["banned", "forced"],
)
async def test_a_voice_that_may_not_be_chosen_cannot_be_listened_to(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    rules: GuildSettings,
    sentence: str,
) -> None:
    await bot.settings.change_guild(guild.id, lambda _: rules, by=1)
    assert refusal(env, await alice.slash(chat, "voice preview", voice="Ethan")) == sentence
    assert not synthesizer.asked
    message = answer(env, await alice.user.slash("voice preview", voice="Ethan"))
    assert message.attachments


class TestKept:
    """What one has listened to is kept for the next."""

    @pytest.fixture
    def cache(self) -> ClipCache:
        return ClipCache(memory_bytes=1_000_000)

    async def test_a_second_preview_asks_for_nothing_whoever_wants_it(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        synthesizer.frames = 100  # long enough to be levelled, and so to be kept
        await alice.slash(chat, "voice set", speed=2.0)
        await alice.slash(chat, "voice preview", voice="Ethan")
        result = await bob.slash(chat, "voice preview", voice="Ethan")
        [file] = result.response.attachments
        assert (await file.read()).startswith(b"RIFF")
        assert len(synthesizer.asked) == 1

    @pytest.mark.parametrize(("style", "asked"), [(None, 1), ("calm", 2)])
    async def test_alone_with_me_only_a_sentence_of_mine_is_kept(
        self,
        env: Env,
        alice: MemberActor,
        bob: MemberActor,
        synthesizer: AttentiveSynthesizer,
        style: str | None,
        asked: int,
        defaults: VoiceSettings,
    ) -> None:
        synthesizer.frames = 100
        options = {"style": style} if style else {}
        await alice.user.slash("voice preview", voice="Ethan", **options)
        await bob.user.slash("voice preview", voice="Ethan", **options)
        assert len(synthesizer.asked) == asked
        origins = {request.origin for request in synthesizer.asked}
        assert (origins == {NOBODY}) is (style is None)

    @pytest.fixture
    def defaults(self) -> VoiceSettings:
        return VoiceSettings(model="qwen3-tts-instruct-flash")


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
