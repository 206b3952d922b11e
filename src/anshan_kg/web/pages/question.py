"""One named question: its parameters as a form, its answer, its SPARQL, its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, request

from anshan_kg import formats, queries

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/ask/<name>"


def view(kg: KnowledgeGraph, name: str) -> dict[str, Any]:
    """Return the question and its answer for the parameters of the request."""
    query = queries.load(name)
    known = {parameter.name for parameter in query.parameters}
    given = {key: value for key, value in request.args.items() if key in known and value}
    if "lang" in known:
        given["lang"] = g.lang
    return {
        "query": query,
        "given": given,
        "table": kg.ask(name, **given),
        "text": kg.question(name, **given),
        "downloads": [each.extension for each in formats.RESULTS],
    }
