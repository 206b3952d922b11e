"""DOT, by https://graphviz.org/doc/info/lang.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.exports._xml import clean, edges, node_ids

if TYPE_CHECKING:
    import networkx as nx

TITLE = "DOT, for Graphviz"
TAKES, MEDIA_TYPE, EXTENSION = "network", "text/vnd.graphviz", "dot"

_COLOURS = {"observed": "#2f6b3a", "target": "#8a5a00", "inferred": "#6a4391", "editorial": "#6a4391"}
_ENTITY = re.compile(r"&(?=#?\w+;)")


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """Return a network as DOT, named in both languages, inferred and editorial edges dashed."""
    ids = node_ids(network)
    lines = [
        "digraph anshan {",
        "  rankdir=LR;",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for thing, data in network.nodes(data=True):
        attributes = {
            "label": _both(data["label_zh"], data["label_en"]),
            "tooltip": data["type"],
            "URL": thing,
        }
        lines.append(f"  {ids[thing]} [{_list(attributes)}];")
    for source, target, data in edges(network):
        attributes = {
            "id": data["id"],
            "label": _both(data["relation_zh"], data["relation_en"]),
            "tooltip": data["source_title"],
            "URL": data["claim"],
            "style": "dashed" if data["modality"] in {"inferred", "editorial"} else "",
            "color": _COLOURS.get(data["modality"], ""),
            "comment": data["source_document"],
        }
        lines.append(f"  {ids[source]} -> {ids[target]} [{_list(attributes)}];")
    return ("\n".join([*lines, "}"]) + "\n").encode("utf-8", "replace")


def _both(chinese: str, english: str) -> str:
    return chinese if chinese == english else f"{chinese}\n{english}"


def _list(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name}={_quote(value)}" for name, value in attributes.items() if value)


def _quote(text: str) -> str:
    r"""
    Return text as a quoted string.

    `\` doubles, or Graphviz reads \N, \G and the like. It reads HTML entities too, even in plain
    labels, so an `&` that would start one becomes `&amp;`; others stay, for readers that do not.
    """
    plain = _ENTITY.sub("&amp;", clean(text)).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n") + '"'
