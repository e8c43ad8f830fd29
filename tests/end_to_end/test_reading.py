"""The chat of a call, read aloud by the real bot, and taken back as people take it back."""

from __future__ import annotations

import asyncio
import time

import pytest
import pytest_asyncio

from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import BOT_DEFAULT, Permission
from tests.end_to_end.stage import ANSWER_S, Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

ABOUT_THE_STORM = (
    "The harbour is closed tonight, and every ship has to wait outside number {number}. "
)
FRAME_S = 0.02
CUT_S = 0.25
"""40 ms from the event to the last packet (issue: unsay), and a busy machine between them."""


class Chat:
    """The chat of the lounge, with the bot in the call; `since` is where a test begins."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.world = stage.loopback
        self.since = len(stage.loopback.qwen.requests)

    async def write(self, text: str, *, silent: bool = False) -> Message:
        """Let Ann write."""
        return await self.world.speaker.send(self.world.voice_channel, text, silent=silent)

    async def write_long(self, times: int = 1) -> Message:
        """Let Ann write what takes a while to be said, and was not said before."""
        text = ABOUT_THE_STORM.format(number=self.since)
        message = await self.write(text * times)
        await self.until_asked("The harbour")
        return message

    @property
    def asked(self) -> list[str]:
        """What the endpoint was asked to say in this test."""
        return [str(each.text) for each in self.world.qwen.requests[self.since :]]

    async def until_asked(self, text: str) -> None:
        async with asyncio.timeout(ANSWER_S):
            while text not in " ".join(self.asked):
                await asyncio.sleep(0.01)

    async def why(self, by: Member | None = None) -> str:
        """Let somebody, usually Ann, ask why their last message was not read."""
        asked = await (by or self.world.speaker).slash("read why")
        return (await self.stage.answer(asked)).content

    async def until_it_waits(self, by: Member | None = None) -> None:
        """Wait until somebody's last message has its place in the queue."""
        async with asyncio.timeout(ANSWER_S):
            while "It waits its turn" not in await self.why(by):
                await asyncio.sleep(0.01)

    async def hear_for(self, seconds: float) -> None:
        """Wait until so much was heard in this test."""
        since_ns, ear, bot_id = self.stage.since_ns, self.stage.ear, self.stage.bot_id

        def was_heard() -> bool:
            packets = ear.heard(bot_id).packets
            audible = [
                each for each in packets if each.arrived_ns > since_ns and not each.is_silence
            ]
            return len(audible) * FRAME_S >= seconds

        await ear.wait_until(was_heard, timeout_s=ANSWER_S)

    async def until_quiet(self) -> None:
        await self.stage.ear.wait_until_quiet(self.stage.bot_id, quiet_ms=400, timeout_s=60)


@pytest_asyncio.fixture(loop_scope="module")
async def chat(stage: Stage) -> Chat:
    await stage.answer(await stage.loopback.speaker.slash("join"))
    return Chat(stage)


async def test_what_people_in_the_call_write_there_is_heard(chat: Chat) -> None:
    await chat.write("The lighthouse is lit.")
    samples = chat.stage.heard_samples(await chat.stage.hear_out())
    name, text = (
        find(expected(said, language="English"), samples)
        for said in ("Ann said", "The lighthouse is lit.")
    )
    assert name[1] > 0.8
    assert text[1] > 0.8
    assert name[0] < text[0]


async def test_a_name_is_said_when_the_speaker_changes(chat: Chat) -> None:
    world = chat.world
    for writer, text in (
        (world.speaker, "One boat."),
        (world.speaker, "Two boats."),
        (world.listener, "Three boats."),
    ):
        await writer.send(world.voice_channel, text)
        await chat.until_asked(text)
    await chat.stage.hear_out()
    assert chat.asked == ["Ann said:", "One boat.", "Two boats.", "Ben said:", "Three boats."]


