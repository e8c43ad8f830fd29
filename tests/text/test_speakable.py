"""What is said for what people wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.settings.choices import EmojiReading, HiddenReading
from bot.settings.guild import GuildSettings
from bot.text.markup import parse
from bot.text.message import AttachmentKind, ChatMessage, Poll, PollResult
from bot.text.speakable import MAX_CHARACTERS, speak
from tests.text.hostile import HOSTILE, PIECES
from tests.text.saying import (
    AUTO,
    DE,
    ES,
    FR,
    IT,
    JA,
    KO,
    NOW,
    PT,
    RU,
    USERS,
    ZH,
    said,
    speak_of,
)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("hello, world", "hello, world"),
        ("hey <@1>!", "hey Bob!"),
        ("<@1>'s turn", "Bob's turn"),
        ("(<@1>)", "(Bob)"),
        ("hi<@1>there", "hi Bob there"),
        ("<@1><@2>", "Bob"),
        ("<@2>, <@1>", "Bob, Bob"),
        ("<@3> and <@4>", "a member and a member"),
        ("ask <@&1>", "ask Mods"),
        ("ask <@&2> or <@&3>", "ask a role or a role"),
        ("see <#1>", "see news"),
        ("see <#2> or <#3>", "see a channel or a channel"),
        ("@everyone up", "everyone up"),
        ("@here up", "everyone here up"),
        ("type </voice set:1>", "type slash voice set"),
        ("read <id:guide>", "read Server Guide"),
        ("<sound:0:1>", "a sound"),
        ("**so** _very_ ~~not~~ __good__", "so very not good"),
        ("***all***", "all"),
        ("a*b*c", "abc"),
        ("**open and `shut", "open and shut"),
        ("f**k", "f**k"),
        ("2*3", "2*3"),
        ("snake_case", "snake case"),
        (r"\*not bold\*", "not bold"),
        (r"\_x\_ \@everyone", "x everyone"),
        ("a  b\t c", "a b c"),
    ],
)
def test_text_is_said_as_it_is_shown(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ZH, "<@3>在<#3>", "某位成员在某个频道"),
        (ZH, "你好<@1>！", "你好Bob！"),
        (DE, "<@3>, <@&3>, <#3>", "ein Mitglied, eine Rolle, ein Kanal"),
        (IT, "<@3>, <@&3>, <#3>", "un membro, un ruolo, un canale"),
        (PT, "<@3>, <@&3>, <#3>", "um membro, um cargo, um canal"),
        (ES, "<@3>, <@&3>, <#3>", "un miembro, un rol, un canal"),
        (JA, "<@1>さん、<#3>", "Bobさん、チャンネル"),
        (KO, "<@1>은 <#3>", "Bob은 채널"),
        (FR, "<@3>, <@&3>, <#3>", "un membre, un rôle, un salon"),
        (RU, "<@3>, <@&3>, <#3>", "участник, роль, канал"),
        (AUTO, "<@3>", "a member"),
        (ZH, "@everyone", "所有人"),
        (DE, "@everyone, @here", "alle, alle hier"),
        (IT, "@everyone", "tutti"),
        (PT, "@everyone", "todos"),
        (ES, "@here", "todos los presentes"),
        (JA, "@everyone", "みなさん"),
        (KO, "@everyone", "모두"),
        (FR, "@everyone", "tout le monde"),
        (RU, "@here", "все, кто здесь"),
        (DE, "</join:1>", "Slash join"),
        (ES, "</join:1>", "barra join"),
        (RU, "</join:1>", "слэш join"),
        (ZH, "</join:1>", "斜杠join"),
        (DE, "<id:customize>", "Kanäle und Rollen"),
        (FR, "<id:browse>", "Parcourir les salons"),
        (JA, "<id:linked-roles>", "連携ロール"),
    ],
)
def test_what_has_no_words_is_said_in_the_language(
    language: Language, written: str, spoken: str
) -> None:
    assert said(written, language) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("one\ntwo", "one. two"),
        ("one.\ntwo", "one. two"),
        ("one!\n\n\ntwo", "one! two"),
        ("one,\ntwo", "one, two"),
        ("one…\ntwo", "one… two"),
        ("\n\none\n", "one"),
        ("one\n||\ntwo", "one. two"),
        ("好\n的", "好。的"),
        ("好！\n的", "好！的"),
        ("はい\nok", "はい。ok"),
        ("ok\nはい", "ok. はい"),
        ("네\n네", "네. 네"),
        ("# Title\ntext", "Title. text"),
        ("text\n# Title", "text. Title"),
        ("- one\n- two", "one. two"),
        ("* one!\n* two", "one! two"),
        ("1. one\n2. two", "1, one. 2, two"),
        ("text\n-# small", "text. small"),
        ("> quoted\nanswer", "quote: quoted. answer"),
        (">>> a\nb", "quote: a. b"),
        ("> \nanswer", "answer"),
        ("a\n> - b\n> - c\nd", "a. quote: b. c. d"),
        ("<@1>\n<@1>", "Bob"),
        ("\n" * 2_000, ""),
        ("a" + "\n" * 2_000 + "b", "a. b"),
    ],
)
def test_lines_are_pauses(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ZH, "引用：a"),
        (DE, "Zitat: a"),
        (IT, "citazione: a"),
        (PT, "citação: a"),
        (ES, "cita: a"),
        (JA, "引用、a"),
        (KO, "인용: a"),
        (FR, "citation : a"),
        (RU, "цитата: a"),
    ],
)
def test_a_quote_is_told_from_what_one_says(language: Language, spoken: str) -> None:
    assert said("> a", language) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("it was ||Snape||!", "it was spoiler!"),
        ("||a|| ||b||\n||c||", "spoiler"),
        ("||a||||b||", "spoiler"),
        ("||a|| and ||b||", "spoiler and spoiler"),
        ("||https://e.com|| <@1>", "spoiler Bob"),
        ("||||||||", ""),
        ("|| ||", ""),
        ("||pop||" * 200, "spoiler"),
        ("a || b", "a b"),
    ],
)
def test_a_spoiler_is_announced_and_not_told(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("```py\nx = 1\n```", "Python code"),
        ("```JS\nx = 1\n```", "JavaScript code"),
        ("```c++\nx\n```", "C++ code"),
        ("```cs\nx\n```", "C# code"),
        ("```ansi\nx\n```", "code"),
        ("```x```", "code"),
        ("see ```rs\nx\n``` and ```rs\ny\n```", "see Rust code and Rust code"),
        ("```py\nx\n```\n```py\ny\n```", "Python code"),
        ("run `x = 1`", "run code"),
        ("run `rm -rf /`", "run code"),
        ("run `foo()`", "run code"),
        ("the `speed` setting", "the speed setting"),
        ("run `git status`", "run git status"),
        ("open `README.md`", "open README.md"),
        ("`" + "a" * 60 + "`", "code"),
        ("`" * 2_000, ""),
        ("```" + "a" * 2_000, "a" * 2_000),
    ],
)
def test_code_is_announced_and_not_read(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ZH, "剧透内容, 代码, Python代码"),
        (DE, "Spoiler, Code, Python-Code"),
        (IT, "spoiler, codice, codice Python"),
        (PT, "spoiler, código, código Python"),
        (ES, "spoiler, código, código Python"),
        (JA, "ネタバレ, コード, Pythonのコード"),
        (KO, "스포일러, 코드, Python 코드"),
        (FR, "spoiler, code, code Python"),
        (RU, "спойлер, код, код на Python"),
        (AUTO, "spoiler, code, Python code"),
    ],
)
def test_what_is_not_read_is_announced_in_the_language(language: Language, spoken: str) -> None:
    assert said("||x||, ```x```, ```py\nx```", language) == spoken


@pytest.mark.parametrize("written", ["||x||", "```py\nx = 1```", "`x = 1`"])
def test_what_is_not_read_need_not_be_announced(written: str) -> None:
    off = HiddenReading.OFF
    assert said(f"a {written} b", spoilers=off, code=off) == "a b"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("<:kappa:1>", "kappa"),
        ("so <:kappa:1> nice", "so kappa nice"),
        ("so<:kappa:1>nice", "so kappa nice"),
        ("nice<:pepe_Hands:1>!", "nice, pepe hands!"),
        ("nice <:kappa:1>", "nice, kappa"),
        ("nice! <:kappa:1>", "nice! kappa"),
        ("<:kappa:1> nice", "kappa, nice"),
        ("a\n<:kappa:1>\nb", "a. kappa. b"),
        ("<:kappa:1><:kappa:1> <:kappa:1>", "3 times kappa"),
        ("<:a:1><:b:2><:c:3><:d:4>", "a, b, c"),
        ("<:a:1><:a:1><:b:2> <:c:3><:d:4>", "2 times a, b, c"),
        ("<:a:1> ok <:b:1> ok <:c:1> ok <:d:1>", "a, ok b ok c ok"),
        (":pog: ok", "pog, ok"),
        ("> :pog: ok", "quote: pog, ok"),
        ("<a:" + "ab" * 1_000 + ":123>", "ab" * 16),
        ("<:_:1>ok", "ok"),
        ("ok 😂", "ok 😂"),
    ],
)
def test_the_emoji_of_a_server_are_said_by_their_names(written: str, spoken: str) -> None:
    assert said(written, max_emoji=3) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ZH, "2个kappa，wave"),
        (DE, "2 mal kappa, wave"),
        (JA, "kappa2個、wave"),
        (KO, "kappa 2개, wave"),
        (RU, "2 раза kappa, wave"),
        (AUTO, "2 times kappa, wave"),
    ],
)
def test_a_row_of_emoji_is_said_in_the_language(language: Language, spoken: str) -> None:
    assert said("<:kappa:1><:kappa:1><:wave:1>", language) == spoken


def test_emoji_are_not_said_if_moderators_do_not_want_them() -> None:
    assert said("a <:kappa:1> b :pog: <:_:1>", emoji=EmojiReading.OFF) == "a b"


def test_the_emoji_that_are_said_are_counted() -> None:
    message = ChatMessage("<:a:1> <:a:1> <:b:1>", forwarded=ChatMessage("<:c:1>"))
    assert speak_of(message).emoji == 3
    assert speak_of(message, max_emoji=1).emoji == 1
    assert speak_of(message, emoji=EmojiReading.OFF).emoji == 0


@pytest.mark.parametrize(
    "written",
    [
        "<@<@1>",
        "@<@<@everyone",
        "@@everyone",
        r"<\@1>",
        r"\<@1> \@here",
        "@everyoneelse @hereafter",
        "<**@1**>",
        "@~~everyone",
        "`<@1>` <@5",
        "[@everyone](https://e.com)",
    ],
)
def test_nobody_is_mentioned(written: str) -> None:
    for spoken in (said(written), said(written, code=HiddenReading.OFF)):
        assert "<@" not in spoken
        assert "@everyone" not in spoken
        assert "@here" not in spoken


@pytest.mark.parametrize("written", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_becomes_no_longer_than_a_message(written: str) -> None:
    assert len(said(written)) <= MAX_CHARACTERS


def test_many_mentions_of_long_names_become_no_longer_than_a_message() -> None:
    names = {1: "a" * 3 + "b" * 3 + "cd" * 17, 2: "ef" * 20}
    message = ChatMessage("<@1><@2>" * 500, users=names)
    assert len(speak_of(message).text) == MAX_CHARACTERS


MESSAGES = st.builds(
    ChatMessage,
    content=st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40),
    users=st.just(USERS),
    attachments=st.lists(st.sampled_from(AttachmentKind), max_size=5).map(tuple),
    stickers=st.lists(st.text(max_size=10), max_size=3).map(tuple),
    poll=st.none() | st.builds(Poll, st.text(max_size=20), st.tuples(st.text(max_size=10))),
    poll_result=st.none() | st.builds(PollResult, PIECES, st.none() | PIECES, st.integers(0, 100)),
    reply_to=st.none() | PIECES,
    forwarded=st.none() | st.builds(ChatMessage, content=st.lists(PIECES, max_size=9).map("".join)),
    embed_titles=st.lists(PIECES, max_size=2).map(tuple),
)
SETTINGS = st.builds(
    GuildSettings,
    emoji=st.sampled_from(EmojiReading),
    spoilers=st.sampled_from(HiddenReading),
    code=st.sampled_from(HiddenReading),
    reads_embeds=st.booleans(),
)


@settings(max_examples=200)
@given(MESSAGES, SETTINGS, st.sampled_from(Language))
def test_every_message_can_be_said_and_mentions_nobody(
    message: ChatMessage, guild: GuildSettings, language: Language
) -> None:
    spoken = speak(message, parse(message.content), settings=guild, language=language, now=NOW)
    assert len(spoken.text) <= MAX_CHARACTERS
    assert "<@" not in spoken.text
    assert "@everyone" not in spoken.text
    assert "\n" not in spoken.text
    assert spoken.text == spoken.text.strip()
