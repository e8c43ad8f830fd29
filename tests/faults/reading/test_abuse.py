"""People write to annoy: too much, together, and what would ping everybody."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from itertools import cycle

import pytest

from bot.policy.pace import BURST
from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.interactions.interaction import Interaction
from bot.sandbox.discord.rest.server import RequestRecord
from bot.sandbox.discord.world.attachments import Upload
from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.messages import Message
from bot.settings.guild import GuildSettings
from bot.voice.narrator import CLIPS_AT_ONCE
from tests.benchmarks._machine import usage
from tests.faults.place import ANSWER_S
from tests.faults.reading.chat import PER_S, Chat
from tests.faults.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOOD_S = 3
PACE_S = GuildSettings().interval_s
RAIDERS = 200
OTHERS_WAIT_S = 4.0
GROWTH_MIB = 10.0
EVIL = (
    "@everyone <@&1> [x](http://evil) one",
    "@here <@&{role}> <@{user}> two",
    "look ```\n@everyone <@&{role}> three",
)
CAPTIONS = len(EVIL) + 1
"""Of the chat, and of /say."""
ECHOES = ("say", "tts", "dictionary test")
ANSWERS = 3
"""Of the import, of /tts and of the dictionary: messages that begin with no word of their own."""


def sent_messages(records: Iterable[RequestRecord]) -> list[Json]:
    """Return every message in what the bot sent to Discord."""
    sent = [each.content for each in records if each.method in ("POST", "PATCH")]
    bodies = [body.get("data") or body for body in sent if isinstance(body, dict)]
    return [body for body in bodies if {"content", "components", "embeds"} & set(body)]


def captions(history: Mapping[int, Message]) -> list[Message]:
    return [each for each in history.values() if each.content.startswith("**")]


async def show_captions(scene: Scene) -> None:
    """Let the moderator have captions in A's text channel."""
    changed = {"oriole": 1, "server": {"captions_channel_id": str(scene.a.text_channel.id)}}
    file = Upload("settings.json", json.dumps(changed).encode(), "application/json")
    used = await scene.a.moderator.slash("server import", {"file": file})
    asked = await used.wait_for_message(timeout_s=ANSWER_S)
    pressed = await scene.a.moderator.press(asked, "Apply these changes")
    await pressed.wait_for_ack()
    await scene.discord.changes.until(lambda: "Saved" in str(asked.components), timeout_s=ANSWER_S)


def spam(text: str) -> list[str]:
    return [text.format(number) for number in range(FLOOD_S * PER_S)]


async def test_a01_who_floods_a_chat_holds_nobody_up(scene: Scene) -> None:
    await scene.a.join()
    chat = Chat(scene)
    flooding = asyncio.create_task(
        chat.flood(cycle([scene.a.speaker]), texts=spam("Buy my boat number {}."))
    )
    await chat.until_asked("Buy my boat")
    await asyncio.sleep(FLOOD_S / 2)

    asked_before = len(chat.asked)
    written = time.monotonic()
    await chat.write("I would like to say something.", by=scene.a.listener)
    asked = await chat.until_asked("I would like to say something.")
    between = [text for text in chat.asked[asked_before:] if text.startswith("Buy my boat")]
    await flooding
    await stop(scene)

    of_flood = (await scene.look()).count(scene.a.id, "accepted") - 1
    scene.figures["asked after, s"] = asked - written
    scene.figures["of the flood, accepted"] = of_flood
    assert len(between) <= 1
    assert BURST <= of_flood <= BURST + FLOOD_S / PACE_S + 1
    assert not scene.a.reports(), "nobody answers a flood"


async def test_a01_who_floods_with_commands_holds_nobody_up(scene: Scene) -> None:
    await scene.a.join()
    chat = Chat(scene)
    flooding = asyncio.create_task(
        flood_of_commands(scene.a.speaker, spam("Buy my boat number {}."))
    )
    await chat.until_asked("Buy my boat")
    await asyncio.sleep(FLOOD_S / 2)

    asked_before = len(chat.asked)
    written = time.monotonic()
    await scene.a.listener.slash("say", {"text": "I would like to say something."})
    asked = await chat.until_asked("I would like to say something.")
    between = [text for text in chat.asked[asked_before:] if text.startswith("Buy my boat")]
    used = await flooding
    for each in used:
        await each.wait_for_ack()
    seen = await scene.until(
        lambda seen: settled(used) + seen.count(scene.a.id, "accepted") == len(used) + 1
    )
    accepted = seen.count(scene.a.id, "accepted") - 1
    told = [message.content for each in used for message in each.messages]
    await stop(scene)

    scene.figures["asked after, s"] = asked - written
    scene.figures["of the flood, accepted"] = accepted
    scene.figures["callback at most, ms"] = max(each.acknowledged_after_ms or 0 for each in used)
    assert len(between) <= 1
    assert len([sentence for sentence in told if "waiting already" in sentence]) == 1
    assert len(told) <= accepted + 1


