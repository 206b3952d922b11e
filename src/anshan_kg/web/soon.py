"""
The short way: a query for programs, answered in the server's own loop.

What a framework does for a request, and threads that take turns at the interpreter, cost several
times what a short query does. Here the same endpoint is asked by the same steps, but for the
waiting. For whatever is a page, an error, or rare, this steps aside, and the application answers.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import AnshanError
from anshan_kg.execution import gate
from anshan_kg.web import observe, protocol, transport
from anshan_kg.web.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.execution import Outcome, QueryPool
    from anshan_kg.web.endpoint import Endpoint, Question
    from anshan_kg.web.observe import Book

NAME = "anshan_kg.soon"
"""The extension of the application that is its short way, where it has one."""

FAILED = "anshan_kg.failed"
"""Where the environment of a request holds the question that ended in an error on the short way."""

_PATH = "/sparql"
_METHODS = {"GET", "HEAD", "POST"}
_LONGEST = 2**16
"""Bytes of a request; reading a longer one would hold the loop up."""
_LONG = 2**16
"""Bytes of a body that is compressed in a thread."""


class _Aside(AnshanError):
    """The application is to answer; nothing was run."""


class Soon:
    """
    Answers what it can.

    Args:
        endpoint: What is asked.
        pool: What runs queries.
        book: Where they are written down.
        arrange: What the service does to a request before anything else, see `proxy`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        pool: QueryPool,
        book: Book,
        arrange: Callable[[dict[str, Any]], object],
    ) -> None:
        self._endpoint, self._pool, self._book, self._arrange = endpoint, pool, book, arrange

    @staticmethod
    def may(path: str, method: str) -> bool:
        """Whether a request is worth a closer look."""
        return path.endswith(_PATH) and method in _METHODS

    async def answer(self, environ: dict[str, Any], body: bytes) -> Reply | dict[str, Any]:
        """
        Return the whole reply to a request, or what the application is to be told that answers instead.

        Args:
            environ: The request, by WSGI; it is changed.
            body: Its body.
        """
        try:
            question = self._begun(environ, body)
        except Exception:  # noqa: BLE001 - nothing was run; the application meets it again, and tells
            return {}
        if isinstance(question, Reply):
            reply = transport.finished(environ, question)
            self._book.request(environ["REQUEST_METHOD"], reply.status)
            return reply
        try:
            outcome = question.kept or await self._run(question)
            return await self._end(environ, question, outcome)
        except _Aside:
            return {}
        except Exception as error:  # noqa: BLE001 - the application tells it
            question.failed = error
            return {FAILED: question}

    def _begun(self, environ: dict[str, Any], body: bytes) -> Reply | Question:
        """Return what is to be run, or the reply; raise what is to be told in the application's words."""
        self._arrange(environ)
        address = environ["QUERY_STRING"]
        if (
            environ["PATH_INFO"] != _PATH
            or len(address) + len(body) > _LONGEST
            or not address.isascii()
            or transport.codings(environ.get("HTTP_ACCEPT_ENCODING", "identity")) == (False, False)
        ):
            raise _Aside
        transport.read_tags(environ)
        asked = protocol.read(environ, lambda: body)
        if asked.text is None or asked.choice.page:
            raise _Aside
        return self._endpoint.begin(asked, asked.text, environ)

    async def _run(self, question: Question) -> Outcome:
        if not gate.is_harmless(question.text):  # to look at it is work for a worker
            raise _Aside
        return await self._pool.run_soon(question.text, **self._endpoint.options(question))

    async def _end(self, environ: dict[str, Any], question: Question, outcome: Outcome) -> Reply:
        reply = self._endpoint.end(question, outcome)
        if len(reply.body) > _LONG and "HTTP_ACCEPT_ENCODING" in environ:
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(None, transport.finished, environ, reply)
        else:
            reply = transport.finished(environ, reply)
        seconds = time.perf_counter() - question.began
        entry = question.entry
        entry["ms"], entry["bytes"] = round(seconds * 1000, 2), len(reply.body)
        entry.setdefault("outcome", observe.of_status(reply.status))
        self._book.request(environ["REQUEST_METHOD"], reply.status)
        self._book.query(entry, question.text, seconds)
        return reply
