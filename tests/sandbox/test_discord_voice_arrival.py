"""A datagram that is read late still arrived when it arrived."""

import socket
import sys
import time

import pytest

from bot.sandbox.discord.voice import arrival

LATE_S = 0.2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked for the time")
def test_the_time_of_arrival_is_not_that_of_reading() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        arrival.ask_for_times(receiver)
        before_ns = time.monotonic_ns()
        sender.sendto(b"sound", receiver.getsockname())
        after_ns = time.monotonic_ns()
        time.sleep(LATE_S)

        datagram, address, arrived_ns = arrival.receive(receiver, 100)

    slack_ns = 20_000_000
    assert datagram == b"sound"
    assert address[0] == "127.0.0.1"
    assert before_ns - slack_ns <= arrived_ns <= after_ns + slack_ns
