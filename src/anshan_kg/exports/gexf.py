"""GEXF 1.3, by https://gexf.net/1.3/."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from anshan_kg.exports._xml import clean, edges, node_ids, to_bytes
from anshan_kg.network import NODE_ATTRIBUTES, edge_attributes

if TYPE_CHECKING:
    import networkx as nx

TITLE = "GEXF 1.3, for Gephi"
TAKES, MEDIA_TYPE, EXTENSION = "network", "application/gexf+xml", "gexf"

_SPACE = "http://gexf.net/1.3"
_BUILT_IN = {"id", "label"}  # these have places of their own in GEXF


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """
    Return a network as GEXF.

    networkx's own writer names the graph, which the schema forbids, and writes today's date and
    its version, which would make two exports of one graph differ.
    """
    root = ET.Element("gexf", {"xmlns": _SPACE, "version": "1.3"})
    graph = ET.SubElement(root, "graph", {"defaultedgetype": "directed", "mode": "static"})
    columns = {}
    for kind, names in (("node", NODE_ATTRIBUTES), ("edge", edge_attributes(network))):
        columns[kind] = [name for name in names if name not in _BUILT_IN]
        declared = ET.SubElement(graph, "attributes", {"class": kind, "mode": "static"})
        for name in columns[kind]:
            ET.SubElement(declared, "attribute", {"id": name, "title": name, "type": "string"})
    ids = node_ids(network)
    nodes = ET.SubElement(graph, "nodes")
    for thing, data in network.nodes(data=True):
        head = {"id": ids[thing], "label": clean(data["label"])}
        _values(ET.SubElement(nodes, "node", head), columns["node"], data)
    lines = ET.SubElement(graph, "edges")
    for source, target, data in edges(network):
        ends = {"id": data["id"], "source": ids[source], "target": ids[target]}
        # Gephi tells parallel edges apart by their kind; without it, it adds them up to one.
        words = {"label": clean(data["label"]), "kind": clean(data["relation"])}
        _values(ET.SubElement(lines, "edge", {**ends, **words}), columns["edge"], data)
    return to_bytes(root)


def _values(element: ET.Element, names: list[str], values: dict[str, str]) -> None:
    given = ET.SubElement(element, "attvalues")
    for name in names:
        if text := values.get(name):
            ET.SubElement(given, "attvalue", {"for": name, "value": clean(text)})
