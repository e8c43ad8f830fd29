"""F10: what becomes of 600 characters before they are sent, and of the worst that people write.

Times are those of the processor, so that what else the machine does counts for little. The usual
way does far less (see `_naive_words`); what it does, it does to the same texts, by turns with ours.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from bot.models import Language
from bot.settings.guild import GuildSettings
from bot.settings.pages.filters import MAX_BLOCKED_WORDS
from bot.text.blocked import BlockedWords
from bot.text.language import LanguageDetector
from bot.text.lexicon import MAX_ENTRIES, MAX_READING_CHARACTERS, Lexicon, LexiconEntry
from bot.text.message import ChatMessage
from bot.text.pipeline import put_into_words
from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._naive_words import NaiveWords
from tests.benchmarks._reader import Reader, open_reader
from tests.text.hostile import HOSTILE as HOSTILE_MARKUP
from tests.text.hostile_words import HOSTILE_WORDS

T = TypeVar("T")

TURNS = 10
IN_A_ROW = 10
"""What one leaves in the processor's memory slows the other down."""

ROUNDS_OF_HOSTILE = 5
MOST_MS = 5
"""For the worst that people write."""

WITH_LISTS = 3
"""Times as much: for a message, for what is looked up, and for what is searched for in it."""

LINEAR = 5
"""Four, and a quarter for what else happens meanwhile."""

LEAST_MS = 0.5
"""Of less, too much is the same for every text."""


EVERYTHING = (
    "Good evening @everyone! On 3 November 2026 at 19:45 we meet <#123> with 1,250.50 €. "
    "See https://example.com/a?b=c, or ask <@42>… 你好，今天的天气很好。我们明天见！ こんにちは。 "
    "**Bold**, `code`, ||secret|| and 👩‍👩‍👧‍👦 😂😂😂. "
    "It is the 21st, 3.5 km away, -7 °C, 50 % off; call 555-0100. “Really?” she said. No. 1 of 12! "
)
WHOLE = (EVERYTHING * 3)[:600]

HOSTILE = {
    "digits": "9" * 4_000,
    "numbers": "1 " * 2_000,
    "letters": "a" * 4_000,
    "stops": "." * 4_000,
    "zalgo": "Z" + "\u0301" * 3_999,
    "families": "👨‍👩‍👧‍👦" * 570,
    "ligatures": "ﷺ" * 4_000,
    "lines": "\n" * 3_999 + "a",
    "abbreviations": "Dr. " * 1_000,
    "quotes": "“" * 4_000,
    "marks": "\u202e" + "evil" * 999,
}
ALL_HOSTILE = HOSTILE | HOSTILE_MARKUP | HOSTILE_WORDS
PARTS = [(at, length) for at in range(0, 600, 20) for length in range(1, 51, 7)]
"""Where words for the dictionary are taken from a text: overlapping ones of every length."""

MARKED_UP = (
    "# Hi <@42>\n- see [the page](https://example.com/a) or https://xn--mnchen-3ya.de, "
    "<t:1793714400:R>\n- ||secret|| and `x = 1`, <:kappa:1><:kappa:1> 😂\n"
    "> **quoted *twice* over** ~~not~~\n"
    "```py\nprint(1)\n``` </join:5> in <#123>, @everyone! \\*so\\* it is"
) * 3
MARKED_UP = MARKED_UP[:600]

CHAT = (
    "brb idk tbh, looool that was soooo good hahahaha 😂😂😂!!! 𝓱𝓮𝔂 no no no no no no, "
    "xD 🔥❤️👍🏽 it's 5kg, 1h30 and 3–5 km on 2026-11-29, e.g. w/ you; asdfghjkl. "
    "哈哈哈哈 yyds ㅋㅋㅋㅋ jajaja ахаха すごいwww 🇩🇪 1️⃣ ﷺ H̸̡e̸l̸l̸o "
    "and then we all went down to the harbour, where the old ship with the red sails had come in "
    "over night. Nobody knew where it was from, so Ann asked the captain, who only shook his head "
    "and pointed at the sea. I think he has not spoken to anyone for years! Are you in tomorrow? "
    "We could take the boat and look at it from the other side."
)
CHAT = CHAT[:600]
TYPICAL = {" with everything in them": WHOLE, " of chat": CHAT, " of markup": MARKED_UP}

