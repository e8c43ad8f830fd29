"""The voice gateway, seen by a client written from Discord's documentation."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_server import (
    BOT,
    GUILD,
    OTHER,
    XCHACHA,
    client_tls,
    new_seat,
    voice_server,
)


async def test_a_client_is_greeted_with_the_version_and_a_heartbeat_interval() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        assert await client.message(8) == {"v": 8, "heartbeat_interval": 13_750}


async def test_ready_names_the_udp_port_and_both_current_modes() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.identify()
        ready = await client.message(2)
    assert ready["ip"] == "127.0.0.1"
    assert ready["modes"] == ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"session_id": "stale"}, 4006),
        ({"user_id": str(OTHER)}, 4006),
        ({"server_id": "999"}, 4011),
        ({"max_dave_protocol_version": 0}, 4017),
        ({"max_dave_protocol_version": "one"}, 4002),
        ({"max_dave_protocol_version": -1}, 4002),
        ({"max_dave_protocol_version": True}, 4002),
    ],
)
async def test_a_wrong_identify_is_refused(changes: dict[str, Any], code: int) -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.identify(**changes)
        assert await client.closed() == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 4002),
        ("[" * 5000, 4002),
        ("[1]", 4002),
        ('{"d": {}}', 4002),
        ('{"op": 99, "d": {}}', 4001),
        ('{"op": "one", "d": {}}', 4001),
        ('{"op": 0, "d": null}', 4002),
        ('{"op": 5, "d": {"speaking": 1}}', 4003),
    ],
)
async def test_what_is_no_message_closes_the_connection(text: str, code: int) -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        await client.websocket.send_str(text)
        assert await client.closed() == code


@pytest.mark.parametrize("flags", ['"abc"', "1e999", "1.5", "true", "null", "[]"])
async def test_speaking_that_is_no_number_closes_the_connection(flags: str) -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        await client.websocket.send_str(f'{{"op": 5, "d": {{"speaking": {flags}}}}}')
        assert await client.closed() == 4002


async def test_identifying_twice_is_refused() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.identify()
        await client.identify()
        assert await client.closed() == 4005


@pytest.mark.parametrize(
    ("mode", "protocol", "code"), [("xsalsa20_poly1305", "udp", 4016), (XCHACHA, "webrtc", 4012)]
)
async def test_an_unknown_way_to_send_is_refused(mode: str, protocol: str, code: int) -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.identify()
        await client.message(2)
        await client.select(mode, protocol=protocol)
        assert await client.closed() == code


async def test_another_gateway_version_is_refused() -> None:
    async with (
        voice_server() as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"wss://{server.endpoint}/?v=4", ssl=client_tls()) as websocket,
    ):
        assert (await websocket.receive_json())["op"] == 8
        message = await websocket.receive()
    assert (message.type, websocket.close_code) == (aiohttp.WSMsgType.CLOSE, 4012)


async def test_the_line_is_cut_only_after_the_close_frame_is_answered() -> None:
    async with (
        voice_server() as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"wss://{server.endpoint}/?v=8", ssl=client_tls(), autoclose=False
        ) as websocket,
    ):
        await websocket.receive_json()
        await websocket.send_json({"op": 99, "d": None})
        close = await websocket.receive()
        # Whoever is cut off here cannot answer, and takes the close for an abort.
        await asyncio.sleep(0.05)
        await websocket.close(code=close.data)
    assert (close.data, websocket.close_code) == (4001, 4001)


async def test_a_heartbeat_is_acknowledged_with_its_own_nonce() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        await client.send(3, {"t": 1501184119561, "seq_ack": 10})
        assert await client.message(6) == {"t": 1501184119561}


async def test_missed_heartbeats_end_the_session() -> None:
    async with (
        voice_server(heartbeat_interval_ms=50) as server,
        ProtocolClient(server, new_seat()) as client,
    ):
        server.admit(client.seat)
        await client.identify()
        assert await client.closed() == 4009
        assert server.session(GUILD, BOT) is None


async def test_discovery_tells_a_client_its_own_address() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.identify()
        await client.open_udp(await client.message(2))
        assert await client.discover() == ("127.0.0.1", client.local_port)


async def test_the_session_description_has_a_key_and_demands_end_to_end_encryption() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        description = await client.message(4)
    assert description["mode"] == client.mode
    assert len(description["secret_key"]) == 32
    assert description["dave_protocol_version"] == 1


async def test_a_stage_is_not_end_to_end_encrypted() -> None:
    seat = new_seat(is_stage=True)
    async with voice_server() as server, ProtocolClient(server, seat, dave_version=0) as client:
        server.admit(seat)
        await client.join()
        assert (await client.message(4))["dave_protocol_version"] == 0


async def test_members_are_told_who_comes_speaks_and_goes() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        async with ProtocolClient(server, new_seat(OTHER)) as other:
            server.admit(other.seat)
            await other.join()
            await other.send(5, {"speaking": 1, "delay": 0, "ssrc": other.ssrc})
            assert await client.message(11) == {"user_ids": [str(OTHER)]}
            assert await other.message(11) == {"user_ids": [str(BOT)]}
            assert (await client.message(5))["ssrc"] == other.ssrc
        assert await client.message(13) == {"user_id": str(OTHER)}


async def test_answers_take_the_round_trip_that_was_asked_for() -> None:
    clock = asyncio.get_running_loop()
    async with (
        voice_server(websocket_rtt_ms=80) as server,
        ProtocolClient(server, new_seat()) as client,
    ):
        await client.message(8)
        started = clock.time()
        for number in range(3):
            await client.send(3, {"t": number, "seq_ack": -1})
        await client.until(lambda: [each for each in client.messages if each["d"].get("t") == 2])
        assert 0.07 < clock.time() - started < 0.2
