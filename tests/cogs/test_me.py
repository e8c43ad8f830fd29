"""`/optout`, `/optin` and `/nickname`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.consent import Consent, fetch_consent
from bot.reading.incoming import Author, Incoming
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from bot.text.message import ChatMessage
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer, refusal
from tests.cogs.speaking import Speak

HINT = "Commands such as /say still speak for you. Change your mind with /optin."
OUT_HERE = f"I read nothing of what you write in this server any more. {HINT}"
OUT = f"I read nothing of what you write any more, in any server. {HINT}"
IN_HERE = "I read what you write in this server."
IN = "I read what you write, in every server that lets me."
NOT_ELSEWHERE = "In all other servers I still do not: /optin everywhere: True changes that."
MUTED = "Moderators of this server have muted you: ask one of them first."


class Asked(Protocol):
    """Looks up whether a member is read in a server, and in all others."""

    async def __call__(self, member: MemberActor, guild: GuildHandle) -> Consent: ...


@pytest.fixture
def consent(bot: Bot) -> Asked:
    async def ask(member: MemberActor, guild: GuildHandle) -> Consent:
        return await fetch_consent(bot.settings, member.id, guild.id)

    return ask


def written(id_: int, member: MemberActor, session: VoiceSession) -> Incoming:
    """Return what a member has just written in the chat of the bot's call."""
    call = session.channel
    return Incoming(
        id=id_,
        guild_id=session.guild_id,
        channel_id=call.id,
        parent_id=None,
        author=Author(member.id, member.name, member.name, call=call),
        message=ChatMessage(f"{member.name} was here"),
        sent_at=datetime.now(UTC),
        is_in_voice_chat=True,
    )


