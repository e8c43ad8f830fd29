"""Members write, edit, delete and react."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world import audit, pinning, posting, reactions, voting
from bot.sandbox.discord.world.attachments import content_type_of
from bot.sandbox.discord.world.auto_moderation import Hit, refuse_blocked
from bot.sandbox.discord.world.messages import FORWARDABLE, Message, MessageFlag
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.person import Person
from bot.sandbox.discord.world.polls import poll_request
from bot.sandbox.discord.world.posting import Draft, Origin
from bot.sandbox.discord.world.removing import delete
from bot.sandbox.discord.world.telling import show_typing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.attachments import Upload
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.expressions import Sticker

_WITHOUT_PING = {"parse": ["users", "roles", "everyone"], "replied_user": False}
WAVEFORM_BYTES = 64


class Writing(Person):
    """What people do in a chat."""

    async def send(
        self,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[Upload] = (),
        stickers: Sequence[Sticker] = (),
        reply_to: Message | None = None,
        ping: bool = True,
        silent: bool = False,
    ) -> Message:
        """Write a message; `ping` says whether a reply mentions whom it answers."""
        if files:
            self._require(Permission.ATTACH_FILES, channel)
        if any(sticker.guild is not channel.guild for sticker in stickers):
            self._require(Permission.USE_EXTERNAL_STICKERS, channel)
        body: Json = {"content": text, "sticker_ids": [str(s.id) for s in stickers]}
        if not ping:
            body["allowed_mentions"] = _WITHOUT_PING
        draft = Draft(body, {str(i): file for i, file in enumerate(files)})
        flags = MessageFlag.SUPPRESS_NOTIFICATIONS if silent else MessageFlag.NONE
        return self._post(channel, draft, flags, Origin(reply_to=reply_to))

    async def reply(self, message: Message, text: str, *, ping: bool = True) -> Message:
        """Answer a message."""
        self._require(Permission.READ_MESSAGE_HISTORY, message.channel)
        return await self.send(message.channel, text, reply_to=message, ping=ping)

    async def forward(self, message: Message, channel: Channel) -> Message:
        """Show a message in another channel, as it is now."""
        if not self.sees(message):
            raise NotPermittedError("they cannot see that message")
        if message.type not in FORWARDABLE or message.poll is not None:
            raise NotPermittedError("this message cannot be forwarded")
        return self._post(channel, Draft({}), MessageFlag.NONE, Origin(forwarded=message))

    async def record(self, channel: Channel, sound: Upload, *, seconds: float) -> Message:
        """Send a voice message."""
        self._require(Permission.SEND_VOICE_MESSAGES, channel)
        waveform = base64.b64encode(bytes(WAVEFORM_BYTES)).decode()
        entry: Json = {"id": "0", "filename": sound.filename, "duration_secs": seconds}
        typed = replace(sound, content_type=content_type_of(sound.filename, sound.content_type))
        draft = Draft({"attachments": [entry | {"waveform": waveform}]}, {"0": typed})
        return self._post(channel, draft, MessageFlag.IS_VOICE_MESSAGE, Origin())

    async def ask(
        self,
        channel: Channel,
        question: str,
        *answers: str,
        hours: int = 24,
        takes_several: bool = False,
    ) -> Message:
        """Start a poll."""
        self._require(Permission.SEND_POLLS, channel)
        wish = poll_request(question, list(answers), hours=hours, takes_several=takes_several)
        return self._post(channel, Draft({"poll": wish}), MessageFlag.NONE, Origin())

    async def vote(self, message: Message, answer: int) -> None:
        """Choose an answer of a poll; they count from 1."""
        self._require(Permission.READ_MESSAGE_HISTORY, message.channel)
        voting.vote(message, self.user, answer)

    async def end_poll(self, message: Message) -> Message:
        """End an own poll at once and return the message with the result."""
        if message.author is not self.user:
            raise NotPermittedError("only authors end their polls")
        return voting.end(message)

    async def edit(self, message: Message, text: str) -> None:
        """Change an own message."""
        if message.author is not self.user:
            raise NotPermittedError("only authors edit their messages")
        self._require_open(message.channel)
        hits = self._screen(message.channel, text)
        posting.edit(message, Draft({"content": text}))
        for hit in hits:
            hit.act(message)

    async def delete(self, message: Message) -> None:
        """Delete an own message, or anybody's as a moderator."""
        if message.author is self.user:
            delete(message)
            return
        self._require(Permission.MANAGE_MESSAGES, message.channel)
        delete(message)
        options = {"channel_id": str(message.channel.id), "count": "1"}
        guild = self._member().guild
        audit.record(guild, audit.MESSAGE_DELETE, self.user, message.author.id, options=options)

    async def hide_previews(self, message: Message) -> None:
        """Take the previews of links away, from an own message or as a moderator."""
        if message.author is not self.user:
            self._require(Permission.MANAGE_MESSAGES, message.channel)
        posting.suppress_embeds(message)

    async def pin(self, message: Message) -> None:
        """Pin a message."""
        self._require(Permission.PIN_MESSAGES, message.channel)
        pinning.pin(message, self.user)

    async def unpin(self, message: Message) -> None:
        """Take a pinned message down."""
        self._require(Permission.PIN_MESSAGES, message.channel)
        pinning.unpin(message)

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
        show_typing(channel, self.user)

    def _post(self, channel: Channel, draft: Draft, flags: MessageFlag, origin: Origin) -> Message:
        if not channel.holds_messages:
            raise NotPermittedError("nobody can write here")
        self._require(Permission.VIEW_CHANNEL | channel.send_permission, channel)
        self._require_open(channel)
        hits = self._screen(channel, str(draft.body.get("content") or ""))
        message = posting.post(channel, self.user, draft, flags=flags, origin=origin)
        for hit in hits:
            hit.act(message)
        return message

    def _screen(self, channel: Channel, text: str) -> list[Hit]:
        """Return what AutoMod has against a text that it lets through."""
        member = channel.guild.members.get(self.id) if channel.guild else None
        if member is None:
            return []
        hits = member.guild.auto_moderation.hits(member, channel, text)
        refuse_blocked(hits)
        return hits

    def _require_open(self, channel: Channel) -> None:
        if channel.locked:
            self._require(Permission.MANAGE_THREADS, channel)
