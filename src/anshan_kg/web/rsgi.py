"""
The bridge from the server's RSGI interface to the WSGI application, which runs in threads.

RSGI tells when a client leaves, which WSGI cannot: a request finds it as `anshan_kg.gone` in its
environment, a call that is true once nobody waits for the answer. It costs nothing unless called.
A body is read before a thread takes the request, so that slow senders hold no thread, and an
answer is sent from the thread that made it, without another turn of the loop.
"""

from __future__ import annotations

import asyncio
import io
import queue
import sys
import threading
from collections import deque
from contextvars import Context
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote_to_bytes

from anshan_kg import allocator
from anshan_kg.web.cancel import GONE
from anshan_kg.web.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from wsgiref.types import WSGIApplication

    from anshan_kg.web.soon import Soon

_SLOWEST = 30.0
"""Seconds between two pieces of a body after which its sender is given up."""
_SWEEP = 0.05
_NO_BODY = {"GET", "HEAD", "OPTIONS"}
_SILENT = {204, 304}
_SEND_PATIENCE = 60.0
_LARGE = 2**16
"""Bytes of a body after which a thread gives memory back."""


class Scope(Protocol):
    """What the server tells of a request; see the RSGI specification of granian."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: Any


_Job = tuple[Scope, Any, bytes, dict[str, Any], "asyncio.Future[None]"]
"""A request, its body, what is known of it, and what to tell when it is answered."""


class Bridge:
    """
    A WSGI application as an RSGI one.

    Args:
        app: The application.
        threads: How many requests it handles at the same time at most.
        longest: Bytes a body may have; the application answers for longer ones.
        most: Bytes that bodies may have together; beyond them the service says 503.
        started: Called in the process that serves, once it does.
        soon: Answers what it can in the loop; None leaves all to the application.
    """

    def __init__(
        self,
        app: WSGIApplication,
        threads: int,
        longest: int,
        most: int = 256 * 2**20,
        started: Callable[[], object] | None = None,
        soon: Soon | None = None,
    ) -> None:
        self._app, self._threads, self._longest, self._most = app, threads, longest, most
        self._started = started
        self._soon = soon
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._running, self._idle = 0, threading.Semaphore(0)
        self._done: deque[asyncio.Future[None]] = deque()
        self._sweeping = self._large = False
        self._held = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that requests come from."""
        self._loop = loop
        if self._started is not None:
            self._started()

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:  # noqa: ANN401 - the server's own
        """Answer a request in the loop, or hand it to a thread and stay until that has answered."""
        body = b""
        try:
            if scope.method not in _NO_BODY or "content-length" in scope.headers:
                # The server runs this coroutine in no task of asyncio's, which a timeout needs.
                body = await self._loop.create_task(self._body(scope, protocol))
        except TimeoutError:
            _refuse(protocol, 408, "the body took too long to arrive")
            return
        except MemoryError:
            _refuse(protocol, 503, "too much is being uploaded; try again in 2 s", ("Retry-After", "2"))
            return
        try:
            more: dict[str, Any] = {}
            if self._soon is not None and self._soon.may(scope.path, scope.method):
                environ = self._environment(scope, protocol, body)
                found = await self._soon.answer(environ, body)
                environ[GONE].stop()
                if isinstance(found, Reply):
                    _send(scope, protocol, found)
                    return
                more = found
            answered: asyncio.Future[None] = self._loop.create_future()
            self._hand_over((scope, protocol, body, more, answered))
            self._sweep()
            await answered
        finally:
            self._held -= len(body)
            self._large = self._large or len(body) > _LARGE

    def _hand_over(self, job: _Job) -> None:
        """Give a request to a thread, to a new one only where all are busy: each keeps memory of its own."""
        self._jobs.put(job)
        if not self._idle.acquire(blocking=False) and self._running < self._threads:
            threading.Thread(target=self._work, name=f"request-{self._running}", daemon=True).start()
            self._running += 1

    async def _body(self, scope: Scope, protocol: Any) -> bytes:  # noqa: ANN401
        """Return the body; of a longer one than the application takes only the start, or nothing."""
        told = scope.headers.get("content-length", "")
        if told.isdigit() and int(told) > self._longest:
            return b""
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(_SLOWEST) as patience:
                async for piece in protocol:
                    patience.reschedule(self._loop.time() + _SLOWEST)
                    pieces.append(piece)
                    size += len(piece)
                    self._held += len(piece)
                    if self._held > self._most:
                        raise MemoryError  # noqa: TRY301 - told as too large, below
                    if size > self._longest:
                        break
        except BaseException:
            self._held -= size
            raise
        return b"".join(pieces)

    def _sweep(self, *, again: bool = False) -> None:
        """
        Let the coroutines of answered requests end.

        Their clients have their answers, so there is no hurry, and waking the loop for each would cost
        more than all else here.
        """
        while self._done:
            answered = self._done.popleft()
            if not answered.done():
                answered.set_result(None)
        if again:
            self._sweeping = False
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(_SWEEP, self._rest)

    def _rest(self) -> None:
        self._sweep(again=True)
        if self._large:
            self._large = False
            allocator.give_back()

    def _work(self) -> None:
        while True:
            scope, protocol, body, more, answered = self._jobs.get()
            try:
                self._handle(scope, protocol, self._environment(scope, protocol, body) | more)
            except BaseException as error:  # noqa: BLE001 - the thread has to go on
                print(f"a request could not be answered: {error!r}", file=sys.stderr)  # noqa: T201
            finally:
                self._done.append(answered)
            large = len(body) > _LARGE
            del scope, protocol, body, more, answered
            if large:
                allocator.give_back()
            self._idle.release()

    def _handle(self, scope: Scope, protocol: Any, environ: dict[str, Any]) -> None:  # noqa: ANN401
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., Any]:
            del exc_info
            told[:] = int(status[:3]), headers
            return lambda _: None

        gone: _Gone = environ[GONE]
        try:
            result = self._app(environ, start)
            try:
                self._answer(scope, protocol, result, told)
            finally:
                close = getattr(result, "close", None)
                if close is not None:
                    close()
        finally:
            gone.stop()

    def _answer(self, scope: Scope, protocol: Any, result: Iterable[bytes], told: list[Any]) -> None:  # noqa: ANN401
        pieces = iter(result)
        first = next(pieces, b"")  # an application may say its status with its first piece
        status, headers = told
        headers = [(name, value) for name, value in headers if name.lower() != "connection"]
        if scope.method == "HEAD" or status in _SILENT:
            protocol.response_empty(status, headers)
        elif any(name.lower() == "content-length" for name, _ in headers):
            rest = b"".join(pieces)
            protocol.response_bytes(status, headers, first + rest if rest else first)
        else:
            self._stream(protocol.response_stream(status, headers), first, pieces)

    def _stream(self, transport: Any, first: bytes, pieces: Iterator[bytes]) -> None:  # noqa: ANN401
        """Send pieces as they come, no faster than the client takes them."""

        async def send(piece: bytes) -> None:
            await transport.send_bytes(piece)

        piece: bytes | None = first
        while piece is not None:
            if piece:
                asyncio.run_coroutine_threadsafe(send(piece), self._loop).result(_SEND_PATIENCE)
            piece = next(pieces, None)

    def _environment(self, scope: Scope, protocol: Any, body: bytes) -> dict[str, Any]:  # noqa: ANN401
        """Return what WSGI tells an application, PEP 3333."""
        server, _, port = scope.server.rpartition(":")
        client, _, client_port = scope.client.rpartition(":")
        environment: dict[str, Any] = {
            "REQUEST_METHOD": scope.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": _decoded(scope.path),
            "QUERY_STRING": _bytewise(scope.query_string),
            "SERVER_NAME": server.strip("[]"),
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
            "REMOTE_ADDR": client.strip("[]"),
            "REMOTE_PORT": client_port,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            GONE: _Gone(protocol, self._loop),
        }
        if scope.authority:
            environment["HTTP_HOST"] = scope.authority
        for name, value in scope.headers.items():
            key = _key_of(name)
            if key is None:
                continue
            joint = ";" if key == "HTTP_COOKIE" else ","
            environment[key] = f"{environment[key]}{joint}{value}" if key in environment else value
        return environment


