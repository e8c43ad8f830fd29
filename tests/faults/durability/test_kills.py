"""What is killed while it writes or migrates; `kills.py` does it as often as one likes."""

import subprocess
import sys

import pytest

from tests.faults.durability import kills


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        (["D-01", "--runs", "20"], "20 kills"),
        (["D-02", "--every", "3"], "deaths from 0004"),
    ],
    ids=["d01_while_settings_are_changed", "d02_at_statements_of_a_migration"],
)
def test_a_kill_loses_nothing_and_leaves_nothing_half_done(
    arguments: list[str], outcome: str
) -> None:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", kills.__name__, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert outcome in ended.stdout
