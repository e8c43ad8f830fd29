"""The script of a conversation: who does what on which cue, and what is due to be heard of it.

It is drawn from a seed, and knows nothing of the bot but what its users are told: members take
turns in the queue; what is deleted is not said, and cut if it sounds; of what is edited the new
text is said in place of the old; a member's first three lines are read at once, then one in two
seconds; the same words are read twice in a minute; nobody outside the call is read.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TypeVar

from bot.models import Language
from tests.end_to_end.conversation.cast import (
    CAST,
    LISTENER,
    MODERATOR,
    SERVER_VOICE,
    Line,
    Person,
    Writer,
)

T = TypeVar("T")

SYLLABLE_S = 0.03
"""How long the voices of the sandbox take for a character."""

FLOOD, PARROT = 6, 4
"""Messages somebody writes at once, different ones and always the same."""

READ_OF_FLOOD, READ_OF_PARROT = 3, 2
RAID = 200
RAID_EVERY = 6
"""Scenes."""

FOLLOWERS = 4
"""More would make the bot read faster: five may wait."""

UNDER_WAY_S = 0.9
"""After so much of a long line the next one is being made."""

MIN_PAUSE_S, MAX_PAUSE_S = 0.05, 0.9
"""Between the end of all speech and the next message."""

TURN_EDGE_S = 0.35
"""The silence around a piece of speech: its ends, and the pause before it."""


@dataclass(frozen=True, slots=True)
class Say:
    """Write a message, which `key` stands for from then on."""

    key: int
    line: Line
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete messages; several are deleted by a moderator, all at once."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Edit the message `old`, which is `key` from then on."""

    old: int
    key: int
    line: Line


@dataclass(frozen=True, slots=True)
class Move:
    """Enter or leave the call."""

    person: Person
    is_arrival: bool


@dataclass(frozen=True, slots=True)
class Announce:
    """Let it be said who comes and goes, or end that."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Raid:
    """Let a crowd write in another server at once, from now on."""

    messages: int


Deed = Say | Delete | Edit | Move | Announce | Raid


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done: so many seconds after the act before, or on a cue.

    Args:
        deed: What.
        after_s: How long after the act before, or after the cue.
        sounding: The message that has to sound for `after_s`.
        is_in_name: Whether that is the name before it, and not its words.
    """

    deed: Deed
    after_s: float = 0.0
    sounding: int | None = None
    is_in_name: bool = False


