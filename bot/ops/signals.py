"""How an operator ends the program."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Final

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def wait_for_stop() -> None:
    """Wait for SIGTERM or SIGINT; the next one ends the process on the spot.

    What was written is safe in the database whenever the process ends.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C interrupts the loop
            loop.add_signal_handler(number, _stop_or_exit, stop, number)
    await stop.wait()


def _stop_or_exit(stop: asyncio.Event, number: signal.Signals) -> None:
    if stop.is_set():
        os._exit(128 + number)  # what a shell reports of a process that a signal has ended
    stop.set()
