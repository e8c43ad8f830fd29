"""The chat of a call, read aloud by the real bot."""

from __future__ import annotations

import pytest

from tests.end_to_end.stage import Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]


async def test_what_people_in_the_call_write_there_is_heard(stage: Stage) -> None:
    world = stage.loopback
    await stage.answer(await world.speaker.slash("join"))
    await world.speaker.send(world.voice_channel, "The lighthouse is lit.")
    heard = await stage.hear_out()
    samples = stage.heard_samples(heard)
    name, text = (
        find(expected(said, language="English"), samples)
        for said in ("Ann said", "The lighthouse is lit.")
    )
    assert name[1] > 0.8
    assert text[1] > 0.8
    assert name[0] < text[0]
