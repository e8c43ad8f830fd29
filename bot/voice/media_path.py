"""The way of a session's audio: transport encryption, the UDP socket, and a watch over both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.voice import messages
from bot.voice.loss import LossKind, lost_now
from bot.voice.media import DiscoveryTimeoutError, MediaSocket, PathWatch
from bot.voice.transport import RtpPacketizer, choose_mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bot.voice.media import PathTimings


class MediaPath:
    """Opened by READY, of use from SESSION_DESCRIPTION on.

    `send` is for the pacer's thread, everything else for the loop's.

    Raises:
        ConnectionLostError: There is no way to the server.
        NoCommonModeError: It offers no encryption we know.
    """

    def __init__(self, ready: dict[str, Any]) -> None:
        self._mode = choose_mode(ready["modes"])
        self.ssrc = int(ready["ssrc"])
        try:
            self._socket = MediaSocket(ready["ip"], ready["port"])
        except OSError as error:
            raise lost_now(LossKind.CUT, f"no way to the media: {type(error).__name__}") from None
        self._packetizer: RtpPacketizer | None = None
        self._watch: PathWatch | None = None

    @property
    def sent(self) -> int:
        """How many packets the network took."""
        return self._socket.sent

    @property
    def unsent(self) -> int:
        """How many it did not."""
        return self._socket.unsent

    async def select_protocol(self) -> str:
        """Find the way back, and return the message that tells the server.

        Raises:
            ConnectionLostError: The server does not answer.
        """
        try:
            address, port = await self._socket.discover(self.ssrc)
        except DiscoveryTimeoutError as error:
            raise lost_now(LossKind.TIMEOUT, str(error)) from None
        return messages.select_protocol(address, port, self._mode)

    def begin(
        self,
        description: dict[str, Any],
        timings: PathTimings,
        on_dead: Callable[[str, float], None],
    ) -> None:
        """Take the session's key; `on_dead` is told why nothing arrives, and since when."""
        key = bytes(description["secret_key"])
        self._packetizer = RtpPacketizer(self.ssrc, description["mode"], key)
        self._watch = PathWatch(self._socket, timings, on_dead=on_dead)
        self._socket.probe()

    def send(self, payload: bytes) -> bool:
        """Send one packet; return whether the socket took it (pacer's thread)."""
        if self._packetizer is None or self._watch is None:
            return False
        if not self._watch.is_watching:
            self._watch.begin_soon()
        return self._socket.send(self._packetizer.seal(payload))

    def close(self) -> None:
        """Let go of the socket."""
        if self._watch is not None:
            self._watch.end()
        self._socket.close()
