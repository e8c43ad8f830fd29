"""A moderator chooses the server's voice, a member their own, and both are heard."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.loopback import open_loopback
from tests.end_to_end.conftest import ENDPOINT
from tests.end_to_end.stage import Samples, Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SAME, OTHER = 0.9, 0.5
TEXT = "The harbour is open."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for all tests of this file, which keeps what was said."""
    async with (
        open_loopback(ENDPOINT) as loopback,
        BotProcess(loopback, tmp_path_factory.mktemp("data")) as bot,
    ):
        yield Stage(loopback, bot)


async def use(stage: Stage, who: Member, command: str, **options: Any) -> Message:
    return await stage.answer(await who.slash(command, options))


async def say(stage: Stage, who: Member, text: str) -> Samples:
    """Let somebody say something in the lounge, and return what was heard of the bot then."""
    stage.since_ns = time.monotonic_ns()
    await who.slash("say", {"text": text})
    return stage.heard_samples(await stage.hear_out())


def likeness(heard: Samples, text: str, voice: str) -> float:
    return find(expected(text, voice), heard)[1]


async def test_the_servers_voice_and_a_members_own_are_heard_as_two(stage: Stage) -> None:
    mia, ann = stage.loopback.moderator, stage.loopback.speaker
    await mia.join_voice(stage.loopback.voice_channel)
    panel = await use(stage, mia, "server panel")
    await (await mia.choose(panel, "Voice", "Serena")).wait_for_ack()
    picker = await use(stage, ann, "voice browse")
    await (await ann.choose(picker, "Choose who speaks for you", "Ethan · 晨煦")).wait_for_ack()
    assert "Saved for this server." in picker.text
    for who, own, other in ((mia, "Serena", "Ethan"), (ann, "Ethan", "Serena")):
        heard = await say(stage, who, TEXT)
        assert likeness(heard, TEXT, own) > SAME
        assert likeness(heard, TEXT, other) < OTHER


async def test_a_voice_that_was_listened_to_once_costs_nothing_more(stage: Stage) -> None:
    world = stage.loopback
    previews = []
    for member in (world.speaker, world.speaker, world.moderator):
        picker = await use(stage, member, "voice browse")
        before = len(world.qwen.requests)
        heard = await stage.answer(await member.press(picker, "Listen to Momo"))
        [file] = heard.attachments
        assert heard.visible_to is member.user
        assert file.description == "Hello, I am Momo. This is how I sound."
        previews.append(len(world.qwen.requests) - before)
    assert previews == [1, 0, 0]


async def test_what_moderators_forbid_is_not_heard_again(stage: Stage) -> None:
    mia, ann = stage.loopback.moderator, stage.loopback.speaker
    await use(stage, ann, "voice set", voice="Ethan")
    await use(stage, mia, "server voice", voice="Serena")
    await use(stage, mia, "member voice", member=ann, voice="Kai")
    assert likeness(await say(stage, ann, TEXT), TEXT, "Kai") > SAME
    refused = await use(stage, ann, "voice set", voice="Ethan")
    assert refused.content == ("Moderators chose Kai for you in this server. Leave the voice out.")


async def test_who_is_forgotten_speaks_as_everybody_does(stage: Stage) -> None:
    mia, ann = stage.loopback.moderator, stage.loopback.speaker
    await use(stage, mia, "member reset", member=ann)
    await use(stage, mia, "server voice", voice="Serena")
    await use(stage, ann, "voice set", voice="Ethan", everywhere=True)
    question = await use(stage, ann, "privacy delete")
    await (await ann.press(question, "Delete everything")).wait_for_ack()
    await stage.loopback.discord.changes.until(lambda: "Deleted." in question.content)
    assert likeness(await say(stage, ann, TEXT), TEXT, "Serena") > SAME
