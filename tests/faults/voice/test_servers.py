"""Voice servers that move, fall silent or lose what is sent to them."""

import asyncio
import time

import pytest

from bot.sandbox.discord.voice.protocol import CloseCode
from tests.faults.damage import hang_up
from tests.faults.hearing import SEAM_S
from tests.faults.place import SPEECH_S
from tests.faults.scene import SENTENCE, SHORT, Scene
from tests.faults.voice.test_reconnect import assert_heard_whole

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_v11_another_voice_server_takes_over(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)

    failed = time.monotonic()
    scene.discord.calls.migrate(scene.a.bot)

    await assert_heard_whole(scene, failed, within_s=1.0)


async def test_v13_a_lost_discovery_does_not_keep_the_bot_from_joining(scene: Scene) -> None:
    scene.discord.voice.faults.guild_id = scene.a.id
    scene.discord.voice.faults.discoveries_to_drop = 1
    began = time.monotonic()

    heard = await scene.speak_in_a(packets=1)
    scene.figures["first packet after, s"] = heard - began

    assert heard - began <= 12.0
    await scene.all_said()
    assert scene.a.unheard_s(SENTENCE) <= SEAM_S


async def test_v13_a_lost_discovery_does_not_end_a_move_to_another_server(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)

    scene.discord.voice.faults.guild_id = scene.a.id
    scene.discord.voice.faults.discoveries_to_drop = 1
    failed = time.monotonic()
    scene.discord.calls.migrate(scene.a.bot)

    await assert_heard_whole(scene, failed, within_s=12.0)


@pytest.mark.parametrize("is_deaf", [False, True])
async def test_v14_a_server_that_acknowledges_nothing_is_left(scene: Scene, is_deaf: bool) -> None:
    """`is_deaf`: what is spoken to it meanwhile is heard by nobody."""
    await scene.speak_in_a(packets=50)

    scene.discord.voice.faults.guild_id = scene.a.id
    scene.discord.voice.faults.has_no_heartbeat_ack = True
    if is_deaf:
        scene.discord.voice.cut_off(scene.a.id, scene.a.bot.id)
    failed = time.monotonic()
    await scene.discord.changes.until(lambda: bool(scene.a.joins(failed)), timeout_s=SPEECH_S)
    detected = time.monotonic()
    scene.discord.voice.faults.has_no_heartbeat_ack = False

    scene.figures["detected after, s"] = detected - failed
    assert detected - failed <= 12.5
    await scene.all_said()
    assert scene.a.unheard_s(SENTENCE) <= SEAM_S
    assert await scene.endings() == ["spoken"]


async def test_v15_a_socket_that_cannot_send_is_replaced(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)
    session = scene.discord.voice.session(scene.a.id, scene.a.bot.id)
    assert session is not None and session.address is not None

    failed = time.monotonic()
    assert (await scene.ask("break_udp", port=session.address[1]))["broken"] == 1

    await assert_heard_whole(scene, failed, within_s=3.0)


async def test_v15_a_path_that_loses_everything_is_replaced(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)

    failed = time.monotonic()
    scene.discord.voice.cut_off(scene.a.id, scene.a.bot.id)

    await assert_heard_whole(scene, failed, within_s=5.0)


@pytest.mark.parametrize(
    "fault",
    ["bad_json_frames", "bare_json_frames", "bad_proposals", "bad_commits", "bad_welcomes"],
)
async def test_v19_a_malformed_message_makes_no_zombie(scene: Scene, fault: str) -> None:
    await scene.speak_in_a(packets=50)
    late_comer = scene.a.guild.add_member("Cyd")

    scene.discord.voice.faults.guild_id = scene.a.id
    setattr(scene.discord.voice.faults, fault, 1)
    failed = time.monotonic()
    if fault == "bad_welcomes":
        hang_up(scene, CloseCode.SESSION_INVALID)
    ear = await late_comer.join_voice(scene.a.lounge)

    await ear.wait_until_hears(scene.a.bot.id, timeout_s=SPEECH_S)
    scene.figures["heard by a late comer after, s"] = time.monotonic() - failed
    await assert_heard_whole(scene, failed, within_s=2.0)
    assert getattr(scene.discord.voice.faults, fault) == 0, "the fault never struck"
    await scene.say(SHORT)
    await scene.all_said()
    await late_comer.leave_voice()
    assert scene.a.unheard_s(SHORT) <= SEAM_S


async def test_v19_a_server_that_offers_no_encryption_is_asked_again(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)

    scene.discord.voice.faults.guild_id = scene.a.id
    scene.discord.voice.faults.empty_modes = 1
    failed = hang_up(scene, CloseCode.SESSION_INVALID)

    await assert_heard_whole(scene, failed, within_s=3.0)
    assert scene.discord.voice.faults.empty_modes == 0


async def test_v20_the_first_words_wait_for_the_encryption(scene: Scene) -> None:
    scene.discord.voice.faults.guild_id = scene.a.id
    scene.discord.voice.faults.welcome_delay_s = 2.5

    await scene.speak_in_a(packets=1)
    await scene.all_said()

    assert scene.a.unheard_s(SENTENCE) <= SEAM_S
    assert scene.a.heard.counts.plain == 0


async def test_v20_members_who_come_and_go_do_not_silence_the_bot(scene: Scene) -> None:
    passers_by = [scene.a.guild.add_member(f"Passer-by {number}") for number in range(3)]
    await scene.speak_in_a(packets=25)

    for _ in range(3):
        for member in passers_by:
            await member.join_voice(scene.a.lounge)
            await asyncio.sleep(0.1)
            await member.leave_voice()
            await asyncio.sleep(0.1)
    churned = time.monotonic()
    back = await scene.a.hear(1, since=churned)

    scene.figures["audio back after, s"] = back - churned
    assert back - churned <= 1.0
    await scene.all_said()
    assert await scene.endings() == ["spoken"]
    assert scene.a.heard.counts.plain == 0
    await scene.say(SHORT)
    await scene.all_said()
    assert scene.a.unheard_s(SHORT) <= SEAM_S
