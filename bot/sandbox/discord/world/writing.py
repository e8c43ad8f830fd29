"""Members write, edit, delete and react."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world import posting, reactions
from bot.sandbox.discord.world.messages import Message, MessageFlag
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.person import Person
from bot.sandbox.discord.world.posting import Draft, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.world.attachments import Upload
    from bot.sandbox.discord.world.channels import Channel


class Writing(Person):
    """What people do in a chat."""

    async def send(
        self,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[Upload] = (),
        reply_to: Message | None = None,
        silent: bool = False,
    ) -> Message:
        """Write a message."""
        self._require(Permission.VIEW_CHANNEL | channel.send_permission, channel)
        if files:
            self._require(Permission.ATTACH_FILES, channel)
        draft = Draft({"content": text}, {str(i): file for i, file in enumerate(files)})
        flags = MessageFlag.SUPPRESS_NOTIFICATIONS if silent else MessageFlag.NONE
        origin = Origin(reply_to=reply_to)
        return posting.post(channel, self.user, draft, flags=flags, origin=origin)

    async def reply(self, message: Message, text: str) -> Message:
        """Answer a message."""
        return await self.send(message.channel, text, reply_to=message)

    async def edit(self, message: Message, text: str) -> None:
        """Change an own message."""
        if message.author is not self.user:
            raise NotPermittedError("only authors edit their messages")
        posting.edit(message, Draft({"content": text}))

    async def delete(self, message: Message) -> None:
        """Delete an own message, or anybody's as a moderator."""
        if message.author is not self.user:
            self._require(Permission.MANAGE_MESSAGES, message.channel)
        posting.delete(message)

    async def react(self, message: Message, emoji: str) -> None:
        """Put an emoji under a message."""
        self._require(Permission.READ_MESSAGE_HISTORY, message.channel)
        reactions.add(message, self.user, {"id": None, "name": emoji})

    async def unreact(self, message: Message, emoji: str) -> None:
        """Take an own emoji away again."""
        reactions.remove(message, self.user, {"id": None, "name": emoji})

    async def type(self, channel: Channel) -> None:
        """Let the others see that this person is writing."""
        self._require(channel.send_permission, channel)
        posting.show_typing(channel, self.user)
