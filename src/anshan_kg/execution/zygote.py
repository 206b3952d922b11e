"""
The process that holds the data and forks query workers from itself.

The web process has threads, and forking a process that has threads is not safe; so before the
first thread starts, this process is forked off. It has one thread, does nothing but fork, kill
and reap, and shares the pages of the loaded data with every worker. Workers cost a few
milliseconds each, so that killing one is nothing to be avoided.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import struct
import threading
from typing import TYPE_CHECKING, NoReturn

from anshan_kg.errors import StoreError, WorkerError
from anshan_kg.execution import worker

if TYPE_CHECKING:
    import pyoxigraph

_ORDER = struct.Struct("!ci")
_REPLY = struct.Struct("!i")
_NEW, _REAP = b"N", b"R"


class Zygote:
    """
    The web process's end: asks for workers and ends them. Usable from several threads.

    Args:
        control: Socket to the process that forks.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lock = threading.Lock()

    @classmethod
    def start(cls, store: pyoxigraph.Store, megabytes: int) -> Zygote:
        """
        Fork the process off and return the end to it.

        Call it before the process has threads.

        Args:
            store: The loaded data; workers see it as it is now.
            megabytes: What a worker may use on top of it.

        Raises:
            StoreError: this platform cannot fork.
        """
        if not hasattr(os, "fork"):
            raise StoreError("the service needs a system that can fork, such as Linux; or use --store URL")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        parent = os.getpid()
        gc.freeze()  # so that collecting garbage in a child does not copy the shared pages
        if os.fork() == 0:
            ours.close()
            _serve(store, theirs, parent, megabytes)
        theirs.close()
        return cls(ours)

    def fork(self) -> tuple[int, socket.socket]:
        """
        Return the process id of a new worker and the socket to it.

        Raises:
            WorkerError: the process that forks is gone, or cannot fork any more.
        """
        with self._lock:
            try:
                self._control.sendall(_ORDER.pack(_NEW, 0))
                data, handles, _, _ = socket.recv_fds(self._control, _REPLY.size, 1)
            except OSError as error:
                raise WorkerError(f"no query worker can be started: {error}") from error
        if len(data) < _REPLY.size or not handles:
            raise WorkerError("no query worker can be started; restart the service")
        return _REPLY.unpack(data)[0], socket.socket(fileno=handles[0])

    def reap(self, worker_id: int) -> int:
        """
        End a worker if it has not ended, and return what ended it.

        Returns:
            Its exit status where it ended by itself, the negative signal number where a signal
            ended it.
        """
        with self._lock:
            try:
                self._control.sendall(_ORDER.pack(_REAP, worker_id))
                data = self._control.recv(_REPLY.size, socket.MSG_WAITALL)
            except OSError as error:
                raise WorkerError(f"the query workers are gone: {error}") from error
        return _REPLY.unpack(data)[0] if len(data) == _REPLY.size else -signal.SIGKILL

    def close(self) -> None:
        """Let the process that forks end, and its workers with it."""
        self._control.close()


def _serve(store: pyoxigraph.Store, control: socket.socket, parent: int, megabytes: int) -> NoReturn:
    children: set[int] = set()
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; we go with the service
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker.die_with_parent(parent)
        while order := control.recv(_ORDER.size, socket.MSG_WAITALL):
            kind, number = _ORDER.unpack(order)
            if kind == _NEW:
                _fork(store, control, children, megabytes)
            else:
                control.sendall(_REPLY.pack(_reap(number, children)))
    except BaseException:  # noqa: BLE001 - nothing may return into the code that forked
        os._exit(1)
    finally:
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
    os._exit(0)


def _fork(store: pyoxigraph.Store, control: socket.socket, children: set[int], megabytes: int) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        ours.close()
        control.close()
        worker.run(store, theirs, parent, megabytes)
    theirs.close()
    children.add(child)
    socket.send_fds(control, [_REPLY.pack(child)], [ours.fileno()])
    ours.close()


def _reap(child: int, children: set[int]) -> int:
    if child not in children:  # only our own: process ids are used again
        return 0
    children.discard(child)
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid == 0:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
