"""Dictionaries as files: CSV for spreadsheets, and JSON."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, Final

from bot.errors import UserError
from bot.i18n import _
from bot.text.lexicon import MAX_ENTRIES, LexiconEntry, checked_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_BYTES: Final = 256 * 1024
"""Reliability catalogue, row A-10."""

COLUMNS: Final = ("word", "reading")

_BYTE_ORDER_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",  # Excel, "Unicode text"
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS: Final = ",;\t"
_SAMPLED_ROWS: Final = 20
_MAX_SEPARATORS: Final = 256
"""In one line: more than a word and its reading can have, were they nothing else."""

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, "CSV Injection";
# the wide ones are for Japanese); an apostrophe before it makes it text, and is not shown.
_FORMULA: Final = re.compile(r"'*[=+\-@＝＋－＠]")

_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")
_MAX_DEPTH: Final = 4
_MAX_VALUES_EACH: Final = 8
"""Other programs write more about a word than we read."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that is no entry: its number, the first being 1, and a sentence for people."""

    row: int
    problem: str

    def __str__(self) -> str:
        return _("Row {row}: {problem}").format(row=self.row, problem=self.problem)


@dataclass(frozen=True, slots=True)
class LexiconFile:
    """What a file holds: its entries in their order, and the rows that are none."""

    entries: tuple[LexiconEntry, ...]
    faults: tuple[RowFault, ...] = ()


def read_file(content: bytes) -> LexiconFile:
    """Return what somebody uploaded, CSV or JSON.

    Raises:
        UserError: It is too large, or neither of them.
    """
    if len(content) > MAX_BYTES:
        raise UserError(
            _("The file is too large. A dictionary may have {most} kilobytes.").format(
                most=MAX_BYTES // 1024
            )
        )
    text = _decoded(content)
    return _read_json(text) if text.lstrip()[:1] in ("[", "{") else _read_csv(text)


def _read_csv(text: str) -> LexiconFile:
    """Return the entries of a table of two columns, parted by commas, semicolons or tabs.

    Raises:
        UserError: It has too many rows, or cannot be read at all.
    """
    collection = _Collection()
    try:
        separator = max(_SEPARATORS, key=lambda each: _count_pairs(text, each))
        for number, cells in enumerate(_rows(text, separator), start=1):
            is_header = number == 1 and tuple(map(str.casefold, cells[:2])) == COLUMNS
            if any(cells) and not is_header:
                collection.add(number, *_two_cells(cells))
    except csv.Error:
        raise UserError(
            _("I cannot read that file. Save it as CSV with two columns: word, reading.")
        ) from None
    return collection.finish()


def write_csv(entries: Iterable[LexiconEntry]) -> bytes:
    """Return a file that a spreadsheet shows as it is, and runs nothing of."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows((_defused(entry.word), _defused(entry.reading)) for entry in entries)
    # Without the mark, Excel takes a file for one in the encoding of the system.
    return codecs.BOM_UTF8 + written.getvalue().encode()


def _read_json(text: str) -> LexiconFile:
    """Return the entries of `[{"word": …, "reading": …}, …]`, or of `{word: reading, …}`.

    Raises:
        UserError: It is not of this form, or has too many entries.
    """
    _require_small(text)
    try:
        # Objects become tuples of pairs, or one that names a key twice would hide it.
        content = json.loads(text, object_pairs_hook=tuple)
    except ValueError:
        raise _not_json() from None
    collection = _Collection()
    for number, row in enumerate(content, start=1):
        pair = row if isinstance(content, tuple) else _two_values(row)
        collection.add(number, *pair)
    return collection.finish()


def write_json(entries: Iterable[LexiconEntry]) -> bytes:
    """Return a file that `read_file` reads back."""
    rows = [{"word": entry.word, "reading": entry.reading} for entry in entries]
    return json.dumps(rows, ensure_ascii=False, indent=2).encode()


class _Collection:
    """Gathers the entries of a file row by row."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, LexiconEntry]] = {}
        self._faults: list[RowFault] = []

    def add(self, row: int, word: object = None, reading: object = None) -> None:
        """Add what a row holds, or what is wrong with it.

        Raises:
            UserError: There are too many.
        """
        if len(self._entries) + len(self._faults) >= MAX_ENTRIES:
            raise _too_many()
        try:
            self._add(row, word, reading)
        except UserError as error:
            self._faults.append(RowFault(row, str(error)))

    def _add(self, row: int, word: object, reading: object) -> None:
        if not isinstance(word, str) or not isinstance(reading, str):
            raise UserError(_("It needs two texts: a word, and how I should say it."))
        entry = checked_entry(word, reading)
        first, _entry = self._entries.setdefault(entry.key, (row, entry))
        if first != row:
            raise UserError(
                _("The word is in row {first} already. Keep one of them.").format(first=first)
            )

    def finish(self) -> LexiconFile:
        """Return what was gathered."""
        entries = (entry for _row, entry in self._entries.values())
        return LexiconFile(tuple(entries), tuple(self._faults))


def _decoded(content: bytes) -> str:
    marks = (mark for mark in _BYTE_ORDER_MARKS if content.startswith(mark))
    try:
        return content.decode(_BYTE_ORDER_MARKS.get(next(marks, b""), "utf-8"))
    except ValueError:
        raise UserError(_("I cannot read that file. Save it as a text in UTF-8.")) from None


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    for cells in csv.reader(_lines(text, separator), delimiter=separator):
        yield [cell.strip() for cell in cells]


def _lines(text: str, separator: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if line.count(separator) > _MAX_SEPARATORS:
            raise csv.Error("a row of hundreds of cells")
        yield line


def _count_pairs(text: str, separator: str) -> int:
    """Return how many of the first rows have two cells."""
    sample = islice(_rows(text, separator), _SAMPLED_ROWS)
    return sum(len(cells) == len(COLUMNS) for cells in sample)


def _two_cells(cells: Sequence[str]) -> Sequence[str]:
    """Return the word and the reading of a row, or nothing if that is not what it holds."""
    # Spreadsheets make every row as long as the longest.
    if len(cells) < len(COLUMNS) or any(cells[len(COLUMNS) :]):
        return ()
    return [_restored(cell) for cell in cells[: len(COLUMNS)]]


def _defused(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _two_values(row: Any) -> Sequence[Any]:
    """Return the word and the reading of an object, or nothing if it has not one of each."""
    if not isinstance(row, tuple):
        return ()
    values = [value for column in COLUMNS for name, value in row if name == column]
    return values if len(values) == len({name for name, _value in row} & {*COLUMNS}) else ()


def _require_small(text: str) -> None:
    """Look at the brackets alone, so that nothing large is ever built.

    Raises:
        UserError: There are too many, or they are nested too deep.
    """
    bare = _STRING.sub("", text)
    opened = bare.count("[") + bare.count("{")
    if opened > MAX_ENTRIES + 1 or bare.count(",") > MAX_ENTRIES * _MAX_VALUES_EACH:
        raise _too_many()
    if bare.count("]") + bare.count("}") != opened:
        raise _not_json()
    depths = accumulate(1 if bracket in "[{" else -1 for bracket in _BRACKETS.findall(bare))
    if max(depths, default=0) > _MAX_DEPTH:
        raise _not_json()


def _not_json() -> UserError:
    return UserError(
        _("I cannot read that file as JSON. Export a dictionary to see what one looks like.")
    )


def _too_many() -> UserError:
    return UserError(
        _("There is too much in the file. A dictionary may have {most} words.").format(
            most=MAX_ENTRIES
        )
    )
