"""
A data directory: one RocksDB store that is written to, and snapshots of it that are read.

::

    DIR/current        which snapshot counts, as JSON; replaced in one step, which is the commit
    DIR/snapshots/N/   a store each, its large files hard-linked; never changed once it counts
    DIR/snapshots/N.lock   held, shared, by whoever reads that snapshot
    DIR/live/          what the writer works on; made anew from the current snapshot at every start
    DIR/audit.jsonl    a line for each write
    DIR/lock           held by the one process that may write

What is not in a snapshot that counts has never happened. So a writer that dies, is killed, or is
told to take something back leaves nothing behind: the next one starts from the snapshot.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import shutil
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg import locks
from anshan_kg.errors import DataError
from anshan_kg.execution import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anshan_kg.model import Answer

_FORMAT = 1
_IMMUTABLE = ".sst"
_GRACE = 5.0
"""Seconds that a snapshot stays after another took its place, for readers that are just opening it."""

_STEP = 0.05


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    One state of the data.

    Attributes:
        name: Its folder under snapshots/.
        sequence: How many writes led to it.
        version: What it is called in answers.
    """

    name: str
    sequence: int
    version: str


class DataDirectory:
    """
    The files of one dataset on disk.

    Args:
        path: The directory; it need not be there yet, see `create`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self._pointer = self.path / "current"
        self._snapshots = self.path / "snapshots"
        self.live = self.path / "live"
        self.audit = self.path / "audit.jsonl"

    @property
    def exists(self) -> bool:
        """Whether there is a dataset in it."""
        return self._pointer.is_file()

    def current(self) -> Snapshot:
        """
        Return the snapshot that counts.

        Raises:
            DataError: there is none, or it was made by another version of this software.
        """
        try:
            told = json.loads(self._pointer.read_bytes())
            if told.pop("format") != _FORMAT:
                raise DataError(self.path, "is a data directory of another version of anshan-kg")
            return Snapshot(**told)
        except FileNotFoundError:
            raise DataError(
                self.path, "holds no data; start with 'anshan-kg serve --data' or 'anshan-kg load --data'"
            ) from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DataError(self._pointer, f"cannot be read: {error}") from error

    def place(self, snapshot: Snapshot) -> Path:
        """Return the folder of a snapshot."""
        return self._snapshots / snapshot.name

    def opener(self, snapshot: Snapshot) -> Callable[[], ox.Store]:
        """Return what opens a snapshot for the rest of a process's life; it survives pickling."""
        return functools.partial(_open_for_good, str(self.place(snapshot)))

    # writing

    @contextlib.contextmanager
    def locked(self, wait: float = 0.0) -> Iterator[None]:
        """
        Hold the right to write.

        Args:
            wait: Seconds to wait for who holds it now.

        Raises:
            DataError: another process has it, or this platform has no such right.
        """
        if not locks.possible():
            raise DataError(self.path, "cannot be written to here: this platform has no locks for it")
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        end = time.monotonic() + wait
        with (self.path / "lock").open("a") as handle:
            while not locks.lock(handle.fileno(), wait=False):
                if time.monotonic() >= end:
                    raise DataError(
                        self.path,
                        "is being written to by another process, such as a running service; "
                        "write through it, or stop it first",
                    )
                time.sleep(_STEP)
            yield

    def create(self, quads: Iterable[ox.Quad], version: str) -> Snapshot:
        """
        Begin a dataset. The lock has to be held.

        Args:
            quads: What it starts with.
            version: What that is called.

        Raises:
            DataError: the directory holds something else.
        """
        strangers = {each.name for each in self.path.iterdir()} - _OURS
        if strangers:
            raise DataError(
                self.path, f"is no data directory, and not empty ({min(strangers)}); name another one"
            )
        shutil.rmtree(self.live, ignore_errors=True)
        store = ox.Store(str(self.live))
        store.bulk_extend(quads)
        return self.publish(store, None, version)

    def open_live(self) -> ox.Store:
        """Return a store to write to, with the content of the current snapshot. The lock has to be held."""
        shutil.rmtree(self.live, ignore_errors=True)
        copy_store(self.place(self.current()), self.live)
        return ox.Store(str(self.live))

    def publish(self, store: ox.Store, before: Snapshot | None, version: str) -> Snapshot:
        """
        Let the state of the store that is written to count, durably, and return it as a snapshot.

        Args:
            store: The one that `open_live` gave.
            before: The snapshot that counted so far.
            version: What the new one is to be called.
        """
        sequence = 0 if before is None else before.sequence + 1
        snapshot = Snapshot(f"{sequence:010d}-{secrets.token_hex(4)}", sequence, version)
        self._snapshots.mkdir(exist_ok=True)
        store.flush()
        store.backup(str(self.place(snapshot)))
        for path in self.place(snapshot).iterdir():
            if path.suffix != _IMMUTABLE:  # those the engine has synced
                _sync(path)
        _sync(self.place(snapshot))
        _sync(self._snapshots)
        if before is not None:
            self._lock_of(before.name).touch()  # from now on it is on its way out
        self._point_to(snapshot)
        return snapshot

    def adopt(self, folder: Path, version: str) -> Snapshot:
        """Let a copy of a store that lies elsewhere count. The lock has to be held."""
        sequence = self.current().sequence + 1 if self.exists else 0
        snapshot = Snapshot(f"{sequence:010d}-{secrets.token_hex(4)}", sequence, version)
        self._snapshots.mkdir(exist_ok=True)
        copy_store(folder, self.place(snapshot), link=False)
        for path in self.place(snapshot).iterdir():
            _sync(path)
        _sync(self.place(snapshot))
        _sync(self._snapshots)
        self._point_to(snapshot)
        return snapshot

    def sweep(self) -> None:
        """Remove snapshots that no longer count and that nobody reads. The lock has to be held."""
        if not self._snapshots.is_dir():
            return
        kept = self.current().name
        for folder in self._snapshots.iterdir():
            if folder.suffix == ".lock" or folder.name == kept:
                continue
            lock = self._lock_of(folder.name)
            with contextlib.suppress(FileNotFoundError):
                if time.time() - lock.stat().st_mtime < _GRACE:
                    continue
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if locks.lock(handle, wait=False):
                    shutil.rmtree(folder, ignore_errors=True)
                    lock.unlink(missing_ok=True)
            finally:
                os.close(handle)

    def _lock_of(self, name: str) -> Path:
        return self._snapshots / f"{name}.lock"

    def _point_to(self, snapshot: Snapshot) -> None:
        beside = self._pointer.with_suffix(".part")
        with beside.open("w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, **asdict(snapshot)}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._pointer)
        _sync(self.path)


_OURS = {"lock", "live", "snapshots", "audit.jsonl", "tokens.json", ".tokens.json.lock", "current.part"}
"""What may lie in a directory that is not a dataset yet, or was not finished."""


class Reader:
    """
    A snapshot, open for reading; it is not removed as long as it is.

    Args:
        folder: The snapshot's.
    """

    def __init__(self, folder: str | Path) -> None:
        self._handle = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        locks.lock(self._handle, shared=True)
        try:
            self.store = ox.Store.read_only(str(folder))
        except OSError as error:
            os.close(self._handle)
            raise DataError(folder, f"cannot be opened: {error}") from error

    def __enter__(self) -> ox.Store:
        """Return the store."""
        return self.store

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the snapshot."""
        del self.store
        os.close(self._handle)


def _open_for_good(folder: str) -> ox.Store:
    return Reader(folder).store  # the lock lives as long as the process


class DiskStore:
    """
    The current snapshot of a data directory behind the store protocol.

    A query sees the snapshot that counts when it starts. Usable from several threads.
    """

    def __init__(self, directory: DataDirectory) -> None:
        self.directory = directory
        self._open: tuple[Snapshot, Reader] | None = None
        self._users: dict[int, int] = {}
        self._retired: list[Reader] = []
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    @property
    def version(self) -> str:
        """Which data a query sees now."""
        return self.directory.current().version

    def query(self, text: str) -> Answer:
        """Return the answer to a query; see `Store.query`."""
        with self.reading() as (_, store):
            return evaluate(store, text)

    @contextlib.contextmanager
    def reading(self) -> Iterator[tuple[Snapshot, ox.Store]]:
        """Give the current snapshot and its store, which stays as it is while it is used."""
        snapshot, reader = self._take()
        try:
            yield snapshot, reader.store
        finally:
            with self._lock:
                self._users[id(reader)] -= 1
                self._close_unused()

    def _take(self) -> tuple[Snapshot, Reader]:
        with self._lock:
            snapshot = self.directory.current()
            if self._open is None or self._open[0] != snapshot:
                if self._open is not None:
                    self._retired.append(self._open[1])
                self._open = snapshot, Reader(self.directory.place(snapshot))
            reader = self._open[1]
            self._users[id(reader)] = self._users.get(id(reader), 0) + 1
            self._close_unused()
            return snapshot, reader

    def _close_unused(self) -> None:
        for reader in [each for each in self._retired if not self._users.get(id(each))]:
            self._retired.remove(reader)
            self._users.pop(id(reader), None)
            reader.close()

    def _forget(self) -> None:
        """Open anew in a process that was forked off: an open store is of one process only."""
        self._open, self._users, self._retired = None, {}, []
        self._lock = threading.Lock()


def copy_store(source: Path, target: Path, *, link: bool = True) -> None:
    """
    Copy a store that nobody writes to.

    Args:
        source, target: From where, and to where.
        link: Let both share, by hard links, the files that never change.

    Raises:
        DataError: it cannot be copied.
    """
    try:
        target.mkdir(parents=True)
        for path in source.iterdir():
            if link and path.suffix == _IMMUTABLE:
                with contextlib.suppress(OSError):
                    os.link(path, target / path.name)
                    continue
            if path.name not in {"LOCK", "LOG"} and not path.name.startswith("LOG.old"):
                shutil.copyfile(path, target / path.name)
    except OSError as error:
        raise DataError(target, f"cannot be written: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
