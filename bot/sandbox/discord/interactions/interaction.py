"""Interactions: what a member started, and everything the application answered."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NoResponseError
from bot.sandbox.discord.interactions.commands import BOT_DM_CONTEXT, GUILD_CONTEXT, PRIVATE_CONTEXT
from bot.sandbox.discord.world.attachments import UPLOAD_LIMIT_BYTES
from bot.sandbox.discord.world.changes import DEFAULT_TIMEOUT_S
from bot.sandbox.discord.world.permissions import ALL, Permission
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.person import Person

# "Receiving and Responding": after these, nobody waits any more.
RESPONSE_TIMEOUT_S = 3.0
TOKEN_LIFETIME_S = 15 * 60
MAX_FOLLOWUPS_OF_USER_APPS = 5


class InteractionType(IntEnum):
    """What the member did."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """How the application answered first."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an interaction, with its monotonic time in seconds."""

    name: str
    at: float


@dataclass(eq=False, repr=False)
class Interaction(Entity):
    """One use of a command, component or modal."""

    id: int
    type: InteractionType
    application: Application
    actor: Person
    channel: Channel
    body: Json  # the `data` object
    source: Message | None = None  # the message whose component was used
    opener: Interaction | None = None  # what showed the modal that was sent
    command_type: int = 1
    name: str = ""
    by_user_install: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(120))
    created_at: float = field(default_factory=time.monotonic)
    callback: CallbackType | None = None
    acknowledged_at: float | None = None
    ephemeral: bool = False
    response: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    steps: list[Step] = field(default_factory=list)
    locale: str = "en-US"

    @property
    def guild(self) -> Guild | None:
        """Return the guild this happened in."""
        return self.channel.guild

    @property
    def acknowledged(self) -> bool:
        """Tell whether the application answered in any way."""
        return self.acknowledged_at is not None

    @property
    def acknowledged_after_ms(self) -> float | None:
        """Return how long the member waited for the first answer."""
        if self.acknowledged_at is None:
            return None
        return (self.acknowledged_at - self.created_at) * 1000

    @property
    def deferred(self) -> bool:
        """Tell whether the first answer was "thinking..."."""
        return self.callback in {CallbackType.DEFERRED_MESSAGE, CallbackType.DEFERRED_UPDATE}

    @property
    def timed_out(self) -> bool:
        """Tell whether it is too late for a first answer."""
        late = time.monotonic() - self.created_at > RESPONSE_TIMEOUT_S
        return late and not self.acknowledged

    @property
    def failed(self) -> bool:
        """Tell whether the member reads "The application did not respond"."""
        return self.timed_out

    @property
    def expired(self) -> bool:
        """Tell whether the token is worthless."""
        return time.monotonic() - self.created_at > TOKEN_LIFETIME_S

    @property
    def message(self) -> Message | None:
        """Return the first answer with contents, once there is one."""
        return self.messages[0] if self.messages else None

    @property
    def messages(self) -> list[Message]:
        """Return all answers with contents, oldest first."""
        response = self.response
        if response is None or response.is_loading or self._is_silent_update:
            return self.followups
        return [response, *self.followups]

    @property
    def _is_silent_update(self) -> bool:
        """Tell whether a component was acknowledged and its message not changed yet."""
        edited = any(step.name == "edit" for step in self.steps)
        return self.callback is CallbackType.DEFERRED_UPDATE and not edited

    def expire(self) -> None:
        """Let the token grow old at once."""
        self.created_at -= TOKEN_LIFETIME_S

    def note(self, name: str) -> None:
        """Record a step and wake whoever waits for it."""
        self.steps.append(Step(name, time.monotonic()))
        self.channel.world.changes.notify()

    def acknowledge(self, callback: CallbackType) -> None:
        """Record the first answer."""
        self.callback = callback
        self.acknowledged_at = time.monotonic()
        self.note(callback.name.lower())

    async def wait_for_ack(self) -> Interaction:
        """Return when the application answered, or raise NoResponseError after 3 s."""
        left_s = self.created_at + RESPONSE_TIMEOUT_S - time.monotonic()
        if self.acknowledged:
            return self
        try:
            await self.channel.world.changes.until(
                lambda: self.acknowledged, timeout_s=max(left_s, 0.0)
            )
        except TimeoutError:
            raise NoResponseError("The application did not respond") from None
        return self

    async def wait_for_message(self, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """Return the first answer with contents: the response, its edit, or a follow-up."""
        await self.wait_for_ack()
        until = self.channel.world.changes.until
        return await until(lambda: self.message, timeout_s=timeout_s)

    async def wait_for_followups(
        self, count: int = 1, *, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> list[Message]:
        """Return the follow-ups once there are `count`."""
        until = self.channel.world.changes.until
        await until(lambda: len(self.followups) >= count, timeout_s=timeout_s)
        return self.followups

    def metadata(self) -> Json:
        """Return the `interaction_metadata` object of the messages that answer this."""
        metadata: Json = {
            "id": str(self.id),
            "type": int(self.type),
            "user": self.actor.user.payload(),
            "authorizing_integration_owners": self._owners(),
        }
        if self.type is InteractionType.COMMAND:
            metadata |= {"name": self.name, "command_type": self.command_type}
        if self.type is InteractionType.COMPONENT and self.source is not None:
            metadata["interacted_message_id"] = str(self.source.id)
        if self.opener is not None:
            metadata["triggering_interaction_metadata"] = self.opener.metadata()
        return metadata

    def legacy(self) -> Json | None:
        """Return the deprecated `interaction` object, which only commands have."""
        if self.type is not InteractionType.COMMAND:
            return None
        user = self.actor.user.payload()
        return {"id": str(self.id), "type": int(self.type), "name": self.name, "user": user}

    def payload(self) -> Json:
        """Return the interaction object, as INTERACTION_CREATE carries it."""
        payload: Json = {
            "id": str(self.id),
            "application_id": str(self.application.id),
            "type": int(self.type),
            "data": self.body,
            "token": self.token,
            "version": 1,
            "channel_id": str(self.channel.id),
            "channel": self._channel(),
            "app_permissions": str(int(self._app_permissions())),
            "locale": self.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(),
            "context": self._context(),
            "attachment_size_limit": self._size_limit(),
        }
        if self.source is not None:
            payload["message"] = self.source.payload()
        return payload | self._sender()

    def _sender(self) -> Json:
        guild = self.guild
        if guild is None:
            return {"user": self.actor.user.payload()}
        member = guild.members[self.actor.user.id]
        permissions = str(int(member.permissions_in(self.channel)))
        return {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.preferred_locale, "features": []},
            "guild_locale": guild.preferred_locale,
            "member": member.payload() | {"permissions": permissions},
        }

    def _channel(self) -> Json:
        channel = self.channel.payload()
        if self.guild is not None:
            member = self.guild.members[self.actor.user.id]
            channel["permissions"] = str(int(member.permissions_in(self.channel)))
        return channel

    def _app_permissions(self) -> Permission:
        if self.guild is None:
            return ALL
        bot = self.guild.members.get(self.application.bot.id)
        return bot.permissions_in(self.channel) if bot else self.guild.everyone.permissions

    def _owners(self) -> Json:
        if self.by_user_install:
            return {"1": str(self.actor.user.id)}
        return {"0": str(self.guild.id) if self.guild else "0"}

    def _context(self) -> int:
        if self.guild is not None:
            return GUILD_CONTEXT
        with_bot = self.application.bot in self.channel.recipients
        return BOT_DM_CONTEXT if with_bot else PRIVATE_CONTEXT

    def _size_limit(self) -> int:
        return self.guild.upload_limit if self.guild else UPLOAD_LIMIT_BYTES[0]


def start(interaction: Interaction) -> Interaction:
    """Send an interaction to its application."""
    world = interaction.channel.world
    world.interactions[interaction.token] = interaction
    interaction.application.interactions.append(interaction)
    here = None if interaction.by_user_install else interaction.guild
    payload = interaction.payload()
    world.tell("INTERACTION_CREATE", payload, guild=here, only=interaction.application)
    return interaction
