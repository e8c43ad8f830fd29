"""Audio through the voice server: transports, forwarding, loss, and what listeners hear."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.sandbox.discord.voice.heard import Problem
from bot.sandbox.discord.voice.participant import OPUS_SILENCE
from bot.sandbox.discord.voice.server import VoiceServer
from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_server import (
    AES,
    BOT,
    GUILD,
    LISTENER,
    OTHER,
    TIMEOUT_S,
    XCHACHA,
    new_listener,
    new_seat,
    voice_server,
)
from tests.sandbox._voice_sound import likeness, opus_packets, syllables

FRAME_MS = 20
SAID = syllables((440, 880, 660), each_ms=100)
PACKETS = opus_packets(SAID)


@contextlib.asynccontextmanager
async def in_call(
    server: VoiceServer, user_id: int = BOT, *, mode: str = AES
) -> AsyncIterator[ProtocolClient]:
    """Join with a protocol client and wait until it is end-to-end encrypted."""
    async with ProtocolClient(server, new_seat(user_id), mode=mode) as client:
        server.admit(client.seat)
        await client.join()
        await client.until(lambda: client.is_encrypted)
        yield client


async def speak(client: ProtocolClient, packets: list[bytes]) -> None:
    """Send packets at the pace of speech, and the silence that ends it."""
    clock = asyncio.get_running_loop()
    started = clock.time()
    for number, packet in enumerate(packets):
        await asyncio.sleep(started + number * FRAME_MS / 1000 - clock.time())
        client.speak(packet)
    for _ in range(5):
        client.speak(OPUS_SILENCE)


@pytest.mark.parametrize("mode", [AES, XCHACHA])
async def test_a_listener_hears_what_was_said_in_both_transport_modes(mode: str) -> None:
    async with voice_server() as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server, mode=mode) as client:
            await speak(client, PACKETS)
            heard = await listener.wait_until_quiet(BOT, quiet_ms=100, timeout_s=TIMEOUT_S)
    assert likeness(heard.speech, SAID) > 0.95
    assert heard.counts.decrypted == len(PACKETS)
    assert heard.counts.received == len(PACKETS) + 5


async def test_a_client_hears_another_client_and_a_listener() -> None:
    async with (
        voice_server() as server,
        contextlib.AsyncExitStack() as stack,
    ):
        listener = new_listener()
        server.seat(listener)
        first = await stack.enter_async_context(in_call(server))
        second = await stack.enter_async_context(in_call(server, OTHER, mode=XCHACHA))
        await first.until(lambda: first.session and len(first.session.get_user_ids()) == 3)
        first.speak(PACKETS[5])
        await second.until(lambda: second.heard)
        await listener.say(PACKETS[:3])
        await first.until(lambda: len(first.heard) == 3 + 5)
    sequence, ssrc, payload = second.heard[0]
    assert (sequence, ssrc) == (1, first.ssrc)
    assert second.decrypted(BOT, payload) == PACKETS[5]
    assert first.users_by_ssrc[first.heard[0][1]] == LISTENER
    opus = [first.decrypted(LISTENER, content) for _, _, content in first.heard[:3]]
    assert opus == PACKETS[:3]
    assert [content for _, _, content in first.heard[3:]] == [OPUS_SILENCE] * 5


async def test_plain_audio_in_an_encrypted_call_is_counted_and_not_heard() -> None:
    async with voice_server() as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            client.datagram(client.packet(PACKETS[5]))
            await listener.wait_until(
                lambda: listener.heard(BOT).counts.plain == 1, timeout_s=TIMEOUT_S
            )
    heard = listener.heard(BOT)
    assert heard.packets[0].problem is Problem.PLAIN
    assert heard.segments == []


async def test_plain_audio_just_after_an_upgrade_is_heard_where_that_is_wanted() -> None:
    async with voice_server(plain_grace_s=10, is_dave_required=False) as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            async with ProtocolClient(server, new_seat(OTHER), dave_version=0) as plain:
                server.admit(plain.seat)
                await plain.join()
                await client.until(lambda: not client.is_encrypted)
            await client.until(lambda: client.is_encrypted)
            for packet in PACKETS[:5]:
                client.datagram(client.packet(packet))
            await listener.wait_until_hears(BOT, timeout_s=TIMEOUT_S)
    assert listener.heard(BOT).counts.plain == 0


async def test_where_encryption_is_not_required_a_client_without_it_is_heard() -> None:
    async with voice_server(is_dave_required=False) as server:
        listener = new_listener()
        server.seat(listener)
        async with ProtocolClient(server, new_seat(), dave_version=0) as client:
            server.admit(client.seat)
            await client.join()
            await listener.wait_until(lambda: listener.protocol_version == 0, timeout_s=TIMEOUT_S)
            await speak(client, PACKETS)
            heard = await listener.wait_until_quiet(BOT, quiet_ms=100, timeout_s=TIMEOUT_S)
    assert (await client.message(4))["dave_protocol_version"] == 0
    assert likeness(heard.speech, SAID) > 0.95


async def test_on_a_stage_plain_audio_is_heard() -> None:
    async with voice_server() as server:
        listener = new_listener(is_stage=True)
        server.seat(listener)
        seat = new_seat(is_stage=True)
        async with ProtocolClient(server, seat) as client:
            server.admit(seat)
            await client.join()
            await speak(client, PACKETS)
            heard = await listener.wait_until_hears(BOT, timeout_s=TIMEOUT_S)
    assert heard.counts.decrypted == 0
    assert likeness(heard.speech, SAID) > 0.95


async def test_undecryptable_audio_is_counted_with_its_reason() -> None:
    async with voice_server() as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            assert client.session is not None
            sealed = bytearray(client.session.encrypt_opus(PACKETS[5]))
            sealed[3] ^= 1
            client.datagram(client.packet(bytes(sealed)))
            await listener.wait_until(
                lambda: listener.heard(BOT).counts.undecryptable == 1, timeout_s=TIMEOUT_S
            )
    assert "decrypt" in listener.heard(BOT).packets[0].reason


async def test_a_header_extension_is_taken_off() -> None:
    async with voice_server() as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            assert client.session is not None
            for packet in PACKETS[:8]:
                sealed = client.session.encrypt_opus(packet)
                client.datagram(client.packet(sealed, extension=bytes(8)))
            heard = await listener.wait_until_hears(BOT, timeout_s=TIMEOUT_S)
    assert heard.counts.undecryptable == 0


async def test_odd_datagrams_are_counted_and_ignored() -> None:
    async with voice_server() as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            stranger = client.packet(OPUS_SILENCE)
            replayed = client.packet(OPUS_SILENCE)
            for datagram in (
                bytes(8),
                b"\x40" + bytes(30),
                stranger[:8] + bytes(4) + stranger[12:],
                stranger[:-1] + b"\xff",
                b"\x80\xc8" + bytes(30),
                replayed,
                replayed,
            ):
                client.datagram(datagram)
            await speak(client, PACKETS)
            expected = 2 + len(PACKETS) + 5
            await listener.wait_until(
                lambda: listener.heard(BOT).counts.received == expected, timeout_s=TIMEOUT_S
            )
            session = server.session(GUILD, BOT)
            assert session is not None
            assert (session.traffic.bad, session.traffic.nonces_reused) == (1, 1)
            odd = server.oddities
            assert (odd.keepalives, odd.malformed, odd.unknown_ssrc, odd.rtcp) == (1, 1, 1, 1)


async def test_whoever_talks_gets_receiver_reports() -> None:
    async with voice_server(rtcp_interval_s=0.05) as server:
        server.seat(new_listener())
        async with in_call(server) as client:
            await speak(client, PACKETS)
            await client.until(lambda: client.rtcp)
    report = client.rtcp[0]
    assert report[:2] == b"\x81\xc9"
    assert int.from_bytes(report[8:12], "big") == client.ssrc


async def test_lost_packets_are_counted_and_leave_silence_of_the_same_length() -> None:
    async with voice_server(udp_loss=0.2, seed=4) as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            await speak(client, PACKETS)
            heard = await listener.wait_until_quiet(BOT, quiet_ms=100, timeout_s=TIMEOUT_S)
            lost = server.oddities.lost_on_purpose
    assert heard.counts.received == len(PACKETS) + 5 - lost
    assert 0 < heard.counts.lost <= lost


async def test_packets_that_overtake_each_other_are_put_in_order() -> None:
    async with voice_server(udp_jitter_ms=45, seed=3) as server:
        listener = new_listener()
        server.seat(listener)
        async with in_call(server) as client:
            await speak(client, PACKETS)
            heard = await listener.wait_until_quiet(BOT, quiet_ms=150, timeout_s=TIMEOUT_S)
    assert heard.counts.out_of_order > 0
    assert heard.counts.lost == heard.counts.late == 0
    assert likeness(heard.speech, SAID) > 0.95
