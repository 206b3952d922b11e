"""
The process that holds the data and forks query workers from itself.

The web process has threads, and forking a process that has threads is not safe; so before the
first thread starts, this process is forked off. It has one thread, does nothing but fork, kill
and reap, and shares the pages of the loaded data with every worker. Workers cost a few
milliseconds each, so that killing one is nothing to be avoided. Where the system allows it, it
moves to a network of its own that leads nowhere, and its workers with it.

An order is one packet, and brings the socket on which it is answered. So several threads, and
several processes forked from the first, can give orders without waiting for each other, and one
that is killed in the middle leaves nothing behind that another could take for its own answer.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import pickle
import select
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from anshan_kg.errors import Overloaded, StoreError, WorkerError
from anshan_kg.execution import worker

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyoxigraph

_ORDER = struct.Struct("!ci")
_REPLY = struct.Struct("!iH")
_NEW, _OUTWARD, _REAP, _KILL, _RENEW, _TELL = b"N", b"O", b"R", b"K", b"S", b"T"
_LARGEST_ORDER = 2**16
_PATIENCE = 10.0
"""Seconds to wait for an answer; a fork takes milliseconds, the end of a large worker some more."""
_ROUND = 0.2
"""Seconds between looks at workers that were killed, as long as there are any."""

_FIRST_HANDLE = 3


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    What the workers of a zygote do.

    Attributes:
        begin: Called in each worker; opens what it answers from and returns what answers.
        megabytes: What a worker may use on top of what it began with.
        version: Which data it answers from.
        prepare: Called once, in the zygote, before the first worker; what it loads is shared.
        sockets: How many handles a worker may open that is to reach something; see `Zygote.fork`.
        door: A socket to be handed, once it listens, to the relay for services; see `egress`.
        debug: Let workers write to standard error what the engine says when it aborts.
    """

    begin: Callable[[], worker.Answer]
    megabytes: int
    version: str = ""
    prepare: Callable[[], object] | None = None
    sockets: int = 2
    door: socket.socket | None = None
    debug: bool = False


