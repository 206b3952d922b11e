"""What the web service calls to change the data; usable from many threads."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import (
    AnshanError,
    ChangeMemory,
    ChangeRoom,
    ChangeTimeout,
    InvalidChange,
    Overloaded,
    ParameterError,
    QueryError,
    QueryRefused,
    UnknownName,
    WorkerError,
)
from anshan_kg.execution import worker
from anshan_kg.stores.disk import Snapshot
from anshan_kg.writing.orders import Orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg.stores.disk import DataDirectory

_MOST_WAITING = 32
_SLACK = 150.0
"""Seconds beyond the deadlines of a change in which the steward answers, or something is wrong."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks for a write, as the audit file tells it: the id of the token, and the address."""

    token: str = ""
    client: str = ""


_NOBODY = Who()


@dataclass(frozen=True, slots=True)
class Written:
    """
    What came of a write.

    Attributes:
        version: The version of the data from now on.
        created: Whether a graph is there that was not.
    """

    version: str
    created: bool


class Writer:
    """
    The way to change a data directory: one write after another, each whole or not at all.

    Args:
        directory: The data.
        seen: Called with each new snapshot before the write is answered, in their order.
        root: Working tree with the shapes; None for the packaged one.
        seconds: What a write may take, and as long again to be judged.
        megabytes: Memory it may use.
    """

    def __init__(
        self,
        directory: DataDirectory,
        seen: Callable[[Snapshot], object],
        *,
        root: str | None = None,
        seconds: float = 30.0,
        megabytes: int = 1024,
    ) -> None:
        self.directory = directory
        self.seconds, self.megabytes = seconds, megabytes
        self._seen, self._last = seen, -1
        self._orders = Orders(str(directory.path), root, seconds, megabytes)
        self._places = threading.BoundedSemaphore(_MOST_WAITING)
        self._lock, self._telling = threading.Lock(), threading.Lock()
        self._control: socket.socket | None = None
        self._steward: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the steward, and tell of the snapshot that counts."""
        with self._lock:
            self._start()
        self._tell(self.directory.current())

    def close(self) -> None:
        """Let the steward finish what it does, and end."""
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._steward is not None:
                self._steward.wait()
                self._steward = None

    def update(
        self,
        text: str,
        *,
        base: str,
        using: Sequence[str] = (),
        using_named: Sequence[str] = (),
        who: Who = _NOBODY,
    ) -> Written:
        """
        Carry out a SPARQL update, all of it or nothing.

        Args:
            text: The update.
            base: What its relative addresses are relative to.
            using, using_named: The dataset of the protocol.
            who: Who asks, for the audit file.

        Raises:
            QueryError: it is not SPARQL, or fails while it runs.
            QueryRefused: it uses LOAD or SERVICE.
            ParameterError: it has USING or WITH beside a dataset of the protocol.
            InvalidChange: the data would break the shapes of the ontology.
            LimitError: it passed a bound.
            WorkerError: the process that writes died.
        """
        try:
            body = text.encode()
        except UnicodeEncodeError as error:
            raise QueryError("the update holds half a character (a lone surrogate)") from error
        head = {"do": "update", "base": base, "using": list(using), "using_named": list(using_named)}
        return self._ask(head, body, who)

    def send(
        self,
        graph: str | None,
        documents: Sequence[tuple[bytes, str]],
        *,
        replace: bool,
        base: str,
        whole: bool = False,
        who: Who = _NOBODY,
    ) -> Written:
        """
        Put what documents state into a graph, instead of what it holds or beside it.

        Args:
            graph: Its name; None for the default graph.
            documents: Bytes and media type of each.
            replace: Whether what it holds goes.
            base: What relative addresses in them are relative to.
            whole: All graphs are meant, and the documents name them.
            who: Who asks, for the audit file.

        Raises:
            ParameterError: a document is not of its format.
            InvalidChange, LimitError, WorkerError: see `update`.
        """
        head = {
            "do": "put" if replace else "post",
            "graph": graph,
            "whole": whole,
            "base": base,
            "documents": [(len(data), kind) for data, kind in documents],
        }
        return self._ask(head, b"".join(data for data, _ in documents), who)

    def delete(self, graph: str | None, *, whole: bool = False, who: Who = _NOBODY) -> Written:
        """
        Take a graph away, or empty the default graph, or all.

        Raises:
            UnknownName: there is no such graph.
            InvalidChange, LimitError, WorkerError: see `update`.
        """
        head = {"do": "clear" if whole else "delete", "graph": graph, "whole": whole}
        return self._ask(head, b"", who)

    def _ask(self, head: dict[str, Any], body: bytes, who: Who) -> Written:
        if not self._places.acquire(blocking=False):
            raise Overloaded
        try:
            version = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
            reply, more = self._exchange({**head, "version": version, **asdict(who)}, body)
        finally:
            self._places.release()
        if "error" in reply:
            raise self._error(reply, more)
        self._tell(Snapshot(**reply["snapshot"]))
        return Written(version, reply["created"])

    def _exchange(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        link = self._order()
        with link:
            link.settimeout(
                _MOST_WAITING * (2 * self.seconds + _SLACK)
            )  # those before may all take their time
            try:
                worker.send(link, head, body)
                reply = worker.receive(link)
            except OSError:
                reply = None
        if reply is None:
            # It may have died after the change began to count, and before it could say so.
            snapshot = self.directory.current()
            if snapshot.version == head["version"]:
                return {"snapshot": asdict(snapshot), "created": False}, b""
            raise WorkerError("the process that writes died, and this change was not made; send it again")
        return reply

    def _order(self) -> socket.socket:
        """Return the socket of a request that the steward, or a new one, has been told of."""
        ours, theirs = socket.socketpair()
        with theirs:
            broken = None
            for _ in range(2):
                with self._lock:
                    if self._control is None or self._control is broken or self._ended():
                        self._start()
                    control = self._control
                assert control is not None  # noqa: S101
                try:
                    socket.send_fds(control, [b"W"], [theirs.fileno()])
                except OSError:  # it has ended, or is just ending
                    broken = control
                    continue
                return ours
        ours.close()
        raise WorkerError("the process that writes cannot be started; see the log of the service")

    def _ended(self) -> bool:
        return self._steward is None or self._steward.poll() is not None

    def _start(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._steward is not None:
            self._steward.kill()  # it takes no more orders
            self._steward.wait()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            orders = json.dumps(asdict(self._orders))
            command = [sys.executable, "-m", "anshan_kg.writing.steward", orders, str(theirs.fileno())]
            self._steward = subprocess.Popen(  # noqa: S603 - our own program
                command, pass_fds=[theirs.fileno()], env=_environment(), stdin=subprocess.DEVNULL
            )

    def _tell(self, snapshot: Snapshot) -> None:
        """Tell of a snapshot, unless a later one has been told of."""
        with self._telling:
            if snapshot.sequence > self._last:
                self._seen(snapshot)
                self._last = snapshot.sequence

    def _error(self, reply: dict[str, Any], more: bytes) -> AnshanError:
        kind = reply["error"]
        made: dict[str, Callable[[], AnshanError]] = {
            "query": lambda: QueryError(reply["reason"], reply["line"], reply["column"]),
            "refused": lambda: QueryRefused(reply["reason"]),
            "parameter": lambda: ParameterError(reply["reason"]),
            "graph": lambda: UnknownName("graph", reply["reason"]),
            "invalid": lambda: InvalidChange(reply["faults"], more),
            "timeout": lambda: ChangeTimeout(self.seconds),
            "memory": lambda: ChangeMemory(self.megabytes),
            "disk": ChangeRoom,
        }
        if kind in made:
            return made[kind]()
        return WorkerError("the process that writes died, and this change was not made; send it again")


def _environment() -> dict[str, str]:
    """Return the environment for the steward: it finds the modules that this process found."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
