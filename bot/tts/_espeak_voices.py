"""The voices of the embedded espeak-ng: the named ones, and likenesses of everybody else's."""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

from bot.models import Language, Sex, Voice
from bot.tts import _voices

ESPEAK_MODEL: Final = "espeak-ng"


class Timbre(NamedTuple):
    """How a voice sounds: espeak-ng's variant, its pitch (0 to 99) and words per minute."""

    variant: str
    pitch: int
    words_per_minute: int


# Voices of our own making: variants of espeak-ng, told apart by ear. The names are birds, which no
# provider's voice is called after.
_TABLE: Final = """
Wren   | F | f2 | 50 | 165 | clear, friendly
Linnet | F | f1 | 40 | 160 | calm, even
Lark   | F | f4 | 65 | 180 | bright, quick
Dove   | F | f5 | 25 | 150 | low, slow
Robin  | F | f3 | 85 | 170 | young
Heron  | M | m3 | 50 | 165 | clear, even
Finch  | M | m7 | 65 | 180 | light, quick
Rook   | M | m1 | 35 | 160 | dark
Raven  | M | m2 | 15 | 150 | deep, slow
Jay    | M | m5 | 80 | 170 | young
"""
_SEXES: Final = {"F": Sex.FEMALE, "M": Sex.MALE}


def _rows() -> list[tuple[Voice, Timbre]]:
    rows = []
    for line in _TABLE.strip().splitlines():
        id_, sex, variant, pitch, rate, character = (cell.strip() for cell in line.split("|"))
        voice = Voice(id_, id_, _SEXES[sex], character)
        rows.append((voice, Timbre(variant, int(pitch), int(rate))))
    return rows


_ROWS: Final = _rows()
ESPEAK_VOICES: Final[tuple[Voice, ...]] = tuple(voice for voice, _ in _ROWS)
_TIMBRES: Final = {voice.id: timbre for voice, timbre in _ROWS}

# One variant for each voice of a sex, then the same variants at another pitch.
_VARIANTS: Final = {
    Sex.FEMALE: ("f2", "f4", "f1", "f5", "f3"),
    Sex.MALE: ("m3", "m1", "m7", "m2", "m5", "m8"),
}
_PITCHES: Final = (50, 80, 20, 95, 65)
_RATES_WPM: Final = (165, 180, 150)

_PROVIDER_VOICES: Final = {voice.id: voice for voice in _voices.ALL}

_LANGUAGES: Final = {
    Language.CHINESE: "cmn",
    Language.ENGLISH: "en-us",
    Language.GERMAN: "de",
    Language.ITALIAN: "it",
    Language.PORTUGUESE: "pt-br",
    Language.SPANISH: "es",
    Language.JAPANESE: "ja",
    Language.KOREAN: "ko",
    Language.FRENCH: "fr",
    Language.RUSSIAN: "ru",
}
# The first script found decides: kana before Han, because Japanese has both.
_SCRIPTS: Final = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"), "ko"),
    (re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]"), "cmn"),
    # Letters only Ukrainian has before all of Cyrillic.
    (re.compile(r"[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]"), "uk"),
    (re.compile(r"[\u0400-\u04ff]"), "ru"),
    (re.compile(r"[\u0370-\u03ff]"), "el"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
    (re.compile(r"[\u0600-\u06ff]"), "ar"),
    (re.compile(r"[\u0900-\u097f]"), "hi"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
)
_DEFAULT_LANGUAGE: Final = "en-us"


def timbre_of(voice_id: str) -> Timbre:
    """Return how `voice_id` sounds: one of ours as it is, any other by a likeness.

    A likeness has the sex of the voice, as far as that is known, and is always the same.
    """
    if timbre := _TIMBRES.get(voice_id):
        return timbre
    rank, sex = _rank(voice_id)
    variants = _VARIANTS[sex]
    return Timbre(
        variants[rank % len(variants)],
        _PITCHES[rank // len(variants) % len(_PITCHES)],
        _RATES_WPM[rank % len(_RATES_WPM)],
    )


def espeak_language(text: str, voice_id: str, language: str) -> str:
    """Return espeak-ng's name of the language of `text`; if that is open, by its script."""
    name = _known(language) or language_by_script(text)
    voice = _PROVIDER_VOICES.get(voice_id)
    if name == "cmn" and voice is not None and voice.dialect == "Cantonese":
        return "yue"
    return name


def language_by_script(text: str) -> str:
    """Return espeak-ng's name of the language that the script of `text` suggests."""
    return next((name for script, name in _SCRIPTS if script.search(text)), _DEFAULT_LANGUAGE)


def _known(language: str) -> str | None:
    return _LANGUAGES.get(Language(language)) if language in list(Language) else None


def _rank(voice_id: str) -> tuple[int, Sex]:
    """Place a voice among those of its sex; custom voices by a hash of their id."""
    voice = _PROVIDER_VOICES.get(voice_id)
    if voice is None or voice.sex is None:
        digest = hashlib.sha256(voice_id.encode("utf-8", "replace")).digest()
        return digest[0], Sex.FEMALE if digest[1] % 2 else Sex.MALE
    peers = [other.id for other in _voices.ALL if other.sex is voice.sex]
    return peers.index(voice_id), voice.sex
