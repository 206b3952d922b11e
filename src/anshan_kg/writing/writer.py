"""
The process that has the store open: it carries out one request, and lets it count when told to.

It may be killed at any moment, and is, at the deadline or the memory bound of a request. What it
had not let count is then gone with the folder it worked in.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

try:
    import resource
except ImportError:  # Windows, where nothing is written
    resource = None  # type: ignore[assignment]

from anshan_kg.errors import DataError, QueryError, UnknownName, UserError
from anshan_kg.execution import worker
from anshan_kg.stores.disk import Reader
from anshan_kg.writing import changes, updates

if TYPE_CHECKING:
    import socket

    import pyoxigraph as ox

    from anshan_kg.stores.disk import DataDirectory
    from anshan_kg.writing.judging import Rules

OUT_OF_MEMORY = worker.OUT_OF_MEMORY
NO_ROOM = 78
"""Exit status of a writer that cannot write."""

Message = tuple[dict[str, Any], bytes]


def run(directory: DataDirectory, rules: Rules, link: socket.socket, parent: int, megabytes: int) -> NoReturn:
    """Serve requests until the other end is gone; never return into the code that forked."""
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # it ends with the steward
        worker.die_with_parent(parent)
        worker.leave_the_network()  # where the system allows it; nothing here needs one
        _Work(directory, rules, megabytes).serve(link)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (OSError, DataError) as error:
        complain(f"the data cannot be opened for writing: {error}")
        os._exit(NO_ROOM)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the steward sees a dead writer
        complain(f"the writer ended: {error!r}")
        os._exit(1)
    os._exit(0)


def complain(text: str) -> None:
    """Tell who runs the service, if that is possible: the log may lie on the disk that is full."""
    with contextlib.suppress(OSError):
        print(f"anshan-kg: {text}", file=sys.stderr, flush=True)  # noqa: T201


class _Work:
    def __init__(self, directory: DataDirectory, rules: Rules, megabytes: int) -> None:
        self._directory, self._rules, self._megabytes = directory, rules, megabytes
        self._snapshot = directory.current()
        self._store: ox.Store = directory.open_live()
        self._spoken_of: bool | None = None
        self._will_be = False

    def serve(self, link: socket.socket) -> None:
        while (message := worker.receive(link)) is not None:
            head, body = message
            if head["do"] == "commit":
                try:
                    self._snapshot = self._directory.publish(self._store, self._snapshot, head["version"])
                except OSError as error:
                    complain(f"a change could not be made to count: {error}")
                    worker.send(link, {"error": "disk", "clean": False})
                    continue
                self._spoken_of = self._will_be
                snapshot = self._snapshot
                worker.send(link, {"name": snapshot.name, "sequence": snapshot.sequence})
                self._directory.sweep()
            else:
                worker.send(link, *self._carried_out(head, body))

    def _carried_out(self, head: dict[str, Any], body: bytes) -> Message:
        """Return what a request did and what is to be judged, or the error; "clean" where nothing changed."""
        if self._spoken_of is None:
            self._spoken_of = self._rules.speak_of(self._store)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        most = worker.address_space() + self._megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
        try:
            change = self._apply(head, body, look=self._spoken_of)
            # What nobody has looked at is judged whole where there was nothing to judge before.
            self._will_be = self._rules.speak_of(self._store)
            cases = self._rules.cases(self._store, change) if self._will_be else []
        except changes.Unfinished as error:
            return _error(error.error, clean=False)
        except changes.Puzzling:
            return {"error": "puzzling", "clean": False}, b""
        except UserError as error:
            return _error(error, clean=True)
        except MemoryError:
            return {"error": "memory", "clean": False}, b""
        except OSError as error:  # whatever a text says, it opens no file
            complain(f"a change could not be written: {error}")
            return {"error": "disk", "clean": False}, b""
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limits)
        sizes = [(len(case.data), len(case.context)) for case in cases]
        reply = {"created": change.created, "cases": sizes}
        return reply, b"".join(case.data + case.context for case in cases)

    def _apply(self, head: dict[str, Any], body: bytes, *, look: bool) -> changes.Change:
        store, do = self._store, head["do"]
        if do == "update":
            return self._update(body.decode(), head, look=look)
        if do == "delete":
            return changes.delete(store, head["graph"], look=look)
        if do == "clear":
            return changes.put_all(store, (), look=look)
        quads = changes.parse(_documents(head, body), graphs=head["whole"])
        if head["whole"]:
            return (changes.put_all if do == "put" else changes.post_all)(store, quads, look=look)
        return (changes.put if do == "put" else changes.post)(store, head["graph"], quads, look=look)

    def _update(self, text: str, head: dict[str, Any], *, look: bool) -> changes.Change:
        default, named = head["using"], head["using_named"]
        if default or named:
            changes.check_syntax(text, head["base"])
            text = updates.with_dataset(text, default, named)
        if head.get("whole_text"):
            with Reader(self._directory.place(self._snapshot)) as before:
                return changes.carry_out_whole(self._store, text, head["base"], before)
        return changes.carry_out(self._store, text, head["base"], look=look)


def _documents(head: dict[str, Any], body: bytes) -> list[tuple[bytes, str, str]]:
    found, start = [], 0
    for size, media_type in head["documents"]:
        found.append((body[start : start + size], media_type, head["base"]))
        start += size
    return found


def _error(error: UserError, *, clean: bool) -> Message:
    if isinstance(error, QueryError):
        reason = str(error) if error.line is None else str(error).partition(": ")[2]
        said = {"error": "query", "reason": reason, "line": error.line, "column": error.column}
    elif isinstance(error, UnknownName):
        said = {"error": "graph", "reason": error.name}
    else:
        said = {"error": "parameter", "reason": str(error)}
    return {**said, "clean": clean}, b""
