"""What the drawing formats share: ids, the order of edges, and text and bytes as XML takes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import networkx as nx

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return text without the characters that XML 1.0 (section 2.2) forbids."""
    return _FORBIDDEN.sub("", text)


def to_bytes(root: ET.Element) -> bytes:
    """Return a document as indented UTF-8 with its declaration."""
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def node_ids(network: nx.MultiDiGraph[str]) -> dict[str, str]:
    """Return IRI -> n1, n2 ... in the order of the network; IRIs are no XML ids."""
    return {thing: f"n{number}" for number, thing in enumerate(network, start=1)}


def edges(network: nx.MultiDiGraph[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield source, target and attributes of the edges, in the order of their numbers."""
    found: Iterable[tuple[str, str, dict[str, str]]] = network.edges(data=True)
    yield from sorted(found, key=lambda edge: int(edge[2]["id"][1:]))
