"""Where workers come from, what bounds them, and what their end means."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from anshan_kg.errors import AnshanError, ParameterError, QueryError, QueryMemory, QueryTimeout, WorkerError
from anshan_kg.execution.worker import OUT_OF_MEMORY

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import pyoxigraph

_ENDINGS = {
    -int(getattr(signal, name)): name for name in ("SIGALRM", "SIGABRT", "SIGSEGV") if hasattr(signal, name)
}
"""What ended a worker, by its status; not every platform has every signal."""


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


class Source(Protocol):
    """Where workers come from; `Zygote` and `Spawner` are."""

    alone: bool
    quick: bool
    """Whether starting a worker takes so little that it belongs to the time of a query."""

    def fork(self, *, outward: bool = False) -> tuple[int, socket.socket, str]:
        """Return number, socket and data version of a new worker."""
        ...

    def reap(self, number: int) -> int:
        """End a worker and return what ended it."""
        ...

    def kill(self, number: int) -> None:
        """End a worker."""
        ...

    def renew(self, open_store: Callable[[], pyoxigraph.Store], version: str) -> None:
        """Let new workers answer from another store."""
        ...

    def wait(self) -> None:
        """Return when it cannot start workers any more."""
        ...

    @property
    def version(self) -> str:
        """Return which data new workers answer from."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...


def cause_of(status: int, seconds: float, limits: Limits) -> tuple[str, AnshanError]:
    """Return what ended a worker, in a word, and the error that it means for who asked."""
    ended = _ENDINGS.get(status, "")
    if ended == "SIGALRM":
        return "timeout", QueryTimeout(seconds)
    if ended == "SIGABRT" or status == OUT_OF_MEMORY:  # the engine's allocator aborts, Python's raises
        return "memory", QueryMemory(limits.megabytes)
    if ended == "SIGSEGV":
        return "crashed", QueryError("the query is nested too deeply for the engine")
    return "crashed", WorkerError(f"the query's worker ended unexpectedly (status {status}); try again")
