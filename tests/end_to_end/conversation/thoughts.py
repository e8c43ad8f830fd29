"""What people do while somebody else is read: they write, and think better of it."""

from __future__ import annotations

from tests.end_to_end.conversation.draft import Draft

MIN_HEARD_S, MAX_HEARD_S = 0.3, 0.7
"""How much of a line is heard before it is cut."""


def add_line(draft: Draft) -> None:
    """Write."""
    draft.say(draft.company.line(draft.anybody()))


def add_pair(draft: Draft) -> None:
    """Write twice: whoever writes after that is heard before the second one."""
    person = draft.anybody()
    draft.say(draft.company.line(person))
    draft.say(draft.company.line(person))


def add_answer(draft: Draft) -> None:
    """Answer the message that sounds."""
    line = draft.company.writer.answer(draft.anybody(), draft.opener)
    draft.say(line, answered=draft.key)


def add_regret(draft: Draft) -> None:
    """Delete what waits."""
    draft.delete(draft.say(draft.company.line(draft.anybody())))


def add_regret_at_once(draft: Draft) -> None:
    """Delete what was written a moment ago."""
    draft.delete(draft.say(draft.company.line(draft.anybody())), after_s=0.0)


def add_correction(draft: Draft) -> None:
    """Edit what waits."""
    person = draft.anybody()
    draft.edit(draft.say(draft.company.line(person)), draft.company.line(person))


def add_correction_at_once(draft: Draft) -> None:
    """Edit what was written a moment ago."""
    person = draft.anybody()
    draft.edit(draft.say(draft.company.line(person)), draft.company.line(person), after_s=0.0)


def add_purge(draft: Draft) -> None:
    """Let a moderator delete what two people have waiting."""
    people = draft.company.dice.sample(draft.silent, 2)
    draft.delete(*(draft.say(draft.company.line(person)) for person in people))


THOUGHTS = (
    add_line,
    add_pair,
    add_answer,
    add_regret,
    add_regret_at_once,
    add_correction,
    add_correction_at_once,
    add_purge,
)
NEEDED = 2
"""People who have written nothing yet, for any of them."""


def cut(draft: Draft) -> None:
    """Delete the line that sounds."""
    draft.delete(draft.key, after_s=_heard_s(draft), sounding=draft.key)


def correct_aloud(draft: Draft) -> None:
    """Edit the line that sounds."""
    line = draft.company.line(draft.opener)
    draft.edit(draft.key, line, after_s=_heard_s(draft), sounding=draft.key)


def purge_aloud(draft: Draft) -> None:
    """Let a moderator delete the line that sounds, with one that waits."""
    other = draft.say(draft.company.line(draft.anybody()))
    draft.delete(draft.key, other, after_s=_heard_s(draft), sounding=draft.key)


def hear_out(draft: Draft) -> None:
    """Leave the line that sounds alone."""


ENDINGS = (cut, correct_aloud, purge_aloud, hear_out)


def _heard_s(draft: Draft) -> float:
    return draft.company.dice.uniform(MIN_HEARD_S, MAX_HEARD_S)
