"""The real way of a message into a request, with a real database, and no Discord and no sound."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import discord

from bot.models import VoiceSettings
from bot.ops.clock import DiscordClock
from bot.policy.admission import Silence
from bot.reading.incoming import Author, Incoming
from bot.reading.preparing import Prepared, Preparer
from bot.settings.pages.limits import MAX_CHARACTERS
from bot.speech import SpeechService
from bot.storage.database import Database
from bot.storage.lexicon import LexiconOwner, LexiconRepository
from bot.storage.settings import SettingsRepository
from bot.text.lexicon import LexiconEntry
from bot.text.message import ChatMessage
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer
from bot.voice.ledger import Ledger
from bot.voice.pacer import Pacer
from bot.voice.recovery import Recovery
from bot.voice.registry import SessionRegistry
from bot.voice.session import Equipment, Patience
from bot.wording import Wording

if TYPE_CHECKING:
    from bot.voice.client import CallChannel

ADMIN, ANN = 1, 42
CALL = cast("CallChannel", discord.Object(7))  # only its id is asked for


class Nobody(Synthesizer):
    """Is never asked."""

    def stream(self, request: object) -> object:  # type: ignore[override]
        raise AssertionError


class Reader:
    """Prepares messages of servers, as the bot does with each that somebody writes."""

    def __init__(self, database: Database) -> None:
        self._settings = SettingsRepository(database)
        self._lexicons = LexiconRepository(database)
        recorder = Recorder(Nobody())
        equipment = Equipment(
            recorder, Pacer(), Ledger(), Recovery(), Patience(alone_s=0, idle_s=0)
        )
        wording = Wording(self._settings, self._lexicons)
        wording.load()
        self._preparer = Preparer(
            speech=SpeechService(
                synthesizer=recorder,
                defaults=VoiceSettings(),
                settings=self._settings,
                wording=wording,
            ),
            settings=self._settings,
            sessions=SessionRegistry(equipment),
            clock=DiscordClock(),
            reads_content=True,
        )

    async def add_server(
        self,
        guild_id: int,
        *,
        model: str | None = None,
        blocked: Sequence[str] = (),
        dictionary: Mapping[str, str] | None = None,
    ) -> None:
        """Add a server that reads as much of a message as one may, and wait until it is known."""
        await self._settings.change_guild(
            guild_id,
            lambda now: replace(
                now,
                model=model,
                joins_by_itself=True,
                max_characters=MAX_CHARACTERS,
                blocked_words=tuple(blocked),
            ),
            by=ADMIN,
        )
        entries = [LexiconEntry(word, said) for word, said in (dictionary or {}).items()]
        await self._lexicons.replace_all(LexiconOwner(guild_id=guild_id), entries, by=ADMIN)
        await self._preparer.prepare(_incoming("Hello.", guild_id))

    def prepare(self, text: str, guild_id: int) -> Prepared | Silence:
        """Return what becomes of a message in a server that is known."""
        way = self._preparer.prepare(_incoming(text, guild_id))
        try:
            way.send(None)  # to its end: nothing has to be waited for that is in memory
        except StopIteration as end:
            prepared: Prepared | Silence = end.value
            return prepared
        raise AssertionError


@asynccontextmanager
async def open_reader(folder: Path) -> AsyncIterator[Reader]:
    """Open a reader with a database of its own."""
    database = await Database.open(f"sqlite+aiosqlite:///{(folder / 'oriole.db').as_posix()}")
    try:
        await database.migrate()
        yield Reader(database)
    finally:
        await database.close()


def _incoming(text: str, guild_id: int) -> Incoming:
    author = Author(ANN, "ann", "Ann", call=CALL)
    message = ChatMessage(text, users={ANN: "Ann"})
    return Incoming(1, guild_id, 8, None, author, message, datetime.now(UTC), is_addressed=True)
