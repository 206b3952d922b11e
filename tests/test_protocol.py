"""
The SPARQL endpoint as the standards have it, asked over HTTP of the service that `serve` starts.

Long run of the fuzz test: `ANSHAN_KG_FUZZ=100000 pytest tests/test_protocol.py -k fuzz --timeout 0`.
"""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from anshan_kg import formats
from anshan_kg.config import Config
from anshan_kg.execution import Limits, Outcome, QueryPool
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from anshan_kg.web.cache import AnswerCache
from anshan_kg.web.protocol import pairs
from anshan_kg.web.transport import codings
from tests.conftest import ROOT, free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg import KnowledgeGraph

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

BASE = "https://w3id.org/anshan-kg/"
PLACE = f"<{BASE}id/place/anshan>"
ONE, TWO = f"{BASE}id/source/cr-house-599", f"{BASE}id/source/anshan-2024-02"
ASK, SELECT = "ASK { ?s ?p ?o }", f"SELECT ?p ?o {{ {PLACE} ?p ?o }} ORDER BY ?p ?o LIMIT 30"
CONSTRUCT, DESCRIBE = f"CONSTRUCT WHERE {{ {PLACE} ?p ?o }}", f"DESCRIBE {PLACE}"
FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
TURTLE = "text/turtle; charset=utf-8"
CSV, TSV = "text/csv; charset=utf-8", "text/tab-separated-values; charset=utf-8"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MOST = 400


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A running service, and how it is asked."""

    port: int
    link: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:  # noqa: D105
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def __call__(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | str | None = None
    ) -> Reply:
        data = body.encode() if isinstance(body, str) else body
        self.link.request(method, path, data, headers or {})
        reply = self.link.getresponse()
        found = reply.read()
        return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, found)

    def get(self, query: str, accept: str | None = None, **more: str) -> Reply:
        return self(
            "GET", f"/sparql?{urlencode({'query': query, **more})}", {"Accept": accept} if accept else {}
        )


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The service, in processes of its own, with a cap on rows."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "anshan_kg",
        "--quiet",
        "serve",
        "--port",
        str(port),
        "--max-rows",
        str(MOST),
    ]
    environ = {**os.environ, "ANSHAN_KG_CLIENT_BUDGET": "0", "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", 60)
            asked = Service(port)
            yield asked
            asked.link.close()
        finally:
            server.terminate()


def url(*pairs: tuple[str, str]) -> str:
    return f"/sparql?{urlencode(pairs)}"


def form(*pairs: tuple[str, str]) -> tuple[dict[str, str], str]:
    return {"Content-Type": FORM}, urlencode(pairs)


Q = ("query", ASK)
D1, D2 = ("default-graph-uri", ONE), ("default-graph-uri", TWO)
N1, N2 = ("named-graph-uri", ONE), ("named-graph-uri", TWO)

# Section of https://www.w3.org/TR/sparql11-protocol/, what it says, request, status, content type.
CLAUSES: list[tuple[str, str, tuple[Any, ...], int, str | None]] = [
    ("2.1.1", "query via GET", ("GET", url(Q)), 200, JSON),
    ("2.1.1", "query string percent-encoded", ("GET", "/sparql?query=ASK%20%7B%7D"), 200, JSON),
    ("2.1.1", "GET has no body that counts", ("GET", url(Q), {"Content-Type": "text/plain"}), 200, JSON),
    ("2.1.2", "query via URL-encoded POST", ("POST", "/sparql", *form(Q)), 200, JSON),
    ("2.1.2", "content type in another case", ("POST", "/sparql", {"Content-Type": FORM.upper()}, urlencode([Q])), 200, JSON),
    ("2.1.2", "form with charset", ("POST", "/sparql", {"Content-Type": f"{FORM}; charset=UTF-8"}, urlencode([Q])), 200, JSON),
    ("2.1.2", "form without content type", ("POST", "/sparql", {}, urlencode([Q])), 415, None),
    ("2.1.3", "query via POST directly", ("POST", "/sparql", {"Content-Type": QUERY}, ASK), 200, JSON),
    ("2.1.3", "direct with charset", ("POST", "/sparql", {"Content-Type": f"{QUERY}; charset=utf-8"}, ASK), 200, JSON),
    ("2.1.3", "direct with quoted charset", ("POST", "/sparql", {"Content-Type": f'{QUERY};charset="UTF-8"'}, ASK), 200, JSON),
    ("2.1.3", "no other charset", ("POST", "/sparql", {"Content-Type": f"{QUERY}; charset=utf-16"}, ASK.encode("utf-16")), 415, None),
    ("2.1.3", "not UTF-8", ("POST", "/sparql", {"Content-Type": QUERY}, b"ASK { ?s ?p '\xff' }"), 400, None),
    ("2.1.3", "direct without content type", ("POST", "/sparql", {}, ASK), 415, None),
    ("2.1.3", "wrong content type", ("POST", "/sparql", {"Content-Type": "text/plain"}, ASK), 415, None),
    ("2.1.3", "multipart is none of the ways", ("POST", "/sparql", {"Content-Type": "multipart/form-data; boundary=x"}, "--x--"), 415, None),
    ("2.1.3", "empty body", ("POST", "/sparql", {"Content-Type": QUERY}, ""), 400, None),
    ("2.1", "exactly one query: none by POST", ("POST", "/sparql", *form(("a", "b"))), 400, None),
    ("2.1", "exactly one query: two by GET", ("GET", url(Q, Q)), 400, None),
    ("2.1", "exactly one query: two in a form", ("POST", "/sparql", *form(Q, Q)), 400, None),
    ("2.1", "exactly one query: address and form", ("POST", url(Q), *form(Q)), 400, None),
    ("2.1", "exactly one query: address and body", ("POST", url(Q), {"Content-Type": QUERY}, ASK), 400, None),
    ("2.1", "method PUT", ("PUT", url(Q)), 405, None),
    ("2.1", "method DELETE", ("DELETE", url(Q)), 405, None),
    ("2.1", "method PATCH", ("PATCH", url(Q)), 405, None),
    ("2.1.4", "default graph by GET", ("GET", url(Q, D1)), 200, JSON),
    ("2.1.4", "several default graphs by GET", ("GET", url(Q, D1, D2)), 200, JSON),
    ("2.1.4", "default graphs beside a direct POST", ("POST", url(D1, D2), {"Content-Type": QUERY}, ASK), 200, JSON),
    ("2.1.4", "default graphs in a form", ("POST", "/sparql", *form(Q, D1, D2)), 200, JSON),
    ("2.1.4", "named graphs by GET", ("GET", url(Q, N1, N2)), 200, JSON),
    ("2.1.4", "named graphs in a form", ("POST", "/sparql", *form(Q, N1, N2)), 200, JSON),
    ("2.1.4", "both kinds", ("GET", url(Q, D1, N2)), 200, JSON),
    ("2.1.4", "a graph that is no IRI", ("GET", url(Q, ("default-graph-uri", "no iri"))), 400, None),
    ("2.1.4", "an empty graph name", ("GET", url(Q, ("named-graph-uri", ""))), 400, None),
    ("2.1.5", "SELECT as JSON", ("GET", url(("query", SELECT)), {"Accept": JSON}), 200, JSON),
    ("2.1.5", "SELECT as XML", ("GET", url(("query", SELECT)), {"Accept": XML}), 200, XML),
    ("2.1.5", "SELECT as CSV", ("GET", url(("query", SELECT)), {"Accept": "text/csv"}), 200, CSV),
    ("2.1.5", "SELECT as TSV", ("GET", url(("query", SELECT)), {"Accept": "text/tab-separated-values"}), 200, TSV),
    ("2.1.5", "ASK as XML", ("GET", url(Q), {"Accept": XML}), 200, XML),
    ("2.1.5", "CONSTRUCT as Turtle", ("GET", url(("query", CONSTRUCT)), {"Accept": "text/turtle"}), 200, TURTLE),
    ("2.1.5", "CONSTRUCT as RDF/XML", ("GET", url(("query", CONSTRUCT)), {"Accept": "application/rdf+xml"}), 200, "application/rdf+xml"),
    ("2.1.5", "DESCRIBE as JSON-LD", ("GET", url(("query", DESCRIBE)), {"Accept": "application/ld+json"}), 200, "application/ld+json"),
    ("2.1.5", "DESCRIBE as N-Triples", ("GET", url(("query", DESCRIBE)), {"Accept": "application/n-triples"}), 200, "application/n-triples"),
    ("2.1.6", "success is 2xx, HEAD too", ("HEAD", url(Q)), 200, JSON),
    ("2.1.7", "not in the grammar", ("GET", url(("query", "ASK {"))), 400, None),
    ("2.1.7", "an empty query", ("GET", url(("query", ""))), 400, None),
    ("2.1.7", "an update is no query", ("GET", url(("query", "INSERT DATA { <x:a> <x:b> 1 }"))), 400, None),
    ("2.2", "no update by GET", ("GET", url(("update", "CLEAR ALL"))), 400, None),
    ("2.2", "query and update together", ("GET", url(Q, ("update", "CLEAR ALL"))), 400, None),
    ("2.2", "no update in a form here", ("POST", "/sparql", *form(("update", "CLEAR ALL"))), 400, None),
    ("2.2", "no direct update here", ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, "CLEAR ALL"), 415, None),
    ("4.1", "refused by policy", ("GET", url(("query", "ASK { SERVICE <http://127.0.0.1:1/> {} }"))), 403, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [clause[2:] for clause in CLAUSES],
    ids=[f"{clause[0]} {clause[1]}" for clause in CLAUSES],
)
def test_a_clause_of_the_protocol_holds(
    service: Service, request_: tuple[Any, ...], status: int, kind: str | None
):
    reply = service(*request_)
    assert reply.status == status, reply.body
    assert reply.kind == (kind or "application/problem+json")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    if status >= 400 and request_[0] != "HEAD":
        assert reply.json()["status"] == status
        assert reply.json()["detail"]
    if status == 405:
        assert set(reply.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


IN = "EXISTS { GRAPH ?g { ?s ?p ?o } }"
# The dataset by section 2.1.4: parameters, FROM clauses; has the default graph anything, which named graphs are seen.
DATASETS: list[tuple[list[tuple[str, str]], str, bool, set[str]]] = [
    ([D1], "", True, set()),
    ([N1], "", False, {ONE}),
    ([N1, N2], "", False, {ONE, TWO}),
    ([D1, N2], "", True, {TWO}),
    ([D1], f"FROM <{TWO}> FROM NAMED <{TWO}>", True, set()),
    ([N1], f"FROM <{TWO}> FROM NAMED <{TWO}>", False, {ONE}),
    ([], f"FROM <{ONE}>", True, set()),
    ([], f"FROM NAMED <{TWO}>", False, {TWO}),
    ([], "FROM <id/source/cr-house-599>", True, set()),  # section 4.1.1: relative to the service's base
    ([], "FROM <http://example.org/absent>", False, set()),  # SPARQL 1.1, section 13.2: an empty graph
    ([("default-graph-uri", "http://example.org/absent")], "", False, set()),
]


@pytest.mark.parametrize("way", ["GET", "form", "direct"])
@pytest.mark.parametrize(("pairs", "clause", "default", "named"), DATASETS)
def test_the_dataset_is_the_one_asked_for(
    service: Service, way: str, pairs: list[tuple[str, str]], clause: str, default: bool, named: set[str]
):
    def ask(query: str) -> Any:
        text = query.replace("FROM", clause, 1)
        if way == "GET":
            return service("GET", url(("query", text), *pairs)).json()
        if way == "form":
            return service("POST", "/sparql", *form(("query", text), *pairs)).json()
        return service("POST", url(*pairs), {"Content-Type": QUERY}, text).json()

    assert ask("ASK FROM { ?s ?p ?o }")["boolean"] is default
    rows = ask("SELECT DISTINCT ?g FROM { GRAPH ?g { ?s ?p ?o } }")["results"]["bindings"]
    assert {row["g"]["value"] for row in rows} == named


@pytest.mark.parametrize(
    "name",
    ["file:///etc/passwd", "http://127.0.0.1:1/x", "http://[::ffff:169.254.169.254]/", "http://localhost/"],
)
def test_what_reads_like_a_way_to_this_machine_is_refused_after_syntax(service: Service, name: str):
    assert service.get(f"ASK FROM <{name}> {{ ?s ?p ?o }}").status == 403
    assert service.get(f"SELECT * FROM NAMED <{name}> {{ ?s ?p ?o }}").status == 403  # noqa: S608
    assert service("GET", url(Q, ("default-graph-uri", name))).status == 403
    assert service.get(f"ASK FROM <{name}> {{ ?s ?p }}").status == 400


# Accept; what a table comes as, what triples come as; None for 406. By RFC 9110, section 12.5.1.
NEGOTIATED: list[tuple[str | None, str | None, str | None]] = [
    (None, JSON, TURTLE),
    ("*/*", JSON, TURTLE),
    ("text/*", CSV, TURTLE),
    ("application/*", JSON, "application/n-triples"),
    ("application/json", JSON, "application/ld+json"),
    ("application/xml", XML, "application/rdf+xml"),
    ("text/xml", XML, "application/rdf+xml"),
    ("text/turtle", None, TURTLE),
    ("text/csv", CSV, None),
    ("TEXT/CSV", CSV, None),
    ("text/csv;charset=utf-8", CSV, None),
    ("application/n-quads", None, "application/n-quads"),
    ("application/trig", None, "application/trig"),
    (f"text/csv;q=0.5, {XML};q=0.8", XML, None),
    (f"text/csv;q=0.9, {XML};q=0.8", CSV, None),
    (f"{JSON};q=0, {XML}", XML, None),
    (f"{JSON};q=0, application/json;q=0, */*;q=0.5", XML, TURTLE),
    ("text/csv;q=0, text/*", TSV, TURTLE),
    ("image/png, */*;q=0.1", JSON, TURTLE),
    ("text/turtle;q=0, */*", JSON, "application/n-triples"),
    ("image/png", None, None),
    ("*/*;q=0", None, None),
    ("text/csv;q=0", None, None),
    (" , ,", JSON, TURTLE),
]


@pytest.mark.parametrize(("accept", "table", "graph"), NEGOTIATED)
def test_an_answer_comes_in_the_form_that_the_client_prefers(
    service: Service, accept: str | None, table: str | None, graph: str | None
):
    for query, kind in ((SELECT, table), (CONSTRUCT, graph)):
        reply = service.get(query, accept)
        assert (reply.status, reply.kind) == ((200, kind) if kind else (406, "application/problem+json"))
        assert reply.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("text/html;q=0.1, text/csv", "text/csv"),
        ("*/*", JSON),
    ],
)
def test_a_page_is_only_for_who_would_rather_have_one(service: Service, accept: str, kind: str):
    assert service.get(SELECT, accept).kind.partition(";")[0] == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("json", JSON),
        ("srj", JSON),
        ("CSV", CSV),
        ("tsv", TSV),
        ("xml", XML),
        ("text/csv", CSV),
        (JSON, JSON),
    ],
)
def test_format_wins_over_accept(service: Service, name: str, kind: str):
    assert service.get(SELECT, "text/turtle", format=name).kind == kind


# What is wrong, in the address, and the status.
WRONG = [
    ([("query", SELECT), ("format", "pdf")], 400),
    ([("query", SELECT), ("format", "csv"), ("format", "json")], 400),
    ([("query", SELECT), ("format", "ttl")], 406),
    ([("query", CONSTRUCT), ("format", "csv")], 406),
    ([("query", SELECT), ("timeout", "soon")], 400),
    ([("query", SELECT), ("timeout", "0")], 400),
    ([("query", SELECT), ("timeout", "-1")], 400),
    ([("query", SELECT), ("timeout", "nan")], 400),
    ([("query", SELECT), ("timeout", "1"), ("timeout", "2")], 400),
    ([("query", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"), ("timeout", "0.3")], 504),
    ([("query", SELECT), *[("x", "")] * 1001], 400),
]


@pytest.mark.parametrize(("pairs", "status"), WRONG)
def test_a_wrong_parameter_is_told(service: Service, pairs: list[tuple[str, str]], status: int):
    reply = service("GET", url(*pairs))
    assert reply.status == status, reply.body
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/sparql?query=ASK%20%7B%7D%FF", "/sparql?query=%C3%28", "/sparql?query=%ED%A0%80"]
)
def test_an_address_that_is_not_utf8_is_not_guessed_at(service: Service, path: str):
    assert service("GET", path).status == 400


@pytest.mark.parametrize(
    ("query", "line", "column"), [("SELECT *\n{ ?s ?p }", 2, 10), ("ASK {", 1, 6), ("\n\nFOO", 3, 4)]
)
def test_a_syntax_error_has_its_line_and_column(service: Service, query: str, line: int, column: int):
    told = service.get(query).json()
    assert (told["line"], told["column"]) == (line, column)
    assert f"line {line}, column {column}" in service.get(query, "text/plain").body.decode()


def test_a_query_of_a_megabyte_and_more_is_taken_each_way(service: Service):
    text = "ASK { ?s ?p ?o } #" + "鞍" * 100 + "x" * 2**20
    assert service("POST", "/sparql", *form(("query", text))).status == 200
    assert service("POST", "/sparql", {"Content-Type": QUERY}, text).status == 200
    escaped = "query=" + quote("ASK { ?s ?p ?o } #" + "é" * 600_000)
    assert service("POST", "/sparql", {"Content-Type": FORM}, escaped).status == 200
    assert service("POST", "/sparql", {"Content-Type": QUERY}, "#" * (2**22 + 1)).status == 413


def test_what_the_engine_takes_is_not_refused_before_it(service: Service):
    """Deep brackets, FROM of any name, words that look like policy."""
    for query in (
        "ASK { " + "{ " * 800 + "}" * 800 + " }",
        "SELECT ?x FROM <http://example.org/graph> WHERE {}",
        "ASK { ?s ?p 'SERVICE <http://x/>' }",
        "SELECT (1 AS ?service) {}",
        "ASK { ?s <load> <relative> }",
    ):
        assert service.get(query).status == 200, query[:60]


def test_a_chunked_body_is_read(service: Service):
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    pieces = iter([b"ASK ", b"{ ?s ", b"?p ?o }"])
    link.request(
        "POST",
        "/sparql",
        pieces,
        {"Content-Type": QUERY, "Transfer-Encoding": "chunked"},
        encode_chunked=True,
    )
    with link.getresponse() as reply:
        assert json.loads(reply.read())["boolean"] is True
    link.close()


def test_head_has_the_headers_of_get_and_no_body(service: Service):
    whole, head = service("GET", url(("query", SELECT))), service("HEAD", url(("query", SELECT)))
    assert head.body == b""
    for name in ("content-type", "etag", "vary", "cache-control", "x-rows", "content-length"):
        assert head.headers.get(name) == whole.headers.get(name), name


@pytest.mark.parametrize("path", ["/sparql", "/", "/ask", "/search?q=a", "/export/chains.csv"])
def test_a_preflight_is_answered_everywhere(service: Service, path: str):
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "content-type, x-query-id"}  # fmt: skip
    reply = service("OPTIONS", path, asked)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "GET" in reply.headers["access-control-allow-methods"]
    assert "content-type" in reply.headers["access-control-allow-headers"].lower()
    assert int(reply.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("PUT", "/"), ("GET", "/search"), ("OPTIONS", "/nowhere")]
)
def test_errors_are_readable_from_other_sites_too(service: Service, method: str, path: str):
    reply = service(method, path, {"Origin": "https://example.org"})
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "X-Dataset-Version" in reply.headers["access-control-expose-headers"]


# Accept-Encoding; gzip, plain, or None for 406. By RFC 9110, section 12.5.3.
CODINGS: list[tuple[str | None, str | None]] = [
    (None, "plain"), ("", "plain"), ("gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"), ("gzip, deflate, br", "gzip"),
    ("gzip;q=0", "plain"), ("gzip;q=0.0", "plain"), ("br", "plain"), ("*", "plain"), ("identity", "plain"),
    ("gzip;q=0.5, identity", "plain"), ("gzip;q=0.5, identity;q=0.4", "gzip"), ("gzip;q=0.5", "gzip"),
    ("identity;q=0, gzip", "gzip"), ("identity;q=0, *", "gzip"), ("*;q=0, gzip", "gzip"), ("*;q=0, identity", "plain"),
    ("identity;q=0", None), ("*;q=0", None), ("gzip;q=0, identity;q=0", None), ("gzip;q=nonsense", "plain"),
]  # fmt: skip


@pytest.mark.parametrize(("accepted", "coding"), CODINGS)
def test_gzip_is_sent_when_asked_for_and_only_then(
    service: Service, accepted: str | None, coding: str | None
):
    plain = service("GET", url(("query", SELECT)))
    assert "content-encoding" not in plain.headers
    # http.client sends `Accept-Encoding: identity` unless it is told not to.
    service.link.putrequest("GET", url(("query", SELECT)), skip_accept_encoding=True)
    if accepted is not None:
        service.link.putheader("Accept-Encoding", accepted)
    service.link.endheaders()
    with service.link.getresponse() as reply:
        body = reply.read()
        assert reply.headers["Vary"] == "Accept, Accept-Encoding"
        if coding is None:
            assert reply.status == 406
        elif coding == "gzip":
            assert reply.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(body) == plain.body
            assert reply.headers["ETag"] != plain.headers["etag"]
        else:
            assert "Content-Encoding" not in reply.headers
            assert body == plain.body


@given(st.text(max_size=60))
def test_no_accept_encoding_is_an_error(accepted: str):
    codings(accepted)


def test_an_answer_tells_its_version_time_and_rows(service: Service):
    reply = service.get(SELECT)
    rows = len(reply.json()["results"]["bindings"])
    assert reply.headers["x-rows"] == str(rows)
    assert reply.headers["x-truncated"] == "false"
    assert re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{12,}", reply.headers["x-dataset-version"])
    assert re.search(r"query;dur=\d+(\.\d+)?", reply.headers["server-timing"])
    assert re.fullmatch(r"[0-9a-f]{16}", reply.headers["x-query-id"])


def test_a_cut_table_says_so_in_every_format_and_stays_readable(service: Service):
    query = "SELECT ?s ?p ?o { ?s ?p ?o }"
    replies = {name: service.get(query, format=name) for name in ("json", "xml", "csv", "tsv")}
    for reply in replies.values():
        assert (reply.headers["x-rows"], reply.headers["x-truncated"]) == (str(MOST), "true")
    notice = f"truncated after {MOST} rows"
    found = replies["json"].json()
    assert (found["truncated"], len(found["results"]["bindings"])) == (True, MOST)
    assert f"<!-- {notice} -->".encode() in replies["xml"].body
    assert replies["csv"].body.endswith(f"# {notice},,\r\n".encode())
    assert replies["tsv"].body.endswith(f'"# {notice}"\t\t\n'.encode())
    for name, more in (("json", 0), ("xml", 0), ("tsv", 1)):
        engine = formats.by_name(name).engine
        assert isinstance(engine, ox.QueryResultsFormat)
        table = ox.parse_query_results(io.BytesIO(replies[name].body), format=engine)
        assert isinstance(table, ox.QuerySolutions)
        assert len(list(table)) == MOST + more
    page = service.get(query, BROWSER).body.decode()
    assert 'class="cut"' in page
    assert "truncated" not in service.get(SELECT).json()


@pytest.mark.parametrize("name", ["ttl", "nt", "rdfxml", "jsonld", "nq", "trig"])
def test_cut_triples_say_so_and_stay_readable(service: Service, name: str):
    reply = service.get("CONSTRUCT WHERE { ?s ?p ?o }", format=name)
    assert (reply.headers["x-rows"], reply.headers["x-truncated"]) == (str(MOST), "true")
    assert (f"truncated after {MOST} triples".encode() in reply.body) is (name != "jsonld")
    engine = formats.by_name(name).engine
    assert isinstance(engine, ox.RdfFormat)
    assert len(list(ox.parse(reply.body, engine))) == MOST


SAME = [
    SELECT,
    "SELECT DISTINCT ?p { ?s ?p ?o }",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "CONSTRUCT { [] <x:p> ?o } { ?s a ?o }",
    "SELECT (BNODE() AS ?b) ?o { ?s a ?o } LIMIT 5",
    "SELECT * { ?s ?p ?o } LIMIT 300",
]


@pytest.mark.parametrize("query", SAME)
def test_the_same_query_gives_the_same_bytes_in_each_worker(kg: KnowledgeGraph, query: str):
    """Also in a service started anew, and without anything kept."""
    bodies = set()
    for _ in range(2):
        pool = QueryPool.start(kg.dataset.store, workers=1, queue=1, limits=Limits(), version=kg.version)
        try:
            bodies |= {pool.run(query, formats.by_name("csv"), formats.by_name("ttl")).body for _ in range(2)}
        finally:
            pool.close()
    assert len(bodies) == 1


def test_a_tag_names_version_query_and_format(service: Service):
    tags = {
        service.get(query, format=name).headers["etag"]
        for query in (SELECT, SELECT + " ")
        for name in ("json", "csv")
    }
    assert len(tags) == 4
    assert (
        service.get(SELECT, "text/csv").headers["etag"] == service.get(SELECT, format="csv").headers["etag"]
    )
    assert service.get(SELECT, JSON).headers["cache-control"] == "public, no-cache"
    with_graph = service("GET", url(("query", SELECT), D1)).headers["etag"]
    assert with_graph != service.get(SELECT).headers["etag"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{tag}", 304),
        ('"x", {tag}', 304),
        ("W/{tag}", 304),
        ("*", 304),
        ('"x"', 200),
        ('W/"x", "y"', 200),
        ("", 200),
        ("nonsense", 200),
    ],
)
def test_who_has_the_answer_is_told_so(service: Service, header: str, status: int):
    first = service.get(SELECT)
    for method in ("GET", "HEAD"):
        given = {"If-None-Match": header.replace("{tag}", first.headers["etag"])}
        reply = service(method, url(("query", SELECT)), given)
        assert reply.status == status
        assert reply.headers["etag"] == first.headers["etag"]
        if status == 304:
            assert reply.body == b""
            assert "content-type" not in reply.headers
            assert reply.headers["cache-control"] == first.headers["cache-control"]
            assert "Accept" in reply.headers["vary"]


def test_a_tag_of_a_compressed_answer_holds_for_it(service: Service):
    first = service("GET", url(("query", SELECT)), {"Accept-Encoding": "gzip"})
    again = service(
        "GET", url(("query", SELECT)), {"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
    )
    assert (again.status, again.headers["etag"]) == (304, first.headers["etag"])


def test_a_tag_does_not_hide_an_error_nor_count_for_post(service: Service):
    assert service("GET", url(("query", "ASK {")), {"If-None-Match": "*"}).status == 400
    tag = service("POST", "/sparql", *form(Q)).headers["etag"]
    reply = service("POST", "/sparql", {"Content-Type": FORM, "If-None-Match": tag}, urlencode([Q]))
    assert reply.status == 200


@pytest.mark.parametrize("call", ["RAND()", "NOW()", "UUID()", "STRUUID()", "rand()"])
def test_what_changes_with_each_call_is_not_kept(service: Service, call: str):
    first, second = (service.get(f"SELECT ({call} AS ?x) {{}}") for _ in range(2))
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers
    assert "cache;desc=hit" not in second.headers["server-timing"]
    assert "now" in call.lower() or first.body != second.body


def test_an_answer_is_kept(service: Service):
    query = f"{SELECT} # only asked here"
    first, second = service.get(query), service.get(query)
    assert "cache;desc=hit" not in first.headers["server-timing"]
    assert "cache;desc=hit" in second.headers["server-timing"]
    assert first.body == second.body


def outcome(size: int, version: str = "1") -> Outcome:
    return Outcome(b"x" * size, formats.RESULTS[0], 0.0, version=version)


def test_answers_are_kept_up_to_a_size_and_for_one_version():
    cache: AnswerCache[Outcome] = AnswerCache(100_000)
    for number in range(30):
        cache.put(number, "q", outcome(9_000))
        assert cache.used <= 100_000
    assert cache.get(0, "1") is None
    assert cache.get(29, "1") is not None
    assert cache.get(29, "2") is None
    cache.put("large", "q", outcome(50_000))
    assert cache.get("large", "1") is None
    cache.put("new", "q", outcome(10, "2"))
    assert cache.get(29, "1") is None
    assert cache.used < 2_000
    none: AnswerCache[Outcome] = AnswerCache(0)
    none.put(1, "q", outcome(1))
    assert none.get(1, "1") is None


def test_a_failure_is_never_an_answer_that_breaks_off(service: Service):
    """Too large for the service: a status, not 200 with a part of it."""
    query = (
        "SELECT (CONCAT(?a, ?a, ?a, ?a, ?a, ?a, ?a) AS ?b) { VALUES ?a { '" + "x" * 300_000 + "' } ?s ?p ?o }"
    )
    reply = service("POST", "/sparql", *form(("query", query)))
    assert reply.status in {413, 507}
    assert reply.json()["detail"]


FUZZ = int(os.environ.get("ANSHAN_KG_FUZZ", "300"))
PIECES = st.sampled_from(
    ["SELECT ", "ASK ", "CONSTRUCT ", "* ", "{", "}", "(", ")", "?s ", "?p ?o ", "FROM ", "NAMED ", "<", ">", "<http://x/>", "<x:y>",
     "SERVICE ", "SERVICE <http://127.0.0.1:1/> {}", "LIMIT 1", "'", '"', "'''", "#", "\n", "\\u0022", "\\uD800", "\x00", "鞍山", "\U0001f600",
     "GROUP BY ?s", "ORDER BY ?o", "BIND(1 AS ?x)", "FILTER(?s<?p)", "VALUES ?x { 1 }", "BNODE()", "1e400", "@en", "^^", "BASE <a>", "PREFIX a: <b>",
     "file:///etc/passwd", "http://[::1", "a:b", "INSERT DATA {}", "LOAD <x:y>", "UNDEF", "<< ", ">>", "{ ?s ?p ?o } "]
)  # fmt: skip
QUERIES = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f"), max_size=60)
ACCEPTS = HEADER | st.lists(
    st.sampled_from(
        [
            "text/csv",
            "*/*",
            "text/*",
            "text/html",
            JSON,
            ";q=0",
            ";q=1",
            ";q=nan",
            ";q=-1",
            ",",
            "/",
            ";",
            " ",
        ]
    ),
    max_size=8,
).map("".join)
BODIES = st.binary(max_size=200) | st.lists(
    st.tuples(
        st.sampled_from(["query", "default-graph-uri", "named-graph-uri", "timeout", "format", "update", ""]),
        QUERIES,
    ),
    max_size=4,
).map(lambda pairs: urlencode(pairs, errors="surrogatepass").encode())
TYPES = (
    st.sampled_from([FORM, QUERY, "application/sparql-update", "multipart/form-data", "text/plain", ""])
    | HEADER
)


@pytest.fixture(scope="module")
def small() -> Iterator[Any]:
    """A client of the whole application over real workers, with little data: for many requests."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.BlankNode("c"), ox.NamedNode("http://x/")))
    pool = QueryPool.start(store, workers=1, queue=2, limits=Limits(seconds=5), version="1")
    from anshan_kg import KnowledgeGraph  # noqa: PLC0415 - the facade is only for this

    app = create_app(KnowledgeGraph.open(Config(cache=None)), pool)
    yield app.test_client(use_cookies=False)
    pool.close()


