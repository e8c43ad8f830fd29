"""How words are said that a voice would misread: for everyone here, or for oneself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _
from bot.permit import require
from bot.settings.pages.limits import MAX_CHARACTERS
from bot.storage.lexicon import LexiconRepository
from cogs import _dictionary as dictionary
from cogs._dictionary import NewWordArg, ReadingArg, SearchArg, WordArg, owner_of
from cogs._dictionary_file import DictionaryFiles, Format
from cogs._reading_test import ReadingTest
from cogs.views import dictionary_file, dynamic, forms, reading_test
from cogs.views.dictionary import (
    FORM_TEMPLATE,
    READING,
    TEMPLATE,
    WORD,
    Action,
    DictionaryView,
    Place,
    add_form,
    find_form,
)
from cogs.views.dynamic import Pressed
from cogs.views.forms import Submitted

if TYPE_CHECKING:
    from bot.client import Bot

MINE = "In your own dictionary instead of this server's"
"""What the option of most commands does."""


class Dictionary(commands.GroupCog, name="dictionary", description="How I say words"):
    """The words of a server, for its managers, and everybody's own."""

    def __init__(
        self, *, lexicons: LexiconRepository, files: DictionaryFiles, test: ReadingTest
    ) -> None:
        self._lexicons = lexicons
        self._files = files
        self._test = test
        self.presses = (
            dynamic.item_for(TEMPLATE, self._press),
            dynamic.item_for(dictionary_file.TEMPLATE, files.press),
            dynamic.item_for(reading_test.TEMPLATE, test.press),
        )

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Bot]) -> None:
        """Hear the dialogs of the list."""
        await forms.hear(interaction, FORM_TEMPLATE, self._submit)

    @app_commands.command()
    @app_commands.describe(
        word="The word as people write it",
        reading="How I say it, in letters; leave this out, and I leave the word out",
        mine=MINE,
    )
    async def add(
        self,
        interaction: discord.Interaction[Bot],
        word: NewWordArg,
        reading: ReadingArg | None = None,
        mine: bool = False,
    ) -> None:
        """Teach me how to say a word."""
        await interaction.response.defer(ephemeral=True)
        owner = owner_of(interaction, mine=mine)
        await interaction.followup.send(
            await dictionary.add(self._lexicons, owner, word, reading or "", by=interaction.user.id)
        )

    @app_commands.command()
    @app_commands.describe(word="The word as people write it", mine=MINE)
    async def remove(
        self, interaction: discord.Interaction[Bot], word: WordArg, mine: bool = False
    ) -> None:
        """Let me say a word as the voice does by itself."""
        await interaction.response.defer(ephemeral=True)
        owner = owner_of(interaction, mine=mine)
        await interaction.followup.send(
            await dictionary.remove(self._lexicons, owner, word, by=interaction.user.id)
        )

    @app_commands.command(name="list")
    @app_commands.describe(search="A part of the word, or of how I say it", mine=MINE)
    async def show(
        self,
        interaction: discord.Interaction[Bot],
        search: SearchArg | None = None,
        mine: bool = False,
    ) -> None:
        """Look through the words, add and remove some."""
        await interaction.response.defer(ephemeral=True)
        is_own = mine or interaction.guild_id is None
        place = Place(interaction.user.id, is_own, search=_searched(search or ""))
        await interaction.followup.send(view=await self._view(interaction, place))

    @app_commands.command()
    @app_commands.describe(text="What somebody might write")
    async def test(
        self,
        interaction: discord.Interaction[Bot],
        text: app_commands.Range[str, 1, MAX_CHARACTERS],
    ) -> None:
        """See how I would read a text, and listen to it."""
        await interaction.response.defer(ephemeral=True)
        await self._test.show(interaction, text)

    @app_commands.command()
    @app_commands.rename(format_="format")
    @app_commands.describe(format_="CSV for spreadsheets, or JSON", mine=MINE)
    async def export(
        self,
        interaction: discord.Interaction[Bot],
        format_: Format = "csv",
        mine: bool = False,
    ) -> None:
        """Take all words along as a file."""
        await interaction.response.defer(ephemeral=True)
        await self._files.hand_out(interaction, owner_of(interaction, mine=mine), format_)

    @app_commands.command(name="import")
    @app_commands.describe(
        file="CSV or JSON, as the export has it; I ask before I change anything", mine=MINE
    )
    async def take_in(
        self,
        interaction: discord.Interaction[Bot],
        file: discord.Attachment,
        mine: bool = False,
    ) -> None:
        """Bring in words from a file."""
        await interaction.response.defer(ephemeral=True)
        await self._files.take_in(interaction, owner_of(interaction, mine=mine), file)

    # The list

    async def _press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        place, action = Place.read(pressed.fields), Action(pressed.fields["action"])
        await _require(interaction, place, "remove" if action is Action.REMOVE else "list")
        match action:
            case Action.ASK_ADD:
                await interaction.response.send_modal(add_form(place))
                return
            case Action.ASK_FIND:
                await interaction.response.send_modal(find_form(place))
                return
        await interaction.response.defer()
        note = ""
        if action is Action.REMOVE:
            note = await dictionary.remove(
                self._lexicons,
                owner_of(interaction, mine=place.is_own),
                pressed.values[0],
                by=interaction.user.id,
            )
        view = await self._view(interaction, place.after(action), note)
        await interaction.edit_original_response(view=view)

    async def _submit(self, interaction: discord.Interaction[Bot], submitted: Submitted) -> None:
        place = Place.read(submitted.fields)
        is_addition = submitted.fields["action"] == "add"
        await _require(interaction, place, "add" if is_addition else "list")
        await interaction.response.defer()
        word, note = submitted.typed[WORD], ""
        if is_addition:
            note = await dictionary.add(
                self._lexicons,
                owner_of(interaction, mine=place.is_own),
                word,
                submitted.typed[READING],
                by=interaction.user.id,
            )
        else:
            place = replace(place, page=0, search=_searched(word))
        await interaction.edit_original_response(view=await self._view(interaction, place, note))

    async def _view(
        self, interaction: discord.Interaction[Bot], place: Place, note: str = ""
    ) -> DictionaryView:
        owner = owner_of(interaction, mine=place.is_own)
        found = await self._lexicons.find(owner, place.search)
        return DictionaryView(place, owner, found, note)


async def _require(interaction: discord.Interaction[Bot], place: Place, command: str) -> None:
    if place.member_id != interaction.user.id:
        raise UserError(
            _("Only who opened this list can use it. Open your own with /dictionary list.")
        )
    await require(interaction, f"dictionary {command}", means_own=place.is_own)


def _searched(typed: str) -> str:
    return " ".join(typed.split())


async def setup(bot: Bot) -> None:
    """Add the commands, and listen to what is pressed."""
    test = ReadingTest(speech=bot.speech, settings=bot.settings, lexicons=bot.lexicons)
    files = DictionaryFiles(bot.lexicons)
    cog = Dictionary(lexicons=bot.lexicons, files=files, test=test)
    await bot.add_cog(cog)
    bot.add_dynamic_items(*cog.presses)
