"""
The process between the web and the store: one request after another, and nobody waits for ever.

A program of its own, `python -m anshan_kg.writing.steward`, so that the web process, which has
threads, can start one anew. It has one thread and no data, and forks what it needs: the writer,
which it kills and replaces, and short-lived processes that look at texts or judge changes. It ends
when the web process does. A request is one packet that brings the socket on which it is answered.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from anshan_kg.errors import AnshanError, DataError, QueryError, QueryRefused
from anshan_kg.execution import worker
from anshan_kg.files import Tree
from anshan_kg.stores.disk import DataDirectory, Snapshot
from anshan_kg.writing import changes, updates, writer
from anshan_kg.writing.audit import append
from anshan_kg.writing.judging import Case, Rules
from anshan_kg.writing.orders import Orders

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.writing.writer import Message

_TAKEN = 4096
_LONGEST = 2**30
_WAIT_FOR_LOCK = 30.0
_ARRIVAL = 60.0
"""Seconds for a request, which the web process holds whole, to come over the socket."""
_ENDING = 2.0
"""Seconds for a process to end that has said its last."""
_COMMIT = 120.0
"""Seconds to let a change count; the disk may be slow, and killing the writer helps nothing then."""


class Steward:
    """The steward; the lock of the directory is held."""

    def __init__(self, orders: Orders, directory: DataDirectory, rules: Rules) -> None:
        self._orders, self._directory, self._rules = orders, directory, rules
        self._writer: tuple[int, socket.socket] | None = None

    def serve(self, control: socket.socket) -> None:
        """Handle requests until nobody is left to send any."""
        self._begin_writing()
        while True:
            data, handles, _, _ = socket.recv_fds(control, _TAKEN, 1)
            if not data:
                return
            with socket.socket(fileno=handles[0]) as link:
                link.settimeout(_ARRIVAL)
                message = worker.receive(link, _LONGEST)
                if message is None:
                    continue
                reply, more = self._handle(*message)
                with contextlib.suppress(OSError):  # who asked is gone; what is done is done
                    worker.send(link, reply, more)
                if self._writer is None:
                    self._begin_writing()

    def _handle(self, head: dict[str, Any], body: bytes) -> Message:
        began = time.monotonic()
        try:
            reply, more = self._carry_out(head, body)
        except _Failed as failure:
            reply, more = failure.reply, failure.more
        if "error" in reply and not reply.pop("clean", False):
            self._end_writing()
        self._note(head, body, reply, time.monotonic() - began)
        return reply, more

    def _carry_out(self, head: dict[str, Any], body: bytes) -> Message:
        if head["do"] == "update" and updates.names_a_way_out(body.decode()):
            looked, body = self._in_a_process(lambda: _look(body.decode(), head["base"]))
            if "error" in looked:
                return {**looked, "clean": True}, b""
        done, cases = self._ask_writer(head, body, self._orders.seconds)
        if done.get("error") == "puzzling":
            self._end_writing()
            done, cases = self._ask_writer({**head, "whole_text": True}, body, self._orders.seconds)
        if "error" in done:
            return done, b""
        if done["cases"]:
            judged, report = self._in_a_process(lambda: self._judge(done["cases"], cases))
            if "error" in judged:
                return judged, report
        return self._commit(head["version"], created=done["created"])

    def _commit(self, version: str, *, created: bool) -> Message:
        """Let a change count; one that does, counts, whatever became of the writer after that."""
        failure: _Failed | None = None
        try:
            told, _ = self._ask_writer({"do": "commit", "version": version}, b"", _COMMIT)
        except _Failed as error:
            failure, told = error, {"error": "died"}
        if "error" not in told:
            snapshot = Snapshot(told["name"], told["sequence"], version)
        else:
            self._end_writing()
            snapshot = self._directory.current()
            if snapshot.version != version:
                return failure.reply if failure else told, b""
        return {"snapshot": asdict(snapshot), "created": created}, b""

    # processes

    def _begin_writing(self) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            ours.close()
            writer.run(self._directory, self._rules, theirs, parent, self._orders.megabytes)
        theirs.close()
        self._writer = child, ours

    def _end_writing(self) -> None:
        """Throw the writer away, with all that does not count yet."""
        if self._writer is not None:
            number, link = self._writer
            self._writer = None
            link.close()
            _end(number)

    def _ask_writer(self, head: dict[str, Any], body: bytes, seconds: float) -> Message:
        if self._writer is None or not self._send(head, body):
            self._end_writing()  # it was killed while it had nothing to do
            self._begin_writing()
            self._send(head, body)
        assert self._writer is not None  # noqa: S101
        number, link = self._writer
        answered = _readable(link, seconds)
        reply = worker.receive(link) if answered else None
        if reply is None:
            self._writer = None
            link.close()
            raise _Failed(_cause(_finished(number) if answered else _end(number), stopped=not answered))
        return reply

    def _send(self, head: dict[str, Any], body: bytes) -> bool:
        assert self._writer is not None  # noqa: S101
        try:
            worker.send(self._writer[1], head, body)
        except OSError:
            return False
        return True

    def _in_a_process(self, work: Callable[[], Message]) -> Message:
        """Return what some work comes to, in a process that has no sockets and a deadline."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _work(work, theirs, parent, self._orders.megabytes)
        theirs.close()
        with ours:
            answered = _readable(ours, self._orders.seconds)
            reply = worker.receive(ours) if answered else None
        status = _finished(child) if answered else _end(child)
        if reply is None:
            raise _Failed(_cause(status, stopped=not answered))
        return reply

    def _judge(self, sizes: list[tuple[int, int]], body: bytes) -> Message:
        cases, start = [], 0
        for data, context in sizes:
            middle = start + data
            cases.append(Case(body[start:middle], body[middle : middle + context]))
            start = middle + context
        report = self._rules.judge(cases)
        if report is None:
            return {}, b""
        faults = [
            {"focus": each.focus, "path": each.path, "value": each.value, "severity": each.severity,
             "messages": each.messages}
            for each in report.results
        ]  # fmt: skip
        return {"error": "invalid", "faults": faults}, _ntriples(report.triples)

    def _note(self, head: dict[str, Any], body: bytes, reply: dict[str, Any], seconds: float) -> None:
        """Write the audit line: who did what, and what became of it."""
        graph = "all" if head.get("whole") else head.get("graph") or "default"
        line = {
            "token": head.get("token", ""),
            "client": head.get("client", ""),
            "graph": "" if head["do"] == "update" else graph,
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "outcome": reply.get("error", "done"),
            "sequence": reply["snapshot"]["sequence"] if "snapshot" in reply else None,
            "seconds": round(seconds, 4),
        }
        version = head["version"] if "snapshot" in reply else ""
        try:
            append(self._directory, head["do"], version, line)
        except DataError as error:  # what is done is done, and is to be told
            writer.complain(f"no audit line for version {version!r}: {error}")


