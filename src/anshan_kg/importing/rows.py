"""Rows of a CSV, TSV or JSON Lines file, as text, with what is wrong with them told by row and column."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.errors import DataError
from anshan_kg.model import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_FILE = 64 * 2**20
"""Bytes a table may have: its rows are held in memory until all of them are found good."""
LONGEST_CELL = 4000
"""Characters a cell may have."""

_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row.

    Attributes:
        number: As in `Refusal`.
        cells: Column -> texts; one text unless the cell is a list; empty cells are left out.
        refusals: What is wrong with the row already as a row.
    """

    number: int
    cells: dict[str, tuple[str, ...]]
    refusals: tuple[Refusal, ...] = ()


def read(
    path: Path, separator: str = "|", lists: frozenset[str] = frozenset(), data: bytes | None = None
) -> Iterator[Row]:
    """
    Yield the rows of a `.csv`, `.tsv`, `.jsonl` or `.ndjson` file.

    Args:
        path: The file.
        separator: What parts the members of a list in one cell of a CSV file.
        lists: The columns that hold lists.
        data: The bytes of the file, where it does not lie on disk.

    Raises:
        DataError: the file is missing, too large, not UTF-8, or not a table at all.
    """
    text = _decoded(path, _bytes(path) if data is None else data)
    kind = path.suffix.lower()
    if kind in {".jsonl", ".ndjson"}:
        yield from _json_rows(text)
    elif kind in {".csv", ".tsv"}:
        yield from _csv_rows(path, text, "\t" if kind == ".tsv" else ",", separator, lists)
    else:
        raise DataError(path, "is neither .csv, .tsv nor .jsonl; save the sheet as 'CSV UTF-8'")


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise DataError(
                path,
                f"has {size / 2**20:.0f} MB; a table may have {LARGEST_FILE // 2**20} MB: "
                "split it and import the parts one after the other",
            )
        return path.read_bytes()
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror}") from error


def _decoded(path: Path, data: bytes) -> str:
    if data.startswith(_ZIP):
        raise DataError(path, "is a workbook or an archive, not text; save the sheet as 'CSV UTF-8'")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(path, f"is not UTF-8{_guess(data)}; save it as 'CSV UTF-8'", line) from error


def _guess(data: bytes) -> str:
    """Return a hint at the encoding that Chinese spreadsheets come in when it is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return " but UTF-16"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " (it may be GB18030, as Excel writes 'CSV' in China)"


def _csv_rows(path: Path, text: str, delimiter: str, separator: str, lists: frozenset[str]) -> Iterator[Row]:
    # A lone \r would end a line for the csv module but not for an editor, so rows would be misnumbered.
    reader = csv.reader(text.replace("\r\n", "\n").split("\n"), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header)
        start = reader.line_num
        for values in reader:
            number, start = start + 1, reader.line_num
            if not any(value.strip() for value in values):
                continue
            yield _csv_row(number, header, values, separator, lists)
    except csv.Error as error:
        raise DataError(path, f"is not well-formed CSV: {error}", reader.line_num) from error


def _check_header(path: Path, header: list[str]) -> None:
    if not any(header):
        raise DataError(path, "is empty; its first row has to name the columns", 1)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(path, f"names a column twice: {', '.join(name or '(no name)' for name in twice)}", 1)
    if "" in header:
        raise DataError(path, f"column {header.index('') + 1} has no name", 1)


def _csv_row(number: int, header: list[str], values: list[str], separator: str, lists: frozenset[str]) -> Row:
    if len(values) != len(header):
        reason = f"has {len(values)} cells where the header has {len(header)}"
        return Row(number, {}, (Refusal(number, "", reason),))
    given = {
        name: tuple(value.split(separator)) if name in lists else (value,)
        for name, value in zip(header, values, strict=True)
    }
    return _row(number, given)


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(
                line,
                parse_float=str,
                parse_int=str,
                parse_constant=_no_number,
                object_pairs_hook=_object,
            )
        except (ValueError, RecursionError) as error:
            yield Row(number, {}, (Refusal(number, "", f"is not a JSON object: {error}"),))
            continue
        if not isinstance(found, dict):
            yield Row(number, {}, (Refusal(number, "", "is not a JSON object"),))
            continue
        wrong = [name for name, value in found.items() if not _is_cell(value)]
        if wrong:
            reason = "is neither text, number, true or false, nor a list of texts"
            yield Row(number, {}, tuple(Refusal(number, name, reason) for name in wrong))
            continue
        given = {
            name: tuple(value) if isinstance(value, list) else (_plain(value),)
            for name, value in found.items()
        }
        yield _row(number, given)


def _no_number(name: str) -> str:
    raise ValueError(f"{name} is no number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _is_cell(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return value is None or isinstance(value, str | bool)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _row(number: int, given: dict[str, tuple[str, ...]]) -> Row:
    cells: dict[str, tuple[str, ...]] = {}
    refusals = []
    for name, values in given.items():
        kept = []
        for value in values:
            if reason := _refuse(value):
                refusals.append(Refusal(number, name, reason))
            elif text := unicodedata.normalize("NFC", value).strip():
                kept.append(text)
        if kept:
            cells[name] = tuple(kept)
    return Row(number, cells, tuple(refusals))


def _refuse(value: str) -> str:
    """Return why a cell is not taken, "" where it is."""
    if len(value) > LONGEST_CELL:
        return f"has {len(value)} characters; a cell may have {LONGEST_CELL}"
    if _FORMULA.match(value):
        return f"begins with {value[0]!r} like a formula; paste the value itself, not the formula"
    if found := _CONTROL.search(value):
        return f"has the control character U+{ord(found[0]):04X} in it"
    return ""
