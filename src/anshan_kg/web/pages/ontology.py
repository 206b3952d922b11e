"""The ontology: every class and property with its meaning in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/page/ont"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the terms of the ontology, classes first."""
    rows = kg.terms().texts()
    return {
        "classes": [row for row in rows if row["kind"] == "class"],
        "properties": [row for row in rows if row["kind"] != "class"],
    }
