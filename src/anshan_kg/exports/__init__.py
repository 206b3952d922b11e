"""
Formats the graph leaves in: one module each.

A format module has `TITLE` (what it is for), `TAKES` ("network", "quads", or "unlinked", the table
of what is not in Wikidata), `MEDIA_TYPE`, `EXTENSION`, and `write(value) -> bytes`, which writes
neither dates nor versions, so that the same graph gives the same bytes. Adding a format is adding a
module.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, cast

from anshan_kg import registry

if TYPE_CHECKING:
    from collections.abc import Callable


class Export(Protocol):
    """What a format module has."""

    TITLE: str
    TAKES: str
    MEDIA_TYPE: str
    EXTENSION: str
    write: Callable[[Any], bytes]


def names() -> list[str]:
    """Return the names of the formats, sorted."""
    return registry.names(sys.modules[__name__])


def load(name: str) -> Export:
    """
    Return one format.

    Raises:
        UnknownName: there is none of that name; the error lists those there are.
    """
    return cast("Export", registry.load(sys.modules[__name__], "export", name))
