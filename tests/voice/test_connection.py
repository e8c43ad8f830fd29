"""The voice connection against the loopback voice server: opening, speaking, resuming, ending."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
import time
from collections import deque
from dataclasses import replace
from typing import Any, cast

import aiohttp
import pytest

from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.options import VoiceFaults
from bot.sandbox.discord.voice.session import Seat
from bot.sandbox.discord.voice.transport import Mode
from bot.voice.connection import VoiceConnection
from bot.voice.loss import ConnectionLostError, Loss, LossKind
from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_server import AES, BOT, CHANNEL, GUILD, OTHER, new_listener, new_seat
from tests.sandbox._voice_sound import likeness, opus_packets, syllables
from tests.voice.voice_server import (
    QUICK,
    TIMEOUT_S,
    Callers,
    callers,
    open_sockets,
    our_tasks,
    relay,
    ticket_for,
    until,
)

SAID = syllables()
PACKETS = opus_packets(SAID)
FRAME_S = 0.02
PATIENT = replace(QUICK, ack_s=5.0)


async def speak(connection: VoiceConnection, packets: list[bytes] = PACKETS) -> None:
    """Send packets at their pace; one that is not taken is tried again."""
    async with asyncio.timeout(TIMEOUT_S + 2 * FRAME_S * len(packets)):
        for packet in packets:
            while not (connection.is_settled and connection.send_opus(packet)):
                await asyncio.sleep(0.002)
            await asyncio.sleep(FRAME_S)


async def settled(scene: Callers, **options: Any) -> tuple[VoiceConnection, Listener]:
    """Return a connection to a call with one listener, who can hear it."""
    listener = new_listener()
    scene.server.seat(listener)
    connection = await scene.opened(**options)
    await until(lambda: connection.is_settled)
    return connection, listener


async def ended(connection: VoiceConnection) -> Loss:
    return await asyncio.wait_for(asyncio.shield(connection.lost), TIMEOUT_S)


async def speak_until_lost(connection: VoiceConnection) -> Loss:
    speaking = asyncio.create_task(speak(connection, PACKETS * 100))
    try:
        return await ended(connection)
    finally:
        speaking.cancel()


def set_faults(scene: Callers, faults: dict[str, Any]) -> None:
    for name, fault in faults.items():
        setattr(scene.server.faults, name, fault)


def cut(scene: Callers) -> None:
    """Cut the websocket of the bot alone."""
    session = scene.server.session(GUILD, BOT)
    assert session is not None
    assert session.line is not None
    session.line.abort()


async def refusal(connection: VoiceConnection) -> Loss:
    with pytest.raises(ConnectionLostError) as refused:
        await connection.open()
    assert our_tasks() == set()
    assert not connection.is_open
    assert not connection.lost.done()
    return refused.value.loss


# Speaking


@pytest.mark.parametrize("mode", list(Mode))
async def test_what_is_sent_is_heard_as_it_was(mode: Mode) -> None:
    async with callers(modes=(mode,)) as scene:
        connection, listener = await settled(scene)

        await speak(connection)

        await until(lambda: listener.heard(BOT).counts.received == len(PACKETS))
        heard = listener.heard(BOT)
        assert heard.counts.decrypted == len(PACKETS)
        assert likeness(heard.speech, SAID) > 0.99
        session = scene.server.session(GUILD, BOT)
        assert session is not None
        assert (session.mode, session.traffic.bad, session.traffic.nonces_reused) == (mode, 0, 0)


async def test_nothing_leaves_while_nobody_can_hear_it() -> None:
    async with callers() as scene:
        connection = scene.connection()
        assert not connection.send_opus(PACKETS[0])
        await connection.open()

        assert (connection.is_open, connection.is_settled) == (True, False)
        assert not connection.send_opus(PACKETS[0])
        scene.server.seat(new_listener())
        await until(lambda: connection.is_settled)

        assert connection.send_opus(PACKETS[0])
        assert scene.changes == 1


async def test_a_stage_hears_plain_speech() -> None:
    async with callers() as scene:
        listener = new_listener(is_stage=True)
        scene.server.seat(listener)
        connection = await scene.opened(new_seat(is_stage=True))

        assert connection.is_settled
        assert connection.send_opus(PACKETS[0])
        await until(lambda: listener.heard(BOT).counts.received)


async def test_others_see_who_speaks() -> None:
    async with callers() as scene:
        connection = scene.connection()
        await connection.announce(speaking=True)
        async with ProtocolClient(scene.server, new_seat(OTHER)) as other:
            scene.server.admit(other.seat)
            await other.join()
            await connection.open()
            await connection.announce(speaking=False)
            await other.until(lambda: len(seen(other)) == 2)
            await connection.announce(speaking=True)
            await other.until(lambda: len(seen(other)) == 3)
            await connection.close()
            await connection.announce(speaking=False)

    assert seen(other) == [1, 0, 1]


def seen(client: ProtocolClient) -> list[int]:
    return [each["d"]["speaking"] for each in client.messages if each["op"] == 5]


async def test_heartbeats_keep_a_session_alive() -> None:
    async with callers(heartbeat_interval_ms=200) as scene:
        connection = await scene.opened()
        await asyncio.sleep(1)  # the server allows for two intervals
        assert connection.is_open
        assert not connection.lost.done()


async def test_how_it_fares_is_known_while_it_is_open() -> None:
    async with callers(heartbeat_interval_ms=200) as scene:
        connection, _ = await settled(scene)
        await speak(connection, PACKETS[:5])
        await until(lambda: connection.condition.latency_s is not None)
        condition = connection.condition
        assert condition.is_encrypted
        assert (condition.sent, condition.unsent) == (5, 0)
        assert 0.0 < (condition.latency_s or 0.0) < TIMEOUT_S


async def test_alone_in_a_call_there_is_nobody_to_encrypt_for() -> None:
    async with callers() as scene:
        connection = await scene.opened()
        assert not connection.condition.is_settled
        assert not connection.condition.is_encrypted


async def test_a_call_without_encryption_does_not_count_as_encrypted() -> None:
    async with callers(is_dave_required=False) as scene:
        listener = new_listener()
        listener.max_dave_version = 0
        scene.server.seat(listener)
        connection = await scene.opened()
        await until(lambda: connection.condition.is_settled)
        assert not connection.condition.is_encrypted


async def test_two_connections_do_not_touch_each_other() -> None:
    async with callers() as scene:
        elsewhere = Seat(GUILD + 1, CHANNEL + 1, BOT, "elsewhere", "another token")
        listener = Listener(guild_id=GUILD + 1, channel_id=CHANNEL + 1, user_id=OTHER)
        scene.server.seat(listener)
        healthy = await scene.opened(elsewhere)
        await until(lambda: healthy.is_settled)
        connection, _ = await settled(scene)

        speaking = asyncio.create_task(speak(healthy))
        scene.server.hang_up(4006, guild_id=GUILD)
        await ended(connection)
        await speaking

        await until(lambda: listener.heard(BOT).counts.decrypted == len(PACKETS))
        assert scene.server.handshakes[-1].guild_id == GUILD
        assert scene.dials == 2


async def test_no_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    async with callers() as scene:
        seat = new_seat()
        connection, _ = await settled(scene, seat=seat)
        session = scene.server.session(GUILD, BOT)
        assert session is not None
        scene.server.hang_up(None)
        await until(lambda: scene.dials == 2 and connection.is_settled)
        scene.server.hang_up(4006)
        loss = await ended(connection)

        shown = caplog.text + repr(loss) + repr(connection.ticket) + str(ConnectionLostError(loss))
        assert seat.token not in shown
        assert str(list(session.secret_key))[1:-1] not in shown


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
async def test_more_descriptors_than_select_can_take() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), max(hard, 2_048)))
    fillers = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        async with callers() as scene:
            connection, listener = await settled(scene)
            await speak(connection, PACKETS[:3])
            await until(lambda: listener.heard(BOT).counts.decrypted == 3)
    finally:
        for filler in fillers:
            os.close(filler)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# Resuming


@pytest.mark.parametrize("code", [None, 4000, 4015])
async def test_a_session_goes_on_over_a_new_websocket(code: int | None) -> None:
    async with callers() as scene:
        connection, listener = await settled(scene)
        speaking = asyncio.create_task(speak(connection))
        await until(lambda: listener.heard(BOT).counts.decrypted > 10)
        session, changes = scene.server.session(GUILD, BOT), scene.changes

        scene.server.hang_up(code)
        await until(lambda: scene.dials == 2)
        assert connection.is_open
        await speaking

        await until(lambda: listener.heard(BOT).counts.decrypted == len(PACKETS))
        heard = listener.heard(BOT)
        assert [packet.sequence for packet in heard.packets] == list(range(1, len(PACKETS) + 1))
        assert scene.server.session(GUILD, BOT) is session
        assert [each.is_resume for each in scene.server.handshakes] == [False, True]
        assert scene.changes > changes + 1
        assert not connection.lost.done()


async def test_who_joined_meanwhile_hears_it_after_the_resume() -> None:
    async with callers() as scene:
        connection, _ = await settled(scene)
        newcomer = new_listener(OTHER)
        scene.server.hang_up(None)
        scene.server.seat(newcomer)
        await until(lambda: scene.dials == 2)

        call = scene.server.call(CHANNEL)
        assert call is not None
        await until(lambda: connection.is_settled and len(call.encrypted_members) == 3)
        await until(lambda: call.is_settled)
        await speak(connection, PACKETS[:3])

        await until(lambda: newcomer.heard(BOT).counts.decrypted == 3)


async def test_the_ring_around_the_bot_is_right_after_a_resume() -> None:
    async with callers() as scene, ProtocolClient(scene.server, new_seat(OTHER)) as other:
        scene.server.admit(other.seat)
        await other.join()
        connection = await scene.opened()
        await other.until(lambda: seen(other) == [0])
        cut(scene)

        await connection.announce(speaking=True)  # into a websocket that is gone

        await other.until(lambda: 1 in seen(other))


async def test_a_resume_is_told_to_the_owner_even_where_nobody_could_hear() -> None:
    async with callers() as scene:
        await scene.opened()
        cut(scene)
        await until(lambda: scene.changes == 1)
        assert scene.server.handshakes[-1].is_resume


async def test_a_refused_resume_tells_of_the_first_loss() -> None:
    """The loopback server ends a session it closes with 1001."""
    async with callers() as scene:
        connection, _ = await settled(scene)
        before = time.monotonic()

        scene.server.hang_up(1001)
        loss = await ended(connection)

        assert (loss.kind, loss.close_code) == (LossKind.CLOSED, 1001)
        assert before <= loss.last_heard_at <= time.monotonic()
        assert [each.code for each in scene.server.handshakes] == [1001, 4006]


@pytest.mark.parametrize("fault", [{"http_status": 503}, {"is_endpoint_silent": True}])
async def test_a_resume_that_does_not_get_through_tells_of_the_first_loss(
    fault: dict[str, Any],
) -> None:
    async with callers() as scene:
        connection, _ = await settled(scene, timings=replace(QUICK, resume_s=0.2))
        set_faults(scene, fault)
        cut_at = time.monotonic()

        scene.server.hang_up(4015)
        loss = await ended(connection)

        assert (loss.kind, loss.close_code) == (LossKind.CLOSED, 4015)
        assert loss.last_heard_at - cut_at < 0.15
        assert time.monotonic() - cut_at < 1.5
        assert scene.dials == 2


async def test_a_session_that_keeps_breaking_off_is_not_resumed_for_ever() -> None:
    async with callers() as scene:
        connection, _ = await settled(scene)
        scene.server.hang_up(None)
        await until(lambda: scene.dials == 2 and connection.is_settled)

        scene.server.hang_up(None)

        assert (await ended(connection)).kind is LossKind.CUT
        assert scene.dials == 2


async def test_a_session_that_was_steady_is_resumed_again() -> None:
    async with callers() as scene:
        connection, _ = await settled(scene, timings=replace(QUICK, steady_s=0.0))
        for _ in range(3):
            before = scene.dials
            scene.server.hang_up(None)
            await until(lambda: scene.dials > before)  # noqa: B023 - called in this round
            await until(lambda: connection.is_settled)


# Being lost


@pytest.mark.parametrize("code", [1000, 4006, 4009, 4014, 4021, 4022])
async def test_a_close_code_is_told_and_not_resumed(code: int) -> None:
    async with callers() as scene:
        connection, _ = await settled(scene)
        before = time.monotonic()

        scene.server.hang_up(code)
        loss = await ended(connection)

        assert (loss.kind, loss.close_code) == (LossKind.CLOSED, code)
        assert before <= loss.last_heard_at <= time.monotonic()
        assert (connection.is_open, connection.is_settled) == (False, False)
        assert not connection.send_opus(PACKETS[0])
        assert scene.dials == 1
        await until(lambda: not our_tasks())


@pytest.mark.parametrize("fault", ["has_no_heartbeat_ack", "is_silent_after_hello"])
async def test_a_server_that_falls_silent_is_noticed(fault: str) -> None:
    async with callers() as scene:
        connection = await scene.opened()
        await asyncio.sleep(0.1)
        set_faults(scene, {fault: True})
        silent_at = time.monotonic()

        loss = await ended(connection)

        assert loss.kind is LossKind.SILENT
        assert QUICK.ack_s - 0.1 < time.monotonic() - silent_at < QUICK.ack_s + 1
        assert loss.last_heard_at < silent_at + 0.1


async def test_a_loop_that_stood_still_is_not_taken_for_silence() -> None:
    async with callers() as scene:
        connection = await scene.opened()
        for _ in range(3):
            await asyncio.sleep(0.1)
            time.sleep(QUICK.ack_s + 0.2)  # noqa: ASYNC251 - this is the fault
        await asyncio.sleep(0.2)
        assert connection.is_open


async def test_a_black_hole_is_noticed_while_speaking() -> None:
    async with callers() as scene:
        connection, listener = await settled(scene, timings=PATIENT)
        speaking = asyncio.create_task(speak(connection))
        await until(lambda: listener.heard(BOT).counts.decrypted > 10)
        set_faults(scene, {"is_udp_black_hole": True})
        before = time.monotonic()

        loss = await ended(connection)

        speaking.cancel()
        assert loss.kind is LossKind.DEAF
        assert loss.last_heard_at < before + 0.02
        assert time.monotonic() - before < 2 * QUICK.path.unheard_s + 0.5


async def test_a_black_hole_is_no_matter_while_silent() -> None:
    async with callers() as scene:
        connection, _ = await settled(scene)
        set_faults(scene, {"is_udp_black_hole": True})
        await asyncio.sleep(3 * QUICK.path.unheard_s)
        assert connection.is_open


async def test_a_socket_that_takes_nothing_is_noticed() -> None:
    async with callers() as scene:
        connection, _ = await settled(scene, timings=PATIENT)
        assert connection._path is not None
        connection._path._socket._socket.shutdown(socket.SHUT_WR)

        assert (await speak_until_lost(connection)).kind is LossKind.DEAF


async def test_an_error_of_ours_does_not_leave_a_connection_that_looks_alive(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    async with callers() as scene:
        scene.server.seat(new_listener())
        connection = await scene.opened(on_change=fail)

        loss = await ended(connection)

        assert loss.kind is LossKind.MALFORMED
        assert not connection.is_open
    assert "a bug" in caplog.text


# Opening


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"http_status": 503}, LossKind.UNREACHED, None),
        ({"is_endpoint_silent": True}, LossKind.TIMEOUT, None),
        ({"is_silent_after_hello": True}, LossKind.TIMEOUT, None),
        ({"close_on_identify": 4006, "close_on_identify_times": 1}, LossKind.CLOSED, 4006),
        ({"close_on_identify": 4015, "close_on_identify_times": 1}, LossKind.CLOSED, 4015),
        ({"is_udp_black_hole": True}, LossKind.TIMEOUT, None),
        ({"empty_modes": 1}, LossKind.MALFORMED, None),
    ],
)
async def test_what_stands_in_the_way_is_told(
    fault: dict[str, Any], kind: LossKind, code: int | None
) -> None:
    async with callers() as scene:
        before = open_sockets()
        set_faults(scene, fault)
        started = time.monotonic()

        loss = await refusal(scene.connection(timings=replace(QUICK, open_s=0.5)))

        assert (loss.kind, loss.close_code) == (kind, code)
        assert time.monotonic() - started < 1
        assert scene.dials == 1
        await until(lambda: open_sockets() <= before)


async def test_a_server_that_breaks_off_after_identify_was_reached() -> None:
    async with callers() as scene:
        set_faults(scene, {"is_silent_after_hello": True})
        opening = asyncio.create_task(refusal(scene.connection()))
        await until(lambda: bool(scene.websockets))
        await asyncio.sleep(0.05)
        scene.websockets[-1].get_extra_info("socket").shutdown(socket.SHUT_RDWR)

        assert (await opening).kind is LossKind.CUT


async def test_a_closed_port_and_an_unknown_certificate_are_told() -> None:
    async with callers() as scene, aiohttp.ClientSession() as stranger:

        async def dial_with_suspicion(url: str) -> aiohttp.ClientWebSocketResponse:
            return await stranger.ws_connect(url)

        suspicious = scene.connection(dial=dial_with_suspicion)
        loss = await refusal(suspicious)
        assert (loss.kind, loss.detail) == (
            LossKind.UNREACHED,
            "dialling: ClientConnectorCertificateError",
        )

        nowhere = replace(ticket_for(new_seat(), scene.server), endpoint="localhost:1")
        loss = await refusal(VoiceConnection(nowhere, scene.dial, on_change=lambda: None))
        assert (loss.kind, loss.detail) == (LossKind.UNREACHED, "dialling: ClientConnectorError")


async def test_a_lost_discovery_costs_a_quarter_of_a_second() -> None:
    async with callers() as scene:
        scene.server.faults.discoveries_to_drop = 1
        started = time.monotonic()
        await scene.opened()
        assert 0.2 < time.monotonic() - started < 1


async def test_speech_waits_for_a_welcome_that_is_late() -> None:
    async with callers(faults=VoiceFaults(welcome_delay_s=0.5)) as scene:
        scene.server.seat(listener := new_listener())
        # Acknowledgements queue up behind the welcome.
        connection = await scene.opened(timings=PATIENT)
        assert not connection.is_settled

        await speak(connection)

        await until(lambda: listener.heard(BOT).counts.received == len(PACKETS))
        assert listener.heard(BOT).counts.decrypted == len(PACKETS)


@pytest.mark.parametrize("fault", ["bad_proposals", "bad_commits", "bad_welcomes"])
@pytest.mark.parametrize("reaction_s", [0.0, 0.1])
async def test_a_damaged_group_is_mended(fault: str, reaction_s: float) -> None:
    async with callers() as scene:
        listener = new_listener(reaction_s=reaction_s)
        scene.server.seat(listener)
        set_faults(scene, {fault: 1})
        connection = await scene.opened()

        await speak(connection, PACKETS[:10])

        await until(lambda: listener.heard(BOT).counts.received == 10)
        assert listener.heard(BOT).counts.decrypted == 10


@pytest.mark.parametrize("fault", ["bad_json_frames", "bare_json_frames"])
async def test_a_malformed_message_ends_the_connection_at_once(fault: str) -> None:
    async with callers() as scene:
        connection, _ = await settled(scene)
        set_faults(scene, {fault: 1})
        started = time.monotonic()

        loss = await ended(connection)

        assert loss.kind is LossKind.MALFORMED
        assert time.monotonic() - started < 1


def message(op: int, **payload: object) -> str:
    return json.dumps({"op": op, "d": payload})


class Tampered:
    """A websocket into which frames are slipped after the first of its own."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.frames: deque[aiohttp.WSMessage] = deque()
        self.sent: list[Any] = []
        self.is_broken = False
        self._websocket = websocket

    def __getattr__(self, name: str) -> Any:
        return getattr(self._websocket, name)

    async def send_str(self, message: str) -> None:
        if self.is_broken:
            raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")
        self.sent.append(json.loads(message))
        await self._websocket.send_str(message)

    async def receive(self) -> aiohttp.WSMessage:
        if self.frames:
            return self.frames.popleft()
        return await self._websocket.receive()


