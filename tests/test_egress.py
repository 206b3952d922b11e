"""Nothing that a stranger sends makes this service call anybody, and what is listed is checked."""

from __future__ import annotations

import contextlib
import http.server
import ipaddress
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from anshan_kg import foreign, formats
from anshan_kg.errors import AnshanError, ParameterError, QueryError, QueryRefused
from anshan_kg.execution import Limits, QueryPool
from anshan_kg.execution.egress import Services, admit, is_public, resolve
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from tests.test_execution import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

JSON, CSV, TURTLE = formats.by_name("json"), formats.by_name("csv"), formats.by_name("ttl")


class Listener:
    """A real socket that notes who connects."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.server.settimeout(0.05)

    def was_called(self) -> bool:
        try:
            self.server.accept()[0].close()
        except TimeoutError:
            return False
        return True


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    with found.server:
        yield found


@pytest.fixture(scope="module")
def pool() -> Iterator[QueryPool]:
    with contextlib.closing(
        QueryPool.start(data(), workers=2, queue=4, limits=Limits(seconds=5, megabytes=256))
    ) as started:
        yield started


PLACES = {
    "plain": "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "exists": "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <URL> { ?a ?b ?c } } }",
    "not exists in bind": "SELECT * { ?s ?p ?o BIND(NOT EXISTS { SERVICE <URL> { ?a ?b ?c } } AS ?x) }",
    "sub-select": "SELECT * { { SELECT ?s { SERVICE <URL> { ?s ?p ?o } } } }",
    "order by": "SELECT * { ?s ?p ?o } ORDER BY EXISTS { SERVICE <URL> { ?a ?b ?c } }",
    "having": "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING(EXISTS { SERVICE <URL> { ?a ?b ?c } })",
    "projection": "SELECT (EXISTS { SERVICE <URL> { ?a ?b ?c } } AS ?x) { }",
    "group by": "SELECT ?x { ?s ?p ?o } GROUP BY (EXISTS { SERVICE <URL> { ?a ?b ?c } } AS ?x)",
    "optional, minus, union": "SELECT * { ?s ?p ?o OPTIONAL { SERVICE <URL> { ?s ?p ?o } } MINUS { { SERVICE <URL> { ?s ?p ?o } } UNION { } } }",
    "after what looks like a string": "SELECT * { ?a <#> '''\n SERVICE <URL> { ?s ?p ?o } #'''\n }",
    "after a comment, in any case": "SELECT * { # SERVICE\n sErViCe#\n<URL> { ?s ?p ?o } }",
    "prefixed": "PREFIX u: <URL> SELECT * { SERVICE u: { ?s ?p ?o } }",
    "variable": "SELECT * { VALUES ?u { <URL> } SERVICE ?u { ?s ?p ?o } }",
    "escaped address": r"SELECT * { SERVICE <\u0068ttp:URLTAIL> { ?s ?p ?o } }",
    "escaped keyword": r"SELECT * { S\u0045RVICE <URL> { ?s ?p ?o } }",
    "construct": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "describe": "DESCRIBE ?s { SERVICE <URL> { ?s ?p ?o } }",
    "from": "SELECT * FROM <URL> { ?s ?p ?o }",
    "from named": "SELECT * FROM NAMED <URL> { GRAPH ?g { ?s ?p ?o } }",
    "load": "LOAD <URL>",
    "load in update": "INSERT DATA { <x:a> <x:b> 1 } ; LOAD SILENT <URL> INTO GRAPH <x:g>",
}  # fmt: skip
"""Where a query may hide that it wants to go elsewhere."""

HARMLESS = {
    "string": "SELECT ('SERVICE <URL> { }' AS ?x) { }",
    "long string": 'SELECT ("""a "SERVICE" <URL>""" AS ?x) { }',
    "comment": "SELECT * { } # SERVICE <URL> { ?s ?p ?o }",
    "variable": "SELECT ?service { ?service ?SERVICE ?o } LIMIT 1",
    "address": "SELECT * { ?s <URL#SERVICE> ?o }",
    "name": "PREFIX SERVICE: <URL#> SELECT * { ?s SERVICE:SERVICE ?o }",
}

TARGETS = (
    "http://127.0.0.1:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://localhost:{port}/",
    "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f.1:{port}/",
)


def filled(query: str, url: str) -> str:
    return query.replace("URLTAIL", url.partition(":")[2]).replace("URL", url)


@pytest.mark.parametrize("name", PLACES)
def test_no_hiding_place_reaches_anybody(pool: QueryPool, listener: Listener, name: str):
    """The gate refuses it, and even past the gate the worker cannot connect."""
    query = filled(PLACES[name], f"http://127.0.0.1:{listener.port}/")
    with pytest.raises((QueryRefused, QueryError)):
        admit(query, frozenset({"x:own"}), pool.parse)
    with contextlib.suppress(AnshanError):
        pool.run(query, JSON, TURTLE)
    assert not listener.was_called()


@pytest.mark.parametrize("target", TARGETS)
def test_no_way_of_writing_an_address_reaches_it(pool: QueryPool, listener: Listener, target: str):
    query = filled(PLACES["silent"], target.format(port=listener.port))
    with pytest.raises(QueryRefused):
        admit(query, None, pool.parse)
    pool.run(query, JSON, TURTLE)
    assert not listener.was_called()


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_like_a_service_runs(pool: QueryPool, listener: Listener, name: str):
    query = filled(HARMLESS[name], f"http://127.0.0.1:{listener.port}/")
    for services in (None, Services([f"http://127.0.0.1:{listener.port}/"])):
        assert admit(query, None, pool.parse, services) == query
    assert pool.run(query, JSON, TURTLE).body
    assert not listener.was_called()


def test_a_syntax_error_is_told_before_a_refusal(pool: QueryPool):
    with pytest.raises(QueryError) as error:
        admit("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p } }", None, pool.parse)
    assert error.value.line == 1


def test_files_are_not_read(pool: QueryPool):
    with pytest.raises(QueryRefused):
        admit("SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }", None, pool.parse)
    with pytest.raises(QueryError):
        pool.run("SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }", JSON, TURTLE)
    body = pool.run("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", CSV, TURTLE).body
    assert body.count(b"\n") == 1


# Bodies: what is parsed must not call anybody either.


DOCUMENTS = {
    "json-ld context": ("application/ld+json", '{"@context": "URL", "@id": "x:a", "name": "b"}'),
    "json-ld context within": ("application/ld+json", '{"@context": [{"a": "x:a"}, "URL"], "a": 1}'),
    "json-ld import": ("application/ld+json", '{"@context": {"@version": 1.1, "@import": "URL"}, "@id": "x:a"}'),
    "xml external entity": (
        "application/rdf+xml",
        '<!DOCTYPE r [<!ENTITY e SYSTEM "URL">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:x="x:"><rdf:Description rdf:about="x:a"><x:p>&e;</x:p></rdf:Description></rdf:RDF>',
    ),
    "xml external subset": (
        "application/rdf+xml",
        '<!DOCTYPE r SYSTEM "URL"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    ),
    "xml parameter entity": (
        "application/rdf+xml",
        '<!DOCTYPE r [<!ENTITY % e SYSTEM "URL"> %e;]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    ),
    "xinclude": (
        "application/rdf+xml",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xi="http://www.w3.org/2001/XInclude">'
        '<rdf:Description rdf:about="x:a"><xi:include href="URL"/></rdf:Description></rdf:RDF>',
    ),
    "owl imports": ("text/turtle", "<x:o> <http://www.w3.org/2002/07/owl#imports> <URL> ."),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_makes_the_parser_call_anybody(listener: Listener, name: str):
    kind, text = DOCUMENTS[name]
    form = ox.RdfFormat.from_media_type(kind)
    assert form is not None
    with contextlib.suppress(SyntaxError):
        list(ox.parse(filled(text, f"http://127.0.0.1:{listener.port}/").encode(), form, base_iri="x:"))
    assert not listener.was_called()


RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:"'


@pytest.mark.parametrize(
    ("declared", "used", "reason"),
    [
        (
            '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)),
            "&e9;",
            "made of others",
        ),
        (f'<!ENTITY e "{"ha" * 50_000}">', "&e;" * 1000, "add up to too much"),
        (f"<!ENTITY e '{'ha' * 50_000}'>", "&e;" * 1000, "add up to too much"),
    ],
    ids=["billion laughs", "quadratic", "quadratic, in single quotes"],
)
def test_entities_do_not_blow_up(declared: str, used: str, reason: str):
    """The engine's parser would make two gigabytes of the first."""
    text = f"<!DOCTYPE r [{declared}]><rdf:RDF {RDF}><rdf:Description rdf:about='x:a'><x:p>{used}</x:p></rdf:Description></rdf:RDF>"
    with pytest.raises(ParameterError, match=reason):
        list(foreign.parse(text.encode(), "application/rdf+xml"))
    with pytest.raises(ParameterError, match="not UTF-8"):
        list(foreign.parse(text.encode("utf-16"), "application/rdf+xml"))


