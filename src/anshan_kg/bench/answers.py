"""Whether two systems say the same: the rows of a JSON answer, comparable."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

Rows = Counter[tuple[tuple[str, str, str], ...]]
"""How often each row is there; a cell is what kind it is of, its value, and its language or datatype."""

_NUMBERS = ("decimal", "integer", "double", "float")


def rows(body: bytes) -> Rows:
    """
    Return the rows of an answer in the SPARQL 1.1 Query Results JSON Format.

    Numbers count by what they are worth, since engines write 1, 1.0 and 1E0.

    Raises:
        ValueError: it is no such answer.
    """
    document = json.loads(body)
    try:
        columns = sorted(document["head"]["vars"])
        found = document["results"]["bindings"]
    except (KeyError, TypeError) as error:
        raise ValueError("the answer is no table in JSON") from error
    return Counter(tuple(_cell(row.get(column)) for column in columns) for row in found)


def _cell(cell: dict[str, Any] | None) -> tuple[str, str, str]:
    if cell is None:
        return "", "", ""
    value, kind = str(cell["value"]), str(cell["type"]).replace("typed-literal", "literal")
    if "xml:lang" in cell:
        return kind, value, str(cell["xml:lang"]).lower()
    datatype = str(cell.get("datatype", "")).rpartition("#")[2]
    if datatype in _NUMBERS:
        try:
            return kind, str(Decimal(value).normalize()), "number"
        except InvalidOperation:
            pass
    return kind, value, "" if datatype == "string" else datatype
