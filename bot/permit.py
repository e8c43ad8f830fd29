"""Ask the table of permissions for the author of an interaction, and refuse them in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.policy.permissions import RULES, Call, Denial, Power, Standing, judge

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.voice.session import VoiceSession

# What Discord's client calls a permission, where the API's name is another.
_PERMISSION_NAMES: Final = {"manage_guild": "Manage Server"}


OWN_OPTION: Final = "mine"
"""The option of a command by which its author means what is theirs."""


class NotPermittedError(UserError):
    """Somebody may not do something here and now, for the reason `denial`."""

    def __init__(self, denial: Denial, sentence: str) -> None:
        self.denial = denial
        super().__init__(sentence)


async def require(
    interaction: discord.Interaction[Bot], command: str, *, means_own: bool | None = None
) -> None:
    """Check that the author of a command, or of a press that stands for it, may use it.

    Args:
        interaction: What they did.
        command: The whole name of the command.
        means_own: Whether they mean what is theirs, and not what is the server's; a command says
            that in an option, a press does not.

    Raises:
        NotPermittedError: They may not, and `str(error)` says why.
        UserError: The database does not answer.
        KeyError: The table does not know the command, so nobody may.
    """
    rule = RULES[command]
    session = interaction.client.sessions.get(interaction.guild_id or 0)
    is_muted = rule.speaks and await _is_muted(interaction)
    standing = _standing(interaction, session, is_muted=is_muted)
    if means_own is not None:
        standing = replace(standing, means_own=means_own)
    denial = judge(rule, standing)
    if denial is not None:
        raise NotPermittedError(denial, _sentence(denial, session))


def may_be_shown(interaction: discord.Interaction[Any], command: str) -> bool:
    """Whether somebody may see what a command suggests, before it is known whether they can use it.

    They may fill it in before they join a call.
    """
    rule = replace(RULES[command], call=Call.NONE, speaks=False)
    return judge(rule, _standing(interaction, None, is_muted=False)) is None


def moderates(member: discord.abc.User, session: VoiceSession) -> bool:
    """Whether somebody may mute or remove people in the call of `session`."""
    if not isinstance(member, discord.Member):
        return False
    allowed = session.channel.permissions_for(member)
    return allowed.move_members or allowed.mute_members


def permission_name(name: str) -> str:
    """Return what Discord's client calls a permission."""
    return _PERMISSION_NAMES.get(name, name.replace("_", " ").title())


async def _is_muted(interaction: discord.Interaction[Bot]) -> bool:
    if interaction.guild_id is None:
        return False
    rules = await interaction.client.settings.fetch_rules(interaction.guild_id, interaction.user.id)
    return rules.is_muted


def _standing(
    interaction: discord.Interaction[Any], session: VoiceSession | None, *, is_muted: bool
) -> Standing:
    voice = interaction.user.voice if isinstance(interaction.user, discord.Member) else None
    place = voice.channel if voice else None
    return Standing(
        is_in_server=interaction.guild_id is not None,
        powers=_powers(interaction),
        is_in_call=place is not None,
        is_bot_in_call=session is not None,
        shares_call=session is not None and place is not None and place.id == session.channel.id,
        moderates_call=session is not None and moderates(interaction.user, session),
        is_muted=is_muted,
        means_own=getattr(interaction.namespace, OWN_OPTION, None) is True,
    )


def _powers(interaction: discord.Interaction[Any]) -> frozenset[Power]:
    # In a direct message Discord grants more than anybody has in a server.
    if interaction.guild_id is None:
        return frozenset()
    allowed = interaction.permissions
    return frozenset(
        power for power in Power if allowed.administrator or getattr(allowed, power.value)
    )


def _sentence(denial: Denial, session: VoiceSession | None) -> str:
    match denial:
        case Denial.NOT_IN_SERVER:
            return _("That works in a server only.")
        case Denial.LACKS_MANAGE_SERVER:
            return _lacks(Power.MANAGE_SERVER)
        case Denial.LACKS_MODERATE_MEMBERS:
            return _lacks(Power.MODERATE_MEMBERS)
        case Denial.ONLY_OWN:
            return _(
                "Only members with the permission {permissions} can do that for everyone here. "
                "With the option mine: True you do it for yourself."
            ).format(permissions=permission_name(Power.MANAGE_SERVER.value))
        case Denial.MUTED:
            return _("Moderators of this server do not let you speak through me. Ask one of them.")
        case Denial.IN_NO_CALL:
            return _("You are not in a voice channel. Join one first, then try again.")
        case Denial.BOT_IN_NO_CALL:
            return _("I am in no voice channel. Call me with /join.")
        case Denial.OUTSIDE:
            return _("Only people in {channel} can do that. Join it first.").format(
                channel=session.channel.mention if session else ""
            )


def _lacks(power: Power) -> str:
    return _("Only members with the permission {permissions} can do that.").format(
        permissions=permission_name(power.value)
    )