async def tampered(scene: Callers, frames: list[str | bytes]) -> tuple[VoiceConnection, Tampered]:
    """Return an open connection that has just been sent these frames."""
    lines: list[Tampered] = []

    async def dial(url: str) -> aiohttp.ClientWebSocketResponse:
        lines.append(Tampered(await scene.dial(url)))
        return cast("aiohttp.ClientWebSocketResponse", lines[0])

    connection = await scene.opened(dial=dial)
    for frame in frames:
        kind = aiohttp.WSMsgType.TEXT if isinstance(frame, str) else aiohttp.WSMsgType.BINARY
        slipped_in: Any = aiohttp.WSMessage(kind, frame, None)
        lines[0].frames.append(slipped_in)
    return connection, lines[0]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"op": "5", "d": {}}',
        '{"op": 6}',
        '{"op": 8, "d": {"heartbeat_interval": 0}}',
        '{"op": 8, "d": {}}',
        message(2, ssrc=1, ip="127.0.0.1", port=1, modes=[AES]),
        message(4, mode=AES, secret_key=[1] * 32, dave_protocol_version=1),
        '{"op": 9, "d": null}',
        '{"op": 21, "d": null}',
        '{"op": 22, "d": {"transition_id": "1"}}',
        '{"op": 24, "d": {"epoch": 1, "protocol_version": 99}}',
        b"",
        b"\0\1",
        b"\0\1\x1e\0",
    ],
)
async def test_a_frame_that_cannot_be_followed_ends_the_connection(frame: str | bytes) -> None:
    async with callers() as scene:
        connection, _ = await tampered(scene, [frame])

        loss = await ended(connection)

        assert (loss.kind, loss.close_code) == (LossKind.MALFORMED, None)
        assert scene.dials == 1


