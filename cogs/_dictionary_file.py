"""Dictionaries that come as files, and go as files."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Final, Literal

import discord

from bot.errors import UserError
from bot.i18n import _, ngettext
from bot.permit import require
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon_difference import difference, merged
from bot.text.lexicon_files import MAX_BYTES, LexiconFile, read_file, write_csv, write_json
from cogs._dictionary import owner_of, title_of
from cogs._uploads import read_shown, read_upload
from cogs.views.dictionary_file import (
    Action,
    ClosedView,
    ImportView,
    Offer,
    changed_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import Bot
    from bot.storage.lexicon import LexiconRepository
    from bot.text.lexicon import LexiconEntry
    from cogs.views.dynamic import Pressed

Format = Literal["csv", "json"]

WRITERS: Final = {"csv": write_csv, "json": write_json}


class DictionaryFiles:
    """Hands out dictionaries, and takes them in once somebody has agreed to what changes."""

    def __init__(self, lexicons: LexiconRepository) -> None:
        self._lexicons = lexicons

    async def hand_out(
        self, interaction: discord.Interaction[Bot], owner: LexiconOwner, format_: Format
    ) -> None:
        """Answer a deferred command with a dictionary, in as many files as can be imported.

        Raises:
            UserError: It is empty, or the database does not answer.
        """
        entries = await self._lexicons.find(owner)
        if not entries:
            raise UserError(_("There is no word in it yet. Add one with /dictionary add."))
        contents = await asyncio.to_thread(_written, entries, format_)
        about = ngettext("{title}: {count} word.", "{title}: {count} words.", len(entries)).format(
            title=title_of(owner), count=len(entries)
        )
        numbers = [""] if len(contents) == 1 else [f"-{n + 1}" for n in range(len(contents))]
        files = [
            discord.File(io.BytesIO(content), f"dictionary{number}.{format_}", description=about)
            for number, content in zip(numbers, contents, strict=True)
        ]
        await interaction.followup.send(about, files=files)

    async def take_in(
        self,
        interaction: discord.Interaction[Bot],
        owner: LexiconOwner,
        attachment: discord.Attachment,
    ) -> None:
        """Answer a deferred command with what a file would change, and ask.

        Raises:
            UserError: It is no dictionary, or changes nothing.
        """
        content = await read_upload(attachment, most=MAX_BYTES)
        file = await asyncio.to_thread(read_file, content)
        offer = await self._offer(owner, file)
        name = "dictionary.json" if content.lstrip()[:1] in (b"[", b"{") else "dictionary.csv"
        attached = discord.File(io.BytesIO(content), name, description=_("The file you attached"))
        view = ImportView(interaction.user.id, owner, offer, attached)
        await interaction.followup.send(view=view, file=attached)

    async def press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        """Do with a file what was decided.

        Raises:
            UserError: It is not theirs to decide, or nothing can be saved.
        """
        if int(pressed.fields["member"]) != interaction.user.id:
            raise UserError(_("Only who brought this file can decide about it."))
        is_own = pressed.fields["owner"] == "mine"
        await require(interaction, "dictionary import", means_own=is_own)
        await interaction.response.defer()
        sentence = _("Nothing was changed.")
        if (action := Action(pressed.fields["action"])) is not Action.CANCEL:
            owner = owner_of(interaction, mine=is_own)
            sentence = await self._apply(interaction, owner, action)
        await interaction.edit_original_response(view=ClosedView(sentence), attachments=[])

    async def _offer(self, owner: LexiconOwner, file: LexiconFile) -> Offer:
        if not file.entries:
            faults = "\n".join(str(fault) for fault in file.faults[:1])
            raise UserError(
                "\n".join(
                    filter(None, (_("There is no word in that file that I can use."), faults))
                )
            )
        if len(file.entries) > owner.most:
            raise UserError(
                _("The file has too many words. A dictionary like this may have {most}.").format(
                    most=owner.most
                )
            )
        now = await self._lexicons.find(owner)
        together = merged(now, file.entries)
        offer = Offer(
            file=file,
            merge=difference(now, together),
            replace=difference(now, file.entries),
            has_room=len(together) <= owner.most,
        )
        if not offer.replace:
            raise UserError(_("All of that is in the dictionary already, and nothing else is."))
        return offer

    async def _apply(
        self, interaction: discord.Interaction[Bot], owner: LexiconOwner, action: Action
    ) -> str:
        """Change a dictionary by the file in the message, whatever became of either meanwhile."""
        content = await read_shown(interaction)
        entries = (await asyncio.to_thread(read_file, content)).entries
        change_by = self._lexicons.add if action is Action.MERGE else self._lexicons.replace_all
        change = await change_by(owner, entries, by=interaction.user.id)
        return _("Saved: {changes}.").format(
            changes=changed_in_words(difference(change.before, change.after))
        )


def _written(entries: Sequence[LexiconEntry], format_: Format) -> list[bytes]:
    """Return a dictionary as files that are each small enough to be imported."""
    content = WRITERS[format_](entries)
    if len(content) <= MAX_BYTES:
        return [content]
    half = len(entries) // 2
    return _written(entries[:half], format_) + _written(entries[half:], format_)
