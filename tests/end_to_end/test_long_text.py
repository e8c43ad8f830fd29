"""Long texts are spoken whole, without gaps between their pieces."""

import math
from itertools import accumulate

import numpy as np
import pytest

from bot.audio.effects import EffectsSettings
from bot.audio.loudness import LoudnessMeter
from bot.sandbox.qwen import QwenOptions
from bot.sandbox.speech import ToneSandboxVoice
from bot.tts.catalog import weighted_characters
from tests.end_to_end.conftest import OpenWorld, StartBot
from tests.end_to_end.stage import Samples, audible, samples

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SYLLABLE_S = 0.02
CHARACTERS = 1_500
FRAME_BYTES = 960
MAX_GAP_MS = 60
MAX_STALLS = 3
ENGLISH = "The {} ship of the morning comes in with the tide, and nobody on the pier looks up. "
CHINESE = "早上第{}艘船随着潮水进港，码头上没有人抬头看它。"


def long_text(sentence: str) -> str:
    """Return 1,500 characters in which no two sentences are the same."""
    return "".join(sentence.format(number) for number in range(100))[:CHARACTERS].strip()


def lufs(sound: Samples) -> float:
    """Return the loudness of a sound that was heard."""
    meter = LoudnessMeter()
    meter.push((sound / 2**15).astype(np.float32))
    assert meter.loudness is not None
    return meter.loudness.lufs


@pytest.mark.parametrize("sentence", [ENGLISH, CHINESE], ids=["English", "Chinese"])
async def test_1500_characters_are_spoken_whole(
    start_bot: StartBot, open_world: OpenWorld, sentence: str
) -> None:
    text = long_text(sentence)
    endpoint = QwenOptions(first_audio_delay_s=0.2, real_time_factor=0.2, throttle=None)
    voice = ToneSandboxVoice(syllable_s=SYLLABLE_S)
    loopback = await open_world(endpoint, voice=voice)
    stage = await start_bot(loopback)
    await loopback.speaker.join_voice(loopback.voice_channel)

    await stage.say(text)
    heard = await stage.hear_out()

    pieces = [request.text or "" for request in loopback.qwen.requests]
    recordings = [voice.speak(piece, "Cherry") for piece in pieces]
    wanted = audible(samples(b"".join(recordings)))
    sound = audible(stage.heard_samples(heard))
    gaps_ms = heard.gaps_ms()
    seams = list(accumulate(math.ceil(len(each) / FRAME_BYTES) for each in recordings))[:-1]
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(weighted_characters(piece) <= 600 for piece in pieces)
    assert weighted_characters(pieces[0]) <= 200
    # Each piece is padded to whole packets of 20 ms; nothing else may come in between. The codec
    # moves the first and the last audible sample by a few.
    assert -48 <= len(sound) - len(wanted) <= 480 * (len(pieces) + 1)
    assert lufs(sound) == pytest.approx(EffectsSettings().target_lufs, abs=1.5)
    assert max(gaps_ms[seam - 1] for seam in seams) <= MAX_GAP_MS
    # A busy machine may stall now and then; what the bot does by itself it does all the time.
    assert sum(gap > MAX_GAP_MS for gap in gaps_ms) <= MAX_STALLS
