"""A call that is there at once, and a speech service that notes whole requests."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from bot.models import SpeechRequest
from bot.voice.condition import Condition
from bot.voice.gateway import DepartedError, Departure, Gateway, Observer
from bot.voice.playback import OPUS_SILENCE
from bot.voice.recovery import Recovery
from tests.voice.fakes import FakeSynthesizer

HUM = struct.pack("<120h", *([3_000] * 60), *([-3_000] * 60))
"""5 ms of 200 Hz."""


class AttentiveSynthesizer(FakeSynthesizer):
    """Remembers how it was asked to speak, not only what; hums, for silence would be cut away."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[SpeechRequest] = []
        self.was_asked = asyncio.Event()

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.asked.append(request)
        self.was_asked.set()
        async with aclosing(super().stream(request)) as silence:
            async for pcm in silence:
                yield HUM * (len(pcm) // len(HUM))


class FakePresence:
    """The bot's place in a call: in at once, and out when told.

    The in-memory Discord has no voice servers, so this stands where a `Presence` would.
    """

    def __init__(
        self, gateway: Gateway, observer: Observer, channel_id: int, _recovery: Recovery
    ) -> None:
        self.gateway = gateway
        self._observer = observer
        self.channel_id: int | None = channel_id
        self.is_live = True
        self.has_been_live = True
        self.is_settled = True
        self.condition = Condition(is_settled=True, is_encrypted=True, latency_s=0.02)
        self.is_retrying = False
        self.is_silenced = False
        self.lacks_group = False
        self.rate_limited_s = 0.0
        self.has_left = False
        self.packets: list[bytes] = []
        self.announcements: list[bool] = []

    @property
    def speech(self) -> list[bytes]:
        return [packet for packet in self.packets if packet != OPUS_SILENCE]

    def send_opus(self, packet: bytes) -> bool:
        self.packets.append(packet)
        return True

    async def announce(self, *, speaking: bool) -> None:
        self.announcements.append(speaking)

    async def wait_until_live(self, channel_id: int) -> None:
        if channel_id != self.channel_id:
            raise DepartedError(Departure.WISH, None)

    def go_to(self, channel_id: int) -> None:
        self.channel_id = channel_id
        self._observer.on_change()

    def lose(self) -> None:
        """Break off, and begin to try again."""
        self.is_live = self.is_settled = False
        self.is_retrying = True
        self._observer.on_change()

    def come_back(self, *, outage_s: float = 1.0) -> None:
        """Be in the call again, a moment later unless told otherwise."""
        self.is_live = self.is_settled = True
        self.is_retrying = False
        self._observer.on_restored(outage_s=outage_s, unheard_s=0.0)
        self._observer.on_change()

    def be_moved(self, channel_id: int) -> None:
        """Be in another call, because a moderator wants it so."""
        self.channel_id = channel_id
        self._observer.on_moved(channel_id)
        self._observer.on_change()

    def depart(self, departure: Departure, close_code: int | None = None) -> None:
        """Be in no call any more."""
        if self.channel_id is not None:
            self.channel_id = None
            self.is_live = self.is_settled = False
            self._observer.on_departed(departure, close_code)

    async def close(self) -> None:
        self.has_left = True
        self.depart(Departure.WISH)

    def on_voice_state(self, state: Mapping[str, Any]) -> None:
        """The in-memory Discord tells nothing a test here asks for."""

    def on_voice_server(self, server: Mapping[str, Any]) -> None:
        """Nor this."""

    def on_gateway_reset(self) -> None:
        """It cannot be lost here."""

    def on_guild_removed(self) -> None:
        self.depart(Departure.REMOVED)


class DistantPresence(FakePresence):
    """A call the bot is on its way to until it is let in; on a stage it is heard even later."""

    def __init__(
        self, gateway: Gateway, observer: Observer, channel_id: int, recovery: Recovery
    ) -> None:
        super().__init__(gateway, observer, channel_id, recovery)
        self.is_live = self.is_settled = False
        self._is_in = asyncio.Event()
        self._is_heard = asyncio.Event()

    async def wait_until_live(self, channel_id: int) -> None:
        await self._is_in.wait()
        await super().wait_until_live(channel_id)

    async def wait_until_heard(self) -> None:
        await self._is_heard.wait()

    def come_in(self, *, is_silenced: bool = False) -> None:
        """Be in the call, on a stage among those who only listen."""
        self.is_live, self.is_silenced, self.is_settled = True, is_silenced, not is_silenced
        self._is_in.set()
        self._observer.on_change()

    def be_heard(self) -> None:
        """Be one of those who speak."""
        self.is_silenced, self.is_settled = False, True
        self._is_heard.set()
        self._observer.on_change()
