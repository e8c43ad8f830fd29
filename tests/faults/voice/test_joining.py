"""Joins and leaves that cross each other, or that nobody answers."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.discord.voice.protocol import CloseCode
from bot.sandbox.discord.world.permissions import Permission
from tests.faults.damage import hang_up, untrusted_endpoint
from tests.faults.hearing import SEAM_S
from tests.faults.place import ANSWER_S
from tests.faults.scene import SENTENCE, SHORT, Scene
from tests.faults.voice.test_reconnect import assert_heard_whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

OUTAGE_S = 1.0

_WITHOUT_DAVEY = """
import sys
sys.modules["davey"] = None
sys.argv[1:] = ["run"]
from bot.cli import main
main()
"""


async def test_v05_without_its_library_for_encryption_the_bot_does_not_start(
    tmp_path: Path,
) -> None:
    settings = {
        "DISCORD_TOKEN": "none",
        "DASHSCOPE_API_KEY": "none",
        "DATA_DIR": str(tmp_path),
        "PATH": "",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WITHOUT_DAVEY, env=settings, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 78
    assert "davey is missing" in errors.decode()
    assert "Traceback" not in errors.decode()


@pytest.mark.parametrize("trouble", ["refused", "unknown host", "503", "bad certificate"])
async def test_v18_a_voice_server_that_cannot_be_dialled_is_tried_again(
    scene: Scene, trouble: str
) -> None:
    await scene.speak_in_a(packets=50)

    async with _trouble(scene, trouble):
        failed = hang_up(scene, CloseCode.SESSION_INVALID)
        await asyncio.sleep(OUTAGE_S)
    ended = time.monotonic()
    back = await scene.a.hear(1, since=ended)

    scene.figures["back after the end, s"] = back - ended
    assert back - ended <= 2.0
    await assert_heard_whole(scene, failed, within_s=OUTAGE_S + 2.0)
    assert (await scene.a.join()).content.startswith("I am in")


@asynccontextmanager
async def _trouble(scene: Scene, kind: str) -> AsyncIterator[None]:
    voice = scene.discord.voice
    healthy = voice.endpoint
    async with untrusted_endpoint() as untrusted:
        endpoints = {
            "refused": f"localhost:{_closed_port()}",
            "unknown host": "voice.invalid:443",
            "bad certificate": untrusted,
        }
        voice.endpoint = endpoints.get(kind, healthy)
        voice.faults.http_status = 503 if kind == "503" else None
        try:
            yield
        finally:
            voice.endpoint, voice.faults.http_status = healthy, None
            # Discord names the server again when it has chosen another.
            if scene.a.bot.voice is not None:
                scene.discord.calls.announce_server(scene.a.bot)


def _closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


async def test_v21_a_missing_permission_is_told_at_once(scene: Scene) -> None:
    scene.a.lounge.set_overwrites(scene.a.bot, deny=Permission.CONNECT)
    began = time.monotonic()

    answer = await scene.a.join()
    waited_s = time.monotonic() - began
    scene.a.lounge.remove_overwrites(scene.a.bot.id)
    scene.a.dismiss()

    assert "Connect" in answer.content
    assert waited_s <= 1.0
    assert scene.a.joins() == []


async def test_v21_a_wish_without_an_answer_is_told_within_10_s(scene: Scene) -> None:
    scene.discord.faults.gateway.ignore_voice = True
    began = time.monotonic()

    answer = await scene.a.join()
    waited_s = time.monotonic() - began
    scene.discord.faults.gateway.ignore_voice = False
    scene.a.dismiss()

    scene.figures["told after, s"] = waited_s
    assert not answer.content.startswith("I am in")
    assert waited_s <= 10.0
    assert scene.a.id not in (await scene.look()).sessions
    assert (await scene.a.join()).content.startswith("I am in")


async def test_v22_a_leave_in_the_pause_before_a_retry_is_final(scene: Scene) -> None:
    faults = scene.discord.voice.faults
    await scene.speak_in_a(packets=25)
    faults.guild_id = scene.a.id
    faults.close_on_identify, faults.close_on_identify_times = CloseCode.SESSION_INVALID, 4
    failed = hang_up(scene, CloseCode.SESSION_INVALID)
    await scene.discord.changes.until(lambda: len(scene.a.joins(failed)) >= 2)

    answer = await scene.a.leave()
    left = time.monotonic()
    await asyncio.sleep(5.0)

    assert answer.content.startswith("I left")
    assert scene.a.joins(left) == []
    assert scene.a.bot.voice is None
    assert await scene.endings() == ["sent_away"]


async def test_v22_a_leave_while_connecting_is_final(scene: Scene) -> None:
    scene.discord.voice.faults.guild_id = scene.a.id
    scene.discord.voice.faults.discoveries_to_drop = 1
    scene.a.want()
    joining = await scene.a.speaker.slash("join")
    await scene.discord.changes.until(lambda: bool(scene.a.joins()))

    await scene.a.leave()
    left = time.monotonic()
    await joining.wait_for_message(timeout_s=ANSWER_S)
    await asyncio.sleep(2.0)

    assert scene.a.joins(left) == []
    assert scene.a.bot.voice is None
    assert scene.a.id not in (await scene.look()).sessions


async def test_v22_a_join_right_after_a_leave_wins(scene: Scene) -> None:
    await scene.speak_in_a(packets=25)

    leaving = await scene.a.moderator.slash("leave")
    scene.a.want()
    joining = await scene.a.speaker.slash("join")
    await leaving.wait_for_message(timeout_s=ANSWER_S)
    joined = await joining.wait_for_message(timeout_s=ANSWER_S)

    assert joined.content.startswith("I am in")
    now = time.monotonic()
    await scene.say(SHORT)
    await scene.a.hear(1, since=now)
    await scene.all_said()
    assert scene.a.unheard_s(SHORT, since=now) <= SEAM_S


async def test_v22_two_joins_at_once_are_one(scene: Scene) -> None:
    scene.a.want()
    both = [await member.slash("join") for member in (scene.a.speaker, scene.a.listener)]
    answers = [await each.wait_for_message(timeout_s=ANSWER_S) for each in both]

    assert all(answer.content.startswith("I am in") for answer in answers)
    assert len(scene.a.joins()) == 1


async def test_v22_a_join_elsewhere_while_reconnecting_wins(scene: Scene) -> None:
    faults = scene.discord.voice.faults
    await scene.speak_in_a(SENTENCE, packets=25)
    faults.guild_id = scene.a.id
    faults.close_on_identify, faults.close_on_identify_times = CloseCode.SESSION_INVALID, 2
    failed = hang_up(scene, CloseCode.SESSION_INVALID)
    await scene.discord.changes.until(lambda: bool(scene.a.joins(failed)))

    answer = await scene.a.join(scene.a.quiet_room, by=scene.a.moderator)
    await asyncio.sleep(3.0)
    seen = await scene.look()

    assert answer.content.startswith("I am in") or "no_connection" in await scene.endings()
    assert seen.sessions[scene.a.id].desired == scene.a.quiet_room.id
    assert seen.sessions[scene.a.id].is_live
    assert scene.a.bot.voice is not None
    assert scene.a.bot.voice.channel is scene.a.quiet_room


async def test_v22_a_leave_while_being_moved_is_final(scene: Scene) -> None:
    await scene.speak_in_a(packets=25)

    await scene.a.moderator.move(scene.a.bot, scene.a.quiet_room)
    await asyncio.sleep(0.05)
    await scene.a.leave()
    left = time.monotonic()
    await asyncio.sleep(2.0)

    assert scene.a.joins(left) == []
    assert scene.a.bot.voice is None
