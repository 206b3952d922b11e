"""CSV that people open in a spreadsheet: Chinese shows, and no cell is run as a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from anshan_kg import files
from anshan_kg.cells import tame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_BOM = b"\xef\xbb\xbf"
_TOGETHER = 1000


def write(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """
    Write rows as CSV by RFC 4180, whole or not at all, and return how many there were.

    Args:
        path: The file.
        columns: The header.
        rows: Column -> text; a column that a row does not have is empty.

    Raises:
        DataError: the file cannot be written.
    """
    count = 0
    with files.writing(path) as stream:
        stream.write(_BOM)
        for count, piece in pieces(columns, rows):  # noqa: B007 - the last one counts
            stream.write(piece)
    return count


def text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as CSV, as `write` writes them, without the byte-order mark."""
    return b"".join(piece for _, piece in pieces(columns, rows)).decode()


def pieces(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[int, bytes]]:
    """Yield the file piece by piece, with how many rows there are so far."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow([tame(name) for name in columns])
    count = 0
    for count, row in enumerate(rows, start=1):
        writer.writerow([tame(row.get(name, "")) for name in columns])
        if count % _TOGETHER == 0:
            yield count, output.getvalue().encode("utf-8", "replace")
            output.seek(0)
            output.truncate()
    yield count, output.getvalue().encode("utf-8", "replace")
