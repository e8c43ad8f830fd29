"""The gateway's opcodes, and what an IDENTIFY must look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.gateway.events import ALL_INTENTS, PRIVILEGED, Intent

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.world import World

HEARTBEAT = 1
IDENTIFY = 2
PRESENCE_UPDATE = 3
VOICE_STATE_UPDATE = 4
RESUME = 6
RECONNECT = 7
REQUEST_GUILD_MEMBERS = 8
INVALID_SESSION = 9
HELLO = 10
HEARTBEAT_ACK = 11
REQUEST_SOUNDBOARD_SOUNDS = 31


class CloseGatewayError(Exception):
    """The client broke a rule; the connection ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """A checked IDENTIFY."""

    application: Application
    intents: Intent
    shard: tuple[int, int]
    with_shard: bool
    compress: bool


def identity_of(wish: Json, world: World) -> Identity:
    """Check an IDENTIFY; raise the close code of what is wrong with it."""
    if not isinstance(wish.get("properties"), dict):
        raise CloseGatewayError(4002)
    application = world.application_by_token(str(wish.get("token", "")).removeprefix("Bot "))
    if application is None:
        raise CloseGatewayError(4004)
    intents = wish.get("intents")
    if isinstance(intents, bool) or not isinstance(intents, int) or intents & ~int(ALL_INTENTS):
        raise CloseGatewayError(4013)
    if Intent(intents) & PRIVILEGED & ~application.privileged_intents:
        raise CloseGatewayError(4014)
    shard = _shard_of(wish.get("shard"))
    with_shard = wish.get("shard") is not None
    compress = wish.get("compress") is True
    return Identity(application, Intent(intents), shard, with_shard, compress)


def _shard_of(value: object) -> tuple[int, int]:
    if value is None:
        return 0, 1
    if not isinstance(value, list) or len(value) != 2 or not all(type(n) is int for n in value):
        raise CloseGatewayError(4010)
    index, count = value
    if not 0 <= index < count:
        raise CloseGatewayError(4010)
    return index, count
