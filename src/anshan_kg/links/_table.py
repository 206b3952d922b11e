"""Rows of a publisher's file, one at a time: its columns are looked at first, no identifier comes twice."""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING

from anshan_kg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_LONGEST_LINE = 2**20
"""Characters a line may have: the longest published one has some 30,000."""

_LARGEST_TREE = 512 * 2**20
"""Bytes of a file that can only be read as a whole."""


def lines(path: Path) -> Iterator[str]:
    """
    Yield the lines of a UTF-8 file, with or without a byte order mark, without holding the file.

    Raises:
        DataError: it cannot be read, is not UTF-8, or is no text; the error names the line.
    """
    number = 0
    try:
        with path.open("rb") as file:
            while data := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(data) > _LONGEST_LINE:
                    raise DataError(path, f"has a line of more than {_LONGEST_LINE:,} bytes", number)
                if b"\0" in data:
                    raise DataError(
                        path, "is not UTF-8 text, but UTF-16 or no text; save it as UTF-8", number
                    )
                yield data.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(path, "is not UTF-8; save it as UTF-8", number) from error
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror}") from error


def whole(path: Path) -> str:
    """
    Return the text of a file that can only be read as a whole.

    Raises:
        DataError: as in `lines`, or it is too large for that.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror}") from error
    if size > _LARGEST_TREE:
        raise DataError(path, f"has more than {_LARGEST_TREE // 2**20} MB; give a part of it")
    return "".join(lines(path))


def csv_rows(path: Path, shapes: Sequence[Iterable[str]], delimiter: str = ",") -> Iterator[dict[str, str]]:
    """
    Yield the rows of a table with a header, by column.

    Args:
        path: The file.
        shapes: Sets of columns; the header has to have every column of one of them.
        delimiter: What stands between cells.

    Raises:
        DataError: as in `lines`; or the columns are others, a row has too few or too many cells, or
            quotes are not closed, as in a file that was cut off.
    """
    reader = csv.reader(lines(path), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_columns(path, header, shapes)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise DataError(
                    path,
                    f"has {len(row)} cells where the header has {len(header)}; was the file cut off?",
                    reader.line_num,
                )
            yield dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise DataError(path, f"is not a table: {error}; was the file cut off?", reader.line_num) from error


def sheet_rows(
    path: Path, shapes: Sequence[Iterable[str]], rows: Iterable[Mapping[str, str]]
) -> Iterator[dict[str, str]]:
    """
    Yield the rows of a sheet of a workbook, by column, once its columns have been looked at.

    Raises:
        DataError: the columns are others, or there are no rows.
    """
    found = iter(rows)
    first = next(found, None)
    if first is None:
        raise DataError(path, "has no rows in that sheet")
    _check_columns(path, list(first), shapes)
    for row in itertools.chain((first,), found):
        yield {name.strip(): value for name, value in row.items()}


def bare_rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """
    Yield the rows of a tab-separated table without a header, such as GeoNames publishes.

    Raises:
        DataError: as in `lines`, or a row has another number of cells.
    """
    for number, line in enumerate(lines(path), start=1):
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) != len(columns):
            raise DataError(
                path,
                f"has {len(cells)} cells where {len(columns)} are expected ({', '.join(columns[:4])}, ...); "
                "is this the publisher's file, and whole?",
                number,
            )
        yield dict(zip(columns, cells, strict=True))


def _check_columns(path: Path, header: Sequence[str], shapes: Sequence[Iterable[str]]) -> None:
    if len(set(header)) != len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        raise DataError(path, f"has the column {', '.join(twice)!r} twice", 1)
    wanted = [tuple(shape) for shape in shapes]
    if not any(set(shape) <= set(header) for shape in wanted):
        nearest = max(wanted, key=lambda shape: len(set(shape) & set(header)))
        lacking = [name for name in nearest if name not in header]
        raise DataError(
            path,
            f"lacks the column {', '.join(lacking)}; is this the publisher's file in the form of today?",
            1,
        )


class Once:
    """Says so when an identifier comes a second time in one file."""

    def __init__(self, path: Path) -> None:
        self._path, self._seen = path, set[int]()

    def __call__(self, identifier: str) -> str:
        """
        Return the identifier.

        Raises:
            DataError: it is empty, or has come before.
        """
        text = identifier.strip()
        if not text:
            raise DataError(self._path, "has a row without an identifier")
        mark = hash(text)  # eight bytes an identifier, whatever its length: a million of them fit
        if mark in self._seen:
            raise DataError(self._path, f"has {text!r} twice; identifiers have to be unique")
        self._seen.add(mark)
        return text


def split(text: str, separator: str) -> tuple[str, ...]:
    """Return the parts of a cell that holds several values."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def point(text: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a cell `41.15, 122.98`; None where they are none or impossible."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None  # noqa: PLR2004
