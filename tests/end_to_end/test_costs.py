"""What is heard is paid for once, and nobody spends more than they may."""

from pathlib import Path

import pytest

from bot.sandbox.loopback import open_loopback
from tests.end_to_end.conftest import ENDPOINT, StartBot
from tests.end_to_end.stage import Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "The ferry leaves the harbour at seven."
CACHE = {"CACHE_MEMORY_MB": "8", "CACHE_DISK_MB": "8"}


async def say(stage: Stage, text: str = SENTENCE) -> None:
    """Let Ann say a text, and see that Ben has heard it."""
    await stage.reset()
    await stage.say(text)
    heard = await stage.hear_out()
    assert find(expected(text), stage.heard_samples(heard))[1] > 0.9


async def test_what_was_said_is_not_asked_for_again_also_after_a_restart(
    start_bot: StartBot, tmp_path: Path
) -> None:
    async with open_loopback(ENDPOINT) as loopback:
        first = await start_bot(loopback, data_dir=tmp_path / "data", **CACHE)
        await say(first, "Good morning.")  # from now on the bot knows how loud the voice is
        await say(first)
        await say(first)
        assert len(loopback.qwen.requests) == 2
        posted = await first.answer(await loopback.speaker.slash("tts", {"text": SENTENCE}))
        assert posted.attachments
        assert await first.bot.stop() == 0

        second = await start_bot(loopback, data_dir=tmp_path / "data", **CACHE)
        await say(second)
        assert await second.bot.stop() == 0
        assert len(loopback.qwen.requests) == 2

    kept = [file.read_bytes() for file in (tmp_path / "data" / "clips").iterdir()]
    assert kept
    assert not any(b"ferry" in content for content in kept)


async def test_cached_speech_is_heard_while_the_service_is_down(
    start_bot: StartBot,
) -> None:
    stage = await start_bot(**CACHE)
    await say(stage, "Good morning.")
    await say(stage)
    await stage.loopback.qwen.go_down()

    await say(stage)

    refused = await stage.answer(await stage.say("This is new."))
    assert "out of order" in refused.content


async def test_a_member_who_has_used_up_the_day_is_told_and_costs_nothing_more(
    start_bot: StartBot, tmp_path: Path
) -> None:
    budget = {"BUDGET_MEMBER_CHARACTERS": str(len(SENTENCE))}
    async with open_loopback(ENDPOINT) as loopback:
        for _ in range(2):  # a restart is no new day
            stage = await start_bot(loopback, data_dir=tmp_path / "data", **budget)
            if not loopback.qwen.requests:
                await say(stage)
            await stage.reset()
            refused = await stage.answer(await stage.say("One more of these."))
            assert "used up" in refused.content
            assert refused.is_ephemeral
            assert await stage.bot.stop() == 0

        assert len(loopback.qwen.requests) == 1


async def test_moderators_see_what_was_used_and_saved(start_bot: StartBot) -> None:
    stage = await start_bot(**CACHE)
    await say(stage, "Good morning.")
    await say(stage)
    await say(stage)

    shown = await stage.answer(await stage.loopback.moderator.slash("usage"))

    assert shown.is_ephemeral
    (chart,) = shown.attachments
    assert chart.content.startswith(b"\x89PNG")
    assert str(len("Good morning.") + len(SENTENCE)) in shown.content
    assert str(len(SENTENCE)) in shown.content
