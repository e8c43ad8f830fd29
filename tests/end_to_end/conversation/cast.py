"""Who takes part in the conversation, in which language and voice, and what they have to say."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from bot.models import Language

SERVER_VOICE = "Andre"
"""Who speaks for the bot itself, and for whoever has chosen no voice."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: what people write in it, and what is said beside what they wrote.

    A sentence has a subject, a place and something that is done there. In every part the entries
    begin differently, so that one hears early which sentence it is.
    """

    language: Language
    sentence: str
    joint: str
    """What stands between two sentences that are made one."""
    end: str
    subjects: tuple[str, ...]
    deeds: tuple[str, ...]
    places: tuple[str, ...]
    says: str
    """Before what somebody says; `{mark}` tells an answer from the rest."""
    answers: str
    mentions: str
    links: tuple[str, str]
    """A sentence with a link, as written and as said."""
    emoji: tuple[tuple[str, str], ...]
    """Each as written and as said, with what stands before it."""


ENGLISH = Tongue(
    language=Language.ENGLISH,
    sentence="{subject} {deed} {place}",
    joint=", and ",
    end=".",
    subjects=(
        "The baker",
        "My neighbour",
        "A stranger",
        "Our captain",
        "Somebody",
        "Her uncle",
        "That sailor",
        "Your sister",
        "Every fisherman",
        "No teacher",
    ),
    deeds=(
        "paints a boat",
        "sells old maps",
        "hides the keys",
        "feeds the gulls",
        "mends a net",
        "bakes plum cake",
        "counts the waves",
        "reads a letter",
        "wants a coin",
        "looks for rain",
    ),
    places=(
        "by the pier",
        "at the market",
        "behind the church",
        "under the bridge",
        "near the station",
        "on the hill",
        "in the garden",
        "across the road",
    ),
    says="{name} said{mark}",
    answers="to {name}: {words}",
    mentions="{name}, {words}",
    links=("{words}, see https://example.org/boats.", "{words}, see example.org."),
    emoji=((" 🎂", ", birthday cake"), (" 🐙", ", octopus"), (" ⚓", ", anchor")),
)

GERMAN = Tongue(
    language=Language.GERMAN,
    sentence="{subject} {deed} {place}",
    joint=", und ",
    end=".",
    subjects=(
        "Der Bäcker",
        "Mein Nachbar",
        "Ein Fremder",
        "Unser Kapitän",
        "Jemand",
        "Ihr Onkel",
        "Kein Seemann",
        "Seine Lehrerin",
        "Frau Petersen",
        "Opa Hinrich",
    ),
    deeds=(
        "streicht ein Boot",
        "verkauft alte Karten",
        "füttert die Möwen",
        "flickt ein Netz",
        "backt einen Kuchen",
        "zählt die Wellen",
        "liest einen Brief",
        "möchte keine Münze",
        "wartet auf Regen",
        "putzt die Schuhe",
    ),
    places=(
        "am Steg",
        "vor dem Rathaus",
        "hinter der Kirche",
        "unter der Brücke",
        "im Garten",
        "bei der Mühle",
        "neben dem Bahnhof",
        "zwischen den Bäumen",
    ),
    says="{name} sagt{mark}",
    answers="an {name}: {words}",
    mentions="{name}, {words}",
    links=("{words}, siehe https://example.org/boote.", "{words}, siehe example.org."),
    emoji=((" 🎂", ", geburtstagskuchen"), (" 🐙", ", oktopus"), (" ⚓", ", anker")),
)

JAPANESE = Tongue(
    language=Language.JAPANESE,
    sentence="{subject}{place}{deed}",
    joint="、そして",
    end="。",
    subjects=(
        "パン屋さんが",
        "となりの人が",
        "知らない人が",
        "船長さんが",
        "おじさんが",
        "妹の先生が",
        "若い漁師が",
        "だれかが",
        "おばあさんが",
        "わたしの友だちが",
    ),
    deeds=(
        "ボートを塗っています",
        "古い地図を売っています",
        "鍵をかくしています",
        "かもめを見ています",
        "網を直しています",
        "ケーキを焼いています",
        "波を数えています",
        "手紙を読んでいます",
        "歌をうたっています",
        "雨を待っています",
    ),
    places=(
        "港で",
        "市場のそばで",
        "教会のうしろで",
        "橋の下で",
        "駅の前で",
        "丘の上で",
        "庭で",
        "海で",
    ),
    says="{name}さん、",
    answers="{name}さんへ、{words}",
    mentions="{name}さん、{words}",
    links=(
        "{words}、 https://example.org/fune を見てください。",
        "{words}、 example.org を見てください。",
    ),
    emoji=(("🎂", "、バースデーケーキ"), ("🐙", "、タコ"), ("⚓", "、錨")),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the call; whoever has no voice of their own speaks with the server's."""

    name: str
    tongue: Tongue
    own_voice: str | None

    @property
    def voice(self) -> str:
        return self.own_voice or SERVER_VOICE

    def introduced(self, *, is_answer: bool = False) -> str:
        """Return what is said before what they say."""
        return self.tongue.says.format(name=self.name, mark="," if is_answer else ":")


