"""Which choice holds: for this one time, of the server, of the operator, of the voice itself."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.errors import UserError
from bot.models import Language, Voice, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.tts.catalog import Provider
from bot.tts.offered import Catalog, CustomVoice, offered
from bot.tts.speaker import Speaker, choose_speaker
from bot.tts.wishes import NOTHING, Defaults, Wishes

INSTRUCT = "qwen3-tts-instruct-flash"
LEGACY = "qwen-tts"
CLONE = "qwen3-tts-vc-2026-01-22"
GRANDPA = CustomVoice(CLONE, Voice("vc-1", "Grandpa"), Language.JAPANESE)

DEFAULTS = Defaults(
    VoiceSettings("qwen3-tts-flash", "Serena", Language.FRENCH),
    {Language.JAPANESE: "Ono Anna", Language.CHINESE: "Jada", Language.FRENCH: "Emilien"},
)
WITH_GRANDPA = offered().with_voices([GRANDPA])


def speaker_of(
    choice: VoiceSettings,
    saved: VoiceSettings = NOTHING,
    defaults: Defaults = DEFAULTS,
    catalog: Catalog = WITH_GRANDPA,
) -> Speaker:
    server = GuildSettings(**{each.name: getattr(saved, each.name) for each in fields(saved)})
    return choose_speaker(Wishes(command=choice, server=server, defaults=defaults), catalog)


def chosen(
    choice: VoiceSettings, saved: VoiceSettings = NOTHING, catalog: Catalog = WITH_GRANDPA
) -> tuple[str, str, Language]:
    speaker = speaker_of(choice, saved, catalog=catalog)
    return speaker.model.id, speaker.voice.id, speaker.language


@pytest.mark.parametrize(
    ("choice", "saved", "voice", "language"),
    [
        (NOTHING, NOTHING, "Emilien", "French"),
        (VoiceSettings(language=Language.JAPANESE), NOTHING, "Ono Anna", "Japanese"),
        (VoiceSettings(language=Language.GERMAN), NOTHING, "Serena", "German"),
        (VoiceSettings(language=Language.AUTO), NOTHING, "Serena", "Auto"),
        (NOTHING, VoiceSettings(language=Language.JAPANESE), "Ono Anna", "Japanese"),
        (
            VoiceSettings(language=Language.CHINESE),
            VoiceSettings(language=Language.JAPANESE),
            "Jada",
            "Chinese",
        ),
        # A voice somebody chose is over that of the language.
        (VoiceSettings(language=Language.JAPANESE), VoiceSettings(voice="Kai"), "Kai", "Japanese"),
        (VoiceSettings(voice="Mia", language=Language.JAPANESE), NOTHING, "Mia", "Japanese"),
        (VoiceSettings(voice="Mia"), VoiceSettings(voice="Kai"), "Mia", "French"),
        (NOTHING, VoiceSettings(voice="Kai"), "Kai", "French"),
        # What does not speak with the model is passed over, unless it was chosen just now.
        (VoiceSettings(model=INSTRUCT, language=Language.JAPANESE), NOTHING, "Serena", "Japanese"),
        (VoiceSettings(model=INSTRUCT), VoiceSettings(voice="Jennifer"), "Serena", "French"),
        (VoiceSettings(model="qwen3-tts-flash-2025-09-18"), NOTHING, "Cherry", "French"),
        (NOTHING, VoiceSettings(voice="Nobody"), "Emilien", "French"),
        # The language of a voice of one's own is over the operator's only.
        (VoiceSettings(model=CLONE), NOTHING, "vc-1", "Japanese"),
        (VoiceSettings(model=CLONE, language=Language.GERMAN), NOTHING, "vc-1", "German"),
        (NOTHING, VoiceSettings(CLONE, "vc-1", Language.KOREAN), "vc-1", "Korean"),
        (NOTHING, VoiceSettings(CLONE, "Grandpa"), "vc-1", "Japanese"),
        # The operator's language gives way to a model that does not speak it.
        (VoiceSettings(model=LEGACY), NOTHING, "Serena", "Auto"),
    ],
)
def test_what_was_chosen_nearest_holds(
    choice: VoiceSettings, saved: VoiceSettings, voice: str, language: str
) -> None:
    assert chosen(choice, saved)[1:] == (voice, language)


@pytest.mark.parametrize(
    ("saved", "catalog"),
    [
        (VoiceSettings("qwen3-tts-flash-realtime", "Cherry"), WITH_GRANDPA),
        (VoiceSettings("espeak-ng", "Wren"), WITH_GRANDPA),
        (VoiceSettings(CLONE, "vc-1"), offered()),
    ],
    ids=["withdrawn model", "withdrawn provider", "removed voice"],
)
def test_a_server_whose_choice_is_gone_speaks_as_the_operator_chose(
    saved: VoiceSettings, catalog: Catalog
) -> None:
    model, _, language = chosen(NOTHING, saved, catalog)
    assert (model, language) == ("qwen3-tts-flash", Language.FRENCH)


@pytest.mark.parametrize(
    ("choice", "saved"),
    [
        (VoiceSettings(model="espeak-ng"), NOTHING),
        (VoiceSettings(voice="Nobody"), NOTHING),
        (VoiceSettings(model=INSTRUCT, voice="Jennifer"), NOTHING),
        (VoiceSettings(voice="vc-1"), NOTHING),
        (VoiceSettings(voice="Cherry"), VoiceSettings(CLONE, "vc-1")),
        (VoiceSettings(language=Language.GERMAN), VoiceSettings(LEGACY)),
        (VoiceSettings(model=LEGACY), VoiceSettings(language=Language.GERMAN)),
        (VoiceSettings(style="calm"), NOTHING),
        (VoiceSettings(model=INSTRUCT, style="a" * 1601), NOTHING),
        (VoiceSettings(model=INSTRUCT, style="好" * 801), NOTHING),
    ],
)
def test_what_is_chosen_now_holds_or_is_refused(
    choice: VoiceSettings, saved: VoiceSettings
) -> None:
    with pytest.raises(UserError):
        chosen(choice, saved)


def test_a_model_without_voices_cannot_be_chosen() -> None:
    with pytest.raises(UserError, match="A moderator can add one"):
        chosen(VoiceSettings(model=CLONE), catalog=offered())


@pytest.mark.parametrize(
    ("written", "style"),
    [(" calm ", "calm"), ("\x00\u202e", None), ("a\r\nb\u2028c\t d", "a b c d"), ("\ud800x", "x")],
)
def test_a_style_is_one_line_of_what_can_be_seen(written: str, style: str | None) -> None:
    choice = VoiceSettings(model=INSTRUCT, style=written)
    assert speaker_of(choice).style == style


def test_a_saved_style_is_silent_with_a_model_that_follows_none() -> None:
    saved = VoiceSettings(style="calm")
    speaker = speaker_of(NOTHING, saved)
    assert speaker.style is None
    with_style = speaker_of(VoiceSettings(model=INSTRUCT), saved)
    assert with_style.style == "calm"


def test_an_openai_model_takes_a_style() -> None:
    catalog = offered([Provider.OPENAI], openai_model="orator-1", openai_voices=(Voice("alloy"),))
    defaults = replace(DEFAULTS, settings=VoiceSettings("orator-1", "alloy"))
    speaker = speaker_of(VoiceSettings(style="calm"), NOTHING, defaults, catalog)
    assert (speaker.voice, speaker.style) == (Voice("alloy"), "calm")


def test_numbers_fall_through_to_the_operator_and_zero_is_a_choice() -> None:
    speaker = speaker_of(VoiceSettings(volume=0.0), VoiceSettings(speed=2.0, volume=0.5))
    assert (speaker.speed, speaker.volume, speaker.pause_ms) == (2.0, 0.0, 200)
