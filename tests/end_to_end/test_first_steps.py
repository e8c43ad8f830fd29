"""A moderator's first minutes over real sockets: checked, heard, and words taught by a file."""

from __future__ import annotations

import pytest

from bot.sandbox.discord.world.attachments import Upload
from bot.sandbox.discord.world.messages import Message
from tests.end_to_end.stage import ANSWER_S, Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "Hello, I am Cherry. This is how I sound."
WORDS = Upload("words.csv", b"word,reading\nSQL,sequel\n", "text/csv")


def written(panel: Message) -> str:
    return str(panel.components)


async def test_a_test_sentence_is_heard_and_told_of(stage: Stage) -> None:
    world = stage.loopback
    await world.moderator.join_voice(world.voice_channel)
    panel = await stage.answer(await world.moderator.slash("setup"))
    assert "I may come and speak." in written(panel)
    await world.moderator.press(panel, "Say a test sentence")
    heard = await stage.hear_out()
    assert find(expected(SENTENCE), stage.heard_samples(heard))[1] > 0.9
    changes = world.discord.changes
    await changes.until(lambda: "✅ I have spoken in" in written(panel), timeout_s=ANSWER_S)


async def test_words_from_a_file_are_heard_once_somebody_agreed(stage: Stage) -> None:
    world = stage.loopback
    asked = await stage.answer(await world.moderator.slash("dictionary import", {"file": WORDS}))
    assert [each.filename for each in asked.attachments] == ["dictionary.csv"]
    await world.moderator.press(asked, "Add them")
    changes = world.discord.changes
    await changes.until(lambda: "Saved: 1 word added." in written(asked), timeout_s=ANSWER_S)
    assert asked.attachments == []

    tested = await stage.answer(await world.speaker.slash("dictionary test", {"text": "`SQL`!"}))
    assert "sequel!" in written(tested)
    listening = await world.speaker.press(tested, "Listen")
    [file] = (await stage.answer(listening)).attachments
    assert file.filename == "sequel.wav"
    await stage.say("SQL")
    heard = await stage.hear_out()
    assert find(expected("sequel"), stage.heard_samples(heard))[1] > 0.9
