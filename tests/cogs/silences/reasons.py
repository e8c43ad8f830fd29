"""Which reason to stay silent a test brings about."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from bot.policy.admission import Silence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def brings_about(silence: Silence) -> pytest.MarkDecorator:
    """Say for which reason the message of a test is silent; the fixture `why` insists on it."""
    return pytest.mark.parametrize("silence", [silence], ids=str)


def brought_about(modules: Iterable[ModuleType]) -> set[Silence]:
    """Return every reason that a test of some modules brings about."""
    return {
        value
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_")
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "parametrize"
        for value in _values(mark.args[1])
        if isinstance(value, Silence)
    }


def _values(sets: Iterable[object]) -> Iterator[object]:
    for one in sets:
        yield from one if isinstance(one, tuple) else (one,)
