"""The connection does not miss what Discord answers at once."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from discord.voice_state import ConnectionFlowState

from bot.voice.client import _ConnectionState

Flow = ConnectionFlowState


class Guild:
    """Answers a request to join before the request returns, as a Discord next door does."""

    def __init__(self) -> None:
        self.connection: _ConnectionState
        self.channel = SimpleNamespace(id=2, guild=self)

    async def change_voice_state(self, **_: object) -> None:
        await self.connection.voice_state_update(
            {"channel_id": "2", "session_id": "session"}  # type: ignore[typeddict-item]
        )


@pytest.fixture
async def connection() -> AsyncIterator[_ConnectionState]:
    guild = Guild()
    client: Any = SimpleNamespace(channel=guild.channel, guild=guild)
    guild.connection = _ConnectionState(client)
    yield guild.connection
    guild.connection._socket_reader.stop()


async def test_a_state_reached_right_after_the_wait_began_is_seen(
    connection: _ConnectionState,
) -> None:
    waiting = asyncio.create_task(
        connection._wait_for_state(Flow.got_both_voice_updates, timeout=5)
    )
    await asyncio.sleep(0)

    connection.state = Flow.got_voice_state_update
    connection.state = Flow.got_both_voice_updates

    await waiting


async def test_an_answer_that_comes_before_the_request_returns_is_taken(
    connection: _ConnectionState,
) -> None:
    await connection._voice_connect(self_deaf=True, self_mute=False)

    assert connection.state is Flow.got_voice_state_update
    assert connection.session_id == "session"


async def test_a_state_that_never_comes_is_a_timeout(connection: _ConnectionState) -> None:
    with pytest.raises(TimeoutError):
        await connection._wait_for_state(Flow.connected, timeout=0.01)
