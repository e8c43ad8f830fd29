"""What is kept about members and servers: shown, handed out, deleted."""

from __future__ import annotations

import gzip
import io
import logging
from typing import TYPE_CHECKING, Final, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _, ngettext
from bot.permit import require
from bot.privacy.disclosure import Disclosure
from bot.privacy.service import PrivacyService, export
from bot.tts.catalog import Provider
from cogs.views.dynamic import Pressed, item_for
from cogs.views.privacy import TEMPLATE, Confirmation

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.privacy.holding import Holding

log = logging.getLogger(__name__)

What = Literal["me", "server"]

OF_SERVER: Final = "server export"
"""Who may do this may do everything here for their server."""


class Privacy(commands.GroupCog, name="privacy", description="What I keep, and how to delete it"):
    """Everybody's right to know, to take along and to have deleted."""

    def __init__(self, *, privacy: PrivacyService) -> None:
        self._privacy = privacy
        self.presses = item_for(TEMPLATE, self._press)

    @app_commands.command()
    @app_commands.describe(what="About you, or about this server, for its moderators")
    async def show(self, interaction: discord.Interaction[Bot], what: What = "me") -> None:
        """See what I keep, for how long, and who else gets it."""
        await interaction.response.defer(ephemeral=True)
        holdings = await self._holdings(interaction, what)
        title = _("What I keep about you") if what == "me" else _("What I keep about this server")
        kept = [holding.summary for holding in holdings] or [_("Nothing.")]
        promises = _promises(self._privacy.disclosure)
        sections = (
            "\n- ".join((f"### {title}", *kept)),
            "\n- ".join(("### " + _("How I treat what people write"), *promises)),
        )
        await interaction.followup.send("\n".join(sections))

    @app_commands.command()
    @app_commands.describe(what="About you, or about this server, for its moderators")
    async def export(self, interaction: discord.Interaction[Bot], what: What = "me") -> None:
        """Take along all that I keep, as a file."""
        await interaction.response.defer(ephemeral=True)
        content, name = export(await self._holdings(interaction, what)), "what-i-keep.json"
        if len(content) > interaction.filesize_limit:
            content, name = gzip.compress(content), f"{name}.gz"
        about = _("All that I keep about you, as JSON.")
        if what == "server":
            about = _("All that I keep about this server, as JSON.")
        file = discord.File(io.BytesIO(content), name, description=about)
        await interaction.followup.send(about, file=file)

    @app_commands.command()
    @app_commands.describe(what="About you, or about this server, for its moderators")
    async def delete(self, interaction: discord.Interaction[Bot], what: What = "me") -> None:
        """Delete all that I keep, at once and for good."""
        if what == "server":
            await require(interaction, OF_SERVER)
        warning = _warning_of_member() if what == "me" else _warning_of_server()
        view = Confirmation(what, owner_id=interaction.user.id)
        await interaction.response.send_message(warning, view=view, ephemeral=True)

    async def _press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        what, owner_id = pressed.fields["what"], int(pressed.fields["owner"])
        if owner_id != interaction.user.id:
            raise UserError(
                _("Only who asked for this can answer. Use /privacy delete for what is yours.")
            )
        await require(interaction, "privacy delete")
        if pressed.fields["action"] == "keep":
            await interaction.response.edit_message(content=_("Nothing was deleted."), view=None)
            return
        if what == "server":
            await require(interaction, OF_SERVER)
        await interaction.response.defer()
        done = await self._delete(interaction, is_of_server=what == "server")
        await interaction.edit_original_response(content=done, view=None)

    async def _delete(self, interaction: discord.Interaction[Bot], *, is_of_server: bool) -> str:
        """Delete it, and say what is left."""
        if is_of_server:
            guild_id = interaction.guild_id or 0
            await self._privacy.forget_guild(guild_id)
            log.info("everything about guild %s was deleted", guild_id)
            return _("Deleted. I keep nothing about this server any more.")
        await self._privacy.forget_member(interaction.user.id)
        log.info("everything about a member was deleted")
        left = await self._privacy.of_member(interaction.user.id)
        lines = [_("Deleted. I keep nothing about you any more."), *_left(left)]
        return "\n".join(lines)

    async def _holdings(self, interaction: discord.Interaction[Bot], what: What) -> list[Holding]:
        if what == "me":
            return await self._privacy.of_member(interaction.user.id)
        await require(interaction, OF_SERVER)
        return await self._privacy.of_guild(interaction.guild_id or 0)


def _left(holdings: list[Holding]) -> list[str]:
    if not holdings:
        return []
    return [_("This is left:"), *(f"- {holding.summary}" for holding in holdings)]


def _warning_of_member() -> str:
    return _(
        "This deletes at once, for good and in all servers: the voice, language, style, speed and "
        "name you have chosen, /optout, your dictionary, the sound of what was spoken for you, "
        "what waits to be spoken, and your part in counts and logs.\n"
        "What moderators have decided about you stays: only they can delete it. "
        "If you do not want to be read, use /optout again afterwards."
    )


def _warning_of_server() -> str:
    return _(
        "This deletes at once and for good: all settings of this server and its channels, what was "
        "decided about members and what they have chosen for this server, its dictionary, its own "
        "voices, the log of changes, and the sound of what was spoken here. I leave the call.\n"
        "What members have chosen for all servers is theirs, and stays."
    )


def _promises(disclosure: Disclosure) -> list[str]:
    """Say what is never kept, what is kept for a while, and who else gets what."""
    lines = [
        _(
            "**What people write** is kept nowhere: I have it in memory until it was spoken, and "
            "it is in no log."
        ),
        _sound(disclosure.sound_days),
        *(_processor(provider) for provider in disclosure.providers),
        _("Take it along with /privacy export, delete it with /privacy delete."),
    ]
    if disclosure.url:
        more = _("Read all of it: {url}").format(url=f"<{disclosure.url}>")
        lines.append(more)
    return lines


def _sound(days: int) -> str:
    if not days:
        return _("**The sound of it** is not kept either.")
    return ngettext(
        "**The sound of it** is kept for up to {days} day, without text and names, so that the "
        "same sentence is there at once.",
        "**The sound of it** is kept for up to {days} days, without text and names, so that the "
        "same sentence is there at once.",
        days,
    ).format(days=days)


def _processor(provider: Provider) -> str:
    match provider:
        case Provider.QWEN:
            return _(
                "**Who else gets the text:** Alibaba Cloud Model Studio, which makes the speech, "
                "and nothing that says who wrote it."
            )
        case Provider.OPENAI:
            return _(
                "**Who else gets the text:** a speech server that the operator of this bot has "
                "chosen, and nothing that says who wrote it."
            )
        case Provider.ESPEAK:
            return _("**The built-in voice** sends nothing to anybody.")


async def setup(bot: Bot) -> None:
    """Add the commands, and listen to what is pressed."""
    cog = Privacy(privacy=bot.privacy)
    await bot.add_cog(cog)
    bot.add_dynamic_items(cog.presses)
