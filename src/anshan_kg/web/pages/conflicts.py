"""Matters on which claims do not agree: the claims side by side, and why they differ."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import g

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/conflicts"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the conflict sets, each with its claims."""
    rows = kg.ask("conflicts", lang=g.lang).texts()
    sets = [list(group) for _, group in groupby(rows, key=lambda row: row["conflict"])]
    return {"sets": sets, "claims": len(rows)}


def data(kg: KnowledgeGraph) -> list[dict[str, str]]:
    """Return the rows of the question `conflicts`."""
    return kg.ask("conflicts", lang=g.lang).texts()
