"""Errors as the log tells them: what and where, without words that may be a member's."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from operator import is_
from typing import TYPE_CHECKING, Any, Final

from bot.errors import BotError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT: Final = "[redacted]"

MAX_CHAIN: Final = 10
"""Errors that led to one another; more are the same one again and again."""

MAX_DEPTH: Final = 5
"""Collections within one another; more are the same one again and again."""

MIN_CHARACTERS: Final = 4
"""The shortest text looked for elsewhere in a record; shorter ones are parts of other words."""

_COLLECTIONS: Final = (list, tuple, set, frozenset)

_NUMBERS: Final = ("errno", "status", "code")
_NAMES: Final = ("sqlite_errorname", "sqlstate")
"""What operating system, Discord and databases call an error: never made of what people wrote."""

_CAUSE: Final = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT: Final = "\nDuring handling of the above exception, another exception occurred:\n\n"
_MEMBER: Final = "\nOne of several:\n\n"


def headline(error: BaseException) -> str:
    """Return the type of an error and what is harmless of its text.

    The text of an error of Python or of a library may repeat what it could not deal with: a
    message, a name. That of our own is written by us, but for what a member is to read.
    """
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    if _is_ours(error):
        return f"{name}: {error}"
    details = ", ".join(_details(error))
    text = LEFT_OUT if str(error) else ""
    return ": ".join(filter(None, (name, " ".join(filter(None, (details, text))))))


def told(error: BaseException) -> str:
    """Return an error with the frames it came through, and those that led to it."""
    return "".join(_told(error, [])).rstrip("\n")


def words(error: BaseException) -> list[str]:
    """Return every text of an error, and of those that led to it, that is to be left out.

    Without those that may be part of an id, which whoever reads the log needs.
    """
    found: list[BaseException] = []
    for _ in _told(error, found):
        pass
    texts = (text for each in found if not _is_ours(each) for text in (repr(each), str(each)))
    return sorted(filter(_is_telling, texts), key=len, reverse=True)


def without_words(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return `value`, or a plain copy of a collection, with the headlines of errors for them."""
    if isinstance(value, BaseException):
        return headline(value)
    if isinstance(value, Mapping):
        held = [each for pair in value.items() for each in pair]
    elif isinstance(value, _COLLECTIONS):
        held = list(value)
    else:
        return value
    if not depth:
        return LEFT_OUT
    harmless = [without_words(each, depth - 1) for each in held]
    if all(map(is_, harmless, held)):
        return value
    if isinstance(value, Mapping):
        return dict(zip(harmless[::2], harmless[1::2], strict=True))
    return next(kind for kind in _COLLECTIONS if isinstance(value, kind))(harmless)


def _told(error: BaseException, seen: list[BaseException]) -> Iterator[str]:
    if any(error is each for each in seen) or len(seen) >= MAX_CHAIN:
        return
    seen.append(error)
    if error.__cause__ is not None:
        yield from _before(error.__cause__, seen, _CAUSE)
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _before(error.__context__, seen, _CONTEXT)
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{headline(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield _MEMBER
            yield from _told(member, seen)


def _before(error: BaseException, seen: list[BaseException], link: str) -> Iterator[str]:
    lines = list(_told(error, seen))
    yield from lines
    if lines:
        yield link


def _is_telling(text: str) -> bool:
    return len(text) >= MIN_CHARACTERS and not text.isdecimal()


def _is_ours(error: BaseException) -> bool:
    return isinstance(error, BotError) and not isinstance(error, UserError)


def _details(error: BaseException) -> Iterator[str]:
    for name in _NUMBERS:
        if isinstance(number := getattr(error, name, None), int):
            yield f"{name} {number:d}"
    for name in _NAMES:
        if isinstance(called := getattr(error, name, None), str):
            yield called
    if isinstance(error, ImportError) and error.name:
        yield error.name
