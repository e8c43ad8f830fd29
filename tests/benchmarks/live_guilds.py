"""F6: how many guilds can speak at once when all of them are synthesized meanwhile."""

from __future__ import annotations

from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._sink import open_sink
from tests.benchmarks._speakers import Job, Source, run_job

CALLS = 100
MORE_CALLS = 130
"""What is hoped for."""


def run(seconds: float) -> Findings:
    """Speak in 100 calls both ways, then in 130; the usual way is spared its ffmpeg."""
    findings = Findings()
    with open_sink(MORE_CALLS) as sink:
        ours, heard = run_job(_job(CALLS, seconds, is_ours=True), sink)
        usual, usual_heard = run_job(_job(CALLS, seconds, is_ours=False), sink)
        more, more_heard = run_job(_job(MORE_CALLS, seconds / 2, is_ours=True), sink)
    findings.notes += [
        f"ours: {heard}; {ours}",
        f"ours: first packet {spread(ours.first_packet_ms)} ms, 400 of them the endpoint's",
        f"usual way: {usual_heard}; {usual}",
        f"ours in {MORE_CALLS} calls: {more_heard}; {more}",
    ]
    findings.figures += [
        Figure(
            id="F6",
            what=f"{CALLS} guilds, live: jitter p99",
            unit="ms",
            target=5,
            ours=heard.p99_ms,
            usual=usual_heard.p99_ms,
        ),
        Figure(
            id="F6",
            what=f"{CALLS} guilds, live: packets later than 40 ms",
            unit="%",
            target=0.1,
            ours=heard.late_share * 100,
            usual=usual_heard.late_share * 100,
        ),
        Figure(
            id="F6",
            what=f"{CALLS} guilds, live: CPU",
            unit="cores",
            target=1,
            ours=ours.cores,
            usual=usual.cores,
        ),
        Figure(
            id="F6",
            what=f"{MORE_CALLS} guilds, live: jitter p99",
            unit="ms",
            target=5,
            ours=more_heard.p99_ms,
        ),
    ]
    return findings


def _job(calls: int, seconds: float, *, is_ours: bool) -> Job:
    return Job(is_ours=is_ours, source=Source.LIVE, calls=calls, seconds=seconds)
