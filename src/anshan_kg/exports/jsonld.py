"""JSON-LD 1.1, by https://www.w3.org/TR/json-ld11/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.formats import by_name, write_graph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Quad

TITLE = "JSON-LD, for web programs"
TAKES, MEDIA_TYPE, EXTENSION = "quads", "application/ld+json", "jsonld"


def write(quads: Iterable[Quad]) -> bytes:
    """Return quads as JSON-LD, without their graphs, sorted by subject; it needs no other file."""
    return write_graph({quad.triple for quad in quads}, by_name("jsonld"))
