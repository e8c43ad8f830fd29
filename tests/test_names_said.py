"""How members are called: as they chose, and never by what is never spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.models import Language, Source
from bot.settings.choices import NameReading
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberSettings
from bot.storage.database import Database
from bot.storage.lexicon import LexiconOwner, LexiconRepository
from bot.storage.settings import SettingsRepository
from bot.text.lexicon import LexiconEntry
from bot.text.pipeline import Words
from bot.wording import Wording

GUILD, ANN, BOB = 7, 8, 9
STRICT = GuildSettings(blocked_words=("darn",), name_reading=NameReading.ALWAYS)
HELLO = Words("Hello", Language.ENGLISH)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'oriole.db'}")
    await database.migrate()
    yield database
    await database.close()


CALLED = {
    (None, "Ann", "ann_1"): "Ann",
    ("Annie", "Ann", "ann_1"): "Annie",
    ("Darn it", "Ann", "ann_1"): "Ann",
    (None, "D.a.r.n", "ann_1"): "ann 1",
    (None, "da🎉rn", "ann_1"): "ann 1",
    (None, "darn", "DARN"): "a member",
    # Her own dictionary says "darn" for "Bo" and "Josephine" for "Jo".
    (None, "Bo", "bo"): "Bo",
    (None, "Jo", "jo"): "Josephine",
}
"""How somebody is called who has chosen a name, is seen by one, and has one as account."""


async def test_a_name_with_a_blocked_word_is_passed_over(database: Database) -> None:
    settings, lexicons = SettingsRepository(database), LexiconRepository(database)
    wording, source = Wording(settings, lexicons), Source(ANN, GUILD)
    entries = [LexiconEntry("Bo", "darn"), LexiconEntry("Jo", "Josephine")]
    await settings.change_guild(GUILD, lambda _: STRICT, by=1)
    await lexicons.add(LexiconOwner(member_id=ANN), entries, by=ANN)
    said = {}
    for chosen, display, username in CALLED:
        own = MemberSettings(spoken_name=chosen)
        await settings.change_member(ANN, None, lambda _, own=own: own)
        author = await wording.of_author(HELLO, source, display=display, username=username)
        said[chosen, display, username] = author.removesuffix(" said: ")
    assert said == CALLED


async def test_who_comes_and_goes_is_called_likewise(database: Database) -> None:
    settings = SettingsRepository(database)
    await settings.change_guild(GUILD, lambda _: STRICT, by=1)
    arrived = await Wording(settings).of_movement(
        {ANN: ("Darn", "darn"), BOB: ("Bob", "bob")}, Source(guild_id=GUILD), is_arrival=True
    )
    assert arrived.text.startswith("a member and Bob ")
