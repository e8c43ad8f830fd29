"""The encrypted group over real sockets, with clients in it that break its rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import davey
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bot.sandbox.discord.voice._presentation import Reader, vector
from bot.sandbox.discord.voice.server import VoiceServer
from tests.sandbox._voice_client import OPUS_SILENCE, ProtocolClient
from tests.sandbox._voice_server import (
    BOT,
    CHANNEL,
    GUILD,
    LISTENER,
    OTHER,
    TIMEOUT_S,
    new_listener,
    new_seat,
    voice_server,
)

FOR_EVER = bytes(8) + b"\xff" * 8
TILL_TOMORROW = bytes(8) + (1_800_000_000).to_bytes(8, "big")
SPEECH = b"\x78" + bytes(60)
KEYS = davey.generate_p256_keypair()

Key = ec.EllipticCurvePrivateKey


def signature(key: Key, label: bytes, content: bytes) -> bytes:
    signed = vector(b"MLS 1.0 " + label) + vector(content)
    return vector(key.sign(signed, ec.ECDSA(hashes.SHA256())))


def key_package(*, lifetime: bytes = FOR_EVER, leaf_key: Key | None = None) -> bytes:
    """Return a package of OTHER with this lifetime, signed anew; its leaf may have another key."""
    original = davey.DaveSession(1, OTHER, CHANNEL, KEYS).get_serialized_key_package()
    assert original.count(FOR_EVER) == 1
    own_key = ec.derive_private_key(int.from_bytes(KEYS.private, "big"), ec.SECP256R1())
    reader = Reader(original)
    reader.take(4)  # the protocol version and the ciphersuite
    reader.vector()  # the init key
    head, leaf = reader.since(0), original[reader.position : original.index(FOR_EVER)]
    leaf += lifetime + vector(b"")
    leaf += signature(leaf_key or own_key, b"LeafNodeTBS", leaf)
    package = head + leaf + vector(b"")
    return package + signature(own_key, b"KeyPackageTBS", package)


def flip_last(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 0xFF])


def encrypted_members(server: VoiceServer) -> frozenset[int]:
    call = server.call(CHANNEL)
    assert call is not None
    return call.encrypted_members


def cut(server: VoiceServer, user_id: int) -> None:
    """Break somebody's websocket without a close frame."""
    session = server.session(GUILD, user_id)
    assert session is not None
    assert session.line is not None
    session.line.abort()


