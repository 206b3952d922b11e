"""Who may run a query now: fair turns at a bounded number of places, and query time per client."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol, TypeVar

from anshan_kg.errors import Overloaded, QueryCancelled, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 0.1
"""Seconds between looks at whether a client is still there."""

_SHARED_FROM = 3
"""Places from which on one of them is kept from whoever has all the others."""

_MINUTE = 60.0
_MOST_KNOWN = 10_000
"""Clients after which those that owe nothing are forgotten."""


class Ask:
    """
    One query from its arrival to its answer, as far as others may see it.

    Attributes:
        client: Who asks; "" where nobody knows.
        cancelled: Whether it is to stop.
        refused: Whether its place in the queue went to a client with fewer queries.
        stop: What wakes the thread that waits for it, set by that thread.
    """

    __slots__ = ("cancelled", "client", "gone", "lock", "refused", "stop")

    def __init__(self, client: str = "", gone: Callable[[], bool] | None = None) -> None:
        self.client, self.gone = client, gone
        self.cancelled = self.refused = False
        self.stop: Callable[[], object] | None = None
        self.lock = threading.Lock()

    def cancel(self) -> None:
        """Stop it, wherever it is; the thread that waits for it tells its client."""
        with self.lock:
            self.cancelled = True
            if self.stop is not None:
                with contextlib.suppress(OSError):  # its worker has ended
                    self.stop()

    def check(self) -> None:
        """Raise QueryCancelled if nobody wants the answer any more."""
        if self.cancelled:
            raise QueryCancelled
        if self.gone is not None and self.gone():
            raise QueryCancelled("the client has gone; its query was stopped")


class Wake(Protocol):
    """What a waiting query is woken by."""

    def release(self) -> object:
        """Wake it."""
        ...


_W = TypeVar("_W", bound=Wake)


class Signal:
    """What a coroutine waits for; any thread may release it."""

    __slots__ = ("_loop", "_thread", "_waiter", "released")

    def __init__(self) -> None:
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._waiter: asyncio.Future[None] | None = None
        self.released = False

    def release(self) -> None:
        """Wake the coroutine, now or once it waits."""
        if threading.get_ident() == self._thread:
            self._release()
        else:
            self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        self.released = True
        if self._waiter is not None:
            finish(self._waiter)

    async def within(self, seconds: float) -> bool:
        """Wait for so long at most; return whether it was released."""
        if not self.released:
            self._waiter = self._loop.create_future()
            bell = self._loop.call_later(seconds, finish, self._waiter)
            try:
                await self._waiter
            finally:
                bell.cancel()
                self._waiter = None
        return self.released


def finish(waiter: asyncio.Future[None]) -> None:
    """Let whoever waits go on, if nothing else has."""
    if not waiter.done():
        waiter.set_result(None)


class Turns:
    """
    Places for queries, and a bounded queue before them in which clients take turns.

    However many queries one client sends, each other client is next but one. With three places or
    more, no client holds all of them, so that a light query finds one. Of a full queue, the client
    that has most in it gives up its latest place to one that has less.

    Args:
        places: How many may run.
        queue: How many may wait.
    """

    def __init__(self, places: int, queue: int) -> None:
        self._places, self._queue = places, queue
        self._most = places - 1 if places >= _SHARED_FROM else places
        self._lock = threading.Lock()
        self._free = places
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[tuple[Ask, Wake]]] = {}  # in the order of their turns
        self.queued = 0

    @property
    def busy(self) -> int:
        """Return how many run."""
        return self._places - self._free

    def take(self, ask: Ask, seconds: float) -> None:
        """
        Return when a query may run; call `leave` after it.

        Args:
            ask: The query.
            seconds: How long it may wait.

        Raises:
            Overloaded: too many wait, or it waited too long.
            QueryCancelled: it was cancelled, or its client has gone.
        """
        if (entry := self._enter(ask, _closed_lock)) is None:
            return
        wake = entry[1]
        with self._queueing(entry):
            end = time.monotonic() + seconds
            while not wake.acquire(timeout=max(0.0, min(PATIENCE, end - time.monotonic()))):
                self._look(ask, end)

    async def take_soon(self, ask: Ask, seconds: float) -> None:
        """Do as `take`, in a coroutine."""
        if (entry := self._enter(ask, Signal)) is None:
            return
        wake = entry[1]
        with self._queueing(entry):
            end = time.monotonic() + seconds
            while not await wake.within(max(0.0, min(PATIENCE, end - time.monotonic()))):
                self._look(ask, end)

    def _enter(self, ask: Ask, make: Callable[[], _W]) -> tuple[Ask, _W] | None:
        """Return the query's entry in the queue, None where it may run at once."""
        with self._lock:
            if self._free and self._may(ask.client):
                self._start(ask.client)
                return None
            if self.queued >= self._queue:
                self._make_room(ask.client)
            wake = make()
            entry = ask, wake
            self._waiting.setdefault(ask.client, deque()).append(entry)
            self.queued += 1
        with ask.lock:
            ask.stop = lambda: _release(wake)
            if ask.cancelled:
                _release(wake)
        return entry

    @contextlib.contextmanager
    def _queueing(self, entry: tuple[Ask, Wake]) -> Iterator[None]:
        """See to it that a query that waited has a place afterwards, or is told why it has none."""
        ask = entry[0]
        try:
            yield
        except BaseException:
            with self._lock:
                if not self._withdraw(entry) and not ask.refused:
                    self._finish(ask.client)  # its turn came as it gave up
            raise
        finally:
            with ask.lock:
                ask.stop = None
        # Woken by its turn, by a cancel, or by having to make room.
        with self._lock:
            waits = self._withdraw(entry)
        if ask.refused:
            raise Overloaded
        if ask.cancelled:
            if not waits:
                self.leave(ask)
            raise QueryCancelled

    @staticmethod
    def _look(ask: Ask, end: float) -> None:
        ask.check()
        if time.monotonic() >= end:
            raise Overloaded

    def leave(self, ask: Ask) -> None:
        """Give the place of a query to the next."""
        with self._lock:
            self._finish(ask.client)

    def _may(self, client: str) -> bool:
        return not client or self._running.get(client, 0) < self._most

    def _start(self, client: str) -> None:
        self._free -= 1
        self._running[client] = self._running.get(client, 0) + 1

    def _finish(self, client: str) -> None:
        self._free += 1
        left = self._running[client] - 1
        if left:
            self._running[client] = left
        else:
            del self._running[client]
        while self._free and self.queued:
            following = next((each for each in self._waiting if self._may(each)), None)
            if following is None:
                return
            entries = self._waiting.pop(following)
            _, wake = entries.popleft()
            if entries:
                self._waiting[following] = entries  # at the end: the others come first
            self.queued -= 1
            self._start(following)
            _release(wake)

    def _make_room(self, client: str) -> None:
        mine = len(self._waiting.get(client, ()))
        most = max(self._waiting, key=lambda each: len(self._waiting[each]), default=client)
        if most == client or len(self._waiting[most]) <= mine + 1:
            raise Overloaded
        entry = self._waiting[most][-1]
        entry[0].refused = True
        self._withdraw(entry)
        _release(entry[1])

    def _withdraw(self, entry: tuple[Ask, Wake]) -> bool:
        """Return whether a query was still waiting; it is not any more."""
        entries = self._waiting.get(entry[0].client)
        if entries is None or entry not in entries:
            return False
        entries.remove(entry)
        if not entries:
            del self._waiting[entry[0].client]
        self.queued -= 1
        return True


