"""What Discord writes on its gateway about guilds and voice (Discord documentation, "Gateway")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.voice._voice_server import FakeVoiceConnection

BOT_ID = 999

VIEW, CONNECT, SPEAK, MUTE_MEMBERS = 1 << 10, 1 << 20, 1 << 21, 1 << 22
VOICE, STAGE = 2, 13


@dataclass
class Channel:
    """A call people can be in; `allowed` and `denied` are permissions of everyone here."""

    id: int
    kind: int = VOICE
    limit: int = 0
    allowed: int = 0
    denied: int = 0


@dataclass
class Seat:
    """Where the bot is, and with what it may connect to the voice server."""

    channel_id: int
    session_id: str
    token: str = ""
    endpoint: str | None = None
    is_muted: bool = False
    is_suppressed: bool = False
    connection: FakeVoiceConnection | None = None


@dataclass
class Guild:
    """A guild; `people` are those in its calls, by user id."""

    id: int
    channels: dict[int, Channel] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    seat: Seat | None = None
    has_bot: bool = True
    is_available: bool = True
    has_voice_server: bool = True

    @property
    def place(self) -> int | None:
        """The channel the bot is in."""
        return self.seat.channel_id if self.seat else None

    @property
    def connection(self) -> FakeVoiceConnection | None:
        """The bot's connection to the voice server."""
        return self.seat.connection if self.seat else None

    def company(self, channel_id: int) -> set[int]:
        """Return who is in a channel besides the bot."""
        return {user_id for user_id, place in self.people.items() if place == channel_id}


def user(user_id: int) -> dict[str, Any]:
    return {
        "id": str(user_id),
        "username": str(user_id),
        "discriminator": "0",
        "avatar": None,
        "bot": user_id == BOT_ID,
    }


def _member(user_id: int) -> dict[str, Any]:
    return {"user": user(user_id), "roles": [], "joined_at": None, "flags": 0}


def ready(guilds: list[Guild], session_id: str) -> dict[str, Any]:
    return {
        "user": user(BOT_ID),
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "session_id": session_id,
        "shard": [0, 1],
    }


def guild_create(guild: Guild) -> dict[str, Any]:
    states = [person_state(guild, user_id) for user_id in guild.people]
    return {
        "id": str(guild.id),
        "name": str(guild.id),
        "owner_id": "1",
        "unavailable": False,
        "roles": [_everyone(guild)],
        "channels": [channel(guild, each) for each in guild.channels.values()],
        "members": [_member(BOT_ID)],
        "voice_states": states + ([own_state(guild)] if guild.seat else []),
    }


def _everyone(guild: Guild) -> dict[str, Any]:
    return {
        "id": str(guild.id),
        "name": "@everyone",
        "permissions": str(VIEW | CONNECT | SPEAK),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
    }


def channel(guild: Guild, each: Channel) -> dict[str, Any]:
    overwrite = {
        "id": str(guild.id),
        "type": 0,
        "allow": str(each.allowed),
        "deny": str(each.denied),
    }
    return {
        "id": str(each.id),
        "guild_id": str(guild.id),
        "type": each.kind,
        "name": str(each.id),
        "position": 0,
        "bitrate": 64000,
        "user_limit": each.limit,
        "permission_overwrites": [overwrite],
    }


def person_state(guild: Guild, user_id: int) -> dict[str, Any]:
    return _state(guild, user_id, guild.people.get(user_id), f"session-of-{user_id}")


def own_state(guild: Guild) -> dict[str, Any]:
    seat = guild.seat
    if seat is None:
        return _state(guild, BOT_ID, None, "")
    state = _state(guild, BOT_ID, seat.channel_id, seat.session_id)
    return {**state, "mute": seat.is_muted, "suppress": seat.is_suppressed, "self_deaf": True}


def _state(guild: Guild, user_id: int, channel_id: int | None, session_id: str) -> dict[str, Any]:
    return {
        "guild_id": str(guild.id),
        "channel_id": str(channel_id) if channel_id else None,
        "user_id": str(user_id),
        "member": _member(user_id),
        "session_id": session_id,
        "deaf": False,
        "mute": False,
        "self_deaf": False,
        "self_mute": False,
        "self_video": False,
        "suppress": False,
    }


def server_update(guild: Guild, seat: Seat) -> dict[str, Any]:
    return {"guild_id": str(guild.id), "token": seat.token, "endpoint": seat.endpoint}
