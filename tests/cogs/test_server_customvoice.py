"""`/server customvoice`: added, heard, listed, removed, and unknown to every other server."""

from __future__ import annotations

from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.errors import UserError
from bot.models import Language, Source, Voice, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.storage.custom_voices import MAX_VOICES
from bot.tts.offered import CustomVoice
from tests.cogs.answers import answer, messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence

CLONE, DESIGN = "qwen3-tts-vc-2026-01-22", "qwen3-tts-vd-2026-01-26"
GRANDPA = {"id": "vc-guanyu-1", "model": CLONE, "name": "Grandpa"}


@pytest.fixture
def elsewhere(env: Env, moderator: MemberActor) -> tuple[MemberActor, ChannelHandle]:
    """The same moderator in another server, with a channel of the same name."""
    guild = env.create_guild("Aviary", owner=moderator.user)
    return guild.add_member(moderator.user), guild.create_text_channel("chat")


async def _suggested(
    member: MemberActor, chat: ChannelHandle, command: str, typed: str, **filled: str
) -> list[str]:
    choices = await member.autocomplete(chat, command, "voice", typed, **filled)
    return [choice["value"] for choice in choices]


async def test_an_added_voice_can_be_chosen_and_heard(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
    synthesizer: AttentiveSynthesizer,
) -> None:
    added = await moderator.slash(chat, "server customvoice add", **GRANDPA, language="Chinese")
    assert private_answer(env, added) == (
        f"Added Grandpa. To hear it, choose {CLONE} and Grandpa with /server voice."
    )
    chosen = await moderator.slash(chat, "server voice", model=CLONE, voice="grandpa")
    assert private_answer(env, chosen).startswith(
        f"Saved. Voice: Grandpa · vc-guanyu-1\nModel: {CLONE}\nLanguage: Chinese\n"
    )
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings(
        model=CLONE, voice="vc-guanyu-1"
    )
    await alice.slash(chat, "tts", text="Hello")
    await alice.slash(chat, "tts", text="Hello", voice="vc-guanyu-1", language="English")
    assert [(each.model, each.voice.id, each.language) for each in synthesizer.asked] == [
        (CLONE, "vc-guanyu-1", Language.CHINESE),
        (CLONE, "vc-guanyu-1", Language.ENGLISH),
    ]


async def test_an_added_voice_is_suggested_by_its_name(
    env: Env, chat: ChannelHandle, alice: MemberActor, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server customvoice add", **GRANDPA)
    await moderator.slash(chat, "server customvoice add", id="v" * 128, model=CLONE, name="Long")
    suggested = await moderator.autocomplete(chat, "server voice", "voice", "gran", model=CLONE)
    assert suggested == [{"name": "Grandpa · vc-guanyu-1", "value": "vc-guanyu-1"}]
    # Discord takes no value of more than 100 characters.
    assert await _suggested(moderator, chat, "server voice", "long", model=CLONE) == ["Long"]
    assert await _suggested(moderator, chat, "server customvoice remove", "") == [
        "vc-guanyu-1",
        "Long",
    ]
    await moderator.slash(chat, "server voice", model=CLONE)
    assert await _suggested(alice, chat, "say", "gran") == ["vc-guanyu-1"]


async def test_a_preview_calls_a_voice_by_its_name(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
    synthesizer: AttentiveSynthesizer,
) -> None:
    await moderator.slash(chat, "server customvoice add", **GRANDPA)
    await moderator.slash(chat, "server voice", model=CLONE)
    message = answer(env, await alice.slash(chat, "voice preview", voice="Grandpa"))
    assert message.content == "This is Grandpa · vc-guanyu-1."
    assert synthesizer.asked[0].text.startswith("Hello, I am Grandpa.")


async def test_who_speaks_is_called_by_the_name_it_was_given(
    env: Env,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
    calls: list[FakePresence],
) -> None:
    await moderator.slash(chat, "server customvoice add", **(GRANDPA | {"name": "*Grandpa*"}))
    await moderator.slash(chat, "server voice", model=CLONE)
    await alice.join_voice(lounge)
    said = await alice.slash(chat, "say", text="Hello there")
    assert private_answer(env, said) == "Speaking as \\*Grandpa\\*."
    assert calls[0].speech


async def test_the_list_has_all_a_server_may_have(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    empty = await moderator.slash(chat, "server customvoice list")
    assert private_answer(env, empty) == (
        "This server has no voices of its own. Add one with /server customvoice add."
    )
    await moderator.slash(chat, "server customvoice add", **GRANDPA, language="German")
    await moderator.slash(chat, "server customvoice add", id="vd-1", model=DESIGN, name="**@here**")
    listed = await moderator.slash(chat, "server customvoice list")
    assert private_answer(env, listed) == (
        f"Grandpa · {CLONE} · German · `vc-guanyu-1`\n\\*\\*\\@here\\*\\* · {DESIGN} · `vd-1`"
    )
    for number in range(2, MAX_VOICES):
        voice = Voice(f"{number:0128}", f"{number:032}")
        await bot.custom_voices.add(guild.id, CustomVoice(CLONE, voice), by=1)
    pages = messages(await moderator.slash(chat, "server customvoice list"))
    assert all(page.ephemeral and len(page.content) <= 2_000 for page in pages)
    assert sum(len(page.content.splitlines()) for page in pages) == MAX_VOICES
    refused = await moderator.slash(chat, "server customvoice add", id="x", model=CLONE, name="x")
    assert refusal(env, refused) == ("A server may have 50 voices of its own. Remove one first.")


async def test_removing_the_voice_in_use_says_who_speaks_now(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
    synthesizer: AttentiveSynthesizer,
) -> None:
    await moderator.slash(chat, "server customvoice add", **GRANDPA)
    await moderator.slash(chat, "server customvoice add", id="vc-2", model=CLONE, name="Aunt")
    await moderator.slash(chat, "server voice", model=CLONE, voice="Grandpa")
    removed = await moderator.slash(chat, "server customvoice remove", voice="vc-guanyu-1")
    assert private_answer(env, removed) == "Removed Grandpa. Aunt speaks here now."
    removed = await moderator.slash(chat, "server customvoice remove", voice="AUNT")
    assert private_answer(env, removed) == "Removed Aunt. Cherry speaks here now."
    await alice.slash(chat, "tts", text="Hello")
    assert [(each.model, each.voice.id) for each in synthesizer.asked] == [
        ("qwen3-tts-flash", "Cherry")
    ]


async def test_removing_another_voice_says_only_that(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server customvoice add", **GRANDPA)
    removed = await moderator.slash(chat, "server customvoice remove", voice="Grandpa")
    assert private_answer(env, removed) == "Removed Grandpa."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"id": "Cherry"},
            "That is not the id of a voice. Copy it from the speech service as it is there.",
        ),
        (
            {"id": "../../x"},
            "That is not the id of a voice. Copy it from the speech service as it is there.",
        ),
        (
            {"model": "qwen3-tts-flash"},
            "qwen3-tts-flash speaks only with its own voices. Pick a model from the list.",
        ),
        (
            {"model": "qwen3-tts-vc-2099-01-01"},
            "There is no such speech model. Pick one from the list, such as qwen3-tts-flash.",
        ),
        (
            {"name": "\u200b\u202e"},
            "A voice needs a name that people can see. Write a short one.",
        ),
    ],
    ids=["system voice", "path", "system model", "unknown model", "unseen name"],
)
async def test_what_is_no_voice_is_not_added(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    changes: dict[str, str],
    sentence: str,
) -> None:
    refused = await moderator.slash(chat, "server customvoice add", **(GRANDPA | changes))
    assert refusal(env, refused) == sentence
    assert await bot.custom_voices.fetch(guild.id) == ()


