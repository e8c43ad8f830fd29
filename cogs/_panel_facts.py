"""What there is to see on a page of the panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.models import Source
from bot.permit import may_be_shown
from bot.settings.member import MemberRules
from bot.storage.lexicon import LexiconOwner
from cogs.views.log import ON_PAGE
from cogs.views.panel.facts import Facts
from cogs.views.panel.spot import Spot, Tab

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.speech import SpeechService
    from bot.storage.audit import AuditRepository
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository


class PanelFacts:
    """Gathers what a page shows."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        audit: AuditRepository,
        lexicons: LexiconRepository,
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._audit = audit
        self._lexicons = lexicons

    async def fetch(self, interaction: discord.Interaction[Bot], spot: Spot) -> Facts:
        """Return what is shown at `spot` where somebody looks at it.

        Raises:
            UserError: The database does not answer, or the bot has left the server.
        """
        guild = interaction.guild
        if guild is None:
            raise UserError(_("I am no member of this server any more. Invite me again."))
        facts = Facts(
            guild,
            await self._speech.catalog(guild.id),
            mention=interaction.client.tree.mention,
            settings=await self._settings.fetch_guild(guild.id),
        )
        try:
            speaker = await self._speech.speaker(Source(guild_id=guild.id))
        except UserError as error:  # nobody can speak, which is what the panel is there to mend
            facts = replace(facts, trouble=str(error))
        else:
            facts = replace(facts, speaker=speaker)
        return await self._of_tab(interaction, spot.tab, facts)

    async def _of_tab(self, interaction: discord.Interaction[Bot], tab: Tab, facts: Facts) -> Facts:
        guild_id = facts.guild.id
        match tab:
            case Tab.READING:
                channels = await self._settings.fetch_channels(guild_id)
                read = [id_ for id_, settings in channels.items() if settings.is_read]
                return replace(facts, read_channel_ids=read)
            case Tab.DICTIONARY:
                words = await self._lexicons.find(LexiconOwner(guild_id=guild_id))
                return replace(facts, words=words)
            case Tab.LOG:
                entries = await self._audit.fetch(guild_id, most=ON_PAGE)
                return replace(facts, entries=entries)
            case Tab.MEMBERS:
                everybody = await self._settings.fetch_all_rules(guild_id)
                decided = {id_: each for id_, each in everybody.items() if each != MemberRules()}
                may_moderate = may_be_shown(interaction, "member mute")
                return replace(facts, rules=decided, may_moderate=may_moderate)
        return facts
