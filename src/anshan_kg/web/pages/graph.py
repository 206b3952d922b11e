"""The graph explorer: a picture that grows from thing to thing, and the same as a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g, request
from pyoxigraph import Literal, NamedNode

from anshan_kg.drawing import columns
from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.exploring import Wish, write
from anshan_kg.model import Table
from anshan_kg.terms import BASE
from anshan_kg.web import exploring, language

if TYPE_CHECKING:
    from markupsafe import Markup

    from anshan_kg.exploring import Picture
    from anshan_kg.kg import KnowledgeGraph

PATH = "/graph"

_DRAWN = 60
"""Things that the picture without a script holds; what is left out is in the table."""
_ROWS = 400
_COLUMNS = (
    "source", "sourceEn", "sourceZh", "relation", "relationEn", "relationZh",
    "target", "targetEn", "targetZh", "kind", "claims",
)  # fmt: skip


_FORMS = (
    ("graphml", "GraphML"),
    ("gexf", "GEXF"),
    ("cytoscape", "Cytoscape JSON"),
    ("dot", "DOT"),
    ("mermaid", "Mermaid"),
)
"""The formats offered, of those that `exports` writes."""


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the forms, the picture and its table; a mistake is told beside the forms."""
    problem, wish = "", Wish()
    try:
        wish = exploring.wish(kg)
    except (ParameterError, UnknownName) as error:
        problem = str(error)
    explorer = kg.explorer
    shown = explorer.picture(wish)
    counted = Counter(node.type for node in shown.nodes)
    related = Counter(edge.relation for edge in shown.edges)
    page: dict[str, Any] = {
        "wish": wish, "problem": problem, "shown": shown, "drawing": _drawing(shown), "drawn": _DRAWN,
        "names": {node.id: node for node in shown.nodes}, "rows": _ROWS,
        "first": explorer.node(wish.things[0]) if wish.things else None,
        "hops": wish.hops, "via": wish.via[0] if wish.via else "",
        "relations": sorted(explorer.relations.items(), key=lambda each: each[1].best(g.lang)),
        "types": counted.most_common(), "related": related.most_common(),
        "left": sum(step.left for step in shown.steps),
        "query": urlencode(write(wish)),
        "forms": _FORMS, "base": BASE,
        "asked": {key: request.args.get(key, "")[:200] for key in ("from", "to")},
        "without": request.args.getlist("without"), "found": None,
    }  # fmt: skip
    if any(page["asked"].values()):
        try:
            page["found"] = exploring.ways(kg)
        except (ParameterError, UnknownName) as error:
            page["problem"] = str(error)
    return page


def data(kg: KnowledgeGraph) -> dict[str, Any]:
    """
    Return the picture for programs, and the address that asks for it.

    With `known`, only what later steps than that one brought.
    """
    known = request.args.get("known", "-1")
    if not known.removeprefix("-").isdigit() or len(known) > len("-999"):
        raise ParameterError(f"known is {known[:20]!r}, but has to be the number of a step")
    wish = exploring.wish(kg)
    picture = kg.explorer.picture(wish, int(known))
    parts = {field.name: getattr(picture, field.name) for field in fields(picture)}
    return {"address": urlencode(write(wish)), **parts}


def table(kg: KnowledgeGraph) -> Table:
    """Return the relations of the picture, with the names of both ends."""
    shown = kg.explorer.picture(exploring.wish(kg))
    nodes = {node.id: node for node in shown.nodes}
    rows = []
    for edge in shown.edges:
        source, target, words = nodes[edge.source], nodes[edge.target], shown.relations[edge.relation]
        rows.append(
            (
                NamedNode(source.iri), Literal(source.labels.en), Literal(source.labels.zh),
                Literal(edge.relation), Literal(words.en), Literal(words.zh),
                NamedNode(target.iri), Literal(target.labels.en), Literal(target.labels.zh),
                Literal(edge.kind), Literal(edge.claims),
            )
        )  # fmt: skip
    return Table(_COLUMNS, tuple(rows))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the things of the picture, by IRI."""
    return [node.iri for node in kg.explorer.picture(exploring.wish(kg)).nodes]


def _drawing(shown: Picture) -> Markup | None:
    """Return the picture as it is drawn without a script."""
    if not shown.nodes:
        return None
    nodes = shown.nodes[:_DRAWN]
    places = [
        columns.Place(
            node.id,
            node.labels.best(g.lang) or node.id,
            language.explored(node.id),
            node.type.rpartition(":")[2],
        )
        for node in nodes
    ]
    lines = [
        columns.Line(
            edge.source, edge.target, shown.relations[edge.relation].best(g.lang), edge.kind == "inferred"
        )
        for edge in shown.edges
    ]
    t = language.catalogue(g.lang).__getitem__
    told = t("graph_picture_told").format(len(nodes), len(shown.edges))
    return columns.draw(places, lines, t("graph_title"), told)
