"""A file that is touched while the bot is connected, for a health check in another process."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE_NAME: Final = "heartbeat"
INTERVAL_S: Final = 5.0
MAX_AGE_S: Final = 60.0
"""Older than this, the process hangs or has lost Discord; a resumed gateway is back much sooner."""


async def beat(folder: Path, is_alive: Callable[[], bool]) -> None:
    """Touch the file for as long as this runs, whenever `is_alive` says so."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    file = folder / FILE_NAME
    while True:
        if is_alive():
            await asyncio.to_thread(file.touch)
        await asyncio.sleep(INTERVAL_S)


def age_s(folder: Path) -> float | None:
    """Return how long ago the last sign of life was, or `None` if there never was one."""
    try:
        return time.time() - (folder / FILE_NAME).stat().st_mtime
    except FileNotFoundError:
        return None
