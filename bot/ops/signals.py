"""How an operator ends the program."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Final

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def wait_for_stop() -> None:
    """Wait for SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C interrupts the loop
            loop.add_signal_handler(number, stop.set)
    await stop.wait()
