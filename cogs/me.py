"""What members decide about being read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.consent import Consent, ConsentService
from bot.i18n import _
from bot.storage.settings import SettingsRepository
from bot.voice.taking_back import take_back
from cogs._call import place_of

if TYPE_CHECKING:
    from bot.client import Bot


class Me(commands.Cog):
    """Whether what a member writes is read aloud."""

    def __init__(self, *, consent: ConsentService, settings: SettingsRepository) -> None:
        self._consent = consent
        self._settings = settings

    @app_commands.command()
    @app_commands.describe(everywhere="In all servers instead of this one")
    async def optout(self, interaction: discord.Interaction[Bot], everywhere: bool = False) -> None:
        """Have nothing that you write read aloud."""
        await interaction.response.defer(ephemeral=True)
        place = place_of(interaction, everywhere=everywhere)
        await self._consent.withdraw(interaction.user.id, place)
        done = _("I read nothing of what you write in this server any more.")
        if place is None:
            done = _("I read nothing of what you write any more, in any server.")
        hint = _("Commands such as /say still speak for you. Change your mind with /optin.")
        await interaction.followup.send(f"{done} {hint}")

    @app_commands.command()
    @app_commands.describe(everywhere="In all servers instead of this one")
    async def optin(self, interaction: discord.Interaction[Bot], everywhere: bool = False) -> None:
        """Have what you write read aloud again."""
        await interaction.response.defer(ephemeral=True)
        place = place_of(interaction, everywhere=everywhere)
        consent = await self._consent.give(interaction.user.id, place)
        done = _("I read what you write in this server.")
        if place is None:
            done = _("I read what you write, in every server that lets me.")
        notes = await self._notes(interaction, consent)
        await interaction.followup.send(" ".join((done, *notes)))

    async def _notes(self, interaction: discord.Interaction[Bot], consent: Consent) -> list[str]:
        """Say what may surprise somebody who wants to be read."""
        notes = []
        if not consent.is_elsewhere:
            notes.append(
                _("In all other servers I still do not: /optin everywhere: True changes that.")
            )
        if interaction.guild_id is not None:
            rules = await self._settings.fetch_rules(interaction.guild_id, interaction.user.id)
            if rules.is_muted:
                notes.append(_("Moderators of this server have muted you: ask one of them first."))
        return notes


async def setup(bot: Bot) -> None:
    """Add the commands."""
    consent = ConsentService(settings=bot.settings, hush=partial(take_back, bot.sessions))
    await bot.add_cog(Me(consent=consent, settings=bot.settings))
