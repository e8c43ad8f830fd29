"""The file of a server's settings: written, read, and each wrong entry of it named."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.errors import UserError
from bot.i18n import _
from bot.settings.channel import ChannelSettings
from bot.settings.declare import settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import Id, InvalidValueError, Mentionable
from bot.settings.member import MemberRules
from bot.text.lexicon import MAX_ENTRIES, LexiconEntry, checked_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.settings.declare import Setting

T = TypeVar("T")

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 4
"""Reliability catalogue, row A-10."""

MAX_CHANNELS: Final = 500
"""Discord's limit for a server."""

MAX_MEMBERS: Final = 1_000

MAX_OBJECTS: Final = 5_000
MAX_VALUES: Final = 16_000
"""More than the largest server has of both: what is above that is no file of settings."""

MAX_NAMED: Final = 20
"""More wrong entries are only counted."""

VERSION: Final = 1
"""A later version reads the files of this one; new meaning, new number."""

_VERSION: Final = "oriole"
_SERVER: Final = "server"
_CHANNELS: Final = "channels"
_MEMBERS: Final = "members"
_DICTIONARY: Final = "dictionary"
_SECTIONS: Final = (_SERVER, _CHANNELS, _MEMBERS, _DICTIONARY)
_WORD: Final = "word"
_READING: Final = "reading"

_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says of a server; a part that is `None` is not in it.

    Args:
        server: Its settings.
        channels: Those of its channels, by their ids.
        members: What was decided about members, by their ids.
        dictionary: Its dictionary.
    """

    server: GuildSettings | None = None
    channels: Mapping[int, ChannelSettings] | None = None
    members: Mapping[int, MemberRules] | None = None
    dictionary: tuple[LexiconEntry, ...] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry that is wrong: where it is, and what it should be.

    `line` counts from 1; it is 0 where the entry cannot be found by its name.
    """

    path: tuple[str, ...]
    fault: str
    line: int = 0


class WrongDocumentError(UserError):
    """A file has `count` wrong entries, the first of which `problems` names."""

    def __init__(self, problems: Sequence[Problem], count: int) -> None:
        self.problems = tuple(problems)
        self.count = count
        super().__init__(_("Nothing was changed: the file has entries that cannot be."))