class TestOut:
    async def test_here_is_in_this_server_only(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bob: MemberActor,
        consent: Asked,
    ) -> None:
        elsewhere = env.create_guild("Elsewhere")
        assert private_answer(env, await alice.slash(chat, "optout")) == OUT_HERE
        assert await consent(alice, guild) == Consent(False, True)
        assert await consent(alice, elsewhere) == Consent(True, True)
        assert await consent(bob, guild) == Consent(True, True)

    async def test_everywhere_is_in_every_server_whatever_was_decided_there(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        consent: Asked,
    ) -> None:
        wanted = MemberSettings(voice="Kai", is_opted_out=False)
        await bot.settings.change_member(alice.id, guild.id, lambda _: wanted)
        told = private_answer(env, await alice.slash(chat, "optout", everywhere=True))
        assert told == OUT
        assert await consent(alice, guild) == Consent(False, False)
        kept = await bot.settings.fetch_member(alice.id, guild.id)
        assert kept == MemberSettings(voice="Kai")

    async def test_alone_with_me_it_is_everywhere(
        self, env: Env, guild: GuildHandle, alice: MemberActor, consent: Asked
    ) -> None:
        assert private_answer(env, await alice.user.slash("optout")) == OUT
        assert await consent(alice, guild) == Consent(False, False)

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

    @pytest.mark.parametrize("options", [{}, {"everywhere": True}], ids=["here", "everywhere"])
    async def test_what_is_held_back_is_not_read_either(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        bot: Bot,
        options: dict[str, bool],
    ) -> None:
        patient = GuildSettings(hold_back_ms=3_000)
        await bot.settings.change_guild(guild.id, lambda _: patient, by=1)
        for id_, member in enumerate((alice, bob), start=1):
            bot.reading.on_message(written(id_, member, session))
        await alice.slash(chat, "optout", **options)
        held_back = bot.reading._backlogs[guild.id]._pending
        assert list(held_back) == [2]

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
        consent: Asked,
    ) -> None:
        elsewhere = env.create_guild("Elsewhere")
        await alice.slash(chat, "optout", everywhere=True)
        told = private_answer(env, await alice.slash(chat, "optin"))
        assert told == f"{IN_HERE} {NOT_ELSEWHERE}"
        assert await consent(alice, guild) == Consent(True, False)
        assert await consent(alice, elsewhere) == Consent(False, False)

    async def test_everywhere_is_in_every_server(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        consent: Asked,
    ) -> None:
        await alice.slash(chat, "optout")
        await alice.slash(chat, "optout", everywhere=True)
        told = private_answer(env, await alice.slash(chat, "optin", everywhere=True))
        assert told == IN
        assert await consent(alice, guild) == Consent(True, True)

    async def test_who_is_muted_is_told_so(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await bot.settings.change_rules(
            guild.id, alice.id, lambda _: MemberRules(is_muted=True), by=1
        )
        assert private_answer(env, await alice.slash(chat, "optin")) == f"{IN_HERE} {MUTED}"

    async def test_who_was_never_out_is_still_in(
        self, env: Env, alice: MemberActor, guild: GuildHandle, consent: Asked
    ) -> None:
        assert private_answer(env, await alice.user.slash("optin")) == IN
        assert await consent(alice, guild) == Consent(True, True)


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


class TestNickname:
    HERE = (
        "Saved for this server. I call you “{name}” in this server. /nickname alone lets go of it."
    )
    EVERYWHERE = (
        "Saved for all servers. I call you “{name}”. "
        "/nickname everywhere: True alone lets go of it."
    )
    RESET = "I call you by the name others see. Choose another with /nickname."

    @pytest.mark.parametrize(
        ("written", "kept", "said"),
        [
            ("Ali", "Ali", "Ali"),
            ("  Ali\u200b  the \u202e Great ", "Ali the Great", "Ali the Great"),
            ("★ Ali ★", "★ Ali ★", "Ali"),
            ("小明", "小明", "小明"),
            ("**Ali**", "**Ali**", "Ali"),
        ],
        ids=["plain", "unseen", "decorated", "chinese", "markdown"],
    )
    async def test_a_name_is_saved_and_shown_as_it_will_be_said(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        written: str,
        kept: str,
        said: str,
    ) -> None:
        told = private_answer(env, await alice.slash(chat, "nickname", name=written))
        assert told == self.HERE.format(name=said)
        assert (await bot.settings.fetch_member(alice.id, guild.id)).spoken_name == kept

    async def test_the_dictionary_has_its_say_in_how_it_is_said(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        entry = LexiconEntry("Siobhan", "Shivawn")
        await bot.lexicons.add(LexiconOwner(guild_id=guild.id), [entry], by=1)
        told = private_answer(env, await alice.slash(chat, "nickname", name="Siobhan"))
        assert told == self.HERE.format(name="Shivawn")

    async def test_without_a_name_one_is_called_as_others_see_one(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await alice.slash(chat, "nickname", name="Ali")
        told = private_answer(env, await alice.slash(chat, "nickname"))
        assert told == f"Saved for this server. {self.RESET}"
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings()

    async def test_the_name_for_this_server_is_over_that_for_all(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        result = await alice.slash(chat, "nickname", name="Al", everywhere=True)
        assert private_answer(env, result) == self.EVERYWHERE.format(name="Al")
        await alice.slash(chat, "nickname", name="Ali")
        told = private_answer(env, await alice.slash(chat, "nickname", everywhere=True))
        assert told == (
            "Saved for all servers. I call you “Ali” in this server. /nickname alone lets go of it."
        )
        assert (await bot.settings.fetch_member(alice.id, None)).spoken_name is None

    async def test_alone_with_me_it_is_for_all_servers(
        self, env: Env, alice: MemberActor, bot: Bot
    ) -> None:
        told = private_answer(env, await alice.user.slash("nickname", name="Ali"))
        assert told == self.EVERYWHERE.format(name="Ali")
        assert (await bot.settings.fetch_member(alice.id, None)).spoken_name == "Ali"

    @pytest.mark.parametrize(
        ("written", "sentence"),
        [
            ("🙂🙂", "I cannot say that name. Write it in letters, such as: Ali."),
            ("\u200b", "I cannot say that name. Write it in letters, such as: Ali."),
            (
                "Big Darn Hero",
                "There is a word in that name that I never say in this server. Choose another.",
            ),
            (
                "D★a★r★n",
                "There is a word in that name that I never say in this server. Choose another.",
            ),
        ],
        ids=["emoji", "nothing to see", "blocked", "blocked in disguise"],
    )
    @pytest.mark.parametrize("options", [{}, {"everywhere": True}], ids=["here", "everywhere"])
    async def test_what_cannot_or_must_not_be_said_is_refused(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        written: str,
        sentence: str,
        options: dict[str, Any],
    ) -> None:
        server = GuildSettings(blocked_words=("darn",))
        await bot.settings.change_guild(guild.id, lambda _: server, by=1)
        result = await alice.slash(chat, "nickname", name=written, **options)
        assert refusal(env, result) == sentence
        assert not await bot.settings.fetch_everything_of_member(alice.id)
