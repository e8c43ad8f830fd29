"""Every model of the endpoint speaks through the whole bot, and gets what it understands."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.loopback import open_loopback
from bot.sandbox.qwen import QwenOptions
from bot.tts.catalog import MODELS
from tests.end_to_end.stage import Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

CLONE, DESIGN = "qwen3-tts-vc-2026-01-22", "qwen3-tts-vd-2026-01-26"
INSTRUCT = "qwen3-tts-instruct-flash"
OWN_VOICES = {"vc-guanyu-1": CLONE, "vd-robot-1": DESIGN}
TEXT = "The harbour is open."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot whose account has two voices of its own, and whose operator likes Japanese."""
    options = QwenOptions(throttle=None, custom_voices=OWN_VOICES)
    data_dir = tmp_path_factory.mktemp("data")
    async with (
        open_loopback(options) as loopback,
        BotProcess(loopback, data_dir, TTS_VOICES="Japanese=Ono Anna") as bot,
    ):
        stage = Stage(loopback, bot)
        for voice_id, model in OWN_VOICES.items():
            added = {"id": voice_id, "model": model, "name": f"My {voice_id[3:8]}"}
            answer = await loopback.moderator.slash("server customvoice add", added)
            assert "Added My" in (await stage.answer(answer)).content
        yield stage


async def choose(stage: Stage, **options: str | bool) -> str:
    used = await stage.loopback.moderator.slash("server voice", {"reset": True, **options})
    return (await stage.answer(used)).content


async def spoken(stage: Stage, text: str, **options: str) -> dict[str, object]:
    """Post a text as audio; return what the endpoint was asked for."""
    used = await stage.loopback.speaker.slash("tts", {"text": text, **options})
    assert (await stage.answer(used)).attachments
    body: dict[str, object] = json.loads(stage.loopback.qwen.requests[-1].body)
    return body


@pytest.mark.parametrize("model", [each for each in MODELS if each not in OWN_VOICES.values()])
async def test_a_model_speaks_with_a_voice_of_the_system(stage: Stage, model: str) -> None:
    assert f"Model: {model}\n" in await choose(stage, model=model)
    body = await spoken(stage, f"{TEXT} It is {model}.")
    assert (body["model"], stage.loopback.qwen.requests[-1].status) == (model, 200)


@pytest.mark.parametrize(("voice_id", "model"), OWN_VOICES.items())
async def test_a_voice_of_ones_own_is_heard(stage: Stage, voice_id: str, model: str) -> None:
    assert "does not speak" not in await choose(stage, model=model, voice=f"my {voice_id[3:8]}")
    await stage.say(TEXT)
    heard = await stage.hear_out()
    assert find(expected(TEXT, voice_id), stage.heard_samples(heard))[1] > 0.9
    assert json.loads(stage.loopback.qwen.requests[-1].body) == {
        "model": model,
        "input": {"text": TEXT, "voice": voice_id},
    }


async def test_a_style_goes_to_the_model_that_follows_it_and_digits_become_words(
    stage: Stage,
) -> None:
    await choose(stage, model=INSTRUCT, language="English")
    body = await spoken(stage, "Meet at 12:30, bring $5.", style="like a\nstoryteller")
    assert body == {
        "model": INSTRUCT,
        "input": {
            "text": "Meet at twelve thirty, bring five dollars.",
            "voice": "Cherry",
            "language_type": "English",
            "instructions": "like a storyteller",
        },
    }


async def test_digits_stay_where_the_model_reads_them_right(stage: Stage) -> None:
    await choose(stage)
    body = await spoken(stage, "Meet at 12:30.")
    assert body["input"] == {"text": "Meet at 12:30.", "voice": "Cherry"}


async def test_the_voice_of_a_language_speaks_where_nobody_chose_one(stage: Stage) -> None:
    await choose(stage)
    body = await spoken(stage, "こんにちは", language="Japanese")
    assert body["input"] == {
        "text": "こんにちは",
        "voice": "Ono Anna",
        "language_type": "Japanese",
    }
    await choose(stage, voice="Ethan")
    body = await spoken(stage, "おはよう", language="Japanese")
    assert body["input"] == {
        "text": "おはよう",
        "voice": "Ethan",
        "language_type": "Japanese",
    }


async def test_models_and_voices_are_suggested_by_typing(stage: Stage) -> None:
    moderator = stage.loopback.moderator
    models = await moderator.autocomplete("server voice", "model", "vc")
    assert [choice["value"] for choice in models] == [CLONE]
    voices = await moderator.autocomplete("server voice", "voice", "", options={"model": CLONE})
    assert [choice["value"] for choice in voices] == ["vc-guanyu-1"]
