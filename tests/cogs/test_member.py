"""`/member mute`, `unmute`, `voice` and `reset`."""

from __future__ import annotations

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import Voice
from bot.settings.change import Scope
from bot.settings.member import MemberRules
from bot.tts.offered import CustomVoice
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer, refusal
from tests.cogs.speaking import Speak


@pytest.fixture
def keeper(env: Env, guild: GuildHandle) -> MemberActor:
    """A member with Moderate Members."""
    role = guild.create_role("Keepers", permissions=discord.Permissions(moderate_members=True))
    return guild.add_member(env.create_user("kim"), roles=[role])


async def rules(bot: Bot, member: MemberActor) -> MemberRules:
    return await bot.settings.fetch_rules(member.guild.id, member.id)


async def test_who_is_muted_is_not_heard_until_they_are_unmuted(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    keeper: MemberActor,
    alice: MemberActor,
    session: VoiceSession,
) -> None:
    await alice.join_voice(lounge)
    result = await keeper.slash(chat, "member mute", member=alice)
    assert private_answer(env, result) == (
        f"I read nothing of {alice.mention} any more. Undo that with /member unmute."
    )
    assert refusal(env, await alice.slash(chat, "say", text="Hello")) == (
        "Moderators of this server do not let you speak through me. Ask one of them."
    )
    result = await keeper.slash(chat, "member unmute", member=alice)
    assert private_answer(env, result) == f"I read {alice.mention} again."
    assert await rules(bot, alice) == MemberRules()


@pytest.mark.parametrize("menu", ["Read aloud", "Save as audio"])
async def test_what_somebody_muted_wrote_is_not_read_for_others_either(
    env: Env,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    keeper: MemberActor,
    alice: MemberActor,
    bob: MemberActor,
    session: VoiceSession,
    menu: str,
) -> None:
    await bob.join_voice(lounge)
    message = await alice.send(chat, "Hello")
    await keeper.slash(chat, "member mute", member=alice)
    assert refusal(env, await bob.context_menu(chat, menu, message)) == (
        "Moderators have muted its author for me. They change that with /member unmute."
    )


async def test_muting_takes_back_what_is_said_and_what_waits(
    chat: ChannelHandle,
    keeper: MemberActor,
    alice: MemberActor,
    bob: MemberActor,
    session: VoiceSession,
    speak: Speak,
) -> None:
    await speak((alice, "One"), (bob, "Two"), (alice, "Three"))
    await keeper.slash(chat, "member mute", member=alice)
    waiting = [turn.utterance.speaker_id for turn in session.turns if not turn.is_cut]
    assert waiting == [bob.id]


async def test_a_voice_is_locked_and_let_go(
    env: Env, bot: Bot, chat: ChannelHandle, keeper: MemberActor, alice: MemberActor
) -> None:
    result = await keeper.slash(chat, "member voice", member=alice, voice="ethan")
    assert private_answer(env, result) == (
        f"Ethan speaks for {alice.mention}, whatever they choose."
    )
    assert await rules(bot, alice) == MemberRules(voice="Ethan")
    result = await keeper.slash(chat, "member voice", member=alice)
    assert private_answer(env, result) == f"{alice.mention} chooses their voice again."
    assert await rules(bot, alice) == MemberRules()


async def test_a_voice_of_the_server_is_locked_by_its_name(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    keeper: MemberActor,
    bob: MemberActor,
) -> None:
    model = "qwen3-tts-vc-2026-01-22"
    await bot.custom_voices.add(
        guild.id, CustomVoice(model, Voice("vc-7", "Grand_pa")), by=keeper.id
    )
    result = await keeper.slash(chat, "member voice", member=bob, voice="grand_pa")
    assert private_answer(env, result).startswith(r"Grand\_pa speaks for")
    assert await rules(bot, bob) == MemberRules(voice="vc-7")


async def test_reset_forgets_everything(
    env: Env, bot: Bot, chat: ChannelHandle, keeper: MemberActor, alice: MemberActor
) -> None:
    await keeper.slash(chat, "member mute", member=alice)
    await keeper.slash(chat, "member voice", member=alice, voice="Ethan")
    result = await keeper.slash(chat, "member reset", member=alice)
    assert private_answer(env, result) == (
        f"{alice.mention} is read again, in the voice they choose."
    )
    assert await rules(bot, alice) == MemberRules()


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("unmute", {}, "{alice} is not muted."),
        ("reset", {}, "Nothing was decided about {alice}."),
        (
            "voice",
            {"voice": "dylann"},
            "qwen3-tts-flash has no such voice. Did you mean Dylan?",
        ),
    ],
)
async def test_what_cannot_be_is_refused(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    keeper: MemberActor,
    alice: MemberActor,
    command: str,
    options: dict[str, str],
    sentence: str,
) -> None:
    result = await keeper.slash(chat, f"member {command}", member=alice, **options)
    assert refusal(env, result) == sentence.format(alice=alice.mention)
    assert await rules(bot, alice) == MemberRules()


async def test_muting_twice_is_refused_the_second_time(
    env: Env, chat: ChannelHandle, keeper: MemberActor, alice: MemberActor
) -> None:
    await keeper.slash(chat, "member mute", member=alice)
    result = await keeper.slash(chat, "member mute", member=alice)
    assert refusal(env, result) == f"I do not read {alice.mention} anyway."


async def test_moderators_see_in_the_log_who_did_it(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, keeper: MemberActor, alice: MemberActor
) -> None:
    await keeper.slash(chat, "member mute", member=alice)
    [entry] = await bot.audit.fetch(guild.id, most=5)
    assert (entry.scope, entry.subject_id, entry.name) == (Scope.RULES, alice.id, "is_muted")
    assert (entry.by, entry.old, entry.new) == (keeper.id, None, "true")
