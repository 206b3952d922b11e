"""Links to the data of others: how far they have come, data set by data set."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/links"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the data sets with how far the links to each have come."""
    return {"coverage": kg.desk.coverage()}


def data(kg: KnowledgeGraph) -> list[dict[str, Any]]:
    """Return the same as plain values."""
    return [asdict(each) for each in kg.desk.coverage()]
