"""Draw the pictures of the documentation anew: `python -m tests.screenshots [words of a scene]`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def main() -> int:
    """Run every scene, or those whose names hold all given words."""
    scenes = sorted(str(path) for path in HERE.glob("scenes_*.py"))
    chosen = ["-k", " and ".join(sys.argv[1:])] if sys.argv[1:] else []
    return int(pytest.main(["-n", "0", "-q", *chosen, *scenes]))


if __name__ == "__main__":
    sys.exit(main())
