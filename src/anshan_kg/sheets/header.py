"""Which row of a table names its columns, and what it calls them."""

from __future__ import annotations

import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

from anshan_kg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_COLUMNS = 1000
"""Columns a table may have."""

_LOOKED_AT = 20
"""Rows within which the header has to come."""
_LEAST = 2


def named(text: str) -> str:
    """Return the name of a column as it is compared: one width, no line breaks."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def split(
    path: Path, records: Iterator[tuple[int, list[str]]], spanned: Mapping[int, int] | None = None
) -> tuple[int, tuple[str, ...]]:
    """
    Return the last row of the header, and the names of the columns.

    The header is the first row with two different texts, because what stands above it alone is a
    title; in a table of one column it is the first row. Where merged cells make it reach down over
    several rows, the names are those rows' texts one after the other.

    Args:
        path: The file, for messages.
        records: Number and cells of each row, from the top.
        spanned: Row -> the last row that a merged cell of it reaches.

    Raises:
        DataError: there is no row with anything in it, or it has too many columns.
    """
    top = [(number, cells) for number, cells in islice(records, _LOOKED_AT) if any(cells)]
    if not top:
        raise DataError(path, "is empty; its first row has to name the columns", 1)
    at = next((at for at, (_, cells) in enumerate(top) if len({*cells} - {""}) >= _LEAST), 0)
    first = top[at][0]
    last = min((spanned or {}).get(first, first), top[-1][0])
    lines = [cells for number, cells in top if first <= number <= last]
    width = max(len(cells) for cells in lines)
    while width and not any(cells[width - 1] for cells in lines if len(cells) >= width):
        width -= 1
    if width > MOST_COLUMNS:
        raise DataError(path, f"has {width} columns; a table may have {MOST_COLUMNS}", first)
    names = (
        " ".join(dict.fromkeys(cells[at] for cells in lines if at < len(cells) and cells[at]))
        for at in range(width)
    )
    return last, _distinct(names)


def _distinct(names: Iterator[str]) -> tuple[str, ...]:
    found: list[str] = []
    for number, name in enumerate(names, start=1):
        plain = " ".join(name.split()) or f"column {number}"
        again = 2
        kept = plain
        while kept in found:
            kept, again = f"{plain} ({again})", again + 1
        found.append(kept)
    return tuple(found)
