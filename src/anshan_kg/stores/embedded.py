"""The dataset in memory, queried in this process by pyoxigraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.execution import evaluate

if TYPE_CHECKING:
    import pyoxigraph

    from anshan_kg.model import Answer


class EmbeddedStore:
    """A pyoxigraph store behind the store protocol."""

    def __init__(self, engine: pyoxigraph.Store) -> None:
        self.engine = engine

    def query(self, text: str) -> Answer:
        """Return the answer to a query; see `Store.query`."""
        return evaluate(self.engine, text)
