"""
Run queries: in this process for people's own, in processes of their own for strangers'.

The engine cannot be interrupted, follows SERVICE anywhere, and knows no memory bound. So a
stranger's query first passes `gate`, which refuses what would leave the graph, and then runs in a
worker that is killed at its deadline or memory bound and cannot open a file or a socket.

- `engine`: a query to an answer, in this process
- `tables`: how many rows a written table has, and the first of them
- `gate`: what may run at all
- `worker`: the loop of one disposable process
- `zygote`: the process that holds the data and forks workers from itself
- `pool`: what the web service calls; bounded, usable from many threads
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from anshan_kg.execution.engine import evaluate
from anshan_kg.execution.pool import Limits, Outcome, QueryPool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg import formats

__all__ = ["Limits", "Outcome", "QueryPool", "Runner", "evaluate"]


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
    ) -> Outcome:
        """Return the answer to a query; see `QueryPool.run`."""
        ...

    def parse(self, text: str) -> None:
        """Raise QueryError for a text that is not SPARQL."""
        ...

    def cancel(self, name: str) -> bool:
        """Stop a query; return whether there was one of that name."""
        ...