NOW = datetime(2026, 11, 3, tzinfo=UTC)
BLOCKED = [f"word{number}" for number in range(MAX_BLOCKED_WORDS)]
PLAIN, SPELLING, FULL = range(1, 4)
"""A server that has decided nothing, one whose model misreads digits, and one with all the words
that may be blocked and the largest dictionary."""


@dataclass(frozen=True, slots=True)
class Way(Generic[T]):
    """Something that is done to a text, by us and as usual."""

    what: str
    ours: Callable[[T], object]
    usual: Callable[[T], object] | None = None
    """None where it would take minutes."""

    def typical(self, text: T, kind: str = "", *, target_ms: float = 1) -> Findings:
        """Find out what it usually costs."""
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(TURNS):
            for times, takes in zip(took, (self._ours_ms, self._usual_ms), strict=True):
                times += [takes(text) for _ in range(IN_A_ROW)]
        ours, usual = map(spread, took)
        what = f"600 characters{kind}{self.what}"
        return Findings(
            [self._figure(f"{what}, p50", "ms", target_ms, ours.p50, usual.p50)],
            [f"{what}: {ours} ms"],
        )

    def hostile(self, texts: Mapping[str, T], *, target_ms: float = MOST_MS) -> Findings:
        """Find out what it costs at most, and with which of the texts."""
        ours = {name: self._best_ms(text) for name, text in texts.items()}
        usual = {name: self._usual_ms(text) for name, text in texts.items()}
        slowest = _most(ours)
        what = f"4,000 hostile characters{self.what}"
        return Findings(
            [self._figure(what, "ms", target_ms, ours[slowest], usual[_most(usual)])],
            [f"{what}: {slowest} take longest"],
        )

    def growth(self: Way[str], texts: Mapping[str, str]) -> Findings:
        """Find out how many times as long as a quarter of it any of the texts takes."""
        steps = {
            name: [self._best_ms(text[: len(text) // part]) for part in (4, 2, 1)]
            for name, text in texts.items()
        }
        ratios = {name: each[2] / each[0] for name, each in steps.items() if each[2] >= LEAST_MS}
        steepest = _most(ratios)
        usual = self._usual_ms(texts[steepest]) / self._usual_ms(
            texts[steepest][: len(texts[steepest]) // 4]
        )
        took = " / ".join(f"{each:.2f}" for each in steps[steepest])
        return Findings(
            [self._figure("four times as many", "x", LINEAR, ratios[steepest], usual)],
            [f"a quarter, half and all of {steepest}: {took} ms"],
        )

    def _best_ms(self, text: T) -> float:
        return min(self._ours_ms(text) for _ in range(ROUNDS_OF_HOSTILE))

    def _ours_ms(self, text: T) -> float:
        return _took_ms(self.ours, text)

    def _usual_ms(self, text: T) -> float:
        return _took_ms(self.usual, text) if self.usual else 0.0

    def _figure(self, what: str, unit: str, target: float, ours: float, usual: float) -> Figure:
        return Figure(
            id="F10",
            what=what,
            unit=unit,
            target=target,
            ours=ours,
            usual=usual if self.usual else None,
        )


def run(_seconds: float) -> Findings:
    """Prepare messages as the bot does with each it reads, and take the costly steps alone."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> Findings:
    dictionary = _words_of_texts()
    async with open_reader(folder) as reader:
        await reader.add_server(PLAIN)
        await reader.add_server(SPELLING, model="qwen3-tts-instruct-flash")
        await reader.add_server(FULL, blocked=BLOCKED, dictionary=dictionary)
        found = [*_messages(reader, dictionary), *_steps(dictionary), *_in_every_language()]
    return Findings(
        [figure for each in found for figure in each.figures],
        [note for each in found for note in each.notes],
    )


def _messages(reader: Reader, dictionary: Mapping[str, str]) -> Iterator[Findings]:
    """Go the whole way of a message, from what came in to the requests."""
    naive = NaiveWords().put
    plain = Way("", lambda text: reader.prepare(text, PLAIN), naive)
    spelling = Way(", digits spelled", lambda text: reader.prepare(text, SPELLING), naive)
    for way in (plain, spelling):
        for kind, text in TYPICAL.items():
            yield way.typical(text, kind)
        yield way.hostile(ALL_HOSTILE)
    yield plain.growth(ALL_HOSTILE)
    naive = NaiveWords(BLOCKED, dictionary).put
    full = Way(", all lists full", lambda text: reader.prepare(text, FULL), naive)
    yield full.typical(WHOLE, target_ms=WITH_LISTS)
    yield replace(full, usual=None).hostile(ALL_HOSTILE, target_ms=WITH_LISTS * MOST_MS)


def _steps(dictionary: Mapping[str, str]) -> Iterator[Findings]:
    """Do alone what costs most: with the largest lists, and with nothing known of the language."""
    naive = NaiveWords(BLOCKED, dictionary)
    blocked, detector = BlockedWords(BLOCKED), LanguageDetector()
    loading = _took_ms(lambda _: detector.load(), "")
    entries = [LexiconEntry(word, said) for word, said in dictionary.items()]
    compiling = min(_took_ms(lambda _: Lexicon(entries), "") for _ in range(ROUNDS_OF_HOSTILE))
    yield Findings(
        notes=[
            f"a dictionary of {len(entries):,} words is compiled in {compiling:.1f} ms",
            f"the model of languages is read in {loading:.1f} ms",
        ]
    )
    lexicon = Lexicon(entries)

    def read(text: str) -> None:
        lexicon.read(text, max_characters=2 * len(text))

    yield Way(", looked up", read, naive.read).typical(WHOLE)
    yield Way(", looked up", read).hostile(HOSTILE)
    searched = Way(", searched", blocked.is_in, naive.is_blocked)
    yield searched.typical(WHOLE)
    yield searched.hostile(HOSTILE)
    yield Way(", their language", detector.detect, naive.detect).typical(WHOLE)


def _in_every_language() -> Iterator[Findings]:
    """Make what people write in chats into what they would say, in each of the languages."""
    lexicon, detector = Lexicon(), LanguageDetector()  # not asked: the language is given
    naive = NaiveWords().put

    def put(written: tuple[str, Language]) -> None:
        put_into_words(
            ChatMessage(written[0]),
            settings=GuildSettings(),
            lexicon=lexicon,
            detector=detector,
            now=NOW,
            language=written[1],
        )

    first = max(_took_ms(put, (CHAT, language)) for language in Language)
    yield Findings(notes=[f"the first of a language, whose names are read: {first:.1f} ms"])
    texts = {
        f"{name} in {language}": (text, language)
        for name, text in HOSTILE_WORDS.items()
        for language in Language
    }
    yield Way(" in any language", put, lambda written: naive(written[0])).hostile(texts)


def _words_of_texts() -> dict[str, str]:
    """Return the largest dictionary, full of words that are in the texts."""
    parts = [text[at : at + length] for text in (WHOLE, *HOSTILE.values()) for at, length in PARTS]
    words = [*dict.fromkeys(part.strip() for part in parts if part.strip())]
    words += [f"word {number}" for number in range(MAX_ENTRIES - len(words))]
    return dict.fromkeys(words, "x" * MAX_READING_CHARACTERS)


def _most(amounts: Mapping[str, float]) -> str:
    return max(amounts, key=amounts.__getitem__)


def _took_ms(work: Callable[[T], object], text: T) -> float:
    began = time.thread_time()
    work(text)
    return (time.thread_time() - began) * 1e3
