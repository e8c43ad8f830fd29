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
    "THREAD_LIST_SYNC": I.GUILDS,
    "THREAD_MEMBERS_UPDATE": I.GUILD_MEMBERS,
    "STAGE_INSTANCE_CREATE": I.GUILDS,
    "STAGE_INSTANCE_UPDATE": I.GUILDS,
    "STAGE_INSTANCE_DELETE": I.GUILDS,
    "VOICE_CHANNEL_STATUS_UPDATE": I.GUILDS,
    "GUILD_MEMBER_ADD": I.GUILD_MEMBERS,
    "GUILD_MEMBER_UPDATE": I.GUILD_MEMBERS,
    "GUILD_MEMBER_REMOVE": I.GUILD_MEMBERS,
    "GUILD_EMOJIS_UPDATE": I.GUILD_EXPRESSIONS,
    "GUILD_STICKERS_UPDATE": I.GUILD_EXPRESSIONS,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": I.GUILD_MODERATION,
    "AUTO_MODERATION_RULE_CREATE": I.AUTO_MODERATION_CONFIGURATION,
    "AUTO_MODERATION_ACTION_EXECUTION": I.AUTO_MODERATION_EXECUTION,
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
    "MESSAGE_POLL_VOTE_ADD": I.GUILD_MESSAGE_POLLS,
    "MESSAGE_POLL_VOTE_REMOVE": I.GUILD_MESSAGE_POLLS,
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
    "MESSAGE_POLL_VOTE_ADD": I.DIRECT_MESSAGE_POLLS,
    "MESSAGE_POLL_VOTE_REMOVE": I.DIRECT_MESSAGE_POLLS,
    "TYPING_START": I.DIRECT_MESSAGE_TYPING,
}
# Any one of these lets a bot have the event.
EVENT_PERMISSIONS = {
    "AUTO_MODERATION_RULE_CREATE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_ACTION_EXECUTION": Permission.MANAGE_GUILD,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": Permission.VIEW_AUDIT_LOG,
    "GUILD_BAN_ADD": Permission.BAN_MEMBERS | Permission.VIEW_AUDIT_LOG,
    "GUILD_BAN_REMOVE": Permission.BAN_MEMBERS | Permission.VIEW_AUDIT_LOG,
}
# What MESSAGE_CONTENT withholds: these are empty, a poll is left out.
CONTENT_FIELDS = {"content": "", "embeds": [], "attachments": [], "components": []}
AUTO_MODERATION_FIELDS = {"content": "", "matched_content": ""}


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
        if intents & Intent.MESSAGE_CONTENT:
            return self.payload
        if self.name == "AUTO_MODERATION_ACTION_EXECUTION":
            return self.payload | AUTO_MODERATION_FIELDS
        if self.message is None:
            return self.payload
        return withhold_content(self.payload, self.message, application)

    def _is_about(self, application: Application) -> bool:
        """Tell whether this is about the bot itself, which hears of it without the intent."""
        bot_id = str(application.bot.id)
        if self.name == "GUILD_MEMBER_UPDATE":
            return bool(self.payload["user"]["id"] == bot_id)
        if self.name == "THREAD_MEMBERS_UPDATE":
            added = [entry["user_id"] for entry in self.payload.get("added_members", [])]
            return bot_id in [*added, *self.payload.get("removed_member_ids", [])]
        return False

    def _reaches_directly(self, application: Application) -> bool:
        return self.channel is not None and application.bot in self.channel.recipients

    def _reaches_in_guild(self, application: Application) -> bool:
        assert self.guild is not None
        member = self.guild.members.get(application.bot.id)
        if member is None:
            return self.only is application
        wanted = EVENT_PERMISSIONS.get(self.name)
        if wanted is not None and not member.permissions & wanted:
            return False
        if self.channel is None:
            return True
        return bool(member.permissions_in(self.channel) & Permission.VIEW_CHANNEL)


def withhold_content(payload: Json, message: Message, application: Application) -> Json:
    """Return `payload` without what needs the content intent.

    A message keeps everything if it was said in direct messages, by the bot itself, or mentions
    the bot, as a reply does unless it is told not to. The message it answers is judged by itself.
    """
    if message.guild is None:
        return payload
    stripped = dict(payload)
    if not message.concerns(application):
        stripped = _without_content(payload)
    answered = message.reply_to
    if payload.get("referenced_message") and answered is not None:
        original = payload["referenced_message"]
        stripped["referenced_message"] = withhold_content(original, answered, application)
    return stripped


def _without_content(payload: Json) -> Json:
    stripped = payload | {k: v for k, v in CONTENT_FIELDS.items() if k in payload}
    stripped.pop("poll", None)
    if "message_snapshots" in payload:
        forwarded = (snapshot["message"] for snapshot in payload["message_snapshots"])
        stripped["message_snapshots"] = [{"message": _without_content(m)} for m in forwarded]
    return stripped
