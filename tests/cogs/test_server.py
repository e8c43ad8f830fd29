"""`/server voice` and `/server show`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.errors import UserError
from bot.models import Language, Source, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.storage.settings import SettingsRepository
from tests.cogs.answers import private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer

INSTRUCT = "qwen3-tts-instruct-flash"
CHERRY = "Cherry · 芊悦 · sunny, friendly, natural young woman"
NUMBERS = "Speed: 1\nVolume: 100 percent\nPause between messages: 200 ms"
DEFAULTS = f"Voice: {CHERRY}\nModel: qwen3-tts-flash\nLanguage: Auto\n{NUMBERS}"


async def chosen_by(settings: SettingsRepository, guild: GuildHandle) -> VoiceSettings:
    return (await settings.fetch_guild(guild.id)).voice_settings


async def test_what_a_moderator_chooses_outlives_the_process(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    settings: SettingsRepository,
) -> None:
    result = await moderator.slash(
        chat,
        "server voice",
        model=INSTRUCT,
        voice="serena",
        language="German",
        style="Slowly, like a @everyone storyteller",
        speed=1.25,
        volume=80,
        pause=450,
    )
    assert private_answer(env, result) == (
        "Saved. Voice: Serena · 苏瑶 · gentle young woman\n"
        f"Model: {INSTRUCT}\n"
        "Language: German\n"
        "Style: Slowly, like a \\@everyone storyteller\n"
        "Speed: 1.25\n"
        "Volume: 80 percent\n"
        "Pause between messages: 450 ms"
    )
    assert await chosen_by(settings, guild) == VoiceSettings(
        INSTRUCT,
        "Serena",
        Language.GERMAN,
        "Slowly, like a @everyone storyteller",
        speed=1.25,
        volume=0.8,
        pause_ms=450,
    )


async def test_what_is_left_out_stays_as_it_was(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Ethan", language="English")
    await moderator.slash(chat, "server voice", language="Korean")
    assert await chosen_by(bot.settings, guild) == VoiceSettings(
        voice="Ethan", language=Language.KOREAN
    )


async def test_reset_forgets_everything(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Ethan", language="English")
    result = await moderator.slash(chat, "server voice", reset=True)
    assert private_answer(env, result) == f"Saved. {DEFAULTS}"
    assert await chosen_by(bot.settings, guild) == VoiceSettings()


async def test_reset_with_a_choice_keeps_only_that(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Ethan", language="English")
    await moderator.slash(chat, "server voice", reset=True, voice="Serena")
    assert await chosen_by(bot.settings, guild) == VoiceSettings(voice="Serena")


async def test_a_voice_can_be_for_one_language_alone(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Ethan")
    await moderator.slash(chat, "server voice", voice="ono anna", only_for="Japanese")
    result = await moderator.slash(chat, "server voice", voice="lenn", only_for="German")
    assert private_answer(env, result).endswith(
        "\nVoice per language: German: Lenn, Japanese: Ono Anna"
    )
    kept = await bot.settings.fetch_guild(guild.id)
    assert kept.voice == "Ethan"
    assert kept.voices == ((Language.GERMAN, "Lenn"), (Language.JAPANESE, "Ono Anna"))


async def test_everyone_can_be_made_to_speak_with_the_servers_voice(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    result = await moderator.slash(chat, "server voice", everyone=True)
    assert private_answer(env, result).endswith("\nOne voice for all: on")
    assert (await bot.settings.fetch_guild(guild.id)).forces_voice
    result = await moderator.slash(chat, "server voice", reset=True)
    assert private_answer(env, result) == f"Saved. {DEFAULTS}"
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings()


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"only_for": "German"}, "Choose the voice that is to speak German."),
        ({}, "Choose at least one option, such as voice or speed."),
        ({"voice": "Nobody"}, "qwen3-tts-flash has no such voice. Pick one of its 48 voices."),
        (
            {"voice": "dylann"},
            "qwen3-tts-flash has no such voice. Did you mean Dylan?",
        ),
        (
            {"style": "whisper"},
            (
                "qwen3-tts-flash does not follow a style. "
                "A moderator can choose an instruct model with /server voice."
            ),
        ),
        (
            {"model": "qwen-tts", "voice": "Jada"},
            "Jada does not speak with qwen-tts. Pick one of its 4 voices.",
        ),
        (
            {"model": "qwen3-tts-flash-realtime"},
            "There is no such speech model. Pick one from the list, such as qwen3-tts-flash.",
        ),
        (
            {"model": INSTRUCT, "style": "好" * 801},
            "The style is too long. Describe it in 1600 characters.",
        ),
        (
            {"model": "qwen3-tts-vc-2026-01-22"},
            (
                "qwen3-tts-vc-2026-01-22 speaks only with voices of your own. "
                "A moderator can add one with /server customvoice add."
            ),
        ),
    ],
    ids=[
        "language without a voice",
        "nothing",
        "unknown voice",
        "typo",
        "style",
        "voice of a model",
        "unknown model",
        "long style",
        "own voice",
    ],
)
async def test_what_does_not_go_together_is_refused_and_not_saved(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    choice: dict[str, Any],
    sentence: str,
) -> None:
    before = VoiceSettings(voice="Jennifer")
    await bot.settings.change_guild(guild.id, lambda now: replace(now, voice="Jennifer"), by=1)
    assert refusal(env, await moderator.slash(chat, "server voice", **choice)) == sentence
    assert await chosen_by(bot.settings, guild) == before


async def test_another_model_keeps_the_voice_if_it_fits(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Ethan")
    answer = private_answer(env, await moderator.slash(chat, "server voice", model=INSTRUCT))
    assert answer.startswith("Saved. Voice: Ethan · ")
    assert "does not speak" not in answer
    assert await chosen_by(bot.settings, guild) == VoiceSettings(INSTRUCT, "Ethan")


async def test_another_model_says_who_speaks_instead_of_a_voice_that_does_not_fit(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Jennifer")
    answer = private_answer(env, await moderator.slash(chat, "server voice", model=INSTRUCT))
    assert answer.startswith(f"Saved. Voice: {CHERRY}\nModel: {INSTRUCT}\n")
    assert answer.endswith(f"\nJennifer does not speak with {INSTRUCT}, so Cherry does.")
    assert await chosen_by(bot.settings, guild) == VoiceSettings(INSTRUCT, "Cherry")


@pytest.mark.parametrize(
    ("model", "voice", "shown"),
    [
        ("espeak-ng", "heron", "Voice: Heron · clear, even\nModel: espeak-ng\n"),
        ("orator-1", "nova", "Voice: nova\nModel: orator-1\n"),
    ],
)
async def test_a_model_of_another_provider_can_be_chosen_where_it_is_offered(
    env: Env, chat: ChannelHandle, moderator: MemberActor, model: str, voice: str, shown: str
) -> None:
    chosen = await moderator.slash(chat, "server voice", model=model, voice=voice)
    assert private_answer(env, chosen).startswith(f"Saved. {shown}")


async def test_a_style_is_kept_without_what_nobody_sees(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", model=INSTRUCT, style="calm\n\x00and \u202eslow ")
    assert (await chosen_by(bot.settings, guild)).style == "calm and slow"


async def test_show_tells_what_holds(env: Env, chat: ChannelHandle, moderator: MemberActor) -> None:
    assert private_answer(env, await moderator.slash(chat, "server show")) == DEFAULTS
    await moderator.slash(chat, "server voice", voice="Jada", language="Chinese")
    assert private_answer(env, await moderator.slash(chat, "server show")) == (
        "Voice: Jada · 上海-阿珍 · Shanghainese\nModel: qwen3-tts-flash\nLanguage: Chinese\n"
        f"{NUMBERS}"
    )


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({"speed": 0.5}, VoiceSettings(speed=0.5)),
        ({"speed": 2}, VoiceSettings(speed=2.0)),
        ({"volume": 0}, VoiceSettings(volume=0.0)),
        ({"volume": 200}, VoiceSettings(volume=2.0)),
        ({"pause": 0}, VoiceSettings(pause_ms=0)),
        ({"pause": 3000}, VoiceSettings(pause_ms=3000)),
    ],
)
async def test_the_ends_of_every_range_can_be_chosen(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    options: dict[str, float],
    chosen: VoiceSettings,
) -> None:
    private_answer(env, await moderator.slash(chat, "server voice", **options))
    assert await chosen_by(bot.settings, guild) == chosen


@pytest.mark.parametrize(
    ("name", "least", "most"), [("speed", 0.5, 2.0), ("volume", 0, 200), ("pause", 0, 3000)]
)
async def test_discord_lets_nobody_leave_a_range(
    env: Env, name: str, least: float, most: float
) -> None:
    command = env.backend.find_command("server", None)
    [voice] = [option for option in command["options"] if option["name"] == "voice"]
    [option] = [option for option in voice["options"] if option["name"] == name]
    assert (option["min_value"], option["max_value"]) == (least, most)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (VoiceSettings(speed=0.49), "The speed must be from 0.5 to 2.0. 1 is the usual one."),
        (VoiceSettings(speed=2.01), "The speed must be from 0.5 to 2.0. 1 is the usual one."),
        (
            VoiceSettings(speed=float("nan")),
            "The speed must be from 0.5 to 2.0. 1 is the usual one.",
        ),
        (
            VoiceSettings(volume=-0.01),
            "The volume must be from 0 to 200 percent. 100 is the usual one.",
        ),
        (
            VoiceSettings(volume=2.01),
            "The volume must be from 0 to 200 percent. 100 is the usual one.",
        ),
        (VoiceSettings(pause_ms=-1), "The pause must be from 0 to 3000 milliseconds."),
        (VoiceSettings(pause_ms=3001), "The pause must be from 0 to 3000 milliseconds."),
    ],
)
async def test_a_number_out_of_range_is_refused_on_our_side_too(
    bot: Bot, choice: VoiceSettings, sentence: str
) -> None:
    with pytest.raises(UserError) as refused:
        await bot.speech.speaker(Source(), choice)
    assert str(refused.value) == sentence


async def test_what_is_said_is_as_fast_and_loud_as_the_server_chose(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
) -> None:
    text = "A sentence that is long enough to be cut into several pieces. " * 20
    await moderator.slash(chat, "server voice", speed=1.5, volume=0, pause=0)
    utterance = await bot.speech.prepare(text, Source(1, guild.id))
    assert len(utterance.requests) > 1
    assert {(request.speed, request.volume) for request in utterance.requests} == {(1.5, 0.0)}
    assert utterance.pause_ms == 0


async def test_where_nobody_chose_speech_is_as_the_endpoint_sends_it(bot: Bot) -> None:
    utterance = await bot.speech.prepare("Hello", Source(1))
    [request] = utterance.requests
    assert (request.speed, request.volume, utterance.pause_ms) == (1.0, 1.0, 200)


async def test_servers_do_not_share_their_voice(
    env: Env, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Ethan")
    elsewhere = env.create_guild("Elsewhere", owner=moderator.user)
    member = elsewhere.add_member(moderator.user)
    result = await member.slash(elsewhere.create_text_channel("chat"), "server show")
    assert private_answer(env, result) == DEFAULTS


class TestPrecedence:
    """This one command over the server, the server over the operator."""

    @pytest.fixture
    def defaults(self) -> VoiceSettings:
        return VoiceSettings(INSTRUCT, "Serena", Language.FRENCH, "calm")

    async def test_the_operators_choice_holds_where_nobody_chose(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
    ) -> None:
        await alice.slash(chat, "tts", text="Hello")
        await alice.user.slash("tts", text="Hello")
        assert _asked(synthesizer) == [
            (INSTRUCT, "Serena", "French", "calm"),
            (INSTRUCT, "Serena", "French", "calm"),
        ]

    async def test_the_servers_choice_is_over_the_operators(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await moderator.slash(chat, "server voice", voice="Ethan", style="loud")
        await alice.slash(chat, "tts", text="Hello")
        await alice.user.slash("tts", text="Hello")
        assert _asked(synthesizer) == [
            (INSTRUCT, "Ethan", "French", "loud"),
            # The server has no say in a direct message.
            (INSTRUCT, "Serena", "French", "calm"),
        ]

    async def test_an_option_is_over_both_for_one_command(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await moderator.slash(chat, "server voice", voice="Ethan", style="loud")
        await alice.slash(
            chat, "tts", text="Hello", voice="Cherry", language="English", style="shy"
        )
        await alice.slash(chat, "tts", text="Hello")
        assert _asked(synthesizer) == [
            (INSTRUCT, "Cherry", "English", "shy"),
            (INSTRUCT, "Ethan", "French", "loud"),
        ]

    async def test_a_style_is_silent_with_a_model_that_follows_none(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await moderator.slash(chat, "server voice", model="qwen3-tts-flash")
        await alice.slash(chat, "tts", text="Hello")
        assert _asked(synthesizer) == [("qwen3-tts-flash", "Serena", "French", None)]


def _asked(synthesizer: AttentiveSynthesizer) -> list[tuple[str, str, str, str | None]]:
    return [
        (request.model, request.voice.id, request.language.value, request.style)
        for request in synthesizer.asked
    ]