class Zygote:
    """
    The web process's end: asks for workers and ends them. Usable from several threads and processes.

    Args:
        control: Socket to the process that forks.
        number: Its process id.
        alone: Whether it has a network of its own.
    """

    quick = True

    def __init__(self, control: socket.socket, number: int, *, alone: bool) -> None:
        self.alone = alone
        self._control, self._number = control, number
        self._starter = os.getpid()

    @classmethod
    def start(cls, recipe: Recipe) -> Zygote:
        """
        Fork the process off and return the end to it.

        Call it from the main thread, before the process has others: the kernel ends the workers
        with the thread that asked for them.

        Args:
            recipe: What workers do; what it holds is shared with them as it is now.

        Raises:
            StoreError: this platform cannot fork, or cannot bound a process.
        """
        if not possible():
            raise StoreError(f"{sys.platform} has not what forking query workers needs; spawn them instead")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        gc.freeze()  # so that collecting garbage in a child does not copy the shared pages
        number = os.fork()
        if number == 0:
            _serve(recipe, theirs, parent)
        theirs.close()
        return cls(ours, number, alone=bool(ours.recv(1) == b"1"))

    def fork(self, *, outward: bool = False) -> tuple[int, socket.socket, str]:
        """
        Return the process id of a new worker, the socket to it, and which data it answers from.

        Args:
            outward: Whether it may open some handles: a socket to the relay, or files of ours.

        Raises:
            WorkerError: the process that forks is gone, or cannot fork any more.
            Overloaded: it did not come to it in time.
        """
        link = self._order(_OUTWARD if outward else _NEW, 0)
        reply = self._reply(link)
        if reply is None:
            late = _is_open(link)
            link.close()
            if late:  # it is still preparing, or the machine is very busy
                raise Overloaded
            raise WorkerError("no query worker can be started; restart the service")
        return reply[0], link, reply[1]

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
            reply = self._reply(link)
        return -signal.SIGKILL if reply is None else reply[0]

    def kill(self, number: int) -> None:
        """End a worker, and do not wait for it: the end of one with much memory takes its time."""
        with contextlib.suppress(OSError):
            self._control.send(_ORDER.pack(_KILL, number))

    def renew(self, open_store: Callable[[], pyoxigraph.Store], version: str) -> None:
        """
        Let workers forked from now on answer from another store, which each opens for itself.

        Raises:
            WorkerError: the process that forks is gone.
        """
        with self._order(_RENEW, 0, pickle.dumps((open_store, version))) as link:
            if self._reply(link) is None:
                raise WorkerError("the query workers cannot be moved to the new data; restart the service")

    def wait(self) -> None:
        """Return when the process that forks has ended, for whatever reason; for who started it."""
        with contextlib.suppress(ChildProcessError):  # it was closed meanwhile
            os.waitid(os.P_PID, self._number, os.WEXITED | os.WNOWAIT)

    @property
    def version(self) -> str:
        """Return which data new workers answer from."""
        with self._order(_TELL, 0) as link:
            reply = self._reply(link)
        return reply[1] if reply else ""

    def close(self) -> None:
        """Let the process that forks end, and its workers with it; elsewhere, only let go of it."""
        if os.getpid() == self._starter and self._control.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._number, 0)
        self._control.close()

    def _order(self, kind: bytes, number: int, more: bytes = b"") -> socket.socket:
        """Return the socket on which an order will be answered."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            ours.settimeout(_PATIENCE)
            try:
                socket.send_fds(self._control, [_ORDER.pack(kind, number) + more], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise WorkerError(f"the query workers are gone: {error}; restart the service") from error
        return ours

    @staticmethod
    def _reply(link: socket.socket) -> tuple[int, str] | None:
        try:
            data = link.recv(_REPLY.size, socket.MSG_WAITALL)
            if len(data) != _REPLY.size:
                return None
            number, size = _REPLY.unpack(data)
            version = link.recv(size, socket.MSG_WAITALL) if size else b""
        except OSError:
            return None
        return int(number), version.decode()


def _is_open(link: socket.socket) -> bool:
    """Whether the other end is there, and has sent nothing."""
    link.setblocking(False)
    try:
        link.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def possible() -> bool:
    """Whether this platform can fork workers and bound them."""
    return sys.platform == "linux" and hasattr(os, "fork") and worker.can_confine()


def _serve(recipe: Recipe, control: socket.socket, parent: int) -> NoReturn:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; we go with the service
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        worker.die_with_parent(parent)
        # What the service had open is none of our business.
        kept = {control.fileno()} | ({recipe.door.fileno()} if recipe.door else set())
        for handle in range(_FIRST_HANDLE, max(kept)):
            if handle not in kept:
                os.closerange(handle, handle + 1)
        os.closerange(max(kept) + 1, os.sysconf("SC_OPEN_MAX"))
        alone = worker.leave_the_network()
        if recipe.door is not None:
            _open_door(recipe.door, alone=alone)
        control.send(b"1" if alone else b"0")
        if recipe.prepare is not None:
            recipe.prepare()
            gc.freeze()
        _Foreman(recipe, control).run()
    except BaseException:  # noqa: BLE001 - nothing may return into the code that forked
        os._exit(1)  # and the workers end with us
    os._exit(0)


def _open_door(door: socket.socket, *, alone: bool) -> None:
    """Hand the relay a socket that listens where the workers are, and nowhere else."""
    from anshan_kg.execution import egress  # noqa: PLC0415 - only who lets queries out needs it

    if alone:
        egress.raise_loopback()
    with door, socket.create_server(("127.0.0.1", 0)) as listener:
        socket.send_fds(door, [b"L"], [listener.fileno()])


class _Foreman:
    """The loop of the process that forks."""

    def __init__(self, recipe: Recipe, control: socket.socket) -> None:
        self._recipe, self._control = recipe, control
        self._begin, self._version = recipe.begin, recipe.version
        self._statuses: dict[int, int | None] = {}  # what ended each worker; None until it is known
        self._doomed: set[int] = set()  # killed workers that nobody will ask for
        self._ready = select.poll()
        self._ready.register(control, select.POLLIN)

    def run(self) -> None:
        """Carry out orders until nobody is left to give any."""
        while True:
            while self._doomed and not self._ready.poll(_ROUND * 1000):
                self._look_after()
            data, handles, _, _ = socket.recv_fds(self._control, _LARGEST_ORDER, 1)
            if not data:
                break
            kind, number = _ORDER.unpack_from(data)
            if kind == _KILL:
                self._kill(number)
                continue
            with socket.socket(fileno=handles[0]) as link:
                self._obey(kind, number, data[_ORDER.size :], link)
        for child in [each for each, status in self._statuses.items() if status is None]:
            self._reap(child)

    def _obey(self, kind: bytes, number: int, more: bytes, link: socket.socket) -> None:
        if kind in {_NEW, _OUTWARD}:
            self._fork(link, sockets=self._recipe.sockets if kind == _OUTWARD else 0)
        elif kind == _REAP:
            self._tell(link, self._reap(number))
        elif kind == _RENEW:
            open_store, self._version = pickle.loads(more)  # noqa: S301 - written by our own process
            self._begin = functools.partial(worker.over_opened, open_store)
            self._tell(link, 0)
        else:
            self._tell(link, 0)

    def _fork(self, link: socket.socket, sockets: int) -> None:
        self._look_after()
        parent = os.getpid()
        try:
            child = os.fork()
        except OSError:  # who asked sees the end of the socket
            return
        if child == 0:
            self._control.close()
            recipe = self._recipe
            worker.run(self._begin, link, parent, recipe.megabytes, sockets=sockets, debug=recipe.debug)
        self._statuses[child] = None
        self._tell(link, child)

    def _tell(self, link: socket.socket, number: int) -> None:
        version = self._version.encode()
        with contextlib.suppress(OSError):  # who asked is gone
            link.sendall(_REPLY.pack(number, len(version)) + version)

    def _look_after(self) -> None:
        """Free what the kernel holds for workers that ended and that nobody will ask for."""
        for child, status in list(self._statuses.items()):
            if status is None:
                pid, ended = os.waitpid(child, os.WNOHANG)
                if pid:
                    self._statuses[child] = os.waitstatus_to_exitcode(ended)
            if self._statuses[child] is not None and child in self._doomed:
                self._doomed.remove(child)
                del self._statuses[child]

    def _kill(self, child: int) -> None:
        if self._statuses.get(child, 0) is None:  # only our own, and only once: ids are used again
            os.kill(child, signal.SIGKILL)
        if child in self._statuses:
            self._doomed.add(child)
            self._look_after()

    def _reap(self, child: int) -> int:
        if child not in self._statuses:
            return 0
        self._doomed.discard(child)
        status = self._statuses.pop(child)
        if status is not None:
            return status
        pid, ended = os.waitpid(child, os.WNOHANG)
        if pid == 0:
            os.kill(child, signal.SIGKILL)
            _, ended = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(ended)
