"""Much work at once leaves the loop its turns."""

import asyncio

import pytest

from bot.audio.turnstile import Turnstile


async def test_one_piece_of_work_is_done_between_two_looks_of_the_loop() -> None:
    turnstile = Turnstile()
    done = 0
    most_in_a_turn = 0

    async def work() -> None:
        nonlocal done
        for _ in range(20):
            async with turnstile.turn():
                done += 1

    workers = asyncio.gather(*(work() for _ in range(10)))
    while not workers.done():
        before = done
        await asyncio.sleep(0)
        most_in_a_turn = max(most_in_a_turn, done - before)

    assert done == 200
    assert most_in_a_turn == 1


async def test_everyone_gets_through_in_order() -> None:
    turnstile = Turnstile()
    order: list[int] = []

    async def work(name: int) -> None:
        for _ in range(2):
            async with turnstile.turn():
                order.append(name)

    await asyncio.gather(*(work(name) for name in range(3)))

    assert order == [0, 1, 2, 0, 1, 2]


async def test_whoever_fails_or_is_cancelled_holds_up_nobody() -> None:
    turnstile = Turnstile()
    with pytest.raises(ValueError, match="broken"):
        async with turnstile.turn():
            raise ValueError("broken")
    entered = asyncio.Event()

    async def linger() -> None:
        async with turnstile.turn():
            entered.set()

    lingering = asyncio.create_task(linger())
    await entered.wait()
    lingering.cancel()

    async with asyncio.timeout(1), turnstile.turn():
        pass
