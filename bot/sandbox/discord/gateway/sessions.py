"""Gateway sessions: what survives a lost connection."""

from __future__ import annotations

import json
import secrets
import time
from collections import deque
from typing import TYPE_CHECKING

from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.gateway.guild_payload import guild_create_payload

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.gateway.connections import Connection
    from bot.sandbox.discord.gateway.events import Event
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.world import World

REPLAY_EVENTS = 2000
RESUMABLE_S = 90.0  # Discord does not document it; minutes in practice
DISPATCH = 0


class Session:
    """One logged-in shard: its sequence, its intents, and what to replay."""

    def __init__(
        self,
        world: World,
        application: Application,
        *,
        intents: Intent,
        shard: tuple[int, int],
        with_shard: bool,
    ) -> None:
        self.world = world
        self.application = application
        self.intents = intents
        self.shard = shard
        self.with_shard = with_shard
        self.id = secrets.token_hex(16)
        self.connection: Connection | None = None
        self.sequence = 0
        self.detached_at: float | None = None
        self._first = 0
        self._replay: deque[tuple[int, str]] = deque(maxlen=REPLAY_EVENTS)

    @property
    def is_stale(self) -> bool:
        """Tell whether the connection is gone for too long to resume."""
        return self.detached_at is not None and time.monotonic() - self.detached_at > RESUMABLE_S

    def covers(self, guild: Guild | None) -> bool:
        """Tell whether a guild, or direct messages, belong to this shard."""
        index, count = self.shard
        return ((guild.id >> 22) % count if guild else 0) == index

    def hear(self, event: Event) -> None:
        """Send an event if it is meant for this session."""
        if not self.covers(event.guild) or not event.reaches(self.application, self.intents):
            return
        if event.name == "GUILD_CREATE" and event.guild is not None:
            self.dispatch(event.name, self._guild(event.guild) | event.payload)
            return
        self.dispatch(event.name, event.payload_for(self.application, self.intents))

    def dispatch(self, name: str, payload: Json) -> None:
        """Number an event, keep it for a replay, and send it."""
        self.sequence += 1
        message = {"op": DISPATCH, "s": self.sequence, "t": name, "d": payload}
        text = json.dumps(message, separators=(",", ":"))
        self._replay.append((self.sequence, text))
        if self.connection is not None:
            self.connection.send_text(text)

    def begin(self, connection: Connection, resume_url: str) -> None:
        """Answer IDENTIFY: READY, then every guild."""
        self.attach(connection)
        self.dispatch("READY", self._ready(resume_url, connection.version))
        for guild in self._guilds() if self.intents & Intent.GUILDS else ():
            if guild.is_available:
                self.dispatch("GUILD_CREATE", self._guild(guild) | {"unavailable": False})
        self._first = self.sequence

    def attach(self, connection: Connection) -> None:
        """Speak over this connection from now on."""
        self.connection = connection
        self.detached_at = None

    def detach(self) -> None:
        """Note that the connection is gone; events pile up for a replay."""
        self.connection = None
        self.detached_at = time.monotonic()

    def can_resume(self, sequence: int) -> bool:
        """Tell whether everything after `sequence` is still here."""
        oldest = self._replay[0][0] if self._replay else self.sequence + 1
        return not self.is_stale and oldest - 1 <= sequence <= self.sequence

    def resume(self, connection: Connection, sequence: int, *, again: int = 0) -> None:
        """Replay what was missed, and the last `again` events before it; then say so."""
        known = min(sequence, max(sequence - again, self._first))
        self._send_after(known, connection)
        self.attach(connection)
        self.dispatch("RESUMED", {"_trace": ["oriole-sandbox"]})

    def repeat(self, count: int, connection: Connection) -> None:
        """Send the last `count` events once more, with the numbers they had."""
        self._send_after(max(self.sequence - count, self._first), connection)

    def _send_after(self, sequence: int, connection: Connection) -> None:
        for number, text in list(self._replay):
            if number > sequence:
                connection.send_text(text)

    def end(self) -> None:
        """Forget the session; its voice connections end with it."""
        bot_id = self.application.bot.id
        for guild in self._guilds():
            self.world.calls.forget_session(guild, bot_id, self.id)

    def _guilds(self) -> list[Guild]:
        return [g for g in self.world.guilds_of(self.application) if self.covers(g)]

    def _guild(self, guild: Guild) -> Json:
        sees_all = bool(self.intents & Intent.GUILD_PRESENCES)
        return guild_create_payload(guild, self.application.bot.id, with_all_members=sees_all)

    def _ready(self, resume_url: str, version: int) -> Json:
        application = self.application
        ready: Json = {
            "v": version,
            "user": application.bot.own_payload(),
            "user_settings": {},
            "session_type": "normal",
            "session_id": self.id,
            "resume_gateway_url": resume_url,
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guilds": [{"id": str(g.id), "unavailable": True} for g in self._guilds()],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": ["rotterdam"],
            "auth": {},
            "application": {"id": str(application.id), "flags": application.flags},
            "_trace": ["oriole-sandbox"],
        }
        return ready | ({"shard": list(self.shard)} if self.with_shard else {})
