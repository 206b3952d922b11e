"""The small picture of what is beside a thing, for its page."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from anshan_kg.drawing import neighbourhood
from anshan_kg.web import language

if TYPE_CHECKING:
    from markupsafe import Markup

    from anshan_kg.exploring import Edge, Node
    from anshan_kg.kg import KnowledgeGraph

_EACH, _BRANCHES = 4, 8
"""Names under one relation, and relations; the rest is one click away."""


def drawn(kg: KnowledgeGraph, iri: str, lang: str) -> Markup | None:
    """
    Return the picture in a language; None where no relation joins the thing to others.

    Args:
        kg: The graph.
        iri: The thing.
        lang: "en" or "zh".
    """
    links = kg.explorer.links(iri)
    if not links:
        return None
    here, t = kg.explorer.node(iri), language.catalogue(lang).__getitem__
    whole = language.explored(here.id)

    def key(link: tuple[Edge, Node]) -> tuple[bool, str]:
        return link[0].source == here.id, link[0].relation

    grouped = [(each, list(group)) for each, group in groupby(sorted(links, key=key), key)]
    grouped.sort(key=lambda each: (-len(each[1]), each[0]))
    branches = [
        neighbourhood.Branch(
            kg.explorer.relations[relation].best(lang),
            outgoing,
            tuple(_neighbour(edge, node, lang) for edge, node in group[:_EACH]),
            t("graph_more").format(len(group) - _EACH) if len(group) > _EACH else "",
            whole,
        )
        for (outgoing, relation), group in grouped[:_BRANCHES]
    ]
    name = here.labels.best(lang)
    return neighbourhood.draw(
        neighbourhood.Neighbourhood(
            name,
            _short(here.type),
            tuple(branches),
            t("graph_beside").format(name),
            t("graph_beside_counts").format(len(links), len(grouped)),
        )
    )


def _neighbour(edge: Edge, node: Node, lang: str) -> neighbourhood.Neighbour:
    return neighbourhood.Neighbour(
        node.labels.best(lang) or node.id,
        language.address(node.iri),
        _short(node.type),
        edge.kind == "inferred",
    )


def _short(kind: str) -> str:
    """Return the class of a thing as it stands in a CSS class."""
    return kind.rpartition(":")[2]
