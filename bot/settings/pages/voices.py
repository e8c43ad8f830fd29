"""What moderators decide on the page of voices: who speaks, how, and what members may choose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.i18n import N_
from bot.models import MAX_PAUSE_MS, MAX_SPEED, MAX_VOLUME, MIN_SPEED, Language
from bot.settings.declare import Page, setting
from bot.settings.kinds import Choice, Flag, Number, Text, Unit, WordPerKey, Words
from bot.settings.pages.unset import BY_OPERATOR, NONE

MAX_ID_CHARACTERS: Final = 128
"""Of a voice or a model."""

MAX_STYLE_CHARACTERS: Final = 1_600
"""What the endpoint takes; the exact count is checked where the model is known."""

MAX_VOICES: Final = 50
LANGUAGES: Final = Choice({each: N_(each.value) for each in Language})

_voices = partial(setting, page=Page.VOICES, part=N_("Who speaks"), unset=BY_OPERATOR)
_manner = partial(setting, page=Page.VOICES, part=N_("How I speak"), unset=BY_OPERATOR)
_choosing = partial(setting, page=Page.VOICES, part=N_("What members may choose"))


@dataclass(frozen=True)
class VoicesPage:
    """The settings of one page; `GuildSettings` has the room for their values."""

    __slots__ = ()

    model: str | None = _voices(
        None, Text(MAX_ID_CHARACTERS), N_("Model"), N_("The model of the speech service.")
    )
    voice: str | None = _voices(
        None,
        Text(MAX_ID_CHARACTERS),
        N_("Voice"),
        N_("Who speaks for those who have chosen no voice."),
    )
    voices: tuple[tuple[Language, str], ...] = _voices(
        (),
        WordPerKey(LANGUAGES, MAX_ID_CHARACTERS),
        N_("Voice per language"),
        N_("Who speaks what is written in one language, for those who have chosen no voice."),
        unset=NONE,
    )
    language: Language | None = _voices(
        None, LANGUAGES, N_("Language"), N_("The language most people here write in.")
    )
    style: str | None = _manner(
        None,
        Text(MAX_STYLE_CHARACTERS),
        N_("Style"),
        N_("How to speak, for models that follow instructions."),
    )
    speed: float | None = _manner(
        None, Number(MIN_SPEED, MAX_SPEED, Unit.FACTOR), N_("Speed"), N_("How fast I speak.")
    )
    volume: float | None = _manner(
        None, Number(0.0, MAX_VOLUME, Unit.PERCENT), N_("Volume"), N_("How loud I speak.")
    )
    pause_ms: int | None = _manner(
        None,
        Number(0, MAX_PAUSE_MS, Unit.MILLISECONDS),
        N_("Pause"),
        N_("The silence between two messages."),
    )
    forces_voice: bool = _choosing(
        False,
        Flag(),
        N_("One voice for all"),
        N_("Everyone speaks with the voice of the server, whatever they have chosen."),
    )
    gives_voices: bool = _choosing(
        False,
        Flag(),
        N_("A voice for each"),
        N_("Members who have chosen no voice get one of the allowed voices, always the same."),
    )
    allowed_voices: tuple[str, ...] = _choosing(
        (),
        Words(MAX_VOICES, MAX_ID_CHARACTERS),
        N_("Allowed voices"),
        N_("The only voices members may choose; none named means all."),
        unset=N_("all"),
    )
    banned_voices: tuple[str, ...] = _choosing(
        (),
        Words(MAX_VOICES, MAX_ID_CHARACTERS),
        N_("Banned voices"),
        N_("Voices nobody here may choose."),
        unset=NONE,
    )
