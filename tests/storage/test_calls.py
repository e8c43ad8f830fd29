"""The calls the bot is wanted in: kept, put to sleep, forgotten."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from bot.errors import UserError
from bot.storage.calls import CallRepository, WantedCall
from bot.storage.database import Database
from tests.storage.inside import run

GUILD = 2**62 + 1
CHANNEL = GUILD + 1
CHAT = GUILD + 2


@pytest.fixture
def calls(database: Database) -> CallRepository:
    return CallRepository(database)


async def test_at_first_no_call_is_wanted(calls: CallRepository) -> None:
    assert await calls.all() == []


@pytest.mark.parametrize("home_id", [CHAT, None])
async def test_what_is_wanted_is_found_by_another_process(
    url: str, calls: CallRepository, home_id: int | None
) -> None:
    await calls.save(GUILD, CHANNEL, home_id)
    reopened = await Database.open(url)
    assert await CallRepository(reopened).all() == [WantedCall(GUILD, CHANNEL, home_id, False)]
    await reopened.close()


async def test_a_server_has_one_call(calls: CallRepository) -> None:
    await calls.save(GUILD, CHANNEL, CHAT)
    await calls.save(GUILD, CHANNEL + 7, None)
    assert await calls.all() == [WantedCall(GUILD, CHANNEL + 7, None, False)]


async def test_the_call_that_changed_last_is_the_first(calls: CallRepository) -> None:
    for guild_id in (1, 2, 3):
        await calls.save(guild_id, CHANNEL, None)
    await calls.set_dormant(1)
    assert [call.guild_id for call in await calls.all()] == [1, 3, 2]


async def test_a_call_left_by_itself_is_dormant_until_it_is_wanted_again(
    calls: CallRepository,
) -> None:
    await calls.save(GUILD, CHANNEL, CHAT)
    await calls.set_dormant(GUILD)
    assert await calls.all() == [WantedCall(GUILD, CHANNEL, CHAT, True)]
    await calls.save(GUILD, CHANNEL, CHAT)
    assert await calls.all() == [WantedCall(GUILD, CHANNEL, CHAT, False)]


async def test_a_call_nobody_wants_cannot_be_dormant(calls: CallRepository) -> None:
    await calls.set_dormant(GUILD)
    assert await calls.all() == []


async def test_forgetting_one_call_leaves_the_others(calls: CallRepository) -> None:
    await calls.save(GUILD, CHANNEL, CHAT)
    await calls.save(GUILD + 1, CHANNEL, CHAT)
    await calls.forget(GUILD)
    await calls.forget(GUILD)
    assert [call.guild_id for call in await calls.all()] == [GUILD + 1]


async def test_the_last_wish_wins_however_many_there_are(calls: CallRepository) -> None:
    await asyncio.gather(
        *(calls.save(GUILD, channel_id, None) for channel_id in range(20)),
        calls.forget(GUILD),
        calls.save(GUILD, CHANNEL, CHAT),
    )
    assert await calls.all() == [WantedCall(GUILD, CHANNEL, CHAT, False)]


async def test_a_wish_that_cannot_be_kept_is_a_sentence(
    calls: CallRepository, database: Database
) -> None:
    await run(database, "DROP TABLE calls")
    with pytest.raises(UserError, match="nothing changed"):
        await calls.save(GUILD, CHANNEL, CHAT)
    with pytest.raises(UserError, match="cannot be read"):
        await calls.all()


WRITER = textwrap.dedent("""
    import asyncio, sys
    from bot.storage.calls import CallRepository
    from bot.storage.database import Database

    async def main():
        database = await Database.open(sys.argv[1])
        await database.migrate()
        calls = CallRepository(database)
        number = 0
        while True:
            number += 1
            await calls.save(1, number, None)
            print(number, flush=True)

    asyncio.run(main())
""")


async def test_what_was_acknowledged_survives_a_kill(url: str) -> None:
    with subprocess.Popen(  # noqa: ASYNC220, S603
        [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        last = [writer.stdout.readline() for _ in range(7)][-1]
        os.kill(writer.pid, signal.SIGKILL)
    database = await Database.open(url)
    [kept] = await CallRepository(database).all()
    await database.close()
    assert kept.channel_id >= int(last)
