"""What is edited, deleted or banned before it was read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest
from discord import AuditLogAction
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.settings.choices import EditReading
from bot.voice.session import VoiceSession
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.reading import fate_of, heard, read, rule
from tests.cogs.speaking import until
from tests.voice.fakes import utterance

TIMED_OUT = "communication_disabled_until"
LATER = "2100-01-01T00:00:00+00:00"

pytestmark = pytest.mark.usefixtures("today", "in_the_lounge")


class TestWhatIsTakenBack:
    """Alice's first message is being spoken for ever; what comes after it waits."""

    @pytest.fixture(autouse=True)
    async def first(
        self,
        today: None,
        in_the_lounge: None,
        bot: Bot,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> AsyncIterator[discord.Message]:
        gate = synthesizer.hold("One")
        first = await read(bot, alice, lounge, "One")
        await heard(synthesizer, "alice said:", "One")
        yield first
        gate.set()

    @pytest.mark.parametrize(
        ("on_edit", "order"),
        [
            (EditReading.REPLACE, ["One", "Two and a half", "Three"]),
            (EditReading.REQUEUE, ["One", "Three", "Two and a half"]),
            (EditReading.DROP, ["One", "Three"]),
        ],
    )
    async def test_what_waits_is_edited(
        self,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        on_edit: EditReading,
        order: list[str],
    ) -> None:
        await rule(bot, guild, on_edit=on_edit)
        two = await read(bot, alice, lounge, "Two")
        await read(bot, alice, lounge, "Three")
        await alice.edit(two, "Two and a half")
        await until(lambda: waiting(session) == order)

    async def test_what_sounds_is_cut_when_it_is_deleted(
        self, first: discord.Message, alice: MemberActor, session: VoiceSession
    ) -> None:
        [turn] = session.turns
        await alice.delete(first)
        outcome = await turn.wait_until_ended()
        assert outcome.reason == "taken_back"

    async def test_what_waits_is_forgotten_when_it_is_deleted(
        self,
        bot: Bot,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        two = await read(bot, alice, lounge, "Two")
        await alice.delete(two)
        assert waiting(session) == ["One"]

    async def test_what_is_deleted_at_once_is_forgotten_together(
        self,
        bot: Bot,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
    ) -> None:
        doomed = [await read(bot, bob, lounge, text) for text in ("Two", "Three")]
        await read(bot, alice, lounge, "Four")
        channel = bot.get_channel(lounge.id)
        assert isinstance(channel, discord.VoiceChannel)
        await channel.delete_messages(doomed)
        await until(lambda: waiting(session) == ["One", "Four"])

    async def test_what_somebody_banned_wrote_is_forgotten(
        self,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        bob: MemberActor,
        session: VoiceSession,
    ) -> None:
        await read(bot, bob, lounge, "Two")
        server = bot.get_guild(guild.id)
        assert server is not None
        await server.ban(discord.Object(bob.id))
        await until(lambda: waiting(session) == ["One"])

    @pytest.mark.parametrize(
        ("action", "changes"),
        [
            (AuditLogAction.ban, []),
            (AuditLogAction.kick, []),
            (AuditLogAction.member_update, [{"key": TIMED_OUT, "new_value": LATER}]),
            (AuditLogAction.automod_timeout_member, []),
            (AuditLogAction.automod_quarantine_user, []),
        ],
        ids=lambda value: value.name if isinstance(value, AuditLogAction) else "",
    )
    async def test_what_somebody_said_whom_the_audit_log_names_is_forgotten(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        action: AuditLogAction,
        changes: list[dict[str, str]],
    ) -> None:
        written = await read(bot, bob, lounge, "Two")
        session.enqueue(utterance("By a command", speaker_id=bob.id))
        await read(bot, alice, lounge, "Three")
        assert set(waiting(session)) == {"One", "Two", "By a command", "Three"}
        env.backend.record_audit_log(guild.id, action.value, target_id=bob.id, changes=changes)
        await until(lambda: waiting(session) == ["One", "Three"])
        assert await fate_of(bot, written) is Silence.TAKEN_BACK

    @pytest.mark.parametrize(
        ("action", "changes"),
        [
            (AuditLogAction.member_update, [{"key": TIMED_OUT, "old_value": LATER}]),
            (AuditLogAction.unban, []),
            (AuditLogAction.member_role_update, []),
        ],
        ids=lambda value: value.name if isinstance(value, AuditLogAction) else "",
    )
    async def test_who_may_still_write_is_heard(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        bob: MemberActor,
        session: VoiceSession,
        action: AuditLogAction,
        changes: list[dict[str, str]],
    ) -> None:
        await read(bot, bob, lounge, "Two")
        env.backend.record_audit_log(guild.id, action.value, target_id=bob.id, changes=changes)
        await env.settle()
        assert waiting(session) == ["One", "Two"]

    async def test_what_somebody_banned_said_is_forgotten_without_the_audit_log(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        bob: MemberActor,
        session: VoiceSession,
    ) -> None:
        await read(bot, bob, lounge, "Two")
        session.enqueue(utterance("By a command", speaker_id=bob.id))
        env.backend.apply_ban(guild.id, bob.id, None)
        await until(lambda: waiting(session) == ["One"])


def waiting(session: VoiceSession) -> list[str]:
    """Return what is said in a call and what waits, without what is taken back."""
    return [turn.utterance.requests[0].text for turn in session.turns if not turn.is_cut]


class TestHeldBack:
    async def test_what_is_edited_while_it_is_held_back_is_read_as_it_is_then(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await rule(bot, guild, hold_back_ms=3_000)
        rash, doomed = await alice.send(lounge, "Grr"), await alice.send(lounge, "Never mind")
        await alice.edit(rash, "Hello")
        await alice.delete(doomed)
        await env.advance_time(3.0)
        assert await fate_of(bot, rash) is None
        await heard(synthesizer, "alice said:", "Hello")
