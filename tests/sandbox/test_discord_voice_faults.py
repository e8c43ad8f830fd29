"""What can be broken about the voice server while it runs, each fault on its own."""

import asyncio

import aiohttp
import pytest

from bot.sandbox.discord.voice.options import VoiceFaults
from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_server import (
    BOT,
    CHANNEL,
    GUILD,
    TIMEOUT_S,
    client_tls,
    new_listener,
    new_seat,
    voice_server,
)
from tests.sandbox._voice_sound import opus_packets, syllables

UNANSWERED_S = 0.1  # how long nothing must come; anything that does takes a millisecond
PACKETS = opus_packets(syllables((440,), each_ms=100))


async def test_the_endpoint_can_refuse_with_an_http_status() -> None:
    async with voice_server() as server, aiohttp.ClientSession() as http:
        server.faults.http_status = 503
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"wss://{server.endpoint}/?v=8", ssl=client_tls())
        assert (refused.value.status, server.dials) == (503, 1)


async def test_the_endpoint_can_be_silent() -> None:
    async with voice_server() as server, aiohttp.ClientSession() as http:
        server.faults.is_endpoint_silent = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(UNANSWERED_S):
                await http.ws_connect(f"wss://{server.endpoint}/?v=8", ssl=client_tls())


@pytest.mark.parametrize("fault", ["is_silent_after_hello", "has_no_heartbeat_ack"])
async def test_heartbeats_can_stay_unacknowledged(fault: str) -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        setattr(server.faults, fault, True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.settle(), UNANSWERED_S)
        setattr(server.faults, fault, False)
        await client.settle()


async def test_identify_can_be_refused_a_number_of_times() -> None:
    async with voice_server() as server:
        server.faults.close_on_identify, server.faults.close_on_identify_times = 4006, 2
        seat = new_seat()
        server.admit(seat)
        for _ in range(2):
            async with ProtocolClient(server, seat) as client:
                await client.identify()
                assert await client.closed() == 4006
        async with ProtocolClient(server, seat) as client:
            await client.join()


async def test_new_sessions_can_be_closed_after_a_while() -> None:
    faults = VoiceFaults(close_after=4009, close_after_s=0.02)
    async with (
        voice_server(faults=faults) as server,
        ProtocolClient(server, new_seat()) as client,
    ):
        server.admit(client.seat)
        await client.join()
        assert await client.closed() == 4009


async def test_the_discovery_request_can_get_lost() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.discoveries_to_drop = 1
        server.admit(client.seat)
        await client.identify()
        await client.open_udp(await client.message(2))
        with pytest.raises(TimeoutError):
            await client.discover(timeout_s=UNANSWERED_S)
        assert await client.discover() == ("127.0.0.1", client.local_port)


async def test_a_ready_message_can_offer_no_mode() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.empty_modes = 1
        server.admit(client.seat)
        await client.identify()
        assert (await client.message(2))["modes"] == []


async def test_a_message_can_be_damaged_json() -> None:
    async with (
        voice_server() as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"wss://{server.endpoint}/?v=8", ssl=client_tls()) as websocket,
    ):
        await websocket.receive_json()
        server.faults.bad_json_frames = 1
        await websocket.send_json({"op": 3, "d": {"t": 1}})
        with pytest.raises(ValueError, match="Expecting value"):
            await websocket.receive_json()


async def test_a_client_recovers_from_a_damaged_welcome() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.bad_welcomes = 1
        server.admit(client.seat)
        server.seat(new_listener())
        await client.join()
        await client.until(lambda: client.is_encrypted)
        call = server.call(CHANNEL)
        assert call is not None
        assert call.epoch == 3  # the first group, then its removal, then its second addition


async def test_a_client_recovers_from_a_damaged_commit() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.bad_commits = 1
        server.admit(client.seat)
        listener = new_listener(reaction_s=0.25)  # the client commits first
        server.seat(listener)
        await client.join()
        # The first and, after its removal, its second addition; everybody is ready for the last.
        await client.until(lambda: sum(each["op"] == 22 for each in client.messages) == 2)
        client.speak(PACKETS[2])
        await listener.wait_until(
            lambda: listener.heard(BOT).counts.decrypted == 1, timeout_s=TIMEOUT_S
        )


async def test_damaged_proposals_are_noticed_and_do_not_stop_the_others() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.bad_proposals = 1
        server.admit(client.seat)
        server.seat(new_listener())
        await client.join()
        await client.until(lambda: client.is_encrypted)
    assert len(client.failures) == 1


async def test_a_welcome_can_be_late() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.welcome_delay_s = UNANSWERED_S
        server.admit(client.seat)
        server.seat(new_listener())
        started = asyncio.get_running_loop().time()
        await client.join()
        await client.until(lambda: client.is_encrypted)
        assert asyncio.get_running_loop().time() - started > UNANSWERED_S


async def test_the_udp_path_can_be_a_black_hole() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.faults.is_udp_black_hole = True
        server.admit(client.seat)
        await client.identify()
        await client.open_udp(await client.message(2))
        with pytest.raises(TimeoutError):
            await client.discover(timeout_s=UNANSWERED_S)
        server.faults.is_udp_black_hole = False
        await client.discover()


async def test_a_muted_member_is_not_heard_until_the_mute_ends() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        listener = new_listener()
        server.seat(listener)
        server.admit(client.seat)
        await client.join()
        await client.until(lambda: client.is_encrypted)
        server.mute(GUILD, BOT)
        client.speak(PACKETS[1])
        await client.discover()  # its answer comes after the packet was looked at
        server.unmute(GUILD, BOT)
        client.speak(PACKETS[2])
        await listener.wait_until(
            lambda: listener.heard(BOT).counts.received > 0, timeout_s=TIMEOUT_S
        )
        assert [packet.sequence for packet in listener.heard(BOT).packets] == [2]
