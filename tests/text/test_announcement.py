"""Who wrote: when it is said, under which name, in which words."""

from __future__ import annotations

import pytest

from bot.models import Language
from bot.settings.choices import NameReading, NameSource
from bot.text.announcement import (
    FORGOTTEN_AFTER_S,
    LastSpeaker,
    announcement,
    arrival,
    choose_name,
    departure,
    should_announce,
)
from bot.text.speakable import Spoken
from tests.text.saying import AUTO, DE, EN, ES, FR, IT, JA, KO, PT, RU, ZH

DISPLAY, USERNAME = NameSource.DISPLAY, NameSource.USERNAME
HI = Spoken("hi")
LAST = LastSpeaker(1, at_s=1_000.0)


@pytest.mark.parametrize(
    ("reading", "speaker", "last", "after_s", "is_said"),
    [
        (NameReading.SMART, 1, None, 0.0, True),
        (NameReading.SMART, 1, LAST, 0.0, False),
        (NameReading.SMART, 1, LAST, FORGOTTEN_AFTER_S - 0.1, False),
        (NameReading.SMART, 1, LAST, FORGOTTEN_AFTER_S, True),
        (NameReading.SMART, 2, LAST, 0.0, True),
        (
            NameReading.SMART,
            ("webhook", "Ann"),
            LastSpeaker(("webhook", "Eve"), 1_000.0),
            0.0,
            True,
        ),
        (
            NameReading.SMART,
            ("webhook", "Ann"),
            LastSpeaker(("webhook", "Ann"), 1_000.0),
            0.0,
            False,
        ),
        (NameReading.ALWAYS, 1, LAST, 0.0, True),
        (NameReading.ALWAYS, 1, None, 0.0, True),
        (NameReading.OFF, 2, LAST, 1_000.0, False),
        (NameReading.OFF, 1, None, 0.0, False),
    ],
)
def test_who_wrote_is_said_when_nobody_could_know(
    reading: NameReading, speaker: object, last: LastSpeaker | None, after_s: float, is_said: bool
) -> None:
    assert should_announce(reading, speaker=speaker, last=last, now_s=1_000.0 + after_s) is is_said


@pytest.mark.parametrize(
    ("chosen", "display", "username", "source", "name"),
    [
        (None, "Bob", "bob_99", DISPLAY, "Bob"),
        (None, "Bob", "bob_99", USERNAME, "bob 99"),
        ("Bobby", "Bob", "bob_99", DISPLAY, "Bobby"),
        ("Bobby", "Bob", "bob_99", USERNAME, "Bobby"),
        ("✨", "Bob", "bob_99", DISPLAY, "Bob"),
        (None, "꧁✨꧂", "bob_99", DISPLAY, "bob 99"),
        (None, "Bob", "_", USERNAME, "Bob"),
        (None, "✨", "._.", DISPLAY, "a member"),
        ("", "@everyone", "x", DISPLAY, "everyone"),
        (None, "\u202eevil", "x", DISPLAY, "evil"),
        (None, "Z" + "\u0301" * 100, "x", DISPLAY, "Z"),
        (None, "<@1>", "x", DISPLAY, "1"),
    ],
)
def test_a_member_is_called_by_the_first_name_that_can_be_said(
    chosen: str | None, display: str, username: str, source: NameSource, name: str
) -> None:
    found = choose_name(
        chosen=chosen, display=display, username=username, source=source, language=EN
    )
    assert found == name


@pytest.mark.parametrize(
    ("language", "name"),
    [
        (ZH, "某位成员"),
        (EN, "a member"),
        (DE, "ein Mitglied"),
        (IT, "un membro"),
        (PT, "um membro"),
        (ES, "un miembro"),
        (JA, "メンバー"),
        (KO, "멤버"),
        (FR, "un membre"),
        (RU, "участник"),
        (AUTO, "a member"),
    ],
)
def test_who_has_no_name_is_a_member(language: Language, name: str) -> None:
    found = choose_name(chosen=None, display="✨", username="_", source=DISPLAY, language=language)
    assert found == name


