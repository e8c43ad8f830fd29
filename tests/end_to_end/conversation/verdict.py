"""Whether the listener has heard what was due, and how long they waited for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.sandbox.discord.voice.heard import Heard
from bot.sandbox.qwen.requests import RequestRecord
from tests.end_to_end.conversation.cast import Person
from tests.end_to_end.conversation.hearing import Recognized, Saying, utterances
from tests.end_to_end.conversation.performance import RAID, Record
from tests.end_to_end.conversation.script import Act, Delete, Edit, Fate, Move, Say, Scene, Turn

CUT_S = 0.25
"""How long what was taken back may still be heard; the listener's own buffer takes 60 ms of it."""

RESYNC = 4
"""Utterances among which one that is due is looked for where another was heard."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a performance.

    Args:
        scenes: The script, as far as it was played.
        record: When it was done.
        recording: All that was heard of the bot.
        requests: What the endpoint was asked.
        since_ns: When the performance began.
    """

    scenes: Sequence[Scene]
    record: Record
    recording: Heard
    requests: Sequence[RequestRecord]
    since_ns: int = 0


@dataclass
class Verdict:
    """What was found out.

    Args:
        scenes: The script.
        record: When it was done.
        heard: The utterances the listener has heard.
        spoken: How many were due and heard to their end, names and announcements included.
        silenced: How many messages were taken back, and nothing of them was heard.
        cuts_s: How long after they were taken back others fell silent; negative if before.
        into_silence_s: From a message to its first sound, where nothing else was said.
        waits_s: The same of all messages.
        disagreements: What was not as it should be.
    """

    scenes: Sequence[Scene]
    record: Record
    heard: list[Recognized] = field(default_factory=list)
    spoken: int = 0
    silenced: int = 0
    cuts_s: list[float] = field(default_factory=list)
    into_silence_s: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)


def judge(evidence: Evidence) -> Verdict:
    """Compare a script with what was heard of its performance, and asked for."""
    verdict = Verdict(evidence.scenes, evidence.record)
    recording = evidence.recording
    sounds = [sound for sound in recording.sounds if sound.start_ns >= evidence.since_ns]
    verdict.heard = list(utterances(sounds, _sayings(evidence.scenes)))
    verdict.disagreements += [f"missed: {each}" for each in evidence.record.missed_cues]
    _Comparison(verdict).compare()
    _judge_requests(verdict, evidence.requests)
    for name in ("plain", "undecryptable", "undecodable"):
        if count := getattr(recording.counts, name):
            verdict.disagreements.append(f"{count} packets were {name}")
    return verdict


