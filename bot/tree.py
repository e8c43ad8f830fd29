"""The command tree: speaks the user's language, reports every failure, syncs when it changed."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.i18n import use_locale
from bot.permit import may_be_shown, require
from bot.policy.pace import Seen
from bot.report import report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.client import Bot
    from bot.storage.app_state import AppStateRepository

log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree["Bot"]):
    """All application commands."""

    def __init__(self, client: Bot, **options: Any) -> None:
        super().__init__(client, **options)
        self._ids: Mapping[str, int] = {}
        self._seen = Seen()

    async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
        """Answer in the user's language, and only those whom the table of permissions lets.

        What Discord tells twice, as it does after a break in the connection, is answered once.
        """
        if not self._seen.add(interaction.id):
            log.info("an interaction was told twice")
            return False
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

    def mention(self, name: str) -> str:
        """Return a command as people press it in a message, or plainly while its id is not known.

        Args:
            name: The whole name, such as `voice set`.
        """
        command_id = self._ids.get(name.partition(" ")[0])
        return f"/{name}" if command_id is None else f"</{name}:{command_id}>"

    def has(self, name: str) -> bool:
        """Whether there is a command of this whole name."""
        path = name.split()
        found: Any = self.get_command(path[0])
        for part in path[1:]:
            found = found.get_command(part) if isinstance(found, app_commands.Group) else None
        return isinstance(found, app_commands.Command)

    async def sync_if_changed(self, state: AppStateRepository) -> None:
        """Register the commands with Discord unless it has them already.

        Discord allows 200 creations a day and guild. A failure leaves the old commands in place and
        does not keep the bot from starting.
        """
        key = f"commands:{self.client.application_id}"
        fingerprint = self.fingerprint()
        is_known = await state.fetch(key) == fingerprint
        if not is_known and (commands := await self._sync()) is not None:
            await self._keep(commands, state)
            await state.save(key, fingerprint)
        elif kept := await state.fetch(self._ids_key):
            self._ids = json.loads(kept)
        elif is_known:
            await self._ask_for_ids(state)

    async def _sync(self) -> list[app_commands.AppCommand] | None:
        try:
            commands = await self.sync()
        except discord.HTTPException as error:
            log.warning("commands not synced: HTTP %s, code %s", error.status, error.code)
            return None
        # What the library makes of a 429 longer than it may wait for (http.py:737).
        except discord.RateLimited as error:
            log.warning("commands not synced: try again in %.0f s", error.retry_after)
            return None
        log.info("%s commands synced", len(commands))
        return commands

    async def _ask_for_ids(self, state: AppStateRepository) -> None:
        try:
            await self._keep(await self.fetch_commands(), state)
        except (discord.HTTPException, discord.RateLimited) as error:
            log.warning("the ids of the commands are not known: %s", type(error).__name__)

    async def _keep(
        self, commands: Iterable[app_commands.AppCommand], state: AppStateRepository
    ) -> None:
        self._ids = {
            each.name: each.id
            for each in commands
            if each.type is discord.AppCommandType.chat_input
        }
        await state.save(self._ids_key, json.dumps(self._ids))

    @property
    def _ids_key(self) -> str:
        return f"command ids:{self.client.application_id}"
