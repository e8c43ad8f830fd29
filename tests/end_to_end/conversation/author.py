"""Writes the script of a conversation of any length, drawn from a seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.end_to_end.conversation.cast import LISTENER, MODERATOR, Person
from tests.end_to_end.conversation.draft import Company, Draft
from tests.end_to_end.conversation.script import SYLLABLE_S, Act, Announce, Fate, Raid, Scene
from tests.end_to_end.conversation.thoughts import ENDINGS, NEEDED, THOUGHTS, add_line

T = TypeVar("T")

FLOOD, READ_OF_FLOOD = 6, 3
"""Messages somebody writes at once, and how many of them are read."""

PARROT, READ_OF_PARROT = 4, 2
"""The same of equal ones."""

RAID = 200
"""Messages in another server."""

RAID_EVERY = 6
"""Scenes."""

ENOUGH_WAITING = 3
"""So many, with two more, may wait before the bot reads faster: then nobody would know it again."""

UNDER_WAY_S = 0.9
"""After so much of a long line the next one is being made."""


def write(minutes: float, seed: int) -> tuple[Scene, ...]:
    """Return scenes that take about so many minutes; the same seed gives the same."""
    scenes, left_s = [], minutes * 60
    for scene in Author(random.Random(seed)).scenes():
        scenes.append(scene)
        left_s -= scene.length_s
        if left_s <= 0:
            break
    return tuple(scenes)


class Author:
    """Writes one scene after the other."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._company = Company(dice)
        self._heard_last: Person | None = None
        self._thoughts = self._dealt(THOUGHTS)
        self._endings = self._dealt(ENDINGS)
        self._kinds = self._dealt(
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

    def scenes(self) -> Iterator[Scene]:
        """Yield scenes for ever, every kind before any comes again."""
        for number in itertools.count():
            is_time = self._company.away is not None and number % 3 == 0
            scene = self._return() if is_time else next(self._kinds)()
            due = [turn for turn in scene.turns if turn.fate is Fate.DUE]
            self._heard_last = (due or scene.turns[:1])[-1].speaker
            if number % RAID_EVERY == 1:
                scene = replace(scene, acts=(*scene.acts[:1], Act(Raid(RAID)), *scene.acts[1:]))
            yield scene

    def _dealt(self, cards: Sequence[T]) -> Iterator[T]:
        while True:
            yield from self._dice.sample(cards, len(cards))

    def _gathering(self) -> Scene:
        """Several write while one is read, and change their minds."""
        draft = Draft(self._company, "gathering")
        while draft.waiting < ENOUGH_WAITING and len(draft.silent) > NEEDED:
            next(self._thoughts)(draft)
        next(self._endings)(draft)
        return draft.finished()

    def _flood(self) -> Scene:
        """Somebody writes many lines at once, and another one after them."""
        draft = Draft(self._company, "flood")
        person = draft.anybody()
        for number in range(FLOOD):
            write_ = draft.say if number < READ_OF_FLOOD else draft.say_in_vain
            write_(self._company.writer.plain(person), after_s=0.03)
        add_line(draft)
        return draft.finished()

    def _parrot(self) -> Scene:
        """Somebody writes the same again and again."""
        draft = Draft(self._company, "parrot")
        line = self._company.writer.plain(draft.anybody())
        for number in range(PARROT):
            write_ = draft.say if number < READ_OF_PARROT else draft.say_in_vain
            write_(line, after_s=0.05)
        add_line(draft)
        return draft.finished()

    def _second_try(self) -> Scene:
        """Somebody deletes what is next, and writes anew: nobody has heard their name yet."""
        draft = Draft(self._company, "second try")
        person = draft.anybody()
        old = draft.say(self._company.line(person))
        draft.delete(old, after_s=UNDER_WAY_S, sounding=draft.key)
        draft.say(self._company.line(person))
        return draft.finished()

    def _second_thought(self) -> Scene:
        """Somebody edits what is next: nobody has heard their name yet."""
        draft = Draft(self._company, "second thought")
        person = draft.anybody()
        old = draft.say(self._company.line(person))
        line = self._company.line(person)
        draft.edit(old, line, after_s=UNDER_WAY_S, sounding=draft.key)
        return draft.finished()

    def _interruption(self) -> Scene:
        """Somebody deletes what is next, and whoever was heard before goes on."""
        draft = Draft(self._company, "interruption")
        old = draft.say(self._company.line(draft.anybody()))
        draft.delete(old, after_s=UNDER_WAY_S, sounding=draft.key)
        draft.say(self._company.line(draft.opener))
        return draft.finished()

    def _mere_name(self) -> Scene:
        """Somebody deletes a message while no more than their name was said."""
        opener = self._company.other_than(self._heard_last)
        draft = Draft(self._company, "mere name", opener=opener)
        draft.delete(draft.key, after_s=0.06, sounding=draft.key, is_in_name=True)
        author = self._dice.choice((opener, draft.anybody()))
        draft.say(self._company.writer.long(author))
        add_line(draft)
        return draft.finished()

    def _afterthought(self) -> Scene:
        """Somebody edits or deletes what was said to its end: that is too late to matter."""
        line = self._company.line(self._company.other_than())
        draft = Draft(self._company, "afterthought", line=line)
        other = self._company.line(draft.opener) if self._dice.random() < 0.5 else None
        draft.think_too_late(other, after_s=len(line.said) * SYLLABLE_S + 2.0)
        return draft.finished()

    def _absence(self) -> Scene:
        """Somebody leaves while others talk, and goes on writing from outside."""
        if self._company.away is not None:
            return self._return()
        self._company.is_announcing = not self._company.is_announcing
        draft = Draft(self._company, "absence")
        draft.add(Act(Announce(self._company.is_announcing)), is_first=True)
        add_line(draft)
        person = self._leaver(draft)
        draft.move(person, is_arrival=False)
        draft.announce(person, is_arrival=False)
        draft.say_in_vain(self._company.line(person), after_s=0.2)
        self._company.away = person
        return draft.finished()

    def _return(self) -> Scene:
        """Whoever was away comes back while others talk."""
        person = self._company.away
        assert person is not None
        draft = Draft(self._company, "return")
        add_line(draft)
        draft.move(person, is_arrival=True)
        draft.announce(person, is_arrival=True)
        self._company.away = None
        return draft.finished()

    def _short_visit(self) -> Scene:
        """Somebody leaves and is back at once: that is not worth a word."""
        draft = Draft(self._company, "short visit")
        person = self._leaver(draft)
        draft.move(person, is_arrival=False)
        draft.move(person, is_arrival=True, after_s=0.3)
        return draft.finished()

    def _leaver(self, draft: Draft) -> Person:
        stays = (LISTENER, MODERATOR)
        return self._dice.choice([each for each in draft.silent if each not in stays])
