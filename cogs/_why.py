"""Tell why a message was not read, and let moderators change that on the spot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.permit import may_be_shown, require
from bot.policy.admission import Silence
from bot.policy.silence import sentence
from bot.settings.guild import GuildSettings
from bot.settings.pages.filters import MAX_IDS
from cogs.views.list_bot import ListBotView

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.policy.recent import Fate
    from bot.reading.service import ReadingService
    from bot.storage.settings import SettingsRepository
    from cogs.views.dynamic import Pressed


class Why:
    """Knows what became of the messages of the last minutes."""

    def __init__(self, *, reading: ReadingService, settings: SettingsRepository) -> None:
        self._reading = reading
        self._settings = settings

    async def explain(self, interaction: discord.Interaction[Bot], message_id: int | None) -> None:
        """Answer a command with what became of a message, or of the last one of its author.

        Raises:
            UserError: Nobody knows.
        """
        message_id, fate = self._fate(interaction, message_id)
        sentence = self._sentence(message_id, fate)
        if fate.silence is Silence.BOT and may_be_shown(interaction, "read add"):
            view = ListBotView(fate.author_id)
            await interaction.response.send_message(sentence, view=view, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)

    def _fate(
        self, interaction: discord.Interaction[Bot], message_id: int | None
    ) -> tuple[int, Fate]:
        """Return what became of a message, or of the last one of whoever asks."""
        guild_id, now = interaction.guild_id or 0, asyncio.get_running_loop().time()
        recent = self._reading.recent
        if message_id is None:
            last = recent.last_of(guild_id, interaction.user.id, now)
            if last is None:
                raise UserError(
                    _("You wrote nothing I know of in the last 15 minutes. Give me a link to it.")
                )
            return last
        fate = recent.get(message_id, now)
        if fate is None or fate.guild_id != guild_id or not _may_see(interaction, fate.channel_id):
            raise UserError(
                _("I know nothing of that message. I remember those of the last 15 minutes.")
            )
        return message_id, fate

    def _sentence(self, message_id: int, fate: Fate) -> str:
        if fate.silence is not None:
            return sentence(fate.silence)
        if self._reading.is_open(message_id):
            return _("It waits its turn, or I am saying it right now. See what waits with /queue.")
        return _("I have read it.")

    async def list_bot(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        """Read a bot or webhook from now on, for whoever pressed the button to do so.

        Raises:
            UserError: They may not, or too many are listed.
        """
        await require(interaction, "read add")
        await interaction.response.defer()
        bot_id = int(pressed.fields["bot"])

        def list_it(server: GuildSettings) -> GuildSettings:
            listed = dict.fromkeys((*server.listed_bot_ids, bot_id))
            if len(listed) > MAX_IDS:
                raise UserError(
                    _(
                        "I can read {most} bots and webhooks. Remove one first, under Filters in "
                        "/server panel."
                    ).format(most=MAX_IDS)
                )
            return replace(server, listed_bot_ids=tuple(listed))

        guild_id, by = interaction.guild_id or 0, interaction.user.id
        await self._settings.change_guild(guild_id, list_it, by=by)
        await interaction.edit_original_response(
            content=_(
                "I read it from its next message on. Take it off the list under Filters in "
                "/server panel."
            ),
            view=None,
        )


def _may_see(interaction: discord.Interaction[Bot], channel_id: int) -> bool:
    """Return whether whoever asks can see a channel, and so the messages in it."""
    guild, member = interaction.guild, interaction.user
    channel = guild.get_channel_or_thread(channel_id) if guild else None
    if channel is None or not isinstance(member, discord.Member):
        return False
    return channel.permissions_for(member).view_channel
