"""No query leaves the graph, whatever it hides SERVICE in; none is refused for a mere word."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.plugins.sparql.parser import parseQuery

from anshan_kg.errors import QueryError, QueryRefused, QueryTooLong
from anshan_kg.execution import gate
from anshan_kg.stores.embedded import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY = EmbeddedStore(ox.Store())

HIDDEN = {
    "plain": "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "lower case": "select * { service <URL> { ?s ?p ?o } }",
    "mixed case": "SELECT * { SeRvIcE <URL> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "variable": "SELECT * { BIND(<URL> AS ?e) SERVICE ?e { ?s ?p ?o } }",
    "no spaces": "SELECT*{SERVICE<URL>{?s ?p ?o}}",
    "optional": "SELECT * { OPTIONAL { SERVICE <URL> { ?s ?p ?o } } }",
    "union": "SELECT * { { ?s ?p ?o } UNION { SERVICE <URL> { ?s ?p ?o } } }",
    "minus": "SELECT * { ?s ?p ?o MINUS { SERVICE <URL> { ?s ?p ?o } } }",
    "graph": "SELECT * { GRAPH ?g { SERVICE <URL> { ?s ?p ?o } } }",
    "exists": "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "not exists": "SELECT * { ?s ?p ?o FILTER NOT EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "sub-select": "SELECT * { { SELECT * { SERVICE <URL> { ?s ?p ?o } } } }",
    "bind": "SELECT * { BIND(EXISTS { SERVICE <URL> { ?s ?p ?o } } AS ?x) }",
    "order by": "SELECT * { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <URL> { ?a ?b ?c } })",
    "having": "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (EXISTS { SERVICE <URL> { ?a ?b ?c } })",
    "expression": "SELECT (EXISTS { SERVICE <URL> { ?a ?b ?c } } AS ?x) { }",
    "construct": "CONSTRUCT { ?s ?p ?o } { SERVICE <URL> { ?s ?p ?o } }",
    "ask": "ASK { SERVICE <URL> { ?s ?p ?o } }",
    "describe": "DESCRIBE ?s { SERVICE <URL> { ?s ?p ?o } }",
    "escape": "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
    "long escape": "SELECT * { \\U00000053ERVICE <URL> { ?s ?p ?o } }",
    "after a comment": "SELECT * { # a comment\n SERVICE <URL> { ?s ?p ?o } }",
    "after a string with #": 'SELECT * { ?s ?p "#" . SERVICE <URL> { ?s ?p ?o } }',
    "after a quote in a comment": "SELECT * { # it's\n SERVICE <URL> { ?s ?p ?o } # it's\n }",
    "after less-than": "SELECT * { ?s ?p ?o FILTER(?s <?p) SERVICE <URL> { ?s ?p ?o } }",
    "less-than, then a comment that looks like an address": (
        "SELECT * { ?s ?p ?a FILTER(?a<#> '''\n1) SERVICE <URL> { ?x ?y ?z } #'''\n}"
    ),
    "after an escaped quote": 'SELECT * { ?s ?p "a\\"" . SERVICE <URL> { ?s ?p ?o } }',
    "between long strings": 'SELECT * { ?s ?p """a""" . SERVICE <URL> { ?s ?p """b""" } }',
    "between escaped quotes, which the engine decodes late": (
        'SELECT * { {} UNION { ?s ?p "\\u0022" } SERVICE <URL> { ?a ?b "\\u0022" } }'
    ),
    "glued to a name": "PREFIX x: <URL> SELECT * { SERVICEx:y { ?s ?p ?o } }",
    "glued to a number": "SELECT * { BIND(1 AS ?x) ?s ?p 1.SERVICE<URL>{ ?s ?p ?o } }",
    "glued to a truth value": "SELECT * { ?s ?p trueSERVICE<URL>{ ?s ?p ?o } }",
    "beside one that is seen": (
        "SELECT * { SERVICE <URL> { ?s ?p ?o } FILTER(?a<#> '''\n1) SERVICE <URL> { ?x ?y ?z } #'''\n}"
    ),
    "in an escaped escape": 'SELECT * { ?s ?p "service" \\u005Cu0053ERVICE <URL> { ?x ?y ?z } }',
    "after a name that ends in service": "PREFIX s: <http://x/> SELECT * { ?s s:service ?o SERVICE <URL> { ?s ?p ?o } }",
}

HARMLESS = [
    'SELECT * { ?s ?p "SERVICE <http://x/> { }" }',
    "SELECT * { ?s ?p 'SERVICE' }",
    'SELECT * { ?s ?p """\nSERVICE\n""" }',
    "SELECT * { ?s ?p ?o } # SERVICE <http://x/>",
    "SELECT * { <http://example.org/SERVICE> ?p ?o }",
    "SELECT * { ?service ?p $SERVICE }",
    "PREFIX service: <http://x/> SELECT * { ?s service:SERVICE service: }",
    'SELECT * { ?s ?p "x"@service }',
    "SELECT (?a < ?b AS ?c) { ?a ?b 'service' }",
    'SELECT * { ?s ?p "LOAD <http://x/>" }',
    "SELECT * { ?s <http://x/load> ?delete }",
    "SELECT (1 AS ?service) (2 AS ?SERVICE) {}",
    "SELECT * { ?s ?p '\\u0053ERVICE' }",
]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Address of a server on this machine, and what anybody ever sent it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    link, _ = server.accept()
                except TimeoutError:
                    continue
                with link:
                    heard.append(link.recv(1000))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", heard
        stop.set()
        thread.join()


@pytest.mark.parametrize("place", HIDDEN)
def test_service_is_refused_wherever_it_hides(place: str, listener: tuple[str, list[bytes]]):
    url, heard = listener
    with pytest.raises((QueryRefused, QueryError)):
        gate.check(HIDDEN[place].replace("URL", url), EMPTY.query)
    assert heard == []  # nor did the gate itself ask


@pytest.mark.parametrize("text", HARMLESS)
def test_a_mere_word_is_not_refused(text: str):
    gate.check(text, EMPTY.query)


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://x/>",
        "load <http://x/>",
        "PREFIX a: <b:> INSERT DATA { a:a a:a a:a }",
        "CLEAR ALL",
        "DROP ALL",
        "# x\nDELETE WHERE { ?s ?p ?o }",
    ],
)
def test_an_update_is_no_query_and_told_as_what_it_is(text: str):
    with pytest.raises(QueryError, match="is an update; this is the query service, which only reads"):
        EMPTY.query(text)


@pytest.mark.parametrize(
    "text", ["SELECT * { SERVICE <http://x/> { ?s ?p } }", "SELECT * { SERVICE SILENT { ?s ?p ?o } }"]
)
def test_a_syntax_error_is_told_before_a_refusal(text: str):
    with pytest.raises(QueryError, match="not a SPARQL query"):
        gate.check(text, EMPTY.query)


LOCAL = [
    "file:///etc/passwd", "http://localhost/x", "http://LOCALHOST:80/", "http://a.localhost/", "http://127.0.0.1/",
    "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:127.0.0.1]:8080/", "http://169.254.169.254/latest", "http://10.1.2.3/", "http://192.168.0.1./",
    "https://172.16.0.1/", "http://[fe80::1%25eth0]/", "http://0.0.0.0/", "ftp://example.org/x", "http:///x",
]  # fmt: skip
FAR = [
    "http://example.org/x", "https://w3id.org/anshan-kg/id/source/x", "urn:x:y", "tag:a,2026:b", "http://8.8.8.8/",
    "http://127.example.org/", "http://localhost.example.org/", "x:y",
]  # fmt: skip


@pytest.mark.parametrize("address", LOCAL)
def test_an_address_that_leads_to_this_machine_or_its_network_is_known_as_such(address: str):
    assert gate.is_local(address)


@pytest.mark.parametrize("address", FAR)
def test_a_mere_name_is_not_taken_for_a_way_to_this_machine(address: str):
    assert not gate.is_local(address)


FROM = [
    (
        "SELECT * FROM <http://x/a> FROM NAMED <http://x/b> { ?s ?p <http://y/> }",
        ("http://x/a", "http://x/b"),
    ),
    ("PREFIX x: <http://x/> ASK from\nx:a from named x:b { ?s x:p ?o }", ("http://x/a", "http://x/b")),
    ("BASE <http://x/y/> ASK FROM <../z> { }", ("http://x/z",)),
    ("ASK FROM <a> { }", ("https://w3id.org/anshan-kg/a",)),
    ("ASK # FROM <http://x/a>\n { ?s ?p 'FROM <http://x/b>' }", ()),
    ("ASK FROM <http://127.0.0.\\u0031/> { }", ("http://127.0.0.1/",)),
]


@pytest.mark.parametrize(("text", "graphs"), FROM)
def test_the_graphs_that_from_names_are_seen(text: str, graphs: tuple[str, ...]):
    assert gate.sources(text) == graphs


def test_a_query_may_be_long_but_not_endless():
    gate.check("SELECT * { ?s ?p ?o } #" + "x" * 900_000, EMPTY.query)
    with pytest.raises(QueryTooLong, match=r"4,194,304 are the most"):
        gate.check("#" * (gate.LONGEST + 1), EMPTY.query)


def test_brackets_are_not_nested_without_end():
    with pytest.raises(QueryError, match="nested more than 500 deep"):
        gate.check_nesting("SELECT * " + "{" * 10_000 + "}" * 10_000)
    gate.check_nesting("SELECT * { ?s ?p '" + "{" * 10_000 + "' }")
    gate.check_nesting("SELECT * { ?s ?p 1 . " + "{ } " * 10_000 + "}")


NASTY = [
    "a_",
    "a.",
    "a-",
    "a:",
    "é",
    '"',
    "'",
    "\\",
    "<",
    "<a",
    "# \n",
    "@a-",
    "?a",
    "_:a",
    "%41",
    "\\u0041",
    "1",
    "a1",
    '"\\"',
    "'''",
    '"""a',
    "a:b.",
    "a:%",
    "service ",
    "-.",
]


