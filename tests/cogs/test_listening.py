"""The chat of a call, read aloud: who is read and with which words."""

from __future__ import annotations

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.reading.attendance import GATHER_S
from bot.settings.choices import NameReading
from bot.voice.session import VoiceSession
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.reading import fate_of, heard, open_thread, read, rule, rule_channel
from tests.cogs.speaking import until

pytestmark = pytest.mark.usefixtures("today", "in_the_lounge")


def mention(bot: Bot) -> str:
    assert bot.user is not None
    return bot.user.mention


class TestWhatIsRead:
    async def test_the_chat_of_the_call_is_read_with_who_wrote_it(
        self,
        bot: Bot,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await read(bot, alice, lounge, "Hello")
        await read(bot, alice, lounge, "How are you?")
        await heard(synthesizer, "alice said:", "Hello", "How are you?")
        await read(bot, bob, lounge, "Very well")
        await heard(synthesizer, "alice said:", "Hello", "How are you?", "bob said:", "Very well")

    async def test_a_text_channel_that_is_read_has_its_own_voice(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await rule(bot, guild, name_reading=NameReading.OFF)
        await rule_channel(bot, guild, chat, is_read=True, voice="Ethan")
        await read(bot, alice, chat, "Over here")
        await read(bot, alice, lounge, "Over there")
        await heard(synthesizer, "Over here", "Over there")
        assert [request.voice.id for request in synthesizer.asked] == ["Ethan", "Cherry"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{me} the kettle boils", "the kettle boils"),
            ("{me}, {me}: it boils {me}", "it boils"),
            ("ask {me} about it", "ask TestBot about it"),
        ],
    )
    async def test_a_message_that_mentions_the_bot_is_read_anywhere_without_the_mention(
        self,
        bot: Bot,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        text: str,
        said: str,
    ) -> None:
        await read(bot, alice, chat, text.format(me=mention(bot)))
        await heard(synthesizer, "alice said:", said)

    async def test_a_thread_is_read_as_the_channel_it_hangs_on(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await rule_channel(bot, guild, chat, is_read=True, voice="Ethan")
        thread = await open_thread(bot, chat)
        await read(bot, alice, thread, "Aside")
        await heard(synthesizer, "alice said:", "Aside")
        assert synthesizer.asked[-1].voice.id == "Ethan"

    async def test_a_thread_can_be_left_out(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        thread = await open_thread(bot, chat)
        await rule_channel(bot, guild, chat, is_read=True)
        await rule_channel(bot, guild, thread, is_read=False)
        message = await alice.send(thread, "Aside")
        assert await fate_of(bot, message) is Silence.NOT_READ_HERE

    async def test_a_call_hears_nothing_of_other_servers_and_direct_messages(
        self,
        env: Env,
        bot: Bot,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        other = env.create_guild("Elsewhere")
        there = other.create_voice_channel("lounge")
        alice_there = other.add_member(alice.user)
        elsewhere = await alice_there.send(there, f"{mention(bot)} secret")
        await alice.send_dm("Just between us")
        assert await fate_of(bot, elsewhere) is Silence.NO_CALL
        await read(bot, alice, lounge, "Hello")
        await heard(synthesizer, "alice said:", "Hello")

    async def test_a_listed_webhook_is_read_under_the_name_it_writes(
        self,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        herald = guild.create_webhook(lounge, "Herald")
        await rule(bot, guild, listed_bot_ids=(herald.id,))
        assert await fate_of(bot, await herald.send("News", username="Crier")) is None
        await heard(synthesizer, "Crier said:", "News")

    @pytest.mark.parametrize(
        ("prefix", "content"),
        [("say ", "Say  good night"), ("groß:", "GROSS: good night")],
    )
    async def test_what_only_says_that_a_message_is_to_be_read_is_not_spoken(
        self,
        prefix: str,
        content: str,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await rule(bot, guild, read_prefix=prefix)
        await read(bot, alice, lounge, content)
        await heard(synthesizer, "alice said:", "good night")


class TestCaptions:
    async def test_what_is_spoken_is_written_where_it_means_nothing_and_pings_nobody(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        await rule(bot, guild, captions_channel_id=chat.id)
        message = await read(bot, alice, lounge, "See <b> [here](now) @everyone")
        await until(lambda: bool(chat.history()))
        [caption] = chat.history()
        assert caption.content == r"**alice:** See \<b> [here]\(now) everyone"
        assert caption.flags.silent
        [body] = [each.json for each in env.http_requests if each.path.endswith("/messages")]
        assert body["allowed_mentions"] == {"parse": []}
        await alice.delete(message)
        await until(lambda: not chat.history())


class TestComing:
    async def test_the_bot_comes_by_itself_to_say_what_somebody_in_a_call_wrote(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        calls: list[FakePresence],
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await rule(bot, guild, joins_by_itself=True)
        await rule_channel(bot, guild, chat, is_read=True)
        await read(bot, alice, chat, "Anybody there?")
        await heard(synthesizer, "alice said:", "Anybody there?")
        assert [call.channel_id for call in calls] == [lounge.id]

    async def test_the_bot_comes_when_somebody_enters_a_call_that_is_paired(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        env: Env,
        calls: list[FakePresence],
    ) -> None:
        await rule(bot, guild, joins_by_itself=True)
        await rule_channel(bot, guild, chat, is_read=True, voice_channel_id=lounge.id)
        await guild.add_member(env.create_user("carol")).join_voice(lounge)
        await until(lambda: [call.channel_id for call in calls] == [lounge.id])


class TestAttendance:
    async def test_who_comes_and_goes_is_named_in_one_sentence(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await rule(bot, guild, announces_arrivals=True, announces_departures=True)
        carol, dave, erin = (
            guild.add_member(env.create_user(name)) for name in ("carol", "dave", "erin")
        )
        for member in (carol, dave, erin):
            await member.join_voice(lounge)
        await erin.leave_voice()
        await alice.leave_voice()
        await env.advance_time(GATHER_S)
        await heard(synthesizer, "carol and dave joined", "alice left")
