"""The command tree: speaks the user's language, reports every failure, syncs when it changed."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.i18n import use_locale
from bot.permit import may_be_shown, require
from bot.report import report

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.storage.app_state import AppStateRepository

log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree["Bot"]):
    """All application commands."""

    async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
        """Answer in the user's language, and only those whom the table of permissions lets."""
        use_locale(interaction.locale.value)
        command = interaction.command
        if command is None:  # not one of ours any more, which the library words by itself
            return True
        if interaction.type is discord.InteractionType.autocomplete:
            # Who gets none sees that nothing was found.
            return may_be_shown(interaction, command.qualified_name)
        try:
            await require(interaction, command.qualified_name)
        except Exception as error:  # the library reports nothing from here
            await self.on_error(interaction, error)
            return False
        return True

    async def on_error(self, interaction: discord.Interaction[Bot], error: Exception, /) -> None:
        """Report what a command raised."""
        await report(interaction, error)

    def fingerprint(self) -> str:
        """Return a hash that changes when any command does."""
        payload = sorted(
            json.dumps(command.to_dict(self), sort_keys=True) for command in self.get_commands()
        )
        return hashlib.sha256("\n".join(payload).encode()).hexdigest()

    async def sync_if_changed(self, state: AppStateRepository) -> None:
        """Register the commands with Discord unless it has them already.

        Discord allows 200 creations a day and guild. A failure leaves the old commands in place and
        does not keep the bot from starting.
        """
        key = f"commands:{self.client.application_id}"
        fingerprint = self.fingerprint()
        if await state.fetch(key) == fingerprint:
            return
        if await self._sync():
            await state.save(key, fingerprint)

    async def _sync(self) -> bool:
        try:
            commands = await self.sync()
        except discord.HTTPException as error:
            log.warning("commands not synced: HTTP %s, code %s", error.status, error.code)
            return False
        # What the library makes of a 429 longer than it may wait for (http.py:737).
        except discord.RateLimited as error:
            log.warning("commands not synced: try again in %.0f s", error.retry_after)
            return False
        log.info("%s commands synced", len(commands))
        return True