@pytest.mark.parametrize("piece", NASTY)
def test_no_text_makes_the_scan_slow(piece: str):
    """A megabyte of anything is scanned in about a second; the square of it would take days."""
    try:
        gate.check("SELECT * { SERVICE " + piece * (900_000 // len(piece)), lambda _: None)
    except (QueryError, QueryRefused):
        return


def test_what_is_parsed_to_find_errors_holds_no_service(listener: tuple[str, list[bytes]]):
    """A refusal for another reason does not open a way for a SERVICE that hides."""
    url, heard = listener
    text = HIDDEN["less-than, then a comment that looks like an address"].replace("URL", url)
    with pytest.raises((QueryRefused, QueryError)):
        gate.check(text.replace("SELECT *", "SELECT * FROM <http://x/other>"), EMPTY.query)
    assert heard == []


NOWHERE = "<http://127.0.0.1:1/>"
"""An address that the engine's client refuses itself, so that asking it reaches no network."""

PIECES = st.sampled_from(
    [f"SERVICE {NOWHERE} {{ ?s ?p ?o }}", f"SERVICE{NOWHERE}{{}}", "SERVICE", "service", NOWHERE, "{", "}", "{}",
     "?s", "?p", " ", "\n", '"', "'", '"""', "'''", "#", "<", ">", "<#>", "\\", "(", ")", "1", ".", "a:b", "SERVICEa:b {}",
     "@en", "\\u0053", "\\u0022", "\\u0027", "\\u0023", "\\u000A", "\\u005C", "EXISTS", "UNION", "OPTIONAL", "FILTER(?s<?p)",
     "FILTER(1<", ") ", "||", "?s ?p ", "?s ?p 'a' .", '?s ?p "service" .', "true"]
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_what_passes_the_gate_never_reaches_a_service(pieces: list[str]):
    """Two other readers are the judges: the engine that runs it, and rdflib's parser."""
    text = f"PREFIX a: {NOWHERE} SELECT * {{ " + "".join(pieces) + " }"
    try:
        gate.check(text, EMPTY.query)
    except (QueryRefused, QueryError):
        return
    assert not _reaches_out(text)
    assert not _has_service(text)


@pytest.mark.parametrize("text", [f"SELECT * {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }}"])
def test_the_judges_know_a_service_when_they_see_one(text: str):
    assert _reaches_out(text)
    assert _has_service(text)


def _reaches_out(text: str) -> bool:
    """Whether the engine fails to reach an address when it runs a query on no data."""
    try:
        answer = ox.Store().query(text)
        if isinstance(answer, ox.QuerySolutions):
            list(answer)
    except OSError:
        return True
    except (SyntaxError, RuntimeError, ValueError):
        return False
    return False


def _has_service(text: str) -> bool:
    """Whether rdflib reads a query as one with SERVICE."""
    try:
        return "ServiceGraphPattern" in repr(parseQuery(text))
    except Exception:  # noqa: BLE001 - it has many, for texts that are no SPARQL
        return False


@settings(max_examples=2000, deadline=None)
@given(st.text(st.sampled_from("SERVICEservice\u017f\u0130\u0131\u212a\u00dfß鞍 x"), max_size=24))
def test_no_word_is_missed_that_a_pattern_would_find(text: str):
    for word in ("SERVICE", "RE", "IC"):
        assert gate.mentions(text, word) >= (re.search(word, text, re.IGNORECASE) is not None)
