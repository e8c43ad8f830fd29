"""The UDP socket against a server on the loopback, and the watch over its path."""

import asyncio
import contextlib
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import cast

import pytest

from bot.voice import media as media_module
from bot.voice.media import (
    MOST_INTRODUCTIONS,
    DiscoveryTimeoutError,
    MediaSocket,
    PathTimings,
    PathWatch,
)
from tests.voice.voice_server import until

SSRC = 77
DISCOVERY = struct.Struct(">HHI64sH")
QUICK = PathTimings(period_s=0.02, unsent_s=0.04, unheard_s=0.08)
SEVERAL_LOOKS_S = 0.3


class Server(asyncio.DatagramProtocol):
    """Answers address discovery unless told otherwise, and keeps what else comes."""

    def __init__(self) -> None:
        self.discoveries = 0
        self.to_ignore = 0
        self.packets: list[bytes] = []
        self.client: tuple[str, int] = ("", 0)
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.client = addr
        if len(data) != DISCOVERY.size or data[:2] != b"\0\1":
            self.packets.append(data)
            return
        self.discoveries += 1
        if self.discoveries > self.to_ignore:
            self.answer(DISCOVERY.unpack(data)[2])

    def answer(self, ssrc: int) -> None:
        host, port = self.client
        self.transport.sendto(DISCOVERY.pack(2, 70, ssrc, host.encode(), port), self.client)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    yield protocol
    transport.close()


@pytest.fixture
def media(server: Server) -> Iterator[MediaSocket]:
    media = MediaSocket("127.0.0.1", server.port)
    yield media
    media.close()


async def test_the_server_says_our_address(server: Server, media: MediaSocket) -> None:
    assert await media.discover(SSRC) == server.client
    assert media.last_heard_at > 0


async def test_a_lost_request_is_repeated(server: Server, media: MediaSocket) -> None:
    server.to_ignore = 1
    started = time.monotonic()

    await media.discover(SSRC)

    assert server.discoveries == 2
    assert 0.2 < time.monotonic() - started < 1


async def test_a_discovery_nobody_answers_ends(
    server: Server, media: MediaSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_module, "DISCOVERY_TIMEOUT_S", 0.1)
    server.to_ignore = 1_000

    with pytest.raises(DiscoveryTimeoutError):
        await media.discover(SSRC)


async def test_an_answer_for_another_source_is_none(
    server: Server, media: MediaSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_module, "DISCOVERY_TIMEOUT_S", 0.1)
    server.to_ignore = 1_000
    discovery = asyncio.create_task(media.discover(SSRC))
    await until(lambda: server.discoveries)

    server.answer(SSRC + 1)

    with pytest.raises(DiscoveryTimeoutError):
        await discovery
    assert media.last_heard_at > 0


async def test_everything_that_came_is_read_at_once(server: Server, media: MediaSocket) -> None:
    await media.discover(SSRC)
    for _ in range(100):
        server.transport.sendto(b"\x80\xc9 a report", server.client)

    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the loop has looked at its sockets once

    with pytest.raises(BlockingIOError):
        media._socket.recv(1)


async def test_sending_without_the_c_library(
    server: Server, media: MediaSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_module, "_native_send", None)

    assert media.send(b"\0portable\0")

    await until(lambda: server.packets == [b"\0portable\0"])
    media.close()
    assert not media.send(b"late")


