"""Run the benchmarks, all or those named: `python -m tests.benchmarks [first_packet] […]`."""

from __future__ import annotations

import sys
from importlib import import_module

from rich.console import Console

BENCHMARKS = ("ready_clip", "first_packet")


def main() -> None:
    """Run each benchmark and print its figures."""
    console = Console(highlight=False)
    for name in sys.argv[1:] or BENCHMARKS:
        import_module(f"tests.benchmarks.{name}").run(console)


if __name__ == "__main__":
    main()
