"""
The short way for the plainest requests: a query by GET, and nothing else that would matter.

What Flask does for a request takes several times as long as a short query. A request that holds
only what is known here to make no difference is answered without it, by the same calls and with
the same headers; for every other one, and whenever something is to be refused, this steps aside.
A test holds the two ways together.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from anshan_kg import formats
from anshan_kg.errors import AnshanError
from anshan_kg.execution import egress
from anshan_kg.web import cancel, sparql

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.web.rsgi import Scope
    from anshan_kg.web.sparql import Runner

    Answer = tuple[int, list[tuple[str, str]], bytes]

FROM_ANYWHERE = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Anshan-Kg-Truncated, Retry-After, Server-Timing, X-Query-Id"),
)
"""Headers that every answer has."""

_PATH = "/sparql"
_QUERY = "query="
_KNOWN = frozenset(
    {"host", "accept", "user-agent", "accept-language", "accept-encoding", "connection", "referer", "origin"}
)
"""Headers of a request that a query is answered the same with, whatever they say, save for gzip."""


class Quick:
    """
    Answers plain requests.

    Args:
        kg: The graph.
        runner: What runs queries.
    """

    def __init__(self, kg: KnowledgeGraph, runner: Runner) -> None:
        self._graphs, self._runner = kg.graphs, runner
        self._services = getattr(runner, "services", None)

    def __call__(  # noqa: PLR0911 - each way out is a request that is not plain
        self, scope: Scope, gone: Callable[[], bool]
    ) -> Answer | AnshanError | None:
        """
        Return status, headers and body of the answer to a request.

        Returns:
            None for a request that is not plain or is to be refused; nothing was run then. The error
            that the query ended with, for Flask to tell.
        """
        query = scope.query_string
        if scope.method != "GET" or scope.path != _PATH or not query.startswith(_QUERY) or "&" in query:
            return None
        headers = scope.headers
        if not _KNOWN.issuperset(headers.keys()):
            return None
        accept = headers.get("accept", "")
        if "gzip" in headers.get("accept-encoding", "") or sparql.prefers_html(accept):
            return None
        results, graphs = (
            formats.negotiate(accept, formats.RESULTS),
            formats.negotiate(accept, formats.GRAPHS),
        )
        if results is None and graphs is None:
            return None
        try:
            text = egress.admit(
                unquote_plus(query[len(_QUERY) :]), self._graphs, self._runner.parse, self._services
            )
        except AnshanError:
            return None
        name = secrets.token_hex(8)
        client = scope.client.rpartition(":")[0].strip("[]")
        try:
            outcome = self._runner.run(text, results, graphs, client=client, name=name, gone=gone)
        except AnshanError as error:
            return error
        told = sparql.headers_of(outcome)
        told += (("Content-Length", str(len(outcome.body))), (cancel.HEADER, name), *FROM_ANYWHERE)
        return 200, told, outcome.body
