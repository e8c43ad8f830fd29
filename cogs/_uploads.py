"""Files that people hand over with a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.errors import UserError
from bot.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.client import Bot


async def read_upload(attachment: discord.Attachment, *, most: int) -> bytes:
    """Return what is in a file of up to `most` bytes.

    An option takes no address, only a file that its author has uploaded: it comes from Discord's
    own servers, and Discord has told its size before anything is fetched.

    Raises:
        UserError: It is larger, or cannot be had.
    """
    too_large = UserError(
        _("The file is too large. It may have {most} kilobytes.").format(most=most // 1024)
    )
    if attachment.size > most:
        raise too_large
    content = await _fetched(attachment.read())
    if len(content) > most:
        raise too_large
    return content


async def read_shown(interaction: discord.Interaction[Bot]) -> bytes:
    """Return what is in the file of the message whose button was pressed, one of the bot's own.

    Raises:
        UserError: It cannot be had.
    """
    message = interaction.message
    if message and message.attachments:
        return await _fetched(message.attachments[0].read())
    # A file that is shown as a component may be listed as that alone; the library gives those of
    # messages no connection to be read with (message.py:2501).
    components = message.components if message else []
    for shown in (each for each in components if isinstance(each, discord.FileComponent)):
        return await _fetched(interaction.client.http.get_from_cdn(shown.media.url))
    raise _unavailable()


async def _fetched(content: Awaitable[bytes]) -> bytes:
    try:
        return await content
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        raise _unavailable() from error


def _unavailable() -> UserError:
    return UserError(_("I cannot get that file from Discord. Upload it again."))
