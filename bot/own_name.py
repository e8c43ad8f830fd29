"""Use cases: members choose how their name is spoken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.i18n import _
from bot.text.blocked import blocked_words
from bot.text.clean import one_line
from bot.text.names import spoken_name
from bot.tts.wishes import Level

if TYPE_CHECKING:
    from bot.settings.member import MemberSettings
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository

MAX_SAID_CHARACTERS: Final = 200
"""Of a name as dictionaries have it said: enough for two readings of theirs."""


@dataclass(frozen=True, slots=True)
class OwnName:
    """The name a member has chosen, as the dictionaries have it said, and where that holds."""

    spoken: str
    level: Level


class OwnNames:
    """Keeps how members want to be called; nobody else has a say in it but blocked words."""

    def __init__(self, *, settings: SettingsRepository, lexicons: LexiconRepository) -> None:
        self._settings = settings
        self._lexicons = lexicons

    async def fetch(self, member_id: int, guild_id: int | None) -> OwnName | None:
        """Return the name that holds in a server, or for all where that is `None`.

        Raises:
            UserError: The database does not answer.
        """
        places = [(Level.HERE, guild_id)] if guild_id is not None else []
        for level, place in (*places, (Level.EVERYWHERE, None)):
            chosen = (await self._settings.fetch_member(member_id, place)).spoken_name
            if chosen and (name := spoken_name(chosen)):
                lexicon = await self._lexicons.fetch(guild_id, member_id)
                spoken = lexicon.read(name, max_characters=MAX_SAID_CHARACTERS).text
                return OwnName(spoken or name, level)
        return None

    async def save(
        self, member_id: int, written: str, *, guild_id: int | None, asked_in: int | None
    ) -> None:
        """Call a member by a name, in one server or in all where `guild_id` is `None`.

        `asked_in` is the server where they ask for it.

        Raises:
            UserError: It cannot be said, or is not said there; nothing was saved.
        """
        name = one_line(written)
        if not spoken_name(name):
            raise UserError(_("I cannot say that name. Write it in letters, such as: Ali."))
        if asked_in is not None:
            await self._require_clean(name, asked_in)
        await self._change(member_id, guild_id, name)

    async def reset(self, member_id: int, *, guild_id: int | None) -> None:
        """Call a member as others see them, in one server or in all.

        Raises:
            UserError: Nothing was changed.
        """
        await self._change(member_id, guild_id, None)

    async def _require_clean(self, name: str, guild_id: int) -> None:
        blocked = blocked_words((await self._settings.fetch_guild(guild_id)).blocked_words)
        if blocked.is_in(name) or blocked.is_in(spoken_name(name)):
            raise UserError(
                _("There is a word in that name that I never say in this server. Choose another.")
            )

    async def _change(self, member_id: int, guild_id: int | None, name: str | None) -> None:
        def change(now: MemberSettings) -> MemberSettings:
            return replace(now, spoken_name=name)

        await self._settings.change_member(member_id, guild_id, change)
