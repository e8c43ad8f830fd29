"""A message that came in, with all that decides whether it is read, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.text.message import ChatMessage
    from bot.voice.client import CallChannel


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message.

    Args:
        id: Of the member, of the webhook, or of the application whose webhook it is: such as those
            that write for proxied identities have one in every channel.
        username: The name of the account.
        display_name: The name people see in this server.
        role_ids: Their roles.
        call: The voice channel they are in.
        is_bot: Whether it is a bot, this one included.
        is_webhook: Whether it is a webhook, which writes under any name.
        is_self: Whether it is this bot.
    """

    id: int
    username: str
    display_name: str
    role_ids: frozenset[int] = frozenset()
    call: CallChannel | None = None
    is_bot: bool = False
    is_webhook: bool = False
    is_self: bool = False

    @property
    def identity(self) -> str:
        """What tells them from everyone else: a webhook is somebody new under each name."""
        return f"{self.id}:{self.display_name}" if self.is_webhook else str(self.id)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a server.

    Args:
        id: Of the message.
        guild_id: The server.
        channel_id: The channel or thread it is in.
        parent_id: The channel of that thread.
        author: Who wrote it.
        message: What they wrote.
        sent_at: When Discord took it, in UTC.
        is_in_voice_chat: Whether it is in the chat of a voice channel.
        is_silent: Whether it was sent with `@silent`.
        is_system: Whether Discord wrote it, and no person.
        is_addressed: Whether it mentions the bot.
        edited_at: When its text was last changed, if ever: what Discord adds is no edit.
    """

    id: int
    guild_id: int
    channel_id: int
    parent_id: int | None
    author: Author
    message: ChatMessage
    sent_at: datetime
    is_in_voice_chat: bool = False
    is_silent: bool = False
    is_system: bool = False
    is_addressed: bool = False
    edited_at: datetime | None = None
