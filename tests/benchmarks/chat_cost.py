"""COST: what a thousand messages of a chat cost, with the cache and without.

The chat is made up, the same each time: of a thousand messages 40 % are one of 80 short phrases,
the n-th of them n times as rare as the first, as words are in any language (Zipf); the others are
sentences of 3 to 18 words that nobody has said before. One voice, no fallback, no fault.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from random import Random

from bot.audio.samples import RATE_HZ
from bot.models import SpeechRequest, Voice
from bot.tts.cached import ClipCache
from bot.tts.catalog import DEFAULT_MODEL, DEFAULT_VOICE, weighted_characters
from bot.tts.prices import Prices
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer
from tests.benchmarks._figures import Figure, Findings

MESSAGES = 1_000
PHRASES = 80
PHRASE_SHARE = 0.4
VOICE = Voice(DEFAULT_VOICE)
TONE = b"".join(
    round(5_000 * math.sin(math.tau * 400 * at / RATE_HZ)).to_bytes(2, "little", signed=True)
    for at in range(RATE_HZ)
)

# Syllables make words of lengths as they are.
_SYLLABLES = ("ba", "do", "ki", "lu", "me", "ro", "sa", "ti", "vo", "ne", "shi", "gan", "ter")


class Meter(Synthesizer):
    """Answers with a second of tone, and counts what it is asked for."""

    def __init__(self) -> None:
        self.requests = 0
        self.characters = 0

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.requests += 1
        self.characters += weighted_characters(request.text)
        yield TONE


def run(_seconds: float) -> Findings:
    """Say the chat through the real recorder, with a cache and with none."""
    messages = list(chat(Random(1)))
    ours = asyncio.run(_say(messages, ClipCache(memory_bytes=64 * 1024 * 1024)))
    usual = asyncio.run(_say(messages, None))
    findings = Findings()
    for name, meter in (("with the cache", ours), ("without", usual)):
        findings.notes.append(
            f"{name}: {meter.requests} requests, {meter.characters} characters, "
            f"{_usd(meter):.3f} USD"
        )
    findings.figures.append(
        Figure(
            id="COST",
            what=f"{MESSAGES} messages of a chat, {DEFAULT_MODEL}",
            unit="USD",
            target=_usd(usual),
            ours=_usd(ours),
            usual=_usd(usual),
        )
    )
    return findings


def chat(chance: Random) -> list[str]:
    """Return the messages."""
    phrases = [_sentence(chance, chance.randint(1, 3)) for _ in range(PHRASES)]
    weights = [1 / rank for rank in range(1, PHRASES + 1)]
    return [
        chance.choices(phrases, weights)[0]
        if chance.random() < PHRASE_SHARE
        else _sentence(chance, chance.randint(3, 18))
        for _ in range(MESSAGES)
    ]


def _sentence(chance: Random, words: int) -> str:
    return " ".join(
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) for _ in range(words)
    )


def _usd(meter: Meter) -> float:
    return Prices().usd(DEFAULT_MODEL, meter.characters) or 0.0


async def _say(messages: list[str], cache: ClipCache | None) -> Meter:
    meter = Meter()
    recorder = Recorder(meter, cache=cache)
    for text in messages:
        clip = recorder.record(SpeechRequest(text, DEFAULT_MODEL, VOICE))
        while not clip.is_closed:
            await clip.wait_for_frames(len(clip.packets) + 1)
        recorder.cancel(clip)
    await recorder.close()
    return meter
