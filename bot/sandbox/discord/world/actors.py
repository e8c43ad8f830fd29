"""What a person does in front of a Discord client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.interactions import invocations, presses
from bot.sandbox.discord.world import posting, reactions
from bot.sandbox.discord.world.calls import may_join
from bot.sandbox.discord.world.messages import Message, MessageFlag
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.posting import Draft, Origin
from bot.sandbox.discord.world.users import Someone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.attachments import Upload
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.world import World


class Actor(Someone):
    """A person who reads, writes, clicks and talks."""

    def __init__(self, world: World, user: User) -> None:
        super().__init__(user)
        self.world = world
        self.ear: Listener | None = None

    @property
    def home(self) -> Guild | None:
        """Return the guild this person acts in, or None for direct messages only."""
        return None

    def direct_channel(self, application: Application | None = None) -> Channel:
        """Return the direct messages with a bot, the sandbox's own by default."""
        return self.world.direct_channel(self.user, (application or self.world.application).bot)

    def sees(self, message: Message) -> bool:
        """Tell whether this person can read a message."""
        if message.is_ephemeral:
            return message.visible_to is self.user
        return self._may(Permission.VIEW_CHANNEL, message.channel)

    def messages(self, channel: Channel) -> list[Message]:
        """Return what this person reads in a channel, oldest first."""
        return [message for message in channel.history.values() if self.sees(message)]

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
        self._require(Permission.VIEW_CHANNEL | _send_permission(channel), channel)
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
        self._require(_send_permission(channel), channel)
        posting.show_typing(channel, self.user)

    async def slash(
        self,
        command: str,
        options: Mapping[str, object] | None = None,
        *,
        channel: Channel | None = None,
        application: Application | None = None,
    ) -> Interaction:
        """Use a slash command: `"say"`, or `"server voice"` for a sub-command."""
        place = self._place(channel, application)
        return invocations.slash(self, command, options or {}, place, application)

    async def autocomplete(
        self,
        command: str,
        option: str,
        typed: str,
        *,
        options: Mapping[str, object] | None = None,
        channel: Channel | None = None,
        application: Application | None = None,
    ) -> list[Json]:
        """Type into an option and return the choices that appear."""
        return await invocations.autocomplete(
            self,
            command,
            option,
            typed,
            entered=options or {},
            channel=self._place(channel, application),
            application=application,
        )

    async def use_on_message(
        self, command: str, message: Message, *, application: Application | None = None
    ) -> Interaction:
        """Choose a command from the menu of a message."""
        return invocations.use_on_message(self, command, message, application)

    async def use_on_user(
        self,
        command: str,
        target: Member | User,
        *,
        channel: Channel | None = None,
        application: Application | None = None,
    ) -> Interaction:
        """Choose a command from the menu of a person."""
        place = self._place(channel, application)
        return invocations.use_on_user(self, command, target, place, application)

    async def press(
        self, message: Message, *, custom_id: str | None = None, label: str | None = None
    ) -> Interaction:
        """Press a button."""
        return presses.press(self, message, custom_id=custom_id, label=label)

    async def select(
        self, message: Message, *values: object, custom_id: str | None = None
    ) -> Interaction:
        """Choose from a select menu."""
        return presses.select(self, message, values, custom_id=custom_id)

    async def submit(self, opener: Interaction, answers: Mapping[str, Any]) -> Interaction:
        """Fill in and send the modal that an interaction opened."""
        return presses.submit(self, opener, answers)

    async def join_voice(
        self, channel: Channel, *, self_mute: bool = False, self_deaf: bool = False
    ) -> Listener:
        """Join a call and listen; returns (and keeps in `ear`) what hears there."""
        member = self._member()
        if not may_join(member, channel):
            raise NotPermittedError("they cannot join this call")
        calls = self.world.calls
        if member.voice is not None:
            calls.move(member, channel)
            return member.ear or calls.listen(member)
        calls.join(member, channel, self_mute=self_mute, self_deaf=self_deaf)
        return calls.listen(member)

    async def leave_voice(self) -> None:
        """Hang up."""
        member = self._member()
        self.world.calls.leave(member.guild, member.id)

    async def move(self, target: Member, channel: Channel) -> None:
        """Drag somebody into another call."""
        self._require(Permission.MOVE_MEMBERS, channel)
        if target.voice is None:
            raise NotPermittedError("they are in no call")
        self.world.calls.move(target, channel)

    async def kick_from_voice(self, target: Member) -> None:
        """Disconnect somebody from their call."""
        if target.voice is None:
            raise NotPermittedError("they are in no call")
        self._require(Permission.MOVE_MEMBERS, target.voice.channel)
        self.world.calls.leave(target.guild, target.id)

    async def disconnect(self, target: Member) -> None:
        """Disconnect somebody from their call, as the menu words it."""
        await self.kick_from_voice(target)

    async def server_mute(self, target: Member, *, muted: bool = True) -> None:
        """Mute somebody for everyone, or end that."""
        self._require(Permission.MUTE_MEMBERS, target.voice.channel if target.voice else None)
        self.world.calls.set_flags(target, mute=muted)

    async def server_deafen(self, target: Member, *, deafened: bool = True) -> None:
        """Deafen somebody, or end that."""
        self._require(Permission.DEAFEN_MEMBERS, target.voice.channel if target.voice else None)
        self.world.calls.set_flags(target, deaf=deafened)

    async def suppress(self, target: Member, *, suppressed: bool) -> None:
        """Invite somebody to speak on a stage, or send them to the audience."""
        if target.voice is None:
            raise NotPermittedError("they are in no call")
        self._require(Permission.MUTE_MEMBERS, target.voice.channel)
        self.world.calls.set_suppressed(target.voice, suppressed=suppressed)

    async def kick(self, target: Member) -> None:
        """Remove somebody from the guild."""
        self._require(Permission.KICK_MEMBERS, None)
        target.guild.remove_member(target)

    async def ban(self, target: Member) -> None:
        """Remove somebody from the guild for good."""
        self._require(Permission.BAN_MEMBERS, None)
        target.guild.ban(target.user)

    def _member(self) -> Member:
        raise NotPermittedError("they are in no guild")

    def _may(self, permission: Permission, channel: Channel) -> bool:
        if channel.guild is None:
            return self.user in channel.recipients
        member = channel.guild.members.get(self.user.id)
        return member is not None and member.may(permission, channel)

    def _require(self, permission: Permission, channel: Channel | None) -> None:
        allowed = self._may(permission, channel) if channel else self._member().may(permission)
        if not allowed:
            raise NotPermittedError(f"they lack {permission!r}")

    def _place(self, channel: Channel | None, application: Application | None) -> Channel:
        if channel is not None:
            return channel
        if self.home is None:
            return self.direct_channel(application)
        places = (c for c in self.home.channels.values() if self._may(_READ, c) and _is_text(c))
        place = next(places, None)
        if place is None:
            raise NotPermittedError("they may use commands in no text channel")
        return place


_READ = Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS


def _is_text(channel: Channel) -> bool:
    return channel.holds_messages and not channel.is_vocal


def _send_permission(channel: Channel) -> Permission:
    if channel.is_thread:
        return Permission.SEND_MESSAGES_IN_THREADS
    return Permission.SEND_MESSAGES
