"""Messages that are silent because of what they are, and of when and where they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord._clock import Clock

from bot.client import Bot
from bot.policy.admission import STALE_S, Silence
from bot.settings.kinds import Hours
from tests.cogs.reading import rule, rule_channel
from tests.cogs.silences.conftest import Why
from tests.cogs.silences.reasons import brings_about

SUPPRESS_NOTIFICATIONS = 1 << 12


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
        ({"hold_back_ms": 3_000}, "Hello", Silence.HELD_BACK),
    ],
    ids=lambda value: value.value if isinstance(value, Silence) else "",
)
async def test_moderators_keep_a_message_from_being_read(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    called: None,
    why: Why,
    chosen: dict[str, Any],
    text: str,
) -> None:
    await rule(bot, guild, **chosen)
    message = await alice.send(lounge, text)
    await why(alice, lounge, message)


@brings_about(Silence.SILENT)
async def test_a_message_sent_with_silent(
    env: Env, lounge: ChannelHandle, alice: MemberActor, called: None, why: Why
) -> None:
    env.backend.create_message(lounge.id, alice.id, "Psst", flags=SUPPRESS_NOTIFICATIONS)
    await env.settle()
    [message] = lounge.history()
    await why(alice, lounge, message)


@brings_about(Silence.NOT_WANTED)
async def test_a_picture_where_those_are_not_mentioned(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    called: None,
    why: Why,
) -> None:
    await rule(bot, guild, reads_attachments=False)
    message = await alice.send(lounge, attachments=[("gull.png", b"\x89PNG\r\n\x1a\n")])
    await why(alice, lounge, message)


@brings_about(Silence.NO_CONTENT)
@pytest.mark.parametrize("reads_content", [False])
@pytest.mark.parametrize("chosen", [{}, {"read_prefix": "!"}], ids=["any", "with a prefix"])
async def test_a_message_whose_text_discord_does_not_show(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    called: None,
    why: Why,
    chosen: dict[str, Any],
) -> None:
    await rule(bot, guild, **chosen)
    message = await alice.send(lounge, "!Hello")
    await why(alice, lounge, message)


@brings_about(Silence.STALE)
async def test_a_message_that_comes_late(
    lounge: ChannelHandle,
    alice: MemberActor,
    called: None,
    why: Why,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written_at = datetime.now(UTC) - timedelta(seconds=STALE_S + 1)
    with monkeypatch.context() as outage:
        outage.setattr(Clock, "now", lambda _: written_at)
        message = await alice.send(lounge, "Hello")
    await why(alice, lounge, message)


@brings_about(Silence.NOT_READ_HERE)
async def test_a_channel_nobody_wants_to_be_read(
    chat: ChannelHandle, alice: MemberActor, called: None, why: Why
) -> None:
    message = await alice.send(chat, "Hello")
    await why(alice, chat, message)


@brings_about(Silence.NO_CALL)
async def test_a_bot_that_is_in_no_call(
    lounge: ChannelHandle, alice: MemberActor, why: Why
) -> None:
    message = await alice.send(lounge, "Hello")
    await why(alice, lounge, message)


@brings_about(Silence.OTHER_CALL)
async def test_a_channel_that_is_read_in_another_call(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    called: None,
    why: Why,
) -> None:
    attic = guild.create_voice_channel("attic")
    await rule_channel(bot, guild, chat, is_read=True, voice_channel_id=attic.id)
    message = await alice.send(chat, "Hello")
    await why(alice, chat, message)