async def test_what_is_not_there_cannot_be_removed(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    refused = await moderator.slash(chat, "server customvoice remove", voice="Cherry")
    assert refusal(env, refused) == (
        "This server has no such voice. /server customvoice list shows those it has."
    )


async def test_models_with_voices_of_ones_own_are_suggested_when_one_is_added(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    choices = await moderator.autocomplete(chat, "server customvoice add", "model", "")
    assert {choice["value"] for choice in choices} == {CLONE, DESIGN}


class TestAnotherServer:
    """A-07: a voice of one server is unknown in another, by whatever path it is asked for."""

    async def test_sees_no_suggestion_and_no_entry(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        elsewhere: tuple[MemberActor, ChannelHandle],
    ) -> None:
        await moderator.slash(chat, "server customvoice add", **GRANDPA)
        other, there = elsewhere
        for command in ("server voice", "say", "tts", "voice preview", "server customvoice remove"):
            filled = {"model": CLONE} if command == "server voice" else {}
            for typed in ("", "vc-guanyu-1", "Grandpa"):
                assert "vc-guanyu-1" not in await _suggested(other, there, command, typed, **filled)
        listed = await other.slash(there, "server customvoice list")
        assert "Grandpa" not in private_answer(env, listed)

    @pytest.mark.parametrize("written", ["vc-guanyu-1", "Grandpa"])
    @pytest.mark.parametrize(
        ("command", "options"),
        [
            ("server voice", {"model": CLONE}),
            ("server voice", {}),
            ("tts", {"text": "Hello"}),
            ("voice preview", {}),
            ("server customvoice remove", {}),
        ],
    )
    async def test_is_refused_the_id_and_the_name(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        elsewhere: tuple[MemberActor, ChannelHandle],
        synthesizer: AttentiveSynthesizer,
        command: str,
        options: dict[str, Any],
        written: str,
    ) -> None:
        await moderator.slash(chat, "server customvoice add", **GRANDPA)
        other, there = elsewhere
        # It has a voice of its own, so that the model itself is not what is refused.
        await other.slash(there, "server customvoice add", id="vc-9", model=CLONE, name="Mine")
        await other.slash(there, "server voice", model=CLONE, voice="Mine")
        sentence = refusal(env, await other.slash(there, command, **options, voice=written))
        assert written not in sentence
        assert not synthesizer.asked
        assert len(await bot.custom_voices.fetch(guild.id)) == 1

    async def test_cannot_add_the_same_id(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        elsewhere: tuple[MemberActor, ChannelHandle],
    ) -> None:
        await moderator.slash(chat, "server customvoice add", **GRANDPA)
        other, there = elsewhere
        refused = await other.slash(there, "server customvoice add", **(GRANDPA | {"name": "Mine"}))
        assert refusal(env, refused) == (
            "That voice belongs to another server. Give the id of one of your own."
        )

    async def test_does_not_get_it_from_settings_either(
        self,
        env: Env,
        bot: Bot,
        chat: ChannelHandle,
        moderator: MemberActor,
        elsewhere: tuple[MemberActor, ChannelHandle],
    ) -> None:
        await moderator.slash(chat, "server customvoice add", **GRANDPA)
        _, there = elsewhere
        await bot.settings.change_guild(
            there.guild.id, lambda _: GuildSettings(model=CLONE, voice="vc-guanyu-1"), by=1
        )
        assert (await bot.speech.speaker(Source(guild_id=there.guild.id))).voice.id == "Cherry"

    async def test_nor_does_a_direct_message(
        self, env: Env, bot: Bot, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        await moderator.slash(chat, "server customvoice add", **GRANDPA)
        with pytest.raises(UserError):
            await bot.speech.speaker(Source(), VoiceSettings(model=CLONE, voice="vc-guanyu-1"))
