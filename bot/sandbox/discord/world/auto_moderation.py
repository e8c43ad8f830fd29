"""AutoMod: rules that block a message before anybody sees it, or flag it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.errors import MessageBlockedError
from bot.sandbox.discord.world import audit, system_messages
from bot.sandbox.discord.world.messages import AUTO_MODERATION_ACTION
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message

MESSAGE_SEND: Final = 1  # "Event Types"
KEYWORD: Final = 1  # "Trigger Types"
BLOCK_MESSAGE, SEND_ALERT_MESSAGE, TIMEOUT = 1, 2, 3  # "Action Types"
_ENTRIES = {
    BLOCK_MESSAGE: audit.BLOCKED_BY_RULE,
    SEND_ALERT_MESSAGE: audit.FLAGGED_BY_RULE,
    TIMEOUT: audit.TIMED_OUT_BY_RULE,
}


@dataclass(eq=False, repr=False)
class Rule(Entity):
    """Keywords, and what happens to messages that hold one.

    A keyword is a whole word; `*` at an end stands for any letters there.
    """

    id: int
    guild: Guild
    name: str
    keywords: tuple[str, ...]
    blocks: bool = True
    alert_channel: Channel | None = None
    timeout_s: int = 0
    exempt_role_ids: set[int] = field(default_factory=set)
    is_enabled: bool = True

    @property
    def actions(self) -> list[Json]:
        """Return the auto moderation action objects."""
        actions: list[Json] = [{"type": BLOCK_MESSAGE, "metadata": {}}] if self.blocks else []
        if self.alert_channel is not None:
            place = {"channel_id": str(self.alert_channel.id)}
            actions.append({"type": SEND_ALERT_MESSAGE, "metadata": place})
        if self.timeout_s:
            duration = {"duration_seconds": self.timeout_s}
            actions.append({"type": TIMEOUT, "metadata": duration})
        return actions

    def match(self, text: str) -> tuple[str, str] | None:
        """Return the keyword that a text holds, and how it stands there."""
        for keyword in self.keywords:
            if found := re.search(_pattern(keyword), text, re.IGNORECASE):
                return keyword, found[0]
        return None

    def payload(self) -> Json:
        """Return the auto moderation rule object."""
        return {
            "id": str(self.id),
            "guild_id": str(self.guild.id),
            "name": self.name,
            "creator_id": str(self.guild.owner_id),
            "event_type": MESSAGE_SEND,
            "trigger_type": KEYWORD,
            "trigger_metadata": {"keyword_filter": list(self.keywords)},
            "actions": self.actions,
            "enabled": self.is_enabled,
            "exempt_roles": [str(role_id) for role_id in self.exempt_role_ids],
            "exempt_channels": [],
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that a rule objects to."""

    rule: Rule
    member: Member
    channel: Channel
    text: str
    keyword: str
    matched: str

    def act(self, message: Message | None = None) -> None:
        """Do all that the rule wants; `message` is what was written in spite of it."""
        for action in self.rule.actions:
            alert = self._alert() if action["type"] == SEND_ALERT_MESSAGE else None
            if action["type"] == TIMEOUT:
                until = datetime.now(UTC) + timedelta(seconds=self.rule.timeout_s)
                self.member.set_timed_out(until)
            self._tell(action, message, alert)
            self._record(action)

    def _alert(self) -> Message:
        assert self.rule.alert_channel is not None
        told = {
            "rule_name": self.rule.name,
            "channel_id": str(self.channel.id),
            "keyword": self.keyword,
            "keyword_matched_content": self.matched,
        }
        fields = [{"name": name, "value": value, "inline": False} for name, value in told.items()]
        embed = {"type": "auto_moderation_message", "description": self.text, "fields": fields}
        author = self.member.user
        return system_messages.post(
            self.rule.alert_channel, author, AUTO_MODERATION_ACTION, embeds=[embed]
        )

    def _tell(self, action: Json, message: Message | None, alert: Message | None) -> None:
        payload: Json = {
            "guild_id": str(self.rule.guild.id),
            "action": action,
            "rule_id": str(self.rule.id),
            "rule_trigger_type": KEYWORD,
            "user_id": str(self.member.id),
            "channel_id": str(self.channel.id),
            "content": self.text,
            "matched_keyword": self.keyword,
            "matched_content": self.matched,
        }
        if message is not None:
            payload["message_id"] = str(message.id)
        if alert is not None:
            payload["alert_system_message_id"] = str(alert.id)
        self.rule.guild.dispatch("AUTO_MODERATION_ACTION_EXECUTION", payload)

    def _record(self, action: Json) -> None:
        options = {
            "auto_moderation_rule_name": self.rule.name,
            "auto_moderation_rule_trigger_type": str(KEYWORD),
            "channel_id": str(self.channel.id),
        }
        entry, user = _ENTRIES[action["type"]], self.member.user
        audit.record(self.rule.guild, entry, user, self.member.id, options=options)


class AutoModeration:
    """The rules of a guild."""

    def __init__(self, guild: Guild) -> None:
        self._guild = guild
        self.rules: list[Rule] = []

    def add(
        self,
        name: str,
        *keywords: str,
        blocks: bool = True,
        alert_channel: Channel | None = None,
        timeout_s: int = 0,
    ) -> Rule:
        """Add a rule; one that does not block should do something else."""
        rule_id = self._guild.world.ids.take()
        rule = Rule(rule_id, self._guild, name, keywords, blocks, alert_channel, timeout_s)
        self.rules.append(rule)
        self._guild.dispatch("AUTO_MODERATION_RULE_CREATE", rule.payload())
        return rule

    def hits(self, member: Member, channel: Channel, text: str) -> list[Hit]:
        """Return what the rules object to; they do not ask managers and bots."""
        if member.user.is_bot or member.may(Permission.MANAGE_GUILD):
            return []
        return list(self._hits(member, channel, text))

    def _hits(self, member: Member, channel: Channel, text: str) -> Iterable[Hit]:
        for rule in self.rules:
            is_exempt = rule.exempt_role_ids.intersection(member.role_ids)
            found = None if is_exempt or not rule.is_enabled else rule.match(text)
            if found is not None:
                yield Hit(rule, member, channel, text, *found)


def refuse_blocked(hits: list[Hit]) -> None:
    """Act on a text that a rule blocks: it never becomes a message.

    Raises:
        MessageBlockedError: It was blocked.
    """
    blocking = [hit for hit in hits if hit.rule.blocks]
    for hit in blocking:
        hit.act()
    if blocking:
        raise MessageBlockedError(f"{blocking[0].rule.name} blocked it")


def _pattern(keyword: str) -> str:
    words = re.escape(keyword.strip("*"))
    before = "" if keyword.startswith("*") else r"\b"
    after = "" if keyword.endswith("*") else r"\b"
    return f"{before}{words}{after}"