class Deviant(ProtocolClient):
    """A client that does not say everything it should."""

    def __init__(self, *args: Any, withheld: set[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.withheld = withheld
        """The ops it keeps to itself."""

    async def send(self, op: int, payload: Any) -> None:
        if op not in self.withheld:
            await super().send(op, payload)

    async def _send_binary(self, op: int, payload: bytes) -> None:
        if op not in self.withheld:
            await super()._send_binary(op, payload)


@pytest.mark.parametrize(
    "package",
    [
        lambda: flip_last(key_package()),
        lambda: key_package(leaf_key=ec.generate_private_key(ec.SECP256R1())),
        lambda: key_package(lifetime=TILL_TOMORROW),
    ],
    ids=["package-signature", "leaf-signature", "lifetime"],
)
async def test_a_key_package_discord_refuses_ends_its_owner_and_nobody_is_told(
    package: Callable[[], bytes],
) -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        async with Deviant(server, new_seat(OTHER), withheld={26}) as other:
            server.admit(other.seat)
            await other.join()
            await other.websocket.send_bytes(bytes([26]) + package())
            assert await other.closed() == 4002
        await client.settle()
        assert [op for _, op, _ in client.binary] == [25]


async def test_a_key_package_that_was_only_signed_anew_is_taken() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        async with Deviant(server, new_seat(OTHER), withheld={26}) as other:
            server.admit(other.seat)
            await other.join()
            await other.websocket.send_bytes(bytes([26]) + key_package())
            await client.until(lambda: [op for _, op, _ in client.binary] == [25, 27, 29])
    assert client.failures == []


async def test_who_never_says_that_they_are_ready_cannot_freeze_a_call() -> None:
    async with voice_server(transition_timeout_s=0.1) as server:
        listener = new_listener()
        mute = Deviant(server, new_seat(), withheld={23})
        server.admit(mute.seat)
        server.seat(listener)
        async with mute, ProtocolClient(server, new_seat(OTHER)) as newcomer:
            await mute.join()
            await mute.message(22)
            server.admit(newcomer.seat)
            await newcomer.join()
            await newcomer.message(22)
            assert encrypted_members(server) == {BOT, LISTENER, OTHER}


async def test_who_selects_a_protocol_again_is_added_again_and_not_introduced_again() -> None:
    async with (
        voice_server() as server,
        ProtocolClient(server, new_seat()) as client,
        ProtocolClient(server, new_seat(OTHER)) as other,
    ):
        for each in (client, other):
            server.admit(each.seat)
            await each.join()
        await client.message(22)
        await other.message(22)
        await client.select(client.mode)
        await client.until(lambda: client.count(4) == client.count(22) == 2)
        assert [op for _, op, _ in client.binary].count(25) == 1
        assert (client.count(11), other.count(11)) == (1, 1)
        client.speak(SPEECH)
        await other.until(lambda: other.heard)
        assert other.decrypted(BOT, other.heard[0][2]) == SPEECH
        assert client.failures == other.failures == []


async def test_encrypted_audio_does_not_reach_who_cannot_decrypt_it() -> None:
    async with voice_server(is_dave_required=False) as server:
        listener = new_listener()
        server.seat(listener)
        async with (
            Deviant(server, new_seat(), withheld=set()) as client,
            ProtocolClient(server, new_seat(OTHER), dave_version=0) as plain,
        ):
            server.admit(client.seat)
            await client.join()
            await client.message(22)
            client.withheld = {23}  # so that the downgrade stays pending
            server.admit(plain.seat)
            await plain.join()
            await client.message(21)
            client.speak(SPEECH)
            client.speak(OPUS_SILENCE)
            await plain.until(lambda: plain.heard)
            assert [content for _, _, content in plain.heard] == [OPUS_SILENCE]
            assert listener.heard(BOT).counts.decrypted == 1


async def test_a_vote_does_not_wait_for_who_loses_their_connection() -> None:
    async with voice_server(transition_timeout_s=60) as server:
        mute = Deviant(server, new_seat(), withheld={23})
        listener = new_listener()
        server.admit(mute.seat)
        server.seat(listener)
        async with mute:
            await mute.join()
            await mute.until(lambda: [op for _, op, _ in mute.binary if op in (29, 30)])
            call = server.call(CHANNEL)
            assert call is not None
            assert not call.is_settled
            cut(server, BOT)
            await listener.wait_until(lambda: call.is_settled, timeout_s=TIMEOUT_S)


async def test_who_resumes_has_stayed_in_the_group_and_catches_up_with_it() -> None:
    async with (
        voice_server(transition_timeout_s=60) as server,
        ProtocolClient(server, new_seat()) as client,
        ProtocolClient(server, new_seat(OTHER)) as newcomer,
    ):
        server.admit(client.seat)
        server.seat(new_listener())
        await client.join()
        await client.message(22)
        cut(server, BOT)
        assert await client.closed() == 1006
        server.admit(newcomer.seat)
        await newcomer.join()
        await newcomer.message(22)
        assert encrypted_members(server) == {BOT, LISTENER, OTHER}
        async with ProtocolClient(server, client.seat) as again:
            again.session, again.version = client.session, client.version
            await again.resume(client.last_seq)
            await again.message(22)
            assert newcomer.count(13) == 0
            assert newcomer.session is not None
            assert again.decrypted(OTHER, newcomer.session.encrypt_opus(SPEECH)) == SPEECH


async def test_who_does_not_resume_in_time_leaves_the_call_and_the_group() -> None:
    async with (
        voice_server(resume_window_s=0.05) as server,
        ProtocolClient(server, new_seat()) as client,
        ProtocolClient(server, new_seat(OTHER)) as other,
    ):
        server.seat(new_listener())
        for each in (client, other):
            server.admit(each.seat)
            await each.join()
        await client.until(lambda: encrypted_members(server) == {BOT, LISTENER, OTHER})
        cut(server, OTHER)
        assert await client.message(13) == {"user_id": str(OTHER)}
        await client.until(lambda: encrypted_members(server) == {BOT, LISTENER})
