"""Links to the data of others: how far they have come, data set by data set."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from anshan_kg import links
from anshan_kg.sssom import State
from anshan_kg.web.data import to_table

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Table

PATH = "/links"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the data sets with how far the links to each have come."""
    return {"coverage": kg.desk.coverage()}


def data(kg: KnowledgeGraph) -> list[dict[str, Any]]:
    """Return the same as plain values."""
    return [asdict(each) for each in kg.desk.coverage()]


def table(kg: KnowledgeGraph) -> Table:
    """Return the same as a table."""
    return to_table(data(kg))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the things of ours that have a link."""
    linked = (
        known.expand(row.subject_id).value
        for name in links.names()
        if (known := kg.desk.table(name)) is not None
        for row in known.rows
        if row.state is State.REVIEWED
    )
    return list(dict.fromkeys(linked))
