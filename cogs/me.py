"""What members decide about being read, and about their name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.consent import Consent, ConsentService
from bot.i18n import _
from bot.own_name import OwnNames
from bot.policy.admission import Silence
from bot.storage.settings import SettingsRepository
from cogs._arguments import NameArg
from cogs._call import place_of
from cogs._voice_words import how_i_call_you

if TYPE_CHECKING:
    from bot.client import Bot


class Me(commands.Cog):
    """Whether what a member writes is read aloud, and how they are called then."""

    def __init__(
        self, *, consent: ConsentService, names: OwnNames, settings: SettingsRepository
    ) -> None:
        self._consent = consent
        self._names = names
        self._settings = settings

    @app_commands.command()
    @app_commands.describe(
        name="How I should say it; leave it out to be called as others see you",
        everywhere="In all servers instead of this one",
    )
    async def nickname(
        self,
        interaction: discord.Interaction[Bot],
        name: NameArg | None = None,
        everywhere: bool = False,
    ) -> None:
        """Choose how I say your name."""
        await interaction.response.defer(ephemeral=True)
        member_id, guild_id = interaction.user.id, interaction.guild_id
        place = place_of(interaction, everywhere=everywhere)
        if name is None:
            await self._names.reset(member_id, guild_id=place)
        else:
            await self._names.save(member_id, name, guild_id=place, asked_in=guild_id)
        sentence = how_i_call_you(await self._names.fetch(member_id, guild_id))
        done = _("Saved for all servers.") if place is None else _("Saved for this server.")
        await interaction.followup.send(f"{done} {sentence}")

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
    hush = partial(bot.reading.hush, why=Silence.OPTED_OUT)
    consent = ConsentService(settings=bot.settings, hush=hush)
    names = OwnNames(settings=bot.settings, lexicons=bot.lexicons)
    await bot.add_cog(Me(consent=consent, names=names, settings=bot.settings))
