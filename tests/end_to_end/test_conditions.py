"""The same sentence under other conditions: a slow line, the endpoint's other mode."""

import pytest

from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.qwen import QwenOptions
from tests.end_to_end.conftest import OpenWorld, StartBot
from tests.end_to_end.stage import RATE, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "Good morning, everyone! The harbour is open."
SYLLABLE = RATE * 3 // 10
ENDPOINT = QwenOptions(throttle=None)
WRONG_S = 60
"""More than what makes a message too old to be read."""


@pytest.mark.parametrize("rtt_ms", [30, 150])
async def test_the_first_syllable_is_heard_on_a_slow_line(
    start_bot: StartBot, open_world: OpenWorld, rtt_ms: int
) -> None:
    """The speech is ready long before the call is encrypted: it has to wait."""
    line = DiscordOptions(voice=VoiceOptions(websocket_rtt_ms=rtt_ms))
    stage = await start_bot(await open_world(ENDPOINT, line))
    await stage.reset()

    await stage.say(SENTENCE)
    heard = await stage.hear_out()

    sound, wanted = stage.heard_samples(heard), expected(SENTENCE)
    start, likeness = find(wanted, sound)
    assert likeness > 0.9
    assert find(wanted[:SYLLABLE], sound[start : start + SYLLABLE])[1] > 0.9
    assert heard.counts.plain == 0
    assert heard.counts.undecryptable == 0


@pytest.mark.parametrize("mode", ["stream", "plain"])
async def test_both_modes_of_the_endpoint_sound_the_same(start_bot: StartBot, mode: str) -> None:
    stage = await start_bot(TTS_MODE=mode)
    await stage.reset()

    await stage.say(SENTENCE)
    heard = await stage.hear_out()

    assert find(expected(SENTENCE), stage.heard_samples(heard))[1] > 0.9
    assert stage.loopback.qwen.requests[-1].is_stream is (mode == "stream")
    assert len(stage.loopback.qwen.downloads) == (mode == "plain")


async def test_a_wrong_clock_keeps_no_message_from_being_read(
    start_bot: StartBot, open_world: OpenWorld
) -> None:
    loopback = await open_world(ENDPOINT, DiscordOptions(clock_ahead_s=-WRONG_S))
    stage = await start_bot(loopback)
    await stage.reset()

    await stage.answer(await loopback.speaker.slash("join"))
    await loopback.speaker.send(loopback.voice_channel, "Ahoy!")
    await stage.hear_out()

    assert [request.text for request in loopback.qwen.requests] == ["Ann said:", "Ahoy!"]
    assert [line for line in stage.bot.log if "s fast: set it" in line]
