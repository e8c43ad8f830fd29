"""The bot comes and goes all day, and keeps nothing of it."""

import time

import pytest

from bot.sandbox.discord.server import DiscordOptions
from tests.faults import probed_bot
from tests.faults.hearing import SEAM_S
from tests.faults.scene import SENTENCE, SHORT, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS_PER_MINUTE = 100_000
DISCORD = DiscordOptions(commands_per_minute=COMMANDS_PER_MINUTE)
SETTINGS = {probed_bot.COMMANDS_PER_MINUTE: str(COMMANDS_PER_MINUTE)}

CYCLES = 25
BEYOND_SELECT = 1_100
PROBE_CPU = 0.04
"""What the probe's own clock costs."""


async def test_l04_joining_and_leaving_leaks_nothing(scene: Scene) -> None:
    for _ in range(CYCLES):
        assert (await scene.a.join()).content.startswith("I am in")
        assert (await scene.a.leave()).content.startswith("I left")

    assert len(scene.a.joins()) == CYCLES
    assert scene.a.bot.voice is None


async def test_l05_descriptors_above_1023_are_no_trouble(scene: Scene) -> None:
    await scene.chatter.stop()
    await scene.b.leave()
    assert (await scene.ask("open_fds", count=BEYOND_SELECT))["highest"] > BEYOND_SELECT
    await scene.ask("reset")  # that took a while

    await scene.speak_in_a(SENTENCE)
    await scene.all_said()
    unheard_s = scene.a.unheard_s(SENTENCE)
    before = await scene.ask("cpu")
    time.sleep(2.0)  # noqa: ASYNC251 - nobody in this process is to ask the bot for anything
    after = await scene.ask("cpu")
    await scene.say(SHORT)
    await scene.all_said()
    await scene.ask("open_fds", count=0)

    used = (after["cpu_s"] - before["cpu_s"]) / (after["at"] - before["at"])
    scene.figures["CPU in a silent call, %"] = used * 100
    assert unheard_s <= SEAM_S
    assert used <= 0.05 + PROBE_CPU