class Fate(Enum):
    """What the listener is to hear of a turn."""

    DUE = auto()
    """All of it."""
    TAKEN_BACK = auto()
    """Nothing, once it was taken back."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that has its turn in the queue.

    Args:
        key: Of the message; of what the bot says by itself there is none.
        speaker: Who speaks; nobody where the bot does.
        introduction: What is said before it where somebody else was heard last.
        words: What is said.
        language: What it is in; `None` where the endpoint is to find out.
        voice: Who says both.
        fate: Whether it is to be heard.
        is_into_silence: Whether nothing else is said or waits when it is written.
    """

    key: int | None
    speaker: Person | None
    introduction: str | None
    words: str
    language: Language | None
    voice: str
    fate: Fate = Fate.DUE
    is_into_silence: bool = False

    @classmethod
    def of(cls, key: int, line: Line, *, is_into_silence: bool = False) -> Turn:
        person = line.person
        return cls(
            key,
            person,
            person.introduced(is_answer=line.is_answer),
            line.said,
            person.tongue.language,
            person.voice,
            is_into_silence=is_into_silence,
        )

    @classmethod
    def about(cls, person: Person, *, is_arrival: bool) -> Turn:
        """Return what the bot says of who comes or goes."""
        words = f"{person.name} {'joined' if is_arrival else 'left'}"
        return cls(None, None, None, words, None, SERVER_VOICE)

    @property
    def length_s(self) -> float:
        """About how long it takes, with its introduction."""
        if self.fate is Fate.TAKEN_BACK:
            return 0.0
        said = len(self.words) + len(self.introduction or "")
        return said * SYLLABLE_S + TURN_EDGE_S * (2 if self.introduction else 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """Acts that begin when nothing is said any more, and what is due of them, in its order."""

    name: str
    acts: tuple[Act, ...]
    turns: tuple[Turn, ...]
    unread: tuple[Line, ...] = ()
    """What is written and never to be read."""

    @property
    def length_s(self) -> float:
        """About how long it takes."""
        return sum(turn.length_s for turn in self.turns) + self.acts[0].after_s + TURN_EDGE_S


@dataclass
class _Draft:
    """A scene that is being written: what is said first, and what waits meanwhile."""

    name: str
    acts: list[Act] = field(default_factory=list)
    first: list[Turn] = field(default_factory=list)
    waiting: list[Turn] = field(default_factory=list)
    unread: list[Line] = field(default_factory=list)

    def finished(self) -> Scene:
        turns = (*self.first, *in_turn(self.waiting))
        return Scene(self.name, tuple(self.acts), turns, tuple(self.unread))

    def change(self, key: int, *turns: Turn) -> None:
        """Let other turns be in the place of that of a message."""
        for row in (self.first, self.waiting):
            for place, turn in enumerate(row):
                if turn.key == key:
                    row[place : place + 1] = turns
                    return
        raise KeyError(key)

    def take_back(self, *keys: int) -> None:
        for key in keys:
            turn = next(each for each in (*self.first, *self.waiting) if each.key == key)
            self.change(key, replace(turn, fate=Fate.TAKEN_BACK))


def in_turn(waiting: Iterable[Turn]) -> list[Turn]:
    """Return what waits in the order it is said: in each round everybody has a turn."""
    rounds = Counter[Person | None]()
    numbered = []
    for turn in waiting:
        numbered.append((rounds[turn.speaker], turn))
        rounds[turn.speaker] += turn.fate is Fate.DUE
    return [turn for _, turn in sorted(numbered, key=lambda each: each[0])]


def write(minutes: float, seed: int) -> tuple[Scene, ...]:
    """Return scenes that take about so many minutes; the same seed gives the same."""
    scenes, left_s = [], minutes * 60
    for scene in _Author(random.Random(seed)).scenes():
        scenes.append(scene)
        left_s -= scene.length_s
        if left_s <= 0:
            break
    return tuple(scenes)


class _Author:
    """Writes one scene after the other."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._writer = Writer(dice)
        self._keys = itertools.count()
        self._away: Person | None = None
        self._is_announcing = False
        self._heard_last: Person | None = None
        self._thoughts = self._dealt(
            (
                self._add_line,
                self._add_pair,
                self._add_regret,
                self._add_regret_at_once,
                self._add_correction,
                self._add_correction_at_once,
                self._add_answer,
                self._add_purged,
            )
        )
        self._openings = self._dealt((self._cut, self._correct_aloud, self._purge_aloud, None))

    def scenes(self) -> Iterator[Scene]:
        """Yield scenes for ever, every kind before any comes again."""
        kinds = self._dealt(
            (
                self._gathering,
                self._gathering,
                self._flood,
                self._parrot,
                self._second_try,
                self._second_thought,
                self._mere_name,
                self._interruption,
                self._absence,
                self._short_visit,
                self._afterthought,
            )
        )
        for number in itertools.count():
            scene = self._noted(next(kinds)())
            if number % RAID_EVERY == 1:
                scene = replace(scene, acts=(*scene.acts[:1], Act(Raid(RAID)), *scene.acts[1:]))
            yield scene
            if self._away and number % 2:
                yield self._noted(self._return())

    def _noted(self, scene: Scene) -> Scene:
        """Remember who was heard last."""
        due = (turn.speaker for turn in reversed(scene.turns) if turn.fate is Fate.DUE)
        self._heard_last = next(due)
        return scene

    def _dealt(self, cards: Sequence[T]) -> Iterator[T]:
        while True:
            yield from self._dice.sample(cards, len(cards))

    # The parts of a scene

    def _open(
        self,
        name: str,
        *,
        line: Callable[[Person], Line] | None = None,
        person: Person | None = None,
    ) -> _Draft:
        """Begin with a long line into the silence, unless another is wanted."""
        draft = _Draft(name)
        person = person or self._dice.choice(self._present())
        line = line or self._writer.long
        key, said = next(self._keys), line(person)
        draft.acts.append(Act(Say(key, said), self._dice.uniform(MIN_PAUSE_S, MAX_PAUSE_S)))
        draft.first.append(Turn.of(key, said, is_into_silence=True))
        return draft

    def _say(
        self,
        draft: _Draft,
        line: Line,
        *,
        after_s: float | None = None,
        answered: int | None = None,
    ) -> int:
        """Write a line that waits while another sounds."""
        key = next(self._keys)
        wait_s = self._moment() if after_s is None else after_s
        draft.acts.append(Act(Say(key, line, answered), wait_s))
        draft.waiting.append(Turn.of(key, line))
        return key

    def _moment(self) -> float:
        return self._dice.uniform(0.03, 0.15)

    def _present(self, draft: _Draft | None = None) -> list[Person]:
        """Return who is in the call and has not yet spoken in a scene."""
        heard = [turn.speaker for turn in (*draft.first, *draft.waiting)] if draft else []
        return [each for each in CAST if each is not self._away and each not in heard]

    def _anybody(self, draft: _Draft) -> Person:
        return self._dice.choice(self._present(draft))

    def _line(self, person: Person) -> Line:
        if self._dice.random() < 0.6:
            return self._writer.plain(person)
        return self._writer.adorned(person, self._other(person))

    def _other(self, person: Person) -> Person:
        return self._dice.choice([each for each in CAST if each is not person])

    def _key_of(self, draft: _Draft) -> int:
        """Return the message that opens a scene."""
        key = draft.first[0].key
        assert key is not None
        return key

    # What people do while somebody else is read

    def _add_line(self, draft: _Draft) -> None:
        self._say(draft, self._line(self._anybody(draft)))

    def _add_pair(self, draft: _Draft) -> None:
        """Write twice: whoever comes after that is heard before the second one."""
        person = self._anybody(draft)
        self._say(draft, self._line(person))
        self._say(draft, self._line(person))

    def _add_answer(self, draft: _Draft) -> None:
        person, opener = self._anybody(draft), draft.first[0].speaker
        assert opener is not None
        line = self._writer.answer(person, opener)
        self._say(draft, line, answered=self._key_of(draft))

    def _add_regret(self, draft: _Draft) -> None:
        key = self._say(draft, self._line(self._anybody(draft)))
        draft.acts.append(Act(Delete((key,)), self._moment()))
        draft.take_back(key)

    def _add_regret_at_once(self, draft: _Draft) -> None:
        key = self._say(draft, self._line(self._anybody(draft)))
        draft.acts.append(Act(Delete((key,))))
        draft.take_back(key)

    def _add_correction(
        self, draft: _Draft, *, after_s: float | None = None, sounding: int | None = None
    ) -> None:
        person = self._anybody(draft)
        old, key, line = self._say(draft, self._line(person)), next(self._keys), self._line(person)
        after_s = self._moment() if after_s is None else after_s
        draft.acts.append(Act(Edit(old, key, line), after_s, sounding))
        draft.take_back(old)
        gone = next(turn for turn in draft.waiting if turn.key == old)
        draft.change(old, gone, Turn.of(key, line))

    def _add_correction_at_once(self, draft: _Draft) -> None:
        self._add_correction(draft, after_s=0.0)

    def _add_purged(self, draft: _Draft) -> None:
        people = self._dice.sample(self._present(draft), 2)
        keys = tuple(self._say(draft, self._line(person)) for person in people)
        draft.acts.append(Act(Delete(keys), self._moment()))
        draft.take_back(*keys)

    # What becomes of the line that sounds

    def _cut(self, draft: _Draft) -> None:
        key = self._key_of(draft)
        draft.acts.append(Act(Delete((key,)), self._dice.uniform(0.3, 0.7), sounding=key))
        draft.take_back(key)

    def _correct_aloud(self, draft: _Draft) -> None:
        old, key = self._key_of(draft), next(self._keys)
        person = draft.first[0].speaker
        assert person is not None
        line = self._line(person)
        draft.acts.append(Act(Edit(old, key, line), self._dice.uniform(0.3, 0.7), sounding=old))
        draft.take_back(old)
        draft.first.append(Turn.of(key, line))

    def _purge_aloud(self, draft: _Draft) -> None:
        opener = self._key_of(draft)
        keys = (opener, self._say(draft, self._line(self._anybody(draft))))
        draft.acts.append(Act(Delete(keys), self._dice.uniform(0.3, 0.7), sounding=opener))
        draft.take_back(*keys)

    # The scenes

    def _gathering(self) -> Scene:
        """Several write while one is read, and change their minds."""
        draft = self._open("gathering")
        while len(draft.waiting) < FOLLOWERS - 1 and len(self._present(draft)) > 2:
            next(self._thoughts)(draft)
        if (opening := next(self._openings)) is not None:
            opening(draft)
        return draft.finished()

    def _flood(self) -> Scene:
        """Somebody writes many lines at once, and another one in between."""
        draft = self._open("flood")
        person = self._anybody(draft)
        for number in range(FLOOD):
            line = self._writer.plain(person)
            if number < READ_OF_FLOOD:
                self._say(draft, line, after_s=0.03)
            else:
                draft.acts.append(Act(Say(next(self._keys), line), 0.03))
                draft.unread.append(line)
        self._add_line(draft)
        return draft.finished()

    def _parrot(self) -> Scene:
        """Somebody writes the same again and again."""
        draft = self._open("parrot")
        line = self._writer.plain(self._anybody(draft))
        for number in range(PARROT):
            if number < READ_OF_PARROT:
                self._say(draft, line, after_s=0.05)
            else:
                draft.acts.append(Act(Say(next(self._keys), line), 0.05))
        self._add_line(draft)
        return draft.finished()

    def _second_try(self) -> Scene:
        """Somebody deletes what is next, and writes anew: nobody has heard their name yet."""
        draft = self._open("second try")
        person = self._anybody(draft)
        old = self._say(draft, self._line(person))
        draft.acts.append(Act(Delete((old,)), UNDER_WAY_S, sounding=self._key_of(draft)))
        self._say(draft, self._line(person), after_s=0.1)
        draft.take_back(old)
        return draft.finished()

    def _second_thought(self) -> Scene:
        """Somebody edits what is next: nobody has heard their name yet."""
        draft = self._open("second thought")
        self._add_correction(draft, after_s=UNDER_WAY_S, sounding=self._key_of(draft))
        return draft.finished()

    def _mere_name(self) -> Scene:
        """Somebody deletes a message while no more than their name was said."""
        person = self._dice.choice([each for each in self._present() if each != self._heard_last])
        draft = self._open("mere name", person=person)
        key = self._key_of(draft)
        draft.acts.append(Act(Delete((key,)), 0.06, sounding=key, is_in_name=True))
        draft.take_back(key)
        author = self._dice.choice((person, self._anybody(draft)))
        self._say(draft, self._writer.long(author))
        self._add_line(draft)
        return draft.finished()

    def _interruption(self) -> Scene:
        """Somebody deletes what is next, and whoever was heard before goes on."""
        draft = self._open("interruption")
        opener = draft.first[0].speaker
        assert opener is not None
        old = self._say(draft, self._line(self._anybody(draft)))
        draft.acts.append(Act(Delete((old,)), UNDER_WAY_S, sounding=self._key_of(draft)))
        self._say(draft, self._line(opener), after_s=0.1)
        draft.take_back(old)
        return draft.finished()

    def _afterthought(self) -> Scene:
        """Somebody edits or deletes what was said to its end: that is too late to matter."""
        draft = self._open("afterthought", line=self._line)
        key, person = self._key_of(draft), draft.first[0].speaker
        assert person is not None
        pause_s = len(draft.first[0].words) * SYLLABLE_S + 2.0
        if self._dice.random() < 0.5:
            draft.acts.append(Act(Delete((key,)), pause_s))
        else:
            line = self._line(person)
            draft.acts.append(Act(Edit(key, next(self._keys), line), pause_s))
            draft.unread.append(line)
        return draft.finished()

    def _absence(self) -> Scene:
        """Somebody leaves while others talk, and goes on writing from outside."""
        if self._away:
            return self._return()
        draft = self._open("absence")
        self._toggle(draft)
        self._add_line(draft)
        person = self._dice.choice(self._leavers(draft))
        self._move(draft, person, is_arrival=False)
        line = self._line(person)
        draft.acts.append(Act(Say(next(self._keys), line), 0.2))
        draft.unread.append(line)
        self._away = person
        return draft.finished()

    def _return(self) -> Scene:
        """Whoever was away comes back while others talk."""
        assert self._away is not None
        draft = self._open("return")
        self._add_line(draft)
        self._move(draft, self._away, is_arrival=True)
        self._away = None
        return draft.finished()

    def _short_visit(self) -> Scene:
        """Somebody leaves and is back at once: that is not worth a word."""
        draft = self._open("short visit")
        person = self._dice.choice(self._leavers(draft))
        draft.acts.append(Act(Move(person, is_arrival=False), self._moment()))
        draft.acts.append(Act(Move(person, is_arrival=True), 0.3))
        return draft.finished()

    def _leavers(self, draft: _Draft) -> list[Person]:
        return [each for each in self._present(draft) if each not in (LISTENER, MODERATOR)]

    def _toggle(self, draft: _Draft) -> None:
        """Say who comes and goes from now on if that was not so, and the other way round."""
        self._is_announcing = not self._is_announcing
        draft.acts.insert(0, Act(Announce(self._is_announcing)))

    def _move(self, draft: _Draft, person: Person, *, is_arrival: bool) -> None:
        draft.acts.append(Act(Move(person, is_arrival), self._moment()))
        if self._is_announcing:
            draft.waiting.append(Turn.about(person, is_arrival=is_arrival))
