"""File names: of the first words, and safe everywhere."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.text.filename import MAX_CHARS, filename_for


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello, world!", "Hello-world.wav"),
        ("don't   stop\nnow", "dont-stop-now.wav"),
        ("你好，今天天气不错", "你好-今天天气不错.wav"),
        ("नमस्ते दुनिया", "नमस्ते-दुनिया.wav"),
        ("E\u0301te\u0301", "Été.wav"),
        ("../../etc/passwd", "etc-passwd.wav"),
        ("C:\\Windows\\x", "C-Windows-x.wav"),
        ("..hidden", "hidden.wav"),
        ("a\x00b\r\nc", "a-b-c.wav"),
        ("\u202egnp.exe", "gnp-exe.wav"),
        ("CON", "speech-CON.wav"),
        ("nul.txt", "nul-txt.wav"),
        ("com1", "speech-com1.wav"),
        ("", "speech.wav"),
        ("👍 …", "speech.wav"),
    ],
)
def test_a_file_is_named_after_its_first_words(text: str, name: str) -> None:
    assert filename_for(text, "wav") == name


def test_a_dot_before_the_extension_makes_no_difference() -> None:
    assert filename_for("hi", ".ogg") == filename_for("hi", "ogg") == "hi.ogg"


def test_a_long_text_ends_with_a_whole_word() -> None:
    name = filename_for("extraordinary " * 20, "wav")
    assert name == "-".join(["extraordinary"] * 4) + ".wav"


def test_one_endless_word_is_cut() -> None:
    assert filename_for("好" * 300, "wav") == "好" * 56 + ".wav"


@given(st.text())
def test_every_text_makes_a_name_that_every_system_can_keep(text: str) -> None:
    name = filename_for(text, "wav")
    stem = name.removesuffix(".wav")
    assert 0 < len(stem) <= MAX_CHARS - len(".wav")
    assert regex.fullmatch(r"[\p{L}\p{N}\p{M}-]+", stem)
    assert len(name.encode()) <= 255
    assert not regex.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", stem)
