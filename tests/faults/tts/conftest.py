"""A route to a loopback endpoint for every row."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.faults.tts.route import Route, open_route


@pytest.fixture
async def route() -> AsyncIterator[Route]:
    async with open_route() as route:
        yield route


@pytest.fixture
async def unlimited() -> AsyncIterator[Route]:
    """A route without admission, for rows in which no pace may stand in the way."""
    async with open_route(is_limited=False) as route:
        yield route
