"""Members start threads and posts, join and leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world import thread_members, threads
from bot.sandbox.discord.world.channels import ChannelType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.person import Person
from bot.sandbox.discord.world.posting import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.world.attachments import Upload
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message


class Branching(Person):
    """What people do with threads and forums."""

    async def start_thread(
        self,
        channel: Channel,
        name: str,
        *,
        under: Message | None = None,
        is_private: bool = False,
    ) -> Channel:
        """Start a thread in a channel, or under a message."""
        if is_private:
            self._require(Permission.CREATE_PRIVATE_THREADS, channel)
            return threads.start(channel, self.user, name, ChannelType.PRIVATE_THREAD)
        self._require(Permission.CREATE_PUBLIC_THREADS, channel)
        if under is not None:
            return threads.start_from(under, self.user, name)
        return threads.start(channel, self.user, name, ChannelType.PUBLIC_THREAD)

    async def start_post(
        self,
        forum: Channel,
        title: str,
        text: str,
        *,
        files: Sequence[Upload] = (),
        tags: Sequence[str] = (),
    ) -> Channel:
        """Write a post in a forum, with the tags of these names."""
        # "Creating a thread in a thread-only channel only requires the SEND_MESSAGES permission."
        self._require(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES, forum)
        chosen = [tag["id"] for tag in forum.tags if tag["name"] in tags]
        draft = Draft({"content": text}, {str(i): file for i, file in enumerate(files)})
        return threads.start_post(forum, self.user, title, draft, tags=chosen)

    async def join_thread(self, thread: Channel) -> None:
        """Join a thread."""
        self._require(Permission.VIEW_CHANNEL, thread)
        thread_members.add(thread, self.user)

    async def leave_thread(self, thread: Channel) -> None:
        """Leave a thread."""
        thread_members.remove(thread, self.user)

    async def add_to_thread(self, thread: Channel, target: Member) -> None:
        """Add somebody to a thread."""
        self._require(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES_IN_THREADS, thread)
        if not target.may(Permission.VIEW_CHANNEL, thread.permission_source):
            raise NotPermittedError("they cannot see the channel of this thread")
        thread_members.add(thread, target.user)

    async def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Close a thread; only moderators lock it, so that nobody opens it again."""
        if locked or thread.owner_id != self.id:
            self._require(Permission.MANAGE_THREADS, thread)
        threads.archive(thread, locked=locked)