def test_entities_as_people_use_them_are_expanded():
    text = (
        '<!DOCTYPE r [<!ENTITY x "http://example.org/">]>'
        f"<rdf:RDF {RDF}><rdf:Description rdf:about='&x;a'><x:p>b &lt; c</x:p></rdf:Description></rdf:RDF>"
    )
    (quad,) = foreign.parse(text.encode(), "application/rdf+xml")
    assert (str(quad.subject), str(quad.object)) == ("<http://example.org/a>", '"b < c"')


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_result_of_another_endpoint_makes_us_call_anybody(listener: Listener, name: str):
    text = filled(DOCUMENTS[name][1], f"http://127.0.0.1:{listener.port}/")
    with contextlib.suppress(SyntaxError, ValueError):
        list(ox.parse_query_results(text.encode(), format=ox.QueryResultsFormat.XML))  # type: ignore[arg-type]
    assert not listener.was_called()


# The list of what is allowed, and its relay.


class Remote(http.server.BaseHTTPRequestHandler):
    """A SPARQL endpoint that answers one row, redirects, or misbehaves, by its path."""

    calls: list[str]

    def do_POST(self) -> None:
        self.calls.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/to/"):
            self.send_response(307)
            self.send_header("Location", "/" + self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"?s\n<http://example.org/found>\n"
        if self.path == "/large":
            body = b"?s\n" + b"<http://example.org/found>\n" * 200_000
        if self.path == "/slow":
            time.sleep(2)
        self.send_response(200)
        self.send_header("Content-Type", "text/tab-separated-values")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def remote() -> Iterator[tuple[str, list[str]]]:
    calls: list[str] = []
    handler = type("Handler", (Remote,), {"calls": calls})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def outward(remote: tuple[str, list[str]]) -> Iterator[QueryPool]:
    """A pool whose queries may use some services of a private network."""
    base = remote[0]
    services = Services(
        [f"{base}{path}" for path in ("/sparql", "/to/sparql", "/to/elsewhere", "/large", "/slow")],
        ["127.0.0.0/8"],
        seconds=1.0,
        megabytes=1,
    )
    with contextlib.closing(
        QueryPool.start(
            data(), workers=2, queue=4, limits=Limits(seconds=5, megabytes=256), services=services
        )
    ) as started:
        yield started


def asked(pool: QueryPool, query: str) -> bytes:
    return pool.run(admit(query, None, pool.parse, pool.services), CSV, None).body


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { SERVICE <BASE/sparql> { ?s ?p ?o } }",
        "SELECT ?s { SERVICE SILENT\n<BASE/sparql> { ?s ?p ?o } }",
        "SELECT ?s { service # a comment\n <BASE/sparql> { ?s ?p ?o } }",
        "SELECT ?s { ?x ?y ?z { SELECT ?s { SERVICE <BASE/sparql> { ?s ?p ?o } } } } LIMIT 1",
        "SELECT ?s { SERVICE <BASE/to/sparql> { ?s ?p ?o } }",
    ],
)
def test_a_listed_service_answers(outward: QueryPool, remote: tuple[str, list[str]], query: str):
    assert asked(outward, query.replace("BASE", remote[0])) == b"s\r\nhttp://example.org/found\r\n"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { SERVICE <BASE/other> { ?s ?p ?o } }",
        "SELECT ?s { SERVICE <BASE/sparql> { ?s ?p ?o } SERVICE <BASE/other> { ?s ?p ?o } }",
        "SELECT ?s { VALUES ?u { <BASE/sparql> } SERVICE ?u { ?s ?p ?o } }",
        "SELECT ?s { SERVICE <BASE/sparql> { SERVICE <BASE/other> { ?s ?p ?o } } }",
        "PREFIX b: <BASE/> SELECT ?s { SERVICE b:sparql { ?s ?p ?o } }",
    ],
)
def test_what_is_not_listed_is_refused_with_the_list(
    outward: QueryPool, remote: tuple[str, list[str]], query: str
):
    before = len(remote[1])
    with pytest.raises(QueryRefused, match="IRI written in full"):
        asked(outward, query.replace("BASE", remote[0]))
    assert len(remote[1]) == before


