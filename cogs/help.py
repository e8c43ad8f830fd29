"""What the bot can do, for whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.permit import require
from cogs.views.dynamic import Pressed, item_for
from cogs.views.help import TEMPLATE, HelpView, Topic

if TYPE_CHECKING:
    from bot.client import Bot


class Help(commands.Cog):
    """Shows what there is to do, topic by topic."""

    def __init__(self, *, guide_url: str | None) -> None:
        self._guide_url = guide_url
        self.presses = item_for(TEMPLATE, self._press)

    @app_commands.command()
    async def help(self, interaction: discord.Interaction[Bot]) -> None:
        """See what I can do."""
        await interaction.response.send_message(
            view=self._view(interaction, Topic.SPEAK), ephemeral=True
        )

    async def _press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        await require(interaction, "help")
        view = self._view(interaction, Topic(pressed.fields["topic"]))
        await interaction.response.edit_message(view=view)

    def _view(self, interaction: discord.Interaction[Bot], topic: Topic) -> HelpView:
        return HelpView(topic, interaction.client.tree, guide_url=self._guide_url)


async def setup(bot: Bot) -> None:
    """Add the command, and listen to what is pressed."""
    cog = Help(guide_url=bot.guide_url)
    await bot.add_cog(cog)
    bot.add_dynamic_items(cog.presses)
