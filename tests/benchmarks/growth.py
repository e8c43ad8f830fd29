"""F12: what changes from one guild to 400 that speak at once."""

from __future__ import annotations

import numpy as np

from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._sink import Reception, Sink, open_sink
from tests.benchmarks._speakers import Effort, Job, Source, run_job

OUR_STEPS = (1, 50, 100, 200, 400)
USUAL_STEPS = (1, 100, 200)
"""With more of its threads nothing is left to measure: that is F5."""

MOST_S = 3.0


def run(seconds: float) -> Findings:
    """Speak in ever more calls; say what one more of them costs."""
    seconds = min(seconds, MOST_S)
    with open_sink(OUR_STEPS[-1]) as sink:
        ours = [_speak(sink, calls, seconds, is_ours=True) for calls in OUR_STEPS]
        usual = [_speak(sink, calls, seconds, is_ours=False) for calls in USUAL_STEPS]
    findings = Findings()
    findings.notes += [_line("ours", *step) for step in ours]
    findings.notes += [_line("usual way", *step) for step in usual]
    first, last = ours[0], ours[-1]
    findings.figures += [
        Figure(
            id="F12",
            what=f"first packet p95, {OUR_STEPS[-1]} guilds",
            unit="ms",
            target=10,
            ours=spread(last[0].first_packet_ms).p95,
            usual=spread(usual[-1][0].first_packet_ms).p95,
        ),
        Figure(
            id="F12",
            what=f"growth of jitter p99 from 1 to {OUR_STEPS[-1]} guilds",
            unit="ms",
            target=5,
            ours=max(last[1].p99_ms - first[1].p99_ms, 0.0),
        ),
        Figure(
            id="F12",
            what="memory of one more guild that speaks",
            unit="KiB",
            target=0.3 * 1024,
            ours=_slope_kib(ours),
            usual=_slope_kib(usual),
        ),
    ]
    return findings


def _speak(sink: Sink, calls: int, seconds: float, *, is_ours: bool) -> tuple[Effort, Reception]:
    job = Job(is_ours=is_ours, source=Source.CACHED, calls=calls, seconds=seconds)
    return run_job(job, sink)


def _line(name: str, effort: Effort, heard: Reception) -> str:
    first = spread(effort.first_packet_ms)
    return (
        f"{name}, {heard.calls} guilds: first packet p50 {first.p50:.2f}, p95 {first.p95:.2f} ms; "
        f"jitter p99 {heard.p99_ms:.2f} ms; {effort.cores:.3f} cores; "
        f"{effort.rss_mib:.1f} MiB; {effort.threads} threads"
    )


def _slope_kib(steps: list[tuple[Effort, Reception]]) -> float:
    """Return the KiB of one more call, by the line that lies closest to all steps."""
    calls = [heard.calls for _, heard in steps]
    grown_kib = [(effort.rss_mib - effort.idle_rss_mib) * 1024 for effort, _ in steps]
    return float(np.polyfit(calls, grown_kib, 1)[0])
