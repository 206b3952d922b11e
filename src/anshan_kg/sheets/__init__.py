"""
The user's own tables: CSV in any usual encoding, and XLSX, as rows of text.

- `text`: encoding, delimiter, records
- `workbook`: the cells of a sheet, read by calamine after the file was found harmless
- `output`: CSV that a spreadsheet opens without running anything

What is read is text as the sheet shows it, without spaces around it: numbers without a needless
`.0`, days as `2024-05-31`, a merged cell's text in each of the cells it covers. A title above the
header is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from anshan_kg.errors import DataError
from anshan_kg.sheets import text, workbook
from anshan_kg.sheets.header import named, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx")
"""The files that are read."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    One row of a table.

    Attributes:
        number: As the spreadsheet, or an editor, counts it from 1.
        cells: Column -> text; "" where the cell is empty.
    """

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """
    One table of a file; go through it for its rows, as often as you like.

    Attributes:
        path: The file.
        columns: The names in its header. A name that comes again gets a number, `Output (2)`; one
            that is missing is `column 7`.
        encoding: `utf-8`, `gb18030`, `utf-16`; "" for a workbook.
        delimiter: What parts the cells; "" for a workbook.
        name: Name of the sheet in a workbook.
        size: How many rows there are about, for showing how far one is.
    """

    path: Path
    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    name: str
    size: int
    _records: Callable[[], Iterator[tuple[int, list[str]]]]
    _last_of_header: int

    def __iter__(self) -> Iterator[Line]:
        """
        Yield the rows below the header; empty ones are passed over.

        Raises:
            DataError: a row has more cells than the header, or the file is broken farther down.
        """
        width = len(self.columns)
        for number, cells in self._records():
            if number <= self._last_of_header or not any(cells):
                continue
            if any(cells[width:]):
                raise DataError(
                    self.path, f"has {len(cells)} cells here, where the header has {width}", number
                )
            missing = [""] * (width - len(cells))
            yield Line(number, dict(zip(self.columns, [*cells, *missing], strict=False)))

    def column(self, name: str) -> str:
        """
        Return the column of that name, as the header writes it; width and case do not count.

        Raises:
            DataError: there is none; the message lists those there are.
        """
        wanted = named(name).casefold()
        for column in self.columns:
            if column == name or named(column).casefold() == wanted:
                return column
        raise DataError(self.path, f"has no column {name!r}; it has: {', '.join(self.columns)}")


def read(path: str | Path, sheet: str | None = None) -> Sheet:
    """
    Return a table of a file, with its header read.

    Args:
        path: A `.csv`, `.tsv`, `.txt` or `.xlsx` file.
        sheet: Name of a sheet of a workbook; the first that is not empty where not given.

    Raises:
        DataError: the file is missing, empty, too large, not text in a known encoding, no workbook,
            or has no such sheet.
    """
    place = Path(path)
    ending = place.suffix.lower()
    if ending not in ENDINGS:
        hint = "; save it as .xlsx" if ending in {".xls", ".ods", ".et", ".xlsb", ".xlsm"} else ""
        raise DataError(place, f"is none of {', '.join(ENDINGS)}{hint}")
    if ending == ".xlsx":
        cells = workbook.read(place, sheet)
        last, columns = split(place, cells.records(), cells.spanned)
        return Sheet(place, columns, "", "", cells.name, cells.size, cells.records, last)
    if sheet is not None:
        raise DataError(place, f"is no workbook and has no sheet {sheet!r}")
    table = text.read(place)
    last, columns = split(place, table.records())
    return Sheet(place, columns, table.encoding, table.delimiter, "", table.size, table.records, last)


def rows(path: str | Path, sheet: str | None = None) -> Iterator[dict[str, str]]:
    """
    Yield the rows of a table as column -> text; see `read`.

    Raises:
        DataError: as `read`.
    """
    return (line.cells for line in read(path, sheet))
