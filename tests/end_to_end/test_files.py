"""`/tts` posts a file that is what its header says."""

import base64
import io
import wave

import av
import pytest

from bot.audio.trim import LEAD_S, TAIL_S
from bot.sandbox.discord.world.attachments import Attachment
from bot.sandbox.discord.world.messages import MessageFlag
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.qwen import QwenOptions
from bot.sandbox.speech import ToneSandboxVoice
from tests.end_to_end.conftest import OpenWorld, StartBot
from tests.end_to_end.stage import RATE, SPEECH_S, Stage, expected, find, samples

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "The lighthouse keeper writes a letter to his sister in the city."
VOICE_MESSAGE = "voice-message"
MANY_WORDS = "All the ships in the harbour wait for the morning tide. "


def _seconds(file: Attachment) -> float:
    with av.open(io.BytesIO(file.content)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


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


async def test_a_voice_message_follows_its_words(stage: Stage) -> None:
    world = stage.loopback
    used = await world.speaker.slash("tts", {"text": "Tap, *and* hear.", "format": VOICE_MESSAGE})
    words = await used.wait_for_message(timeout_s=SPEECH_S)
    posted = await world.text_channel.wait_for_message(
        lambda message: message.reply_to is words, timeout_s=SPEECH_S
    )

    (file,) = posted.attachments
    assert words.content == "Tap, and hear."
    assert posted.flags == MessageFlag.IS_VOICE_MESSAGE
    assert file.content_type == "audio/ogg"
    assert file.duration_s == pytest.approx(_seconds(file), abs=0.1)
    assert max(base64.b64decode(file.waveform or "")) == 255


async def test_a_voice_message_is_posted_in_a_direct_message(stage: Stage) -> None:
    person = stage.loopback.discord.add_person("Zoe")
    used = await person.slash("tts", {"text": "Between us.", "format": VOICE_MESSAGE})
    words = await used.wait_for_message(timeout_s=SPEECH_S)
    posted = await words.channel.wait_for_message(
        lambda message: message.reply_to is words, timeout_s=SPEECH_S
    )

    assert posted.flags == MessageFlag.IS_VOICE_MESSAGE


async def test_where_voice_messages_are_forbidden_a_file_is_posted(stage: Stage) -> None:
    world = stage.loopback
    everyone = world.guild.roles[world.guild.id]
    world.text_channel.set_overwrites(everyone, deny=Permission.SEND_VOICE_MESSAGES)
    try:
        used = await world.speaker.slash("tts", {"text": "Tap here.", "format": VOICE_MESSAGE})
        answer = await used.wait_for_message(timeout_s=SPEECH_S)
    finally:
        world.text_channel.remove_overwrites(everyone.id)

    (file,) = answer.attachments
    assert answer.content == "I cannot post voice messages here, so it is a file."
    assert file.filename == "Tap-here.ogg"
    assert _seconds(file) > 0.3


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


async def test_what_is_too_big_as_a_wav_is_posted_as_ogg(
    start_bot: StartBot, open_world: OpenWorld
) -> None:
    """An upload limit of 10 MiB is 218 seconds of WAV."""
    voice = ToneSandboxVoice(syllable_s=0.15)
    loopback = await open_world(QwenOptions(throttle=None), voice=voice)
    stage = await start_bot(loopback)
    posted = await stage.loopback.speaker.slash("tts", {"text": MANY_WORDS * 30})
    message = await posted.wait_for_message(timeout_s=SPEECH_S)

    (file,) = message.attachments
    expected_s = sum(len(request.text or "") for request in loopback.qwen.requests) * 0.15
    assert file.filename.endswith(".ogg")
    assert "Ogg" in message.content
    assert _seconds(file) == pytest.approx(expected_s, rel=0.01)