async def test_a_deleted_message_is_cut_mid_word(chat: Chat) -> None:
    message = await chat.write_long(2)
    await chat.hear_for(1.5)  # past the name, and in the middle
    deleted_ns = time.monotonic_ns()
    await chat.world.speaker.delete(message)
    await chat.until_quiet()
    heard = chat.stage.ear.heard(chat.stage.bot_id)
    last_ns = max(packet.arrived_ns for packet in heard.packets if not packet.is_silence)
    assert last_ns > deleted_ns - 1e9, "it had ended before"
    assert (last_ns - deleted_ns) / 1e9 < CUT_S


async def test_a_message_deleted_before_its_turn_is_never_asked_for(chat: Chat) -> None:
    await chat.write_long()
    second = await chat.write("Wait for it.")
    third = await chat.write("I take this back.")
    await chat.world.moderator.purge(chat.world.voice_channel, [second, third])
    await chat.write("The end.")
    await chat.until_asked("The end.")
    await chat.stage.hear_out()
    assert not {"Wait for it.", "I take this back."} & set(chat.asked)


async def test_of_an_edited_message_the_new_text_is_said(chat: Chat) -> None:
    await chat.write_long()
    await chat.write("Nothing to see here.")
    waiting = await chat.write("I lvoe it.")
    await chat.until_it_waits()
    await chat.world.speaker.edit(waiting, "I love it.")
    await chat.until_asked("I love it.")
    await chat.stage.hear_out()
    assert "I lvoe it." not in chat.asked


async def test_the_preview_of_a_link_is_no_edit(chat: Chat) -> None:
    message = await chat.write("Look at https://example.org/boats, it is beautiful there.")
    await chat.until_asked("Look at")
    await chat.stage.hear()
    chat.world.discord.unfurl(message, {"type": "article", "title": "Boats"})
    await chat.stage.hear_out()
    assert chat.asked[0] == "Ann said:"
    assert len(chat.asked) == 2
    assert "example.org" in chat.asked[1]


async def test_what_is_sent_silently_is_not_read(chat: Chat) -> None:
    await chat.write("Psst.", silent=True)
    await chat.write("Hello.")
    await chat.until_asked("Hello.")
    await chat.stage.hear_out()
    assert "Psst." not in chat.asked


@pytest.mark.parametrize(
    ("delete_s", "granted"),
    [(3_600, Permission.NONE), (0, Permission.VIEW_AUDIT_LOG)],
    ids=["that deletes messages", "that is seen in the audit log"],
)
async def test_a_ban_takes_back_what_waits(chat: Chat, delete_s: int, granted: Permission) -> None:
    world = chat.world
    # What was written twice within a minute is not read a third time.
    the_end = f"The end of this is not {delete_s}."
    world.guild.set_bot_permissions(BOT_DEFAULT | granted)
    troll = world.guild.add_member("Tim")
    await troll.join_voice(world.voice_channel)
    await chat.write_long()
    await troll.send(world.voice_channel, "Nobody wants to hear this.")
    await chat.until_it_waits(troll)
    await world.moderator.ban(troll, delete_s=delete_s)
    await chat.write(the_end)
    await chat.until_asked(the_end)
    samples = chat.stage.heard_samples(await chat.stage.hear_out())
    # It may have been made already while what came before it sounded.
    assert find(expected("Nobody wants to hear this.", language="English"), samples)[1] < 0.5
    assert find(expected(the_end, language="English"), samples)[1] > 0.8
    world.guild.set_bot_permissions(BOT_DEFAULT)


async def test_who_opts_out_is_cut_off_and_not_read_again(chat: Chat) -> None:
    world = chat.world
    await chat.write_long(2)
    await chat.stage.hear()
    await chat.stage.answer(await world.speaker.slash("optout"))
    await chat.until_quiet()
    await chat.write("Do not read me.")
    async with asyncio.timeout(ANSWER_S):
        while "does not want to be read" not in await chat.why():
            await asyncio.sleep(0.01)
    await chat.stage.answer(await world.speaker.slash("optin"))
    assert "Do not read me." not in chat.asked


async def test_a_long_message_ends_with_and_so_on(chat: Chat) -> None:
    await chat.write_long(10)
    await chat.until_asked("and so on")
    said = " ".join(chat.asked[1:])
    assert len(said) <= 310
    await chat.stage.answer(await chat.world.moderator.slash("stop"))
    await chat.until_quiet()
