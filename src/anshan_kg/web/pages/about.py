"""About the graph: what it is, how good it is, what it rests on, what it is linked to."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import g

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Table

PATH = "/about"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the statement of quality, the same as `anshan-kg check --report` prints."""
    rows = kg.ask("quality", lang=g.lang).texts()
    return {
        "aspects": [(aspect, list(group)) for aspect, group in groupby(rows, key=lambda row: row["aspect"])],
        "coverage": kg.desk.coverage(),
    }


def data(kg: KnowledgeGraph) -> list[dict[str, str]]:
    """Return the rows of the question `quality`."""
    return kg.ask("quality", lang=g.lang).texts()


def table(kg: KnowledgeGraph) -> Table:
    """Return the answer to the question `quality`."""
    return kg.ask("quality", lang=g.lang)


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the industrial system that the graph is about."""
    return [thing for thing, kind in kg.names.types.items() if kind == "akg:IndustrialSystem"]
