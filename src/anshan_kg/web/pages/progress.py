"""Targets against outcomes: what was promised, what came of it, and whether it is met."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import g, request

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Table

PATH = "/progress"

STATUSES = ("met", "missed", "contradicted", "open", "unknown")
"""What a promise can be, in the order in which the page counts them."""


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the promises by year, and how many are met, missed, open, contradicted, unknown."""
    rows = _table(kg).texts()
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    years = [(year, list(group)) for year, group in groupby(rows, key=lambda row: row["targetYear"])]
    return {"counts": counts, "years": years, "chosen": request.args.get("status", ""), "subject": _subject()}


def data(kg: KnowledgeGraph) -> list[dict[str, str]]:
    """Return the rows of the question `progress`."""
    return _table(kg).texts()


def _subject() -> str:
    return request.args.get("subject", "")


def _table(kg: KnowledgeGraph) -> Table:
    return kg.ask("progress", lang=g.lang, subject=_subject(), today=request.args.get("today", ""))
