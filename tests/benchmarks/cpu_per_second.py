"""F7: the CPU a second of speech costs, from the endpoint's answer to the packet."""

from __future__ import annotations

import asyncio

from bot.sandbox.qwen import QwenOptions, SandboxQwen
from tests.benchmarks._figures import Figure, Findings
from tests.benchmarks._sink import FRAME_MS, Reception, Sink, open_sink
from tests.benchmarks._speakers import Effort, Job, Source, run_job

CALLS = 20
LEAST_S = 12.0
"""More than one utterance of each call: starting ffmpeg is a part of the usual way."""

ENDPOINT = QwenOptions(first_audio_delay_s=0.3, real_time_factor=0.5, throttle=None)


def run(seconds: float) -> Findings:
    """Let 20 calls speak one utterance of five seconds after the other, both ways."""
    ours, usual = asyncio.run(_measure(max(seconds, LEAST_S)))
    findings = Findings()
    findings.notes += [
        f"{name}: {heard}" for name, heard in (("ours", ours[1]), ("usual way", usual[1]))
    ]
    findings.figures.append(
        Figure(
            id="F7",
            what=f"CPU of a second of speech, {CALLS} at once",
            unit="ms",
            target=10,
            ours=_cost_ms(*ours),
            usual=_cost_ms(*usual),
            least_ratio=6,
        )
    )
    return findings


async def _measure(seconds: float) -> list[tuple[Effort, Reception]]:
    with open_sink(CALLS) as sink:
        async with SandboxQwen(ENDPOINT) as qwen:
            environment = {
                "DASHSCOPE_HTTP_BASE_URL": qwen.base_url,
                "DASHSCOPE_API_KEY": qwen.options.key,
            }
            return [
                await _speak(sink, environment, seconds, is_ours=is_ours)
                for is_ours in (True, False)
            ]


async def _speak(
    sink: Sink, environment: dict[str, str], seconds: float, *, is_ours: bool
) -> tuple[Effort, Reception]:
    job = Job(is_ours=is_ours, source=Source.FETCHED, calls=CALLS, seconds=seconds)
    # The endpoint lives on this loop, so the waiting is done elsewhere.
    return await asyncio.to_thread(run_job, job, sink, environment)


def _cost_ms(effort: Effort, heard: Reception) -> float:
    return effort.cpu_s * 1e3 / (heard.packets * FRAME_MS / 1e3)
