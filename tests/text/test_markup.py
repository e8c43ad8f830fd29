"""Discord's markup: what is understood, what stays text, and that nothing takes long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text import markup
from bot.text._tokens import TOKEN
from bot.text.markup import MAX_DEPTH, MAX_TOKENS, parse, plain_words
from bot.text.nodes import (
    Break,
    ChannelMention,
    Code,
    CommandMention,
    CrowdMention,
    CustomEmoji,
    Line,
    LineKind,
    Link,
    Node,
    Place,
    PlaceMention,
    Quote,
    RoleMention,
    Sound,
    Spoiler,
    Style,
    Styled,
    Text,
    Timestamp,
    UserMention,
)
from tests.text.hostile import HOSTILE, PIECES

BREAK = Break()


def tree(*nodes: str | Node) -> tuple[Node, ...]:
    """A tree in which text needs no more than its quotes."""
    return tuple(Text(node) if isinstance(node, str) else node for node in nodes)


def bold(*nodes: str | Node) -> Styled:
    return Styled(Style.BOLD, tree(*nodes))


def italic(*nodes: str | Node) -> Styled:
    return Styled(Style.ITALIC, tree(*nodes))


def underline(*nodes: str | Node) -> Styled:
    return Styled(Style.UNDERLINE, tree(*nodes))


def strike(*nodes: str | Node) -> Styled:
    return Styled(Style.STRIKE, tree(*nodes))


def spoiler(*nodes: str | Node) -> Spoiler:
    return Spoiler(tree(*nodes))


def quote(*nodes: str | Node) -> Quote:
    return Quote(tree(*nodes))


def item(*nodes: str | Node, number: str = "") -> Line:
    return Line(LineKind.ITEM, tree(*nodes), number)


def header(*nodes: str | Node) -> Line:
    return Line(LineKind.HEADER, tree(*nodes))


def small(*nodes: str | Node) -> Line:
    return Line(LineKind.SUBTEXT, tree(*nodes))


def link(url: str, *label: str | Node) -> Link:
    return Link(url, tree(*label))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("<@80351110224678912>", UserMention(80351110224678912)),
        ("<@!80351110224678912>", UserMention(80351110224678912)),
        ("<@&165511591545143296>", RoleMention(165511591545143296)),
        ("<#103735883630395392>", ChannelMention(103735883630395392)),
        ("@everyone", CrowdMention(is_here=False)),
        ("@here", CrowdMention(is_here=True)),
        ("</airhorn:816437322781949972>", CommandMention("airhorn")),
        ("</voice set:816437322781949972>", CommandMention("voice set")),
        ("</server voice set:1>", CommandMention("server voice set")),
        ("<id:customize>", PlaceMention(Place.CUSTOMIZE)),
        ("<id:browse>", PlaceMention(Place.BROWSE)),
        ("<id:guide>", PlaceMention(Place.GUIDE)),
        ("<id:home>", PlaceMention(Place.HOME)),
        ("<id:linked-roles>", PlaceMention(Place.LINKED_ROLES)),
        ("<id:linked-roles:165511591545143296>", PlaceMention(Place.LINKED_ROLES)),
        ("<:mmLol:216154654256398347>", CustomEmoji("mmLol")),
        ("<a:b1nzy:392938283556143104>", CustomEmoji("b1nzy")),
        (":pepeHands:", CustomEmoji("pepeHands")),
        ("<sound:0:1>", Sound()),
        ("<t:1618953630>", Timestamp(1618953630)),
        ("<t:-62135596800>", Timestamp(-62135596800)),
        *((f"<t:1618953630:{style}>", Timestamp(1618953630, style)) for style in "tTdDfFsSR"),
        ("<t:99999999999999999:R>", Timestamp(99999999999999999, "R")),
        ("<t:" + "9" * 4_000 + ">", Timestamp(99999999999999999999)),
        ("<a:x:123>", CustomEmoji("x")),
        ("<a:" + "x" * 2_000 + ":123>", CustomEmoji("x" * 2_000)),
        ("https://example.com/a?b=c#d", link("https://example.com/a?b=c#d")),
        ("<https://example.com/a_b>", link("https://example.com/a_b")),
        ("HTTP://EXAMPLE.COM", link("HTTP://EXAMPLE.COM")),
        ("www.example.com/x", link("www.example.com/x")),
        ("discord.gg/python", link("discord.gg/python")),
        ("[here](https://example.com)", link("https://example.com", "here")),
        ("[here](<https://example.com>)", link("https://example.com", "here")),
        ('[here](https://example.com "title")', link("https://example.com", "here")),
        ("[a (b)](https://e.com/(c))", link("https://e.com/(c)", "a (b)")),
        ("[[a]](https://e.com)", link("https://e.com", "[a]")),
        ("[**a** b](https://e.com)", link("https://e.com", bold("a"), " b")),
        ("`x = 1`", Code("x = 1")),
        ("``a ` b``", Code("a ` b")),
        ("`a\nb`", Code("a\nb")),
        ("```x```", Code("x", is_block=True)),
        ("```py\nprint(1)\n```", Code("print(1)", is_block=True, language="py")),
        ("```c++\n\nx\n\n```", Code("x", is_block=True, language="c++")),
        ("```py```", Code("py", is_block=True)),
        ("```py\n```", Code("py", is_block=True)),
        ("```two words\nx```", Code("two words\nx", is_block=True)),
        ("```\n||x|| <@1>\n```", Code("||x|| <@1>", is_block=True)),
        ("````x````", Code("x", is_block=True)),
        ("**a**", bold("a")),
        ("*a*", italic("a")),
        ("_a_", italic("a")),
        ("__a__", underline("a")),
        ("~~a~~", strike("a")),
        ("***a***", bold(italic("a"))),
        ("__*a*__", underline(italic("a"))),
        ("**a *b* c**", bold("a ", italic("b"), " c")),
        ("**a\nb**", bold("a", BREAK, "b")),
        ("||a||", spoiler("a")),
        ("||a\n\nb||", spoiler("a", BREAK, "b")),
        ("||**a** <@1>||", spoiler(bold("a"), " ", UserMention(1))),
        ("||https://e.com/x||", spoiler(link("https://e.com/x"))),
        ("> a", quote("a")),
        ("> a\n> b", quote("a", BREAK, "b")),
        (">>> a\nb", quote("a", BREAK, "b")),
        (">>> a\n> b", quote("a", BREAK, "b")),
        ("> > a", quote("a")),
        ("> **a\n> b**", quote(bold("a", BREAK, "b"))),
        ("# a", header("a")),
        ("## a", header("a")),
        ("### a", header("a")),
        ("-# a", small("a")),
        ("- a", item("a")),
        ("* a", item("a")),
        ("  - a", item("a")),
        ("12. a", item("a", number="12")),
        ("- # a", item(header("a"))),
        ("> - a", quote(item("a"))),
        ("- > a", item(quote("a"))),
    ],
)
def test_what_is_marked_up_is_understood(text: str, node: Node) -> None:
    assert parse(text) == (node,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello, world",
        "2 * 3 * 4",
        "2*3*4",
        "snake_case_name",
        "a ** b",
        "**a",
        "a**",
        "*a",
        "****a****",
        "~a~",
        "||a",
        "a|b|c",
        "`a",
        "```a",
        "``````",
        "` `",
        "[a]",
        "[a](b)",
        "[a](javascript:alert(1))",
        "[a] (b)",
        "#a",
        "#",
        "####### a",
        "-a",
        "1.a",
        "-",
        ">a",
        "a > b",
        "<@>",
        "<@a>",
        "<@123456789012345678901>",
        "<#1",
        "<:a:>",
        "<a:1>",
        "<t:>",
        "<t:1:X>",
        "<id:elsewhere>",
        "</:1>",
        "<speak>",
        "12:30:45",
        "std::vector::size",
        "C:a:b",
        ":1:",
        "@everyones",
        "someone@example.com",
        "https://",
        "https://...",
        "www.",
        "xwww.example.com",
    ],
)
def test_what_is_not_marked_up_stays_text(text: str) -> None:
    assert parse(text) == tree(*[text] * bool(text))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (r"\*a\*", "*a*"),
        (r"\_a\_", "_a_"),
        (r"\||a||", "||a||"),
        (r"\`a\`", "`a`"),
        (r"\<@1>", "<@1>"),
        (r"\@everyone", "@everyone"),
        (r"\# a", "# a"),
        (r"\> a", "> a"),
        (r"\\a", "\\a"),
        (r"C:\new", r"C:\new"),
        (r"¯\_(ツ)_/¯", "¯_(ツ)_/¯"),
        ("\\", "\\"),
    ],
)
def test_what_is_escaped_is_text(text: str, whole: str) -> None:
    assert parse(text) == tree(whole)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("hi <@1>!", tree("hi ", UserMention(1), "!")),
        ("a\nb", tree("a", BREAK, "b")),
        ("a\r\nb\rc", tree("a", BREAK, "b", BREAK, "c")),
        ("a\n \n\t\n\nb", tree("a", BREAK, "b")),
        ("**a** *b*", tree(bold("a"), " ", italic("b"))),
        ("**a *b**", tree(bold("a *b"))),
        ("*a **b*", tree(italic("a **b"))),
        ("**foo***", tree(bold("foo"), "*")),
        ("_a_b_", tree(italic("a_b"))),
        ("a* b*c*", tree("a* b", italic("c"))),
        ("||a||||b||", tree(spoiler("a"), spoiler("b"))),
        ("||a|| b ||c||", tree(spoiler("a"), " b ", spoiler("c"))),
        ("[a", tree("[a")),
        ("[1] see [b](https://e.com)", tree("[1] see ", link("https://e.com", "b"))),
        ("**[a** b](https://e.com)", tree(bold("[a"), " b](", link("https://e.com"), ")")),
        ("> a\nb", tree(quote("a"), BREAK, "b")),
        ("a\n> b", tree("a", BREAK, quote("b"))),
        ("- a\n- b", tree(item("a"), BREAK, item("b"))),
        ("1. a\n2. b", tree(item("a", number="1"), BREAK, item("b", number="2"))),
        ("# a\nb", tree(header("a"), BREAK, "b")),
        ("- **a\n- b**", tree(item("**a"), BREAK, item("b**"))),
        ("- >>> a\nb", tree(item(quote("a")), BREAK, "b")),
        ("> ```\na\n> b```\nc", tree(quote(Code("a\n> b", is_block=True)), BREAK, "c")),
        ("*a **b***", tree(italic("a ", bold("b")))),
        ("**a *b***", tree(bold("a ", italic("b")))),
        ("a `b` ```c```", tree("a ", Code("b"), " ", Code("c", is_block=True))),
        ("`a `` b`", tree(Code("a `` b"))),
        ("(see https://e.com/x).", tree("(see ", link("https://e.com/x"), ").")),
        ("https://e.com/a_(b)!", tree(link("https://e.com/a_(b)"), "!")),
        ("**https://e.com/**", tree(bold(link("https://e.com/")))),
        ("https://e.com,b", tree(link("https://e.com,b"))),
        ("https://youtu.be/xの動画", tree(link("https://youtu.be/x"), "の動画")),
        ("看https://e.com/x。好", tree("看", link("https://e.com/x"), "。好")),
        ("https://例え.jp/x y", tree(link("https://例え.jp/x"), " y")),
        ("<a:x:1><:y:2>", tree(CustomEmoji("x"), CustomEmoji("y"))),
        (":a1: :b2:", tree(CustomEmoji("a1"), " ", CustomEmoji("b2"))),
        ("<@<@1>", tree("<@", UserMention(1))),
        ("@here, all", tree(CrowdMention(is_here=True), ", all")),
    ],
)
def test_markup_ends_where_discord_ends_it(text: str, nodes: tuple[Node, ...]) -> None:
    assert parse(text) == nodes


@pytest.mark.parametrize(
    "text",
    [
        "||secret||",
        "||||secret||",
        "|||||||secret||",
        "**||secret||**",
        "||**secret||**",
        "*a ||secret* secret||",
        "||secret `||` text",
        r"||secret \||",
        r"||secret \\||",
        "||`secret||`",
        "||```secret||```",
        "||secret https://e.com/||",
        "||[secret||](https://e.com)",
        "[||secret](https://e.com) secret||",
        "||https://e.com/secret||",
        "||secret <@1> </a||:1>",
        "- ||secret\n- secret||",
        "> ||secret\n> secret||",
        "> ||secret\nsecret||",
        "# ||secret\nsecret||",
        "||# secret\n- secret\n> secret||",
        "||>>> secret||",
        "[" * 30 + "||secret||",
        "**_~~" * 20 + "||secret||",
        "||" + "*_" * MAX_TOKENS + "secret||",
    ],
)
def test_no_spoiler_is_told(text: str) -> None:
    assert "secret" not in plain_words(parse(text))
    assert "secret" in repr(parse(text)) or len(text) > MAX_TOKENS


@pytest.mark.parametrize(
    "text",
    [
        "[https://e.com](https://evil.example)",
        "[www.e.com](https://evil.example)",
        "[**x** https://e.com](https://evil.example)",
    ],
)
def test_a_label_that_is_a_link_hides_no_other(text: str) -> None:
    links = [node for node in parse(text) if isinstance(node, Link)]
    assert [bool(link.label) for link in links] == [False, False]
    assert links[1].url == "https://evil.example"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello **big** _world_", "hello big world"),
        ("# Title\n- one\n- two", "Title\n\none\n\ntwo"),
        ("> said\nanswer", "said\n\nanswer"),
        ("see [the page](https://e.com)!", "see the page!"),
        ("see https://e.com/bonjour ok", "see   ok"),
        ("hi <@1> in <#2>", "hi   in"),
        ("`code` and ```py\ncode\n```", "and"),
        ("||hidden|| seen", "seen"),
        ("<:kappa:1> </join:1> <t:1:R> @everyone", ""),
    ],
)
def test_the_words_of_a_text_are_what_people_wrote(text: str, words: str) -> None:
    assert plain_words(parse(text)) == words


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_token_by_token(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = _CountingSearches()
    monkeypatch.setattr(markup, "TOKEN", searches)
    parse(text)
    # It never goes back: what is looked at is the text once, and nothing twice.
    assert searches.starts == sorted(searches.starts)
    assert len(searches.starts) <= MAX_TOKENS


class _CountingSearches:
    """Remembers from where the next token was looked for."""

    def __init__(self) -> None:
        self.starts: list[int] = []

    def search(self, text: str, at: int) -> object:
        self.starts.append(at)
        return TOKEN.search(text, at)


def test_what_comes_behind_all_that_is_read_is_not_read() -> None:
    assert "end" not in plain_words(parse("*a* " * MAX_TOKENS + "end"))


def test_nothing_is_deeper_than_anyone_sees() -> None:
    assert _depth(parse("*_**__~~" * 200 + "a" + "~~__**_*" * 200)) <= MAX_DEPTH


def _depth(nodes: tuple[Node, ...]) -> int:
    inner = [node.children for node in nodes if isinstance(node, Styled | Spoiler | Quote | Line)]
    return 1 + max(map(_depth, inner), default=0)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_every_text_has_a_meaning(text: str) -> None:
    written = plain_words(parse(text))
    assert len(written) <= 2 * len(text)


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=20).map("".join), st.lists(PIECES, max_size=20).map("".join))
def test_what_stands_between_bars_is_never_told(before: str, inside: str) -> None:
    bare = before.replace("|", "").replace("`", "").replace("\\", "")
    hidden = inside.replace("|", "")
    assert "secret" not in plain_words(parse(f"{bare} ||{hidden} secret ||"))
