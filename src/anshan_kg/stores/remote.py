"""A SPARQL 1.1 endpoint over HTTP: the way past one machine."""

from __future__ import annotations

import io
import re

import pyoxigraph as ox
import urllib3

from anshan_kg import __version__, formats
from anshan_kg.errors import QueryError, StoreError
from anshan_kg.model import Answer, Graph

_ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.8"
_BAD_REQUEST, _OK = 400, 200
_PLACE = re.compile(r"line (\d+), column (\d+)|error at (\d+):(\d+)")


class RemoteStore:
    """
    An endpoint behind the store protocol.

    Args:
        url: Address of its query service.
        timeout: Seconds to wait for an answer.
        longest: Bytes an answer may have.
    """

    def __init__(self, url: str, timeout: float = 60.0, longest: int = 256 * 2**20) -> None:
        if not url.startswith(("http://", "https://")):
            raise StoreError(
                f"{url!r} is no address of a SPARQL endpoint; it has to start with http:// or https://"
            )
        self.url, self._longest = url, longest
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=timeout),
            retries=urllib3.Retry(total=1, redirect=3, allowed_methods=None, status=0),
            headers={"User-Agent": f"anshan-kg/{__version__}"},
        )

    def query(self, text: str) -> Answer:
        """Return the answer to a query; see `Store.query`."""
        try:
            reply = self._http.request(
                "POST",
                self.url,
                body=text.encode(),
                headers={"Accept": _ACCEPT, "Content-Type": "application/sparql-query"},
                preload_content=False,
            )
            body = reply.read(self._longest + 1)
            reply.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise StoreError(f"{self.url} does not answer: {error}") from error
        if len(body) > self._longest:
            raise StoreError(f"{self.url} sent more than {self._longest} bytes; add a LIMIT")
        if reply.status == _BAD_REQUEST:
            raise _query_error(body.decode(errors="replace"))
        if reply.status != _OK:
            start = body[:200].decode(errors="replace")
            raise StoreError(f"{self.url} answered with status {reply.status}: {start}")
        return self._read(body, reply.headers.get("Content-Type", ""))

    def _read(self, body: bytes, content_type: str) -> Answer:
        media_type = content_type.partition(";")[0].strip()
        try:
            if results := ox.QueryResultsFormat.from_media_type(media_type):
                return formats.read_table(body, results)
            if graph := ox.RdfFormat.from_media_type(media_type):
                return Graph(frozenset(quad.triple for quad in ox.parse(io.BytesIO(body), graph)))
        except (SyntaxError, ValueError) as error:
            raise StoreError(f"{self.url} sent a broken answer: {error}") from error
        raise StoreError(f"{self.url} answered with {media_type!r}, which is no SPARQL result")


def _query_error(text: str) -> QueryError:
    found = _PLACE.search(text)
    numbers = [int(number) for number in found.groups() if number] if found else [None, None]
    return QueryError(f"the remote store refused the query: {text[:300]}", *numbers)
