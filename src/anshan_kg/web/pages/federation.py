"""Queries to run at endpoints of others, with things of ours in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anshan_kg import federation

if TYPE_CHECKING:
    from anshan_kg.federation import Federated
    from anshan_kg.kg import KnowledgeGraph

PATH = "/federation"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the queries, each filled with what the graph has."""
    return {"queries": data(kg)}


def data(kg: KnowledgeGraph) -> list[Federated]:
    """Return the same for programs."""
    return [kg.federated(name) for name in federation.names()]