@pytest.mark.parametrize("path", ["/to/elsewhere", "/large", "/slow"])
def test_a_listed_service_that_misbehaves_is_an_error_in_time(
    outward: QueryPool, remote: tuple[str, list[str]], path: str
):
    began = time.monotonic()
    with pytest.raises(QueryError):
        asked(outward, f"SELECT ?s {{ SERVICE <{remote[0]}{path}> {{ ?s ?p ?o }} }}")
    assert "/elsewhere" not in remote[1]
    assert time.monotonic() - began < 2.5


def test_a_worker_that_may_use_the_relay_reaches_nothing_else(outward: QueryPool, listener: Listener):
    """It has a network of its own where the system allows it; where not, only the gate keeps it."""
    if not outward._source.alone:
        pytest.skip("this system lets no process have a network of its own")
    query = f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.port}/> {{ ?s ?p ?o }} }} # {outward.services._secret}"
    assert outward.services.used_in(query)
    with pytest.raises(QueryError):
        outward.run(query, JSON, TURTLE)
    assert not listener.was_called()


def test_the_relay_is_for_nobody_who_does_not_know_its_secret():
    services = Services(["http://example.org/sparql"])
    assert services.endpoint_at(f"/{services._secret}/0") == "http://example.org/sparql"
    for path in (
        "/",
        "/0",
        "/wrong/0",
        f"/{services._secret}",
        f"/{services._secret}/1",
        f"/{services._secret}/-1",
        f"/{services._secret}/²",
    ):
        assert services.endpoint_at(path) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::ffff:8.8.8.8", True),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
    ],
)  # fmt: skip
def test_an_address_is_judged_by_where_it_leads(address: str, public: bool):
    assert is_public(ipaddress.ip_address(address)) is public


