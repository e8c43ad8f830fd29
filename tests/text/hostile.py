"""The worst that people write, and what it is made of."""

from __future__ import annotations

from hypothesis import strategies as st

HOSTILE = {
    "bars": "|" * 4_000,
    "open fence": "`" * 2_000,
    "fences": "```a\n" * 800,
    "backticks": "".join("`" * length + "a" for length in range(1, 88)),
    "lines": "\n" * 2_000,
    "quoted lines": "> a\n" * 1_000,
    "items": "- - - a\n" * 500,
    "styles": "*_" * 2_000,
    "nested styles": "**__~~*_" * 500,
    "brackets": "[" * 4_000,
    "half links": "](https://a" * 360,
    "titles": '[x](https://a "' * 260,
    "nested links": "[a](https://b.c" * 260,
    "address": "https://a" + ")" * 3_900,
    "addresses": "https://" * 500,
    "hosts": "www." * 1_000,
    "angles": "<" * 4_000,
    "half emoji": "<:a" * 1_300,
    "half commands": "</a b" * 800,
    "long emoji": "<a:" + "x" * 2_000 + ":123>",
    "half shortcodes": ":a" * 2_000,
    "escapes": "\\*" * 2_000,
    "spoilers of code": "||" + "`a" * 1_900 + "||",
    "spoilers in quotes": "> ||a\n" * 600,
    "times": "<t:99999999999999999:R>" * 170,
    "surrogates": "\ud800*\udfff_" * 900,
}

PIECES = st.sampled_from(
    [
        *("*", "**", "_", "__", "~~", "||", "|", "`", "```", "[", "](https://a.b)", "](", ")"),
        *("\n", "> ", ">>> ", "# ", "- ", "1. ", "-# ", "\\", "<@1>", "<@", "<#1>", "<:a:1>", ">"),
        *(
            "https://a.b/c",
            "<https://a>",
            "@everyone",
            "<t:1:R>",
            "</a:1>",
            " ",
            "a",
            "好",
            "1",
            ":a:",
        ),
    ]
)
