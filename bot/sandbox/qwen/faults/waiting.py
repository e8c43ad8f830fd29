"""A pause, or the end of all progress."""

from __future__ import annotations

import asyncio


async def wait_or_forever(seconds: float | None) -> None:
    """Sleep; `None` until the client gives up."""
    if seconds is not None:
        await asyncio.sleep(seconds)
        return
    await asyncio.Event().wait()
