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
import functools
import json
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

try:
    import resource
except ImportError:  # Windows; there, only `Zygote.start` may fail, not the import
    resource = None  # type: ignore[assignment]

from anshan_kg import allocator, errors, formats
from anshan_kg.execution import engine, gate

if TYPE_CHECKING:
    import socket

    import pyoxigraph

GRACE = 0.25
"""Seconds after which the kernel ends a worker that nobody killed at its deadline."""

OUT_OF_MEMORY = 77
"""Exit status of a worker whose memory bound was met outside the engine."""

_LARGE_PART = 4
PIECE, _LARGE_PIECE = 2**16, 2**20
"""Bytes that are read at once, of a message and of a large one."""
_HEAD = struct.Struct("!II")
_SHORT_HEAD = 512
_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_STREAMS = 3
_LIKELIEST = 1000
_STORE_FILES = 4096


def pack(head: dict[str, Any]) -> bytes:
    """Return the head of a message as it is sent."""
    return json.dumps(head).encode()


def send(to: socket.socket, head: dict[str, Any] | bytes, body: bytes = b"") -> None:
    """Send one message: a JSON head, packed already or not, and a body."""
    packed = head if isinstance(head, bytes) else pack(head)
    to.sendall(_HEAD.pack(len(packed), len(body)) + packed + body)


def receive(
    source: socket.socket, longest: int | None = None, start: bytes | bytearray = b""
) -> tuple[dict[str, Any], bytes] | None:
    """
    Return the next message, None where the other end is gone or announces more bytes than `longest`.

    The ends take turns, so what is there belongs to this message; most come in one piece.

    Args:
        source: Where it comes from.
        longest: Bytes it may have; None for any number.
        start: What was read of it before.
    """
    data = bytearray(start)
    while len(data) < (size := size_of(data)):
        if longest is not None and size > longest:
            return None
        try:
            piece = source.recv(PIECE if len(data) < PIECE else min(size - len(data), _LARGE_PIECE))
        except OSError:  # gone, or silent for longer than the socket waits
            return None
        if not piece:
            return None
        data += piece
    return message_of(data)


def size_of(data: bytes | bytearray) -> int:
    """Return how many bytes the message has that begins so; more than there are while that is not known."""
    if len(data) < _HEAD.size:
        return _HEAD.size + 1
    head, body = _HEAD.unpack_from(data)
    return int(_HEAD.size + head + body)


def message_of(data: bytes | bytearray) -> tuple[dict[str, Any], bytes]:
    """Return the message that some bytes are."""
    start = _HEAD.size + int(_HEAD.unpack_from(data)[0])
    packed = bytes(data[_HEAD.size : start])
    head = dict(_kept(packed)) if len(packed) <= _SHORT_HEAD else json.loads(packed)
    return head, bytes(memoryview(data)[start:])


@functools.lru_cache(maxsize=256)
def _kept(packed: bytes) -> dict[str, Any]:
    """Return a head that comes again and again, as those of short queries do."""
    head: dict[str, Any] = json.loads(packed)
    return head


def can_confine() -> bool:
    """Whether this platform lets a process be bounded from inside."""
    return resource is not None


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)


def confine(megabytes: int, *, sockets: int = 0, debug: bool = False) -> None:
    """
    Give up every way to files, sockets, processes, and more memory than allowed.

    Args:
        megabytes: Memory on top of what is in use now.
        sockets: How many may be opened all the same; only for what has no network but the relay's.
        debug: Keep standard error.
    """
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1) if debug else (0, 1, 2):
            os.dup2(null, stream)
        os.close(null)
    count, handles = _fill_gaps()
    if sys.platform == "linux":
        size = address_space() + megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    if not sockets:
        forbid_sockets()
    # Where nothing is open but the link, nothing can be opened. A store on disk opens its files when
    # it first needs them, so it may; that they are files, and read only, the other bounds see to.
    on_disk = count > _STREAMS + 1
    handles = handles + sockets + (_STORE_FILES if on_disk else 0) if sockets or on_disk else 0
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),  # threads too; the engine starts none for a query
        (resource.RLIMIT_NOFILE, handles),
    ):
        resource.setrlimit(kind, (most, most))


def forbid_sockets() -> bool:
    """
    Let this process make no socket and start no program any more, by a filter of system calls.

    Returns:
        Whether the system knows how; without it, the empty network and the other bounds remain.
    """
    numbers = _CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if numbers is None:
        return False
    architecture, *calls = numbers
    denied = len(calls)
    program = [
        (_LOAD, 0, 0, 4),  # the architecture the call is made by
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, denied + 1, 0, _FOREIGN_ABI),
        *((_EQUAL, denied - place, 0, call) for place, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    packed = b"".join(struct.pack("HBBI", *step) for step in program)
    steps = ctypes.create_string_buffer(packed, len(packed))
    told = struct.pack("HxxxxxxP", len(program), ctypes.addressof(steps))
    library = ctypes.CDLL(None, use_errno=True)
    none = ctypes.c_ulong(0)
    library.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), none, none, none)
    return bool(library.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(2), told, none, none) == 0)


