"""The voice connection is lost in the middle of a sentence, and the sentence is heard whole."""

import asyncio

import pytest

from bot.sandbox.discord.voice.protocol import CloseCode
from tests.faults.damage import hang_up
from tests.faults.hearing import SEAM_S
from tests.faults.scene import SENTENCE, SHORT, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def assert_heard_whole(scene: Scene, failed: float, *, within_s: float) -> None:
    """Check that the one utterance of A went on soon enough after a fault, to its end."""
    await scene.all_said()
    hole = scene.a.hole(failed)
    unheard_s = scene.a.unheard_s(SENTENCE)
    scene.figures["hole, s"] = hole.length_s
    scene.figures["unheard, s"] = unheard_s
    assert await scene.endings() == ["spoken"]
    assert unheard_s <= SEAM_S
    assert hole.length_s <= within_s


@pytest.mark.parametrize("code", [None, 1001, 4000, CloseCode.SESSION_TIMEOUT])
async def test_v01_a_lost_websocket_is_replaced(scene: Scene, code: int | None) -> None:
    await scene.speak_in_a(packets=50)

    failed = hang_up(scene, code)

    await assert_heard_whole(scene, failed, within_s=2.0)


async def test_v02_a_session_that_is_no_longer_valid_is_not_used_again(scene: Scene) -> None:
    await scene.speak_in_a(packets=50)
    used = {handshake.session_id for handshake in scene.a.handshakes()}

    failed = hang_up(scene, CloseCode.SESSION_INVALID)

    await assert_heard_whole(scene, failed, within_s=5.0)
    after = [handshake.session_id for handshake in scene.a.handshakes(failed)]
    assert sum(session_id in used for session_id in after) <= 1
    assert set(after) - used


@pytest.mark.parametrize("has_server_update", [False, True])
async def test_v16_a_crashed_voice_server_is_left(scene: Scene, has_server_update: bool) -> None:
    await scene.speak_in_a(packets=50)

    failed = hang_up(scene, CloseCode.SERVER_CRASHED)
    if has_server_update:
        await asyncio.sleep(0.2)
        scene.discord.calls.migrate(scene.a.bot)

    await assert_heard_whole(scene, failed, within_s=3.0)


async def test_v26_a_refused_handshake_in_a_reconnect_is_tried_again(scene: Scene) -> None:
    faults = scene.discord.voice.faults
    await scene.speak_in_a(packets=50)
    await scene.say(SHORT)

    faults.guild_id = scene.a.id
    faults.close_on_identify, faults.close_on_identify_times = CloseCode.SESSION_INVALID, 1
    failed = hang_up(scene, CloseCode.SESSION_INVALID)

    await scene.all_said()
    assert await scene.endings() == ["spoken", "spoken"]
    assert scene.a.unheard_s(SENTENCE, SHORT) <= SEAM_S
    assert scene.a.hole(failed).length_s <= 5.0
