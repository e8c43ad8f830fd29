"""A scene while it is being written: what is said first, and what people write meanwhile."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.end_to_end.conversation.cast import CAST, Line, Person, Writer
from tests.end_to_end.conversation.script import (
    Act,
    Delete,
    Edit,
    Fate,
    Move,
    Say,
    Scene,
    Turn,
    in_turn,
)

MIN_PAUSE_S, MAX_PAUSE_S = 0.05, 0.9
"""Between the end of all speech and the next message."""

MIN_MOMENT_S, MAX_MOMENT_S = 0.03, 0.15
"""Between two acts: all of them are over before a long line is."""


@dataclass
class Company:
    """Everybody, and what they have to say, as `dice` will have it."""

    dice: random.Random
    away: Person | None = None
    """Who has left the call."""
    is_announcing: bool = False
    """Whether it is said who comes and goes."""
    keys: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.writer = Writer(self.dice)

    def other_than(self, *people: Person | None) -> Person:
        """Return somebody in the call."""
        return self.dice.choice(
            [each for each in CAST if each is not self.away and each not in people]
        )

    def line(self, person: Person) -> Line:
        """Return a short line, with or without something in it that is not plain words."""
        if self.dice.random() < 0.6:
            return self.writer.plain(person)
        return self.writer.adorned(person, self.other_than(person))


class Draft:
    """A scene that begins with a long line of `opener`, unless another one is given."""

    def __init__(
        self, company: Company, name: str, *, opener: Person | None = None, line: Line | None = None
    ) -> None:
        self.company = company
        self.opener = line.person if line else opener or company.other_than()
        self.key = next(company.keys)
        """Of the message of the opener."""
        line = line or company.writer.long(self.opener)
        pause_s = company.dice.uniform(MIN_PAUSE_S, MAX_PAUSE_S)
        self._name = name
        self._acts = [Act(Say(self.key, line), pause_s)]
        self._first = [Turn.of(self.key, line, is_into_silence=True)]
        self._waiting: list[Turn] = []
        self._unread: list[Line] = []

    @property
    def waiting(self) -> int:
        """How many turns there are behind the first."""
        return len(self._waiting)

    @property
    def silent(self) -> list[Person]:
        """Who is in the call and has written nothing yet."""
        heard = {turn.speaker for turn in (*self._first, *self._waiting)}
        return [each for each in CAST if each is not self.company.away and each not in heard]

    def finished(self) -> Scene:
        """Return the scene."""
        turns = (*self._first, *in_turn(self._waiting))
        return Scene(self._name, tuple(self._acts), turns, tuple(self._unread))

    def anybody(self) -> Person:
        """Return somebody who has written nothing yet."""
        return self.company.dice.choice(self.silent)

    def moment(self) -> float:
        """Return a while in which people go on, in seconds."""
        return self.company.dice.uniform(MIN_MOMENT_S, MAX_MOMENT_S)

    def add(self, act: Act, *, is_first: bool = False) -> None:
        """Let something happen, at the very beginning or now."""
        self._acts.insert(0 if is_first else len(self._acts), act)

    def say(self, line: Line, *, after_s: float | None = None, answered: int | None = None) -> int:
        """Write a line that waits while another sounds; return its key."""
        key = self._write(line, after_s, answered)
        self._waiting.append(Turn.of(key, line))
        return key

    def say_in_vain(self, line: Line, *, after_s: float) -> None:
        """Write a line that is never to be read."""
        self._write(line, after_s)
        self._unread.append(line)

    def _write(self, line: Line, after_s: float | None, answered: int | None = None) -> int:
        key = next(self.company.keys)
        after_s = self.moment() if after_s is None else after_s
        self._acts.append(Act(Say(key, line, answered), after_s))
        return key

    def delete(
        self,
        *keys: int,
        after_s: float | None = None,
        sounding: int | None = None,
        is_in_name: bool = False,
    ) -> None:
        """Delete messages before they are heard to their end."""
        after_s = self.moment() if after_s is None else after_s
        self._acts.append(Act(Delete(keys), after_s, sounding, is_in_name))
        for key in keys:
            self._take_back(key)

    def edit(
        self, old: int, line: Line, *, after_s: float | None = None, sounding: int | None = None
    ) -> None:
        """Edit a message before it is heard to its end: the new text is in its place."""
        key = next(self.company.keys)
        after_s = self.moment() if after_s is None else after_s
        self._acts.append(Act(Edit(old, key, line), after_s, sounding))
        row, place = self._take_back(old)
        row.insert(place + 1, Turn.of(key, line))

    def think_too_late(self, line: Line | None, *, after_s: float) -> None:
        """Edit the message of the opener when it was heard, or delete it."""
        if line is None:
            self._acts.append(Act(Delete((self.key,)), after_s))
            return
        self._acts.append(Act(Edit(self.key, next(self.company.keys), line), after_s))
        self._unread.append(line)

    def move(self, person: Person, *, is_arrival: bool, after_s: float | None = None) -> None:
        """Let somebody come or go."""
        after_s = self.moment() if after_s is None else after_s
        self._acts.append(Act(Move(person, is_arrival), after_s))

    def announce(self, person: Person, *, is_arrival: bool) -> None:
        """Let it be said that somebody came or went, where that is wanted."""
        if self.company.is_announcing:
            self._waiting.append(Turn.about(person, is_arrival=is_arrival))

    def _take_back(self, key: int) -> tuple[list[Turn], int]:
        for row in (self._first, self._waiting):
            for place, turn in enumerate(row):
                if turn.key == key:
                    row[place] = replace(turn, fate=Fate.TAKEN_BACK)
                    return row, place
        raise KeyError(key)
