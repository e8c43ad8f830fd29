"""Show moderators what their server uses."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.storage.usage_book import RETENTION_DAYS, UsageBook
from bot.tts.prices import Prices
from cogs._usage_report import MAX_TABLE_ROWS, UsageReport, as_csv, headline, summarize, words

if TYPE_CHECKING:
    from bot.client import Bot

USUAL_DAYS = 30
MEMBERS_SHOWN = 5

MAX_DESCRIPTION_CHARACTERS = 1024
"""Of an attachment, in Discord's API."""


class Usage(commands.Cog):
    """What a server had spoken, and what that costs."""

    def __init__(self, *, book: UsageBook, prices: Prices) -> None:
        self._book = book
        self._prices = prices

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(days="How many days back, today included; 30 if you leave this out")
    async def usage(
        self,
        interaction: discord.Interaction[Bot],
        days: app_commands.Range[int, 1, RETENTION_DAYS] = USUAL_DAYS,
    ) -> None:
        """Show how many characters this server has used, and what they cost."""
        await interaction.response.defer(ephemeral=True)
        report = await self._report(interaction.guild_id or 0, days)
        await interaction.followup.send(words(report), files=await _files(report))

    async def _report(self, guild_id: int, days: int) -> UsageReport:
        today = self._book.today()
        since = today - timedelta(days=days - 1)
        return summarize(
            await self._book.fetch_days(guild_id, since),
            today=today,
            days=days,
            prices=self._prices,
            budget=(await self._book.budgets_of(guild_id)).guild_day,
            members=await self._book.fetch_members(guild_id, since, most=MEMBERS_SHOWN),
        )


async def _files(report: UsageReport) -> list[discord.File]:
    # Loaded with the first chart: what draws it takes longer to load than the rest of the bot.
    from cogs.views.usage_chart import draw

    chart = await asyncio.to_thread(draw, report)
    description = headline(report)[:MAX_DESCRIPTION_CHARACTERS]
    files = [discord.File(io.BytesIO(chart), "usage.png", description=description)]
    if len(report.used_days) > MAX_TABLE_ROWS:
        files.append(discord.File(io.BytesIO(as_csv(report)), "usage.csv"))
    return files


async def setup(bot: Bot) -> None:
    """Add the command."""
    await bot.add_cog(Usage(book=bot.usage, prices=bot.prices))
