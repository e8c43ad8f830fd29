"""Use cases: moderators decide whether a member is heard, and in which voice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.settings.member import MemberRules

if TYPE_CHECKING:
    from bot.models import Voice
    from bot.server_voice import ServerVoices
    from bot.settings.change import Change
    from bot.storage.settings import SettingsRepository


class Rulings:
    """Keeps what moderators decide about members of their server.

    Args:
        settings: Where it is kept.
        voices: The voices of servers.
    """

    def __init__(self, *, settings: SettingsRepository, voices: ServerVoices) -> None:
        self._settings = settings
        self._voices = voices

    async def mute(self, guild_id: int, member_id: int, *, by: int) -> Change[MemberRules]:
        """Let nothing of a member be heard, from now on and of what waits.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._change(guild_id, member_id, by, is_muted=True)

    async def unmute(self, guild_id: int, member_id: int, *, by: int) -> Change[MemberRules]:
        """Let a member be heard again.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._change(guild_id, member_id, by, is_muted=False)

    async def lock_voice(
        self, guild_id: int, member_id: int, written: str, *, by: int
    ) -> tuple[Voice, Change[MemberRules]]:
        """Let the voice that `written` means speak for a member, whatever they choose.

        Raises:
            UserError: There is no such voice; nothing was changed.
        """
        voice = await self._voices.find_voice(guild_id, written)
        return voice, await self._change(guild_id, member_id, by, voice=voice.id)

    async def unlock_voice(self, guild_id: int, member_id: int, *, by: int) -> Change[MemberRules]:
        """Let a member speak in the voice they choose.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._change(guild_id, member_id, by, voice=None)

    async def forget(self, guild_id: int, member_id: int, *, by: int) -> Change[MemberRules]:
        """Forget all that was decided about a member.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._settings.change_rules(
            guild_id, member_id, lambda _: MemberRules(), by=by
        )

    async def _change(
        self, guild_id: int, member_id: int, by: int, **rules: Any
    ) -> Change[MemberRules]:
        return await self._settings.change_rules(
            guild_id, member_id, lambda now: replace(now, **rules), by=by
        )
