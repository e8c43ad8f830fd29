"""What a listener has heard, utterance by utterance: which words, in which voice, how much of them.

The voices of the sandbox make another row of tones of every text, each voice at another pitch, so
that what comes out of the decoder can be compared with what was to be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bot.sandbox.discord.voice.heard import Sound
from bot.sandbox.speech import ToneSandboxVoice
from tests.end_to_end.conversation.script import SYLLABLE_S
from tests.end_to_end.stage import HEARD_RATE, RATE, Samples, audible, find, samples

VOICE = ToneSandboxVoice(syllable_s=SYLLABLE_S)

PAUSE_FRAMES = 4
"""Silent packets between two utterances: of five at least, while a space takes one or two."""

MOST_PARTS = 4
"""Runs one utterance may fall into where the bot waits for more of it."""

SAME = 0.9
"""The correlation of a sound with what it was made of: 0.97 and more after the decoder."""

EDGE_S = 0.06
"""What a run of whole packets may be longer or shorter than its sound."""

START_S, MAYBE = 0.15, 0.6
"""How much of the sounds is compared first, and how far that has to be the same."""

NEARLY = 0.05
"""Beginnings that differ by less are the same: the sentences may have them in common."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Words in a voice."""

    words: str
    voice: str


@dataclass(frozen=True, slots=True)
class Run:
    """Sound without a pause in it; times are those of the monotonic clock."""

    sound: Samples
    start_ns: int
    end_ns: int

    @property
    def length_s(self) -> float:
        return len(self.sound) / RATE


@dataclass(frozen=True, slots=True)
class Recognized:
    """What was heard in one run.

    Args:
        sayings: What it can be; several where no more than a common beginning was heard, none
            where nobody is known to have said anything like it.
        is_whole: Whether it was heard to its end.
        start_ns: When it began, on the monotonic clock.
        end_ns: When it ended.
    """

    sayings: frozenset[Saying]
    is_whole: bool
    start_ns: int
    end_ns: int


def runs(sounds: Iterable[Sound]) -> Iterator[Run]:
    """Yield the stretches between the pauses.

    A busy machine may hold packets back for any time, so packets are counted, not milliseconds;
    those that only stand for silence are no part of any speech.
    """
    run: list[Sound] = []
    silent = 0
    for sound in sounds:
        if sound.is_audible:
            silent = 0
        elif run:
            silent += 1
            if silent == PAUSE_FRAMES:
                yield _run(run)
                run = []
        if run or sound.is_audible:
            run.append(sound)
    if run:
        yield _run(run)


def last_run(sounds: Sequence[Sound]) -> Run | None:
    """Return the stretch that sounds now, if one does."""
    silent = 0
    for place in range(len(sounds) - 1, -1, -1):
        silent = 0 if sounds[place].is_audible else silent + 1
        if silent == PAUSE_FRAMES:
            return next(runs(sounds[place:]), None)
    return next(runs(sounds), None)


def begins_with(run: Run, saying: Saying) -> bool:
    """Return whether a run can be the beginning of a saying."""
    return _likeness_of_beginning(run, _waveform(saying)) > SAME


def utterances(sounds: Iterable[Sound], candidates: Iterable[Saying]) -> Iterator[Recognized]:
    """Yield what was heard, one utterance after the other.

    On a busy machine speech may not be there in time: the bot sends silence then, and goes on. Runs
    that are an utterance together, and not alone, are taken for one.
    """
    waiting, candidates = list(runs(sounds)), set(candidates)
    while waiting:
        heard, parts = recognized(waiting[0], candidates), 1
        for number in range(2, min(MOST_PARTS, len(waiting)) + 1):
            if heard.is_whole:
                break
            together = recognized(_joined(waiting[:number]), candidates)
            if together.is_whole:
                heard, parts = together, number
        yield heard
        del waiting[:parts]


def _joined(parts: Sequence[Run]) -> Run:
    sound = np.concatenate([part.sound for part in parts])
    return Run(sound, parts[0].start_ns, parts[-1].end_ns)


def recognized(run: Run, candidates: Iterable[Saying]) -> Recognized:
    """Return what was heard in a run."""
    alike = [each for each in candidates if _starts_like(run, _waveform(each))]
    near = [each for each in alike if abs(_length_s(each) - run.length_s) < EDGE_S]
    scores = {each: find(_waveform(each), run.sound)[1] for each in near}
    best = max(scores, key=lambda each: scores[each], default=None)
    if best is not None and scores[best] > SAME:
        return Recognized(frozenset({best}), True, run.start_ns, run.end_ns)
    longer = [each for each in alike if _length_s(each) > run.length_s - EDGE_S]
    scores = {each: _likeness_of_beginning(run, _waveform(each)) for each in longer}
    enough = max([SAME, *(score - NEARLY for score in scores.values())])
    sayings = frozenset(each for each, score in scores.items() if score > enough)
    return Recognized(sayings, False, run.start_ns, run.end_ns)


def _starts_like(run: Run, waveform: Samples) -> bool:
    """Return, in little time, whether it is worth while to compare all of it."""
    start, edge = round(START_S * RATE), round(EDGE_S * RATE)
    if len(run.sound) < start + edge:
        return True
    return find(waveform[:start], run.sound[: start + edge])[1] > MAYBE


def _likeness_of_beginning(run: Run, waveform: Samples) -> float:
    # The run may begin a little before the sound, and so reaches less far into it.
    part = waveform[: max(len(run.sound) - round(EDGE_S * RATE), RATE // 50)]
    return find(part, run.sound)[1]


def _length_s(saying: Saying) -> float:
    return len(_waveform(saying)) / RATE


@cache
def _waveform(saying: Saying) -> Samples:
    return audible(samples(VOICE.speak(saying.words, saying.voice)))


def _run(sounds: list[Sound]) -> Run:
    while not sounds[-1].is_audible:
        sounds.pop()
    spoken = b"".join(each.pcm for each in sounds if not each.is_filler)
    sound = samples(spoken)[:: HEARD_RATE // RATE]
    return Run(sound.astype(np.float64), sounds[0].start_ns, sounds[-1].end_ns)
