"""GraphML, by http://graphml.graphdrawing.org/specification.html."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from anshan_kg.exports._xml import clean, edges, node_ids, to_bytes
from anshan_kg.network import EDGE_ATTRIBUTES, NODE_ATTRIBUTES

if TYPE_CHECKING:
    import networkx as nx

TITLE = "GraphML, for yEd, Cytoscape and Gephi"
TAKES, MEDIA_TYPE, EXTENSION = "network", "application/graphml+xml", "graphml"

_SPACE = "http://graphml.graphdrawing.org/xmlns"


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """
    Return a network as GraphML.

    networkx's own writer gives parallel edges ids that repeat (its issues 475 and 2827), so that
    yEd shows no edges; here ids are unique, keys are typed and named, and IRIs are data.
    """
    root = ET.Element("graphml", {"xmlns": _SPACE})
    for kind, names in (("node", NODE_ATTRIBUTES), ("edge", EDGE_ATTRIBUTES)):
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
        _data(ET.SubElement(graph, "edge", ends), "edge", EDGE_ATTRIBUTES, data)
    return to_bytes(root)


def _data(element: ET.Element, kind: str, names: tuple[str, ...], values: dict[str, str]) -> None:
    for name in names:
        if values[name]:
            ET.SubElement(element, "data", {"key": f"{kind}_{name}"}).text = clean(values[name])
