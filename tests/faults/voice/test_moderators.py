"""What moderators do to the bot: kick, move, mute, take its channel away."""

import asyncio
import time

import pytest

from bot.sandbox.discord.voice.protocol import CloseCode
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.permissions import Permission
from tests.faults.damage import frames_received, hang_up, kick, move
from tests.faults.hearing import SEAM_S
from tests.faults.place import Place
from tests.faults.scene import SENTENCE, SHORT, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

REACTION_S = 0.3
"""Until the bot knows, and what is on the way has arrived."""


async def stays_silent(place: Place) -> None:
    """Check that the bot sends nothing for a second, once what was on the way is there."""
    await asyncio.sleep(REACTION_S)
    sent = frames_received(place)
    await asyncio.sleep(1.0)
    assert frames_received(place) == sent


async def speaks_again(place: Place) -> None:
    """Check that the bot is heard within a second."""
    allowed = time.monotonic()
    assert await place.hear(1, since=allowed) - allowed <= 1.0


async def test_v06_a_kick_is_final(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)
    await scene.say(SHORT)

    kicked = await kick(scene.a, close_after_s=0.0)
    await scene.until(lambda seen: scene.a.id not in seen.sessions)

    assert time.monotonic() - kicked <= 1.0 + REACTION_S
    assert await scene.endings() == ["kicked", "kicked"]
    await asyncio.sleep(3.0)
    assert scene.a.joins(kicked) == []
    assert scene.a.bot.voice is None


@pytest.mark.parametrize("close_after_s", [-0.5, -0.1, 0.1, 0.5])
async def test_v06_a_kick_is_final_in_whichever_order_it_is_told(
    scene: Scene, close_after_s: float
) -> None:
    await scene.speak_in_a(packets=25)

    kicked = await kick(scene.a, close_after_s=close_after_s)
    await scene.until(lambda seen: scene.a.id not in seen.sessions)

    assert time.monotonic() - kicked <= 1.0 + REACTION_S
    assert await scene.endings() == ["kicked"]
    await asyncio.sleep(1.5)
    assert scene.a.joins(kicked) == []


async def test_v06_a_kick_of_which_only_the_close_is_told_is_final(scene: Scene) -> None:
    await scene.speak_in_a(packets=25)

    scene.a.dismiss()
    kicked = hang_up(scene, CloseCode.DISCONNECTED)
    await scene.until(lambda seen: scene.a.id not in seen.sessions)

    assert time.monotonic() - kicked <= 2.0 + REACTION_S
    assert await scene.endings() == ["kicked"]
    assert scene.a.joins(kicked) == []


@pytest.mark.parametrize("code", [CloseCode.DISCONNECTED, CloseCode.CALL_TERMINATED])
async def test_v07_the_bot_follows_where_it_is_moved(scene: Scene, code: CloseCode) -> None:
    other_listener = scene.a.guild.add_member("Cyd")
    ear = await other_listener.join_voice(scene.a.quiet_room)
    await scene.speak_in_a(packets=50)

    moved = await move(scene.a, scene.a.quiet_room, code)
    await ear.wait_until_hears(scene.a.bot.id, timeout_s=5.0)
    first = ear.heard(scene.a.bot.id).packets[0].arrived_ns / 1e9
    await scene.all_said()
    packets = len(scene.a.packets) + len(ear.heard(scene.a.bot.id).packets)
    (entry,) = (await scene.look()).closed_in(scene.a.id)[-1:]
    seen = await scene.look()
    await other_listener.leave_voice()

    scene.figures["heard there after, s"] = first - moved
    assert first - moved <= 2.0
    assert entry.reason == "spoken"
    assert packets <= entry.frames_due * 1.2
    assert seen.sessions[scene.a.id].desired == scene.a.quiet_room.id


@pytest.mark.allows(reports=2)
async def test_v08_the_bot_says_nothing_where_it_may_not_speak(scene: Scene) -> None:
    room = scene.a.quiet_room
    other_listener = scene.a.guild.add_member("Cyd")
    await other_listener.join_voice(room)
    room.set_overwrites(scene.a.bot, deny=Permission.SPEAK)
    await scene.speak_in_a(packets=50)

    await move(scene.a, room, CloseCode.DISCONNECTED)
    await asyncio.sleep(1.0)
    before = frames_received(scene.a)
    await asyncio.sleep(1.0)
    silent = frames_received(scene.a)
    room.remove_overwrites(scene.a.bot.id)
    assert scene.a.bot.voice is not None
    scene.discord.calls.set_suppressed(scene.a.bot.voice, suppressed=False)
    allowed = time.monotonic()
    await scene.until(lambda _: frames_received(scene.a) > silent, timeout_s=5.0)

    assert silent == before
    assert time.monotonic() - allowed <= 1.0 + REACTION_S
    await scene.all_said()
    await other_listener.leave_voice()
    assert len(scene.a.reports()) <= 1


