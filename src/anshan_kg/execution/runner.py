"""What runs a stranger's query, as those who ask for it see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg import formats
    from anshan_kg.execution.pool import Outcome


class Runner(Protocol):
    """What runs strangers' queries; `QueryPool` and `DirectRunner` do."""

    @property
    def version(self) -> str:
        """The version of the data that a query would see now; empty where nobody knows."""
        ...

    def run(
        self,
        text: str,
        results: formats.Format | None,
        graphs: formats.Format | None,
        *,
        seconds: float | None = None,
        megabytes: int | None = None,
        rows: int | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        client: str = "",
        name: str = "",
        gone: Callable[[], bool] | None = None,
        gated: bool = False,
    ) -> Outcome:
        """Return the answer to a query; one that is to be gated passes the gate first."""
        ...

    def dump(self, form: formats.Format, *, rows: int | None = None, client: str = "") -> Outcome:
        """Return all data, with the graphs it stands in, in a format that names graphs."""
        ...

    def parse(self, text: str) -> None:
        """Raise QueryError for a text that is not SPARQL."""
        ...

    def cancel(self, name: str) -> bool:
        """Stop a query; return whether there was one of that name."""
        ...
