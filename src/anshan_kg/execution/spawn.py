"""
Query workers as programs of their own, for platforms where a process cannot be forked safely.

A worker is a fresh interpreter that loads the data, gives up what the platform lets it give up, and
then answers like a forked one. It takes a second to start and holds a copy of the data, so some
are kept ready.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import pickle
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg.errors import WorkerError
from anshan_kg.execution import worker

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 60.0
"""Seconds for a worker to load its data."""
_SPARE = 1
_SECRET = 16


class SpawnWarning(UserWarning):
    """What isolation a platform has not."""


class Spawner:
    """
    Starts workers as programs; stands in for `Zygote`.

    Args:
        store: The data, which is copied to a file for the workers; None for a store on disk.
        opener: Opens a store on disk, in the worker.
        megabytes: What a worker may use on top of its data.
        version: Which data that is.
    """

    alone = quick = False

    def __init__(
        self,
        store: ox.Store | None,
        opener: Callable[[], ox.Store] | None,
        megabytes: int,
        version: str = "",
    ) -> None:
        warnings.warn(
            f"{sys.platform} or its settings do not let query workers be forked: each is a program with a "
            "copy of the data and takes a second to replace" + _missing(),
            SpawnWarning,
            stacklevel=3,
        )
        self._megabytes = megabytes
        self._folder = tempfile.TemporaryDirectory(prefix="anshan-kg-")
        if store is not None:
            path = Path(self._folder.name) / "data.nq"
            store.dump(str(path), ox.RdfFormat.N_QUADS)
            opener = functools.partial(_load, str(path))
        self._opener, self._version = opener, version
        self._programs: dict[int, subprocess.Popen[bytes]] = {}
        self._ready: list[tuple[int, socket.socket, str]] = []
        self._lock = threading.Lock()
        self._starting: threading.Thread | None = None
        self._closed = False
        self._end = threading.Event()

    def wait(self) -> None:
        """Return when it is closed; nothing else ends it."""
        self._end.wait()

    @property
    def version(self) -> str:
        """Return which data new workers answer from."""
        return self._version

    def fork(self, *, outward: bool = False) -> tuple[int, socket.socket, str]:
        """Return number, socket and data version of a worker; see `Zygote.fork`."""
        del outward  # no service may be used from here
        with self._lock:
            found = self._ready.pop() if self._ready else None
        if found is None:
            found = self._start()
        self._prepare()
        return found

    def reap(self, number: int) -> int:
        """End a worker if it has not ended, and return what ended it; see `Zygote.reap`."""
        program = self._programs.pop(number, None)
        if program is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(0.05)  # what it said last came before its end
        program.kill()
        return program.wait()

    def kill(self, number: int) -> None:
        """End a worker."""
        program = self._programs.pop(number, None)
        if program is not None:
            program.kill()
            threading.Thread(target=program.wait, daemon=True).start()

    def renew(self, open_store: Callable[[], ox.Store], version: str) -> None:
        """Let workers started from now on answer from another store; see `Zygote.renew`."""
        with self._lock:
            self._opener, self._version = open_store, version
            old, self._ready = self._ready, []
        for number, link, _ in old:
            link.close()
            self.kill(number)

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        self._end.set()
        if self._starting is not None:
            self._starting.join()
        for _, link, _ in self._ready:
            link.close()
        for number in list(self._programs):
            self.reap(number)
        self._folder.cleanup()

    def _prepare(self) -> None:
        """Have a spare worker ready, soon."""
        with self._lock:
            if self._closed or len(self._ready) >= _SPARE or (self._starting and self._starting.is_alive()):
                return
            self._starting = threading.Thread(target=self._start_spare, daemon=True)
            self._starting.start()

    def _start_spare(self) -> None:
        with contextlib.suppress(WorkerError):  # who needs one will be told
            found = self._start()
            with self._lock:
                if found[2] == self._version:
                    self._ready.append(found)
                    return
            found[1].close()
            self.kill(found[0])

    def _start(self) -> tuple[int, socket.socket, str]:
        opener, version = self._opener, self._version
        secret = secrets.token_bytes(_SECRET)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(_PATIENCE)
            program = subprocess.Popen(  # noqa: S603 - this Python, with our own module
                [sys.executable, "-m", __name__, str(server.getsockname()[1]), str(self._megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self._programs[program.pid] = program
            if program.stdin is not None:
                with program.stdin as to:
                    to.write(base64.b64encode(secret + pickle.dumps(opener)))
            link = _accept(server, secret, program)
        if link is None:
            self._programs.pop(program.pid, None)
            program.kill()
            program.wait()
            raise WorkerError("no query worker can be started; restart the service")
        return program.pid, link, version


def _accept(server: socket.socket, secret: bytes, program: subprocess.Popen[bytes]) -> socket.socket | None:
    """Return the connection of a worker that has its data; None if it does not come."""
    end = time.monotonic() + _PATIENCE
    server.settimeout(0.5)
    while time.monotonic() < end and program.poll() is None:
        try:
            link, _ = server.accept()
        except TimeoutError:
            continue
        link.settimeout(_PATIENCE)
        if link.recv(_SECRET, socket.MSG_WAITALL) == secret:  # nobody else on this machine knows it
            link.settimeout(None)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return link
        link.close()
    return None


def _load(path: str) -> ox.Store:
    store = ox.Store()
    store.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
    return store


def _missing() -> str:
    if not worker.can_confine():
        return "; it sets no bound to their memory and leaves them the network: only the gate keeps it closed"
    if sys.platform != "linux":
        return "; it sets no bound to their memory"
    return ""


def main(port: int, megabytes: int) -> None:
    """Be a worker: load the data, connect, confine oneself, answer."""
    given = base64.b64decode(sys.stdin.buffer.read())
    opener = pickle.loads(given[_SECRET:])  # noqa: S301 - written by the process that started this one
    store = opener()
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(given[:_SECRET])
        if worker.can_confine():
            # The kernel would end it with the thread that started it, not with the process.
            worker.run(functools.partial(worker.over, store), link, None, megabytes)
        else:
            worker.serve_unbounded(worker.over(store), link)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
