"""What members ask to hear ends with the message it reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor

from bot.client import Bot
from bot.voice.session import VoiceSession
from tests.cogs.answers import messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.reading import rule
from tests.cogs.speaking import until
from tests.voice.fakes import utterance

TEXT = "Dinner is ready"

pytestmark = pytest.mark.usefixtures("in_the_lounge")


@pytest.fixture
async def message(
    synthesizer: AttentiveSynthesizer, chat: ChannelHandle, alice: MemberActor
) -> AsyncIterator[discord.Message]:
    """Alice's message, in a channel that is not read; to say it takes for ever."""
    gate = synthesizer.hold(TEXT)
    yield await alice.send(chat, TEXT)
    gate.set()


Asking = asyncio.Task[InteractionResult]


@pytest.fixture
async def ask(
    chat: ChannelHandle, bob: MemberActor, session: VoiceSession, message: discord.Message
) -> Callable[[], Asking]:
    return lambda: asyncio.create_task(bob.context_menu(chat, "Read aloud", message))


async def test_what_sounds_is_cut_when_the_message_is_deleted(
    env: Env,
    chat: ChannelHandle,
    message: discord.Message,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    ask: Callable[[], Asking],
) -> None:
    asking = ask()
    await synthesizer.was_asked.wait()
    [turn] = session.turns
    env.backend.delete_message(chat.id, message.id)
    assert (await turn.wait_until_ended()).reason == "taken_back"
    assert refusal(env, await asking) == "The message was taken back."


async def test_what_waits_is_gone_when_the_message_is_deleted(
    env: Env,
    chat: ChannelHandle,
    message: discord.Message,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    ask: Callable[[], Asking],
) -> None:
    gate = synthesizer.hold("First")
    session.enqueue(utterance("First", speaker_id=1))
    asking = ask()
    await until(lambda: len(session.turns) == 2)
    env.backend.delete_message(chat.id, message.id)
    acknowledged, ended = messages(await asking)
    assert acknowledged.content == "Cherry says it after 1 other message."
    assert (ended.content, ended.ephemeral) == ("The message was taken back.", True)
    assert env.errors
    assert [turn.utterance.requests[0].text for turn in session.turns] == ["First"]
    gate.set()


async def test_what_is_edited_is_not_said_as_it_was(
    env: Env,
    chat: ChannelHandle,
    message: discord.Message,
    session: VoiceSession,
    ask: Callable[[], Asking],
) -> None:
    asking = ask()
    await until(lambda: len(session.turns) == 1)
    env.backend.edit_message(chat.id, message.id, {"content": "Lunch is ready"})
    assert refusal(env, await asking) == "The message was edited."


async def test_what_is_only_published_elsewhere_is_said_on(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    message: discord.Message,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    ask: Callable[[], Asking],
) -> None:
    async def say_it(_: discord.RawMessageUpdateEvent) -> None:
        synthesizer.hold(TEXT).set()

    bot.add_listener(say_it, "on_raw_message_edit")  # comes after the bot's own
    asking = ask()
    await until(lambda: len(session.turns) == 1)
    env.backend.crosspost_message(chat.id, message.id)
    assert private_answer(env, await asking) == "Speaking as Cherry."


async def test_what_was_written_in_a_channel_that_is_gone_is_said_no_more(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    message: discord.Message,
    session: VoiceSession,
    ask: Callable[[], Asking],
) -> None:
    asking = ask()
    await until(lambda: len(session.turns) == 1)
    [turn] = session.turns
    channel = bot.get_channel(chat.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()
    assert (await turn.wait_until_ended()).reason == "taken_back"
    await asyncio.gather(asking, return_exceptions=True)
    assert env.errors  # who has asked cannot be answered there any more


async def test_what_somebody_wrote_who_is_muted_then_is_said_no_more(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    alice: MemberActor,
    session: VoiceSession,
    ask: Callable[[], Asking],
) -> None:
    asking = ask()
    await until(lambda: len(session.turns) == 1)
    bot.reading.hush(alice.id, guild.id)
    assert refusal(env, await asking) == "The message was taken back."


async def test_what_is_deleted_before_it_has_a_turn_is_not_said(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    message: discord.Message,
    session: VoiceSession,
    ask: Callable[[], Asking],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()
    prepare = bot.speech.prepare

    async def prepare_late(*args: Any) -> Any:
        asked.set()
        await gone.wait()
        return await prepare(*args)

    async def note(_: discord.RawMessageDeleteEvent) -> None:
        gone.set()

    monkeypatch.setattr(bot.speech, "prepare", prepare_late)
    bot.add_listener(note, "on_raw_message_delete")  # comes after the bot's own
    asking = ask()
    await asked.wait()
    env.backend.delete_message(chat.id, message.id)
    assert refusal(env, await asking) == "The message was taken back."
    assert not session.turns


async def test_captions_of_both_who_asked_go_with_the_message(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    message: discord.Message,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    await rule(bot, guild, captions_channel_id=lounge.id)
    synthesizer.hold(TEXT).set()
    for _ in range(2):
        await bob.context_menu(chat, "Read aloud", message)
    await until(lambda: len(lounge.history()) == 2)
    await alice.delete(message)
    await until(lambda: not lounge.history())
