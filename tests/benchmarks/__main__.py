"""Run the benchmarks: `python -m tests.benchmarks voice`, or by name, such as `F5`.

Nothing leaves this machine. The usual way is measured in the same run: trust the ratios, not the
numbers, which are those of one machine at one moment.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console

from tests.benchmarks import _chart, _figures
from tests.benchmarks._ffmpeg import find_ffmpeg
from tests.benchmarks._figures import Figure, Findings
from tests.benchmarks._machine import weather

VOICE = {
    "F1": "first_packet",
    "F2": "ready_clip",
    "F3": "cold_start",
    "F4": "between_utterances",
    "F5": "cached_guilds",
    "F6": "live_guilds",
    "F7": "cpu_per_second",
    "F8": "silent_guilds",
    "F9": "interactions",
    "F12": "growth",
}
TTS = {
    "CACHE": "cache",
    "COST": "chat_cost",
    "E6": "limiter",
    "E7": "fairness",
    "F10": "text_pipeline",
}
GROUPS = {"VOICE": VOICE, "TTS": TTS}
ALL = VOICE | TTS
CHART = Path(tempfile.gettempdir(), "voice.png")


def main() -> None:
    """Run what is wanted, print a table of it and draw it."""
    wanted = _arguments()
    console = Console(highlight=False)
    figures: list[Figure] = []
    failed = []
    if not VOICE.keys().isdisjoint(wanted.names):
        ffmpeg = find_ffmpeg()
        style = "bold red" if ffmpeg.is_stand_in else "dim"
        console.print(str(ffmpeg), style=style, soft_wrap=True)
    for name in wanted.names:
        try:
            figures += _run(console, name, wanted.seconds).figures
        except Exception:  # what the others find out is still worth knowing
            console.print_exception()
            failed.append(name)
    if len(wanted.names) > 1:
        console.print(_figures.table(figures))
    _chart.draw(wanted.chart, figures)
    console.print(f"\nchart: {wanted.chart}")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def _run(console: Console, name: str, seconds: float) -> Findings:
    module = import_module(f"tests.benchmarks.{ALL[name]}")
    title, *_ = (module.__doc__ or "").splitlines()
    console.print(f"[bold]{name}[/]  {title.partition(': ')[2]}")
    began = time.monotonic()
    with weather() as outside:
        findings: Findings = module.run(seconds)
    findings.notes.append(f"{outside}; took {time.monotonic() - began:.0f} s")
    _figures.show(console, findings)
    return findings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="+", help="voice or tts for all of these, or F1, F2, …")
    parser.add_argument(
        "--seconds", type=float, default=8.0, help="how long calls are spoken in for a figure"
    )
    parser.add_argument("--chart", type=Path, default=CHART, help="where the picture goes")
    wanted = parser.parse_args()
    names = [each.upper() for each in wanted.names]
    wanted.names = [name for each in names for name in GROUPS.get(each, [each])]
    if unknown := [name for name in wanted.names if name not in ALL]:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(ALL)}")
    return wanted


if __name__ == "__main__":
    main()
