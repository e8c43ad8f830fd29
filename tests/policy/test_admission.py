"""Every reason to stay silent: each alone, and which one is named where several hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.admission import (
    Candidate,
    Ruling,
    Silence,
    call_wanted,
    judge,
    judge_again,
    judge_words,
)
from bot.policy.silence import sentence
from bot.settings.channel import ChannelSettings
from bot.settings.choices import BlockedReading
from bot.settings.guild import GuildSettings
from bot.settings.kinds import HoursOfDay
from bot.settings.member import MemberRules, MemberSettings

AUTHOR, ROLE, CHAT, LOUNGE, ATTIC = 1, 2, 3, 4, 5

SPOKEN = Candidate(
    author_id=AUTHOR,
    role_ids=frozenset({ROLE}),
    channel_id=LOUNGE,
    is_in_voice_chat=True,
    author_call_id=LOUNGE,
    call_id=LOUNGE,
    content="Hello",
    now=datetime(2026, 11, 29, 23, 30, tzinfo=ZoneInfo("Europe/Berlin")),
)
WRITTEN = replace(SPOKEN, channel_id=CHAT, is_in_voice_chat=False)
READ = ChannelSettings(is_read=True)
NIGHT = HoursOfDay().load("22:00-07:00")


def server(**settings: object) -> Ruling:
    return Ruling(server=GuildSettings(**settings))  # type: ignore[arg-type]


def channel(**settings: object) -> Ruling:
    return Ruling(channel=ChannelSettings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "ruling", "silence"),
    [
        # What is read.
        (SPOKEN, Ruling(), None),
        (WRITTEN, Ruling(), Silence.NOT_READ_HERE),
        (WRITTEN, Ruling(channel=READ), None),
        (replace(WRITTEN, is_addressed=True), Ruling(), None),
        (SPOKEN, server(reads_voice_chat=False), Silence.NOT_READ_HERE),
        (SPOKEN, channel(is_read=False), Silence.NOT_READ_HERE),
        (
            SPOKEN,
            Ruling(server=GuildSettings(reads_voice_chat=False), channel=READ),
            None,
        ),
        # By whom.
        (replace(SPOKEN, is_own=True), Ruling(), Silence.OWN),
        (replace(SPOKEN, is_system=True), Ruling(), Silence.SYSTEM),
        (replace(SPOKEN, is_bot=True), Ruling(), Silence.BOT),
        (replace(SPOKEN, is_bot=True), server(listed_bot_ids=(AUTHOR,)), None),
        (
            replace(SPOKEN, is_bot=True, author_call_id=None),
            server(listed_bot_ids=(AUTHOR,)),
            None,
        ),
        (SPOKEN, Ruling(here=MemberSettings(is_opted_out=True)), Silence.OPTED_OUT),
        (SPOKEN, Ruling(everywhere=MemberSettings(is_opted_out=True)), Silence.OPTED_OUT),
        (
            SPOKEN,
            Ruling(
                here=MemberSettings(is_opted_out=False),
                everywhere=MemberSettings(is_opted_out=True),
            ),
            None,
        ),
        (SPOKEN, Ruling(rules=MemberRules(is_muted=True)), Silence.MUTED),
        (SPOKEN, server(ignored_member_ids=(AUTHOR,)), Silence.IGNORED_MEMBER),
        (SPOKEN, server(ignored_role_ids=(9, ROLE)), Silence.IGNORED_ROLE),
        (SPOKEN, server(required_role_id=9), Silence.ROLE_MISSING),
        (SPOKEN, server(required_role_id=ROLE), None),
        (SPOKEN, channel(required_role_id=9), Silence.ROLE_MISSING),
        (
            SPOKEN,
            Ruling(
                server=GuildSettings(required_role_id=9),
                channel=ChannelSettings(required_role_id=ROLE),
            ),
            None,
        ),
        # What was written.
        (replace(SPOKEN, is_silent=True), Ruling(), Silence.SILENT),
        (replace(SPOKEN, is_silent=True), server(reads_silent=True), None),
        (SPOKEN, server(read_prefix="!"), Silence.PREFIX_MISSING),
        (replace(SPOKEN, content="! Hello"), server(read_prefix="!"), None),
        (replace(SPOKEN, content="SAY hello"), server(read_prefix="say"), None),
        (replace(SPOKEN, is_addressed=True), server(read_prefix="!"), None),
        (replace(SPOKEN, content="", is_hidden=True), server(read_prefix="!"), Silence.NO_CONTENT),
        (replace(SPOKEN, content="//aside"), server(skip_prefix="//"), Silence.SKIP_PREFIX),
        (SPOKEN, server(skip_prefix="//"), None),
        # When.
        (
            SPOKEN,
            server(quiet_hours=NIGHT),
            Silence.QUIET_HOURS,
        ),
        (
            replace(SPOKEN, now=datetime(2026, 11, 29, 7, 0, tzinfo=ZoneInfo("UTC"))),
            server(quiet_hours=NIGHT),
            None,
        ),
        (replace(SPOKEN, age_s=20.5), Ruling(), Silence.STALE),
        (replace(SPOKEN, age_s=19.5), Ruling(), None),
        # Where the bot is.
        (replace(SPOKEN, call_id=None), Ruling(), Silence.NO_CALL),
        (replace(SPOKEN, call_id=None), server(joins_by_itself=True), None),
        (
            replace(SPOKEN, call_id=None, author_call_id=None),
            server(joins_by_itself=True),
            Silence.NO_CALL,
        ),
        (replace(SPOKEN, call_id=ATTIC), Ruling(), Silence.OTHER_CALL),
        (
            replace(WRITTEN, call_id=ATTIC, author_call_id=ATTIC),
            channel(is_read=True, voice_channel_id=LOUNGE),
            Silence.OTHER_CALL,
        ),
        (
            replace(WRITTEN, call_id=ATTIC, author_call_id=ATTIC, is_addressed=True),
            channel(is_read=True, voice_channel_id=LOUNGE),
            None,
        ),
        (WRITTEN, channel(is_read=True, voice_channel_id=LOUNGE), None),
        (
            replace(WRITTEN, call_id=None, author_call_id=ATTIC),
            Ruling(
                server=GuildSettings(joins_by_itself=True),
                channel=ChannelSettings(is_read=True, voice_channel_id=LOUNGE),
            ),
            Silence.NO_CALL,
        ),
        (
            replace(SPOKEN, call_id=None, may_come=False),
            server(joins_by_itself=True),
            Silence.NO_CALL,
        ),
        (replace(SPOKEN, author_call_id=None), Ruling(), Silence.NOT_IN_CALL),
        (replace(SPOKEN, author_call_id=ATTIC), Ruling(), Silence.NOT_IN_CALL),
        (replace(SPOKEN, author_call_id=None), server(only_in_call=False), None),
        (replace(SPOKEN, author_call_id=None), channel(only_in_call=False), None),
        (
            replace(WRITTEN, author_call_id=None),
            Ruling(
                server=GuildSettings(only_in_call=False),
                channel=ChannelSettings(is_read=True, only_in_call=True),
            ),
            Silence.NOT_IN_CALL,
        ),
    ],
)
def test_each_reason_is_named(message: Candidate, ruling: Ruling, silence: Silence | None) -> None:
    assert judge(message, ruling) is silence


@pytest.mark.parametrize(
    ("message", "ruling", "silence"),
    [
        (replace(SPOKEN, age_s=99.0, author_call_id=None), Ruling(), None),
        (replace(SPOKEN, call_id=None), Ruling(), None),
        (WRITTEN, Ruling(), Silence.NOT_READ_HERE),
        (replace(WRITTEN, is_addressed=True), Ruling(), None),
        (SPOKEN, Ruling(rules=MemberRules(is_muted=True)), Silence.MUTED),
        (SPOKEN, server(ignored_member_ids=(AUTHOR,)), Silence.IGNORED_MEMBER),
        (replace(SPOKEN, call_id=ATTIC), Ruling(), Silence.OTHER_CALL),
        (replace(SPOKEN, call_id=ATTIC, is_addressed=True), Ruling(), None),
        (replace(WRITTEN, call_id=ATTIC), Ruling(channel=READ), None),
    ],
)
def test_what_waits_is_judged_by_what_may_change_meanwhile(
    message: Candidate, ruling: Ruling, silence: Silence | None
) -> None:
    assert judge_again(message, ruling) is silence


def test_what_holds_before_is_named_before() -> None:
    hopeless = Candidate(
        is_own=True, is_system=True, is_bot=True, is_silent=True, age_s=99.0, author_id=AUTHOR
    )
    everything = Ruling(
        server=GuildSettings(read_prefix="!", ignored_member_ids=(AUTHOR,), quiet_hours=NIGHT),
        rules=MemberRules(is_muted=True),
    )
    assert judge(hopeless, everything) is Silence.OWN


@pytest.mark.parametrize(
    ("words", "is_blocked", "on_blocked", "is_hidden", "silence"),
    [
        ("Hello", False, BlockedReading.SKIP, False, None),
        ("", False, BlockedReading.SKIP, False, Silence.NOTHING_SPEAKABLE),
        ("", False, BlockedReading.SKIP, True, Silence.NO_CONTENT),
        ("Damn", True, BlockedReading.SKIP, False, Silence.BLOCKED_WORD),
        ("beep", True, BlockedReading.BLEEP, False, None),
    ],
)
def test_words_are_judged_too(
    words: str,
    is_blocked: bool,
    on_blocked: BlockedReading,
    is_hidden: bool,
    silence: Silence | None,
) -> None:
    ruling = server(on_blocked=on_blocked)
    said = judge_words(words, is_blocked=is_blocked, ruling=ruling, is_hidden=is_hidden)
    assert said is silence


def test_what_has_no_words_is_not_wanted() -> None:
    said = judge_words("", is_blocked=False, ruling=Ruling(), is_hidden=False, is_wordless=True)
    assert said is Silence.NOT_WANTED


@pytest.mark.parametrize(
    ("message", "ruling", "call_id"),
    [
        (SPOKEN, Ruling(), LOUNGE),
        (SPOKEN, channel(is_read=True), None),
        (SPOKEN, channel(voice_channel_id=ATTIC), ATTIC),
        (WRITTEN, Ruling(channel=READ), None),
    ],
)
def test_a_channel_knows_where_it_is_read(
    message: Candidate, ruling: Ruling, call_id: int | None
) -> None:
    assert call_wanted(message, ruling) == call_id


@pytest.mark.parametrize("silence", Silence)
def test_every_reason_says_what_happened(silence: Silence) -> None:
    assert sentence(silence).endswith(".")


@given(
    st.builds(
        Candidate,
        is_own=st.booleans(),
        is_bot=st.booleans(),
        is_silent=st.booleans(),
        is_addressed=st.booleans(),
        is_in_voice_chat=st.booleans(),
        author_id=st.integers(1, 3),
        channel_id=st.integers(3, 5),
        author_call_id=st.sampled_from((None, LOUNGE, ATTIC)),
        call_id=st.sampled_from((None, LOUNGE, ATTIC)),
        content=st.text(max_size=5),
    ),
    st.builds(
        Ruling,
        server=st.builds(
            GuildSettings,
            only_in_call=st.just(True),
            joins_by_itself=st.booleans(),
            skip_prefix=st.sampled_from((None, "/")),
        ),
        channel=st.builds(
            ChannelSettings,
            is_read=st.sampled_from((None, True, False)),
            voice_channel_id=st.sampled_from((None, LOUNGE)),
        ),
        rules=st.builds(MemberRules, is_muted=st.booleans()),
    ),
)
def test_who_is_read_is_in_the_call_and_not_muted(message: Candidate, ruling: Ruling) -> None:
    if judge(message, ruling) is None:
        assert not message.is_own
        assert not message.is_bot
        assert not ruling.rules.is_muted
        assert message.author_call_id is not None
        assert message.call_id in (None, message.author_call_id)
