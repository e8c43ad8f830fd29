"""`python -m tests.faults.tts.gulp URL KEY MODE`: take one answer in; say what it cost, as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing
from pathlib import Path

from bot.errors import ProviderError
from bot.tts.qwen import Mode, QwenEndpoint, QwenSynthesizer, open_session
from tests.tts.conftest import REQUEST


def _forget_peak() -> None:
    # proc_pid_clear_refs(5); getrusage's peak begins with that of the parent process.
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def gulp(base_url: str, key: str, mode: Mode) -> None:
    """Hear one good answer, which loads what any answer needs, then another one."""
    endpoint = QwenEndpoint(key, base_url, mode=mode)
    async with open_session(endpoint) as http:
        synthesizer = QwenSynthesizer(http, endpoint)
        fault, heard = "", 0
        for _ in range(2):
            _forget_peak()
            before_mib, began, heard = _peak_mib(), time.monotonic(), 0
            try:
                async with aclosing(synthesizer.stream(REQUEST)) as pieces:
                    async for pcm in pieces:
                        heard += len(pcm)
            except ProviderError as error:
                fault = error.fault.value
        cost = {"rss_mib": _peak_mib() - before_mib, "seconds": time.monotonic() - began}
    sys.stdout.write(json.dumps({**cost, "heard": heard, "fault": fault}))


if __name__ == "__main__":
    asyncio.run(gulp(sys.argv[1], sys.argv[2], Mode(sys.argv[3])))
