"""The one place that words errors for users and for operators."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.errors import ProviderError, ProviderFault, UserError
from bot.i18n import _

if TYPE_CHECKING:
    from bot.client import Bot

log = logging.getLogger(__name__)


_PUBLIC_PLACEHOLDER = "public placeholder"


async def report(interaction: discord.Interaction[Bot], error: BaseException) -> None:
    """Tell the user in one sentence what happened, and the operator in one record."""
    cause = unwrap(error)
    sentence = _sentence(cause)
    _record(interaction, cause, sentence)
    try:
        await tell(interaction, sentence)
    except discord.HTTPException as failure:
        log.warning("interaction %s could not be answered: %s", interaction.id, failure.code)


async def tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Say something only the user can see, whatever was answered before."""
    if not interaction.response.is_done():
        await interaction.response.send_message(sentence, ephemeral=True)
        return
    if interaction.extras.pop(_PUBLIC_PLACEHOLDER, False):
        # Everyone sees "thinking…", and it would make the first follow-up public too.
        await interaction.delete_original_response()
    await interaction.followup.send(sentence, ephemeral=True)


async def defer_publicly(interaction: discord.Interaction[Any]) -> None:
    """Show everyone that an answer is coming; should it fail, only the user reads why."""
    await interaction.response.defer()
    interaction.extras[_PUBLIC_PLACEHOLDER] = True


async def answer_publicly(interaction: discord.Interaction[Any], **message: Any) -> None:
    """Replace the public placeholder by the answer everyone was waiting for."""
    await interaction.followup.send(**message)
    interaction.extras.pop(_PUBLIC_PLACEHOLDER, None)


def unwrap(error: BaseException) -> BaseException:
    """Return what really went wrong inside the library's wrappers."""
    if isinstance(error, app_commands.CommandInvokeError):
        return unwrap(error.original)
    if isinstance(error, app_commands.TransformerError) and error.__cause__ is not None:
        return unwrap(error.__cause__)
    return error


def _record(interaction: discord.Interaction[Any], error: BaseException, sentence: str) -> None:
    command = interaction.command.qualified_name if interaction.command else "?"
    where = {"command": command, "guild": interaction.guild_id}
    if isinstance(error, UserError | app_commands.AppCommandError):
        log.info("%s refused: %s", command, type(error).__name__, extra=where)
        return
    if isinstance(error, ProviderError):
        log.warning(
            "speech service failed: %s, status %s, code %s, request %s",
            error.fault,
            error.status,
            error.code,
            error.request_id,
            extra=where,
        )
        return
    log.error("%s failed, incident %s", command, sentence.rsplit(" ", 1)[-1], exc_info=error)


def _sentence(error: BaseException) -> str:
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ProviderError):
        return provider_sentence(error.fault)
    if isinstance(error, app_commands.MissingPermissions):
        return _("Only members who may {permissions} can do that.").format(
            permissions=", ".join(name.replace("_", " ") for name in error.missing_permissions)
        )
    if isinstance(error, app_commands.NoPrivateMessage):
        return _("That works in a server only.")
    return _(
        "Something went wrong on my side. If it happens again, quote this number: {incident}"
    ).format(incident=secrets.token_hex(4))


def provider_sentence(fault: ProviderFault) -> str:
    """Say what a failure of the speech service means for the user."""
    match fault:
        case ProviderFault.BAD_KEY | ProviderFault.OUT_OF_CREDIT:
            return _("The speech service refuses this bot's account. Its operator has to fix that.")
        case ProviderFault.THROTTLED:
            return _("The speech service is busy right now. Try again in a minute.")
        case ProviderFault.REFUSED_CONTENT:
            return _("The speech service does not speak this text. Try other words.")
        case ProviderFault.INVALID_REQUEST:
            return _(
                "The speech service does not accept this. Try another voice or a shorter text."
            )
        case ProviderFault.TIMEOUT:
            return _("The speech service did not answer in time. Try again in a moment.")
        case ProviderFault.TRUNCATED:
            return _("The speech service broke off. Try again in a moment.")
        case ProviderFault.UNAVAILABLE | ProviderFault.PROTOCOL | ProviderFault.UNSAFE_URL:
            return _("The speech service is out of order. Try again in a few minutes.")