class _Comparison:
    """Goes through the turns and what was heard, side by side."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._record = verdict.record
        self._heard = verdict.heard
        self._place = 0
        self._last: Person | None = None
        self._scene = ""

    def compare(self) -> None:
        for number, scene in enumerate(self._verdict.scenes, 1):
            self._scene = f"scene {number}, {scene.name}"
            for turn in scene.turns:
                if turn.fate is Fate.DUE:
                    self._expect(turn)
                else:
                    self._tolerate(turn)
        for heard in self._heard[self._place :]:
            self._object(f"heard in the end: {_said(heard)}")

    def _expect(self, turn: Turn) -> None:
        """Let all of a turn be heard next."""
        began_ns = None
        for saying in self._pieces(turn):
            found = self._find(saying)
            if found is None:
                self._object(f"not heard: {saying}")
                continue
            began_ns = began_ns or found.start_ns
            self._verdict.spoken += 1
        self._last = turn.speaker
        if turn.key is not None and began_ns is not None:
            wait_s = (began_ns - self._record.sent_ns[turn.key]) / 1e9
            self._verdict.waits_s.append(wait_s)
            if turn.is_into_silence:
                self._verdict.into_silence_s.append(wait_s)

    def _find(self, saying: Saying) -> Recognized | None:
        for place in range(self._place, min(self._place + RESYNC, len(self._heard))):
            heard = self._heard[place]
            if heard.is_whole and saying in heard.sayings:
                for other in self._heard[self._place : place]:
                    self._object(f"heard before {saying}: {_said(other)}")
                self._place = place + 1
                return heard
        return None

    def _tolerate(self, turn: Turn) -> None:
        """Let nothing of a turn be heard once it was taken back."""
        assert turn.key is not None
        taken_back_ns = self._record.withdrawn_ns[turn.key]
        ended_ns = None
        for saying in self._pieces(turn):
            heard = self._heard[self._place] if self._place < len(self._heard) else None
            if heard is None or saying not in heard.sayings:
                break
            late_s = (heard.end_ns - taken_back_ns) / 1e9
            if late_s > CUT_S and saying.words == turn.introduction:
                break  # it is said before what the same person wrote then
            if late_s > CUT_S:
                self._object(f"{saying} sounds {late_s:.2f} s after it was taken back")
            self._place += 1
            # After a mere name nobody is sure who speaks, and whoever comes next is named.
            self._last = turn.speaker if saying.words == turn.words else None
            ended_ns = heard.end_ns
        if ended_ns is None:
            self._verdict.silenced += 1
        else:
            self._verdict.cuts_s.append((ended_ns - taken_back_ns) / 1e9)

    def _pieces(self, turn: Turn) -> list[Saying]:
        """Return what is said of a turn now: a name where somebody else was heard last."""
        pieces = [Saying(turn.words, turn.voice)]
        if turn.introduction is not None and turn.speaker != self._last:
            pieces.insert(0, Saying(turn.introduction, turn.voice))
        return pieces

    def _object(self, words: str) -> None:
        self._verdict.disagreements.append(f"{self._scene}: {words}")


def _judge_requests(verdict: Verdict, requests: Iterable[RequestRecord]) -> None:
    """Look for what ought not to have been asked for, and for wrong voices and languages."""
    turns = [turn for scene in verdict.scenes for turn in scene.turns]
    known = {(turn.words, turn.voice, turn.language) for turn in turns}
    known |= {(turn.introduction or "", turn.voice, turn.language) for turn in turns}
    asked_at_s: dict[str, float] = {}
    for each in requests:
        words = str(each.text)
        if RAID in words:
            continue
        asked_at_s[words] = each.received_at
        if (words, each.voice, each.language) not in known:
            verdict.disagreements.append(f"asked for: {words} as {each.voice}, {each.language}")
    for turn in turns:
        if turn.key is None or turn.fate is Fate.DUE or turn.words not in asked_at_s:
            continue
        late_s = asked_at_s[turn.words] - verdict.record.withdrawn_ns[turn.key] / 1e9
        if late_s > CUT_S:
            verdict.disagreements.append(f"{turn.words} is asked for {late_s:.2f} s too late")


def _sayings(scenes: Iterable[Scene]) -> set[Saying]:
    """Return all that can be heard, also of what is never to be."""
    turns = [turn for scene in scenes for turn in scene.turns]
    said = {Saying(turn.words, turn.voice) for turn in turns}
    said |= {Saying(turn.introduction, turn.voice) for turn in turns if turn.introduction}
    return said | {
        Saying(line.said, line.person.voice) for scene in scenes for line in scene.unread
    }


def _said(heard: Recognized) -> str:
    if not heard.sayings:
        length_s = (heard.end_ns - heard.start_ns) / 1e9
        return f"{length_s:.2f} s of what nobody has written"
    sayings = " or ".join(sorted(map(str, heard.sayings)))
    return sayings if heard.is_whole else f"the beginning of {sayings}"


def show(out: Console, verdict: Verdict, *, endpoint_s: float) -> None:
    """Print what was found out; `endpoint_s` is what the speech service takes of every wait."""
    acts = [act for scene in verdict.scenes for act in scene.acts]
    turns = [turn for scene in verdict.scenes for turn in scene.turns]
    table = Table("", "", box=None, show_header=False)
    rows = {
        "messages": _count(acts, Say),
        "… edited": _count(acts, Edit),
        "… deleted": sum(len(act.deed.keys) for act in acts if isinstance(act.deed, Delete)),
        "… never to be read": sum(len(scene.unread) for scene in verdict.scenes),
        "comings and goings": _count(acts, Move),
        "messages of the raid elsewhere": verdict.record.raided,
        "messages and announcements due": sum(turn.fate is Fate.DUE for turn in turns),
        "utterances heard, names included": len(verdict.heard),
        "… due, to their end": verdict.spoken,
        "taken back and never heard": verdict.silenced,
        "taken back and cut": len(verdict.cuts_s),
        "… longest sound after that": f"{max(verdict.cuts_s, default=0) * 1000:.0f} ms",
        "the endpoint's part of a first sound": f"{endpoint_s:.2f} s",
        "chat to first sound, into silence": percentiles(verdict.into_silence_s),
        "chat to first sound, all": percentiles(verdict.waits_s),
        "disagreements": len(verdict.disagreements),
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    out.print(table)
    for disagreement in verdict.disagreements:
        out.print(disagreement, style="red", markup=False, soft_wrap=True)


def percentiles(values_s: Sequence[float]) -> str:
    """Return p50 and p95."""
    if not values_s:
        return ""
    p50, p95 = np.percentile(values_s, [50, 95])
    return f"p50 {p50:.3f} s, p95 {p95:.3f} s ({len(values_s)})"


def _count(acts: Iterable[Act], kind: type) -> int:
    return sum(isinstance(act.deed, kind) for act in acts)
