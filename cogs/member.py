"""What moderators decide about single members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _
from bot.plain import plain
from bot.rulings import Rulings
from bot.server_voice import ServerVoices
from cogs._arguments import VoiceArg

if TYPE_CHECKING:
    from bot.client import Bot


@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
class Member(commands.GroupCog, name="member", description="Whether I read a member, and how"):
    """What members with Moderate Members decide about others."""

    def __init__(self, *, rulings: Rulings) -> None:
        self._rulings = rulings

    @app_commands.command()
    @app_commands.describe(member="Whom nobody is to hear")
    async def mute(self, interaction: discord.Interaction[Bot], member: discord.User) -> None:
        """Read nothing of a member any more, and take back what waits."""
        await interaction.response.defer(ephemeral=True)
        change = await self._rulings.mute(*_whom(interaction, member), by=interaction.user.id)
        if change.before == change.after:
            raise UserError(_("I do not read {member} anyway.").format(member=member.mention))
        await interaction.followup.send(
            _("I read nothing of {member} any more. Undo that with /member unmute.").format(
                member=member.mention
            )
        )

    @app_commands.command()
    @app_commands.describe(member="Who is to be heard again")
    async def unmute(self, interaction: discord.Interaction[Bot], member: discord.User) -> None:
        """Read a member again who was muted."""
        await interaction.response.defer(ephemeral=True)
        change = await self._rulings.unmute(*_whom(interaction, member), by=interaction.user.id)
        if change.before == change.after:
            raise UserError(_("{member} is not muted.").format(member=member.mention))
        await interaction.followup.send(_("I read {member} again.").format(member=member.mention))

    @app_commands.command()
    @app_commands.describe(
        member="For whom", voice="Who is to speak for them; leave it out to let them choose again"
    )
    async def voice(
        self,
        interaction: discord.Interaction[Bot],
        member: discord.User,
        voice: VoiceArg | None = None,
    ) -> None:
        """Let one voice speak for a member, whatever they choose."""
        await interaction.response.defer(ephemeral=True)
        whom, by = _whom(interaction, member), interaction.user.id
        if voice is None:
            await self._rulings.unlock_voice(*whom, by=by)
            sentence = _("{member} chooses their voice again.").format(member=member.mention)
        else:
            locked, _change = await self._rulings.lock_voice(*whom, voice, by=by)
            sentence = _("{voice} speaks for {member}, whatever they choose.").format(
                voice=plain(locked.short_name), member=member.mention
            )
        await interaction.followup.send(sentence)

    @app_commands.command()
    @app_commands.describe(member="About whom")
    async def reset(self, interaction: discord.Interaction[Bot], member: discord.User) -> None:
        """Forget what was decided about a member."""
        await interaction.response.defer(ephemeral=True)
        change = await self._rulings.forget(*_whom(interaction, member), by=interaction.user.id)
        if change.before == change.after:
            raise UserError(_("Nothing was decided about {member}.").format(member=member.mention))
        await interaction.followup.send(
            _("{member} is read again, in the voice they choose.").format(member=member.mention)
        )


def _whom(interaction: discord.Interaction[Bot], member: discord.User) -> tuple[int, int]:
    return interaction.guild_id or 0, member.id


async def setup(bot: Bot) -> None:
    """Add the commands."""
    voices = ServerVoices(speech=bot.speech, settings=bot.settings)
    rulings = Rulings(settings=bot.settings, voices=voices)
    await bot.add_cog(Member(rulings=rulings))
