"""Values of the model as JSON, and as tables."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def to_table(values: Iterable[Any]) -> Table:
    """
    Return values of one kind as a table: a row for each, a column for each of their parts.

    Labels become two columns, `title` is then `titleEn` and `titleZh`; lists are one cell, their
    parts divided by `|`; parts of parts have an underscore in the name of their column.
    """
    rows = [dict(_flat("", to_json(value))) for value in values]
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    cells = (tuple(Literal(row[name]) if row.get(name) else None for name in columns) for row in rows)
    return Table(columns, tuple(cells))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        if value.keys() == {"en", "zh"}:
            yield f"{name}En", value["en"]
            yield f"{name}Zh", value["zh"]
            return
        for key, part in value.items():
            yield from _flat(re.sub(r"\W", "_", f"{name}_{key}" if name else key), part)
    elif isinstance(value, list):
        yield name, "|".join(text for part in value for _, text in _flat("", part) if text)
    elif value is not None:
        yield name, str(value)


def to_json(value: Any) -> Any:  # noqa: ANN401, PLR0911 - JSON is untyped on both sides
    """
    Return a value of the model as JSON values.

    Labels become `{"en": ..., "zh": ...}`, IRIs become strings, literals objects with value and
    language or datatype; what is empty is left out.
    """
    if isinstance(value, str | int):  # most values by far
        return value
    if isinstance(value, Labels):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (NamedNode, Literal)):
        return _term(value)
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: to_json(part) for name, part in pairs if part not in (None, "", (), Labels())}
    if isinstance(value, dict):
        return {name: to_json(part) for name, part in value.items()}
    return [to_json(part) for part in value] if isinstance(value, (list, tuple)) else value


def _term(term: NamedNode | Literal) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"iri": term.value}
    kind = {"language": term.language} if term.language else {"datatype": term.datatype.value}
    return {"value": term.value, **kind}
