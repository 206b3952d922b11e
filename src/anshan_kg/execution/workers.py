"""
A bounded number of disposable processes, usable from many threads and from an event loop.

Messages go to processes that are ended at their deadline, at their memory bound, when somebody
cancels, and when the client has gone; fair turns and query time per client come from `budget`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import time
import weakref
from collections import Counter
from dataclasses import dataclass, field
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import AnshanError, ParameterError, QueryCancelled, QueryTimeout, WorkerError
from anshan_kg.execution.budget import Ask, Budget, Turns
from anshan_kg.execution.link import Head, Worker, answered, packed, start_soon, wait_no_longer
from anshan_kg.execution.source import Limits, Source, cause_of
from anshan_kg.execution.worker import GRACE, PIECE, message_of, receive, send, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    import pyoxigraph


SHORTEST = 0.001
_LONGEST_HEAD = 2**20
_SHORT_SLEEP = 0.02
_STOPPING = "the service is being stopped; try again soon"


@dataclass(slots=True)
class _Shared:
    """What belongs to one process: a process that is forked off starts with its own."""

    turns: Turns
    idle: list[Worker] = field(default_factory=list)
    asks: dict[str, Ask] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    version: str | None = None
    closing: bool = False


class Workers:
    """
    Processes that answer messages, behind a bounded queue.

    Start it before the process has threads; a process that is forked from the one that started it
    may use it in that one's place, as web servers do.

    Args:
        source: What starts workers.
        workers: How many messages are answered at the same time.
        queue: How many may wait beyond those.
        limits: What one answer may use.
        budget: Time per client; may be shared with another pool.
    """

    def __init__(
        self, source: Source, workers: int, queue: int, limits: Limits, budget: Budget | None = None
    ) -> None:
        self.limits = limits
        self.budget = budget or Budget(0)
        self._source = source
        self._sizes = workers, queue
        self._shared = _Shared(Turns(workers, queue))
        self._beside: list[Workers] = []
        again = weakref.WeakMethod(self._start_again)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: (method := again()) and method())

    def _start_again(self) -> None:
        """Start anew in a process that was forked off: the idle workers are the first one's."""
        for worker in self._shared.idle:
            worker.link.close()
        self._shared = _Shared(Turns(*self._sizes))

    def beside(self, workers: int, queue: int) -> Self:
        """
        Return more workers of the same source and budget, with a queue of their own.

        What fills one queue leaves the other free. They follow this pool when the data is renewed and
        when it is drained and closed.
        """
        made = type(self)(self._source, workers, queue, self.limits, self.budget)
        self._beside.append(made)
        return made

    @property
    def version(self) -> str:
        """Return which data a new question is answered from."""
        if self._shared.version is None:
            self._shared.version = self._source.version
        return self._shared.version

    @property
    def _idle(self) -> list[Worker]:
        return self._shared.idle

    @property
    def alone(self) -> bool:
        """Whether workers have a network of their own, with nothing in it."""
        return self._source.alone

    def renew(self, open_store: Callable[[], pyoxigraph.Store], version: str) -> None:
        """
        Let questions from now on be answered from another store; those that run finish on the old one.

        Args:
            open_store: Called in each new worker. It has to survive pickling, as a function of a module or a
                `functools.partial` of one does.
            version: Which data that is.

        Raises:
            WorkerError: the process that starts workers is gone.
        """
        self._source.renew(open_store, version)
        for each in (self, *self._beside):
            each._shared.version = version  # noqa: SLF001 - of its own kind
            each._drop_idle(lambda worker: worker.version != version)  # noqa: SLF001

    def cancel(self, name: str) -> bool:
        """Stop what was asked under a name; return whether there was such a thing."""
        ask = self._shared.asks.get(name)
        if ask is None:
            return False
        ask.cancel()
        return True

    def drain(self, seconds: float) -> None:
        """Take no more questions, let those that run finish for so long, then cancel them."""
        all_shared = [each._shared for each in (self, *self._beside)]  # noqa: SLF001
        for shared in all_shared:
            shared.closing = True
        end = time.monotonic() + seconds
        while any(each.turns.busy or each.turns.queued for each in all_shared) and time.monotonic() < end:
            time.sleep(_SHORT_SLEEP)
        for shared in all_shared:
            for ask in list(shared.asks.values()):
                ask.cancel()

    def statistics(self) -> dict[str, Any]:
        """Return how many run and wait now, and how many were ended so far, by reason."""
        shared, (workers, queue) = self._shared, self._sizes
        return {
            "workers": workers,
            "busy": shared.turns.busy,
            "queued": shared.turns.queued,
            "queue": queue,
            "idle": len(shared.idle),
            "killed": dict(shared.killed),
        }

    def wait(self) -> None:
        """Return when no worker can be started any more; for the process that started it."""
        self._source.wait()

    def close(self) -> None:
        """End all workers."""
        for each in (self, *self._beside):
            each._drop_idle(lambda _: True)  # noqa: SLF001
        self._source.close()

    def ask(
        self,
        head: Head,
        body: bytes,
        *,
        seconds: float | None = None,
        client: str = "",
        name: str = "",
        gone: Callable[[], bool] | None = None,
        outward: bool = False,
    ) -> tuple[dict[str, Any], bytes, str]:
        """
        Return what a worker replies, once one is free, and which data it looked at.

        Args:
            head, body: The message.
            seconds: A deadline sooner than the pool's.
            client: Who asks; "" takes no part in fairness.
            name: Under which `cancel` finds it.
            gone: Whether the client has gone; asked every tenth of a second while it waits.
            outward: Whether the worker may reach the relay for services.

        Raises:
            QueryTimeout, QueryMemory, QueryCancelled: it was stopped.
            Throttled: the client has no time left.
            Overloaded: too many wait, or it waited for as long as it may run.
            ParameterError: something is being asked under that name.
            WorkerError: its worker died for another reason.
        """
        ask = Ask(client, gone)
        allowed = self._allowed(seconds)
        with self._asking(ask, name):
            self._shared.turns.take(ask, allowed)
            with self._having_turn(ask):
                return self._exchange(ask, packed(head, allowed), body, allowed, outward=outward)

    def _allowed(self, seconds: float | None) -> float:
        return self.limits.seconds if seconds is None else max(SHORTEST, min(seconds, self.limits.seconds))

    @contextlib.contextmanager
    def _asking(self, ask: Ask, name: str) -> Iterator[None]:
        """Let a question be found by its name while it is asked, if it may be asked at all."""
        shared = self._shared
        key = name or f" {id(ask)}"
        if shared.asks.setdefault(key, ask) is not ask:
            raise ParameterError(f"a query with the id {name!r} is running; choose another")
        try:
            if shared.closing:
                raise QueryCancelled(_STOPPING)  # noqa: TRY301 - counted below like every other end
            self.budget.check(ask.client)
            yield
        except QueryCancelled:
            if shared.closing:
                raise QueryCancelled(_STOPPING) from None
            raise
        finally:
            del shared.asks[key]

    @contextlib.contextmanager
    def _having_turn(self, ask: Ask) -> Iterator[None]:
        """Count the time of a question whose turn it is, and give the turn to the next in the end."""
        try:
            self.budget.check(ask.client)
            began = time.monotonic()
            try:
                yield
            finally:
                self.budget.spend(ask.client, time.monotonic() - began)
        finally:
            self._shared.turns.leave(ask)

    def _exchange(
        self, ask: Ask, head: bytes, body: bytes, seconds: float, *, outward: bool
    ) -> tuple[dict[str, Any], bytes, str]:
        began = time.monotonic()
        worker = self._take(head, body, outward=outward)
        left = self._left(began, seconds)
        with self._holding(ask, worker):
            there = answered(ask, worker, left)
            # An answer has begun, so the query is done. The kernel ends a worker that does not finish it.
            message = receive(worker.link, self._longest) if there else None
        if message is None:
            raise self._cause(ask, worker, seconds, stopped=not there)
        return self._keep(ask, worker, message, outward=outward)

    def _left(self, began: float, seconds: float) -> float:
        """Return what is left of the time of a query once it has its worker."""
        if not self._source.quick:  # starting one takes as long as a query
            return seconds
        return max(0.0, seconds - (time.monotonic() - began))

    @contextlib.contextmanager
    def _holding(self, ask: Ask, worker: Worker) -> Iterator[None]:
        """Let a cancel stop a worker, and end it if whoever waits for it gives up."""
        with ask.lock:
            ask.stop = lambda: worker.link.shutdown(SHUT_RDWR)
        try:
            yield
        except BaseException as error:
            self._forget(ask, worker, "cancelled" if isinstance(error, QueryCancelled) else "failed")
            raise

    def _keep(
        self, ask: Ask, worker: Worker, message: tuple[dict[str, Any], bytes], *, outward: bool = False
    ) -> tuple[dict[str, Any], bytes, str]:
        """Return what a worker replied, which then is idle, or worn and ended."""
        with ask.lock:
            ask.stop = None
        reply, answer = message
        if reply["last"] or outward or worker.slow or worker.version != self.version or ask.cancelled:
            self._forget(ask, worker, "worn")
        else:
            self._shared.idle.append(worker)
        return reply, answer, worker.version

    async def ask_soon(
        self,
        head: Head,
        body: bytes,
        *,
        seconds: float | None = None,
        client: str = "",
        name: str = "",
        gone: Callable[[], bool] | None = None,
    ) -> tuple[dict[str, Any], bytes, str]:
        """
        Do as `ask`, in an event loop: nothing here blocks it.

        One thread then waits for all queries. With a thread for each, threads that take turns at the
        interpreter cost several times what a short query does.
        """
        ask = Ask(client, gone)
        allowed = self._allowed(seconds)
        with self._asking(ask, name):
            await self._shared.turns.take_soon(ask, allowed)
            with self._having_turn(ask):
                return await self._exchange_soon(ask, packed(head, allowed), body, allowed)

    async def _exchange_soon(
        self, ask: Ask, head: bytes, body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes, str]:
        loop, began = asyncio.get_running_loop(), time.monotonic()
        if self._shared.idle and len(body) <= PIECE:  # what the socket takes at once
            worker = self._take(head, body, outward=False)
        else:
            take = functools.partial(self._take, head, body, outward=False)
            worker = await loop.run_in_executor(None, take)
        left = self._left(began, seconds)
        with self._holding(ask, worker):
            start = await start_soon(loop, ask, worker, left)
            if not start:
                message = None
            elif len(start) == size_of(start):
                message = message_of(start)
            else:  # what is large is read in a thread
                longest = self._longest
                message = await loop.run_in_executor(None, receive, worker.link, longest, start)
        if message is None:
            cause = functools.partial(self._cause, ask, worker, seconds, stopped=start is None)
            raise await loop.run_in_executor(None, cause)
        return self._keep(ask, worker, message)

    @property
    def _longest(self) -> int:
        return self.limits.answer_megabytes * 2**20 + _LONGEST_HEAD

    def _take(self, head: bytes, body: bytes, *, outward: bool) -> Worker:
        """Return a worker that has been given the message: an idle one, else a new one."""
        while True:
            fresh = False
            try:
                if outward:
                    raise IndexError  # noqa: TRY301 - as where none is idle
                worker = self._shared.idle.pop()
            except IndexError:
                worker, fresh = Worker(*self._source.fork(outward=outward)), True
                wait_no_longer(worker.link, self.limits.seconds + GRACE + 1)
            try:
                send(worker.link, head, body)
            except OSError as error:  # it died while it was idle
                self._source.kill(worker.number)
                worker.link.close()
                if fresh:
                    raise WorkerError("a query worker died before it was asked anything") from error
            else:
                return worker

    def _forget(self, ask: Ask, worker: Worker, reason: str) -> None:
        """Let a worker end, and do not wait for it."""
        with ask.lock:
            ask.stop = None
        self._shared.killed[reason] += 1
        self._source.kill(worker.number)
        worker.link.close()

    def _drop_idle(self, wanted: Callable[[Worker], bool]) -> None:
        kept = []
        while self._shared.idle:
            worker = self._shared.idle.pop()
            if wanted(worker):
                self._source.kill(worker.number)
                worker.link.close()
            else:
                kept.append(worker)
        self._shared.idle.extend(kept)

    def _cause(self, ask: Ask, worker: Worker, seconds: float, *, stopped: bool) -> AnshanError:
        """Return the error that a worker's end means."""
        if ask.cancelled:
            self._forget(ask, worker, "cancelled")
            return QueryCancelled()
        if stopped:
            self._forget(ask, worker, "timeout")
            return QueryTimeout(seconds)
        with ask.lock:
            ask.stop = None
        worker.link.close()
        status = self._source.reap(worker.number)
        reason, error = cause_of(status, seconds, self.limits)
        self._shared.killed[reason] += 1
        return error
