"""`/server export` and `/server import`."""

from __future__ import annotations

import asyncio
import io
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import discord
from cachetools import TTLCache

from bot.errors import UserError
from bot.exchange.document import MAX_BYTES, Document, WrongDocumentError, read, write
from bot.exchange.voices import with_known_voices
from bot.i18n import _, ngettext
from bot.permit import require
from bot.settings.declare import settings_of
from bot.settings.kinds import Id, Ids, Mentionable
from cogs._uploads import read_upload
from cogs.views.exchange import ClosedImportView, ImportView, problems_in_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.client import Bot
    from bot.exchange.service import ExchangeService
    from cogs.views.dynamic import Pressed

FILE_NAME: Final = "oriole-settings.json"

PENDING_S: Final = 15 * 60
"""As long as the answer to a command can be edited."""

MAX_PENDING: Final = 50
"""Files that wait for an answer; each takes up to a megabyte."""

TOKEN_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that somebody was asked about, and what it would have changed then."""

    guild_id: int
    member_id: int
    document: Document
    notes: tuple[str, ...]
    fingerprint: str


class Exchange:
    """Hands out the settings of a server as a file, and brings them back."""

    def __init__(self, *, service: ExchangeService) -> None:
        self._service = service
        self._pending: TTLCache[str, _Pending] = TTLCache(MAX_PENDING, PENDING_S)

    async def export(self, interaction: discord.Interaction[Bot]) -> None:
        """Answer a command with the file."""
        await interaction.response.defer(ephemeral=True)
        content = write(await self._service.fetch(interaction.guild_id or 0))
        about = _("All that moderators have decided here. Bring it back with /server import.")
        if len(content) > MAX_BYTES:
            about = _(
                "All that moderators have decided here. It is larger than /server import takes: "
                "remove words from the dictionary in it, which has an export of its own."
            )
        file = discord.File(io.BytesIO(content), FILE_NAME, description=about)
        await interaction.followup.send(about, file=file)

    async def bring(self, interaction: discord.Interaction[Bot], file: discord.Attachment) -> None:
        """Answer a command with what a file would change, and ask whether it should."""
        await interaction.response.defer(ephemeral=True)
        content = await read_upload(file, most=MAX_BYTES)
        try:
            document = await asyncio.to_thread(read, content)
        except WrongDocumentError as error:
            raise UserError(problems_in_words(error)) from error
        kept = await self._service.fetch(interaction.guild_id or 0)
        document, notes = _at_home(document, interaction.guild, kept.channels or {})
        catalog = await interaction.client.speech.catalog(interaction.guild_id)
        document, unknown = with_known_voices(document, catalog)
        if unknown:
            notes = (*notes, _left_out(len(unknown)))
        view = await self._ask(interaction, document, notes)
        await interaction.followup.send(view=view)

    async def press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        """Do what was answered; ask again if the settings are others by now."""
        await require(interaction, "server import")
        guild_id, by = interaction.guild_id or 0, interaction.user.id
        pending = self._pending.pop(pressed.fields["token"], None)
        if pending is None or (pending.guild_id, pending.member_id) != (guild_id, by):
            raise UserError(_("That question is old. Use /server import again."))
        await interaction.response.defer()
        if pressed.fields["answer"] == "cancel":
            await _close(interaction, _("Nothing was changed."))
            return
        comparison = await self._service.compare(guild_id, pending.document)
        if comparison.fingerprint != pending.fingerprint:
            note = _("Somebody has changed settings meanwhile, so look again.")
            view = await self._ask(interaction, pending.document, (note, *pending.notes))
            await interaction.edit_original_response(view=view)
            return
        await self._service.apply(guild_id, pending.document, by=by)
        count = len(comparison.edits)
        done = ngettext("Saved. {count} value changed.", "Saved. {count} values changed.", count)
        await _close(interaction, done.format(count=count))

    async def _ask(
        self, interaction: discord.Interaction[Bot], document: Document, notes: tuple[str, ...]
    ) -> ImportView:
        guild_id = interaction.guild_id or 0
        comparison = await self._service.compare(guild_id, document)
        if not comparison.edits:
            raise UserError(_("That file changes nothing: everything is so already."))
        token = secrets.token_hex(TOKEN_BYTES)
        self._pending[token] = _Pending(
            guild_id, interaction.user.id, document, notes, comparison.fingerprint
        )
        return ImportView(comparison.edits, notes, token)


def _left_out(count: int) -> str:
    return ngettext(
        "{count} voice or model in it cannot be chosen here, and is left out.",
        "{count} voices and models in it cannot be chosen here, and are left out.",
        count,
    ).format(count=count)


async def _close(interaction: discord.Interaction[Bot], sentence: str) -> None:
    await interaction.edit_original_response(view=ClosedImportView(sentence))


def _at_home(
    document: Document, guild: discord.Guild | None, kept: Collection[int]
) -> tuple[Document, tuple[str, ...]]:
    """Return a document without channels and roles that a server has not, and what to say of it.

    A role that nobody can have would let nobody be read. Channels that are `kept` are known, also
    where the bot does not see them, such as threads that are archived.
    """
    if guild is None:
        return document, ()
    missing: set[str] = set()
    channels = document.channels
    if channels is not None:
        channels = {
            id_: _without_strangers(settings, guild, missing)
            for id_, settings in channels.items()
            if id_ in kept or _is_here(Mentionable.TEXT_CHANNEL, id_, guild, missing)
        }
    server = document.server and _without_strangers(document.server, guild, missing)
    if not missing:
        return document, ()
    note = ngettext(
        "{count} role or channel in it is not of this server, and is left out.",
        "{count} roles and channels in it are not of this server, and are left out.",
        len(missing),
    )
    at_home = replace(document, server=server, channels=channels)
    return at_home, (note.format(count=len(missing)),)


def _without_strangers(settings: Any, guild: discord.Guild, missing: set[str]) -> Any:
    values: dict[str, Any] = {}
    for setting in settings_of(type(settings)).values():
        value = getattr(settings, setting.name)
        match setting.kind:
            case Id(of=kind) if value is not None and not _is_here(kind, value, guild, missing):
                values[setting.name] = setting.default
            case Ids(of=kind):
                values[setting.name] = tuple(
                    each for each in value if _is_here(kind, each, guild, missing)
                )
    return replace(settings, **values)


def _is_here(kind: Mentionable, id_: int, guild: discord.Guild, missing: set[str]) -> bool:
    match kind:
        case Mentionable.ROLE:
            found = guild.get_role(id_) is not None
        case Mentionable.TEXT_CHANNEL | Mentionable.VOICE_CHANNEL:
            found = guild.get_channel_or_thread(id_) is not None
        case Mentionable.MEMBER | Mentionable.BOT:
            found = True  # the bot does not know who the members are
    if not found:
        missing.add(str(id_))
    return found
