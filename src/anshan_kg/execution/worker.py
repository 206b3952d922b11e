"""
The loop of one disposable process: a query in, an answer out, and no way to anything else.

A worker has its end of one socket and nothing more: it can open neither file nor socket, so a
SERVICE that got past the gate ends in an error; it may use a bounded amount of memory; and the
kernel ends it at its deadline, whatever the engine is computing.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if sys.platform != "win32":  # there, only `Zygote.start` may fail, not the import
    import resource

from anshan_kg import errors, formats
from anshan_kg.execution import engine

if TYPE_CHECKING:
    import socket

    import pyoxigraph

GRACE = 0.25
"""Seconds after which the kernel ends a worker that nobody killed at its deadline."""

OUT_OF_MEMORY = 77
"""Exit status of a worker whose memory bound was met outside the engine."""

_LARGE_PART = 4
_HEAD = struct.Struct("!II")
_PR_SET_PDEATHSIG = 1


def send(to: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one message: a JSON head and a body."""
    packed = json.dumps(head).encode()
    to.sendall(_HEAD.pack(len(packed), len(body)) + packed + body)


def receive(source: socket.socket, longest: int | None = None) -> tuple[dict[str, Any], bytes] | None:
    """Return the next message, None where the other end is gone or announces more bytes than `longest`."""
    start = _exactly(source, _HEAD.size)
    if start is None:
        return None
    head_size, body_size = _HEAD.unpack(start)
    if longest is not None and head_size + body_size > longest:
        return None
    head, body = _exactly(source, head_size), _exactly(source, body_size)
    return None if head is None or body is None else (json.loads(head), body)


def _exactly(source: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        try:
            piece = source.recv(min(size - len(data), 2**20))
        except (ConnectionError, BrokenPipeError):
            return None
        if not piece:
            return None
        data += piece
    return bytes(data)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)


def confine(megabytes: int, *, debug: bool = False) -> None:
    """Give up every way to files, sockets, processes, and more memory than allowed."""
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1) if debug else (0, 1, 2):
            os.dup2(null, stream)
        os.close(null)
    size = _address_space() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    for kind in (
        resource.RLIMIT_CORE,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_NPROC,  # threads too; the engine starts none for a query
        resource.RLIMIT_NOFILE,
    ):
        resource.setrlimit(kind, (0, 0))


def _address_space() -> int:
    """Return the bytes of address space this process uses now."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - one line of /proc
        return int(statm.read().split()[0]) * resource.getpagesize()


def run(
    store: pyoxigraph.Store, to: socket.socket, parent: int, megabytes: int, *, debug: bool = False
) -> NoReturn:
    """Answer queries until the other end is gone; never return into the code that forked."""
    try:
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service to handle
        if not debug:
            faulthandler.disable()  # an engine out of memory aborts; that is expected, not worth a dump
        die_with_parent(parent)
        confine(megabytes, debug=debug)
        enough = _most_memory() + megabytes * 2**20 // _LARGE_PART
        while (message := receive(to)) is not None:
            head, body = message
            signal.setitimer(signal.ITIMER_REAL, head["seconds"] + GRACE)
            reply, data = _answer(store, head, body.decode())
            signal.setitimer(signal.ITIMER_REAL, 0)
            # What a large query leaves behind would be missing for the next one.
            reply["last"] = _most_memory() > enough
            send(to, reply, data)
            del message, body, data  # not to be held until the next query
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent sees a dead worker
        os._exit(1)
    os._exit(0)


def _most_memory() -> int:
    """Return the most bytes this process ever had in memory, the shared data included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _answer(store: pyoxigraph.Store, head: dict[str, Any], text: str) -> tuple[dict[str, Any], bytes]:
    try:
        if head["parse"]:
            engine.parse(text)
            return {}, b""
        written = engine.write(
            store,
            text,
            formats.by_name(head["results"]) if head["results"] else None,
            formats.by_name(head["graphs"]) if head["graphs"] else None,
            head["longest"],
            head["default"],
            head["named"],
            rows=head["rows"],
        )
    except errors.QueryError as error:
        reason = error.args[0] if error.line is None else error.args[0].split(": ", 1)[1]
        return {"error": "query", "reason": reason, "line": error.line, "column": error.column}, b""
    except errors.NotAcceptable as error:
        return {"error": "format", "reason": str(error)}, b""
    except errors.AnswerTooLarge:
        return {"error": "size"}, b""
    except MemoryError:
        return {"error": "memory"}, b""
    reply = {
        "format": written.format,
        "kind": written.kind,
        "columns": written.columns,
        "rows": written.rows,
        "truncated": written.truncated,
    }
    return reply, written.body