# The first three are those of the loopback. The voices are the higher ones of the catalogue: of two
# lines in a low tone the short sounds are too much alike to be told apart for certain.
CAST = (
    Person("Mia", ENGLISH, "Peter"),
    Person("Ann", GERMAN, "Marcus"),
    Person("Ben", JAPANESE, "Ono Anna"),
    Person("Cleo", ENGLISH, None),
    Person("Dora", GERMAN, "Sonrisa"),
    Person("Emil", JAPANESE, "Rocky"),
)
LISTENER = CAST[2]
"""Their ear is the one that counts: they never leave."""

MODERATOR = CAST[0]


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody writes, and what is said of it.

    Args:
        person: Who.
        written: With `{mention}` where they mention somebody.
        said: The words of the one request for it.
        mentioned: Who that is.
        is_answer: Whether it answers a message of somebody.
    """

    person: Person
    written: str
    said: str
    mentioned: Person | None = None
    is_answer: bool = False


class Writer:
    """Thinks of sentences that nobody has said for many minutes, drawn with `dice`."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._sentences = {each: self._drawn(each) for each in (ENGLISH, GERMAN, JAPANESE)}

    def plain(self, person: Person) -> Line:
        """Return a sentence of about a second."""
        words = self._next(person) + person.tongue.end
        return Line(person, words, words)

    def long(self, person: Person) -> Line:
        """Return one of two seconds and more."""
        tongue = person.tongue
        parts = [self._next(person) for _ in range(3 if tongue is JAPANESE else 2)]
        if tongue is ENGLISH:  # a sentence has one capital, and German nouns all have one
            parts[1:] = [part[0].lower() + part[1:] for part in parts[1:]]
        words = tongue.joint.join(parts) + tongue.end
        return Line(person, words, words)

    def adorned(self, person: Person, other: Person) -> Line:
        """Return a sentence with an emoji, a link, or a mention of `other`."""
        tongue, words = person.tongue, self._next(person)
        match self._dice.randrange(3):
            case 0:
                sign, name = self._dice.choice(tongue.emoji)
                return Line(person, words + sign, words + name)
            case 1:
                written, said = (each.format(words=words) for each in tongue.links)
                return Line(person, written, said)
        words += tongue.end
        written = tongue.mentions.format(name="{mention}", words=words)
        said = tongue.mentions.format(name=other.name, words=words)
        return Line(person, written, said, mentioned=other)

    def answer(self, person: Person, other: Person) -> Line:
        """Return an answer to a message of `other`."""
        words = self._next(person) + person.tongue.end
        said = person.tongue.answers.format(name=other.name, words=words)
        return Line(person, words, said, is_answer=True)

    def _next(self, person: Person) -> str:
        return next(self._sentences[person.tongue])

    def _drawn(self, tongue: Tongue) -> Iterator[str]:
        parts = list(itertools.product(tongue.subjects, tongue.deeds, tongue.places))
        while True:
            self._dice.shuffle(parts)
            for subject, deed, place in parts:
                yield tongue.sentence.format(subject=subject, deed=deed, place=place)
