"""Queries to run at endpoints of others, with things of ours in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anshan_kg import federation
from anshan_kg.terms import BASE
from anshan_kg.web.data import to_table

if TYPE_CHECKING:
    from anshan_kg.federation import Federated
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Table

PATH = "/federation"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the queries, each filled with what the graph has."""
    return {"queries": data(kg)}


def data(kg: KnowledgeGraph) -> list[Federated]:
    """Return the same for programs."""
    return [kg.federated(name) for name in federation.names()]


def table(kg: KnowledgeGraph) -> Table:
    """Return the same as a table."""
    return to_table(data(kg))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the things of ours that the queries speak of."""
    text = "\n".join(each.text for each in data(kg))
    return [thing for thing in kg.names.types if thing.startswith(BASE) and f"<{thing}>" in text]
