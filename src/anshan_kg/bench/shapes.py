"""The query shapes that are measured, with values picked from the data so that no two are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pyoxigraph import Literal, NamedNode

from anshan_kg import queries
from anshan_kg.execution import engine
from anshan_kg.model import Table

if TYPE_CHECKING:
    import pyoxigraph as ox

_T = TypeVar("_T")

NAMES = ("entity", "filtered-list", "two-hop-chain", "aggregate", "property-path", "text-search")
"""In the order they are reported."""

_PICKS = {
    "entity": "enterprises",
    "two-hop-chain": "makers",
    "property-path": "suppliers",
    "filtered-list": "indicators",
}
_WORDS = "text-search"


@dataclass(frozen=True, slots=True)
class Shape:
    """
    One shape.

    Attributes:
        name: Its name.
        texts: The same query with different values; at least one.
    """

    name: str
    texts: tuple[str, ...]


def of(store: ox.Store, most: int = 64) -> tuple[Shape, ...]:
    """Return the shapes with at most so many values each, spread evenly over what the data has."""
    return tuple(Shape(name, _texts(store, name, most)) for name in NAMES)


def _texts(store: ox.Store, name: str, most: int) -> tuple[str, ...]:
    query = queries.load(name, "shapes")
    if name == _WORDS:
        labels = [term.value for term in _column(store, "enterprises", "name")]
        words = dict.fromkeys(
            label[start : start + 2] for label in labels for start in (2, 4) if len(label) > start + 1
        )
        return tuple(query.bind(words=Literal(word)) for word in _spread(list(words), most)) or (query.text,)
    if name not in _PICKS:
        return (query.text,)
    parameter = query.parameters[0].name
    values = [term for term in _column(store, _PICKS[name], "thing") if isinstance(term, NamedNode)]
    return tuple(query.bind(**{parameter: value}) for value in _spread(values, most)) or (query.text,)


def _column(store: ox.Store, pick: str, name: str) -> list[NamedNode | Literal]:
    table = engine.evaluate(store, queries.load(pick, "picks").text)
    assert isinstance(table, Table)  # noqa: S101 - our own SELECT
    return [row[name] for row in table if isinstance(row[name], NamedNode | Literal)]  # type: ignore[misc]


def _spread(values: list[_T], most: int) -> list[_T]:
    step = max(1, len(values) // most)
    return values[::step][:most]
