"""The whole bot without an account, on a server of one's own, and with others standing in."""

from __future__ import annotations

import wave
from io import BytesIO

import pytest

from bot.models import Language
from bot.sandbox.likeness import envelope, likeness
from bot.sandbox.loopback import open_loopback
from bot.sandbox.openai import OpenAIOptions, SandboxOpenAI
from bot.sandbox.speech import ToneSandboxVoice
from bot.tts.espeak import Espeak
from bot.tts.espeak_voice import espeak_voice
from tests.end_to_end.conftest import ENDPOINT, StartBot
from tests.end_to_end.stage import RATE, SPEECH_S, Stage, audible, expected, find, samples

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "The ferry leaves the harbour at seven."
NO_ACCOUNT = {"DASHSCOPE_API_KEY": "", "DASHSCOPE_HTTP_BASE_URL": "http://127.0.0.1:9/nobody"}
SERVER = OpenAIOptions(
    key="sk-own-server-0000", first_audio_delay_s=0.1, real_time_factor=0.3, voices=("vivian",)
)


def likeness_of(pcm: bytes, voice_id: str) -> float:
    """Return how much `pcm` is the sentence, said by the embedded voice as `voice_id`."""
    with Espeak() as espeak:
        said = espeak.speak(SENTENCE, espeak_voice(SENTENCE, voice_id, Language.AUTO))
    return likeness(envelope(said, RATE), envelope(pcm, RATE))


async def end(stage: Stage) -> None:
    """End the bot while its services are there: it would wait for them."""
    assert await stage.bot.stop() == 0


async def hear(stage: Stage, **options: str) -> bytes:
    """Let Ann say the sentence; return what Ben has heard, at the rate of the endpoint."""
    await stage.reset()
    used = await stage.say(SENTENCE, **options)
    heard = stage.heard_samples(await stage.hear_out())
    assert (await stage.answer(used)).content.startswith("Speaking as ")
    return heard.astype("<i2").tobytes()


def is_of_the_endpoint(pcm: bytes) -> bool:
    tones = audible(samples(ToneSandboxVoice().speak(SENTENCE, "Cherry")))
    return find(tones, samples(pcm))[1] > 0.9


async def test_the_bot_speaks_with_no_account_at_all(start_bot: StartBot) -> None:
    async with open_loopback(ENDPOINT) as loopback:
        stage = await start_bot(loopback, TTS_PROVIDER="espeak", **NO_ACCOUNT)

        assert likeness_of(await hear(stage), "Wren") > 0.9
        assert likeness_of(await hear(stage, voice="Raven"), "Raven") > 0.9

        posted = await stage.loopback.speaker.slash("tts", {"text": SENTENCE, "voice": "Heron"})
        (file,) = (await posted.wait_for_message(timeout_s=SPEECH_S)).attachments
        with wave.open(BytesIO(file.content)) as reader:
            assert likeness_of(reader.readframes(reader.getnframes()), "Heron") > 0.9
        await end(stage)
    assert loopback.qwen.requests == []


async def test_the_bot_speaks_through_a_server_of_ones_own(start_bot: StartBot) -> None:
    async with SandboxOpenAI(SERVER) as server, open_loopback(ENDPOINT) as loopback:
        settings = server.environment() | {"OPENAI_VOICE": "vivian"} | NO_ACCOUNT
        stage = await start_bot(loopback, **settings)

        heard = await hear(stage)
        await end(stage)

    assert find(expected(SENTENCE, "vivian"), samples(heard))[1] > 0.9
    (record,) = server.requests
    assert (record.voice, record.is_stream) == ("vivian", True)
    # What is heard was not all there yet when it began.
    assert record.first_audio_at is not None
    assert record.finished_at is not None
    assert record.finished_at - record.first_audio_at > 0.3
    assert loopback.qwen.requests == []
    assert "sk-own-server" not in "\n".join(stage.bot.log)


async def test_the_embedded_voice_stands_in_until_the_endpoint_is_back(
    start_bot: StartBot,
) -> None:
    async with open_loopback(ENDPOINT, voice=ToneSandboxVoice()) as loopback:
        stage = await start_bot(loopback, TTS_FALLBACKS="espeak")
        await loopback.qwen.go_down()
        assert likeness_of(await hear(stage), "Cherry") > 0.9

        await loopback.qwen.come_back()
        # The stand-in's words were not kept: the usual voice says them now.
        assert is_of_the_endpoint(await hear(stage))
        await end(stage)
    assert sum("speaks instead of" in line for line in stage.bot.log) == 1


async def test_fallbacks_are_asked_in_their_order(start_bot: StartBot) -> None:
    async with (
        SandboxOpenAI(SERVER) as server,
        open_loopback(ENDPOINT, voice=ToneSandboxVoice()) as loopback,
    ):
        settings = server.environment() | {"TTS_PROVIDER": "qwen", "OPENAI_VOICE": "vivian"}
        stage = await start_bot(loopback, TTS_FALLBACKS="openai,espeak", **settings)
        await loopback.qwen.go_down()
        heard = await hear(stage)
        assert find(expected(SENTENCE, "vivian"), samples(heard))[1] > 0.9

        await server.go_down()
        assert likeness_of(await hear(stage), "Cherry") > 0.9
        await end(stage)