def test_every_address_of_a_name_has_to_be_fit(monkeypatch: pytest.MonkeyPatch):
    """A name with one public and one private address is refused, whichever comes first."""

    def found(*addresses: str) -> Callable[..., list[Any]]:
        return lambda *_, **__: [(0, 0, 0, "", (each, 80)) for each in addresses]

    for addresses in (("8.8.8.8", "127.0.0.1"), ("127.0.0.1", "8.8.8.8"), ("8.8.8.8", "fe80::1%eth0")):
        monkeypatch.setattr("socket.getaddrinfo", found(*addresses))
        with pytest.raises(QueryRefused, match="where no query may go"):
            resolve("example.org", 80)
    monkeypatch.setattr("socket.getaddrinfo", found("8.8.8.8", "8.8.4.4"))
    assert resolve("example.org", 80) == "8.8.8.8"
    monkeypatch.setattr("socket.getaddrinfo", found("10.0.0.7"))
    assert resolve("inside", 80, [ipaddress.ip_network("10.0.0.0/24")]) == "10.0.0.7"


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://example.org/", "example.org", "http://user:word" + "@example.org/"],
)
def test_only_web_addresses_can_be_listed(address: str):
    with pytest.raises(ParameterError, match="no address of a service"):
        Services([address])
    with pytest.raises(ParameterError, match="service_networks"):
        Services([], ["not a network"])


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> FlaskClient:
    return create_app(kg, DirectRunner(kg.store)).test_client()


@pytest.mark.parametrize("name", PLACES)
def test_the_endpoint_refuses_every_hiding_place(client: FlaskClient, listener: Listener, name: str):
    response = client.post(
        "/sparql", data={"query": filled(PLACES[name], f"http://127.0.0.1:{listener.port}/")}
    )
    assert response.status_code in {400, 403}
    assert not listener.was_called()
