"""`/tts` posts a file that is what its header says."""

import io
import wave

import av
import pytest

from bot.audio.trim import LEAD_S, TAIL_S
from bot.sandbox.loopback import open_loopback
from bot.sandbox.qwen import QwenOptions
from bot.sandbox.speech import ToneSandboxVoice
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.stage import RATE, SPEECH_S, Stage, expected, find, samples

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "The lighthouse keeper writes a letter to his sister in the city."
MANY_WORDS = "All the ships in the harbour wait for the morning tide. "


async def test_a_wav_is_posted_for_everyone_to_hear(stage: Stage) -> None:
    posted = await stage.loopback.speaker.slash("tts", {"text": SENTENCE})
    message = await posted.wait_for_message(timeout_s=SPEECH_S)

    (file,) = message.attachments
    with wave.open(io.BytesIO(file.content)) as reader:
        header = (reader.getframerate(), reader.getnchannels(), reader.getsampwidth())
        frames = reader.getnframes()
        sound = samples(reader.readframes(frames))
    wanted = expected(SENTENCE)
    assert header == (RATE, 1, 2)
    assert len(sound) == frames
    assert find(wanted, sound)[1] > 0.99
    # Silence before and after is trimmed, but for a little.
    assert 0 <= len(sound) - len(wanted) <= (LEAD_S + TAIL_S) * RATE
    assert file.filename.startswith("The-lighthouse-keeper")
    assert file.filename.endswith(".wav")
    assert not message.is_ephemeral


async def test_a_message_is_saved_as_audio_from_its_menu(stage: Stage) -> None:
    world = stage.loopback
    message = await world.moderator.send(world.text_channel, "Save this.")

    used = await world.listener.use_on_message("Save as audio", message)
    answer = await used.wait_for_message(timeout_s=SPEECH_S)

    with wave.open(io.BytesIO(answer.attachments[0].content)) as reader:
        sound = samples(reader.readframes(reader.getnframes()))
    assert find(expected("Save this."), sound)[1] > 0.99


async def test_a_preview_is_heard_by_nobody_else(stage: Stage) -> None:
    used = await stage.loopback.speaker.slash("voice preview", {"voice": "Kiki"})
    answer = await used.wait_for_message(timeout_s=SPEECH_S)

    assert answer.is_ephemeral
    assert answer.attachments[0].content.startswith(b"RIFF")
    assert not stage.loopback.listener.sees(answer)


async def test_what_is_too_big_as_a_wav_is_posted_as_ogg(start_bot: StartBot) -> None:
    """An upload limit of 10 MiB is 218 seconds of WAV."""
    voice = ToneSandboxVoice(syllable_s=0.15)
    async with open_loopback(QwenOptions(throttle=None), voice=voice) as loopback:
        stage = await start_bot(loopback)
        posted = await stage.loopback.speaker.slash("tts", {"text": MANY_WORDS * 30})
        message = await posted.wait_for_message(timeout_s=SPEECH_S)

    (file,) = message.attachments
    with av.open(io.BytesIO(file.content)) as container:
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    expected_s = sum(len(request.text or "") for request in loopback.qwen.requests) * 0.15
    assert file.filename.endswith(".ogg")
    assert "Ogg" in message.content
    assert seconds == pytest.approx(expected_s, rel=0.01)
