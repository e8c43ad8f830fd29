"""F10: what becomes of 600 characters before they are sent, and of the worst that people write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from bot.errors import UserError
from bot.models import Language, Source, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.settings.pages.filters import MAX_BLOCKED_WORDS
from bot.speech import SpeechService
from bot.text.blocked import BlockedWords
from bot.text.language import LanguageDetector
from bot.text.lexicon import MAX_ENTRIES, MAX_READING_CHARACTERS, Lexicon, LexiconEntry
from bot.text.markup import parse
from bot.text.message import ChatMessage
from bot.text.pipeline import put_into_words
from bot.text.speakable import speak
from bot.tts.synthesizer import Synthesizer
from tests.benchmarks._figures import Figure, Findings, spread
from tests.text.hostile import HOSTILE as HOSTILE_MARKUP
from tests.text.hostile_words import HOSTILE_WORDS

ROUNDS = 200

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
PARTS = [(at, length) for at in range(0, 600, 20) for length in range(1, 51, 7)]
"""Where words for the dictionary are taken from a text: overlapping ones of every length."""

MARKED_UP = (
    "# Hi <@42>\n- see [the page](https://example.com/a) or https://xn--mnchen-3ya.de, "
    "<t:1793714400:R>\n- ||secret|| and `x = 1`, <:kappa:1><:kappa:1> 😂\n"
    "> **quoted *twice* over** ~~not~~\n"
    "```py\nprint(1)\n``` </join:5> in <#123>, @everyone! \\*so\\* it is"
) * 3
MARKED_UP = MARKED_UP[:600]
NOW = datetime(2026, 11, 3, tzinfo=UTC)

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
NO_LEXICON = Lexicon([])
DETECTOR = LanguageDetector()
"""Never asked: the language is given."""

CHOICES = {
    "flash": VoiceSettings(),
    "instruct": VoiceSettings(model="qwen3-tts-instruct-flash"),
}


class Nobody(Synthesizer):
    """Is never asked."""

    def stream(self, request: object) -> object:  # type: ignore[override]
        raise AssertionError


def run(_seconds: float) -> Findings:
    """Prepare texts, again and again, as `/say` does."""
    findings = Findings()
    service = SpeechService(synthesizer=Nobody(), defaults=VoiceSettings())
    whole = [
        took
        for choice in CHOICES.values()
        for took in asyncio.run(_times_ms(service, WHOLE, choice, ROUNDS))
    ]
    findings.notes.append(f"600 characters with everything in them: {spread(whole)} ms")
    worst = {}
    for name, text in HOSTILE.items():
        worst[name] = max(
            min(asyncio.run(_times_ms(service, text, choice, 5))) for choice in CHOICES.values()
        )
    slowest = max(worst, key=lambda name: worst[name])
    findings.notes.append(
        f"4,000 hostile characters, best of 5: {worst[slowest]:.2f} ms at most ({slowest})"
    )
    half = min(asyncio.run(_times_ms(service, HOSTILE[slowest][:2_000], CHOICES["instruct"], 5)))
    findings.notes.append(f"half of those: {half:.2f} ms")
    findings.figures += [
        Figure(id="F10", what="600 characters, p50", unit="ms", target=1, ours=spread(whole).p50),
        Figure(
            id="F10",
            what="4,000 hostile characters, worst of their kinds",
            unit="ms",
            target=5,
            ours=worst[slowest],
        ),
    ]
    _look_up(findings)
    _search(findings)
    _tell_apart(findings)
    _speak(findings)
    _word(findings)
    return findings


def _word(findings: Findings) -> None:
    """Make what people write in chats into what they would say, in every language."""
    chat = [
        _took_ms(lambda language=language: _worded(CHAT, language))
        for _ in range(ROUNDS // 10)
        for language in Language
    ]
    first = max(chat[: len(Language)])
    whole = spread(chat[len(Language) :])
    findings.notes.append(f"600 characters of chat as words: {whole} ms")
    findings.notes.append(f"with the first of a language, whose names are read: {first:.1f} ms")
    worst = {
        f"{name} in {language}": min(
            _took_ms(lambda text=text, language=language: _worded(text, language)) for _ in range(3)
        )
        for name, text in HOSTILE_WORDS.items()
        for language in Language
    }
    slowest = max(worst, key=lambda name: worst[name])
    findings.notes.append(f"the slowest of the hostile ones is {slowest}")
    findings.figures += [
        Figure(id="F10", what="600 characters of chat, p50", unit="ms", target=1, ours=whole.p50),
        Figure(
            id="F10",
            what="4,000 hostile characters of chat",
            unit="ms",
            target=5,
            ours=worst[slowest],
        ),
    ]


def _worded(text: str, language: Language) -> None:
    put_into_words(
        ChatMessage(text),
        settings=GuildSettings(),
        lexicon=NO_LEXICON,
        detector=DETECTOR,
        now=NOW,
        language=language,
        max_characters=300,
    )


def _speak(findings: Findings) -> None:
    """Turn messages with all kinds of markup into words."""
    whole = spread([_took_ms(lambda: _spoken(MARKED_UP)) for _ in range(ROUNDS)])
    findings.notes.append(f"600 characters of markup as words: {whole} ms")
    worst = {
        name: min(_took_ms(lambda text=text: _spoken(text)) for _ in range(5))
        for name, text in (HOSTILE | HOSTILE_MARKUP).items()
    }
    slowest = max(worst, key=lambda name: worst[name])
    findings.notes.append(f"the slowest of the hostile ones is {slowest}")
    findings.figures += [
        Figure(id="F10", what="600 characters of markup, p50", unit="ms", target=1, ours=whole.p50),
        Figure(
            id="F10",
            what="4,000 hostile characters of markup",
            unit="ms",
            target=5,
            ours=worst[slowest],
        ),
    ]


def _spoken(text: str) -> None:
    message = ChatMessage(text, users={42: "Bob"})
    speak(message, parse(text), settings=GuildSettings(), language=Language.ENGLISH, now=NOW)


def _look_up(findings: Findings) -> None:
    """Read the same texts with the largest dictionary, full of words that are in them."""
    parts = [text[at : at + length] for text in (WHOLE, *HOSTILE.values()) for at, length in PARTS]
    words = [*dict.fromkeys(part.strip() for part in parts if part.strip())]
    words += [f"word {number}" for number in range(MAX_ENTRIES - len(words))]
    entries = [LexiconEntry(word, "x" * MAX_READING_CHARACTERS) for word in words]
    lexicon = Lexicon(entries)
    compiling = spread([_took_ms(lambda: Lexicon(entries)) for _ in range(20)])
    findings.notes.append(f"a dictionary of {len(words):,} words is compiled in {compiling} ms")
    whole = spread([_took_ms(lambda: _read(lexicon, WHOLE)) for _ in range(ROUNDS)])
    findings.notes.append(f"600 characters looked up in it: {whole} ms")
    worst = {
        name: min(_took_ms(lambda text=text: _read(lexicon, text)) for _ in range(5))
        for name, text in HOSTILE.items()
    }
    slowest = max(worst, key=lambda name: worst[name])
    findings.notes.append(f"the slowest of the hostile ones is {slowest}")
    findings.figures += [
        Figure(id="F10", what="600 characters looked up, p50", unit="ms", target=1, ours=whole.p50),
        Figure(
            id="F10",
            what="4,000 hostile characters looked up",
            unit="ms",
            target=5,
            ours=worst[slowest],
        ),
    ]


def _search(findings: Findings) -> None:
    """Look for as many blocked words as a server may have, in any disguise."""
    blocked = BlockedWords(f"word{number}" for number in range(MAX_BLOCKED_WORDS))
    whole = spread([_took_ms(lambda: blocked.is_in(WHOLE)) for _ in range(ROUNDS)])
    findings.notes.append(f"600 characters searched for blocked words: {whole} ms")
    findings.figures.append(
        Figure(id="F10", what="600 characters searched, p50", unit="ms", target=1, ours=whole.p50)
    )


def _tell_apart(findings: Findings) -> None:
    """Find the language of the same text."""
    detector = LanguageDetector()
    findings.notes.append(f"the model of languages is read in {_took_ms(detector.load):.1f} ms")
    whole = spread([_took_ms(lambda: detector.detect(WHOLE)) for _ in range(ROUNDS)])
    findings.notes.append(f"the language of 600 characters: {whole} ms")
    findings.figures.append(
        Figure(
            id="F10", what="language of 600 characters, p50", unit="ms", target=1, ours=whole.p50
        )
    )


def _read(lexicon: Lexicon, text: str) -> None:
    lexicon.read(text, max_characters=2 * len(text))


def _took_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


async def _times_ms(
    service: SpeechService, text: str, choice: VoiceSettings, rounds: int
) -> list[float]:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        with suppress(UserError):  # nothing to say in it, which was to be found out too
            await service.prepare(text, Source(1), choice)
        times.append((time.perf_counter() - began) * 1e3)
    return times
