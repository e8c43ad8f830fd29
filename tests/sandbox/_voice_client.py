"""A voice client written from Discord's documentation alone, to check the server independently."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import ssl
import struct
from collections.abc import Callable, Iterator
from typing import Any, Self

import aiohttp
import davey
import nacl.secret
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.sandbox.discord.voice.server import Seat, VoiceServer
from tests.sandbox._voice_server import AES, TIMEOUT_S, client_tls

OPUS_SILENCE = b"\xf8\xff\xfe"
SAMPLES_PER_FRAME = 960

_nonces = itertools.count(1)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._received(data)


class ProtocolClient:
    """One client; use it as an async context manager, then call the steps in order."""

    def __init__(
        self,
        server: VoiceServer,
        seat: Seat,
        *,
        mode: str = AES,
        dave_version: int = 1,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls or client_tls()
        self.endpoint = server.endpoint
        self.seat = seat
        self.mode = mode
        self.dave_version = dave_version
        self.messages: list[dict[str, Any]] = []
        self.binary: list[tuple[int, int, bytes]] = []
        self.heard: list[tuple[int, int, bytes]] = []
        """Sequence, ssrc and payload of every RTP packet that came."""
        self.rtcp: list[bytes] = []
        self.discovery: asyncio.Future[bytes]
        self.session: davey.DaveSession | None = None
        self.version = 0
        self.close_code: int | None = None
        self.sequence = self.nonce = self.ssrc = 0
        self.last_seq = -1
        self.users_by_ssrc: dict[int, int] = {}
        self.failures: list[str] = []
        """Proposals that could not be processed."""
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._stack = contextlib.AsyncExitStack()
        http = await self._stack.enter_async_context(aiohttp.ClientSession())
        url = f"wss://{self.endpoint}/?v=8"
        self.websocket = await http.ws_connect(url, ssl=self._tls, autoclose=False)
        self._reader = asyncio.create_task(self._read())
        self._transport: asyncio.DatagramTransport | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._stack:
            if self._transport is not None:
                self._transport.close()
            await self.websocket.close()
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    # Steps

    async def identify(self, **changes: Any) -> None:
        await self.send(
            0,
            {
                "server_id": str(self.seat.guild_id),
                "user_id": str(self.seat.user_id),
                "session_id": self.seat.session_id,
                "token": self.seat.token,
                "max_dave_protocol_version": self.dave_version,
            }
            | changes,
        )

    async def join(self) -> Self:
        """Go all the way to the session description."""
        await self.identify()
        ready = await self.message(2)
        await self.open_udp(ready)
        await self.discover()
        await self.select(self.mode)
        await self.message(4)
        return self

    async def open_udp(self, ready: dict[str, Any]) -> None:
        self.ssrc = ready["ssrc"]
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(self._datagram), remote_addr=(ready["ip"], ready["port"])
        )

    async def discover(self, *, timeout_s: float = TIMEOUT_S) -> tuple[str, int]:
        self.discovery = asyncio.get_running_loop().create_future()
        self.datagram(struct.pack(">HHI64sH", 1, 70, self.ssrc, b"", 0))
        reply = await asyncio.wait_for(self.discovery, timeout_s)
        kind, length, ssrc, address, port = struct.unpack(">HHI64sH", reply)
        assert (kind, length, ssrc) == (2, 70, self.ssrc)
        return address.rstrip(b"\0").decode(), port

    async def select(self, mode: str, *, protocol: str = "udp") -> None:
        choice = {"address": "127.0.0.1", "port": 1, "mode": mode}
        await self.send(1, {"protocol": protocol, "data": choice})

    async def resume(self, seq_ack: int) -> None:
        await self.send(
            7,
            {
                "server_id": str(self.seat.guild_id),
                "session_id": self.seat.session_id,
                "token": self.seat.token,
                "seq_ack": seq_ack,
            },
        )

    async def send(self, op: int, payload: Any) -> None:
        await self.websocket.send_str(json.dumps({"op": op, "d": payload}))

    async def settle(self) -> None:
        """Wait until the server has read everything that was sent."""
        nonce = next(_nonces)
        await self.send(3, {"t": nonce, "seq_ack": -1})
        await self.until(lambda: [each for each in self.messages if each["d"] == {"t": nonce}])

    # Audio

    @property
    def is_encrypted(self) -> bool:
        return self.version > 0 and self.session is not None and self.session.ready

    @property
    def local_port(self) -> int:
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def datagram(self, content: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(content)

    def packet(self, opus: bytes, *, extension: bytes = b"") -> bytes:
        """Build an RTP packet; `extension` is a multiple of four bytes."""
        self.sequence += 1
        self.nonce += 1
        header = struct.pack(
            ">BBHII",
            0x90 if extension else 0x80,
            0x78,
            self.sequence & 0xFFFF,
            self.sequence * SAMPLES_PER_FRAME,
            self.ssrc,
        )
        if extension:
            header += struct.pack(">HH", 0xBEDE, len(extension) // 4)
        return self._seal(header, extension + opus)

    def speak(self, opus: bytes) -> None:
        """Send one packet, end-to-end encrypted where there is a group."""
        is_covered = self.is_encrypted and opus != OPUS_SILENCE
        assert not is_covered or self.session is not None
        payload = self.session.encrypt_opus(opus) if is_covered and self.session else opus
        self.datagram(self.packet(payload))

    def decrypted(self, user_id: int, payload: bytes) -> bytes:
        assert self.session is not None
        return self.session.decrypt(user_id, davey.MediaType.audio, payload)

    def _seal(self, header: bytes, payload: bytes) -> bytes:
        suffix = struct.pack(">I", self.nonce)
        if self.mode == AES:
            return header + self._aes.encrypt(suffix + bytes(8), payload, header) + suffix
        sealed = self._xchacha.encrypt(payload, header, suffix + bytes(20)).ciphertext
        return header + sealed + suffix

    def _unseal(self, header: bytes, packet: bytes) -> bytes:
        sealed, suffix = packet[len(header) : -4], packet[-4:]
        if self.mode == AES:
            return self._aes.decrypt(suffix + bytes(8), sealed, header)
        return self._xchacha.decrypt(sealed, header, suffix + bytes(20))

    def _datagram(self, content: bytes) -> None:
        self._news.set()
        if len(content) == 74 and content[:2] == b"\x00\x02":
            self.discovery.set_result(content)
            return
        if content[1] == 201:
            self.rtcp.append(content[:8] + self._unseal(content[:8], content))
            return
        sequence, _, ssrc = struct.unpack_from(">HII", content, 2)
        self.heard.append((sequence, ssrc, self._unseal(content[:12], content)))

    # Messages

    async def message(self, op: int, *, after: int = 0) -> dict[str, Any]:
        """Wait for the payload of the first JSON message of a kind."""
        found = await self.until(lambda: self._first(op, after))
        payload: dict[str, Any] = found["d"]
        return payload

    async def until(self, claim: Callable[[], Any]) -> Any:
        """Wait until a claim about what arrived is true; return what it returns."""
        async with asyncio.timeout(TIMEOUT_S):
            while not (found := claim()):
                self._news.clear()
                await self._news.wait()
        return found

    async def closed(self) -> int:
        """Wait for the close code."""
        code = await self.until(lambda: self.close_code)
        assert isinstance(code, int)
        return code

    def count(self, op: int) -> int:
        """Return how many JSON messages of a kind have arrived."""
        return len(list(self._of_kind(op, 0)))

    def _first(self, op: int, after: int) -> dict[str, Any] | None:
        return next(self._of_kind(op, after), None)

    def _of_kind(self, op: int, after: int) -> Iterator[dict[str, Any]]:
        return (each for each in self.messages[after:] if each["op"] == op)

    async def _read(self) -> None:
        async for message in self.websocket:
            await self._receive(message)
            self._news.set()
        self.close_code = self.websocket.close_code or 1006
        self._news.set()

    async def _receive(self, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.BINARY:
            sequence, op = struct.unpack_from(">HB", message.data)
            self.last_seq = sequence
            self.binary.append((sequence, op, message.data[3:]))
            await self._follow(op, message.data[3:])
            return
        decoded = json.loads(message.data)
        self.last_seq = decoded.get("seq", self.last_seq)
        await self._obey(decoded["op"], decoded["d"])
        self.messages.append(decoded)

    async def _obey(self, op: int, payload: Any) -> None:
        if op == 4:
            key = bytes(payload["secret_key"])
            self._aes, self._xchacha = AESGCM(key), nacl.secret.Aead(key)
            await self._begin(payload["dave_protocol_version"])
        if op == 5:
            self.users_by_ssrc[payload["ssrc"]] = int(payload["user_id"])
        if op == 21 and payload["transition_id"]:
            await self.send(23, {"transition_id": payload["transition_id"]})
        if op == 22 and self.messages:
            prepared = [each["d"] for each in self._of_kind(21, 0)]
            versions = {each["transition_id"]: each["protocol_version"] for each in prepared}
            self.version = versions.get(payload["transition_id"], self.version)
        if op == 24 and payload["epoch"] == 1:
            await self._begin(payload["protocol_version"])

    async def _begin(self, version: int) -> None:
        self.version = version
        if not version:
            return
        if self.session is None:
            self.session = davey.DaveSession(version, self.seat.user_id, self.seat.channel_id)
        else:
            self.session.reinit(version, self.seat.user_id, self.seat.channel_id)
        await self._send_binary(26, self.session.get_serialized_key_package())

    async def _follow(self, op: int, payload: bytes) -> None:
        assert self.session is not None
        if op == 25:
            self.session.set_external_sender(payload)
        if op == 27:
            await self._commit(self.session, payload)
        if op in (29, 30):
            await self._change(op, payload)

    async def _commit(self, session: davey.DaveSession, payload: bytes) -> None:
        kinds = davey.ProposalsOperationType
        kind = kinds.revoke if payload[0] else kinds.append
        try:
            made = session.process_proposals(kind, payload[1:])
        except ValueError as error:
            self.failures.append(str(error))
            return
        if made is not None:
            await self._send_binary(28, made.commit + (made.welcome or b""))

    async def _change(self, op: int, payload: bytes) -> None:
        assert self.session is not None
        number = {"transition_id": int.from_bytes(payload[:2], "big")}
        process = self.session.process_commit if op == 29 else self.session.process_welcome
        try:
            process(payload[2:])
        except ValueError:
            await self.send(31, number)
            await self._begin(1)
            return
        if number["transition_id"]:
            await self.send(23, number)

    async def _send_binary(self, op: int, payload: bytes) -> None:
        await self.websocket.send_bytes(bytes([op]) + payload)
