"""The named questions, by who asks them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.queries import Query

PATH = "/ask"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the questions of each audience."""
    groups: dict[str, list[Query]] = defaultdict(list)
    for query in kg.questions():
        groups[query.audience].append(query)
    return {"groups": groups}
