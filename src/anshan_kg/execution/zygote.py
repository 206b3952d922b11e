"""
The process that holds the data and forks query workers from itself.

The web process has threads, and forking a process that has threads is not safe; so before the
first thread starts, this process is forked off. It has one thread, does nothing but fork, kill
and reap, and shares the pages of the loaded data with every worker. Workers cost a few
milliseconds each, so that killing one is nothing to be avoided.

An order is one packet, and brings the socket on which it is answered. So several threads, and
several processes forked from the first, can give orders without waiting for each other, and one
that is killed in the middle leaves nothing behind that another could take for its own answer.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING, NoReturn

from anshan_kg.errors import StoreError, WorkerError
from anshan_kg.execution import worker

if TYPE_CHECKING:
    import pyoxigraph

_ORDER = struct.Struct("!ci")
_REPLY = struct.Struct("!i")
_NEW, _REAP = b"N", b"R"
_PATIENCE = 10.0
"""Seconds to wait for an answer; a fork takes milliseconds, the end of a large worker some more."""

_FIRST_HANDLE = 3


class Zygote:
    """
    The web process's end: asks for workers and ends them. Usable from several threads and processes.

    Args:
        control: Socket to the process that forks.
        number: Its process id.
    """

    def __init__(self, control: socket.socket, number: int) -> None:
        self._control, self._number = control, number
        self._starter = os.getpid()

    @classmethod
    def start(cls, store: pyoxigraph.Store, megabytes: int, *, debug: bool = False) -> Zygote:
        """
        Fork the process off and return the end to it.

        Call it from the main thread, before the process has others: the kernel ends the workers
        with the thread that asked for them.

        Args:
            store: The loaded data, in memory; workers see it as it is now.
            megabytes: What a worker may use on top of it.
            debug: Let workers write to standard error what the engine says when it aborts.

        Raises:
            StoreError: this platform cannot fork, or cannot bound a process.
        """
        if sys.platform != "linux":
            raise StoreError(
                f"the service isolates queries in ways that Linux has and {sys.platform} has not; "
                "run it on Linux, or use --store URL"
            )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        gc.freeze()  # so that collecting garbage in a child does not copy the shared pages
        number = os.fork()
        if number == 0:
            _serve(store, theirs, parent, megabytes, debug=debug)
        theirs.close()
        return cls(ours, number)

    def fork(self) -> tuple[int, socket.socket]:
        """
        Return the process id of a new worker and the socket to it.

        Raises:
            WorkerError: the process that forks is gone, or cannot fork any more.
        """
        link = self._order(_NEW, 0)
        number = self._reply(link)
        if number is None:
            link.close()
            raise WorkerError("no query worker can be started; restart the service")
        link.settimeout(None)
        return number, link

    def reap(self, number: int) -> int:
        """
        End a worker if it has not ended, and return what ended it.

        Returns:
            Its exit status where it ended by itself, the negative signal number where a signal
            ended it.

        Raises:
            WorkerError: the process that forks is gone, and the workers with it.
        """
        with self._order(_REAP, number) as link:
            status = self._reply(link)
        return -signal.SIGKILL if status is None else status

    def close(self) -> None:
        """Let the process that forks end, and its workers with it; elsewhere, only let go of it."""
        if os.getpid() == self._starter and self._control.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._number, 0)
        self._control.close()

    def _order(self, kind: bytes, number: int) -> socket.socket:
        """Return the socket on which an order will be answered."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            ours.settimeout(_PATIENCE)
            try:
                socket.send_fds(self._control, [_ORDER.pack(kind, number)], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise WorkerError(f"the query workers are gone: {error}; restart the service") from error
        return ours

    @staticmethod
    def _reply(link: socket.socket) -> int | None:
        try:
            data = link.recv(_REPLY.size, socket.MSG_WAITALL)
        except OSError:
            return None
        return int(_REPLY.unpack(data)[0]) if len(data) == _REPLY.size else None


def _serve(
    store: pyoxigraph.Store, control: socket.socket, parent: int, megabytes: int, *, debug: bool
) -> NoReturn:
    statuses: dict[int, int | None] = {}  # what ended each worker; None until it is known
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; we go with the service
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        worker.die_with_parent(parent)
        # What the service had open is none of our business. A store on disk will have to be spared.
        os.closerange(_FIRST_HANDLE, control.fileno())
        os.closerange(control.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        while True:
            order, handles, _, _ = socket.recv_fds(control, _ORDER.size, 1)
            if not order:
                break
            kind, number = _ORDER.unpack(order)
            with socket.socket(fileno=handles[0]) as link:
                if kind == _NEW:
                    _fork(store, control, link, statuses, megabytes, debug=debug)
                else:
                    _tell(link, _reap(number, statuses))
        for child in [each for each, status in statuses.items() if status is None]:
            _reap(child, statuses)
    except BaseException:  # noqa: BLE001 - nothing may return into the code that forked
        os._exit(1)  # and the workers end with us
    os._exit(0)


def _fork(
    store: pyoxigraph.Store,
    control: socket.socket,
    link: socket.socket,
    statuses: dict[int, int | None],
    megabytes: int,
    *,
    debug: bool,
) -> None:
    _look_after(statuses)
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:  # who asked sees the end of the socket
        return
    if child == 0:
        control.close()
        worker.run(store, link, parent, megabytes, debug=debug)
    statuses[child] = None
    _tell(link, child)


def _tell(link: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # who asked is gone
        link.sendall(_REPLY.pack(number))


def _look_after(statuses: dict[int, int | None]) -> None:
    """Free what the kernel holds for workers that ended and that nobody will ask for."""
    for child, status in statuses.items():
        if status is None:
            pid, ended = os.waitpid(child, os.WNOHANG)
            if pid:
                statuses[child] = os.waitstatus_to_exitcode(ended)


def _reap(child: int, statuses: dict[int, int | None]) -> int:
    if child not in statuses:  # only our own: process ids are used again
        return 0
    status = statuses.pop(child)
    if status is not None:
        return status
    pid, ended = os.waitpid(child, os.WNOHANG)
    if pid == 0:
        os.kill(child, signal.SIGKILL)
        _, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended)
