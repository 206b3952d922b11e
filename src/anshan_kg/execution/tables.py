"""
Count and cut the rows of a written table.

The engine writes a table in native code, twice as fast as Python can take its rows one by one, but
tells neither how many there were nor stops after some. So the rows are counted in what it wrote, by
what can only stand between two of them, and a table that is too long is cut after a row and closed.
"""

from __future__ import annotations

import io
import itertools
import re
from typing import TYPE_CHECKING

from anshan_kg.errors import AnswerTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_LOOK = 2**18

# What stands between two rows. A string may hold `},{` too: if what ends the string comes next, that
# is followed by `,` or `}`; if `}` comes next, it may also be a row without any value.
_JSON_BETWEEN = re.compile(rb'\},\{(?:"(?=[^,}])|\})')
_BARE = b"},{}"
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}]')
_JSON_START = b'"bindings":['
_CSV_TOKEN = re.compile(rb'"[^"]*+"|\r\n')
_TSV_ROW = re.compile(rb"\n")
_XML_ROW = b"</result>"
_CLOSING = {"json": b"]}}", "xml": b"</results></sparql>"}


class Enough(Exception):
    """A table has more rows than it may; how the engine is stopped, not an error."""


class Bounded(io.BytesIO):
    """
    What the engine writes into; it stops the engine at a bound.

    Args:
        longest: Bytes the answer may have.
    """

    def __init__(self, longest: int) -> None:
        super().__init__()
        self._longest = longest

    def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes are all that is written
        """Add bytes; raise AnswerTooLarge past the bound."""
        if self.tell() + len(data) > self._longest:
            raise AnswerTooLarge(self._longest // 2**20)
        return super().write(data)


class Buffer(Bounded):
    """
    What the engine writes a table into; it stops the engine at a bound of bytes or rows.

    Args:
        name: The format, as in `formats.RESULTS`.
        longest: Bytes the answer may have.
        rows: Rows the answer may have; None for any number.
    """

    def __init__(self, name: str, longest: int, rows: int | None) -> None:
        super().__init__(longest)
        self._name, self._rows = name, rows
        self._next_look = _FIRST_LOOK

    def write(self, data: bytes) -> int:  # type: ignore[override]  # as above
        """Add bytes; raise Enough or AnswerTooLarge past a bound."""
        size = self.tell() + len(data)
        if size > self._longest:
            self._look()
        elif size > self._next_look:  # twice as far each time, so that all looks cost as much as two
            self._next_look *= 2
            self._look()
        return super().write(data)

    def _look(self) -> None:
        if self._rows is not None and count(self.getvalue(), self._name) > self._rows:
            raise Enough


def count(body: bytes, name: str) -> int:
    """Return how many rows a table has; of the start of one, how many are known to be there."""
    if name == "xml":
        return body.count(_XML_ROW)
    if name == "tsv":  # in strings it is written as \\n
        return max(0, body.count(b"\n") - 1)
    if name == "csv":
        outside = body.split(b'"')[::2] if b'"' in body else [body]
        return max(0, sum(part.count(b"\r\n") for part in outside) - 1)
    if not body.startswith(b'{"', _json_start(body)):
        return sum(1 for _ in _ends(body, name))
    between = _JSON_BETWEEN.findall(body)  # one pass: on large tables each costs 5 % of writing them
    return sum(1 for _ in _ends(body, name)) if _BARE in between else len(between) + 1


def cut(body: bytes, name: str, rows: int) -> bytes:
    """
    Return the well-formed table of the first rows of one, or of the start of one.

    Args:
        body: A table with more rows than that.
        name: The format, as in `formats.RESULTS`.
        rows: How many to keep; 1 or more.
    """
    end = next(itertools.islice(_ends(body, name), rows - 1, None))
    return body[:end] + _CLOSING.get(name, b"")


def marked(body: bytes, name: str, rows: int, columns: int) -> bytes:
    """
    Return a table that was cut with a notice that says so, and is still well-formed.

    In JSON the notice is a member `"truncated": true` before the head, where readers that take the
    table as a stream meet it; in XML a comment; in CSV and TSV a last line, whose first field tells.
    """
    notice = f"truncated after {rows} rows".encode()
    if name == "json":
        return b'{"truncated":true,' + body[1:]
    if name == "xml":
        end = body.rindex(b"</sparql>")
        return body[:end] + b"<!-- " + notice + b" -->" + body[end:]
    others = max(0, columns - 1)
    if name == "csv":
        return body + b"# " + notice + b"," * others + b"\r\n"
    return body + b'"# ' + notice + b'"' + b"\t" * others + b"\n"


def _ends(body: bytes, name: str) -> Iterator[int]:
    """Yield where each row ends; in JSON perhaps not the last."""
    if name == "xml":
        yield from (found.end() for found in re.finditer(_XML_ROW, body))
    elif name == "json":
        yield from _json_ends(body)
    else:
        token = _CSV_TOKEN if name == "csv" else _TSV_ROW
        lines = (found.end() for found in token.finditer(body) if found[0].endswith(b"\n"))
        next(lines, None)  # the names of the columns
        yield from lines


def _json_ends(body: bytes) -> Iterator[int]:
    if not _has_bare_row(body):
        yield from (found.start() + 1 for found in _JSON_BETWEEN.finditer(body))
        return
    depth = 0
    for token in _JSON_TOKEN.finditer(body, _json_start(body)):
        if token[0] == b"{":
            depth += 1
        elif token[0] == b"}":
            depth -= 1
            if depth == 0:
                yield token.end()


def _json_start(body: bytes) -> int:
    return body.find(_JSON_START) + len(_JSON_START)


def _has_bare_row(body: bytes) -> bool:
    """Whether there is a row without any value, or a string that looks like one."""
    return body.startswith(b"{}", _json_start(body)) or _BARE in body
