"""The script of a conversation: who does what on which cue, and what is due to be heard of it.

It knows nothing of the bot but what its users are told: members take
turns in the queue; what is deleted is not said, and cut if it sounds; of what is edited the new
text is said in place of the old; a member's first three lines are read at once, then one in two
seconds; the same words are read twice in a minute; nobody outside the call is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from bot.models import Language
from tests.end_to_end.conversation.cast import SERVER_VOICE, Line, Person

SYLLABLE_S = 0.03
"""How long the voices of the sandbox take for a character."""

EDGE_S = 0.35
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
        return said * SYLLABLE_S + EDGE_S * (2 if self.introduction else 1)


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
        return sum(turn.length_s for turn in self.turns) + self.acts[0].after_s + EDGE_S


def in_turn(waiting: Iterable[Turn]) -> list[Turn]:
    """Return what waits in the order it is said: in each round everybody has a turn."""
    rounds = Counter[Person | None]()
    numbered = []
    for turn in waiting:
        numbered.append((rounds[turn.speaker], turn))
        rounds[turn.speaker] += turn.fate is Fate.DUE
    return [turn for _, turn in sorted(numbered, key=lambda each: each[0])]
