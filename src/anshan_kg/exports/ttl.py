"""Turtle, by https://www.w3.org/TR/turtle/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.formats import by_name, write_graph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Quad

TITLE = "Turtle, for people and RDF tools"
TAKES, MEDIA_TYPE, EXTENSION = "quads", "text/turtle", "ttl"


def write(quads: Iterable[Quad]) -> bytes:
    """Return quads as Turtle, without their graphs, sorted by subject."""
    return write_graph({quad.triple for quad in quads}, by_name("ttl"))