def _closed_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _release(wake: Wake) -> None:
    with contextlib.suppress(RuntimeError):  # it may be woken for two reasons
        wake.release()


class Budget:
    """
    Query time per client: a bucket of seconds that refills.

    A query is paid for after it ran, so the level may be below zero; a client waits until it is
    above again.

    Args:
        seconds: Seconds of query time that a client may use in a minute, and at once; 0 sets no bound.
        clock: What time it is.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}
        self._bound = _MOST_KNOWN

    def check(self, client: str) -> None:
        """
        Return if a client has time left.

        Raises:
            Throttled: it has none; it tells when it will have.
        """
        if not self.seconds or not client or client not in self._levels:
            return
        with self._lock:
            level = self._level(client)
        if level <= 0:
            raise Throttled(max(1, math.ceil((0.01 * self.seconds - level) * _MINUTE / self.seconds)))

    def spend(self, client: str, seconds: float) -> None:
        """Take the time a query took from what its client has."""
        if not self.seconds or not client:
            return
        with self._lock:
            self._levels[client] = self._level(client) - seconds, self._clock()
            if len(self._levels) > self._bound:
                for each in [each for each in self._levels if self._level(each) >= self.seconds]:
                    del self._levels[each]
                self._bound = max(_MOST_KNOWN, 2 * len(self._levels))

    def _level(self, client: str) -> float:
        level, when = self._levels.get(client, (self.seconds, self._clock()))
        return min(self.seconds, level + (self._clock() - when) * self.seconds / _MINUTE)