async def test_reading_on_a_loop_without_readers(
    server: Server, media: MediaSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError

    before = asyncio.all_tasks()
    monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", refuse)

    assert await media.discover(SSRC) == server.client

    media.close()
    await until(lambda: asyncio.all_tasks() == before)


async def test_packets_leave_whole_until_it_is_closed(server: Server, media: MediaSocket) -> None:
    packets = [b"\0one\0", b"two" * 400, b""]

    assert [media.send(packet) for packet in packets] == [True] * 3

    await until(lambda: server.packets == packets)
    media.close()
    media.close()
    assert not media.send(b"late")
    assert (media.sent, media.unsent) == (3, 1)


async def test_a_refusal_of_the_network_is_false_and_no_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    media = MediaSocket("127.0.0.1", port)

    results = {media.send(b"packet") for _ in range(10)}

    media.close()
    assert False in results


async def test_only_an_address_is_connected_to() -> None:
    with pytest.raises(ValueError, match="localhost"):
        MediaSocket("localhost", 1)
    with pytest.raises(OverflowError):
        MediaSocket("127.0.0.1", 70_000)


async def test_a_late_packet_never_gets_into_another_socket(server: Server) -> None:
    """The descriptor of a closed socket is another socket's at once."""
    current = [MediaSocket("127.0.0.1", server.port)]
    is_over = threading.Event()

    def speak() -> None:
        while not is_over.is_set():
            current[0].send(b"voice")

    speaker = threading.Thread(target=speak)
    speaker.start()
    strangers = []
    for _ in range(300):
        current[0].close()
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stranger.bind(("127.0.0.1", 0))
        stranger.setblocking(False)
        stranger.connect(stranger.getsockname())
        strangers.append(stranger)
        await asyncio.sleep(0)
        current[0] = MediaSocket("127.0.0.1", server.port)
    is_over.set()
    speaker.join()
    current[0].close()

    heard = []
    for stranger in strangers:
        with contextlib.suppress(BlockingIOError):
            heard.append(stranger.recv(100))
        stranger.close()
    assert heard == []


@pytest.mark.skipif(sys.platform == "win32", reason="uses socket.send")
async def test_sending_keeps_the_interpreter_lock(media: MediaSocket) -> None:
    """Else a busy thread takes it, and gives it back a switch interval later."""
    may_run, has_run = threading.Event(), threading.Event()

    def work() -> None:
        may_run.wait()
        has_run.set()

    busy = threading.Thread(target=work)
    busy.start()
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(5)
    try:
        may_run.set()
        for _ in range(3_000):
            media.send(b"packet")
        was_interrupted = has_run.is_set()
    finally:
        sys.setswitchinterval(interval_s)
        busy.join()
    assert not was_interrupted


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
async def test_more_descriptors_than_select_can_take(server: Server) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), max(hard, 2_048)))
    fillers = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        media = MediaSocket("127.0.0.1", server.port)
        assert media._fd >= 1_024
        assert await media.discover(SSRC) == server.client
        assert media.send(b"packet")
        await until(lambda: server.packets)
        media.close()
    finally:
        for filler in fillers:
            os.close(filler)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Speaker:
    """Sends a packet every few milliseconds, as the pacer does, and takes the watch's verdict."""

    def __init__(self, media: MediaSocket) -> None:
        self.verdicts: list[str] = []
        self.watch = PathWatch(media, QUICK, on_dead=lambda reason, _: self.verdicts.append(reason))
        self._media = media

    async def speak(self, duration_s: float) -> None:
        """Speak for so long, or until the path is found dead."""
        ends_at = time.monotonic() + duration_s
        while time.monotonic() < ends_at and not self.verdicts:
            self.say()
            await asyncio.sleep(0.005)

    def say(self) -> None:
        if not self.watch.is_watching:
            self.watch.begin_soon()
        self._media.send(b"packet")


@pytest.fixture
async def speaker(server: Server, media: MediaSocket) -> AsyncIterator[Speaker]:
    await media.discover(SSRC)
    speaker = Speaker(media)
    yield speaker
    speaker.watch.end()


async def test_a_server_that_answers_is_there(server: Server, speaker: Speaker) -> None:
    await speaker.speak(SEVERAL_LOOKS_S)

    assert speaker.verdicts == []
    assert server.discoveries > MOST_INTRODUCTIONS


async def test_a_server_that_stops_answering_is_gone(server: Server, speaker: Speaker) -> None:
    await speaker.speak(SEVERAL_LOOKS_S)
    server.to_ignore = 1_000_000

    await speaker.speak(5)

    assert speaker.verdicts == ["the voice server hears us no more"]


async def test_a_server_that_never_answered_is_not_missed(
    server: Server, speaker: Speaker, media: MediaSocket
) -> None:
    server.to_ignore = 1_000_000

    await speaker.speak(SEVERAL_LOOKS_S)

    assert speaker.verdicts == []
    assert not media.answers_probes
    assert server.discoveries == 1 + MOST_INTRODUCTIONS


async def test_an_answer_to_the_handshake_that_is_late_is_no_habit(
    server: Server, media: MediaSocket
) -> None:
    server.to_ignore = 1
    await media.discover(SSRC)
    server.to_ignore = 1_000_000
    speaker = Speaker(media)
    server.answer(SSRC)  # of the request that seemed lost

    await speaker.speak(SEVERAL_LOOKS_S)

    speaker.watch.end()
    assert speaker.verdicts == []


async def test_a_port_nobody_listens_on_is_dead(server: Server, speaker: Speaker) -> None:
    server.transport.close()

    await speaker.speak(5)

    assert speaker.verdicts == ["the network takes no packets"]


async def test_a_socket_that_takes_nothing_is_dead(media: MediaSocket, speaker: Speaker) -> None:
    media._socket.shutdown(socket.SHUT_WR)

    await speaker.speak(5)

    assert speaker.verdicts == ["the network takes no packets"]


async def test_who_is_silent_is_not_watched(server: Server, speaker: Speaker) -> None:
    speaker.say()
    await until(lambda: not speaker.watch.is_watching)
    asked = server.discoveries
    server.to_ignore = 1_000_000

    await asyncio.sleep(SEVERAL_LOOKS_S)
    assert server.discoveries == asked
    await speaker.speak(QUICK.unheard_s / 2)

    assert speaker.verdicts == []
    assert speaker.watch.is_watching
