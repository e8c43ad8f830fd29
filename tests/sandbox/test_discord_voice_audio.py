"""Audio through the voice server: transports, forwarding, loss, and what listeners hear."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.discord.voice.ear import Ear
from bot.sandbox.discord.voice.heard import Problem
from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.opus import load_opus
from bot.sandbox.discord.voice.participant import OPUS_SILENCE, Frame
from bot.sandbox.discord.voice.server import VoiceServer
from bot.sandbox.discord.voice.transport import BadPacketError, Mode, RtpHeader, cipher_for
from tests.sandbox._voice_client import (
    AES,
    BOT,
    CHANNEL,
    GUILD,
    LISTENER,
    OTHER,
    XCHACHA,
    ProtocolClient,
    new_seat,
    voice_server,
)
from tests.sandbox._voice_sound import likeness, opus_packets, syllables

FRAME_MS = 20
NS_PER_MS = 1_000_000
TIMEOUT_S = 5.0
SAID = syllables((440, 880, 660), each_ms=100)
PACKETS = opus_packets(SAID)


def new_listener(user_id: int = LISTENER, **options: Any) -> Listener:
    return Listener(guild_id=GUILD, channel_id=CHANNEL, user_id=user_id, **options)


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


@pytest.mark.parametrize("mode", list(Mode))
def test_a_cipher_opens_only_what_was_sealed_with_its_key(mode: Mode) -> None:
    header = RtpHeader(7, 8, 9).encode()
    packet = cipher_for(mode, bytes(32)).seal(header, b"voice", 1)
    assert cipher_for(mode, bytes(32)).open_rtp(packet) == b"voice"
    with pytest.raises(BadPacketError):
        cipher_for(mode, b"\x01" * 32).open_rtp(packet)


def ear_after(*packets: tuple[int, int]) -> Ear:
    """Return an ear that got the packets (sequence, arrival in ms) of a known speech."""
    load_opus()
    ear = Ear()
    for sequence, arrived_ms in packets:
        header = RtpHeader(sequence % 65_536, 0, 1)
        frame = Frame(BOT, header, PACKETS[sequence % 10], arrived_ms * NS_PER_MS)
        ear.receive(frame, frame.payload)
    return ear


def test_the_first_packet_is_played_when_the_jitter_buffer_is_over() -> None:
    assert ear_after((1, 1_000)).heard.started_ns == 1_060 * NS_PER_MS


def test_packets_in_time_are_played_without_a_hole() -> None:
    heard = ear_after((1, 1_000), (2, 1_020), (3, 1_075), (4, 1_080)).heard
    assert heard.holes_ms() == []
    assert len(heard.pcm) == 4 * 1_920


def test_a_packet_after_its_time_leaves_a_hole_as_long_as_the_pause() -> None:
    heard = ear_after((1, 1_000), (2, 1_020), (3, 1_220), (4, 1_240)).heard
    assert heard.holes_ms() == [180]
    assert heard.gaps_ms() == [20, 200, 20]
    assert len(heard.pcm) == (4 * 20 + 180) * 96


def test_a_late_burst_is_played_in_a_row() -> None:
    heard = ear_after((1, 1_000), (2, 1_300), (3, 1_300), (4, 1_301)).heard
    assert heard.holes_ms() == [280]


def test_a_packet_after_its_turn_is_late() -> None:
    heard = ear_after((1, 1_000), (3, 1_040), (4, 1_090), (2, 1_100)).heard
    assert (heard.counts.lost, heard.counts.late) == (1, 1)
    assert heard.packets[-1].problem is Problem.LATE


def test_sequence_numbers_may_start_again() -> None:
    heard = ear_after((65_534, 1_000), (65_535, 1_020), (65_536, 1_040), (65_537, 1_060)).heard
    assert (heard.counts.lost, heard.counts.late, len(heard.sounds)) == (0, 0, 4)


def test_a_jump_of_more_than_a_second_is_a_new_beginning_and_not_loss() -> None:
    heard = ear_after((1, 1_000), (900, 1_020)).heard
    assert (heard.counts.lost, len(heard.sounds)) == (0, 2)


def test_segments_are_the_audible_stretches() -> None:
    heard = ear_after((1, 1_000), (2, 1_020), (3, 2_000), (4, 2_020)).heard
    stretches = [(segment.start_ms, segment.end_ms) for segment in heard.segments]
    assert stretches == [(0, 40), (1_000, 1_040)]
