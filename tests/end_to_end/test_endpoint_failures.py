"""Whatever is wrong with the endpoint, the user reads one sentence, and the bot goes on."""

from pathlib import Path

import pytest

from bot.sandbox.loopback import open_loopback
from bot.sandbox.qwen import QwenOptions, faults
from bot.sandbox.qwen.errors import INTERNAL_ERROR
from bot.tts.retrying import MAX_TRIES
from tests.end_to_end.conftest import OpenWorld, StartBot
from tests.end_to_end.stage import SPEECH_S, Stage

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (faults.RATE_QUOTA, "busy right now"),
        (faults.RATE_QUOTA_IN_STREAM, "busy right now"),
        (faults.UNAVAILABLE, "out of order"),
        (faults.ErrorEvent(INTERNAL_ERROR), "out of order"),
        (faults.HTML_BAD_GATEWAY, "out of order"),
        (faults.BAD_BASE64, "out of order"),
        (faults.DATA_INSPECTION, "does not speak this text"),
    ],
)
async def test_a_failing_endpoint_is_told_and_the_bot_goes_on(
    start_bot: StartBot, fault: faults.Fault, sentence: str
) -> None:
    stage = await start_bot()  # all these faults together would open the breaker
    await stage.reset()
    speaker = stage.loopback.speaker
    for command in ("say", "tts"):
        stage.loopback.qwen.faults.next(*[fault] * MAX_TRIES)
        answer = await stage.answer(await speaker.slash(command, {"text": "This fails."}))
        assert sentence in answer.content
        assert answer.is_ephemeral

        stage.loopback.qwen.faults.clear()
        posted = await stage.answer(await speaker.slash("tts", {"text": "Again."}))
        assert posted.attachments
    await stage.assert_speaks()


async def test_a_fault_that_passes_is_not_noticed(stage: Stage) -> None:
    stage.loopback.qwen.faults.next(faults.UNAVAILABLE)

    await stage.assert_speaks()


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.ARREARAGE])
async def test_a_refused_account_is_told_and_left_alone(
    start_bot: StartBot, fault: faults.Fault
) -> None:
    stage = await start_bot()
    await stage.reset()
    stage.loopback.qwen.faults.always(fault)

    answers = [await stage.answer(await stage.say("Who pays for this?")) for _ in range(3)]

    assert all("refuses this bot's account" in answer.content for answer in answers)
    assert len(stage.loopback.qwen.requests) == 1


async def test_a_stream_that_breaks_off_is_told_after_what_was_heard(stage: Stage) -> None:
    stage.loopback.qwen.faults.next(faults.Cut(after_event=3))

    used = await stage.say(
        "This sentence is long enough to be heard before it breaks off somewhere."
    )
    await used.wait_for_followups(1, timeout_s=SPEECH_S)

    assert [message.content for message in used.messages] == [
        "Speaking as Cherry.",
        "The speech service broke off. Try again in a moment.",
    ]
    await stage.assert_speaks()


async def test_an_endpoint_that_is_down_is_told(start_bot: StartBot, open_world: OpenWorld) -> None:
    loopback = await open_world(QwenOptions(throttle=None))
    stage = await start_bot(loopback)
    await stage.reset()
    await loopback.qwen.go_down()

    answer = await stage.answer(await stage.say("Nobody is there."))
    await loopback.qwen.come_back()

    assert "out of order" in answer.content
    await stage.assert_speaks()


async def test_a_wrong_key_is_told_and_never_shown(start_bot: StartBot) -> None:
    stage = await start_bot(DASHSCOPE_API_KEY="sk-wrong-canary")
    await stage.reset()

    answer = await stage.answer(await stage.say("Who pays for this?"))

    assert "refuses this bot's account" in answer.content
    assert "sk-wrong-canary" not in "\n".join(stage.bot.log)


async def test_a_key_is_exchanged_while_the_bot_runs(start_bot: StartBot, tmp_path: Path) -> None:
    async with open_loopback(QwenOptions(throttle=None)) as loopback:
        file = tmp_path / "key"
        file.write_text(loopback.qwen.key)
        stage = await start_bot(loopback, DASHSCOPE_API_KEY="", DASHSCOPE_API_KEY_FILE=str(file))
        await stage.assert_speaks()

        loopback.qwen.key = "sk-exchanged-canary"
        refused = await stage.answer(await stage.say("The old key is worth nothing."))
        assert "refuses this bot's account" in refused.content
        file.write_text(loopback.qwen.key)

        await stage.assert_speaks()
        assert "sk-exchanged-canary" not in "\n".join(stage.bot.log)
        assert await stage.bot.stop() == 0