async def flood_of_commands(member: Member, texts: Iterable[str]) -> list[Interaction]:
    """Let somebody use /say fifty times a second; return every use of it."""
    began = time.monotonic()
    used = []
    for number, text in enumerate(texts):
        await asyncio.sleep(began + number / PER_S - time.monotonic())
        used.append(await member.slash("say", {"text": text}))
    return used


def settled(used: Iterable[Interaction]) -> int:
    """Return how many uses of a command were refused in words, or show nothing any more."""
    refused = "waiting already"
    return sum(
        each.response is not None
        and (each.response.is_deleted or refused in str([m.content for m in each.messages]))
        for each in used
    )


async def test_a02_a_raid_in_one_guild_is_not_noticed_in_another(scene: Scene) -> None:
    await scene.a.join()
    await read_everyone(scene)
    await scene.chatter.stop()
    raiders = [scene.a.guild.add_member(f"Raider {number}") for number in range(RAIDERS)]
    chat, calm = Chat(scene), Chat(scene, scene.b)
    await chat.flood(raiders, texts=spam("We are {} strong.")[:PER_S])  # memory is taken once
    await stop(scene)
    rss_mib = await resident_mib(scene)
    raid = asyncio.create_task(chat.flood(cycle(raiders), texts=spam("We are here {} times.")))
    await chat.until_asked("We are here")

    waits, crowds = [], []
    for number, writer in enumerate(cycle([scene.b.speaker, scene.b.listener])):
        if raid.done():
            break
        written = time.monotonic()
        await calm.write(f"Wave number {number}.", by=writer)
        waits.append(await scene.b.hear(10, since=written) - written)
        crowds.append((await scene.look()).open_utterances(scene.a.id))
        await scene.all_said(scene.b)
    await raid
    await stop(scene)
    grown_mib = await resident_mib(scene) - rss_mib
    accepted = (await scene.look()).count(scene.a.id, "accepted")

    scene.figures["others' waits"] = len(waits)
    scene.figures["others' wait, at most, s"] = max(waits)
    scene.figures["of the raid, accepted"] = accepted
    scene.figures["memory grown, MiB"] = grown_mib
    assert max(waits) <= OTHERS_WAIT_S
    assert max(crowds) <= GuildSettings().max_waiting + CLIPS_AT_ONCE
    assert grown_mib <= GROWTH_MIB


async def stop(scene: Scene) -> None:
    """Let the moderator have nothing said any more of what waits in A."""
    await scene.a.moderator.slash("stop")
    await scene.all_said()


async def read_everyone(scene: Scene) -> None:
    """Let the moderator have people read who are in no call: two hundred would stop the sandbox."""
    chosen = {"channel": scene.a.lounge, "only_in_call": False}
    used = await scene.a.moderator.slash("read add", chosen)
    await used.wait_for_message(timeout_s=ANSWER_S)


async def resident_mib(scene: Scene) -> float:
    """Return how much memory the bot holds, with nothing in it that waits to be collected."""
    return usage((await scene.inspector.count()).pid).rss_mib


@pytest.mark.allows(reports=ANSWERS + CAPTIONS)
async def test_a06_nothing_that_is_echoed_pings_anybody(scene: Scene) -> None:
    await scene.a.join()
    await show_captions(scene)
    role = scene.a.guild.add_role("Guests")
    scene.a.speaker.set_nick("@everyone")
    chat = Chat(scene)
    before = len(scene.discord.requests)

    for text in EVIL:
        await chat.write_and_wait(text.format(role=role.id, user=scene.a.listener.id))
    for command in ECHOES:
        used = await scene.a.speaker.slash(command, {"text": EVIL[0]})
        await used.wait_for_message(timeout_s=ANSWER_S)
    await scene.all_said()
    history = scene.a.text_channel.history
    await scene.discord.changes.until(lambda: len(captions(history)) == CAPTIONS)
    scene.a.speaker.set_nick(None)

    sent = sent_messages(scene.discord.requests[before:])
    assert len(sent) >= CAPTIONS + len(ECHOES)
    assert [body["allowed_mentions"]["parse"] for body in sent] == [[]] * len(sent)
    for caption in captions(history):
        assert not (caption.mention_everyone or caption.mention_roles or caption.mentions)
        assert "```" not in caption.content
        assert "](" not in caption.content
