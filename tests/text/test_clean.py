from __future__ import annotations

import pytest

from bot.text.clean import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("  calm \t and\nslow\r\n", "calm and slow"),
        ("a\u2028b\u2029c\u0085d\x0be", "a b c d e"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("\u202egnp\u202c\u200b\ufeff.exe", "gnp.exe"),
        ("x\ud800y", "xy"),
        ("慢一点，像讲故事", "慢一点，像讲故事"),
        ("é \u00e9 e\u0301", "é é e\u0301"),
    ],
)
def test_a_line_holds_what_can_be_seen(text: str, line: str) -> None:
    assert one_line(text) == line
