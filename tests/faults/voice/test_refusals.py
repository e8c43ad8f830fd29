"""Discord refuses: for good, for a while, or only until somebody else takes over.

The bot's patience is scaled to a twentieth, so that its ten minutes are half a minute.
"""

import asyncio
import time
from itertools import pairwise

import pytest

from bot.sandbox.discord.voice.protocol import CloseCode
from tests.faults.damage import hang_up
from tests.faults.hearing import SEAM_S
from tests.faults.scene import SHORT, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCALE = 20
RECOVERY = {
    "first_delay_s": 0.25 / SCALE,
    "max_delay_s": 10 / SCALE,
    "slow_delay_s": 30 / SCALE,
    "give_up_s": 240 / SCALE,
    "rate_limited_s": 60 / SCALE,
    "join_timeout_s": 2.0,  # what a join on loopback takes is not scaled
    "endpoint_notice_s": 10 / SCALE,
    "endpoint_give_up_s": 60 / SCALE,
}
MINUTE_S = 60 / SCALE
HALF_MINUTE_S = 30 / SCALE


async def test_v03_a_session_refused_for_ever_is_given_up_gently(scene: Scene) -> None:
    faults = scene.discord.voice.faults
    await scene.speak_in_a(SHORT, packets=25)

    faults.guild_id = scene.a.id
    faults.close_on_identify, faults.close_on_identify_times = CloseCode.SESSION_INVALID, 1_000
    failed = hang_up(scene, CloseCode.SESSION_INVALID)
    await scene.until(lambda seen: scene.a.id not in seen.sessions, timeout_s=30.0)
    given_up = time.monotonic()
    scene.a.dismiss()
    faults.close_on_identify_times = 0
    identifies = [handshake.at - failed for handshake in scene.a.handshakes(failed)]

    scene.figures["identifies"] = len(identifies)
    assert RECOVERY["give_up_s"] - 1 <= given_up - failed <= RECOVERY["give_up_s"] + 4
    assert sum(at <= MINUTE_S for at in identifies) <= 6
    late = [at for at in identifies if at > MINUTE_S]
    assert all(after - before >= HALF_MINUTE_S * 0.9 for before, after in pairwise(late))
    assert await scene.endings() == ["no_connection"]
    await scene.discord.changes.until(
        lambda: any("I stopped trying" in report for report in scene.a.reports())
    )
    assert (await scene.a.join()).content.startswith("I am in")
    assert time.monotonic() - given_up <= 3.0


@pytest.mark.parametrize("code", [4004, 4011, 4012, 4016, 4020])
async def test_v04_a_fatal_refusal_is_told_after_one_fresh_try(scene: Scene, code: int) -> None:
    faults = scene.discord.voice.faults
    faults.guild_id = scene.a.id
    faults.close_on_identify, faults.close_on_identify_times = code, 1_000
    began = time.monotonic()

    answer = await scene.a.join()
    waited_s = time.monotonic() - began
    scene.a.dismiss()

    assert not answer.content.startswith("I am in")
    assert waited_s <= 8.0
    handshakes = scene.a.handshakes()
    assert 1 <= len(handshakes) <= 2
    assert len({handshake.session_id for handshake in handshakes}) == len(handshakes)
    assert any(str(code) in line for line in scene.bot.log[-50:])
    await scene.discord.changes.until(lambda: scene.a.bot.voice is None, timeout_s=2.0)


@pytest.mark.allows(unhandled=("bot.",))
async def test_v05_without_end_to_end_encryption_there_is_one_try(scene: Scene) -> None:
    faults = scene.discord.voice.faults
    faults.guild_id = scene.a.id
    faults.close_on_identify, faults.close_on_identify_times = CloseCode.DAVE_REQUIRED, 1_000

    answer = await scene.a.join()
    scene.a.dismiss()

    assert not answer.content.startswith("I am in")
    assert len(scene.a.handshakes()) == 1
    assert any("4017" in line and '"level": "info"' not in line for line in scene.bot.log[-50:])


@pytest.mark.allows(reports=2)
async def test_v17_a_rate_limit_is_kept(scene: Scene) -> None:
    await scene.speak_in_a(SHORT, packets=10)

    failed = hang_up(scene, CloseCode.RATE_LIMITED)
    await asyncio.sleep(0.5)
    began = time.monotonic()
    refused = await scene.a.join()
    answered_s = time.monotonic() - began
    await asyncio.sleep(max(failed + MINUTE_S - time.monotonic(), 0.0))

    assert not refused.content.startswith("I am in")
    assert answered_s <= RECOVERY["join_timeout_s"] + 1.0
    assert [handshake.at - failed for handshake in scene.a.handshakes(failed)] == []


async def test_v12_the_bot_waits_for_a_voice_server(scene: Scene) -> None:
    faults = scene.discord.voice.faults
    await scene.speak_in_a(SHORT, packets=25)

    faults.guild_id, faults.has_no_endpoint = scene.a.id, True
    scene.discord.calls.migrate(scene.a.bot)
    await asyncio.sleep(RECOVERY["endpoint_notice_s"] * 2)
    told = scene.a.reports()
    faults.has_no_endpoint = False
    named = time.monotonic()
    scene.discord.calls.announce_server(scene.a.bot)
    heard = await scene.a.hear(1, since=named)

    scene.figures["speech after the server was named, s"] = heard - named
    assert heard - named <= 2.0
    assert len(told) == 1
    await scene.all_said()
    assert scene.a.unheard_s(SHORT) <= SEAM_S


@pytest.mark.allows(reports=2)
async def test_v12_a_voice_server_that_never_comes_is_given_up(scene: Scene) -> None:
    """The two reports are a minute apart in real time."""
    faults = scene.discord.voice.faults
    await scene.speak_in_a(SHORT, packets=25)

    faults.guild_id, faults.has_no_endpoint = scene.a.id, True
    scene.discord.calls.migrate(scene.a.bot)
    gone = time.monotonic()
    await scene.until(lambda seen: scene.a.id not in seen.sessions, timeout_s=20.0)
    given_up_s = time.monotonic() - gone
    scene.a.dismiss()

    assert given_up_s == pytest.approx(RECOVERY["endpoint_give_up_s"], abs=0.5)
    await scene.all_said()
    assert await scene.endings() == ["no_connection"]
    await scene.discord.changes.until(lambda: scene.a.bot.voice is None, timeout_s=2.0)
