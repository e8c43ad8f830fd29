"""`/optout` and `/optin`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.consent import Consent, ConsentService
from bot.settings.member import MemberRules, MemberSettings
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer
from tests.cogs.speaking import Speak

HINT = "Commands such as /say still speak for you. Change your mind with /optin."
OUT_HERE = f"I read nothing of what you write in this server any more. {HINT}"
OUT = f"I read nothing of what you write any more, in any server. {HINT}"
IN_HERE = "I read what you write in this server."
IN = "I read what you write, in every server that lets me."
NOT_ELSEWHERE = "In all other servers I still do not: /optin everywhere: True changes that."
MUTED = "Moderators of this server have muted you: ask one of them first."


@pytest.fixture
def consent(bot: Bot) -> ConsentService:
    return ConsentService(settings=bot.settings, hush=lambda _member, _guild: None)


class TestOut:
    async def test_here_is_in_this_server_only(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bob: MemberActor,
        consent: ConsentService,
    ) -> None:
        elsewhere = env.create_guild("Elsewhere")
        assert private_answer(env, await alice.slash(chat, "optout")) == OUT_HERE
        assert await consent.fetch(alice.id, guild.id) == Consent(False, True)
        assert await consent.fetch(alice.id, elsewhere.id) == Consent(True, True)
        assert await consent.fetch(bob.id, guild.id) == Consent(True, True)

    async def test_everywhere_is_in_every_server_whatever_was_decided_there(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        consent: ConsentService,
    ) -> None:
        wanted = MemberSettings(voice="Kai", is_opted_out=False)
        await bot.settings.change_member(alice.id, guild.id, lambda _: wanted)
        told = private_answer(env, await alice.slash(chat, "optout", everywhere=True))
        assert told == OUT
        assert await consent.fetch(alice.id, guild.id) == Consent(False, False)
        kept = await bot.settings.fetch_member(alice.id, guild.id)
        assert kept == MemberSettings(voice="Kai")

    async def test_alone_with_me_it_is_everywhere(
        self, env: Env, guild: GuildHandle, alice: MemberActor, consent: ConsentService
    ) -> None:
        assert private_answer(env, await alice.user.slash("optout")) == OUT
        assert await consent.fetch(alice.id, guild.id) == Consent(False, False)

    async def test_what_waits_or_sounds_is_taken_back_at_once(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        speak: Speak,
    ) -> None:
        said = await speak((alice, "One"), (bob, "Two"), (alice, "Three"))
        await alice.slash(chat, "optout")
        outcomes = [await turn.wait_until_ended() for turn in (said[0], said[2])]
        assert {outcome.reason for outcome in outcomes} == {"taken_back"}
        assert said[1] in session.turns

    async def test_a_call_in_another_server_goes_on(
        self, env: Env, alice: MemberActor, session: VoiceSession, speak: Speak
    ) -> None:
        [turn] = await speak((alice, "One"))
        other = env.create_guild("Elsewhere")
        there = other.create_text_channel("chat")
        alice_there = other.add_member(alice.user)
        await alice_there.slash(there, "optout")
        assert not turn.is_cut
        await alice_there.slash(there, "optout", everywhere=True)
        assert turn.is_cut


class TestIn:
    async def test_here_takes_back_what_was_decided_here(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await alice.slash(chat, "optout")
        assert private_answer(env, await alice.slash(chat, "optin")) == IN_HERE
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings()

    async def test_here_is_an_exception_from_everywhere(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        consent: ConsentService,
    ) -> None:
        elsewhere = env.create_guild("Elsewhere")
        await alice.slash(chat, "optout", everywhere=True)
        told = private_answer(env, await alice.slash(chat, "optin"))
        assert told == f"{IN_HERE} {NOT_ELSEWHERE}"
        assert await consent.fetch(alice.id, guild.id) == Consent(True, False)
        assert await consent.fetch(alice.id, elsewhere.id) == Consent(False, False)

    async def test_everywhere_is_in_every_server(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        consent: ConsentService,
    ) -> None:
        await alice.slash(chat, "optout")
        await alice.slash(chat, "optout", everywhere=True)
        told = private_answer(env, await alice.slash(chat, "optin", everywhere=True))
        assert told == IN
        assert await consent.fetch(alice.id, guild.id) == Consent(True, True)

    async def test_who_is_muted_is_told_so(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await bot.settings.change_rules(
            guild.id, alice.id, lambda _: MemberRules(is_muted=True), by=1
        )
        assert private_answer(env, await alice.slash(chat, "optin")) == f"{IN_HERE} {MUTED}"

    async def test_who_was_never_out_is_still_in(
        self, env: Env, alice: MemberActor, guild: GuildHandle, consent: ConsentService
    ) -> None:
        assert private_answer(env, await alice.user.slash("optin")) == IN
        assert await consent.fetch(alice.id, guild.id) == Consent(True, True)


async def test_each_decision_leaves_the_voice_alone(
    env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
) -> None:
    voice = MemberSettings(voice="Kai", speed=2.0)
    await bot.settings.change_member(alice.id, guild.id, lambda _: voice)
    await alice.slash(chat, "optout")
    out = replace(voice, is_opted_out=True)
    assert await bot.settings.fetch_member(alice.id, guild.id) == out
    await alice.slash(chat, "optin")
    assert await bot.settings.fetch_member(alice.id, guild.id) == voice
