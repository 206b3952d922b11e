"""N-Quads, by https://www.w3.org/TR/n-quads/."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Quad

TITLE = "N-Quads, with a named graph per source"
TAKES, MEDIA_TYPE, EXTENSION = "quads", "application/n-quads", "nq"


def write(quads: Iterable[Quad]) -> bytes:
    """Return quads as N-Quads, a line each, sorted."""
    return "".join(sorted({f"{quad} .\n" for quad in quads})).encode()
