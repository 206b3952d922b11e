"""
Bodies that are nearly right: real documents in every syntax, cut, doubled, swapped and spoilt.

Long run, as many requests for each kind: `ANSHAN_KG_FUZZ=30000 pytest tests/test_fuzz.py -s --timeout 0`.
"""

from __future__ import annotations

import collections
import http.client
import io
import os
import random
import re
import sys
import time
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from anshan_kg import formats
from tests.conftest import ROOT
from tests.service import FORM, UPDATE, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.service import Service

FUZZ = int(os.environ.get("ANSHAN_KG_FUZZ", "200"))
BATCH = 20

QUADS = [
    *ox.parse(path=str(ROOT / "graph/sources/anshan-kg-editorial.ttl"), format=ox.RdfFormat.TURTLE),
    *ox.parse(
        "<x:a> <x:b> 1, 2.5, true, 'a'@en, '鞍山'@zh-Hans, '2024-01-01'^^<http://www.w3.org/2001/XMLSchema#date> ; a <x:C> . "
        "[] <x:list> (1 [ <x:p> _:other ]) .",
        ox.RdfFormat.TURTLE,
    ),
]
DOCUMENTS: dict[str, bytes] = {
    form.media_type: ox.serialize(
        QUADS if form.engine.supports_datasets else (quad.triple for quad in QUADS), format=form.engine
    )
    or b""
    for form in formats.GRAPHS
    if isinstance(form.engine, ox.RdfFormat)
}
BOUNDARY = b"AaB03x"
DOCUMENTS[f"multipart/form-data; boundary={BOUNDARY.decode()}"] = (
    b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s.ttl"\r\nContent-Type: %s\r\n\r\n%s\r\n'
        % (BOUNDARY, name, name, kind.encode(), DOCUMENTS[kind])
        for name, kind in ((b"data", "text/turtle"), (b"shapes", "application/n-triples"))
    )
    + b"--%s--\r\n" % BOUNDARY
)


def _workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>")
    return packed.getvalue()


TABLES = {
    "text/csv": "subject,name_en,name_zh,value,unit,year\nanshan,Anshan,鞍山,1.5,Mt,2024\n,,,,,\n".encode(),
    "text/tab-separated-values": b"subject\tname_en\nanshan\tAnshan\n",
    "application/x-ndjson": b'{"subject": "anshan", "value": 1.5}\n{"subject": null}\n',
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _workbook(),
}
UPDATES = [
    b"PREFIX a: <x:> INSERT DATA { a:a a:b 1, 'x'@en . GRAPH <x:g> { a:a a:b [ a:c (1 2) ] } }",
    b"DELETE { ?s ?p ?o } INSERT { GRAPH ?g { ?s ?p ?n } } WHERE { GRAPH ?g { ?s ?p ?o } BIND(?o + 1 AS ?n) }",
    b"WITH <x:g> DELETE WHERE { ?s <x:b> ?o } ; CLEAR SILENT GRAPH <x:h> ; COPY SILENT <x:g> TO DEFAULT",
    b"INSERT { ?s <x:c> ?n } USING <x:g> USING NAMED <x:h> WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s }",
    b"LOAD SILENT <http://127.0.0.1:1/> INTO GRAPH <x:g> ; DROP ALL",
    b"DELETE DATA { <x:a> <x:b> 1 } ; INSERT DATA { <<( <x:a> <x:b> 1 )>> <x:c> 2 }",
]
SPOILT = [
    b"\xff\xfe", b"\x00", b"\xed\xa0\x80", b"\\uD800", b"\\U00110000", b"\\u0022", b"'", b'"', b"'''", b'"""',
    b"<http://[::1", b"<", b">", b"<>", b"<a b>", b"file:///etc/passwd", b"^^<x:y>", b"@en-", b"@zh-Hans-x-very-long-tag",
    b"@prefix : <", b"BASE <x>", b"PREFIX", b"_:", b"_:a ", b"[" * 300, b"(" * 3000, b"{" * 3000, b"[" * 30000, b"<<", b">>",
    b"<<( <x:a> <x:b> <x:c> )>>", b"{|", b"|}", b"1e999999", b"9" * 400, b"-", b".", b";", b",", b"#", b"\r\n", b"\r\n\r\n",
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', b"&b;", b"&#0;", b"<?xml version='1.1'?>", b"]]>", b"<rdf:li/>",
    b' rdf:parseType="Collection"', b' rdf:parseType="Literal"', b' rdf:ID="1"', b' xml:lang="?"', b"</rdf:RDF>",
    b'"@context": "http://127.0.0.1:1/c",', b'"@context": {"@vocab": "x:", "@base": null},', b'"@id": null,', b'"@graph": [',
    b'"@type": 1,', b'{"a":' * 3000, b"null", b"--" + BOUNDARY, b"--" + BOUNDARY + b"--", b"Content-Type: text/plain\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"SERVICE <http://127.0.0.1:1/> {}", b"LOAD <x:y>;", b"=1+1", b'"\n', b"NaN", b"1,5",
]  # fmt: skip
_PIECES = re.compile(rb"\w+|\s+|[^\w\s]")