@settings(max_examples=FUZZ, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    query=QUERIES, accept=ACCEPTS, encoding=ACCEPTS, tag=HEADER, body=BODIES, kind=TYPES,
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT"]), raw=st.binary(max_size=40),
)  # fmt: skip
def test_fuzz_nothing_that_is_sent_is_a_fault_of_the_service(
    small: Any,
    query: str,
    accept: str,
    encoding: str,
    tag: str,
    body: bytes,
    kind: str,
    method: str,
    raw: bytes,
):
    # The errors that are the client's are told as such; none is a fault, none is without an answer.
    query_string = quote(raw) if raw and raw[0] % 2 else urlencode({"query": query}, errors="surrogatepass")
    extra = {"QUERY_STRING": raw.decode("latin-1") if raw and raw[0] % 3 == 0 else query_string,
             "HTTP_ACCEPT": accept, "HTTP_ACCEPT_ENCODING": encoding, "HTTP_IF_NONE_MATCH": tag, "CONTENT_TYPE": kind}  # fmt: skip
    reply = small.open(
        "/sparql", method=method, data=body if method in {"POST", "PUT"} else None, environ_overrides=extra
    )
    assert reply.status_code in {200, 304, 400, 403, 404, 405, 406, 413, 415, 503, 504, 507}, (
        reply.status_code,
        reply.text,
    )
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_remote_store_is_cut_and_says_so_too(kg: KnowledgeGraph):
    client = create_app(kg, DirectRunner(kg.store, rows=3)).test_client()
    reply = client.get("/sparql", query_string={"query": SELECT, "format": "csv"})
    assert reply.headers["X-Truncated"] == "true"
    assert reply.text.endswith("# truncated after 3 rows,\r\n")
    assert "ETag" not in reply.headers  # nobody knows the version of its data


@settings(max_examples=2000, deadline=None)
@given(
    st.text(st.sampled_from('aé鞍+= %_?{}<>"\\\r\n\t\x00~4B'), max_size=20),
    st.sampled_from(["", "+", "%=+", "é%"]),
)
def test_a_query_alone_is_decoded_as_any_parameter_is(text: str, left: str):
    """What stands beside it makes the other way be taken."""
    address = f"query={quote(text, safe=left)}" if left else f"query={text}"
    try:
        expected = pairs(f"{address}&a=b".encode(), "address")[:-1]
    except BadRequest:
        with pytest.raises(BadRequest):
            pairs(address.encode(), "address")
    else:
        assert pairs(address.encode(), "address") == expected
