"""One source with all that rests on it, passage by passage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g
from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Table
from anshan_kg.terms import iri
from anshan_kg.web.choosing import part
from anshan_kg.web.pages.sources import language_name

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.overviews.sources import Resting

PATH = "/sources/<slug>"

_PAGE = 150


def view(kg: KnowledgeGraph, slug: str) -> dict[str, Any]:
    """Return the source, its passages with what they say, and what of it stands alone."""
    resting = kg.source(slug)
    return {
        "resting": resting,
        "source": resting.source,
        "part": part(resting.places, _PAGE),
        "statements": sum(len(place.statements) for place in resting.places),
        "language_name": language_name,
    }


def data(kg: KnowledgeGraph, slug: str) -> Resting:
    """Return the same for programs."""
    return kg.source(slug)


def table(kg: KnowledgeGraph, slug: str) -> Table:
    """Return the statements as a table, in the order of the page."""
    resting = kg.source(slug)
    columns = (
        "passage", "place", "claim", "claimName", "modalityName", "year", "printed", "speakerName",
        "confidenceName", "alone", "conflict",
    )  # fmt: skip
    rows = []
    for place in resting.places:
        for each in place.statements:
            texts = (
                each.label.best(g.lang), each.modality.best(g.lang), each.year, each.original,
                each.speaker.best(g.lang), each.confidence.best(g.lang),
            )  # fmt: skip
            rows.append(
                (
                    NamedNode(place.passage.iri) if place.passage else None,
                    Literal(place.passage.locator) if place.passage and place.passage.locator else None,
                    NamedNode(each.claim),
                    *(Literal(text) if text else None for text in texts),
                    Literal("true" if each.claim in resting.alone else "false", datatype=iri("xsd:boolean")),
                    NamedNode(each.conflict) if each.conflict else None,
                )
            )
    return Table(columns, tuple(rows))


def things(kg: KnowledgeGraph, slug: str) -> list[str]:
    """Return the source and the statements that rest on it."""
    resting = kg.source(slug)
    return [resting.source.iri, *(each.claim for place in resting.places for each in place.statements)]