async def test_unknown_messages_are_ignored() -> None:
    async with callers() as scene:
        connection, _ = await tampered(
            scene, ['{"op": 99}', '{"op": 15, "d": {"any": 1}}', b"\0\1\x63 anything"]
        )
        await asyncio.sleep(0.2)
        assert connection.is_open


@pytest.mark.parametrize("frame", ['{"op": 99, "seq": 1234}', b"\x04\xd2\x63"])
async def test_what_was_read_is_acknowledged(frame: str | bytes) -> None:
    async with callers() as scene:
        _, websocket = await tampered(scene, [frame])
        await until(lambda: acknowledged(websocket) == 1234)


def acknowledged(websocket: Tampered) -> int:
    """Return the last number a heartbeat has acknowledged."""
    beats = [each["d"]["seq_ack"] for each in websocket.sent if each["op"] == 3]
    return beats[-1] if beats else -1


async def test_a_close_code_that_comes_after_a_failed_write_is_not_missed() -> None:
    """A kick would else look like a cut, and be undone."""
    async with callers() as scene:
        connection, websocket = await tampered(scene, [])
        websocket.is_broken = True
        await asyncio.sleep(3 * QUICK.heartbeat_s)
        await connection.announce(speaking=True)

        scene.server.hang_up(4014)

        assert (await ended(connection)).close_code == 4014


