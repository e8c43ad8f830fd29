"""The one place that words errors for users and for operators."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord import app_commands

from bot.errors import ProviderError, ProviderFault, UserError
from bot.i18n import _, ngettext
from bot.policy.budget import OverBudgetError, Scope
from bot.voice.ledger import DropReason, NotSpokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.client import Bot

log = logging.getLogger(__name__)

# Discord's error codes for an answer that came too late or that somebody has deleted: unknown
# message, webhook and interaction, and the token of an interaction older than 15 minutes.
_UNANSWERABLE: Final = frozenset({10_008, 10_015, 10_062, 50_027})

INCIDENT_BYTES: Final = 4
MAX_CHARACTERS: Final = 2_000
"""Of a message; Discord refuses an answer that is longer."""

_DROP_REASONS: Final = frozenset(DropReason)

_PUBLIC_PLACEHOLDER: Final = "public placeholder"


async def report(interaction: discord.Interaction[Bot], error: BaseException) -> None:
    """Tell the user in one sentence what happened, and the operator in one record."""
    cause = unwrap(error)
    if interaction.client.is_closed():
        log.info("not answered, the bot is stopping: %s", type(cause).__name__)
        return
    if isinstance(cause, discord.HTTPException) and cause.code in _UNANSWERABLE:
        _record_unanswerable(interaction, cause)
        return
    sentence = sentence_for(cause)
    if sentence is None:
        sentence = _record_incident(interaction, cause)
    else:
        record(interaction, cause)
    try:
        await tell(interaction, sentence)
    except discord.HTTPException as failure:
        _record_unanswerable(interaction, failure)
    except aiohttp.ClientError as failure:
        log.warning("Discord was lost in an answer: %s", type(failure).__name__)


async def tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Say something only the user can see, whatever was answered before."""
    if len(sentence) > MAX_CHARACTERS:  # it repeats what somebody wrote
        sentence = f"{sentence[: MAX_CHARACTERS - 1]}…"
    if not interaction.response.is_done():
        await interaction.response.send_message(sentence, ephemeral=True)
        return
    if interaction.extras.pop(_PUBLIC_PLACEHOLDER, False):
        # As long as everyone sees "thinking…", Discord turns a follow-up into an edit of it, public
        # as it is.
        await interaction.delete_original_response()
    await interaction.followup.send(sentence, ephemeral=True)


async def defer_publicly(interaction: discord.Interaction[Any]) -> None:
    """Show everyone that an answer is coming; should it fail, only the user reads why."""
    await interaction.response.defer()
    interaction.extras[_PUBLIC_PLACEHOLDER] = True


async def answer_publicly(
    interaction: discord.Interaction[Any], **message: Any
) -> discord.WebhookMessage:
    """Replace the public placeholder by the answer everyone was waiting for, and return it."""
    answer = await interaction.followup.send(**message, wait=True)
    interaction.extras.pop(_PUBLIC_PLACEHOLDER, None)
    return answer


def unwrap(error: BaseException) -> BaseException:
    """Return what really went wrong inside the library's wrappers."""
    if isinstance(error, app_commands.CommandInvokeError):
        return unwrap(error.original)
    if isinstance(error, app_commands.TransformerError) and error.__cause__ is not None:
        return unwrap(error.__cause__)
    return error


def record(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Tell the operator alone, in one record."""
    command, where = _place(interaction)
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
    log.info("%s refused: %s", command, type(error).__name__, extra=where)


def _record_unanswerable(
    interaction: discord.Interaction[Any], failure: discord.HTTPException
) -> None:
    command, where = _place(interaction)
    log.warning(
        "%s could not be answered: HTTP %s, code %s",
        command,
        failure.status,
        failure.code,
        extra=where,
    )


def _record_incident(interaction: discord.Interaction[Any], error: BaseException) -> str:
    incident = secrets.token_hex(INCIDENT_BYTES)
    command, where = _place(interaction)
    log.error("%s failed, incident %s", command, incident, exc_info=error, extra=where)
    return _(
        "Something went wrong on my side. If it happens again, quote this number: {incident}"
    ).format(incident=incident)


def _place(interaction: discord.Interaction[Any]) -> tuple[str, dict[str, object]]:
    command = interaction.command.qualified_name if interaction.command else _pressed(interaction)
    return command, {"command": command, "guild": interaction.guild_id}


def _pressed(interaction: discord.Interaction[Any]) -> str:
    """Name the button or list that was pressed: ids are `<name>:<details>`."""
    data: Mapping[str, Any] = interaction.data or {}
    return str(data.get("custom_id", "?")).partition(":")[0]


def sentence_for(error: BaseException) -> str | None:
    """Word what someone can do something about; `None` for a bug."""
    match error:
        case UserError():
            return str(error)
        case OverBudgetError():
            return _budget_sentence(error)
        case ProviderError():
            return provider_sentence(error.fault)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return _("This command has changed since. Restart Discord, then try again.")
        case app_commands.TransformerError():
            return _("I cannot find what you chose. Pick it from the list again.")
    return None


def _budget_sentence(error: OverBudgetError) -> str:
    when = discord.utils.format_dt(error.refilled_at, "R")
    if error.left and error.scope is not Scope.EVERYONE:
        return ngettext(
            "Only {left} character of today is left here. Say less, or wait for new ones {when}.",
            "Only {left} characters of today are left here. Say less, or wait for new ones {when}.",
            error.left,
        ).format(left=error.left, when=when)
    match error.scope:
        case Scope.MEMBER:
            sentence = _("You have used up your characters of today. You get new ones {when}.")
        case Scope.GUILD:
            sentence = _(
                "This server has used up its characters of today. It gets new ones {when}."
            )
        case Scope.EVERYONE:
            sentence = _("I have used up all my characters of today. I get new ones {when}.")
    return sentence.format(when=when)


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
        case ProviderFault.STALE:
            return _("Too much was waiting, so this came too late. Say it again in a minute.")
        case ProviderFault.OVER_BUDGET:
            return _("The characters of the day are used up here. Try again tomorrow.")
        case ProviderFault.MUTED:
            return _(
                "The speech service has refused too much of what you wrote. "
                "Try again in ten minutes."
            )
        case (
            ProviderFault.UNAVAILABLE
            | ProviderFault.PROTOCOL
            | ProviderFault.UNSAFE_URL
            | ProviderFault.SUSPENDED
        ):
            return _("The speech service is out of order. Try again in a few minutes.")


def ending_sentence(reason: str) -> str:
    """Say why an utterance was dropped, from the reason the ledger keeps."""
    if reason in _DROP_REASONS:
        return str(NotSpokenError(DropReason(reason)))
    return provider_sentence(ProviderFault(reason))


def switch_sentence(*, is_back: bool) -> str:
    """Say that another voice speaks than the one wanted, or that it no longer does."""
    if is_back:
        return _("My usual voice is back.")
    return _("My usual voice is out of order, so another one speaks until it is back.")


def budget_sentence(share: float) -> str:
    """Say how much of a server's characters of the day are used."""
    return _(
        "{percent} percent of this server's characters of the day are used. "
        "When none are left, I am silent until tomorrow (UTC); moderators see more with /usage."
    ).format(percent=int(share * 100))