def spoilt(rng: random.Random, document: bytes) -> bytes:
    """A document with some of its tokens deleted, doubled, exchanged or replaced, or cut off."""
    pieces = _PIECES.findall(document)
    for _ in range(rng.randrange(5)):
        place = rng.randrange(max(len(pieces), 1))
        match rng.choice(["delete", "double", "swap", "put", "put", "replace", "replace", "cut"]):
            case "delete":
                del pieces[place : place + rng.randrange(1, 10)]
            case "double":
                pieces[place:place] = pieces[place : place + rng.randrange(1, 30)]
            case "swap" if pieces:
                other = rng.randrange(len(pieces))
                pieces[place], pieces[other] = pieces[other], pieces[place]
            case "put":
                pieces.insert(place, rng.choice(SPOILT))
            case "replace" if pieces:
                pieces[place] = rng.choice([*SPOILT, rng.randbytes(rng.randrange(6))])
            case "cut":
                del pieces[place:]
    return b"".join(pieces)


def body(rng: random.Random, documents: dict[str, bytes]) -> tuple[str, bytes]:
    """A media type and a body; now and then they do not belong together."""
    kind = rng.choice(list(documents))
    told = (
        kind
        if rng.random() < 0.7
        else rng.choice([*documents, "", "text/plain", "text/turtle; charset=utf-16"])
    )
    return told, spoilt(rng, documents[kind])


def header(rng: random.Random) -> str:
    """What may stand in `Accept`: real values, spoilt ones, and any characters."""
    if rng.random() < 0.1:
        return "".join(map(chr, rng.choices([9, *range(32, 127), *range(160, 256)], k=rng.randrange(40))))
    return "".join(rng.choices(ACCEPTS, k=rng.randrange(5)))


ACCEPTS = [
    "*/*", "text/html", "application/json", "text/turtle", "application/rdf+xml", "image/png", ",", ";", "/", " ", "text/*",
    ";q=0", ";q=0.3", ";q=nan", ";q=-1", ";q=2", "application/sparql-results+xml", "text/csv", 'application/ld+json;profile="a',
]  # fmt: skip
GRAPHS = [
    "?default", "?graph=http://example.org/g", "?graph=x:h", "", "?graph=", "?graph=a%20b", "?default&graph=x:g", "?graph=%ff",
    "?graph=../%2e", "/some/graph", "/%00", "/a%ffb", "/%F3%B0%B6%A6", "?graph=http://[::1", "?default=1", "?graph=x:g&graph=x:h",
]  # fmt: skip
QUERIES = [
    b"PREFIX a: <x:> SELECT ?s (COUNT(DISTINCT ?o) AS ?n) { ?s a:b+/^a:c ?o FILTER(?o > 1 && REGEX(STR(?s), 'a')) } GROUP BY ?s HAVING(?n > 0) ORDER BY DESC(?n) LIMIT 3",
    "SELECT * FROM <x:g> FROM NAMED <x:h> { GRAPH ?g { ?s ?p '鞍山'@zh } OPTIONAL { ?s <x:b> 1.5 } MINUS { ?s a ?c } VALUES (?s ?p) { (UNDEF <x:b>) } }".encode(),
    b"CONSTRUCT { ?s <x:b> [ <x:c> ?n ] } WHERE { ?s ?p ?o BIND(IF(isIRI(?o), 1, 2) AS ?n) { SELECT * { ?s ?p ?o } LIMIT 2 } }",
    b"ASK { ?s ?p ?o FILTER NOT EXISTS { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } } }",
    b"DESCRIBE <x:a> ?s { ?s ?p <<( <x:a> <x:b> 1 )>> }",
]
NAMES = ["query", "default-graph-uri", "named-graph-uri", "timeout", "format", "update", "", "lang"]
VALUES = [
    "",
    "x:g",
    "a b",
    "json",
    "ttl",
    "text/html",
    "1",
    "0",
    "-1",
    "1e400",
    "nan",
    "http://[::1",
    "file:///etc/passwd",
    "\x00",
]

SEEN: collections.Counter[tuple[str, int]] = collections.Counter()
"""What came back, by what was fuzzed and status."""

NO_FAULTS = {200, 201, 204, 400, 403, 404, 406, 413, 415, 422}


