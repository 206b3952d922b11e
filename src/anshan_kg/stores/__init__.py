"""Where the graph is queried: one protocol, an embedded engine and a remote endpoint behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from anshan_kg.model import Answer


class Store(Protocol):
    """
    Anything that answers SPARQL 1.1 queries.

    All stores give the same types and raise the same errors, so nothing above asks which it is.
    """

    def query(self, text: str) -> Answer:
        """
        Return the answer to a query.

        Raises:
            QueryError: the text is not SPARQL.
            StoreError: the store could not be reached, or did not answer as SPARQL says.
        """
        ...
