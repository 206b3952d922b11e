"""
Queries that people run at endpoints of others, with things of ours in them.

The files under `queries/federation/` run as they stand, with one sample thing. Beside title and
audience each says where it runs (`# at:`). A line marked `# fill:` is replaced by what the graph
has: `pairs SPACE` by the things linked to addresses that begin so, `names` by things that are
linked to nothing in Wikidata, with their main names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg import queries
from anshan_kg.terms import UNKNOWN_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anshan_kg.model import Labels, Table

FOLDER = "federation"
MOST = 400
"""Things that a query is filled with: endpoints refuse queries of more than some tens of kilobytes."""

_FILL = re.compile(r"VALUES \((\?\w+ \?\w+)\) \{ .* \}[ ]*# fill: (names|pairs)(?: (\S+))?")
_AT = re.compile(r"^# at: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Federated:
    """
    One query for elsewhere.

    Attributes:
        name, title: As of every named query.
        at: The address of the page or the endpoint where it runs.
        text: The query, filled or with its sample.
    """

    name: str
    title: Labels
    at: str
    text: str


def names() -> tuple[str, ...]:
    """Return the names of the queries, sorted."""
    return queries.names(FOLDER)


def load(name: str) -> Federated:
    """
    Return one query with its sample.

    Raises:
        UnknownName: there is none of that name; the error lists those there are.
    """
    query = queries.load(name, FOLDER)
    at = _AT.search(query.text)
    return Federated(name, query.title, at[1] if at else "", query.text)


def fill(query: Federated, look_up: Callable[..., Table]) -> Federated:
    """
    Return a query with things of the graph in place of its sample; with the sample where there are none.

    Args:
        query: The query.
        look_up: Asks one of the queries under `queries/lookups`.
    """

    def filled(found: re.Match[str]) -> str:
        if found[2] == "names":
            pairs = list(_named(look_up("not_in_wikidata")))
        else:
            rows = look_up("linked_elsewhere", space=Literal(found[3]))
            pairs = [f"({row['thing']} {row['item']})" for row in rows]
        if not pairs:
            return found[0]
        left = [f"# and {len(pairs) - MOST} more, left out"] if len(pairs) > MOST else []
        return f"VALUES ({found[1]}) {{\n    " + "\n    ".join([*pairs[:MOST], *left]) + "\n  }"

    return Federated(query.name, query.title, query.at, _FILL.sub(filled, query.text))


def _named(table: Table) -> Iterable[str]:
    seen = set()
    for row in table:
        thing, name = row["thing"], row["name"]
        chinese = isinstance(name, Literal) and (name.language or "").startswith("zh")
        kind = row["kind"]
        label = isinstance(kind, Literal) and kind.value == "label"
        if not (label and chinese and isinstance(name, Literal) and isinstance(thing, NamedNode)):
            continue
        if thing not in seen and UNKNOWN_NAME not in name.value:
            seen.add(thing)
            yield f"({thing} {Literal(name.value)})"
