"""Messages and their attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from typing import TYPE_CHECKING

from bot.sandbox.discord.interactions.finding import USABLE, chosen_in, find, names, texts_of
from bot.sandbox.discord.world.message_payload import event_payload, message_payload
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.attachments import Attachment
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.expressions import Sticker
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.polls import Poll
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.webhooks import Webhook

USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")


class MessageFlag(IntFlag):
    """One bit for every trait of a message."""

    NONE = 0
    CROSSPOSTED = 1 << 0
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


# "Message Types"
DEFAULT, PIN, JOIN, BOOST, THREAD_CREATED, REPLY = 0, 6, 7, 8, 18, 19
CHAT_INPUT_COMMAND, THREAD_STARTER, CONTEXT_MENU_COMMAND = 20, 21, 23
AUTO_MODERATION_ACTION, POLL_RESULT = 24, 46
# "Forwards": nothing that is bound to its place.
FORWARDABLE = {DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND}


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
    stickers: list[Sticker] = field(default_factory=list)
    poll: Poll | None = None
    snapshots: list[Json] = field(default_factory=list)  # of a forward
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: list[Reaction] = field(default_factory=list)
    reply_to: Message | None = None
    reference: Json | None = None
    pinned: bool = False
    edited_at: datetime | None = None
    application: Application | None = None
    webhook: Webhook | None = None
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
    def thread(self) -> Channel | None:
        """Return the thread that was started under this message, which shares its id."""
        thread = self.guild.channels.get(self.id) if self.guild else None
        # The first message of a post in a forum has the id of the thread it is in.
        return None if thread is self.channel else thread

    @property
    def url(self) -> str:
        """Return the link people copy."""
        place = self.guild.id if self.guild else "@me"
        return f"https://discord.com/channels/{place}/{self.channel.id}/{self.id}"

    @property
    def text(self) -> str:
        """Return the words of this message, from top to bottom: its own, embeds, layouts."""
        embedded = [
            str(e[key]) for e in self.embeds for key in ("title", "description") if key in e
        ]
        lines = [self.content, *embedded, *texts_of(self.components)]
        return "\n".join(line for line in lines if line)

    @property
    def controls(self) -> list[str]:
        """Return what stands on the buttons and menus, from top to bottom."""
        return list(names(self.components))

    def control(self, which: str, *, beside: str | None = None) -> Json:
        """Return the button or menu with this custom id, label or placeholder."""
        return find(self.components, USABLE, which, beside=beside)

    def chosen(self, which: str) -> list[str]:
        """Return what a menu shows as chosen: values of a string select, else ids."""
        return chosen_in(self.control(which))

    def concerns(self, application: Application) -> bool:
        """Tell whether `application` may read this without the content intent."""
        is_own = self.author is application.bot or self.application is application
        return is_own or application.bot in self.mentions

    def touch(self) -> None:
        """Note that this was edited now."""
        self.edited_at = datetime.now(UTC)

    def payload(self, *, nested: bool = False) -> Json:
        """Return the message object, as REST shows it."""
        return message_payload(self, nested=nested)

    def event_payload(self) -> Json:
        """Return the message object as the gateway shows it."""
        return event_payload(self)
