"""What the web service calls: queries, sent to `workers` that hold the data."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anshan_kg import formats
from anshan_kg.errors import (
    AnshanError,
    AnswerTooLarge,
    NotAcceptable,
    ParameterError,
    QueryError,
    QueryMemory,
    QueryRefused,
)
from anshan_kg.execution import gate, zygote
from anshan_kg.execution import worker as workers_code
from anshan_kg.execution.egress import NO_SERVICES, Services
from anshan_kg.execution.spawn import Spawner
from anshan_kg.execution.workers import SHORTEST, Workers
from anshan_kg.execution.zygote import Recipe, Zygote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyoxigraph

    from anshan_kg.execution.budget import Budget
    from anshan_kg.execution.engine import Kind
    from anshan_kg.execution.link import Head
    from anshan_kg.execution.source import Limits, Source


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    An answer, ready to be sent.

    Attributes:
        body: Its bytes.
        format: The format they are in.
        seconds: Time it took, with waiting.
        kind: What the query asked for; None where it was not looked at, as with a remote store.
        columns: The columns of a table, else empty.
        rows: Rows of a table, triples of a graph, 1 for a truth value; None as for `kind`.
        truncated: Whether there were more rows than an answer may have.
        version: Which data it was answered from.
    """

    body: bytes
    format: formats.Format
    seconds: float
    kind: Kind | None = None
    columns: tuple[str, ...] = ()
    rows: int | None = None
    truncated: bool = False
    version: str = ""


