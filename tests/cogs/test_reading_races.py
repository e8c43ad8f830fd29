"""What becomes of a message that is taken back or edited while it is put into words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from simcord import ChannelHandle, MemberActor

from bot.client import Bot
from bot.models import Language
from bot.policy.admission import Silence
from bot.reading.incoming import Author, Incoming
from bot.settings.channel import ChannelSettings
from bot.settings.choices import NameReading
from bot.settings.guild import GuildSettings
from bot.text.message import ChatMessage
from bot.voice.session import VoiceSession
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.speaking import until

ID = 1_234_567_890_123_456


class Gate:
    """Holds up what puts messages into words."""

    def __init__(self, open_up: Callable[..., Any]) -> None:
        self._go_on = open_up
        self.is_reached = asyncio.Event()
        self.is_open = asyncio.Event()

    async def __call__(self, *args: Any, **options: Any) -> Any:
        self.is_reached.set()
        await self.is_open.wait()
        return await self._go_on(*args, **options)


@pytest.fixture
async def gate(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gate]:
    gate = Gate(bot.speech.introduce)
    monkeypatch.setattr(bot.speech, "introduce", gate)
    yield gate
    gate.is_open.set()


async def begin(
    bot: Bot, gate: Gate, session: VoiceSession, alice: MemberActor, lounge: ChannelHandle
) -> None:
    """Let a member write in the chat of the call, and return once that is put into words."""
    await alice.join_voice(lounge)
    await bot.settings.change_guild(
        session.guild_id, lambda _: GuildSettings(name_reading=NameReading.OFF), by=1
    )
    bot.reading.on_message(written(session, alice, "First"))
    await gate.is_reached.wait()


def written(session: VoiceSession, member: MemberActor, text: str) -> Incoming:
    call = session.channel
    author = Author(member.id, member.name, member.name, call=call)
    return Incoming(
        ID,
        session.guild_id,
        call.id,
        None,
        author,
        ChatMessage(text),
        datetime.now(UTC),
        is_in_voice_chat=True,
    )


def fate(bot: Bot) -> Silence | None:
    found = bot.reading.recent.get(ID, asyncio.get_running_loop().time())
    assert found
    return found.silence


@pytest.mark.parametrize(
    "take_back",
    [
        lambda bot, session, _alice: bot.reading.on_deleted(session.guild_id, [ID]),
        lambda bot, session, alice: bot.reading.on_silenced(session.guild_id, alice.id),
    ],
    ids=["deleted", "silenced"],
)
async def test_what_is_taken_back_while_it_is_put_into_words_is_not_spoken(
    bot: Bot,
    gate: Gate,
    session: VoiceSession,
    alice: MemberActor,
    lounge: ChannelHandle,
    synthesizer: AttentiveSynthesizer,
    take_back: Callable[[Bot, VoiceSession, MemberActor], None],
) -> None:
    await begin(bot, gate, session, alice, lounge)
    take_back(bot, session, alice)
    gate.is_open.set()
    await until(lambda: len(bot.reading.recent) == 1)
    assert fate(bot) is Silence.TAKEN_BACK
    assert not session.turns
    assert not synthesizer.asked


@pytest.mark.parametrize("is_read", [True, False], ids=["read", "removed"])
async def test_a_channel_is_given_rules_while_what_was_written_there_is_put_into_words(
    bot: Bot,
    gate: Gate,
    session: VoiceSession,
    alice: MemberActor,
    lounge: ChannelHandle,
    is_read: bool,
) -> None:
    await begin(bot, gate, session, alice, lounge)
    rules = ChannelSettings(is_read=is_read, language=Language.ENGLISH)
    await bot.settings.change_channel(session.guild_id, lounge.id, lambda _: rules, by=1)
    gate.is_open.set()
    await until(lambda: len(bot.reading.recent) == 1 and fate(bot) is not Silence.HELD_BACK)
    assert fate(bot) is (None if is_read else Silence.NOT_READ_HERE)


async def test_what_is_edited_while_it_is_put_into_words_is_spoken_as_it_is_now(
    bot: Bot,
    gate: Gate,
    session: VoiceSession,
    alice: MemberActor,
    lounge: ChannelHandle,
    synthesizer: AttentiveSynthesizer,
) -> None:
    await begin(bot, gate, session, alice, lounge)
    session.pause()
    for text in ("Second", "Third"):
        bot.reading.on_edited(written(session, alice, text))
    gate.is_open.set()
    await until(lambda: any(request.text == "Third" for request in synthesizer.asked))
    [turn] = [turn for turn in session.turns if not turn.has_ended]
    assert [request.text for request in turn.utterance.requests] == ["Third"]