async def test_v08_a_speaker_sent_to_the_audience_waits_there(scene: Scene) -> None:
    before = scene.a.guild.bot.permissions
    scene.a.guild.set_bot_permissions(before | Permission.MUTE_MEMBERS)
    platform = scene.a.guild.add_stage_channel("Bandstand")
    for member in (scene.a.speaker, scene.a.listener):
        await member.leave_voice()
        await member.join_voice(platform)
    await scene.say(SENTENCE)
    await scene.a.hear(50)

    assert scene.a.bot.voice is not None
    scene.a.guild.set_bot_permissions(before)
    await scene.a.moderator.suppress(scene.a.bot, suppressed=True)
    await stays_silent(scene.a)
    await scene.a.moderator.suppress(scene.a.bot, suppressed=False)
    await speaks_again(scene.a)
    await scene.all_said()
    assert await scene.endings() == ["spoken"]


@pytest.mark.parametrize("code", [CloseCode.CALL_TERMINATED, CloseCode.DISCONNECTED])
async def test_v09_a_channel_that_is_deleted_is_left(scene: Scene, code: CloseCode) -> None:
    cabin = scene.a.guild.add_voice_channel("Cabin")
    for member in (scene.a.speaker, scene.a.listener):
        await member.leave_voice()
        await member.join_voice(cabin)
    await scene.say(SENTENCE)
    await scene.a.hear(25)

    scene.a.dismiss()
    deleted = time.monotonic()
    scene.discord.voice.hang_up(code, guild_id=scene.a.id)
    scene.a.guild.remove_channel(cabin)
    await scene.until(lambda seen: scene.a.id not in seen.sessions)

    assert time.monotonic() - deleted <= 2.0 + REACTION_S
    assert await scene.endings() == ["channel_gone"]
    assert scene.a.joins(deleted) == []


async def test_v10_a_channel_the_bot_has_never_heard_of_is_no_trap(scene: Scene) -> None:
    world = scene.discord.world
    secret = Channel(world, world.ids.take(), ChannelType.VOICE, "Secret", guild=scene.a.guild)
    await scene.speak_in_a(packets=25)

    moved = await move(scene.a, secret, CloseCode.DISCONNECTED)
    await asyncio.sleep(2.0)
    answer = await scene.a.leave()
    await scene.until(lambda seen: scene.a.id not in seen.sessions, timeout_s=5.0)

    assert "I left" in answer.content or "no voice channel" in answer.content
    assert scene.a.bot.voice is None
    await scene.speak_in_a(SHORT)
    await scene.all_said()
    assert scene.a.unheard_s(SHORT, since=moved) <= SEAM_S


async def test_v23_a_muted_bot_waits(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)

    await scene.a.moderator.server_mute(scene.a.bot)
    await stays_silent(scene.a)
    await scene.a.moderator.server_mute(scene.a.bot, muted=False)
    await speaks_again(scene.a)
    await scene.all_said()
    assert await scene.endings() == ["spoken"]
    assert scene.a.unheard_s(SENTENCE) <= 0.75  # what was on the way when it was muted is lost


async def test_v23_the_bot_stays_deaf_and_mute_through_reconnects(scene: Scene) -> None:
    await scene.speak_in_a(packets=25)

    for _ in range(2):
        failed = hang_up(scene, CloseCode.SESSION_INVALID)
        await scene.a.hear(10, since=failed + 0.2)
    await scene.a.moderator.server_mute(scene.a.bot)
    hang_up(scene, CloseCode.SESSION_INVALID)
    await scene.until(lambda seen: seen.sessions[scene.a.id].is_live, timeout_s=10.0)
    await asyncio.sleep(1.0)
    muted = frames_received(scene.a)
    await asyncio.sleep(0.5)
    still_muted = frames_received(scene.a)
    await scene.a.moderator.server_mute(scene.a.bot, muted=False)

    wishes = [wish for at, wish in scene.discord.calls.requests if at >= scene.a.since]
    joins = [w for w in wishes if w["channel_id"] is not None and int(w["guild_id"]) == scene.a.id]
    assert len(joins) >= 4
    assert all(wish["self_deaf"] for wish in joins)
    assert still_muted == muted
    await scene.all_said()
