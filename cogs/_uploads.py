"""Files that people hand over with a command."""

from __future__ import annotations

import aiohttp
import discord

from bot.errors import UserError
from bot.i18n import _


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
    try:
        content = await attachment.read()
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        raise UserError(_("I cannot get that file from Discord. Upload it again.")) from error
    if len(content) > most:
        raise too_large
    return content
