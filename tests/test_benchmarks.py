"""What the benchmarks share with the product still fits together."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.benchmarks.__main__ import TTS, VOICE
from tests.benchmarks._group import group_for


@pytest.mark.parametrize("module", sorted({*VOICE.values(), *TTS.values()}))
def test_every_benchmark_can_be_run(module: str) -> None:
    assert callable(import_module(f"tests.benchmarks.{module}").run)


def test_the_calls_of_the_benchmarks_are_encrypted() -> None:
    assert group_for(0).is_settled
