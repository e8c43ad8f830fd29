"""F5: how many guilds can speak at once out of one process, when the speech is there already."""

from __future__ import annotations

from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._sink import open_sink
from tests.benchmarks._speakers import Job, Source, run_job

CALLS = 400
MORE_CALLS = 800
"""What is hoped for."""


def run(seconds: float) -> Findings:
    """Speak in 400 calls both ways, then in 400 beside a busy thread and in 800."""
    findings = Findings()
    with open_sink(MORE_CALLS) as sink:
        ours, heard = run_job(
            Job(is_ours=True, source=Source.CACHED, calls=CALLS, seconds=seconds), sink
        )
        usual, usual_heard = run_job(
            Job(is_ours=False, source=Source.CACHED, calls=CALLS, seconds=seconds), sink
        )
        busy, busy_heard = run_job(
            Job(
                is_ours=True, source=Source.CACHED, calls=CALLS, seconds=seconds, is_disturbed=True
            ),
            sink,
        )
        more, more_heard = run_job(
            Job(is_ours=True, source=Source.CACHED, calls=MORE_CALLS, seconds=seconds), sink
        )
    findings.notes += [
        f"ours: {heard}; {ours}; first packet {spread(ours.first_packet_ms)} ms",
        f"usual way: {usual_heard}; {usual}",
        f"ours beside a busy thread and full collections: {busy_heard}; {busy}",
        f"ours in {MORE_CALLS} calls: {more_heard}; {more}",
    ]
    findings.figures += [
        Figure(
            id="F5",
            what=f"{CALLS} guilds, cached: jitter p99",
            unit="ms",
            target=5,
            ours=heard.p99_ms,
            usual=usual_heard.p99_ms,
        ),
        Figure(
            id="F5",
            what=f"{CALLS} guilds, cached: packets later than 40 ms",
            unit="%",
            target=0.1,
            ours=heard.late_share * 100,
            usual=usual_heard.late_share * 100,
        ),
        Figure(
            id="F5",
            what=f"{CALLS} guilds, cached: CPU",
            unit="cores",
            target=0.35,
            ours=ours.cores,
            usual=usual.cores,
        ),
        Figure(
            id="F5",
            what=f"{CALLS} guilds beside a busy thread: jitter p99",
            unit="ms",
            target=5,
            ours=busy_heard.p99_ms,
        ),
        Figure(
            id="F5",
            what=f"{MORE_CALLS} guilds, cached: jitter p99",
            unit="ms",
            target=5,
            ours=more_heard.p99_ms,
        ),
    ]
    return findings