_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 38, 22
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of the kernel's packet filter
_ALLOW, _DENY = 0x7FFF0000, 0x00050001  # EPERM
_FOREIGN_ABI = 0x40000000
_CALLS = {
    # the architecture, then socket, connect, execve, execveat, io_uring_setup
    "x86_64": (0xC000003E, 41, 42, 59, 322, 425),
    "aarch64": (0xC00000B7, 198, 203, 221, 281, 425),
}


def _fill_gaps() -> tuple[int, int]:
    """Return how many handles are open, and one more than the highest; take every number below it."""
    handles = [int(name) for name in os.listdir("/dev/fd") if _is_open(int(name))]  # noqa: PTH208
    while (handle := os.dup(0)) < max(handles):
        pass
    os.close(handle)
    return len(handles), max(handles) + 1


def _is_open(handle: int) -> bool:
    """Whether a handle is one of ours; the listing of handles has one for itself."""
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True


def be_the_first_to_go() -> None:
    """Let the system, when it is out of memory, end this process and not the one that holds the data."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 - one line of /proc
            file.write(str(_LIKELIEST))


def leave_the_network() -> bool:
    """
    Move this process, which has one thread, to a network of its own without a way out.

    Returns:
        Whether the system allowed it.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    return any(library.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def address_space() -> int:
    """Return the bytes of address space this process uses now."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - one line of /proc
        return int(statm.read().split()[0]) * resource.getpagesize()


Answer = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]
"""What a worker does with a message."""


def run(
    begin: Callable[[], Answer],
    to: socket.socket,
    parent: int | None,
    megabytes: int,
    *,
    sockets: int = 0,
    debug: bool = False,
) -> NoReturn:
    """
    Answer messages until the other end is gone; never return into the code that forked.

    Args:
        begin: Opens what the answers come from, while this process still can, and returns what answers.
        to: The other end.
        parent: The process with which this one ends; None leaves it to the link and the alarm.
        megabytes, sockets, debug: See `confine`.
    """
    try:
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service to handle
        if not debug:
            faulthandler.disable()  # an engine out of memory aborts; that is expected, not worth a dump
        if parent is not None:
            die_with_parent(parent)
        be_the_first_to_go()
        answer = begin()
        allocator.reserve_from_now_on()
        confine(megabytes, sockets=sockets, debug=debug)
        serve(answer, to, megabytes)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent sees a dead worker
        os._exit(1)
    os._exit(0)


def serve(answer: Answer, to: socket.socket, megabytes: int) -> None:
    """Answer messages until the other end is gone, each before its deadline or not at all."""
    enough = _most_memory() + megabytes * 2**20 // _LARGE_PART
    while (message := receive(to)) is not None:
        head, body = message
        signal.setitimer(signal.ITIMER_REAL, head["seconds"] + GRACE)
        reply, data = answer(head, body)
        # What a large query leaves behind would be missing for the next one.
        reply["last"] = _most_memory() > enough
        send(to, reply, data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        del message, body, data  # not to be held until the next query


def serve_unbounded(answer: Answer, to: socket.socket) -> None:
    """Answer messages where processes have no bounds; who asks ends this one at its deadline."""
    while (message := receive(to)) is not None:
        reply, data = answer(*message)
        reply["last"] = False
        send(to, reply, data)


def over(store: pyoxigraph.Store) -> Answer:
    """Return what answers queries over a store."""
    return functools.partial(_answer, store)


def over_opened(open_store: Callable[[], pyoxigraph.Store]) -> Answer:
    """Return what answers queries over a store that only this process opens, once it is in use."""
    store = open_store()
    next(iter(store), None)
    store.query("ASK { ?s ?p ?o }")
    return over(store)


def _most_memory() -> int:
    """Return the most bytes this process ever had in memory, the shared data included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _run(store: pyoxigraph.Store, text: str, head: dict[str, Any]) -> engine.Written:
    """Return what a message asks of the data, as bytes."""
    graphs = formats.by_name(head["graphs"]) if head["graphs"] else None
    if head["do"] == "dump":
        assert graphs is not None  # noqa: S101 - see `QueryPool.dump`
        return engine.dump(store, graphs, head["longest"], head["rows"])
    return engine.write(
        store,
        text,
        formats.by_name(head["results"]) if head["results"] else None,
        graphs,
        head["longest"],
        head["default"],
        head["named"],
        rows=head["rows"],
    )


def _looked_at(text: str, head: dict[str, Any]) -> bytes:
    """Return the query to run for one that is only looked at."""
    if head["do"] == "admit":
        return gate.admit(text, engine.parse, head["addresses"]).encode()
    engine.parse(text)
    return b""


def _answer(store: pyoxigraph.Store, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    text = body.decode()
    try:
        if head["do"] not in {"run", "dump"}:
            return {}, _looked_at(text, head)
        written = _run(store, text, head)
    except errors.QueryError as error:
        reason = error.args[0] if error.line is None else error.args[0].split(": ", 1)[1]
        return {"error": "query", "reason": reason, "line": error.line, "column": error.column}, b""
    except (errors.QueryRefused, errors.NotAcceptable) as error:
        kind = "refused" if isinstance(error, errors.QueryRefused) else "format"
        return {"error": kind, "reason": str(error)}, b""
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
