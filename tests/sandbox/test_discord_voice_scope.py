"""Faults of the voice server that strike one guild alone, and what it notes of its clients."""

import aiohttp
import pytest

from bot.sandbox.discord.voice.options import VoiceFaults, VoiceOptions
from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_server import BOT, GUILD, client_tls, new_seat, voice_server

ELSEWHERE = GUILD + 1


@pytest.mark.parametrize(
    ("struck", "asked", "is_struck"),
    [
        (None, GUILD, True),
        (GUILD, GUILD, True),
        (GUILD, ELSEWHERE, False),
        (GUILD, None, True),
    ],
)
def test_a_fault_can_be_for_one_guild(
    struck: int | None, asked: int | None, is_struck: bool
) -> None:
    options = VoiceOptions(faults=VoiceFaults(guild_id=struck, empty_modes=1))

    assert options.faults_in(asked).strikes("empty_modes") is is_struck
    assert options.faults.empty_modes == (0 if is_struck else 1)


async def test_a_refusal_meant_for_another_guild_does_not_strike() -> None:
    faults = VoiceFaults(guild_id=ELSEWHERE, close_on_identify=4006, close_on_identify_times=1)
    async with (
        voice_server(faults=faults) as server,
        ProtocolClient(server, new_seat()) as client,
    ):
        server.admit(client.seat)
        await client.join()


async def test_every_handshake_is_noted_with_its_end() -> None:
    async with voice_server() as server:
        server.faults.close_on_identify, server.faults.close_on_identify_times = 4004, 1
        seat = new_seat()
        server.admit(seat)
        async with ProtocolClient(server, seat) as client:
            await client.identify()
            assert await client.closed() == 4004
        async with ProtocolClient(server, seat) as client:
            await client.join()
            refused, accepted = server.handshakes
            assert (refused.guild_id, refused.session_id) == (GUILD, seat.session_id)
            assert not refused.is_resume
            assert (refused.code, accepted.code) == (4004, None)


async def test_a_message_can_be_without_content() -> None:
    async with (
        voice_server() as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"wss://{server.endpoint}/?v=8", ssl=client_tls()) as websocket,
    ):
        await websocket.receive_json()
        server.faults.bare_json_frames = 1
        await websocket.send_json({"op": 3, "d": {"t": 1}})
        assert await websocket.receive_json() == {"op": 6}


async def test_a_session_can_be_cut_off_and_its_successor_is_not() -> None:
    async with voice_server() as server:
        seat = new_seat()
        server.admit(seat)
        with pytest.raises(RuntimeError):
            server.cut_off(GUILD, BOT)
        async with ProtocolClient(server, seat) as client:
            await client.join()
            server.cut_off(GUILD, BOT)
            with pytest.raises(TimeoutError):
                await client.discover(timeout_s=0.1)
        async with ProtocolClient(server, seat) as client:
            await client.join()
            assert await client.discover()
