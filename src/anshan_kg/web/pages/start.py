"""The start page: what this is, the system in one picture, the chains, three numbers, questions, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g
from pyoxigraph import Literal, NamedNode

from anshan_kg import queries
from anshan_kg.model import Table
from anshan_kg.terms import iri, slug_of
from anshan_kg.web.system import system_picture

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Evidence

PATH = "/"

_SHOWN = ("akg:Claim", "akg:Passage", "akg:SourceDocument", "akg:EvidenceGap", "akg:ConflictSet")
_TRY = ("targets", "chains", "clusters", "battery-material", "gaps")
_NUMBERS = 3


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return counts, chains, numbers and questions."""
    counts = {row["class"]: row for row in kg.ask("counts", lang=g.lang).texts()}
    return {
        "counts": [row for term in _SHOWN if (row := counts.get(iri(term).value))],
        "chains": kg.ask("chains", lang=g.lang).texts(),
        "slug": slug_of,
        "picture": system_picture(kg, g.lang),
        "numbers": kg.headlines[:_NUMBERS],
        "questions": [queries.load(name) for name in _TRY],
        "number_of_questions": len(queries.names()),
        "edition": kg.edition,
    }


def data(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return what the page shows, for programs."""
    return {
        "version": kg.version,
        "issued": kg.edition["issued"],
        "counts": kg.ask("counts", lang=g.lang).texts(),
        "chains": kg.ask("chains", lang=g.lang).texts(),
        "numbers": [_number(each) for each in kg.headlines[:_NUMBERS]],
    }


def table(kg: KnowledgeGraph) -> Table:
    """Return how much there is of what."""
    rows = kg.ask("counts", lang=g.lang).texts()
    cells = (
        (NamedNode(row["class"]), Literal(row["className"]), Literal(int(row["things"]))) for row in rows
    )
    return Table(("class", "className", "things"), tuple(cells))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the chains and the numbers."""
    chains = [row["chain"] for row in kg.ask("chains", lang=g.lang).texts()]
    return [*chains, *(each.claim for each in kg.headlines[:_NUMBERS])]


def _number(claim: Evidence) -> dict[str, str]:
    return {"claim": claim.claim, "en": claim.label.en, "zh": claim.label.zh, "source": claim.source}
