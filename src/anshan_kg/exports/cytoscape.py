"""Cytoscape JSON, by https://js.cytoscape.org/#notation/elements-json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from anshan_kg.exports._xml import edges, node_ids

if TYPE_CHECKING:
    import networkx as nx

TITLE = "Cytoscape JSON, for Cytoscape and Cytoscape.js"
TAKES, MEDIA_TYPE, EXTENSION = "network", "application/json", "cyjs"


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """
    Return a network as the elements of a Cytoscape graph.

    Ids are unique over nodes and edges together; networkx's own writer gives edges none.
    """
    ids = node_ids(network)
    nodes = [
        {"data": {**data, "id": ids[thing], "name": data["label"]}}
        for thing, data in network.nodes(data=True)
    ]
    lines = [
        {"data": {**data, "source": ids[source], "target": ids[target], "interaction": data["relation"]}}
        for source, target, data in edges(network)
    ]
    document = {"data": {"name": "anshan-kg"}, "elements": {"nodes": nodes, "edges": lines}}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
