"""Queries sent straight to a store that guards itself, such as a remote SPARQL endpoint."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Quad, serialize

from anshan_kg import queries
from anshan_kg.errors import NotAcceptable, QueryRefused
from anshan_kg.execution import engine, gate
from anshan_kg.execution.pool import Outcome
from anshan_kg.model import Graph, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg import formats
    from anshan_kg.stores import Store


class DirectRunner:
    """
    Runs queries where the store runs them; has the calls of `QueryPool` that the web uses.

    Args:
        store: The store.
        rows: Rows or triples an answer may have; it is cut after them. None for any number.
        version: Of its data; empty where nobody knows, as of a remote store.
    """

    def __init__(self, store: Store, rows: int | None = None, version: str = "") -> None:
        self._store, self._rows, self.version = store, rows, version

    def run(
        self,
        text: str,
        results: formats.Format | None,
        graphs: formats.Format | None,
        *,
        seconds: float | None = None,  # noqa: ARG002 - the remote store has bounds of its own
        megabytes: int | None = None,  # noqa: ARG002
        rows: int | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        client: str = "",  # noqa: ARG002 - and fairness of its own
        name: str = "",  # noqa: ARG002
        gone: Callable[[], bool] | None = None,  # noqa: ARG002
        gated: bool = False,
    ) -> Outcome:
        """
        Return the answer to a query; see `QueryPool.run`.

        Raises:
            QueryRefused: the request names a dataset, which cannot be passed on.
        """
        if default_graphs is not None or named_graphs is not None:
            raise QueryRefused("with a remote store, name graphs by FROM in the query itself")
        began = time.monotonic()
        gate.check_nesting(text)
        if gated:
            gate.check(text, engine.parse)
        answer = self._store.query(text)
        most = min((each for each in (rows, self._rows) if each is not None), default=None)
        chosen = graphs if isinstance(answer, Graph) else results
        if chosen is None:
            raise NotAcceptable("the answer to this query is of the other kind; ask for another format")
        return self._outcome(engine.write_answer(answer, chosen, most), chosen, began)

    def dump(
        self,
        form: formats.Format,
        *,
        rows: int | None = None,
        client: str = "",  # noqa: ARG002 - as above
    ) -> Outcome:
        """Return all data, with the graphs it stands in; see `QueryPool.dump`."""
        began = time.monotonic()
        answer = self._store.query(queries.load("dataset", "lookups").text)
        assert isinstance(answer, Table)  # noqa: S101 - it is a SELECT
        most = min((each for each in (rows, self._rows) if each is not None), default=len(answer))
        if most < len(answer):
            return self._outcome(
                engine.Written(b"", form.name, "graph", (), most, truncated=True), form, began
            )
        parts = ((s, p, o, graph or DefaultGraph()) for s, p, o, graph in answer.rows)
        quads = (Quad(*each) for each in parts)  # type: ignore[arg-type]
        body = serialize(quads, format=form.engine) or b""  # type: ignore[arg-type]
        written = engine.Written(body, form.name, "graph", (), len(answer), truncated=False)
        return self._outcome(written, form, began)

    def _outcome(self, written: engine.Written, form: formats.Format, began: float) -> Outcome:
        return Outcome(
            written.body,
            form,
            time.monotonic() - began,
            written.kind,
            written.columns,
            written.rows,
            written.truncated,
            self.version,
        )

    def parse(self, text: str) -> None:
        """Raise QueryError for a text that our own engine does not take for SPARQL; see `gate`."""
        gate.check_nesting(text)
        engine.parse(text)

    def cancel(self, name: str) -> bool:  # noqa: ARG002
        """Return False: a query at a remote store cannot be stopped from here."""
        return False