# Closing


async def test_the_server_is_told_the_code_it_is_closed_with() -> None:
    async with callers() as scene:
        connection = await scene.opened()

        await connection.close(4000)

        assert (connection.is_open, connection.is_settled) == (False, False)
        assert not connection.lost.done()
        await until(lambda: scene.server.handshakes[0].code == 4000)
        await connection.close()


async def test_closing_does_not_wait_for_a_server_that_is_silent() -> None:
    async with callers() as scene:
        before = open_sockets()
        connection = await scene.opened()
        transport = scene.websockets[0].get_extra_info("socket")
        scene.server.faults.is_silent_after_hello = True
        started = time.monotonic()

        await connection.close()

        assert time.monotonic() - started < 1.1
        assert our_tasks() == set()
        await until(lambda: transport.fileno() == -1)
        await until(lambda: open_sockets() == before)


@pytest.mark.parametrize("is_closed_by_us", [True, False])
async def test_a_network_that_fell_silent_leaves_no_socket_open(is_closed_by_us: bool) -> None:
    """A TLS connection that is closed waits half a minute for the other side."""
    async with callers() as scene, relay(scene.server.endpoint) as wire:
        seat = new_seat()
        scene.server.admit(seat)
        ticket = replace(ticket_for(seat, scene.server), endpoint=wire.endpoint)
        connection = VoiceConnection(ticket, scene.dial, on_change=lambda: None, timings=QUICK)
        await connection.open()
        line = scene.websockets[0].get_extra_info("socket")
        wire.is_silent = True

        if not is_closed_by_us:
            assert (await ended(connection)).kind is LossKind.SILENT
        await connection.close()

        await until(lambda: line.fileno() == -1, timeout_s=1)
        assert our_tasks() == set()