def write(document: Document) -> bytes:
    """Return a document as a file: every setting of the server, of all others what is set."""
    content: dict[str, Any] = {_VERSION: VERSION}
    if document.server is not None:
        content[_SERVER] = _dump(document.server, is_whole=True)
    for name, settings in ((_CHANNELS, document.channels), (_MEMBERS, document.members)):
        if settings is not None:
            content[name] = {str(id_): _dump(each) for id_, each in settings.items()}
    if document.dictionary is not None:
        content[_DICTIONARY] = [
            {_WORD: entry.word, _READING: entry.reading} for entry in document.dictionary
        ]
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def read(content: bytes) -> Document:
    """Return what a file says; a setting that is not named in its part has its default.

    Raises:
        WrongDocumentError: Some entries cannot be.
        UserError: It is no such file at all.
    """
    if len(content) > MAX_BYTES:
        raise UserError(
            _("The file is too large. It may have {most} kilobytes.").format(most=MAX_BYTES // 1024)
        )
    try:
        text = content.decode("utf-8-sig")
        _require_small(text)
        written = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _not_one() from error
    if not isinstance(written, dict) or written.get(_VERSION) != VERSION:
        raise _not_one()
    return _Reader(text).read(written)


class _Twice(dict[str, Any]):
    """An object in which a key is named twice: `key`."""

    key = ""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that names a key twice would hide the first of them."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = _Twice(found)
    twice.key = Counter(name for name, _value in pairs).most_common(1)[0][0]
    return twice


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _require_small(text: str) -> None:
    """Look at the punctuation alone, so that nothing deep or endless is ever built."""
    bare = _STRING.sub("", text)
    if bare.count("{") + bare.count("[") > MAX_OBJECTS or bare.count(",") > MAX_VALUES:
        raise ValueError("too much in it")
    opened = (1 if bracket in "[{" else -1 for bracket in _BRACKETS.findall(bare))
    if max(accumulate(opened), default=0) > MAX_DEPTH:
        raise ValueError("nested too deep")


def _not_one() -> UserError:
    return UserError(
        _("That is no file of settings. Make one with /server export, and change that.")
    )


class _Reader:
    """Reads the parts of one file, and gathers what is wrong with them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._problems: list[Problem] = []
        self._count = 0

    def read(self, written: dict[str, Any]) -> Document:
        """Return what the file says.

        Raises:
            WrongDocumentError: Some entries cannot be.
        """
        self._look_for_twice((), written)
        for name in [each for each in written if each not in (_VERSION, *_SECTIONS)]:
            self._note((name,), _("must be one of {allowed}").format(allowed=", ".join(_SECTIONS)))
        document = Document(
            server=self._part(written, _SERVER, self._server),
            channels=self._part(written, _CHANNELS, self._channels),
            members=self._part(written, _MEMBERS, self._members),
            dictionary=self._part(written, _DICTIONARY, self._dictionary),
        )
        if self._problems:
            raise WrongDocumentError(self._problems, self._count)
        return document

    def _part(self, written: dict[str, Any], name: str, read: Callable[[Any], T]) -> T | None:
        return read(written[name]) if name in written else None

    def _server(self, written: Any) -> GuildSettings:
        return self._settings((_SERVER,), GuildSettings, written)

    def _channels(self, written: Any) -> dict[int, ChannelSettings]:
        ids = Id(Mentionable.TEXT_CHANNEL)
        return self._by_id(_CHANNELS, ids, ChannelSettings, written, MAX_CHANNELS)

    def _members(self, written: Any) -> dict[int, MemberRules]:
        return self._by_id(_MEMBERS, Id(Mentionable.MEMBER), MemberRules, written, MAX_MEMBERS)

    def _by_id(self, part: str, ids: Id, model: type[T], written: Any, most: int) -> dict[int, T]:
        if not isinstance(written, dict) or len(written) > most:
            self._note((part,), _("must be an object of up to {most} ids").format(most=most))
            return {}
        self._look_for_twice((part,), written)
        found: dict[int, T] = {}
        for id_, settings in written.items():
            try:
                found[ids.load(id_)] = self._settings((part, id_), model, settings)
            except InvalidValueError as error:
                self._note((part, id_), str(error))
        return found

    def _settings(self, path: tuple[str, ...], model: type[T], written: Any) -> T:
        if not isinstance(written, dict):
            self._note(path, _("must be an object"))
            return model()
        self._look_for_twice(path, written)
        declared, values = settings_of(model), {}
        for name, value in written.items():
            if name not in declared:
                self._note((*path, name), _("is no setting"))
                continue
            try:
                values[name] = declared[name].load(value)
            except InvalidValueError as error:
                self._note((*path, name), str(error))
            if isinstance(value, dict):
                self._look_for_twice((*path, name), value)
        return model(**values)

    def _dictionary(self, written: Any) -> tuple[LexiconEntry, ...]:
        if not isinstance(written, list) or len(written) > MAX_ENTRIES:
            self._note(
                (_DICTIONARY,),
                _("must be a list of up to {most} entries").format(most=MAX_ENTRIES),
            )
            return ()
        found: dict[str, LexiconEntry] = {}
        for number, row in enumerate(written, start=1):
            path = (_DICTIONARY, str(number))
            if not _is_entry(row):
                self._note(path, _("must be an object with the texts word and reading"))
                continue
            try:
                entry = checked_entry(row[_WORD], row[_READING])
            except UserError as error:
                self._note(path, str(error))
                continue
            if found.setdefault(entry.key, entry) is not entry:
                self._note(path, _("is a word that is in the list already"))
        return tuple(found.values())

    def _look_for_twice(self, path: tuple[str, ...], written: Any) -> None:
        if isinstance(written, _Twice):
            self._note((*path, written.key), _("is named twice"))

    def _note(self, path: tuple[str, ...], fault: str) -> None:
        self._count += 1
        if len(self._problems) < MAX_NAMED:  # to find a line takes a while
            self._problems.append(Problem(path, fault, _line(self._text, path)))


def _is_entry(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and row.keys() == {_WORD, _READING}
        and all(isinstance(each, str) for each in row.values())
    )


def _line(text: str, path: tuple[str, ...]) -> int:
    """Return the line in which an entry begins, by the names on the way to it; 0 if unknown.

    Only a key is followed by a colon, and quotes within a text have a backslash before them.
    """
    place = 0
    for name in path:
        key = re.compile(re.escape(json.dumps(name, ensure_ascii=False)) + r"\s*:")
        found = key.search(text, place)
        if found is None:
            return 0
        place = found.end()
    return text.count("\n", 0, place) + 1


def _dump(settings: Any, *, is_whole: bool = False) -> dict[str, Any]:
    return {
        setting.name: setting.dump(value)
        for setting, value in _values(settings)
        if is_whole or value != setting.default
    }


def _values(settings: Any) -> Iterator[tuple[Setting, Any]]:
    for setting in settings_of(type(settings)).values():
        yield setting, getattr(settings, setting.name)
