"""Messages and their attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.snowflakes import Entity, created_at, iso

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.attachments import Attachment
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.users import User

USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")


class MessageFlag(IntFlag):
    """One bit for every trait of a message."""

    NONE = 0
    CROSSPOSTED = 1 << 0
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    IS_COMPONENTS_V2 = 1 << 15


# "Message Types"
DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 0, 19, 20, 23


@dataclass(eq=False)
class Reaction:
    """An emoji under a message and who put it there."""

    emoji: Json
    user_ids: list[int] = field(default_factory=list)


@dataclass(eq=False, repr=False)
class Message(Entity):
    """Something said in a channel."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    type: int = DEFAULT
    flags: MessageFlag = MessageFlag.NONE
    tts: bool = False
    nonce: int | str | None = None
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: list[Reaction] = field(default_factory=list)
    reply_to: Message | None = None
    reference: Json | None = None
    pinned: bool = False
    edited_at: datetime | None = None
    application: Application | None = None
    interaction: Json | None = None  # the `interaction_metadata` object
    legacy_interaction: Json | None = None  # the deprecated `interaction` object
    visible_to: User | None = None  # the addressee of an ephemeral message
    is_deleted: bool = False

    @property
    def guild(self) -> Guild | None:
        """Return the guild this was said in."""
        return self.channel.guild

    @property
    def is_ephemeral(self) -> bool:
        """Tell whether only one person sees this."""
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def is_loading(self) -> bool:
        """Tell whether this is a "thinking..." placeholder."""
        return MessageFlag.LOADING in self.flags

    @property
    def url(self) -> str:
        """Return the link people copy."""
        place = self.guild.id if self.guild else "@me"
        return f"https://discord.com/channels/{place}/{self.channel.id}/{self.id}"

    def concerns(self, application: Application) -> bool:
        """Tell whether `application` may read this without the content intent."""
        return self.author is application.bot or application.bot in self.mentions

    def touch(self) -> None:
        """Note that this was edited now."""
        self.edited_at = datetime.now(UTC)

    def payload(self, *, nested: bool = False) -> Json:
        """Return the message object, as REST shows it."""
        message: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": self.content,
            "timestamp": iso(created_at(self.id)),
            "edited_timestamp": iso(self.edited_at),
            "tts": self.tts,
            "mention_everyone": self.mention_everyone,
            "mentions": [user.payload() for user in self.mentions],
            "mention_roles": [str(role_id) for role_id in self.mention_roles],
            "attachments": [attachment.payload() for attachment in self.attachments],
            "embeds": self.embeds,
            "components": self.components,
            "pinned": self.pinned,
            "type": self.type,
            "flags": int(self.flags),
        }
        return message | self._optional_fields(nested=nested)

    def event_payload(self) -> Json:
        """Return the message object as the gateway shows it."""
        payload = self.payload()
        if self.guild is None or self.is_ephemeral:
            return payload
        payload["guild_id"] = str(self.guild.id)
        if author := self.guild.members.get(self.author.id):
            payload["member"] = author.payload(with_user=False)
        for entry in payload["mentions"]:
            if mentioned := self.guild.members.get(int(entry["id"])):
                entry["member"] = mentioned.payload(with_user=False)
        return payload

    def _optional_fields(self, *, nested: bool) -> Json:
        optional: Json = {}
        if self.nonce is not None:
            optional["nonce"] = self.nonce
        if self.reactions:
            optional["reactions"] = [self._reaction(reaction) for reaction in self.reactions]
        if self.application is not None:
            optional["application_id"] = str(self.application.id)
        if self.interaction is not None and self.application is not None:
            optional["webhook_id"] = str(self.application.id)
            optional["interaction_metadata"] = self.interaction
        if self.legacy_interaction is not None:
            optional["interaction"] = self.legacy_interaction
        return optional | self._reference_fields(nested=nested)

    def _reference_fields(self, *, nested: bool) -> Json:
        if self.reference is None:
            return {}
        fields: Json = {"message_reference": self.reference}
        if nested or self.reply_to is None:
            return fields
        gone = self.reply_to.is_deleted
        return fields | {"referenced_message": None if gone else self.reply_to.payload(nested=True)}

    def _reaction(self, reaction: Reaction) -> Json:
        count = len(reaction.user_ids)
        return {
            "emoji": reaction.emoji,
            "count": count,
            "count_details": {"burst": 0, "normal": count},
            "me": False,
            "me_burst": False,
            "burst_colors": [],
        }
