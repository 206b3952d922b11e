"""A bounded number of query workers, usable from many threads."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anshan_kg import formats
from anshan_kg.errors import (
    AnshanError,
    AnswerTooLarge,
    NotAcceptable,
    Overloaded,
    ParameterError,
    QueryError,
    QueryMemory,
    QueryTimeout,
    WorkerError,
)
from anshan_kg.execution.worker import GRACE, OUT_OF_MEMORY, receive, send
from anshan_kg.execution.zygote import Zygote

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    import pyoxigraph

    from anshan_kg.execution.engine import Kind

_SHORTEST = 0.001
_LONGEST_HEAD = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one query may use.

    Attributes:
        seconds: Time, from the moment a worker takes it.
        megabytes: Memory, on top of the shared data.
        answer_megabytes: Size of the answer.
        rows: Rows or triples of the answer, which is cut after them; None for any number.
    """

    seconds: float = 30.0
    megabytes: int = 1024
    answer_megabytes: int = 64
    rows: int | None = None

    def __post_init__(self) -> None:
        """Refuse a bound that no answer keeps."""
        if self.rows is not None and self.rows < 1:
            raise ParameterError(f"an answer of {self.rows} rows is none; the most rows have to be 1 or more")


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
    """

    body: bytes
    format: formats.Format
    seconds: float
    kind: Kind | None = None
    columns: tuple[str, ...] = ()
    rows: int | None = None
    truncated: bool = False


@dataclass(slots=True)
class _Worker:
    number: int
    link: socket.socket


class QueryPool:
    """
    Query workers behind a bounded queue.

    Start it before the process has threads; a process that is forked from the one that started it
    may use it in that one's place, as web servers do.

    Args:
        zygote: What forks workers.
        workers: How many queries run at the same time.
        queue: How many may wait beyond those.
        limits: What one query may use.
    """

    def __init__(self, zygote: Zygote, workers: int, queue: int, limits: Limits) -> None:
        self.limits = limits
        self._zygote = zygote
        self._sizes = workers, queue
        self._begin()
        renew = weakref.WeakMethod(self._renew)
        os.register_at_fork(after_in_child=lambda: (method := renew()) and method())

    @classmethod
    def start(
        cls, store: pyoxigraph.Store, *, workers: int, queue: int, limits: Limits, debug: bool = False
    ) -> QueryPool:
        """Return a pool over a loaded store; see `Zygote.start`."""
        return cls(Zygote.start(store, limits.megabytes, debug=debug), workers, queue, limits)

    def _begin(self) -> None:
        workers, queue = self._sizes
        self._slots = threading.BoundedSemaphore(workers)
        self._places = threading.BoundedSemaphore(workers + queue)
        self._idle: list[_Worker] = []

    def _renew(self) -> None:
        """Start anew in a process that was forked off: the idle workers are the first one's."""
        for worker in self._idle:
            worker.link.close()
        self._begin()

    def run(
        self,
        text: str,
        results: formats.Format | None,
        graphs: formats.Format | None,
        *,
        seconds: float | None = None,
        megabytes: int | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Outcome:
        """
        Return the answer to a query.

        Args:
            text: The query; `gate.check` has let it pass.
            results: Format for a table or truth value; None where the client takes none.
            graphs: Format for triples; None where the client takes none.
            seconds: A deadline sooner than the pool's.
            megabytes: A bound of the answer lower than the pool's.
            default_graphs, named_graphs: The dataset of the protocol, which wins over FROM.

        Raises:
            QueryError: the text is not SPARQL, or fails while it runs.
            NotAcceptable: the client takes no format for this kind of answer.
            QueryTimeout, QueryMemory, AnswerTooLarge: it passed a bound.
            Overloaded: too many queries are waiting, or it waited for as long as it may run.
            WorkerError: its worker died for another reason.
        """
        began = time.monotonic()
        longest = min(megabytes or self.limits.answer_megabytes, self.limits.answer_megabytes)
        reply, body = self._ask(
            text,
            seconds,
            {
                "parse": False,
                "results": results.name if results else None,
                "graphs": graphs.name if graphs else None,
                "longest": longest * 2**20,
                "rows": self.limits.rows,
                "default": default_graphs,
                "named": named_graphs,
            },
        )
        return Outcome(
            body,
            formats.by_name(reply["format"]),
            time.monotonic() - began,
            reply["kind"],
            tuple(reply["columns"]),
            reply["rows"],
            reply["truncated"],
        )

    def parse(self, text: str) -> None:
        """
        Return if a text is a SPARQL query; it is asked of no data, in a worker.

        Raises:
            QueryError: it is not.
        """
        self._ask(text, None, {"parse": True})

    def close(self) -> None:
        """End all workers."""
        while self._idle:
            self._idle.pop().link.close()
        self._zygote.close()

    def _ask(self, text: str, seconds: float | None, head: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return what a worker replies, once one is free."""
        allowed = (
            self.limits.seconds if seconds is None else max(_SHORTEST, min(seconds, self.limits.seconds))
        )
        try:
            body = text.encode()
        except UnicodeEncodeError as error:
            raise QueryError("the query holds half a character (a lone surrogate)") from error
        if not self._places.acquire(blocking=False):
            raise Overloaded
        try:
            if not self._slots.acquire(timeout=allowed):
                raise Overloaded
            try:
                reply, answer = self._exchange({**head, "seconds": allowed}, body, allowed)
            finally:
                self._slots.release()
        finally:
            self._places.release()
        if "error" in reply:
            raise self._error(reply, head.get("longest", 0) // 2**20)
        return reply, answer

    def _exchange(self, head: dict[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        worker = self._take(head, body)
        try:
            readable = _readable(worker.link, seconds)
            if readable:
                # An answer has begun, so the query is done; a worker that dies now is seen at once.
                worker.link.settimeout(seconds + GRACE)
                message = receive(worker.link, self.limits.answer_megabytes * 2**20 + _LONGEST_HEAD)
            else:
                message = None
        except TimeoutError:
            message = None
        except BaseException:
            self._discard(worker)
            raise
        if message is None:
            raise self._cause(self._discard(worker), seconds, stopped=not readable)
        worker.link.settimeout(None)
        if message[0].pop("last"):
            self._discard(worker)
        else:
            self._idle.append(worker)
        return message

    def _take(self, head: dict[str, Any], body: bytes) -> _Worker:
        """Return a worker that has been given the query: an idle one, else a new one."""
        while True:
            fresh = False
            try:
                worker = self._idle.pop()
            except IndexError:
                worker, fresh = _Worker(*self._zygote.fork()), True
            try:
                send(worker.link, head, body)
            except OSError as error:  # it died while it was idle
                self._discard(worker)
                if fresh:
                    raise WorkerError("a query worker died before it was asked anything") from error
            else:
                return worker

    def _discard(self, worker: _Worker) -> int:
        worker.link.close()
        return self._zygote.reap(worker.number)

    def _cause(self, status: int, seconds: float, *, stopped: bool) -> AnshanError:
        """Return the error that a worker's end means."""
        if stopped or status == -signal.SIGALRM:
            return QueryTimeout(seconds)
        if status in {-signal.SIGABRT, OUT_OF_MEMORY}:  # the engine's allocator aborts, Python's raises
            return QueryMemory(self.limits.megabytes)
        if status == -signal.SIGSEGV:
            return QueryError("the query is nested too deeply for the engine")
        return WorkerError(f"the query's worker ended unexpectedly (status {status}); try again")

    def _error(self, reply: dict[str, Any], longest: int) -> AnshanError:
        if reply["error"] == "format":
            return NotAcceptable(reply["reason"])
        if reply["error"] == "size":
            return AnswerTooLarge(longest)
        if reply["error"] == "memory":
            return QueryMemory(self.limits.megabytes)
        return QueryError(reply["reason"], reply["line"], reply["column"])


def _readable(link: socket.socket, seconds: float) -> bool:
    """Whether there is something to read before so much time has passed; `select` knows few handles."""
    watch = select.poll()
    watch.register(link, select.POLLIN)
    return bool(watch.poll(seconds * 1000))
