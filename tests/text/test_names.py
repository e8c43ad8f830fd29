"""Names as they can be said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.names import MAX_NAME_CHARACTERS, spoken_emoji, spoken_name
from bot.text.segment import is_speakable


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Bob", "Bob"),
        ("Anna-Lena O'Neill", "Anna-Lena O'Neill"),
        ("dark_lord_99", "dark lord 99"),
        ("  Bob \t Ross ", "Bob Ross"),
        ("📢-announcements", "announcements"),
        ("🎮│game-chat", "game-chat"),
        ("꧁༺Bob༻꧂", "Bob"),
        ("𝕭𝖔𝖇", "Bob"),
        ("ᴊᴏʜɴ", "john"),
        ("Ｂｏｂ", "Bob"),
        ("Bob ✨🇩🇪👨‍👩‍👧‍👦", "Bob"),
        ("👍🏽 Bob 1️⃣", "Bob 1"),
        ("Z" + "\u0301" * 50 + "oe", "Zoe"),
        ("Nguyễn Văn Ấn", "Nguyễn Văn Ấn"),
        ("\u202egnp\u202c", "gnp"),
        ("a\u200bb\ufeff", "ab"),
        ("@everyone", "everyone"),
        ("<@123>", "123"),
        ("**Bob**||", "Bob"),
        ("[AFK] Bob | EU", "AFK Bob EU"),
        ("Boooooooob", "Booob"),
        ("C++ guy", "C++ guy"),
        ("Tom & Jerry", "Tom & Jerry"),
        ("...Bob...", "Bob"),
        ("小明", "小明"),
        ("ボブ★", "ボブ"),
        ("철수", "철수"),
        ("Лёша", "Лёша"),
        ("नमस्ते", "नमस्ते"),
        ("สวัสดี", "สวัสดี"),
        ("مرحبا", "مرحبا"),
        ("x" * 10 + " " + "ab" * 40, ("xxx " + "ab" * 40)[:MAX_NAME_CHARACTERS]),
        ("\ud800Bob", "Bob"),
        ("ㅤ", ""),
        ("", ""),
        ("✨✨", ""),
        ("---", ""),
        ("\u0301\u0302", ""),
    ],
)
def test_a_name_is_said_without_its_decoration(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("kappa", "kappa"),
        ("kappa_Wave", "kappa wave"),
        ("pepeHands", "pepe hands"),
        ("KEKW", "kekw"),
        ("pog2", "pog 2"),
        ("4Head", "4head"),
        ("blob~1", "blob"),
        ("_", ""),
        ("x" * 2_000, "xxx"),
        ("ab" * 1_000, "ab" * 16),
    ],
)
def test_an_emoji_of_a_server_is_said_by_its_name(name: str, spoken: str) -> None:
    assert spoken_emoji(name) == spoken


@given(st.text(max_size=120))
def test_a_name_can_be_said_or_is_none(name: str) -> None:
    spoken = spoken_name(name)
    assert len(spoken) <= MAX_NAME_CHARACTERS
    assert is_speakable(spoken) or not spoken
    assert not set(spoken) & set("@<>*_|`~#\n")
