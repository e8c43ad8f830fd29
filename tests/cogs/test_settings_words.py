"""Settings in words, and what people type for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models import Language
from bot.settings.change import AuditEntry, Scope
from bot.settings.channel import ChannelSettings
from bot.settings.choices import LinkReading, Locale, NameReading
from bot.settings.declare import Setting, settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import Flag, HoursOfDay, Id, Ids, WordPerKey, Words
from bot.settings.member import MemberRules, MemberSettings
from cogs._settings_typed import as_typed, hint, read_typed
from cogs._settings_words import change_in_words, in_plain_words, in_words
from tests.strategies import values_of

OF_GUILD = settings_of(GuildSettings)
MODELS = (GuildSettings, ChannelSettings, MemberSettings, MemberRules)
EVERY_SETTING = [setting for model in MODELS for setting in settings_of(model).values()]
TYPED = [
    setting
    for setting in EVERY_SETTING
    if not isinstance(setting.kind, Flag | Id | Ids | Words | WordPerKey)
]
AT = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("voice", None, "as the operator of the bot chose"),
        ("voice", "Ono_Anna", r"Ono\_Anna"),
        ("style", "**loud** [x](http://evil.example)", r"\*\*loud\*\* [x]\(http:\//evil.example)"),
        ("style", "x" * 200, "x" * 99 + "…"),
        (
            "voices",
            ((Language.GERMAN, "Lenn"), (Language.JAPANESE, "Ono Anna")),
            "German: Lenn, Japanese: Ono Anna",
        ),
        ("speed", 1.25, "1.25×"),
        ("volume", 0.8, "80 percent"),
        ("volume", 0.29, "29 percent"),
        ("pause_ms", 450, "450 milliseconds"),
        ("reads_voice_chat", True, "on"),
        ("reads_voice_chat", False, "off"),
        ("leave_when_alone_s", 0, "never"),
        ("leave_when_alone_s", 1, "1 second"),
        ("leave_when_alone_s", 60, "60 seconds"),
        ("leave_when_alone_s", 90, "90 seconds"),
        ("leave_when_alone_s", 300, "5 minutes"),
        ("leave_when_alone_s", 7_200, "2 hours"),
        ("leave_when_alone_s", 86_400, "1 day"),
        ("interval_s", 0.5, "0.5 seconds"),
        ("hold_back_ms", 0, "not at all"),
        ("name_reading", NameReading.ALWAYS, "Before every message"),
        ("links", LinkReading.WORD, "The word “link”"),
        ("required_role_id", 5, "<@&5>"),
        ("ignored_role_ids", (5, 6), "<@&5>, <@&6>"),
        ("ignored_member_ids", (), "nobody"),
        ("listed_bot_ids", (7,), "<@7>"),
        ("log_channel_id", 8, "<#8>"),
        ("blocked_words", ("a*b", "c"), r"a\*b, c"),
        ("blocked_words", tuple("abcdefghijklm"), "a, b, c, d, e, f, g, h, i, j and 3 more"),
        ("max_characters", 300, "300 characters"),
        ("daily_characters", 1_000_000, "1,000,000 characters"),
        ("max_waiting", 1, "1 message"),
        ("max_emoji", 5, "5"),
        ("quiet_hours", HoursOfDay().load("22:00-7:05"), "22:00 to 07:05"),
        ("time_zone", ZoneInfo("America/New_York"), r"America/New\_York"),
        ("bot_language", Locale.JAPANESE, "日本語"),
    ],
)
def test_a_value_is_said_as_people_say_it(name: str, value: Any, words: str) -> None:
    assert in_words(OF_GUILD[name], value) == words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("style", "**loud**", "**loud**"),
        ("ignored_role_ids", (5, 6), "2 entries"),
        ("required_role_id", None, "none"),
        ("time_zone", ZoneInfo("America/New_York"), "America/New_York"),
    ],
)
def test_where_nothing_is_marked_up_nothing_is_escaped(name: str, value: Any, words: str) -> None:
    assert in_plain_words(OF_GUILD[name], value) == words


@pytest.mark.parametrize("setting", EVERY_SETTING, ids=lambda setting: setting.name)
@given(data=st.data())
@settings(max_examples=5)
def test_every_value_has_short_words(setting: Setting, data: st.DataObject) -> None:
    value = data.draw(values_of(setting))
    assert 1 <= len(in_plain_words(setting, value)) <= 100
    assert 1 <= len(in_words(setting, value)) <= 1_000


@pytest.mark.parametrize("setting", TYPED, ids=lambda setting: setting.name)
@given(data=st.data())
@settings(max_examples=5)
def test_what_a_value_looks_like_when_typed_means_that_value(
    setting: Setting, data: st.DataObject
) -> None:
    value = data.draw(values_of(setting))
    assert read_typed(setting, as_typed(setting, value)) == (
        setting.default if value is None else value
    )


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("speed", " 1,25 ", 1.25),
        ("speed", "1.25×", 1.25),
        ("volume", "80", 0.8),
        ("volume", "80 %", 0.8),
        ("volume", "150 percent", 1.5),
        ("leave_when_alone_s", "90", 90),
        ("leave_when_alone_s", "90 s", 90),
        ("leave_when_alone_s", "5 min", 300),
        ("leave_when_alone_s", "1.5 hours", 5_400),
        ("leave_when_alone_s", "2 days", 172_800),
        ("leave_when_alone_s", "Never", 0),
        ("leave_when_alone_s", "", None),
        ("pause_ms", "1.5 s", 1_500),
        ("pause_ms", "450 ms", 450),
        ("max_characters", "", 300),
        ("max_characters", "250 characters", 250),
        ("daily_characters", "1,000,000", 1_000_000),
        ("daily_characters", "20 000", 20_000),
        ("quiet_hours", "22:00 – 7:00", HoursOfDay().load("22:00-07:00")),
        ("time_zone", "america/new york", ZoneInfo("America/New_York")),
        ("name_template", " {name}  says ", "{name} says"),
    ],
)
def test_what_people_type_is_understood(name: str, typed: str, value: Any) -> None:
    assert read_typed(OF_GUILD[name], typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("speed", "fast", "Speed must be a number from 0.5× to 2×."),
        ("speed", "nan", "Speed must be a number from 0.5× to 2×."),
        ("volume", "250", "Volume must be from 0 percent to 200 percent."),
        ("leave_when_alone_s", "8 days", "Leave when alone must be from 0 seconds to 7 days."),
        (
            "max_characters",
            "9",
            "Longest message must be a whole number from 10 characters to 600 characters.",
        ),
        (
            "max_waiting",
            "2.5",
            "Queue must be a whole number from 1 message to 50 messages.",
        ),
        ("quiet_hours", "at night", "Quiet hours must be a span such as 22:00-07:00."),
        ("time_zone", "Mars", "Time zone must be a time zone such as Europe/Berlin."),
        ("name_template", "someone says", "Words for who wrote must contain {name}."),
        ("read_prefix", "x" * 11, "Prefix to read must be a text of 1 to 10 characters."),
    ],
)
def test_what_a_setting_may_not_be_is_refused_in_one_sentence(
    name: str, typed: str, sentence: str
) -> None:
    with pytest.raises(UserError) as refused:
        read_typed(OF_GUILD[name], typed)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("max_characters", "10 characters to 600 characters. Empty: 300 characters."),
        ("leave_when_alone_s", "0 seconds to 7 days. Empty: as the operator of the bot chose."),
        ("quiet_hours", "Such as 22:00-07:00. Empty: none."),
        ("read_prefix", "Empty: none."),
    ],
)
def test_a_dialog_says_what_may_be_typed(name: str, words: str) -> None:
    assert hint(OF_GUILD[name]) == words


@pytest.mark.parametrize("setting", TYPED, ids=lambda setting: setting.name)
def test_every_hint_fits_into_its_field(setting: Setting) -> None:
    assert len(hint(setting)) <= 100


@pytest.mark.parametrize("setting", EVERY_SETTING, ids=lambda setting: setting.name)
def test_every_setting_has_words_that_fit_into_a_dialog(setting: Setting) -> None:
    assert 1 <= len(setting.label) <= 45
    assert 1 <= len(setting.about) <= 100


def _entry(scope: Scope, name: str, old: Any, new: Any, *, by: int = 3) -> AuditEntry:
    kept = [None if each is None else json.dumps(each) for each in (old, new)]
    return AuditEntry(1, AT, by, scope, 9, name, *kept)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            _entry(Scope.GUILD, "links", None, "off"),
            "<@3>: **Links**: The website's name → Nothing",
        ),
        (
            _entry(Scope.GUILD, "on_edit", "drop", None, by=0),
            "somebody: **Edited messages**: Do not read it → Read the new text instead",
        ),
        (
            _entry(Scope.GUILD, "style", None, "_calm_ @everyone"),
            r"<@3>: **Style**: as the operator of the bot chose → \_calm\_ \@everyone",
        ),
        (
            _entry(Scope.CHANNEL, "is_read", None, True),
            "<@3>: **Read aloud** in <#9>: as in the server → on",
        ),
        (_entry(Scope.RULES, "is_muted", None, True), "<@3>: **Muted** of <@9>: off → on"),
        (
            _entry(Scope.DICTIONARY, "b*tw", None, "by the way"),
            r"<@3>: **b\*tw** in the dictionary: nothing → by the way",
        ),
        (
            _entry(Scope.CUSTOM_VOICE, "Grandpa", "vc-1", None),
            "<@3>: **Grandpa** of the server's own voices: vc-1 → nothing",
        ),
        (
            _entry(Scope.GUILD, "of_the_future", None, ["*x*"]),
            r'<@3>: **of\_the\_future**: nothing → ["\*x\*"]',
        ),
        (
            _entry(Scope.GUILD, "links", None, "shout"),
            "<@3>: **Links**: nothing → shout",
        ),
        (
            _entry(Scope.GUILD, "blocked_words", ["a", "b", "*c*"], ["b", "d"]),
            r"<@3>: **Blocked words**: added d; removed a, \*c\*",
        ),
        (
            _entry(Scope.GUILD, "ignored_role_ids", None, ["5"]),
            "<@3>: **Ignored roles**: added <@&5>",
        ),
        (
            _entry(Scope.GUILD, "voices", {"German": "Kai"}, {"German": "Lenn"}),
            "<@3>: **Voice per language**: added German: Lenn; removed German: Kai",
        ),
    ],
)
def test_a_change_is_one_line(entry: AuditEntry, line: str) -> None:
    assert change_in_words(entry) == f"<t:{int(AT.timestamp())}:f> {line}"
