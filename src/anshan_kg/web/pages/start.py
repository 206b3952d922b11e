"""The start page: what this is, how much there is, the four chains, questions to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from anshan_kg import queries
from anshan_kg.terms import iri

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/"

_SHOWN = ("akg:Claim", "akg:Passage", "akg:SourceDocument", "akg:EvidenceGap", "akg:ConflictSet")
_TRY = ("targets", "chains", "clusters", "battery-material", "gaps")


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return counts, chains and questions."""
    counts = {row["class"]: row for row in kg.ask("counts", lang=g.lang).texts()}
    return {
        "counts": [row for term in _SHOWN if (row := counts.get(iri(term).value))],
        "chains": kg.ask("chains", lang=g.lang).texts(),
        "questions": [queries.load(name) for name in _TRY],
        "number_of_questions": len(queries.names()),
    }
