"""What others have written is shown as nothing but text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.plain import plain
from bot.text.markup import parse
from bot.text.nodes import Break, Text
from tests.text.hostile import HOSTILE, PIECES


def shown(markdown: str) -> str:
    """Return what people see of a markdown that is nothing but text; fail on anything else."""
    seen = []
    for node in parse(markdown):
        assert isinstance(node, Text | Break), node
        seen.append(node.text if isinstance(node, Text) else "\n")
    return "".join(seen)


def lines(text: str) -> list[str]:
    """Return the lines that have something: empty ones are no words, so `parse` leaves some out."""
    return [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "[a](http://x) [b](http://y)",
        "[**a** `b`](http://x)",
        "[a](<http://x>)",
        "<https://x.test/a_b> http://x.test",
        "@everyone <@1> <@&1> <#1> </say:1> <:owl:1> <t:1:R> <id:customize>",
        "\\*a* _b_ __c__ ~~d~~ ||e|| `f`",
        "```\nan open fence",
        "# a\n## b\n-# c\n - d\n* e\n+ f\n1. g\n2.\n> h\n>>> i",
        "\t- a\r# b",
    ],
)
def test_nothing_in_a_text_means_anything(text: str) -> None:
    assert shown(plain(text)) == text.replace("\r", "\n")


@pytest.mark.parametrize(
    "text", ["Bob's list: 1.5 of 2 (a/b) [c] #d – e-mail@x.test", "好，Ünï 😀"]
)
def test_a_text_without_markup_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@given(st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=30))
@example("[a](https://a.b)" * 3)
def test_no_text_means_anything(text: str) -> None:
    assert lines(shown(plain(text))) == lines(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_at_most_every_character_is_escaped(text: str) -> None:
    assert len(text) <= len(plain(text)) <= 2 * len(text)