class Asked:
    """A service, asked over one connection as long as that lasts."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.port = int(service.base.rpartition(":")[2])
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.count = 0

    def __call__(self, what: str, method: str, path: str, sent: bytes, kind: str, accept: str) -> None:
        """Send a request; whatever is wrong with it, it is answered, and not by a fault."""
        self.count += 1
        if what in {"data", "update"} and self.count % 400 == 0:
            self.service.clear()  # so that what was written does not slow the rest
        headers = {"Content-Type": kind, "Accept": accept, "Authorization": f"Bearer {self.service.admin}"}
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        self.link.request(method, path, sent, raw)
        with self.link.getresponse() as reply:
            said = reply.read()
        SEEN[what, reply.status] += 1
        assert reply.status in NO_FAULTS, (reply.status, said, method, path, sent[:2000], headers)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A service that is still the same, with all its processes, after everything was sent to it."""
    folder = tmp_path_factory.mktemp("fuzz")
    with running(
        folder, "--empty", "--workers", "2", "--query-timeout", "10", "--update-timeout", "10"
    ) as service:
        while service.ask("POST", "/validate", b"<x:a> <x:b> 1 .", Content_Type="text/turtle").status == 503:
            time.sleep(1)  # what validates is still preparing
        before = service.processes()
        asked = Asked(service)
        began = time.monotonic()
        yield asked
        asked.link.close()
        after = service.processes()
        assert (after["web"], after["steward"]) == (before["web"], before["steward"])
        assert len(after["writer"]) == 1
        state = service.ask("GET", "/readyz")
        assert (state.status, b'"busy":0' in state.body) == (200, True)
        metrics = service.ask("GET", "/metrics").text
        killed = dict(
            re.findall(
                r'^anshan_kg_query_workers_killed_total\{reason="(\w+)"\} ([\d.]+)', metrics, re.MULTILINE
            )
        )
        took = time.monotonic() - began
        sys.stdout.write(
            f"\n{asked.count} requests in {took:.0f} s; killed: {killed}; {sorted(SEEN.items())}\n"
        )
        assert '"event": "fault"' not in service.log.read_text()
        assert service.update("INSERT DATA { <x:still> <x:there> 1 }").status == 204
        assert service.true("ASK { <x:still> <x:there> 1 }")


def many(
    count: int,
) -> Callable[[Callable[[Asked, random.Random], None]], Callable[[Asked, random.Random], None]]:
    """Run a test with numbers of its own, some requests for each, about so many in all."""
    batches = max(1, count // BATCH)
    each = settings(
        max_examples=batches, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    return lambda test: each(given(rng=st.integers(0, 2**64).map(random.Random))(test))


@many(FUZZ)
def test_fuzz_no_query_is_a_fault(asked: Asked, rng: random.Random):
    for _ in range(BATCH):
        text = spoilt(rng, rng.choice(QUERIES))
        pairs: list[tuple[str, bytes | str]] = [("query", text)]
        pairs += [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.choice([0, 0, 1, 2]))]
        query = urlencode(pairs)
        match rng.randrange(4):
            case 0 if len(query) < 50_000:
                asked("query", "GET", f"/sparql?{query}", b"", "", header(rng))
            case 1:
                form = spoilt(rng, query.encode()) if rng.random() < 0.3 else query.encode()
                asked("form", "POST", "/sparql", form, FORM, header(rng))
            case 2:
                asked(
                    "form",
                    "POST",
                    "/sparql",
                    text,
                    rng.choice([FORM, "multipart/form-data", "text/plain"]),
                    header(rng),
                )
            case _:
                asked(
                    "query",
                    "POST",
                    f"/sparql?{urlencode(pairs[1:])}",
                    text,
                    "application/sparql-query",
                    header(rng),
                )


@many(FUZZ)
def test_fuzz_no_document_is_a_fault_of_the_graph_store(asked: Asked, rng: random.Random):
    for _ in range(BATCH):
        kind, sent = body(rng, DOCUMENTS)
        method = rng.choice(["PUT", "POST", "POST", "PUT", "DELETE", "GET"])
        asked("data", method, f"/data{rng.choice(GRAPHS)}", sent, kind, header(rng))


@many(FUZZ)
def test_fuzz_no_text_is_a_fault_of_updates(asked: Asked, rng: random.Random):
    for _ in range(BATCH):
        text, form = spoilt(rng, rng.choice(UPDATES)), rng.random() < 0.3
        using = rng.choice(
            [
                "",
                "",
                "?using-graph-uri=x:g",
                "?using-named-graph-uri=%ff",
                "?using-graph-uri=a%20b",
                "?update=x",
            ]
        )
        sent = urlencode({"update": text}).encode() if form else text
        asked("update", "POST", f"/update{using}", sent, FORM if form else UPDATE, header(rng))


@many(FUZZ // 3)
def test_fuzz_no_document_is_a_fault_of_validation(asked: Asked, rng: random.Random):
    for _ in range(BATCH):
        kind, sent = body(rng, DOCUMENTS)
        how = rng.choice(["", "", "?format=jsonld", "?format=html&lang=zh", "?format=x"])
        asked("validate", "POST", f"/validate{how}", sent, kind, header(rng))


@many(FUZZ // 20)  # each takes a process of its own
def test_fuzz_no_table_is_a_fault_of_validation(asked: Asked, rng: random.Random):
    for _ in range(BATCH):
        kind, sent = body(rng, TABLES)
        mapping = rng.choice(["quantities", "names", "sources", "none", "%00", "../x"])
        asked("table", "POST", f"/validate?mapping={mapping}", sent, kind, header(rng))
