"""Addresses of things lead to a page for people and to documents for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, json, redirect, request
from pyoxigraph import Literal, NamedNode

from anshan_kg import formats
from anshan_kg.errors import UnknownName
from anshan_kg.model import Table
from anshan_kg.terms import BASE
from anshan_kg.web.data import to_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as Redirection

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Evidence, Term

_ENDINGS = (*(form.extension for form in formats.DOCUMENTS), "json", "csv")


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the routes /id/..., /scheme/..., /ont and /doc/...; by https://www.w3.org/TR/cooluris/."""
    routes = Blueprint("linked_data", __name__)

    @routes.route("/id/<path:path>", defaults={"space": "id"})
    @routes.route("/scheme/<path:path>", defaults={"space": "scheme"})
    def thing(space: str, path: str) -> Redirection:
        kg.resolve(f"{BASE}{space}/{path}")
        return _elsewhere(f"{space}/{path}")

    @routes.route("/ont")
    def ontology() -> Redirection:
        return _elsewhere("ont")

    @routes.route("/doc/<path:path>.<ending>")
    def document(path: str, ending: str) -> Response:
        if ending not in _ENDINGS:
            raise UnknownName("document ending", ending, _ENDINGS)
        if ending == "json":
            body = json.dumps(to_json(kg.entity(f"{BASE}{path}")), ensure_ascii=False) + "\n"
            return Response(body, mimetype="application/json")
        if ending == "csv":
            return Response(
                formats.write_table(_table(kg, path), formats.by_name("csv")), mimetype="text/csv"
            )
        form = formats.by_name(ending, formats.DOCUMENTS)
        graph = kg.ontology() if path == "ont" else kg.describe(f"{BASE}{path}")
        return Response(formats.write_graph(graph, form), content_type=form.media_type)

    return routes


def _elsewhere(path: str) -> Redirection:
    """Return 303 to the page or the document that the client prefers."""
    offered = ["text/html", *(form.media_type for form in formats.DOCUMENTS), "application/json", "text/csv"]
    best = request.accept_mimetypes.best_match(offered, "text/html")
    endings = {form.media_type: form.extension for form in formats.DOCUMENTS} | {
        "application/json": "json",
        "text/csv": "csv",
    }
    target = f"/page/{path}" if best == "text/html" else f"/doc/{path}.{endings[best]}"
    response = redirect(request.script_root + target, 303)
    response.headers["Vary"] = "Accept"
    return response


def _table(kg: KnowledgeGraph, path: str) -> Table:
    """Return what is said of a thing, a row per statement and claim."""
    entity = kg.entity(f"{BASE}{path}")
    columns = ("direction", "property", "propertyName", "value", "valueName", "claim", "source", "passage")
    rows: list[tuple[Term | None, ...]] = []
    for each in entity.statements:
        direction = Literal("object" if each.inverse else "subject")
        predicate, labels = each.predicate, each.value_labels
        facts = (
            direction,
            NamedNode(predicate.iri),
            Literal(predicate.labels.en),
            each.value,
            Literal(labels.en),
        )
        rows.extend((*facts, *_where(claim)) for claim in each.evidence)
        if not each.evidence:
            rows.append((*facts, None, None, None))
    return Table(columns, tuple(rows))


def _where(claim: Evidence) -> tuple[Term | None, ...]:
    passage = NamedNode(claim.passages[0].iri) if claim.passages else None
    return NamedNode(claim.claim), NamedNode(claim.source), passage
