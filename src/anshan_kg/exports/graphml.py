"""GraphML, by http://graphml.graphdrawing.org/specification.html."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from anshan_kg.exports._xml import clean, edges, node_ids, to_bytes
from anshan_kg.network import NODE_ATTRIBUTES, edge_attributes

if TYPE_CHECKING:
    import networkx as nx

TITLE = "GraphML, for yEd, Cytoscape and Gephi"
TAKES, MEDIA_TYPE, EXTENSION = "network", "application/graphml+xml", "graphml"

_SPACE = "http://graphml.graphdrawing.org/xmlns"


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """
    Return a network as GraphML.

    networkx's own writer gives parallel edges ids that repeat, from pair to pair of nodes, so that
    yEd shows no edges; here ids are unique, keys are typed and named, and IRIs are data.
    """
    root = ET.Element("graphml", {"xmlns": _SPACE})
    # an edge's id is the edge's id already; data called "id" would clash with it in readers
    carried = tuple(name for name in edge_attributes(network) if name != "id")
    for kind, names in (("node", NODE_ATTRIBUTES), ("edge", carried)):
        for name in names:
            ET.SubElement(
                root, "key", {"id": f"{kind}_{name}", "for": kind, "attr.name": name, "attr.type": "string"}
            )
    graph = ET.SubElement(root, "graph", {"id": "G", "edgedefault": "directed"})
    ids = node_ids(network)
    for thing, data in network.nodes(data=True):
        _data(ET.SubElement(graph, "node", {"id": ids[thing]}), "node", NODE_ATTRIBUTES, data)
    for source, target, data in edges(network):
        ends = {"id": data["id"], "source": ids[source], "target": ids[target]}
        _data(ET.SubElement(graph, "edge", ends), "edge", carried, data)
    return to_bytes(root)


def _data(element: ET.Element, kind: str, names: tuple[str, ...], values: dict[str, str]) -> None:
    for name in names:
        if text := values.get(name):
            ET.SubElement(element, "data", {"key": f"{kind}_{name}"}).text = clean(text)