def _send(scope: Scope, protocol: Any, reply: Reply) -> None:  # noqa: ANN401
    """Send a whole reply; what WSGI servers and Flask see to otherwise is seen to here."""
    if reply.status in _SILENT:
        protocol.response_empty(reply.status, list(reply.headers))
        return
    headers = [*reply.headers, ("Content-Length", str(len(reply.body)))]
    if scope.method == "HEAD":
        protocol.response_empty(reply.status, headers)
    else:
        protocol.response_bytes(reply.status, headers, reply.body)


@lru_cache(maxsize=256)
def _key_of(name: str) -> str | None:
    """Return what WSGI calls a header; None for one that would be taken for another."""
    if "_" in name:
        return None
    key = name.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


class _Gone:
    """Whether the client of a request has gone; looks from the first call on, until it is told to stop."""

    __slots__ = ("_is", "_loop", "_protocol", "_watch")

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ANN401
        self._protocol, self._loop = protocol, loop
        self._watch: Future[None] | None = None
        self._is = False

    def __call__(self) -> bool:
        if self._watch is None and self._protocol is not None:
            # In a context of its own, for the request's would be kept for as long as somebody looks.
            self._watch = Context().run(asyncio.run_coroutine_threadsafe, self._look(), self._loop)
        return self._is

    async def _look(self) -> None:
        await self._protocol.client_disconnect()
        self._is = True

    def stop(self) -> None:
        """Look no more: a connection may be kept for many requests, and each would have its watch."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = self._protocol = None  # what was cancelled holds what it was called by


def _bytewise(text: str) -> str:
    """Return a text as WSGI has it, its bytes as Latin-1; clients send letters that should be escaped."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _decoded(path: str) -> str:
    """Return a path as WSGI has it: percent signs decoded, the bytes as Latin-1."""
    if "%" not in path and path.isascii():
        return path
    return unquote_to_bytes(path).decode("latin-1")


def _refuse(protocol: Any, status: int, reason: str, *headers: tuple[str, str]) -> None:  # noqa: ANN401
    body = f"{reason}\n".encode()
    protocol.response_bytes(
        status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *headers], body
    )
