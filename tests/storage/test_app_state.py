"""What the program remembers of its last start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.storage.app_state import PROOF, AppStateRepository, greeted

if TYPE_CHECKING:
    from bot.storage.database import Database


async def test_what_was_never_saved_is_nothing(database: Database) -> None:
    assert await AppStateRepository(database).fetch("commands") is None


async def test_the_last_value_is_kept(database: Database) -> None:
    states = AppStateRepository(database)
    await states.save("commands", "old")
    await states.save("commands", "new")
    await states.save("other", "x")
    assert await AppStateRepository(database).fetch("commands") == "new"


async def test_a_proof_that_something_is_kept_is_another_each_time(database: Database) -> None:
    states = AppStateRepository(database)
    await states.prove()
    first = await states.fetch(PROOF)
    await states.prove()
    assert first is not None
    assert await states.fetch(PROOF) not in (None, first)


async def test_what_was_forgotten_is_nothing_again(database: Database) -> None:
    states = AppStateRepository(database)
    await states.save(greeted(7), "today")
    await states.save(greeted(8), "today")
    await states.forget(greeted(7))
    await states.forget(greeted(7))
    assert await states.fetch(greeted(7)) is None
    assert await states.fetch(greeted(8)) == "today"
