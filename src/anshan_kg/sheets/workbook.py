"""
Sheets of an XLSX workbook as cells of text.

calamine reads the cells. It holds a sheet as one block from its first to its last cell, so that a
file of a kilobyte whose last cell lies far out would need gigabytes, and a long text that many
cells share is copied for each of them. So every part is first unpacked piece by piece, within
bounds, and looked through by expat, which counts what there will be and refuses a document type,
and with it entities.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from anshan_kg.errors import DataError
from anshan_kg.sheets.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

LARGEST_FILE = 64 * 2**20
"""Bytes a workbook may have."""
LARGEST_UNPACKED = 512 * 2**20
"""Bytes its parts may have together."""
MOST_CELLS = 5_000_000
"""Cells a sheet may span, and its merged cells may cover."""
MOST_CHARACTERS = 400_000_000
"""Characters of all cells of a sheet together."""

_PIECE = 2**16
_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_PARTS = 2000

Merged = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Cells:
    """
    The cells of one sheet.

    Attributes:
        name: Its name.
        size: How many rows it has.
        spanned: Row -> the last row that a merged cell of it reaches; rows count from 1.
    """

    name: str
    size: int
    spanned: dict[int, int]
    _rows: Callable[[], Iterable[Sequence[object]]]
    _left: int
    _merged: tuple[Merged, ...]

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of each row, and its cells as text, merged cells filled in."""
        starts: dict[int, list[Merged]] = {}
        for merged in self._merged:
            starts.setdefault(merged[0][0], []).append(merged)
        open_: list[tuple[Merged, str]] = []
        # calamine gives all rows from the top, but columns only from the first that has something in it.
        for number, values in enumerate(self._rows(), start=1):
            cells = [_text(value) for value in values]
            for merged in starts.get(number - 1, ()):
                column = merged[0][1] - self._left
                open_.append((merged, cells[column] if 0 <= column < len(cells) else ""))
            open_ = [each for each in open_ if each[0][1][0] >= number - 1]
            for ((_, left), (_, right)), text in open_:
                for column in range(max(left - self._left, 0), min(right + 1 - self._left, len(cells))):
                    cells[column] = text
            yield number, cells


def read(path: Path, name: str | None = None) -> Cells:
    """
    Return the cells of a sheet.

    Args:
        path: The workbook.
        name: The sheet; the first that is not empty where not given.

    Raises:
        DataError: it is no workbook, has no such sheet, or is larger than a table may be.
    """
    from python_calamine import CalamineError, CalamineWorkbook, XmlError, ZipError  # noqa: PLC0415 - seldom

    check(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        if name is not None and name not in book.sheet_names:
            raise DataError(path, f"has no sheet {name!r}; it has: {', '.join(book.sheet_names)}")
        for each in [name] if name is not None else book.sheet_names:
            sheet = book.get_sheet_by_name(each)
            if sheet.height:
                break
        else:
            raise DataError(path, "is empty; no sheet has anything in it")
        merged = tuple(sheet.merged_cell_ranges or ())
    except (CalamineError, XmlError, ZipError, OSError, ValueError) as error:
        raise DataError(path, f"is no workbook that can be read: {error}") from error
    covered = sum((bottom - top + 1) * (right - left + 1) for (top, left), (bottom, right) in merged)
    if covered > MOST_CELLS:
        raise DataError(path, f"has merged cells that cover {covered:,} cells; {MOST_CELLS:,} are the most")
    spanned: dict[int, int] = {}
    for (top, _), (bottom, _) in merged:
        spanned[top + 1] = max(spanned.get(top + 1, 0), bottom + 1)
    return Cells(
        each, sheet.total_height, spanned, sheet.iter_rows, sheet.start[1] if sheet.start else 0, merged
    )


def _text(value: object) -> str:
    """Return a value as a reader of the sheet would write it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


_EXACT = 1e15


def check(path: Path) -> None:
    """
    Look through a workbook before it is read.

    Raises:
        DataError: it is no workbook, or would need more than a table may.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise DataError(
                path, f"has {size / 2**20:.0f} MB; a workbook may have {LARGEST_FILE // 2**20} MB"
            )
        with zipfile.ZipFile(path) as archive:
            _check_parts(path, archive)
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise DataError(path, f"is no workbook: {error}") from error
    except expat.ExpatError as error:
        raise DataError(path, f"is no workbook that can be read: {error}") from error


def _check_parts(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if total > LARGEST_UNPACKED or len(parts) > _PARTS:
        raise DataError(
            path,
            f"has {total / 2**20:.0f} MB unpacked in {len(parts)} parts; "
            f"{LARGEST_UNPACKED // 2**20} MB in {_PARTS} are the most",
        )
    lengths: list[int] = []
    documents = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    # The texts that cells share have to be known before the cells.
    for part in sorted(documents, key=lambda part: "sharedstrings" not in part.filename.lower()):
        seen = _Seen(path, lengths)
        parser = seen.parser(strings="sharedstrings" in part.filename.lower())
        with archive.open(part) as stream:  # a part that is longer than it says fails its checksum
            while piece := stream.read(_PIECE):
                parser.Parse(piece)
            parser.Parse(b"", True)
        seen.judge()


@dataclass
class _Seen:
    """What one part of a workbook holds."""

    path: Path
    lengths: list[int]
    rows: int = 0
    columns: int = 0
    across: int = 0
    characters: int = 0
    _shared: bool = False
    _value: list[str] = field(default_factory=list)
    _inside: bool = False

    def parser(self, *, strings: bool) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        if strings:
            parser.StartElementHandler = self._start_string
            parser.CharacterDataHandler = self._string
        else:
            parser.StartElementHandler = self._start
            parser.EndElementHandler = self._end
            parser.CharacterDataHandler = self._text
        return parser

    def _refuse(self, *_: object) -> None:
        raise DataError(self.path, "declares a document type in its XML, which no spreadsheet writes")

    def _start_string(self, name: str, _: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "si":
            self.lengths.append(0)

    def _string(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "c":
            self.across += 1
            found = _CELL.fullmatch(attributes.get("r", ""))
            if found:
                column = 0
                for letter in found[1].upper():
                    column = column * 26 + ord(letter) - 64
                self.across, self.rows = column, max(self.rows, int(found[2]))
            self.columns = max(self.columns, self.across)
            self._shared = attributes.get("t") == "s"
        elif kind == "row":
            at = attributes.get("r", "")
            self.rows = max(self.rows + 1, int(at) if at.isdecimal() and len(at) <= _DIGITS else 0)
            self.across = 0
        elif kind == "v":
            self._inside = True
            self._value.clear()

    def _text(self, data: str) -> None:
        self.characters += len(data)
        if self._inside and self._shared and len(self._value) <= _DIGITS:
            self._value.append(data)

    def _end(self, name: str) -> None:
        if self._inside and name.rpartition(" ")[2] == "v":
            self._inside = False
            at = "".join(self._value).strip()
            if self._shared and at.isdecimal() and len(at) <= _DIGITS and int(at) < len(self.lengths):
                self.characters += self.lengths[int(at)]

    def judge(self) -> None:
        cells = self.rows * self.columns
        if cells > MOST_CELLS:
            raise DataError(
                self.path,
                f"has a sheet of {self.rows:,} rows and {self.columns:,} columns; "
                f"{MOST_CELLS:,} cells are the most: save it as CSV, or delete what lies far out",
            )
        if self.characters > MOST_CHARACTERS:
            raise DataError(
                self.path, f"has {self.characters:,} characters in a sheet; {MOST_CHARACTERS:,} are the most"
            )


_DIGITS = 9