class _Failed(Exception):
    """A process ended without an answer."""

    def __init__(self, reply: dict[str, Any], more: bytes = b"") -> None:
        self.reply, self.more = reply, more
        super().__init__(str(reply))


def _cause(status: int, *, stopped: bool) -> dict[str, Any]:
    if status in {-signal.SIGABRT, writer.OUT_OF_MEMORY}:
        return {"error": "memory"}
    if status == writer.NO_ROOM:
        return {"error": "disk"}
    if status == -signal.SIGSEGV:
        reason = "the text is nested too deeply for the engine"
        return {"error": "query", "reason": reason, "line": None, "column": None}
    return {"error": "timeout"} if stopped else {"error": "died", "status": status}


def _look(text: str, base: str) -> Message:
    """
    Return the text of an update that may be carried out, or why it may not.

    Whether a word is used is asked of the engine's own parser: a text that is still an update when
    the word is misspelt everywhere had it only in strings, comments, addresses or names. LOAD
    SILENT, which succeeds when nothing can be loaded, is left out.
    """
    try:
        return {}, _allowed(text, base).encode()
    except QueryError as error:
        reason = str(error) if error.line is None else str(error).partition(": ")[2]
        return {"error": "query", "reason": reason, "line": error.line, "column": error.column}, b""
    except QueryRefused as error:
        return {"error": "refused", "reason": str(error)}, b""


def _allowed(text: str, base: str) -> str:
    changes.check_syntax(text, base)
    if not _is_update(updates.broken(text, "SERVICE"), base):
        raise QueryRefused("SERVICE is not allowed here: updates stay inside this dataset")
    if _is_update(updates.broken(text, "LOAD"), base):
        return text
    without = updates.without_silent_loads(text)
    if not _is_update(updates.broken(without, "LOAD"), base):
        raise QueryRefused("LOAD is not allowed here; fetch the file yourself and send it to /data")
    return without


def _is_update(text: str, base: str) -> bool:
    try:
        changes.check_syntax(text, base)
    except QueryError:
        return False
    return True


def _work(work: Callable[[], Message], link: socket.socket, parent: int, megabytes: int) -> None:
    try:
        worker.die_with_parent(parent)
        os.closerange(3, link.fileno())
        os.closerange(link.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        worker.confine(megabytes)
        worker.send(link, *work())
    except MemoryError:
        os._exit(writer.OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001 - nothing may return into the code that forked
        os._exit(1)
    os._exit(0)


def _readable(link: socket.socket, seconds: float) -> bool:
    watch = select.poll()
    watch.register(link, select.POLLIN)
    return bool(watch.poll(seconds * 1000))


def _end(number: int) -> int:
    """End a process if it has not ended, and return what ended it."""
    pid, ended = os.waitpid(number, os.WNOHANG)
    if pid == 0:
        os.kill(number, signal.SIGKILL)
        _, ended = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(ended)


def _finished(number: int) -> int:
    """Return what ended a process that is ending by itself; a short time is left to it."""
    end = time.monotonic() + _ENDING
    while time.monotonic() < end:
        pid, ended = os.waitpid(number, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(ended)
        time.sleep(0.001)
    return _end(number)


def _ntriples(triples: tuple[ox.Triple, ...]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def main() -> None:
    """Be a steward: the orders are the first argument, the control socket is the second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with the web process, between two requests
    control = socket.socket(fileno=int(sys.argv[2]))
    orders = Orders(**json.loads(sys.argv[1]))
    directory = DataDirectory(orders.data)
    try:
        with directory.locked(_WAIT_FOR_LOCK):
            rules = Rules(Tree.find(orders.root))
            rules.prepare()
            Steward(orders, directory, rules).serve(control)
    except AnshanError as error:
        writer.complain(f"writing has stopped: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
