"""Puts messages and names into words, as a server and its members want to hear them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

from bot.models import Language
from bot.settings.guild import GuildSettings
from bot.text.announcement import announcement, arrival, choose_name, departure
from bot.text.blocked import blocked_words
from bot.text.language import LanguageDetector
from bot.text.lexicon import Lexicon
from bot.text.names import is_blocked
from bot.text.phrases import PHRASES
from bot.text.pipeline import MAX_CHARACTERS, Words, put_into_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.models import Source
    from bot.settings.member import MemberSettings
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository
    from bot.text.message import ChatMessage

REMEMBERED: Final = 20_000
"""Members whose last language is known; about 150 bytes each."""

MAX_NAMES: Final = 10
"""Members whose spoken names are looked up for one message, or said at once; more is a crowd."""

_NO_LEXICON: Final = Lexicon()


class Wording:
    """Knows how a server, a channel and a member want their words to be said.

    Args:
        settings: What they have decided; without it nobody has.
        lexicons: Their dictionaries; without it there are none.
    """

    def __init__(
        self,
        settings: SettingsRepository | None = None,
        lexicons: LexiconRepository | None = None,
    ) -> None:
        self._settings = settings
        self._lexicons = lexicons
        self._detector = LanguageDetector()
        self._last_language: LRUCache[tuple[int | None, str], Language] = LRUCache(REMEMBERED)

    def load(self) -> None:
        """Read what languages are told apart by; in a thread, for it takes a moment."""
        self._detector.load()

    async def of_message(
        self,
        message: ChatMessage,
        source: Source,
        *,
        language: Language | None = None,
        max_characters: int = MAX_CHARACTERS,
    ) -> Words:
        """Return what is said of a message.

        Args:
            message: What somebody wrote and sent along.
            source: Who that was, and where.
            language: What it is in, if somebody has said so.
            max_characters: How much of it is said.

        Raises:
            UserError: The database does not answer.
        """
        server = await self._server(source)
        key = (source.guild_id, source.identity or str(source.member_id))
        words = put_into_words(
            await self._with_spoken_names(message, source),
            settings=server,
            lexicon=await self._lexicon(source),
            detector=self._detector,
            language=language or await self._chosen_language(source),
            last=self._last_language.get(key),
            max_characters=max_characters,
            now=datetime.now(UTC),
        )
        if language is None and words.language is not Language.AUTO:
            self._last_language[key] = words.language
        return words

    async def of_author(self, words: Words, source: Source, *, display: str, username: str) -> str:
        """Return what is said before the words of an author, such as "Ann says:".

        Raises:
            UserError: The database does not answer.
        """
        server = await self._server(source)
        chosen = await self._spoken_name(source, source.member_id)
        name = _name_of(
            (chosen, display, username),
            server=server,
            language=words.language,
            lexicon=await self._lexicon(source),
        )
        return announcement(
            name, words.spoken, template=server.name_template, language=words.language
        )

    async def of_movement(
        self, names: Mapping[int, tuple[str, str]], source: Source, *, is_arrival: bool
    ) -> Words:
        """Return what is said when people come into a call or leave it.

        Args:
            names: The name people see and that of the account, by the ids of the members.
            source: The server.
            is_arrival: Whether they came.

        Raises:
            UserError: The database does not answer.
        """
        server = await self._server(source)
        language = server.language or Language.ENGLISH
        lexicon = await self._lexicon(source)
        called = [
            _name_of(
                (await self._spoken_name(source, member_id), display, username),
                server=server,
                language=language,
                lexicon=lexicon,
            )
            for member_id, (display, username) in list(names.items())[:MAX_NAMES]
        ]
        phrases, say = PHRASES[language], arrival if is_arrival else departure
        said = say(called, language)
        if len(names) > MAX_NAMES:
            said += phrases.comma + phrases.and_so_on
        return Words(said, language)

    def forget_member(self, member_id: int) -> None:
        """Forget which language a member wrote in last, in every server."""
        self._forget(lambda key: key[1] == str(member_id))

    def forget_guild(self, guild_id: int) -> None:
        """Forget which language people wrote in last in a server."""
        self._forget(lambda key: key[0] == guild_id)

    def _forget(self, is_meant: Callable[[tuple[int | None, str]], bool]) -> None:
        for key in [key for key in self._last_language if is_meant(key)]:
            del self._last_language[key]

    async def _server(self, source: Source) -> GuildSettings:
        if self._settings is None or source.guild_id is None:
            return GuildSettings()
        return await self._settings.fetch_guild(source.guild_id)

    async def _member(self, source: Source, member_id: int | None) -> Sequence[MemberSettings]:
        """Return what a member has decided for the server and for everywhere."""
        if self._settings is None or member_id is None or source.identity:
            return ()
        everywhere = await self._settings.fetch_member(member_id, None)
        if source.guild_id is None:
            return (everywhere,)
        return (await self._settings.fetch_member(member_id, source.guild_id), everywhere)

    async def _chosen_language(self, source: Source) -> Language | None:
        chosen = (each.language for each in await self._member(source, source.member_id))
        language = next(filter(None, chosen), None)
        return None if language is Language.AUTO else language

    async def _spoken_name(self, source: Source, member_id: int | None) -> str | None:
        chosen = (each.spoken_name for each in await self._member(source, member_id))
        return next(filter(None, chosen), None)

    async def _with_spoken_names(self, message: ChatMessage, source: Source) -> ChatMessage:
        """Let those whom a message mentions or answers be called as they want to be."""
        has_names = message.users or message.reply_to_id is not None or message.forwarded
        if self._settings is None or not has_names:
            return message
        source = replace(source, identity="")
        users = dict(message.users)
        for member_id in list(users)[:MAX_NAMES]:
            if name := await self._spoken_name(source, member_id):
                users[member_id] = name
        reply_to = message.reply_to
        if message.reply_to_id is not None:
            reply_to = await self._spoken_name(source, message.reply_to_id) or reply_to
        forwarded = message.forwarded and await self._with_spoken_names(message.forwarded, source)
        return replace(message, users=users, reply_to=reply_to, forwarded=forwarded)

    async def _lexicon(self, source: Source) -> Lexicon:
        if self._lexicons is None:
            return _NO_LEXICON
        member_id = None if source.identity else source.member_id
        return await self._lexicons.fetch(source.guild_id, member_id)


def _name_of(
    names: tuple[str | None, str, str],
    *,
    server: GuildSettings,
    language: Language,
    lexicon: Lexicon,
) -> str:
    """Return how a member is called: as they chose, as people see them, as their account is called.

    A name with a word that is never spoken is passed over, also where a dictionary would make one.
    """
    blocked = blocked_words(server.blocked_words)
    chosen, display, username = (
        "" if name is None or is_blocked(name, blocked) else name for name in names
    )
    name = choose_name(
        chosen=chosen,
        display=display,
        username=username,
        source=server.name_source,
        language=language,
    )
    read = lexicon.read(name, max_characters=MAX_CHARACTERS).text
    return name if blocked.is_in(read) else read
