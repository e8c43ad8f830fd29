"""Every reason for which a message is not read, brought about and explained by `/read why`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.policy.silence import sentence
from bot.settings.kinds import Hours
from bot.settings.member import MemberRules, MemberSettings
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.reading import fate_of, heard, read, rule, rule_channel

SUPPRESS_NOTIFICATIONS = 1 << 12

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
async def alice(alice: MemberActor, lounge: ChannelHandle) -> MemberActor:
    """A member who is in the lounge."""
    await alice.join_voice(lounge)
    return alice


class Why:
    """Lets a message be written, and says why it is not read."""

    def __init__(self, env: Env, bot: Bot, synthesizer: AttentiveSynthesizer) -> None:
        self._env = env
        self._bot = bot
        self._synthesizer = synthesizer

    async def __call__(
        self, asker: MemberActor, channel: ChannelHandle, message: discord.Message
    ) -> str:
        asked = len(self._synthesizer.asked)
        await fate_of(self._bot, message)
        result = await asker.slash(channel, "read why", message=str(message.id))
        assert len(self._synthesizer.asked) == asked, "it was read"
        return private_answer(self._env, result)


@pytest.fixture
def why(env: Env, bot: Bot, synthesizer: AttentiveSynthesizer) -> Why:
    return Why(env, bot, synthesizer)


def around_now() -> Hours:
    now = datetime.now(UTC)
    return Hours((now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time())


@pytest.mark.parametrize(
    ("chosen", "text", "silence"),
    [
        ({"required_role_id": 1}, "Hello", Silence.ROLE_MISSING),
        ({"read_prefix": "!"}, "Hello", Silence.PREFIX_MISSING),
        ({"skip_prefix": "!"}, "!play a song", Silence.SKIP_PREFIX),
        ({"quiet_hours": around_now()}, "Hello", Silence.QUIET_HOURS),
        ({}, "** ... **", Silence.NOTHING_SPEAKABLE),
        ({"blocked_words": ("frog",)}, "A fr\u00f6g, a FROG!", Silence.BLOCKED_WORD),
        ({"reads_voice_chat": False}, "Hello", Silence.NOT_READ_HERE),
    ],
    ids=lambda value: value.value if isinstance(value, Silence) else "",
)
async def test_moderators_keep_a_message_from_being_read(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
    chosen: dict[str, Any],
    text: str,
    silence: Silence,
) -> None:
    await rule(bot, guild, **chosen)
    message = await alice.send(lounge, text)
    assert await why(alice, lounge, message) == sentence(silence)


async def test_a_channel_nobody_wants_to_be_read(
    chat: ChannelHandle, alice: MemberActor, session: VoiceSession, why: Why
) -> None:
    message = await alice.send(chat, "Hello")
    assert await why(alice, chat, message) == sentence(Silence.NOT_READ_HERE)


async def test_a_webhook_that_is_not_listed(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    assert bot.user is not None
    message = await guild.create_webhook(lounge, "Herald").send(f"{bot.user.mention} News")
    assert await why(alice, lounge, message) == sentence(Silence.BOT)


async def test_a_bot_that_is_not_listed(
    env: Env,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    robot = guild.add_member(env.create_user("robot", bot=True))
    message = await robot.send(lounge, "Beep")
    assert await why(alice, lounge, message) == sentence(Silence.BOT)


@pytest.mark.parametrize("everywhere", [False, True], ids=["here", "everywhere"])
async def test_an_author_who_does_not_want_to_be_read(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
    everywhere: bool,
) -> None:
    place = None if everywhere else guild.id
    opted_out = MemberSettings(is_opted_out=True)
    await bot.settings.change_member(alice.id, place, lambda _: opted_out)
    message = await alice.send(lounge, "Hello")
    assert await why(alice, lounge, message) == sentence(Silence.OPTED_OUT)


async def test_an_author_whom_moderators_have_muted(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    muted = MemberRules(is_muted=True)
    await bot.settings.change_rules(guild.id, alice.id, lambda _: muted, by=1)
    message = await alice.send(lounge, f"Hello {bot.user.mention if bot.user else ''}")
    assert await why(alice, lounge, message) == sentence(Silence.MUTED)


async def test_an_author_who_is_ignored(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    await rule(bot, guild, ignored_member_ids=(alice.id,))
    message = await alice.send(lounge, "Hello")
    assert await why(alice, lounge, message) == sentence(Silence.IGNORED_MEMBER)


async def test_an_author_with_a_role_that_is_ignored(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    session: VoiceSession,
    why: Why,
) -> None:
    role = guild.create_role("Loud")
    carol = guild.add_member(env.create_user("carol"), roles=[role])
    await carol.join_voice(lounge)
    await rule(bot, guild, ignored_role_ids=(role.id,))
    message = await carol.send(lounge, "Hello")
    assert await why(carol, lounge, message) == sentence(Silence.IGNORED_ROLE)


async def test_a_message_sent_with_silent(
    env: Env,
    bot: Bot,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    env.backend.create_message(lounge.id, alice.id, "Psst", flags=SUPPRESS_NOTIFICATIONS)
    await env.settle()
    [message] = lounge.history()
    assert await why(alice, lounge, message) == sentence(Silence.SILENT)


async def test_an_author_who_is_not_in_the_call(
    lounge: ChannelHandle, bob: MemberActor, session: VoiceSession, why: Why
) -> None:
    message = await bob.send(lounge, "Hello")
    assert await why(bob, lounge, message) == sentence(Silence.NOT_IN_CALL)


async def test_a_bot_that_is_in_no_call(
    lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    message = await alice.send(lounge, "Hello")
    assert await why(alice, lounge, message) == sentence(Silence.NO_CALL)


async def test_a_channel_that_is_read_in_another_call(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    attic = guild.create_voice_channel("attic")
    await rule_channel(bot, guild, chat, is_read=True, voice_channel_id=attic.id)
    message = await alice.send(chat, "Hello")
    assert await why(alice, chat, message) == sentence(Silence.OTHER_CALL)


async def test_the_same_words_for_the_third_time(
    bot: Bot,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    why: Why,
) -> None:
    for _ in range(2):
        await read(bot, alice, lounge, "Hello")
    await heard(synthesizer, "alice said:", "Hello", "Hello")
    message = await alice.send(lounge, "HELLO")
    assert await why(alice, lounge, message) == sentence(Silence.REPEATED)


async def test_an_author_who_writes_too_fast(
    bot: Bot,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    why: Why,
) -> None:
    texts = ("One", "Two", "Three")
    for text in texts:
        await read(bot, alice, lounge, text)
    await heard(synthesizer, "alice said:", *texts)
    message = await alice.send(lounge, "Four")
    assert await why(alice, lounge, message) == sentence(Silence.TOO_FAST)


async def test_a_queue_that_is_full(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    why: Why,
) -> None:
    await rule(bot, guild, max_waiting=1)
    gate = synthesizer.hold("One")
    await read(bot, alice, lounge, "One")
    await heard(synthesizer, "alice said:", "One")
    await read(bot, alice, lounge, "Two")
    message = await alice.send(lounge, "Three")
    assert await why(alice, lounge, message) == sentence(Silence.QUEUE_FULL)
    gate.set()


async def test_what_the_bot_itself_writes(
    bot: Bot,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    why: Why,
) -> None:
    channel = bot.get_channel(lounge.id)
    assert isinstance(channel, discord.VoiceChannel)
    own = await channel.send("Hello")
    assert await why(alice, lounge, own) == sentence(Silence.OWN)
