"""Who decides: command, moderators' rules, member here, everywhere, channel, server, operator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models import Language, Voice, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from bot.tts.offered import Catalog, CustomVoice, offered
from bot.tts.speaker import Speaker, choose_speaker, is_permitted, own_voice, permitted_voices
from bot.tts.wishes import NOTHING, Defaults, Level, Wishes

FLASH = "qwen3-tts-flash"
INSTRUCT = "qwen3-tts-instruct-flash"
LEGACY = "qwen-tts"
CLONE = "qwen3-tts-vc-2026-01-22"
GRANDPA = CustomVoice(CLONE, Voice("vc-1", "Grandpa"), Language.JAPANESE)
CATALOG = offered().with_voices([GRANDPA])

OPERATOR = Defaults(
    VoiceSettings(FLASH, "Serena", Language.AUTO, speed=1.1, volume=0.9, pause_ms=300),
    {Language.JAPANESE: "Ono Anna"},
)
GERMAN_VOICE = ((Language.GERMAN, "Lenn"),)


def server(**chosen: Any) -> GuildSettings:
    return GuildSettings(**chosen)


def wishes(**chosen: Any) -> Wishes:
    return Wishes(**{"defaults": OPERATOR, **chosen})


def decided(name: str, **chosen: Any) -> tuple[Level, Any]:
    speaker = choose_speaker(wishes(**chosen), CATALOG)
    return speaker.levels[name], getattr(speaker, name)


def voice_of(**chosen: Any) -> tuple[Level, str]:
    level, voice = decided("voice", **chosen)
    return level, voice.id


def said(voice: str) -> VoiceSettings:
    return VoiceSettings(voice=voice)


EVERYONE: dict[str, Any] = {
    "command": said("Kai"),
    "here": said("Mia"),
    "everywhere": said("Moon"),
    "channel": said("Bella"),
    "server": server(voice="Vivian"),
}
LEVELS = [
    (Level.COMMAND, "Kai"),
    (Level.HERE, "Mia"),
    (Level.EVERYWHERE, "Moon"),
    (Level.CHANNEL, "Bella"),
    (Level.SERVER, "Vivian"),
    (Level.OPERATOR, "Serena"),
]


class TestVoice:
    @pytest.mark.parametrize(
        ("silent", "expected"),
        [(list(EVERYONE)[:count], LEVELS[count]) for count in range(len(LEVELS))],
        ids=[level for level, _ in LEVELS],
    )
    def test_the_strongest_who_has_chosen_decides(
        self, silent: list[str], expected: tuple[Level, str]
    ) -> None:
        rest = {name: wish for name, wish in EVERYONE.items() if name not in silent}
        assert voice_of(**rest) == expected

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            pytest.param(
                {"message": Language.GERMAN, "server": server(voice="Kai", voices=GERMAN_VOICE)},
                (Level.SERVER_LANGUAGE, "Lenn"),
                id="the message is in the language",
            ),
            pytest.param(
                {"message": Language.FRENCH, "server": server(voice="Kai", voices=GERMAN_VOICE)},
                (Level.SERVER, "Kai"),
                id="the message is in another",
            ),
            pytest.param(
                {
                    "command": VoiceSettings(language=Language.GERMAN),
                    "server": server(voices=GERMAN_VOICE),
                },
                (Level.SERVER_LANGUAGE, "Lenn"),
                id="the command says so",
            ),
            pytest.param(
                {
                    "here": VoiceSettings(language=Language.GERMAN),
                    "server": server(voices=GERMAN_VOICE),
                },
                (Level.SERVER_LANGUAGE, "Lenn"),
                id="the member writes in it",
            ),
            pytest.param(
                {
                    "channel": VoiceSettings(language=Language.GERMAN),
                    "server": server(voices=GERMAN_VOICE),
                },
                (Level.SERVER_LANGUAGE, "Lenn"),
                id="the channel is in it",
            ),
            pytest.param(
                {"server": server(language=Language.GERMAN, voices=GERMAN_VOICE)},
                (Level.SERVER_LANGUAGE, "Lenn"),
                id="the server is in it",
            ),
            pytest.param(
                {"message": Language.GERMAN, "server": server(model=INSTRUCT, voices=GERMAN_VOICE)},
                (Level.OPERATOR, "Serena"),
                id="its voice does not speak with the model",
            ),
            pytest.param(
                {"message": Language.JAPANESE},
                (Level.OPERATOR_LANGUAGE, "Ono Anna"),
                id="the operator's voice for it",
            ),
            pytest.param(
                {"message": Language.JAPANESE, "server": server(voice="Kai")},
                (Level.SERVER, "Kai"),
                id="the server's voice is over the operator's for it",
            ),
            pytest.param(
                {
                    "message": Language.GERMAN,
                    "everywhere": said("Mia"),
                    "server": server(voices=GERMAN_VOICE),
                },
                (Level.EVERYWHERE, "Mia"),
                id="the member's own voice is over it",
            ),
            pytest.param(
                {
                    "message": Language.GERMAN,
                    "channel": said("Bella"),
                    "server": server(voices=GERMAN_VOICE),
                },
                (Level.CHANNEL, "Bella"),
                id="the channel's voice is over it",
            ),
        ],
    )
    def test_a_voice_of_a_language_speaks_it_where_nobody_nearer_has_chosen(
        self, chosen: dict[str, Any], expected: tuple[Level, str]
    ) -> None:
        assert voice_of(**chosen) == expected

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ({"here": said("Jennifer"), "everywhere": said("Kai")}, (Level.EVERYWHERE, "Kai")),
            ({"here": said("Nobody"), "channel": said("Bella")}, (Level.CHANNEL, "Bella")),
            ({"here": said("vc-1")}, (Level.OPERATOR, "Serena")),
            ({"channel": said("Jennifer")}, (Level.OPERATOR, "Serena")),
            ({"server": server(model=INSTRUCT, voice="Jennifer")}, (Level.OPERATOR, "Serena")),
            ({"server": server(model=CLONE)}, (Level.OPERATOR, "vc-1")),
            ({"here": said("grandpa"), "server": server(model=CLONE)}, (Level.HERE, "vc-1")),
        ],
    )
    def test_a_saved_voice_the_model_has_not_gives_way_to_the_next(
        self, chosen: dict[str, Any], expected: tuple[Level, str]
    ) -> None:
        chosen.setdefault("server", server(model=INSTRUCT))
        assert voice_of(**chosen) == expected


class TestRules:
    """What moderators decide about the voices of members."""

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            pytest.param(
                {"server": server(voice="Kai")}, (Level.FORCED, "Kai"), id="of the server"
            ),
            pytest.param({"server": server()}, (Level.FORCED, "Serena"), id="of the operator"),
            pytest.param(
                {"server": server(voice="Jennifer", model=INSTRUCT)},
                (Level.FORCED, "Serena"),
                id="not with the model",
            ),
            pytest.param(
                {"message": Language.GERMAN, "server": server(voice="Kai", voices=GERMAN_VOICE)},
                (Level.FORCED, "Lenn"),
                id="of the language",
            ),
            pytest.param(
                {"server": server(voice="Kai", banned_voices=("Kai",))},
                (Level.FORCED, "Kai"),
                id="banned for members",
            ),
            pytest.param(
                {"server": server(voice="Kai"), "rules": MemberRules(voice="Bella")},
                (Level.LOCKED, "Bella"),
                id="locked besides",
            ),
            pytest.param(
                {"server": server(voice="Kai"), "rules": MemberRules(voice="Nobody")},
                (Level.FORCED, "Kai"),
                id="locked to one that is gone",
            ),
        ],
    )
    def test_a_forced_voice_is_over_all_that_members_and_channels_have_chosen(
        self, chosen: dict[str, Any], expected: tuple[Level, str]
    ) -> None:
        forced = replace(chosen.pop("server"), forces_voice=True, gives_voices=True)
        own = {"here": said("Mia"), "everywhere": said("Moon"), "channel": said("Vivian")}
        assert voice_of(**own, server=forced, identity="1", is_given=True, **chosen) == expected

    @pytest.mark.parametrize(
        ("locked", "chosen", "expected"),
        [
            ("Bella", {}, "Bella"),
            ("bella", {}, "Bella"),
            ("Bella", {"server": server(banned_voices=("Bella",))}, "Bella"),
            ("Jennifer", {"server": server(model=INSTRUCT, voice="Kai")}, "Kai"),
            ("Nobody", {}, "Serena"),
            ("vc-1", {}, "Serena"),
        ],
    )
    def test_a_locked_voice_is_never_the_members_choice(
        self, locked: str, chosen: dict[str, Any], expected: str
    ) -> None:
        own = {"here": said("Mia"), "everywhere": said("Moon"), "channel": said("Vivian")}
        rules = MemberRules(voice=locked)
        assert voice_of(**own, rules=rules, identity="1", **chosen) == (Level.LOCKED, expected)

    @pytest.mark.parametrize(
        ("rules", "allowed", "banned", "is_free"),
        [
            (MemberRules(), (), (), True),
            (MemberRules(is_muted=True), (), (), True),
            (MemberRules(), ("Mia",), (), True),
            (MemberRules(), ("mia", "Kai"), (), True),
            (MemberRules(), ("乖小妹",), (), True),
            (MemberRules(), ("Kai",), (), False),
            (MemberRules(), ("Nobody",), (), False),
            (MemberRules(), (), ("Mia",), False),
            (MemberRules(), (), ("MIA",), False),
            (MemberRules(), (), ("乖小妹",), False),
            (MemberRules(), (), ("Kai", ""), True),
            (MemberRules(), ("Mia",), ("Mia",), False),
            (MemberRules(voice="Mia"), (), ("Mia",), True),
            (MemberRules(voice="Kai"), (), (), False),
            (MemberRules(voice="Kai"), ("Mia",), (), False),
        ],
    )
    def test_a_command_may_ask_for_what_a_member_may_choose_and_is_refused_else(
        self, rules: MemberRules, allowed: tuple[str, ...], banned: tuple[str, ...], is_free: bool
    ) -> None:
        ruled = wishes(
            rules=rules,
            server=server(voice="Serena", allowed_voices=allowed, banned_voices=banned),
        )
        assert _is_granted(replace(ruled, command=said("Mia"))) == is_free
        saved = choose_speaker(replace(ruled, here=said("Mia")), CATALOG)
        assert (saved.voice.id == "Mia") == is_free

    @pytest.mark.parametrize(
        ("chosen", "sentence"),
        [
            (
                {"server": server(voice="Kai", forces_voice=True)},
                "Everyone speaks as Kai in this server. Leave the voice out.",
            ),
            (
                {"rules": MemberRules(voice="Bella")},
                "Moderators chose Bella for you in this server. Leave the voice out.",
            ),
            (
                {"server": server(banned_voices=("Mia",))},
                "Mia may not be chosen in this server. Pick another voice from the list.",
            ),
        ],
        ids=["forced", "locked", "banned"],
    )
    def test_a_refusal_says_who_has_decided(self, chosen: dict[str, Any], sentence: str) -> None:
        with pytest.raises(UserError, match=f"^{sentence}$"):
            choose_speaker(wishes(command=said("Mia"), **chosen), CATALOG)

    def test_the_one_voice_of_all_may_be_asked_for_by_its_name(self) -> None:
        forced = server(voice="Kai", forces_voice=True, banned_voices=("Kai",))
        assert voice_of(command=said("kai"), server=forced) == (Level.COMMAND, "Kai")

    def test_a_banned_voice_of_the_server_or_a_channel_still_speaks_for_everyone(self) -> None:
        ruled = server(voice="Kai", banned_voices=("Kai", "Bella"))
        assert voice_of(here=said("Bella"), server=ruled) == (Level.SERVER, "Kai")
        assert voice_of(channel=said("Bella"), server=ruled) == (Level.CHANNEL, "Bella")


def _is_granted(asked: Wishes) -> bool:
    try:
        return choose_speaker(asked, CATALOG).voice.id == "Mia"
    except UserError:
        return False


class TestGiven:
    """A voice of their own for those who have chosen none."""

    @pytest.mark.parametrize(
        ("chosen", "level"),
        [
            ({"identity": "7", "server": server(gives_voices=True)}, Level.GIVEN),
            ({"identity": "7", "is_given": True, "server": server(voice="Kai")}, Level.GIVEN),
            ({"identity": "7", "server": server(voice="Kai")}, Level.SERVER),
            ({"identity": "", "server": server(gives_voices=True)}, Level.OPERATOR),
            (
                {"identity": "7", "server": server(gives_voices=True), "everywhere": said("Mia")},
                Level.EVERYWHERE,
            ),
            (
                {"identity": "7", "server": server(gives_voices=True), "channel": said("Mia")},
                Level.CHANNEL,
            ),
            (
                {"identity": "7", "server": server(gives_voices=True, forces_voice=True)},
                Level.FORCED,
            ),
        ],
    )
    def test_it_is_given_where_nobody_has_chosen(
        self, chosen: dict[str, Any], level: Level
    ) -> None:
        assert voice_of(**chosen)[0] == level

    def test_everybody_keeps_theirs_and_many_have_different_ones(self) -> None:
        members = [str(number) for number in range(200)]
        gives = server(gives_voices=True)
        first = [voice_of(identity=member, server=gives) for member in members]
        assert [voice_of(identity=member, server=gives) for member in members] == first
        assert len(set(first)) > 30

    def test_only_allowed_voices_are_given(self) -> None:
        allowed = ("Kai", "Mia", "Bella")
        gives = server(gives_voices=True, allowed_voices=allowed, banned_voices=("Mia",))
        heard = {voice_of(identity=str(number), server=gives)[1] for number in range(50)}
        assert heard == {"Kai", "Bella"}

    def test_a_dialect_is_given_only_where_nothing_else_is_allowed(self) -> None:
        gives = server(gives_voices=True)
        speakers = [
            choose_speaker(wishes(identity=str(number), server=gives), CATALOG)
            for number in range(100)
        ]
        assert {speaker.voice.dialect for speaker in speakers} == {None}
        only = replace(gives, allowed_voices=("Jada",))
        assert voice_of(identity="7", server=only) == (Level.GIVEN, "Jada")

    def test_nobody_is_given_a_voice_where_none_is_allowed(self) -> None:
        none = server(gives_voices=True, allowed_voices=("Nobody",), voice="Kai")
        assert voice_of(identity="7", server=none) == (Level.SERVER, "Kai")

    @given(
        identity=st.text(max_size=30),
        names=st.lists(
            st.text("abcdefgh", min_size=1, max_size=3), min_size=2, max_size=12, unique=True
        ),
        gone=st.integers(0, 11),
    )
    @settings(max_examples=100, deadline=None)
    def test_only_who_had_a_voice_that_goes_gets_another(
        self, identity: str, names: list[str], gone: int
    ) -> None:
        voices = [Voice(name) for name in names]
        lost = voices[gone % len(voices)]
        rest = [voice for voice in voices if voice != lost]
        before, after = own_voice(identity, voices), own_voice(identity, rest)
        assert before == lost or after == before
        # What comes back, or comes anew, takes members only from others to itself.
        assert own_voice(identity, [*reversed(rest), lost]) in (after, lost)

    def test_without_voices_there_is_none_to_give(self) -> None:
        assert own_voice("7", []) is None


class TestLanguage:
    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ({}, (Level.OPERATOR, "Auto")),
            ({"server": server(language=Language.GERMAN)}, (Level.SERVER, "German")),
            (
                {
                    "channel": VoiceSettings(language=Language.KOREAN),
                    "server": server(language=Language.GERMAN),
                },
                (Level.CHANNEL, "Korean"),
            ),
            (
                {
                    "message": Language.FRENCH,
                    "channel": VoiceSettings(language=Language.KOREAN),
                },
                (Level.MESSAGE, "French"),
            ),
            (
                {
                    "everywhere": VoiceSettings(language=Language.RUSSIAN),
                    "message": Language.FRENCH,
                },
                (Level.EVERYWHERE, "Russian"),
            ),
            (
                {
                    "here": VoiceSettings(language=Language.ITALIAN),
                    "everywhere": VoiceSettings(language=Language.RUSSIAN),
                },
                (Level.HERE, "Italian"),
            ),
            (
                {
                    "command": VoiceSettings(language=Language.SPANISH),
                    "here": VoiceSettings(language=Language.ITALIAN),
                    "message": Language.FRENCH,
                },
                (Level.COMMAND, "Spanish"),
            ),
            # "Auto" of a member asks for what was found, if anything was.
            (
                {
                    "here": VoiceSettings(language=Language.AUTO),
                    "everywhere": VoiceSettings(language=Language.RUSSIAN),
                    "message": Language.FRENCH,
                },
                (Level.MESSAGE, "French"),
            ),
            (
                {
                    "here": VoiceSettings(language=Language.AUTO),
                    "server": server(language=Language.GERMAN),
                },
                (Level.HERE, "Auto"),
            ),
            (
                {
                    "command": VoiceSettings(language=Language.AUTO),
                    "message": Language.FRENCH,
                },
                (Level.COMMAND, "Auto"),
            ),
            # What the model does not speak is passed over.
            (
                {
                    "here": VoiceSettings(language=Language.GERMAN),
                    "message": Language.FRENCH,
                    "server": server(model=LEGACY, language=Language.CHINESE),
                },
                (Level.SERVER, "Chinese"),
            ),
            # A voice made for one language speaks it where only the operator has chosen.
            ({"server": server(model=CLONE)}, (Level.VOICE, "Japanese")),
            (
                {"server": server(model=CLONE), "message": Language.FRENCH},
                (Level.MESSAGE, "French"),
            ),
        ],
    )
    def test_the_strongest_whose_language_the_model_speaks_decides(
        self, chosen: dict[str, Any], expected: tuple[Level, str]
    ) -> None:
        assert decided("language", **chosen) == expected


class TestManner:
    """Style, speed, volume and pause."""

    @pytest.mark.parametrize(
        ("name", "chosen", "expected"),
        [
            ("speed", {}, (Level.OPERATOR, 1.1)),
            ("speed", {"server": server(speed=1.5)}, (Level.SERVER, 1.5)),
            (
                "speed",
                {"everywhere": VoiceSettings(speed=0.5), "server": server(speed=1.5)},
                (Level.EVERYWHERE, 0.5),
            ),
            (
                "speed",
                {"here": VoiceSettings(speed=2.0), "everywhere": VoiceSettings(speed=0.5)},
                (Level.HERE, 2.0),
            ),
            ("volume", {"server": server(volume=0.0)}, (Level.SERVER, 0.0)),
            ("pause_ms", {"server": server(pause_ms=0)}, (Level.SERVER, 0)),
            ("pause_ms", {}, (Level.OPERATOR, 300)),
        ],
    )
    def test_the_strongest_number_holds(
        self, name: str, chosen: dict[str, Any], expected: tuple[Level, float]
    ) -> None:
        assert decided(name, **chosen) == expected

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ({}, (Level.OPERATOR, None)),
            ({"server": {"style": "calm"}}, (Level.SERVER, "calm")),
            (
                {"here": VoiceSettings(style="merry"), "server": {"style": "calm"}},
                (Level.HERE, "merry"),
            ),
            (
                {"here": VoiceSettings(style="\u200b"), "server": {"style": "calm"}},
                (Level.SERVER, "calm"),
            ),
            (
                {
                    "command": VoiceSettings(style="whisper"),
                    "here": VoiceSettings(style="merry"),
                },
                (Level.COMMAND, "whisper"),
            ),
        ],
    )
    def test_the_strongest_style_that_can_be_read_holds_with_a_model_that_follows_one(
        self, chosen: dict[str, Any], expected: tuple[Level, str | None]
    ) -> None:
        of_server = server(model=INSTRUCT, **chosen.pop("server", {}))
        assert decided("style", server=of_server, **chosen) == expected

    def test_a_model_that_follows_no_style_has_none_whoever_wanted_one(self) -> None:
        merry = VoiceSettings(style="merry")
        assert decided("style", here=merry, server=server(style="calm")) == (Level.OPERATOR, None)


class TestModel:
    @pytest.mark.parametrize(
        ("chosen", "catalog", "expected"),
        [
            ({}, CATALOG, (Level.OPERATOR, FLASH)),
            ({"server": server(model=INSTRUCT)}, CATALOG, (Level.SERVER, INSTRUCT)),
            ({"server": server(model="withdrawn")}, CATALOG, (Level.OPERATOR, FLASH)),
            ({"server": server(model=CLONE)}, offered(), (Level.OPERATOR, FLASH)),
            (
                {"command": VoiceSettings(model=LEGACY), "server": server(model=INSTRUCT)},
                CATALOG,
                (Level.COMMAND, LEGACY),
            ),
        ],
    )
    def test_the_server_chooses_among_those_that_can_speak(
        self, chosen: dict[str, Any], catalog: Catalog, expected: tuple[Level, str]
    ) -> None:
        speaker = choose_speaker(wishes(**chosen), catalog)
        assert (speaker.levels["model"], speaker.model.id) == expected


def test_what_members_may_choose_is_what_they_get() -> None:
    ruled = server(allowed_voices=("Kai", "mia", "Jennifer"), banned_voices=("KAI",))
    free = permitted_voices(ruled, CATALOG.voices_of(INSTRUCT))
    assert [voice.id for voice in free] == ["Mia"]
    assert permitted_voices(server(), CATALOG.voices_of(FLASH)) == list(CATALOG.voices_of(FLASH))


MODELS = st.sampled_from([FLASH, INSTRUCT, LEGACY, CLONE, "withdrawn"])
VOICES = st.sampled_from(["Cherry", "Kai", "mia", "Jennifer", "Jada", "vc-1", "Nobody"])
LANGUAGES = st.sampled_from([Language.AUTO, Language.CHINESE, Language.GERMAN, Language.JAPANESE])
MAYBE_LANGUAGE = st.none() | LANGUAGES
STYLES = st.sampled_from([None, "calm", "\u200b", "merry"])
SPEEDS = st.sampled_from([None, 0.5, 1.0, 2.0])
OF_VOICES = st.lists(VOICES, max_size=4).map(tuple)
OWN = st.builds(
    VoiceSettings,
    voice=st.none() | VOICES,
    language=MAYBE_LANGUAGE,
    style=STYLES,
    speed=SPEEDS,
)
SERVERS = st.builds(
    GuildSettings,
    model=st.none() | MODELS,
    voice=st.none() | VOICES,
    voices=st.dictionaries(LANGUAGES, VOICES, max_size=3).map(lambda each: tuple(each.items())),
    language=MAYBE_LANGUAGE,
    style=STYLES,
    speed=SPEEDS,
    forces_voice=st.booleans(),
    gives_voices=st.booleans(),
    allowed_voices=OF_VOICES,
    banned_voices=OF_VOICES,
)
ANY = st.builds(
    Wishes,
    command=st.just(NOTHING) | OWN,
    here=OWN,
    everywhere=OWN,
    message=MAYBE_LANGUAGE,
    channel=st.builds(VoiceSettings, voice=st.none() | VOICES, language=MAYBE_LANGUAGE),
    server=SERVERS,
    rules=st.builds(MemberRules, voice=st.none() | VOICES),
    defaults=st.just(OPERATOR),
    identity=st.sampled_from(["", "7"]),
    is_given=st.booleans(),
)


def resolved(asked: Wishes) -> Speaker | None:
    """Return the speaker, or nothing where the command is refused."""
    try:
        return choose_speaker(asked, CATALOG)
    except UserError:
        return None


def wanted_by(level: Level, asked: Wishes, language: Language) -> str | None:
    """Return the voice that somebody on a level has chosen."""
    chosen = {
        Level.COMMAND: asked.command.voice,
        Level.LOCKED: asked.rules.voice,
        Level.HERE: asked.here.voice,
        Level.EVERYWHERE: asked.everywhere.voice,
        Level.CHANNEL: asked.channel.voice,
        Level.SERVER: asked.server.voice,
        Level.SERVER_LANGUAGE: dict(asked.server.voices).get(language),
    }
    return chosen.get(level)


@given(asked=ANY)
@settings(max_examples=300, deadline=None)
def test_whatever_everybody_wants_somebody_who_may_speaks_with_the_model(asked: Wishes) -> None:
    speaker = resolved(asked) or choose_speaker(replace(asked, command=NOTHING), CATALOG)
    assert speaker.voice in CATALOG.voices_of(speaker.model.id)
    assert speaker.language in speaker.model.languages
    assert speaker.style is None or speaker.model.accepts_style
    is_ruled = asked.server.forces_voice or asked.rules.voice is not None
    of_member = {Level.COMMAND, Level.HERE, Level.EVERYWHERE, Level.GIVEN}
    assert (
        is_ruled
        or speaker.levels["voice"] not in of_member
        or is_permitted(asked.server, speaker.voice)
    )
    assert not is_ruled or speaker.levels["voice"] not in of_member - {Level.COMMAND}


@given(asked=ANY)
@settings(max_examples=300, deadline=None)
def test_levels_name_who_has_really_chosen(asked: Wishes) -> None:
    speaker = resolved(asked) or choose_speaker(replace(asked, command=NOTHING), CATALOG)
    level = speaker.levels["voice"]
    names = [wanted_by(level, asked, language) for language in Language]
    named = {CATALOG.get_voice(speaker.model.id, name) for name in names} - {None}
    assert not named or speaker.voice in named
    for name in ("style", "speed", "volume", "pause_ms"):
        chosen = dict(asked.of(name)).get(speaker.levels[name])
        assert getattr(speaker, name) == chosen
    assert list(speaker.levels) == [
        "model",
        "voice",
        "language",
        "style",
        "speed",
        "volume",
        "pause_ms",
    ]


@given(asked=ANY)
@settings(max_examples=200, deadline=None)
def test_a_command_gets_what_it_asks_for_or_is_refused(asked: Wishes) -> None:
    speaker = resolved(asked)
    command = asked.command
    if_granted = speaker and {
        "voice": command.voice is None
        or speaker.voice == CATALOG.get_voice(speaker.model.id, command.voice),
        "language": command.language in (None, speaker.language),
        "speed": command.speed in (None, speaker.speed),
    }
    assert if_granted is None or all(if_granted.values()), if_granted