@pytest.mark.parametrize(
    ("language", "said", "answered", "did"),
    [
        (ZH, "Bob说：", "Bob说，", "Bob"),
        (EN, "Bob said: ", "Bob said, ", "Bob "),
        (DE, "Bob sagt: ", "Bob sagt, ", "Bob "),
        (IT, "Bob dice: ", "Bob dice, ", "Bob "),
        (PT, "Bob disse: ", "Bob disse, ", "Bob "),
        (ES, "Bob dice: ", "Bob dice, ", "Bob "),
        (JA, "Bobさん、", "Bobさん、", "Bobさんが"),
        (KO, "Bob 님: ", "Bob 님, ", "Bob 님이 "),
        (FR, "Bob dit : ", "Bob dit, ", "Bob "),
        (RU, "Bob говорит: ", "Bob говорит, ", "Bob "),
        (AUTO, "Bob said: ", "Bob said, ", "Bob "),
    ],
)
def test_who_wrote_is_said_in_the_language(
    language: Language, said: str, answered: str, did: str
) -> None:
    deed, reply = Spoken("sent an image", is_deed=True), Spoken("to Eve: hi", is_reply=True)
    assert announcement("Bob", HI, template=None, language=language) == said
    assert announcement("Bob", reply, template=None, language=language) == answered
    assert announcement("Bob", deed, template=None, language=language) == did


@pytest.mark.parametrize(
    ("template", "name", "said"),
    [
        ("{name}", "Bob", "Bob: "),
        ("{name} shouts", "Bob", "Bob shouts: "),
        ("{name} says:", "Bob", "Bob says: "),
        ("now {name}.", "Bob", "now Bob. "),
        ("{name} {name}", "Bob", "Bob Bob: "),
        ("{name} {0} {", "{name}", "{name} {0} {: "),
    ],
)
def test_moderators_have_their_own_words(template: str, name: str, said: str) -> None:
    assert announcement(name, HI, template=template, language=EN) == said


def test_what_somebody_did_needs_no_words_of_moderators() -> None:
    deed = Spoken("sent an image", is_deed=True)
    assert announcement("Bob", deed, template="{name} shouts", language=EN) == "Bob "
    answer = Spoken("to Eve: sent an image", is_deed=True, is_reply=True)
    assert announcement("Bob", answer, template=None, language=EN) == "Bob, "


@pytest.mark.parametrize(
    ("language", "comes", "goes"),
    [
        (ZH, "Bob进来了", "Bob离开了"),
        (EN, "Bob joined", "Bob left"),
        (DE, "Bob ist dazugekommen", "Bob ist gegangen"),
        (IT, "Bob entra nel canale", "Bob esce dal canale"),
        (PT, "Bob entrou", "Bob saiu"),
        (ES, "Bob se ha unido", "Bob se ha ido"),
        (JA, "Bobさんが入室しました", "Bobさんが退室しました"),
        (KO, "Bob 님이 들어왔습니다", "Bob 님이 나갔습니다"),
        (FR, "Bob nous rejoint", "Bob nous quitte"),
        (RU, "к нам присоединяется Bob", "нас покидает Bob"),
    ],
)
def test_who_comes_and_goes_is_said_in_the_language(
    language: Language, comes: str, goes: str
) -> None:
    assert arrival(["Bob"], language) == comes
    assert departure(["Bob"], language) == goes


@pytest.mark.parametrize(
    ("language", "come", "go"),
    [
        (EN, "Ann and Bob joined", "Ann and Bob left"),
        (DE, "Ann und Bob sind dazugekommen", "Ann und Bob sind gegangen"),
        (IT, "Ann e Bob entrano nel canale", "Ann e Bob escono dal canale"),
        (PT, "Ann e Bob entraram", "Ann e Bob saíram"),
        (ES, "Ann y Bob se han unido", "Ann y Bob se han ido"),
        (FR, "Ann et Bob nous rejoignent", "Ann et Bob nous quittent"),
        (RU, "к нам присоединяются Ann и Bob", "нас покидают Ann и Bob"),
    ],
)
def test_several_come_and_go_with_a_verb_for_several(
    language: Language, come: str, go: str
) -> None:
    assert arrival(["Ann", "Bob"], language) == come
    assert departure(["Ann", "Bob"], language) == go
