"""Tables as text: which encoding, which delimiter, and the records, one after the other."""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.errors import DataError

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE = 1_000_000
"""Characters a line may have; no more of a file than this is held in memory."""
LONGEST_CELL = 100_000
"""Characters a cell may have."""

_DELIMITERS = ",\t;|"
_SAMPLE = 64 * 1024
_PIECE = 2**20
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ARCHIVE = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class TextTable:
    """
    A file of text that holds a table.

    Attributes:
        path: The file.
        encoding: How its bytes are to be read.
        delimiter: What parts the cells.
        size: How many lines it has.
    """

    path: Path
    encoding: str
    delimiter: str
    size: int

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """
        Yield the number of the line on which each record begins, and its cells.

        Raises:
            DataError: a line or a cell is too long, or a quotation is never closed.
        """
        codec = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with self.path.open(encoding=codec, newline="") as stream:
            reader = csv.reader(_lines(self.path, stream), delimiter=self.delimiter, strict=True)
            start = 0
            try:
                for cells in reader:
                    number, start = start + 1, reader.line_num
                    if any(len(cell) > LONGEST_CELL for cell in cells):
                        raise DataError(
                            self.path, f"has a cell of more than {LONGEST_CELL:,} characters", number
                        )
                    yield number, [clean(cell) for cell in cells]
            except csv.Error as error:
                raise DataError(
                    self.path, f"is not well-formed: {error}; is a quotation mark missing?", start + 1
                ) from error


def read(path: Path) -> TextTable:
    """
    Return how a file of text is to be read.

    Raises:
        DataError: it cannot be read, or is text in no encoding that is known.
    """
    try:
        encoding, size = _encoding(path)
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
            sample = stream.read(_SAMPLE)
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror}") from error
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(sample)
    return TextTable(path, encoding, delimiter, size)


def clean(cell: str) -> str:
    """Return the text of a cell: composed characters, no spaces around it, full-width ones included."""
    return unicodedata.normalize("NFC", cell).strip("\ufeff \t\r\n\u3000\xa0")


def _encoding(path: Path) -> tuple[str, int]:
    """Return the first encoding in which the whole file is text, and how many lines there are."""
    with path.open("rb") as stream:
        start = stream.read(4)
        if start.startswith(_ARCHIVE):
            raise DataError(path, "is a workbook or an archive, not text; name it .xlsx if it is a workbook")
        known = ("utf-16",) if start.startswith(_WIDE) else ("utf-8", "gb18030")
        wrong: tuple[int, int] | None = None
        for encoding in known:
            stream.seek(0)
            decoder = codecs.getincrementaldecoder(encoding)()
            before, lines, zeros = 0, 1, False
            try:
                while piece := stream.read(_PIECE):
                    held = len(decoder.getstate()[0])
                    zeros = zeros or "\0" in decoder.decode(piece)
                    before += len(piece)
                    lines += piece.count(b"\n")
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                if wrong is None:
                    at = max(error.start - held, 0)
                    wrong = before + at, lines + piece.count(b"\n", 0, at)
                continue
            if zeros:
                raise DataError(path, "has null characters, so it is no text; save it as 'CSV UTF-8'")
            return encoding, lines
    assert wrong is not None  # noqa: S101 - every encoding failed
    byte, line = wrong
    raise DataError(path, f"is neither UTF-8 nor GB18030 (byte {byte + 1}); save it as 'CSV UTF-8'", line)


def _lines(path: Path, stream: io.TextIOBase) -> Iterator[str]:
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise DataError(path, f"has a line of more than {LONGEST_LINE:,} characters", number)
        yield line


def _delimiter(sample: str) -> str:
    """Return the delimiter that parts most lines of a sample into the same number of cells."""
    best, most = ",", (0, 0)
    for delimiter in _DELIMITERS:
        lines = sample.splitlines(keepends=True)
        try:
            widths = Counter(len(cells) for cells in csv.reader(lines[:50], delimiter=delimiter) if cells)
        except csv.Error:
            continue
        width, times = max(
            ((width, times) for width, times in widths.items() if width > 1),
            key=lambda found: (found[1], found[0]),
            default=(0, 0),
        )
        if (times, width) > most:
            best, most = delimiter, (times, width)
    return best
