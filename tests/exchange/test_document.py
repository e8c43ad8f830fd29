"""The file of a server's settings."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.exchange.document import (
    MAX_BYTES,
    MAX_NAMED,
    Document,
    Problem,
    WrongDocumentError,
    read,
    write,
)
from bot.settings.channel import ChannelSettings
from bot.settings.choices import LinkReading
from bot.settings.guild import GuildSettings
from bot.settings.kinds import MAX_SNOWFLAKE
from bot.settings.member import MemberRules
from bot.text.lexicon import LexiconEntry
from tests.strategies import settings_like

IDS = st.integers(1, MAX_SNOWFLAKE)
ENTRIES = st.builds(
    LexiconEntry, st.text("abcdefgh", min_size=1, max_size=9), st.text("xyz", max_size=9)
)
DOCUMENTS = st.builds(
    Document,
    server=st.none() | settings_like(GuildSettings),
    channels=st.none() | st.dictionaries(IDS, settings_like(ChannelSettings), max_size=3),
    members=st.none() | st.dictionaries(IDS, settings_like(MemberRules), max_size=3),
    dictionary=st.none()
    | st.lists(ENTRIES, max_size=4, unique_by=lambda entry: entry.key).map(tuple),
)


@given(DOCUMENTS)
@settings(max_examples=50)
def test_what_is_written_is_read_back(document: Document) -> None:
    assert read(write(document)) == document


def file(**content: Any) -> bytes:
    return json.dumps({"oriole": 1, **content}, indent=1).encode()


def problems(content: bytes) -> list[Problem]:
    with pytest.raises(WrongDocumentError) as refused:
        read(content)
    return list(refused.value.problems)


def test_a_person_can_read_it() -> None:
    document = Document(
        server=GuildSettings(links=LinkReading.OFF, ignored_role_ids=(2**62,)),
        channels={5: ChannelSettings(is_read=True)},
        members={7: MemberRules(is_muted=True)},
        dictionary=(LexiconEntry("btw", "by the way"),),
    )
    written = json.loads(write(document))
    assert written["oriole"] == 1
    assert written["server"]["links"] == "off"
    assert written["server"]["ignored_role_ids"] == [str(2**62)]
    assert written["server"]["voice"] is None
    assert written["channels"] == {"5": {"is_read": True}}
    assert written["members"] == {"7": {"is_muted": True}}
    assert written["dictionary"] == [{"word": "btw", "reading": "by the way"}]


def test_what_is_not_named_has_its_default_and_a_missing_part_is_none() -> None:
    document = read(file(server={"links": "word"}, members={}))
    assert document == Document(server=GuildSettings(links=LinkReading.WORD), members={})


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"server": {"links": "loud"}}, Problem(("server", "links"), "", 4)),
        ({"server": {"of_the_future": 1}}, Problem(("server", "of_the_future"), "", 4)),
        ({"server": {"forces_voice": None}}, Problem(("server", "forces_voice"), "", 4)),
        ({"server": {"max_characters": "300"}}, Problem(("server", "max_characters"), "", 4)),
        ({"server": {"log_channel_id": 5}}, Problem(("server", "log_channel_id"), "", 4)),
        ({"server": {"style": "\ud800"}}, Problem(("server", "style"), "", 4)),
        ({"server": []}, Problem(("server",), "", 3)),
        ({"servers": {}}, Problem(("servers",), "", 3)),
        ({"channels": []}, Problem(("channels",), "", 3)),
        ({"channels": {"here": {}}}, Problem(("channels", "here"), "", 4)),
        ({"channels": {"9" * 30: {}}}, Problem(("channels", "9" * 30), "", 4)),
        ({"channels": {"0": {}}}, Problem(("channels", "0"), "", 4)),
        ({"channels": {"5": {"voice": 1}}}, Problem(("channels", "5", "voice"), "", 5)),
        ({"members": {"5": True}}, Problem(("members", "5"), "", 4)),
        ({"members": {str(n): {} for n in range(1, 1_002)}}, Problem(("members",), "", 3)),
        ({"dictionary": {}}, Problem(("dictionary",), "", 3)),
        ({"dictionary": [["a", "b"]]}, Problem(("dictionary", "1"), "", 0)),
        ({"dictionary": [{"word": "a"}]}, Problem(("dictionary", "1"), "", 0)),
        ({"dictionary": [{"word": 1, "reading": "b"}]}, Problem(("dictionary", "1"), "", 0)),
        ({"dictionary": [{"word": "", "reading": "b"}]}, Problem(("dictionary", "1"), "", 0)),
        (
            {"dictionary": [{"word": word, "reading": "b"} for word in ("ab", "AB")]},
            Problem(("dictionary", "2"), "", 0),
        ),
    ],
    ids=lambda value: "",
)
def test_a_wrong_entry_is_named_with_its_line(content: dict[str, Any], found: Problem) -> None:
    [problem] = problems(file(**content))
    assert replace(problem, fault="") == found
    assert problem.fault


def test_every_wrong_entry_is_named() -> None:
    wrong = problems(
        file(
            server={"links": "loud", "voice": "Kai", "speed": 9},
            channels={"5": {"voice": 3}},
            members={"6": {"is_muted": "yes"}},
        )
    )
    assert [(problem.line, problem.path[-1]) for problem in wrong] == [
        (4, "links"),
        (6, "speed"),
        (10, "voice"),
        (15, "is_muted"),
    ]
    assert wrong[1].fault == "must be a number from 0.5 to 2"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"oriole": 1, "server": {}, "server": {}}', ("server",)),
        ('{"oriole": 1, "server": {"voice": "a", "voice": "b"}}', ("server", "voice")),
        (
            '{"oriole": 1, "server": {"voices": {"German": "a", "German": "b"}}}',
            ("server", "voices", "German"),
        ),
        ('{"oriole": 1, "channels": {"5": {}, "5": {}}}', ("channels", "5")),
    ],
)
def test_what_is_named_twice_is_wrong(text: str, path: tuple[str, ...]) -> None:
    [problem] = problems(text.encode())
    assert (problem.path, problem.fault) == (path, "is named twice")


def test_a_name_that_is_only_in_a_text_is_not_taken_for_the_entry() -> None:
    text = '{"oriole": 1,\n"server": {"style": "\\"links\\": off",\n"links": "loud"}}'
    [problem] = problems(text.encode())
    assert problem.line == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"[]",
        b"{}",
        b'{"oriole": 2, "server": {}}',
        b'{"oriole": 1, "server": {"speed": NaN}}',
        b'{"oriole": 1, "server": {"speed": ' + b"9" * 5_000 + b"}}",
        b"\xff\xfe\x00",
        b'{"oriole": 1, "server": {"voices": {"German": {"a": [1]}}}}',
        b"[" * 200_000,
        b'{"a":' * 40_000,
        b"PK\x03\x04" + bytes(100),
        b'{"oriole": 1, "server": "' + b"\\" * 1_001,
    ],
    ids=[
        "empty",
        "text",
        "list",
        "object",
        "version",
        "not a number",
        "endless number",
        "bytes",
        "deep",
        "brackets",
        "objects",
        "archive",
        "backslashes",
    ],
)
def test_what_is_no_such_file_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(UserError) as refused:
        read(content)
    assert str(refused.value) == (
        "That is no file of settings. Make one with /server export, and change that."
    )


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(UserError, match="It may have 256 kilobytes"):
        read(b"[" * (MAX_BYTES + 1))


def test_of_many_wrong_entries_the_first_are_named_and_all_are_counted() -> None:
    content = json.dumps({"oriole": 1, "server": dict.fromkeys(map(str, range(15_000)))}).encode()
    with pytest.raises(WrongDocumentError) as refused:
        read(content)
    assert len(refused.value.problems) == MAX_NAMED
    assert refused.value.count == 15_000
