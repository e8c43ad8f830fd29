"""Gateway events: which intents let them through, and what stays in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.messages import Message


class Intent(IntFlag):
    """One bit for every group of events ("List of Intents")."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


I = Intent  # noqa: E741 - a column of bits reads best with one letter
ALL_INTENTS = I(sum(I))
PRIVILEGED = I.GUILD_PRESENCES | I.GUILD_MEMBERS | I.MESSAGE_CONTENT

GUILD_INTENTS = {
    "GUILD_CREATE": I.GUILDS,
    "GUILD_UPDATE": I.GUILDS,
    "GUILD_DELETE": I.GUILDS,
    "GUILD_ROLE_CREATE": I.GUILDS,
    "GUILD_ROLE_UPDATE": I.GUILDS,
    "GUILD_ROLE_DELETE": I.GUILDS,
    "CHANNEL_CREATE": I.GUILDS,
    "CHANNEL_UPDATE": I.GUILDS,
    "CHANNEL_DELETE": I.GUILDS,
    "CHANNEL_PINS_UPDATE": I.GUILDS,
    "THREAD_CREATE": I.GUILDS,
    "THREAD_UPDATE": I.GUILDS,
    "THREAD_DELETE": I.GUILDS,
    "THREAD_MEMBERS_UPDATE": I.GUILDS,
    "STAGE_INSTANCE_CREATE": I.GUILDS,
    "STAGE_INSTANCE_UPDATE": I.GUILDS,
    "STAGE_INSTANCE_DELETE": I.GUILDS,
    "VOICE_CHANNEL_STATUS_UPDATE": I.GUILDS,
    "GUILD_MEMBER_ADD": I.GUILD_MEMBERS,
    "GUILD_MEMBER_UPDATE": I.GUILD_MEMBERS,
    "GUILD_MEMBER_REMOVE": I.GUILD_MEMBERS,
    "GUILD_BAN_ADD": I.GUILD_MODERATION,
    "GUILD_BAN_REMOVE": I.GUILD_MODERATION,
    "WEBHOOKS_UPDATE": I.GUILD_WEBHOOKS,
    "VOICE_STATE_UPDATE": I.GUILD_VOICE_STATES,
    "PRESENCE_UPDATE": I.GUILD_PRESENCES,
    "MESSAGE_CREATE": I.GUILD_MESSAGES,
    "MESSAGE_UPDATE": I.GUILD_MESSAGES,
    "MESSAGE_DELETE": I.GUILD_MESSAGES,
    "MESSAGE_DELETE_BULK": I.GUILD_MESSAGES,
    "MESSAGE_REACTION_ADD": I.GUILD_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE": I.GUILD_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE_ALL": I.GUILD_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE_EMOJI": I.GUILD_MESSAGE_REACTIONS,
    "TYPING_START": I.GUILD_MESSAGE_TYPING,
}
DIRECT_INTENTS = {
    "CHANNEL_PINS_UPDATE": I.DIRECT_MESSAGES,
    "MESSAGE_CREATE": I.DIRECT_MESSAGES,
    "MESSAGE_UPDATE": I.DIRECT_MESSAGES,
    "MESSAGE_DELETE": I.DIRECT_MESSAGES,
    "MESSAGE_REACTION_ADD": I.DIRECT_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE": I.DIRECT_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE_ALL": I.DIRECT_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE_EMOJI": I.DIRECT_MESSAGE_REACTIONS,
    "TYPING_START": I.DIRECT_MESSAGE_TYPING,
}
# What MESSAGE_CONTENT withholds; discord.py and Discord agree on these five.
CONTENT_FIELDS = {"content": "", "embeds": [], "attachments": [], "components": []}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, and to whom it is told."""

    name: str
    payload: Json
    guild: Guild | None = None
    channel: Channel | None = None  # set: only those who can see it are told
    only: Application | None = None
    message: Message | None = None  # set: its content needs an intent

    @property
    def intent(self) -> Intent | None:
        """Return the intent this event needs, or None when it is always sent."""
        return (GUILD_INTENTS if self.guild else DIRECT_INTENTS).get(self.name)

    def reaches(self, application: Application, intents: Intent) -> bool:
        """Tell whether a session of `application` with these intents gets the event."""
        if self.only is not None and self.only is not application:
            return False
        if (
            self.intent is not None
            and not intents & self.intent
            and not self._is_about(application)
        ):
            return False
        if self.guild is None:
            return self.only is not None or self._reaches_directly(application)
        return self._reaches_in_guild(application)

    def payload_for(self, application: Application, intents: Intent) -> Json:
        """Return the payload, without the content where the intent is missing."""
        if self.message is None or intents & Intent.MESSAGE_CONTENT:
            return self.payload
        return withhold_content(self.payload, self.message, application)

    def _is_about(self, application: Application) -> bool:
        # "GUILD_MEMBER_UPDATE is sent for current-user updates regardless of the intent."
        if self.name != "GUILD_MEMBER_UPDATE":
            return False
        return bool(self.payload["user"]["id"] == str(application.bot.id))

    def _reaches_directly(self, application: Application) -> bool:
        return self.channel is not None and application.bot in self.channel.recipients

    def _reaches_in_guild(self, application: Application) -> bool:
        assert self.guild is not None
        member = self.guild.members.get(application.bot.id)
        if member is None:
            return self.only is application
        if self.channel is None:
            return True
        return bool(member.permissions_in(self.channel) & Permission.VIEW_CHANNEL)


def withhold_content(payload: Json, message: Message, application: Application) -> Json:
    """Return `payload` without its content, unless the message concerns the bot itself."""
    if message.guild is None or message.concerns(application):
        return payload
    stripped = payload | {k: v for k, v in CONTENT_FIELDS.items() if k in payload}
    stripped.pop("poll", None)
    return stripped
