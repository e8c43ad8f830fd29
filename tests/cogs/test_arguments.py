"""What is suggested while somebody types a voice."""

from __future__ import annotations

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.tts.catalog import MODELS, find_model

INSTRUCT = "qwen3-tts-instruct-flash"


async def _suggested(
    member: MemberActor, chat: ChannelHandle, typed: str, **filled: str
) -> list[str]:
    choices = await member.autocomplete(chat, "server voice", "voice", typed, **filled)
    return [choice["value"] for choice in choices]


@pytest.mark.parametrize(
    ("typed", "voices"),
    [
        ("Cherry", ["Cherry"]),
        ("  cHERRY ", ["Cherry"]),
        ("Chery", ["Cherry"]),
        ("詹妮弗", ["Jennifer"]),
        ("storyteller", ["Arthur"]),
        ("Cantonese", ["Rocky", "Kiki"]),
        ("nothing like it", []),
    ],
    ids=["id", "case", "typo", "chinese name", "character", "dialect", "nonsense"],
)
async def test_a_voice_is_found_by_what_people_remember(
    env: Env, chat: ChannelHandle, moderator: MemberActor, typed: str, voices: list[str]
) -> None:
    assert await _suggested(moderator, chat, typed) == voices


@pytest.mark.parametrize("command", ["say", "tts", "voice preview"])
async def test_every_command_with_a_voice_suggests_some(
    env: Env, chat: ChannelHandle, alice: MemberActor, command: str
) -> None:
    choices = await alice.autocomplete(chat, command, "voice", "jenn")
    assert choices == [
        {"name": "Jennifer · 詹妮弗 · cinematic American English", "value": "Jennifer"}
    ]


async def test_nothing_typed_suggests_as_many_as_discord_shows(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    choices = await moderator.autocomplete(chat, "server voice", "voice", "")
    assert len(choices) == 25
    assert choices[0]["value"] == "Cherry"
    assert all(1 <= len(choice["name"]) <= 100 for choice in choices)


async def test_only_voices_of_the_model_being_chosen_are_suggested(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    assert await _suggested(moderator, chat, "jenn") == ["Jennifer"]
    assert await _suggested(moderator, chat, "jenn", model=INSTRUCT) == []
    assert set(await _suggested(moderator, chat, "", model="qwen-tts")) == set(
        find_model("qwen-tts").voices
    )


async def test_only_voices_of_the_servers_model_are_suggested(
    env: Env, chat: ChannelHandle, alice: MemberActor, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", model=INSTRUCT)
    assert await alice.autocomplete(chat, "say", "voice", "jenn") == []
    in_private = await alice.user.autocomplete("tts", "voice", "jenn")
    assert [choice["value"] for choice in in_private] == ["Jennifer"]


async def test_a_model_of_ones_own_voices_suggests_none(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    assert await _suggested(moderator, chat, "Cherry", model="qwen3-tts-vc-2026-01-22") == []


async def _models(member: MemberActor, chat: ChannelHandle, typed: str) -> list[str]:
    choices = await member.autocomplete(chat, "server voice", "model", typed)
    return [choice["value"] for choice in choices]


async def test_a_model_is_found_by_a_part_of_its_id(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    assert await _models(moderator, chat, "INSTRUCT") == [INSTRUCT, f"{INSTRUCT}-2026-01-26"]
    assert await _models(moderator, chat, "realtime") == []


async def test_every_offered_model_is_suggested_and_no_other(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    assert await _models(moderator, chat, "") == [*MODELS, "orator-1", "espeak-ng"]


@pytest.mark.parametrize(
    ("model", "voices"), [("orator-1", ["alloy", "nova"]), ("espeak-ng", ["Wren", "Linnet"])]
)
async def test_voices_of_another_provider_are_suggested_with_its_model(
    env: Env, chat: ChannelHandle, moderator: MemberActor, model: str, voices: list[str]
) -> None:
    assert (await _suggested(moderator, chat, "", model=model))[:2] == voices
    await moderator.slash(chat, "server voice", model=model)
    assert (await _suggested(moderator, chat, ""))[:2] == voices
