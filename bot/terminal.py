"""Where the command line writes."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console

WIDTH_OF_A_FILE: Final = 160
"""Columns where the output is no terminal: rich would break lines at 80."""


def console(*, is_for_errors: bool = False) -> Console:
    """Open standard output, or standard error, for people and for pipes alike."""
    stream = sys.stderr if is_for_errors else sys.stdout
    width = None if stream.isatty() else WIDTH_OF_A_FILE
    return Console(stderr=is_for_errors, width=width, highlight=False)
