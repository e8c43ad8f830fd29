"""What is suggested while somebody types a voice."""

from __future__ import annotations

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.tts.catalog import find_model

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
