"""Tables of edges and nodes as a networkx graph, with everything that drawing tools need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from anshan_kg.errors import UnknownName
from anshan_kg.terms import curie, slug_of

if TYPE_CHECKING:
    from collections.abc import Container

    from anshan_kg.model import Table

NODE_ATTRIBUTES = ("iri", "curie", "type", "label", "label_en", "label_zh")
"""What every node carries, as text."""

EDGE_ATTRIBUTES = (
    "id", "relation", "relation_en", "relation_zh", "label", "claim", "source_document", "source_title",
    "modality", "confidence", "year", "inferred", "disputed",
)  # fmt: skip
"""What every edge carries, as text; "" where it does not apply."""

_TAKEN = {
    "source", "relation", "target", "relation_en", "relation_zh", "claim", "document", "document_title",
    "modality", "confidence", "year", "inferred", "disputed",
}  # fmt: skip


def build(edges: Table, nodes: Table) -> nx.MultiDiGraph[str]:
    """
    Return edges and the nodes they join as a networkx graph.

    Args:
        edges: Columns source, relation, target, relation_en, relation_zh, claim, document,
            document_title, modality, confidence, year, inferred, and disputed where it is known.
            Further columns become attributes of their own name, unless it is one of ours.
        nodes: Columns thing, type, label_en, label_zh; things that no edge joins are left out.

    Returns:
        Node keys are IRIs, edge keys are e1, e2 ... in the order of the edges. Attributes are
        `NODE_ATTRIBUTES` and `EDGE_ATTRIBUTES`, all text and never None, because several formats
        know nothing else. The same rows give the same graph in the same order.
    """
    known: dict[str, dict[str, str]] = {}
    for row in nodes.texts():
        known.setdefault(row["thing"], row)
    rows = sorted(edges.texts(), key=_place)
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for thing in sorted({row[end] for row in rows for end in ("source", "target")}):
        network.add_node(thing, **_node(thing, known.get(thing, {})))
    for number, row in enumerate(rows, start=1):
        _join(network, row["source"], row["target"], _edge(f"e{number}", row))
    return network


def edge_attributes(network: nx.MultiDiGraph[str]) -> tuple[str, ...]:
    """Return the names of what edges carry: `EDGE_ATTRIBUTES`, then what a view adds of its own."""
    found = (name for _, _, data in network.edges(data=True) for name in data)
    return tuple(dict.fromkeys((*EDGE_ATTRIBUTES, *found)))


def _join(network: nx.MultiDiGraph[str], source: str, target: str, data: dict[str, str]) -> None:
    # not as keywords of add_edge, where an attribute of a view's own could mean something
    network.add_edge(source, target, key=data["id"])
    network.edges[source, target, data["id"]].update(data)


def _place(row: dict[str, str]) -> tuple[str, ...]:
    """Return what edges are sorted by; the whole row, since a store may give equal ones in any order."""
    return (row["source"], row["relation"], row["target"], row["claim"], *row.values())


def _node(thing: str, row: dict[str, str]) -> dict[str, str]:
    english = row.get("label_en") or slug_of(thing)
    chinese = row.get("label_zh") or english
    kind = curie(row["type"]) if row.get("type") else ""
    values = (thing, curie(thing), kind, english, english, chinese)
    return dict(zip(NODE_ATTRIBUTES, values, strict=True))


def _edge(number: str, row: dict[str, str]) -> dict[str, str]:
    relation = curie(row["relation"])
    english = row["relation_en"] or slug_of(row["relation"])
    values = (
        number, relation, english, row["relation_zh"] or english, english, row["claim"], row["document"],
        row["document_title"], row["modality"], row["confidence"], row["year"], row["inferred"],
        row.get("disputed", ""),
    )  # fmt: skip
    ours = dict(zip(EDGE_ATTRIBUTES, values, strict=True))
    return ours | {name: text for name, text in row.items() if name not in _TAKEN and name not in ours}


def neighbourhood(network: nx.MultiDiGraph[str], iri: str, hops: int) -> nx.MultiDiGraph[str]:
    """
    Return what is at most so many edges away from a thing, in either direction.

    It is a frozen copy, in the order of the network; edges keep their numbers.

    Raises:
        UnknownName: the thing is not in the graph.
    """
    if iri not in network:
        raise UnknownName("node of this view", curie(iri))
    near = nx.single_source_shortest_path_length(network.to_undirected(as_view=True), iri, cutoff=hops)
    return part(network, near)


def part(
    network: nx.MultiDiGraph[str], things: Container[str], without: Container[str] = ()
) -> nx.MultiDiGraph[str]:
    """
    Return some things of a network and the edges between them, all but some relations.

    It is a frozen copy, in the order of the network, which a view of networkx's has not.
    """
    taken: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    taken.add_nodes_from((node, data) for node, data in network.nodes(data=True) if node in things)
    for source, target, data in network.edges(data=True):
        if source in things and target in things and data["relation"] not in without:
            _join(taken, source, target, data)
    frozen: nx.MultiDiGraph[str] = nx.freeze(taken)
    return frozen
