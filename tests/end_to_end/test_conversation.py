"""A chat as it happens: six people, three languages, second thoughts, spam, and a raid elsewhere.

`python -m tests.end_to_end.conversation` holds it for as long as one likes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.conversation.author import write
from tests.end_to_end.conversation.holding import hold, open_house
from tests.end_to_end.conversation.verdict import judge

pytestmark = [pytest.mark.end_to_end]

MINUTES, SEED = 0.4, 26837
"""Short, and yet with deleted, edited and purged messages, spam, a raid, and one who leaves."""


async def test_the_listener_hears_exactly_what_ought_to_be_heard(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with open_house(tmp_path) as stage:
        evidence = await hold(stage, write(MINUTES, SEED))
    verdict = judge(evidence)
    stage.assert_no_secrets_in_log()

    assert not verdict.disagreements, "\n".join([*verdict.disagreements, *stage.bot.log[-30:]])
    assert verdict.cuts_s
    assert verdict.record.raided
    waits_s = np.percentile(verdict.into_silence_s, [50, 95])
    record_property("chat to first sound, p50 and p95 in s", waits_s.round(3).tolist())
    assert waits_s[0] < 1
