"""Why nobody hears anything, for whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.permit import may_be_shown, require
from cogs._diagnosis.diagnose import diagnose
from cogs._diagnosis.examination import Examination
from cogs.views.doctor import TEMPLATE, DoctorView
from cogs.views.dynamic import Pressed, item_for

if TYPE_CHECKING:
    from bot.client import Bot


class Doctor(commands.Cog):
    """Shows everyone whether what they write can be heard, and what to do where it cannot."""

    def __init__(self, *, examination: Examination) -> None:
        self._examination = examination
        self.presses = item_for(TEMPLATE, self._press)

    @app_commands.command()
    @app_commands.guild_only()
    async def doctor(self, interaction: discord.Interaction[Bot]) -> None:
        """Find out why nothing is heard."""
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(view=await self._view(interaction))

    async def _press(self, interaction: discord.Interaction[Bot], _pressed: Pressed) -> None:
        await require(interaction, "doctor")
        await interaction.response.defer()
        await interaction.edit_original_response(view=await self._view(interaction))

    async def _view(self, interaction: discord.Interaction[Bot]) -> DoctorView:
        return DoctorView(
            diagnose(await self._examination.facts(interaction)),
            why=interaction.client.tree.mention("read why"),
            is_moderator=may_be_shown(interaction, "setup"),
        )


async def setup(bot: Bot) -> None:
    """Add the command, and listen to what is pressed."""
    examination = Examination(
        speech=bot.speech,
        settings=bot.settings,
        sessions=bot.sessions,
        reading=bot.reading,
        usage=bot.usage,
        state=bot.state_of_app,
    )
    cog = Doctor(examination=examination)
    await bot.add_cog(cog)
    bot.add_dynamic_items(cog.presses)