class QueryPool(Workers):
    """Query workers behind a bounded queue."""

    services: Services = NO_SERVICES

    @classmethod
    def start(
        cls,
        store: pyoxigraph.Store | None,
        *,
        workers: int,
        queue: int,
        limits: Limits,
        opener: Callable[[], pyoxigraph.Store] | None = None,
        version: str = "",
        budget: Budget | None = None,
        services: Services = NO_SERVICES,
        spawn: bool | None = None,
        debug: bool = False,
    ) -> QueryPool:
        """
        Return a pool over a store; see `Zygote.start`.

        Args:
            store: A loaded store in memory, whose pages the workers share; None for one on disk.
            workers, queue, limits, budget: See `Workers`.
            opener: For a store on disk: opens it, in each worker. It has to survive pickling.
            version: Which data that is.
            services: The services that queries may use; see `egress`.
            spawn: Start workers as programs of their own, as where processes cannot fork; None decides
                by the platform.
            debug: Let workers write to standard error what the engine says when it aborts.
        """
        source: Source
        if spawn or (spawn is None and not zygote.possible()):
            source = Spawner(store, opener, limits.megabytes, version)
            services = NO_SERVICES
        else:
            if store is not None:
                begin = functools.partial(workers_code.over, store)
            elif opener is not None:
                begin = functools.partial(workers_code.over_opened, opener)
            else:
                raise ParameterError("a pool needs a store or what opens one")
            source = Zygote.start(
                Recipe(begin, limits.megabytes, version, door=services.start(), debug=debug)
            )
            services.close_door()
        pool = cls(source, workers, queue, limits, budget)
        pool.services = services
        return pool

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
        """
        Return the answer to a query.

        Args:
            text: The query; the gate has let it pass, or see `gated`.
            results: Format for a table or truth value; None where the client takes none.
            graphs: Format for triples; None where the client takes none.
            seconds: A deadline sooner than the pool's.
            megabytes: A bound of the answer lower than the pool's.
            rows: Rows of the answer fewer than the pool's.
            default_graphs, named_graphs: The dataset of the protocol, which wins over FROM.
            client, name, gone: See `Workers.ask`.
            gated: Let the text pass the gate first, see `admit`; the deadline is for both.

        Raises:
            QueryError: the text is not SPARQL, or fails while it runs.
            QueryRefused, QueryTooLong: the gate does not let it pass.
            NotAcceptable: the client takes no format for this kind of answer.
            AnswerTooLarge: it has more bytes than it may.
            LimitError, WorkerError: see `Workers.ask`.
        """
        began = time.monotonic()
        if gated and not gate.is_harmless(text):
            text = self.admit(text, seconds=seconds, client=client, name=name, gone=gone)
            allowed = self.limits.seconds if seconds is None else min(seconds, self.limits.seconds)
            seconds = max(SHORTEST, allowed - (time.monotonic() - began))
        longest = min(megabytes or self.limits.answer_megabytes, self.limits.answer_megabytes)
        reply = self.ask(
            self._head(results, graphs, longest, rows, default_graphs, named_graphs),
            _encoded(text),
            seconds=seconds,
            client=client,
            name=name,
            gone=gone,
            outward=self.services.used_in(text),
        )
        return self._outcome(*reply, longest, began)

    async def run_soon(
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
        """Do as `run`, in an event loop, for a text that `gate.is_harmless`; see `Workers.ask_soon`."""
        began = time.monotonic()
        longest = min(megabytes or self.limits.answer_megabytes, self.limits.answer_megabytes)
        reply = await self.ask_soon(
            self._head(results, graphs, longest, rows, default_graphs, named_graphs),
            _encoded(text),
            seconds=seconds,
            client=client,
            name=name,
            gone=gone,
        )
        return self._outcome(*reply, longest, began)

    def dump(self, form: formats.Format, *, rows: int | None = None, client: str = "") -> Outcome:
        """
        Return all data, with the graphs it stands in.

        Args:
            form: A format that names graphs.
            rows: Quads it may have; of more, nothing is written, and the outcome says so.
            client: See `Workers.ask`.

        Raises:
            AnswerTooLarge: it has more bytes than an answer may have.
            LimitError, WorkerError: see `Workers.ask`.
        """
        began, longest = time.monotonic(), self.limits.answer_megabytes
        head = self._head(None, form, longest, rows, None, None, do="dump")
        return self._outcome(*self.ask(head, b"", client=client), longest, began)

    def _head(
        self,
        results: formats.Format | None,
        graphs: formats.Format | None,
        longest: int,
        rows: int | None,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
        do: str = "run",
    ) -> Head:
        return (
            ("do", do),
            ("results", results.name if results else None),
            ("graphs", graphs.name if graphs else None),
            ("longest", longest * 2**20),
            ("rows", min((each for each in (rows, self.limits.rows) if each is not None), default=None)),
            ("default", None if default_graphs is None else tuple(default_graphs)),
            ("named", None if named_graphs is None else tuple(named_graphs)),
        )

    def _outcome(
        self, reply: dict[str, Any], body: bytes, version: str, longest: int, began: float
    ) -> Outcome:
        if "error" in reply:
            raise self._error(reply, longest)
        return Outcome(
            body,
            formats.by_name(reply["format"]),
            time.monotonic() - began,
            reply["kind"],
            tuple(reply["columns"]),
            reply["rows"],
            reply["truncated"],
            version,
        )

    def admit(
        self,
        text: str,
        *,
        seconds: float | None = None,
        client: str = "",
        name: str = "",
        gone: Callable[[], bool] | None = None,
    ) -> str:
        """
        Return the query to run for one that was asked, if the gate lets it pass; in a worker.

        A text can be made to take the gate and the parser behind it for ever, so it is looked at where
        that is bounded, and paid for by who asks.

        Args:
            text: The query.
            seconds, client, name, gone: See `Workers.ask`.

        Raises:
            QueryError, QueryRefused: see `gate.admit`.
            LimitError, WorkerError: see `Workers.ask`.
        """
        head = {"do": "admit", "addresses": self.services.addresses}
        reply, admitted, _ = self.ask(
            head, _encoded(text), seconds=seconds, client=client, name=name, gone=gone
        )
        if "error" in reply:
            raise self._error(reply, 0)
        return admitted.decode()

    def parse(self, text: str) -> None:
        """
        Return if a text is a SPARQL query; it is asked of no data, in a worker.

        Raises:
            QueryError: it is not.
            LimitError, WorkerError: see `Workers.ask`.
        """
        reply, _, _ = self.ask({"do": "parse"}, _encoded(text))
        if "error" in reply:
            raise self._error(reply, 0)

    def close(self) -> None:
        """End all workers, and the relay for services."""
        super().close()
        self.services.close()

    def _error(self, reply: dict[str, Any], longest: int) -> AnshanError:
        if reply["error"] == "format":
            return NotAcceptable(reply["reason"])
        if reply["error"] == "refused":
            return QueryRefused(reply["reason"])
        if reply["error"] == "size":
            return AnswerTooLarge(longest)
        if reply["error"] == "memory":
            return QueryMemory(self.limits.megabytes)
        return QueryError(reply["reason"], reply["line"], reply["column"])


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise QueryError("the query holds half a character (a lone surrogate)") from error
