"""What is said in the language of a message: complete in all of them, and in the right form."""

from __future__ import annotations

import dataclasses
import re

import pytest

from bot.models import Language
from bot.text.message import AttachmentKind
from bot.text.nodes import Place
from bot.text.phrases import PHRASES, choice_of, counted, filled, listed

LANGUAGES = [language for language in Language if language is not Language.AUTO]
IMAGE, FILE, VOICE = AttachmentKind.IMAGE, AttachmentKind.FILE, AttachmentKind.VOICE
ZH, EN, DE, IT = Language.CHINESE, Language.ENGLISH, Language.GERMAN, Language.ITALIAN
PT, ES, JA, KO = Language.PORTUGUESE, Language.SPANISH, Language.JAPANESE, Language.KOREAN
FR, RU = Language.FRENCH, Language.RUSSIAN

FIELDS = {
    "says": {"name"},
    "subject": {"name"},
    "arrives": {"name"},
    "departs": {"name"},
    "several_arrive": {"name"},
    "several_depart": {"name"},
    "command": {"name"},
    "reply": {"name"},
    "code_in": {"language"},
    "sent": {"things"},
    "sticker": {"names"},
    "poll_won": {"answer", "percent"},
}


def texts(language: Language) -> dict[str, str]:
    phrases = PHRASES[language]
    values = {each.name: getattr(phrases, each.name) for each in dataclasses.fields(phrases)}
    return {name: value for name, value in values.items() if isinstance(value, str)}


@pytest.mark.parametrize("language", Language)
def test_every_language_has_every_phrase(language: Language) -> None:
    phrases = PHRASES[language]
    assert set(phrases.places) == set(Place)
    assert set(phrases.files) == set(AttachmentKind)
    assert all(text for name, text in texts(language).items() if name != "space")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_has_a_place_for_its_words_and_for_no_others(language: Language) -> None:
    found = {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in texts(language).items()}
    expected = {name: FIELDS.get(name, set()) for name in found}
    assert found == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_its_form(language: Language) -> None:
    phrases = PHRASES[language]
    for forms in (*phrases.files.values(), phrases.sent_sticker):
        assert {phrases.plural(count) for count in range(1, 200)} == set(range(len(forms)))


def test_english_is_said_where_nobody_knows_the_language() -> None:
    assert PHRASES[Language.AUTO] is PHRASES[Language.ENGLISH]


@pytest.mark.parametrize(
    ("language", "kind", "count", "said"),
    [
        (EN, IMAGE, 1, "an image"),
        (EN, IMAGE, 3, "3 images"),
        (EN, VOICE, 1, "a voice message"),
        (DE, IMAGE, 1, "ein Bild"),
        (DE, FILE, 2, "2 Dateien"),
        (FR, FILE, 1, "un fichier"),
        (FR, IMAGE, 10, "10 images"),
        (ES, IMAGE, 1, "una imagen"),
        (ES, IMAGE, 2, "2 imágenes"),
        (IT, IMAGE, 1, "un'immagine"),
        (IT, FILE, 4, "4 file"),
        (PT, IMAGE, 1, "uma imagem"),
        (PT, IMAGE, 2, "duas imagens"),
        (PT, FILE, 2, "dois arquivos"),
        (PT, FILE, 3, "3 arquivos"),
        (RU, FILE, 1, "файл"),
        (RU, FILE, 2, "2 файла"),
        (RU, FILE, 4, "4 файла"),
        (RU, FILE, 5, "5 файлов"),
        (RU, FILE, 11, "11 файлов"),
        (RU, FILE, 12, "12 файлов"),
        (RU, FILE, 22, "22 файла"),
        (RU, FILE, 114, "114 файлов"),
        (RU, IMAGE, 3, "3 изображения"),
        (ZH, IMAGE, 1, "一张图片"),
        (ZH, IMAGE, 2, "两张图片"),
        (ZH, FILE, 5, "5个文件"),
        (JA, IMAGE, 1, "画像"),
        (JA, IMAGE, 3, "画像3枚"),
        (KO, IMAGE, 1, "이미지"),
        (KO, FILE, 2, "파일 2개"),
    ],
)
def test_files_are_counted_as_the_language_does(
    language: Language, kind: AttachmentKind, count: int, said: str
) -> None:
    phrases = PHRASES[language]
    assert counted(phrases.files[kind], count, phrases) == said


@pytest.mark.parametrize(
    ("language", "listing", "choice"),
    [
        (EN, "a, b, and c", "a, b, or c"),
        (DE, "a, b und c", "a, b oder c"),
        (FR, "a, b et c", "a, b ou c"),
        (ES, "a, b y c", "a, b o c"),
        (IT, "a, b e c", "a, b o c"),
        (PT, "a, b e c", "a, b ou c"),
        (RU, "a, b и c", "a, b или c"),
        (ZH, "a、b和c", "a、b或c"),
        (JA, "a、b、c", "a、b、またはc"),
        (KO, "a, b 및 c", "a, b 또는 c"),
    ],
)
def test_words_are_listed_as_the_language_does(
    language: Language, listing: str, choice: str
) -> None:
    phrases = PHRASES[language]
    assert listed(["a", "b", "c"], phrases) == listing
    assert choice_of(["a", "b", "c"], phrases) == choice
    assert listed([], phrases) == choice_of([], phrases) == ""


@pytest.mark.parametrize(
    ("things", "said"),
    [
        ("이미지", "이미지를 보냈습니다"),
        ("동영상", "동영상을 보냈습니다"),
        ("이미지 2장", "이미지 2장을 보냈습니다"),
        ("파일 3개", "파일 3개를 보냈습니다"),
        ("GIF", "GIF를 보냈습니다"),
    ],
)
def test_a_korean_particle_fits_the_sound_before_it(things: str, said: str) -> None:
    assert filled(PHRASES[KO].sent, things=things) == said


def test_words_of_people_are_never_places_for_others() -> None:
    assert (
        filled("{name} says {word}", name="{word}", word="{name} {0}") == "{word} says {name} {0}"
    )
