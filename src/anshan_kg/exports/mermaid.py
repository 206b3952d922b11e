"""Mermaid flowchart, by https://mermaid.js.org/syntax/flowchart.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.exports._xml import clean, edges, node_ids

if TYPE_CHECKING:
    import networkx as nx

TITLE = "Mermaid, for Markdown pages"
TAKES, MEDIA_TYPE, EXTENSION = "network", "text/vnd.mermaid", "mmd"


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """
    Return a network as a Mermaid flowchart, named in both languages; sources in comments.

    Mermaid itself draws no more than 500 edges or 50 000 characters unless its page says otherwise.
    """
    ids = node_ids(network)
    lines = ["flowchart LR"]
    for thing, data in network.nodes(data=True):
        lines.append(f"  {ids[thing]}[{_quote(data['label_zh'], data['label_en'])}]")
    for source, target, data in edges(network):
        arrow = "-.->" if data["modality"] in {"inferred", "editorial"} else "-->"
        lines.append(
            f"  {ids[source]} {arrow}|{_quote(data['relation_zh'], data['relation_en'])}| {ids[target]}"
        )
        lines.append(f"  %% {data['id']}: {_line(data['claim'])} {_line(data['source_document'])}")
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _quote(chinese: str, english: str) -> str:
    """Return two names as one label; characters that mean something to Mermaid as entities."""
    names = [chinese] if chinese == english else [chinese, english]
    return '"' + "<br/>".join(_escape(_line(name)) for name in names) + '"'


def _escape(text: str) -> str:
    return "".join(c if c.isalnum() or c in " -.,:()（），。：、“”" else f"#{ord(c)};" for c in text)


def _line(text: str) -> str:
    return " ".join(clean(text).split())
