"""What the benchmarks share with the product still fits together."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from bot.reading.preparing import Prepared
from tests.benchmarks.__main__ import TTS, VOICE
from tests.benchmarks._group import group_for
from tests.benchmarks._reader import open_reader


@pytest.mark.parametrize("module", sorted({*VOICE.values(), *TTS.values()}))
def test_every_benchmark_can_be_run(module: str) -> None:
    assert callable(import_module(f"tests.benchmarks.{module}").run)


def test_the_calls_of_the_benchmarks_are_encrypted() -> None:
    assert group_for(0).is_settled


async def test_the_messages_of_the_benchmarks_are_read(tmp_path: Path) -> None:
    async with open_reader(tmp_path) as reader:
        await reader.add_server(1)
        prepared = reader.prepare("Good morning!", 1)
    assert isinstance(prepared, Prepared)
    assert prepared.words.text == "Good morning!"