async def test_a_connection_closed_before_it_opens_does_not_open() -> None:
    async with callers() as scene:
        connection = scene.connection()
        await connection.close()
        assert (await refusal(connection)).detail == "closed by us"
        assert scene.dials == 0


@pytest.mark.parametrize("turns", [0, 1, 2, 20])
async def test_closing_ends_an_opening(turns: int) -> None:
    async with callers() as scene:
        connection = scene.connection()
        opening = asyncio.create_task(connection.open())
        for _ in range(turns):
            await asyncio.sleep(0)

        await connection.close()

        with pytest.raises(ConnectionLostError):
            await opening
        assert our_tasks() == set()


async def test_closing_ends_a_resume() -> None:
    async with callers() as scene:
        connection, _ = await settled(scene)
        scene.server.faults.is_endpoint_silent = True
        scene.server.hang_up(None)
        await until(lambda: scene.dials == 2)

        await connection.close()

        assert our_tasks() == set()
        assert not connection.lost.done()


@pytest.mark.parametrize("rtt_ms", [0, 10])
async def test_a_cancelled_opening_leaves_nothing_behind(rtt_ms: int) -> None:
    """Cancelled after every millisecond, from the first to beyond the last."""
    async with callers(websocket_rtt_ms=rtt_ms) as scene:
        before, opened = open_sockets(), 0
        for delay_ms in range(60):
            connection = scene.connection()
            opening = asyncio.create_task(connection.open())
            await asyncio.sleep(delay_ms / 1000)
            opened += connection.is_open

            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            if not opening.cancelled():
                await connection.close()

            assert our_tasks() == set()
            assert not connection.is_open
        await until(lambda: open_sockets() == before)
        assert 0 < opened < 60
