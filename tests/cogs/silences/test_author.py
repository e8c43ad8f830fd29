"""Messages that are silent because of who wrote them."""

from __future__ import annotations

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.enums import MessageType

from bot.client import Bot
from bot.policy.admission import Silence
from bot.settings.member import MemberRules, MemberSettings
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.reading import heard, read, rule
from tests.cogs.silences.conftest import Why
from tests.cogs.silences.reasons import brings_about

pytestmark = pytest.mark.usefixtures("called")


@brings_about(Silence.OWN)
async def test_the_bot_itself(
    bot: Bot, lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    channel = bot.get_channel(lounge.id)
    assert isinstance(channel, discord.VoiceChannel)
    own = await channel.send("Hello")
    await why(alice, lounge, own)


@brings_about(Silence.SYSTEM)
async def test_discord(
    guild: GuildHandle, lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    welcome = guild.create_system_message(lounge, MessageType.NEW_MEMBER, author=alice)
    await why(alice, lounge, welcome)


@brings_about(Silence.BOT)
async def test_a_webhook_that_is_not_listed(
    bot: Bot, guild: GuildHandle, lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    assert bot.user is not None
    message = await guild.create_webhook(lounge, "Herald").send(f"{bot.user.mention} News")
    await why(alice, lounge, message)


@brings_about(Silence.BOT)
async def test_a_bot_that_is_not_listed(
    env: Env, guild: GuildHandle, lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    robot = guild.add_member(env.create_user("robot", bot=True))
    message = await robot.send(lounge, "Beep")
    await why(alice, lounge, message)


@brings_about(Silence.OPTED_OUT)
@pytest.mark.parametrize("everywhere", [False, True], ids=["here", "everywhere"])
async def test_somebody_who_does_not_want_to_be_read(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    why: Why,
    everywhere: bool,
) -> None:
    place = None if everywhere else guild.id
    opted_out = MemberSettings(is_opted_out=True)
    await bot.settings.change_member(alice.id, place, lambda _: opted_out)
    message = await alice.send(lounge, "Hello")
    await why(alice, lounge, message)


@brings_about(Silence.MUTED)
async def test_somebody_whom_moderators_have_muted(
    bot: Bot, guild: GuildHandle, lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    muted = MemberRules(is_muted=True)
    await bot.settings.change_rules(guild.id, alice.id, lambda _: muted, by=1)
    message = await alice.send(lounge, f"Hello {bot.user.mention if bot.user else ''}")
    await why(alice, lounge, message)


@brings_about(Silence.IGNORED_MEMBER)
async def test_somebody_who_is_ignored(
    bot: Bot, guild: GuildHandle, lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    await rule(bot, guild, ignored_member_ids=(alice.id,))
    message = await alice.send(lounge, "Hello")
    await why(alice, lounge, message)


@brings_about(Silence.IGNORED_ROLE)
async def test_somebody_with_a_role_that_is_ignored(
    env: Env, bot: Bot, guild: GuildHandle, lounge: ChannelHandle, why: Why
) -> None:
    role = guild.create_role("Loud")
    carol = guild.add_member(env.create_user("carol"), roles=[role])
    await carol.join_voice(lounge)
    await rule(bot, guild, ignored_role_ids=(role.id,))
    message = await carol.send(lounge, "Hello")
    await why(carol, lounge, message)


@brings_about(Silence.NOT_IN_CALL)
async def test_somebody_who_is_not_in_the_call(
    lounge: ChannelHandle, bob: MemberActor, why: Why
) -> None:
    message = await bob.send(lounge, "Hello")
    await why(bob, lounge, message)


@brings_about(Silence.REPEATED)
async def test_somebody_who_says_the_same_for_the_third_time(
    bot: Bot, lounge: ChannelHandle, alice: MemberActor, why: Why, synthesizer: AttentiveSynthesizer
) -> None:
    for _ in range(2):
        await read(bot, alice, lounge, "Hello")
    await heard(synthesizer, "alice said:", "Hello", "Hello")
    message = await alice.send(lounge, "HELLO")
    await why(alice, lounge, message)


@brings_about(Silence.TOO_FAST)
async def test_somebody_who_writes_too_fast(
    bot: Bot, lounge: ChannelHandle, alice: MemberActor, why: Why, synthesizer: AttentiveSynthesizer
) -> None:
    texts = ("One", "Two", "Three")
    for text in texts:
        await read(bot, alice, lounge, text)
    await heard(synthesizer, "alice said:", *texts)
    message = await alice.send(lounge, "Four")
    await why(alice, lounge, message)
