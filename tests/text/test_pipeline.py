"""All steps from a message to what is said of it: what holds whatever people write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.settings.choices import BlockedReading
from bot.settings.guild import GuildSettings
from bot.text.blocked import BLEEPS, blocked_words
from bot.text.language import LanguageDetector
from bot.text.lexicon import (
    MAX_ENTRIES,
    MAX_READING_CHARACTERS,
    MAX_WORD_CHARACTERS,
    Lexicon,
    LexiconEntry,
)
from bot.text.message import ChatMessage, Poll
from bot.text.pipeline import put_into_words
from tests.text.hostile import HOSTILE, PIECES
from tests.text.hostile_words import HOSTILE_WORDS

if TYPE_CHECKING:
    from bot.text.pipeline import Words

EN, DE, FR, JA = Language.ENGLISH, Language.GERMAN, Language.FRENCH, Language.JAPANESE
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LIMIT = 300

BLOCKED = ("badword", "rude phrase", "馬鹿")
BLEEPED = GuildSettings(blocked_words=BLOCKED, on_blocked=BlockedReading.BLEEP)
SKIPPED = GuildSettings(blocked_words=BLOCKED, on_blocked=BlockedReading.SKIP)
RUDE = Lexicon([LexiconEntry("bw", "badword"), LexiconEntry("half", "rude")])

PINGS = ("<@", "@everyone", "@here")

ECHOED = {
    "everyone": "@everyone come",
    "here": "@here come",
    "member": "<@1> come",
    "nickname": "<@!1> come",
    "role": "<@&1> come",
    "unknown member": "<@99> come",
    "command": "</join:1> come",
    "guide": "<id:guide> come",
    "half a mention": "<@ come",
    "mention without end": "<@1 come",
    "mention in a mention": "<@<@1>1> come",
    "nobody sees its joiner": "@\u200beveryone come",
    "role of everyone": "<@&<@&1>> come",
    "in fancy letters": "@𝓮𝓿𝓮𝓻𝔂𝓸𝓷𝓮 come",
    "wide": "＠ｅｖｅｒｙｏｎｅ come",
    "wide member": "＜＠１＞ come",
    "in code": "`@everyone` come",
    "in an open fence": "```\n@everyone <@1> come",
    "in a link": "[@everyone](https://evil.example) come",
    "escaped": "\\@everyone \\<@1> come",
    "in letters of a style": "@every**one** come",
}

BOMBS = {
    "repeated": Lexicon([LexiconEntry("a", "a" * MAX_READING_CHARACTERS)]),
    "round about": Lexicon([LexiconEntry("a", "b b"), LexiconEntry("b", "a a")]),
    "full": Lexicon(
        LexiconEntry("a" * (1 + number % MAX_WORD_CHARACTERS) + str(number), "b" * 100)
        for number in range(MAX_ENTRIES)
    ),
    "of itself": Lexicon([LexiconEntry("a", "a a")]),
}

PIECES_OF_MESSAGES = PIECES | st.sampled_from(
    [
        *BLOCKED,
        *("bw ", "half phrase", "b a d w o r d", "BADWORD", "rude ", "phrase ", "b4dw0rd"),
        *("@here", "@", "everyone", "<", "<@&1>", "<@!1>", "＠", "＜", "\u200b", "\n", "~"),
        *("😂", "ﷺ", "www", "brb ", "5kg ", "ахахах", "ㅋㅋㅋ", "\ud800", "\u202e", "&1>", "!1>"),
    ]
)
MESSAGES = st.lists(PIECES_OF_MESSAGES, max_size=40).map("".join)


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    loaded = LanguageDetector()
    loaded.load()
    return loaded


def words_of(
    message: ChatMessage | str,
    detector: LanguageDetector,
    *,
    of: GuildSettings | None = None,
    lexicon: Lexicon | None = None,
    language: Language | None = None,
    last: Language | None = None,
    most: int = LIMIT,
) -> Words:
    if isinstance(message, str):
        message = ChatMessage(message, users={1: "Bob"}, roles={1: "Mods"}, channels={1: "news"})
    return put_into_words(
        message,
        settings=of or GuildSettings(),
        lexicon=lexicon or Lexicon(),
        detector=detector,
        now=NOW,
        language=language,
        last=last,
        max_characters=most,
    )


# What holds for everything


@settings(max_examples=100, deadline=None)
@given(
    MESSAGES, st.sampled_from([None, *Language]), st.integers(10, 400), st.booleans(), st.booleans()
)
def test_whatever_is_written_is_cut_bleeped_and_pings_nobody(
    detector: LanguageDetector,
    text: str,
    language: Language | None,
    most: int,
    is_poll: bool,
    is_forwarded: bool,
) -> None:
    message = ChatMessage(
        text,
        users={1: "Bob"},
        poll=Poll(text, (text, "")) if is_poll else None,
        forwarded=ChatMessage(text) if is_forwarded else None,
    )
    words = words_of(message, detector, of=BLEEPED, lexicon=RUDE, language=language, most=most)
    assert len(words.text) <= most
    assert not blocked_words(BLOCKED).is_in(words.text)
    assert not any(ping in words.text for ping in PINGS)


@pytest.mark.parametrize("name", [*HOSTILE, *HOSTILE_WORDS])
def test_a_hostile_message_is_no_longer_than_any_other(
    detector: LanguageDetector, name: str
) -> None:
    text = HOSTILE_WORDS.get(name) or HOSTILE[name]
    words = words_of(text, detector, of=BLEEPED, lexicon=RUDE)
    assert len(words.text) <= LIMIT
    assert not any(ping in words.text for ping in PINGS)


@pytest.mark.parametrize("text", ECHOED.values(), ids=ECHOED)
def test_what_would_ping_is_not_said_as_it_is_written(
    detector: LanguageDetector, text: str
) -> None:
    assert not any(ping in words_of(text, detector).text for ping in PINGS)


@pytest.mark.parametrize("text", ["", "\u200b", "||||||||", "@", "<@", "...", "\x00", "`" * 2_000])
def test_of_a_message_without_words_nothing_is_said(detector: LanguageDetector, text: str) -> None:
    assert words_of(text, detector).text == ""


#


@pytest.mark.parametrize("lexicon", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("text", ["a " * 2_000, "a" * 4_000, "a b " * 1_000], ids=len)
def test_a08_a_dictionary_is_no_bomb(
    detector: LanguageDetector, lexicon: Lexicon, text: str
) -> None:
    words = words_of(text, detector, lexicon=lexicon, language=EN)
    assert 0 < len(words.text) <= LIMIT


def test_a08_what_was_put_in_place_of_a_word_is_not_read_again(detector: LanguageDetector) -> None:
    lexicon = Lexicon([LexiconEntry("cat", "dog"), LexiconEntry("dog", "cat")])
    words = words_of("cat and dog", detector, lexicon=lexicon, language=EN)
    assert words.text == "dog and cat"


# Blocked words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what a badword", "what a beep"),
        ("what a **bad**word", "what a beep"),
        ("what a 𝓫𝓪𝓭𝔀𝓸𝓻𝓭", "what a beep"),
        ("what a bad\u200bword", "what a beep"),
        ("what a bw", "what a beep"),
        ("that half phrase", "that beep"),
    ],
)
def test_a_blocked_word_is_bleeped_however_it_comes_to_be_said(
    detector: LanguageDetector, text: str, said: str
) -> None:
    words = words_of(text, detector, of=BLEEPED, lexicon=RUDE, language=EN)
    assert words.is_blocked
    assert words.text == said


@pytest.mark.parametrize("text", ["what a badword", "what a bw"])
def test_a_blocked_word_is_told_where_the_message_is_not_read(
    detector: LanguageDetector, text: str
) -> None:
    assert words_of(text, detector, of=SKIPPED, lexicon=RUDE, language=EN).is_blocked


def test_a_blocked_word_that_the_dictionary_leaves_out_is_still_told(
    detector: LanguageDetector,
) -> None:
    lexicon = Lexicon([LexiconEntry("badword", "flower")])
    words = words_of("what a badword", detector, of=SKIPPED, lexicon=lexicon, language=EN)
    assert words.is_blocked


@pytest.mark.parametrize("language", [EN, DE, FR, JA])
@pytest.mark.parametrize("most", range(10, 31))
def test_what_is_cut_has_been_bleeped_before(
    detector: LanguageDetector, language: Language, most: int
) -> None:
    text = "badword " * 40
    words = words_of(text, detector, of=BLEEPED, language=language, most=most)
    assert 0 < len(words.text) <= most
    assert "bad" not in words.text
    assert BLEEPS[language] in words.text


def test_a_word_that_a_beep_lays_bare_is_bleeped_too(detector: LanguageDetector) -> None:
    words = words_of("馬鹿b a d w o r d", detector, of=BLEEPED, language=EN)
    assert words.text == "beep beep"


def test_a_word_that_the_cut_lays_bare_is_bleeped_too(detector: LanguageDetector) -> None:
    words = words_of("badwordishly", detector, of=BLEEPED, language=Language.CHINESE, most=10)
    assert not blocked_words(BLOCKED).is_in(words.text)


# The language


@pytest.mark.parametrize("forced", [EN, DE, FR, JA])
def test_a_language_that_was_chosen_is_kept(detector: LanguageDetector, forced: Language) -> None:
    words = words_of("Das Schiff kommt heute nicht.", detector, language=forced, last=EN)
    assert words.language is forced


def test_a_language_is_found_out(detector: LanguageDetector) -> None:
    words = words_of("Das Schiff kommt heute wieder nicht in den Hafen.", detector, last=EN)
    assert words.language is DE


@pytest.mark.parametrize("last", [EN, DE, FR])
def test_a_word_of_any_language_is_in_what_its_author_wrote_last(
    detector: LanguageDetector, last: Language
) -> None:
    assert words_of("ok", detector, last=last).language is last


@pytest.mark.parametrize("hint", [EN, DE, FR])
def test_a_word_of_any_language_is_in_what_is_usual_here(
    detector: LanguageDetector, hint: Language
) -> None:
    assert words_of("ok", detector, of=GuildSettings(language=hint)).language is hint
