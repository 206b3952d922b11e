"""
Updates: what passes on the engine passes over HTTP; the protocol's clauses; judged, whole, durable.

Sections named 2.2 are those of SPARQL 1.1 Protocol, those named 3 of SPARQL 1.1 Update.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.parse
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from anshan_kg.cli import cli
from anshan_kg.errors import ParameterError
from anshan_kg.writing import changes, updates
from tests.service import FORM, UPDATE, Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EX = "PREFIX : <http://example.org/> "


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("writing"), "--empty", "--update-timeout", "2.5") as started:
        yield started


@pytest.fixture
def service(shared: Service) -> Service:
    """The service, with an empty dataset."""
    shared.clear()
    return shared


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose dataset began with the packaged graph."""
    with running(tmp_path_factory.mktemp("ours")) as started:
        yield started


# SPARQL 1.1 Update

START = (
    EX
    + """INSERT DATA {
  :john :name "John" ; :knows :jane ; :age 30 . :jane :name "Jane"@en .
  GRAPH :g1 { :john :name "Johnny" ; :mail "j@x" . :ann :name "Ann" }
  GRAPH :g2 { :jane :name "Janey" } }"""
)

UPDATES = {
    "3.1.1 insert data": "INSERT DATA { :a :b 1 . GRAPH :g1 { :a :b 2 } GRAPH :new { :a :b 3 . } }",
    "3.1.1 insert data twice is once": "INSERT DATA { :john :name 'John' }",
    "3.1.1 blank nodes": "INSERT DATA { [] :b [] . _:x :b _:x }",
    "3.1.1 literals of all kinds": "INSERT DATA { :a :b 'x'@zh-Hans, 1.5, 1e3, true, '''a\nb''', \"q\\\"\" }",
    "3.1.2 delete data": "DELETE DATA { :john :age 30 . GRAPH :g1 { :ann :name 'Ann' } }",
    "3.1.2 delete data that is not there": "DELETE DATA { :nobody :name 'x' . GRAPH :none { :a :b :c } }",
    "3.1.3 delete and insert": "DELETE { ?s :name ?n } INSERT { ?s :label ?n } WHERE { ?s :name ?n }",
    "3.1.3 with": "WITH :g1 DELETE { ?s :name ?n } INSERT { ?s :label ?n } WHERE { ?s :name ?n }",
    "3.1.3 with and graph": "WITH :g1 INSERT { ?s :other ?n } WHERE { GRAPH :g2 { ?s :name ?n } }",
    "3.1.3 using": "INSERT { ?s :seen ?n } USING :g1 WHERE { ?s :name ?n }",
    "3.1.3 using two graphs": "INSERT { ?s :seen ?n } USING :g1 USING :g2 WHERE { ?s :name ?n }",
    "3.1.3 using named": "INSERT { ?s :seen ?n } USING NAMED :g2 WHERE { GRAPH ?g { ?s :name ?n } }",
    "3.1.3 using wins over with": "WITH :g2 INSERT { ?s :seen ?n } USING :g1 WHERE { ?s :name ?n }",
    "3.1.3 graph variable in a template": "INSERT { GRAPH ?g { ?s :seen true } } WHERE { GRAPH ?g { ?s :name ?n } }",
    "3.1.3 several graphs in a template":
        "DELETE { ?s :name ?n . GRAPH :g1 { ?s :name ?m } ?s :age ?a . } INSERT { GRAPH :g3 { ?s :was ?m } } "
        "WHERE { ?s :name ?n . GRAPH :g1 { ?s :name ?m } OPTIONAL { ?s :age ?a } }",
    "3.1.3 sub-select and aggregate": "INSERT { :all :count ?n } WHERE { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } }",
    "3.1.3.1 a blank node in a template is new in each row": "INSERT { [] :of ?s } WHERE { ?s :name ?n }",
    "3.1.3.2 delete": "DELETE { ?s ?p ?o } WHERE { ?s :knows ?x ; ?p ?o FILTER(isLiteral(?o)) }",
    "3.1.3.2 unbound in a template": "DELETE { ?s :name ?n . ?s :none ?m } WHERE { ?s :name ?n OPTIONAL { ?s :no ?m } }",
    "3.1.3.3 delete where": "DELETE WHERE { ?s :name ?n ; :age ?a }",
    "3.1.3.3 delete where in graphs": "DELETE WHERE { ?s :knows ?x . GRAPH ?g { ?x ?p ?o } }",
    "3.1.5 clear a graph": "CLEAR GRAPH :g1",
    "3.1.5 clear default": "CLEAR DEFAULT",
    "3.1.5 clear named": "CLEAR NAMED",
    "3.1.5 clear all": "CLEAR ALL",
    "3.1.5 clear silent": "CLEAR SILENT GRAPH :none",
    "3.1.4 load silent loads nothing here": "LOAD SILENT <http://127.0.0.1:1/x> ; INSERT DATA { :a :b 1 }",
    "3.1.4 load silent into": "LOAD SILENT <http://127.0.0.1:1/x> INTO GRAPH :g1",
    "3.2.1 create": "CREATE GRAPH :new",
    "3.2.1 create silent": "CREATE SILENT GRAPH :g1",
    "3.2.2 drop a graph": "DROP GRAPH :g1",
    "3.2.2 drop default": "DROP DEFAULT",
    "3.2.2 drop named": "DROP NAMED",
    "3.2.2 drop all": "DROP ALL",
    "3.2.2 drop silent": "DROP SILENT GRAPH :none",
    "3.2.3 copy": "COPY :g1 TO :g2",
    "3.2.3 copy default": "COPY DEFAULT TO :g3",
    "3.2.3 copy onto itself": "COPY :g1 TO :g1",
    "3.2.4 move": "MOVE :g1 TO :g2",
    "3.2.4 move to default": "MOVE GRAPH :g1 TO DEFAULT",
    "3.2.5 add": "ADD :g1 TO DEFAULT",
    "3.2.5 add silent": "ADD SILENT :none TO :g1",
    "several operations see each other":
        "INSERT DATA { :a :b 1 } ; DELETE { :a :b ?o } INSERT { :a :c ?o } WHERE { :a :b ?o } ;",
    "comments and words that only look like something":
        "# LOAD <x> ; SERVICE\nINSERT DATA { :a :b 'LOAD <x>; SERVICE {' . :SERVICE :LOAD <http://x/LOAD;SERVICE> }",
    "relative to the service": "INSERT DATA { <a> <#b> <> }",
    "nothing at all": "",
    "only declarations": "BASE <http://x/>",
}  # fmt: skip

FAILING = {
    "3.1.1 variables in data": "INSERT DATA { ?s :b 1 }",
    "3.1.2 blank nodes in deleted data": "DELETE DATA { _:x :b 1 }",
    "3.1.3.2 blank nodes in a delete template": "DELETE { [] :b ?o } WHERE { ?s :b ?o }",
    "one blank node in two operations": "INSERT DATA { _:x :b 1 } ; INSERT DATA { _:x :b 2 }",
    "no semicolon between": "INSERT DATA { :a :b 1 } INSERT DATA { :a :b 2 }",
    "a query": "ASK { }",
    "cut off": "INSERT DATA { :a :b",
    "a syntax error is told before LOAD is refused": "LOAD <http://127.0.0.1:1/x> INTO :g ; INSERT DATA {",
    "a syntax error is told before SERVICE is refused":
        "INSERT { ?s :b 1 } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } ",
    "3.2.1 create what is there": "CREATE GRAPH :g1",
    "3.2.2 drop what is not there": "DROP GRAPH :none",
    "3.1.5 clear what is not there": "CLEAR GRAPH :none",
    "deep": "INSERT DATA { :a :b " + "(" * 9000 + ")" * 9000 + " }",
}  # fmt: skip


def nameless(lines: set[str]) -> list[str]:
    """Lines with all blank nodes alike; enough to tell these cases apart."""
    return sorted(
        " ".join("_:" if word.startswith("_:") else word for word in line.split(" ")) for line in lines
    )


def in_process(text: str, base: str) -> list[str]:
    store = ox.Store()
    store.update(START)
    store.update(EX + text, base_iri=base)
    return nameless({f"{quad} ." for quad in store})


@pytest.mark.parametrize("name", UPDATES)
def test_what_passes_on_the_engine_passes_over_http(service: Service, name: str):
    assert service.update(START).status == 204
    answer = service.update(EX + UPDATES[name])
    assert answer.status == 204, answer.text
    assert nameless(service.quads()) == in_process(UPDATES[name], f"{service.base}/update")


@pytest.mark.parametrize("name", FAILING)
def test_what_fails_says_why_and_changes_nothing(service: Service, name: str):
    service.update(START)
    before = service.quads()
    answer = service.update(EX + FAILING[name])
    assert answer.status == 400, answer.text
    assert json.loads(answer.body)["detail"]
    assert service.quads() == before
    assert service.update("INSERT DATA { <x:a> <x:b> 1 }").status == 204


def test_a_syntax_error_is_told_with_its_place(service: Service):
    problem = json.loads(service.update("INSERT DATA {\n <x:a> <x:b> }").body)
    assert (problem["line"], problem["title"]) == (2, "QueryError")
    assert "not a SPARQL update" in problem["detail"]


# 2.2: the update operation of the protocol


def test_2_2_1_an_update_is_sent_by_form(service: Service):
    assert service.form([("update", "INSERT DATA { <x:a> <x:b> '中 & +' }")]).status == 204
    assert service.quads() == {'<x:a> <x:b> "中 & +" .'}


@pytest.mark.parametrize(
    "kind", [UPDATE, f"{UPDATE}; charset=utf-8", f"{UPDATE};charset=UTF-8", UPDATE.upper()]
)
def test_2_2_2_an_update_is_sent_as_it_is(service: Service, kind: str):
    answer = service.ask("POST", "/update", "INSERT DATA { <x:a> <x:b> '鞍' }".encode(), Content_Type=kind)
    assert answer.status == 204
    assert service.quads() == {'<x:a> <x:b> "鞍" .'}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_2_2_other_methods_are_405_and_post_is_named(service: Service, method: str):
    answer = service.ask(method, "/update?update=CLEAR+ALL")
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


INSERT = "INSERT DATA { <x:a> <x:b> 1 }"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (FORM, "", 400),
        (FORM, "query=ASK%7B%7D", 400),
        (FORM, urllib.parse.urlencode([("update", INSERT), ("update", INSERT)]), 400),
        (FORM, urllib.parse.urlencode([("update", INSERT), ("query", "ASK {}")]), 400),
        (FORM, "update=%FF%FE", 400),
        (UPDATE, b"INSERT DATA { <x:a> <x:b> '\xff' }", 400),
        (UPDATE, INSERT.encode("utf-16"), 400),
        ("application/sparql-query", INSERT, 415),
        ("text/plain", INSERT, 415),
        ("", INSERT, 415),
        ("multipart/form-data; boundary=x", INSERT, 415),
        (f"{UPDATE}; charset=utf-16", INSERT.encode("utf-16"), 415),
        (f"{FORM}; charset=latin1", "update=x", 415),
    ],
)
def test_2_2_requests_that_are_none(service: Service, kind: str, body: str | bytes, status: int):
    answer = service.ask(
        "POST", "/update", body if isinstance(body, bytes) else body.encode(), Content_Type=kind
    )
    assert answer.status == status, answer.text
    assert service.quads() == set()


G1, G2 = "http://example.org/g1", "http://example.org/g2"
COPY = "INSERT { GRAPH <x:out> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
COPY_NAMED = "INSERT { GRAPH <x:out> { ?s ?p ?g } } WHERE { GRAPH ?g { ?s ?p ?o } }"
TWO = f"{COPY} ; {COPY_NAMED}"
DELETE_WHERE = "DELETE WHERE { ?s ?p ?o }"


@pytest.mark.parametrize("direct", [False, True], ids=["form", "direct"])
@pytest.mark.parametrize(
    ("text", "default", "named", "out"),
    [
        (COPY, [G1], [], {"Johnny", "j@x", "Ann"}),
        (COPY, [G1, G2], [], {"Johnny", "j@x", "Ann", "Janey"}),
        (COPY, [], [G1], set()),
        (COPY_NAMED, [], [G1], {G1}),
        (COPY_NAMED, [G1], [], set()),
        (COPY_NAMED, [G1], [G2], {G2}),
        (TWO, [G1], [G2], {"Johnny", "j@x", "Ann", G2}),
        (COPY.replace("?s ?p ?o }", "?s ?p ?o # WHERE, USING <x:y> }\n }", 1), [G2], [], {"Janey"}),
        (f"BASE <http://x/> PREFIX : <x:> {COPY} ; {COPY_NAMED}", [G1], [G2], {"Johnny", "j@x", "Ann", G2}),
        (f"INSERT DATA {{ <x:a> <x:WHERE> 'USING' }} ; {COPY}", [G2], [], {"Janey"}),
    ],
)
def test_2_2_3_the_request_names_the_dataset(
    service: Service, text: str, default: list[str], named: list[str], out: set[str], direct: bool
):
    service.update(START)
    pairs = [("using-graph-uri", each) for each in default] + [
        ("using-named-graph-uri", each) for each in named
    ]
    if direct:
        answer = service.ask(
            "POST", "/update?" + urllib.parse.urlencode(pairs), text.encode(), Content_Type=UPDATE
        )
    else:
        answer = service.form([*pairs, ("update", text)])
    assert answer.status == 204, answer.text
    got = service.ask("GET", "/data?graph=x:out", Accept="application/n-triples")
    found = (
        {quad.object.value for quad in ox.parse(got.body, ox.RdfFormat.N_TRIPLES)}
        if got.status == 200
        else set()
    )
    assert found == out


def test_2_2_3_delete_where_is_matched_in_that_dataset(service: Service):
    """It deletes from the default graph, where the graph it is matched in holds the same."""
    service.update(f"INSERT DATA {{ <x:a> <x:b> 1, 2 . GRAPH <{G1}> {{ <x:a> <x:b> 1 }} }}")
    assert service.form([("update", DELETE_WHERE), ("using-graph-uri", G1)]).status == 204
    line = '<x:a> <x:b> "{}"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert service.quads() == {line.format(2) + " .", f"{line.format(1)} <{G1}> ."}


@pytest.mark.parametrize("clause", ["WITH", "USING", "USING NAMED"])
@pytest.mark.parametrize("parameter", ["using-graph-uri", "using-named-graph-uri"])
def test_2_2_3_a_dataset_named_twice_is_400(service: Service, parameter: str, clause: str):
    text = f"WITH <{G1}> {COPY}" if clause == "WITH" else COPY.replace("WHERE", f"{clause} <{G1}> WHERE")
    answer = service.form([("update", text), (parameter, G1)])
    assert answer.status == 400
    assert "2.2.3" in answer.text


def test_2_2_3_a_graph_that_is_no_iri_is_400(service: Service):
    assert service.form([("update", COPY), ("using-graph-uri", "no iri> DROP ALL")]).status == 400
    assert service.form([("update", COPY), ("using-graph-uri", "relative")]).status == 400


def test_2_2_4_the_answer_tells_the_version_and_reads_see_it_at_once(service: Service):
    seen = set()
    for number in range(5):
        answer = service.update(f"INSERT DATA {{ <x:a> <x:b> {number} }}")
        seen.add(answer.headers["X-Dataset-Version"])
        assert service.true(f"ASK {{ <x:a> <x:b> {number} }}")
    assert len(seen) == 5


def test_a_large_update_is_taken(service: Service):
    rows = "".join(f"<x:{n}> <x:b> 'a statement of some length, number {n}' .\n" for n in range(30_000))
    assert len(rows) > 2**20
    assert service.form([("update", f"INSERT DATA {{ {rows} }}")]).status == 204
    assert service.true("ASK { <x:29999> <x:b> ?o }")


# what an update may not do

WAYS_OUT = {
    "load": ("LOAD <{there}>", 403),
    "load into": ("load <{there}> into graph <x:g>", 403),
    "load after others": ("INSERT DATA {{ <x:a> <x:b> 1 }} ; LOAD <{there}>", 403),
    "load beside a silent one": ("LOAD SILENT <{there}> ; LOAD <{there}>", 403),
    "load silent after declarations": ("PREFIX : <x:> LOAD SILENT <{there}> INTO GRAPH :g ; CLEAR ALL", 204),
    "load silent": ("LOAD SILENT <{there}>", 204),
    "load of a file": ("LOAD <file:///etc/passwd>", 403),
    "load without a space": ("PREFIX p: <{there}> LOAD p: INTO GRAPH p:", 403),
    "load hidden by a comment": ("LOAD # <\n <{there}>", 403),
    "load after an odd less-than": (
        "INSERT {{ ?a ?b 1 }} WHERE {{ ?a ?b ?c FILTER(?a<#> ''' \n?b) }} ; LOAD <{there}> #'''", 403),
    "service": ("INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{there}> {{ ?s ?p ?o }} }}", 403),
    "service silent": ("DELETE {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT <{there}> {{ ?s ?p ?o }} }}", 403),
    "service in a filter": (
        "INSERT {{ ?s ?p 1 }} WHERE {{ ?s ?p ?o FILTER EXISTS {{ service <{there}> {{ ?s ?p ?o }} }} }}", 403),
    "service in a sub-select": (
        "INSERT {{ ?s ?p 1 }} WHERE {{ {{ SELECT ?s ?p {{ SERVICE <{there}> {{ ?s ?p ?o }} }} }} }}", 403),
    "service by a prefix": (
        "PREFIX s: <{there}> INSERT {{ ?s ?p ?o }} WHERE {{ SERVICEs: {{ ?s ?p ?o }} }}", 403),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS_OUT)
def test_no_packet_leaves(service: Service, name: str):
    text, status = WAYS_OUT[name]
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        answer = service.update(text.format(there=f"http://127.0.0.1:{server.getsockname()[1]}/x"))
        with pytest.raises(TimeoutError):
            server.accept()
    assert answer.status == status, answer.text
    assert service.quads() == set()


PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"


def test_an_update_that_takes_too_long_ends_and_changes_nothing(service: Service):
    rows = "".join(f"<x:{n}> <x:b> {n} ." for n in range(2000))
    service.update(f"INSERT DATA {{ {rows} }}")
    before = service.checksum()
    began = time.monotonic()
    answer = service.update(
        f"INSERT {{ <x:a> <x:n> ?n }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }} }}"
    )
    assert answer.status == 504
    assert time.monotonic() - began < 2.5 + 5
    assert "nothing was changed" in answer.text
    assert service.checksum() == before
    assert service.update(INSERT).status == 204


def test_an_update_that_needs_too_much_memory_ends_and_changes_nothing(tmp_path: Path):
    with running(tmp_path, "--empty", "--update-memory", "200") as service:
        rows = "".join(f"<x:{n}> <x:b> {n} ." for n in range(3000))
        service.update(f"INSERT DATA {{ {rows} }}")
        before = service.checksum()
        answer = service.update(f"INSERT {{ ?a <x:n> ?d }} WHERE {{ SELECT DISTINCT * {{ {PRODUCT} }} }}")
        assert answer.status in {507, 504}
        assert service.checksum() == before
        assert service.update(INSERT).status == 204


def test_an_update_of_several_operations_is_whole_or_nothing(service: Service):
    service.update(START)
    before = service.quads()
    answer = service.update(
        f"{EX} INSERT DATA {{ :a :b 1 }} ; CLEAR ALL ; CREATE GRAPH :x ; DROP GRAPH :none"
    )
    assert answer.status == 400
    assert service.quads() == before


def test_writers_take_turns_and_readers_are_not_disturbed(service: Service):
    """Every increment counts, and a reader never sees two values or none."""
    service.update("INSERT DATA { <x:n> <x:is> 0 }")
    step = (
        "DELETE { <x:n> <x:is> ?o } INSERT { <x:n> <x:is> ?n } WHERE { <x:n> <x:is> ?o BIND(?o + 1 AS ?n) }"
    )
    statuses: list[int] = []

    def write() -> None:
        statuses.extend(service.update(step).status for _ in range(10))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        got = service.ask("GET", "/data?default", token=None, Accept="application/n-triples")
        assert got.status == 200, got.text
        assert len(got.text.splitlines()) == 1
    assert statuses == [204] * 40
    assert service.true("ASK { <x:n> <x:is> 40 }")


def test_snapshots_that_nobody_reads_are_removed(service: Service):
    for number in range(3):
        service.update(f"INSERT DATA {{ <x:a> <x:b> {number} }}")
    deadline = time.monotonic() + 60
    while True:  # a reader keeps its snapshot for as long as it takes, and a new one is kept for 5 s
        time.sleep(5.5)
        service.quads()
        service.update(INSERT)
        time.sleep(0.5)
        kept = [path for path in (service.data / "snapshots").iterdir() if path.suffix != ".lock"]
        if len(kept) <= 3 or time.monotonic() > deadline:
            break
    assert len(kept) <= 3


# SHACL

MINE = """PREFIX akg: <https://w3id.org/anshan-kg/ont#> PREFIX mine: <https://w3id.org/anshan-kg/id/mine/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> """
ONE_NAME = MINE + "INSERT DATA { mine:test a akg:Mine ; rdfs:label 'Test mine'@en }"


def first_mine(service: Service) -> str:
    query = MINE + "CONSTRUCT { ?m a akg:Mine } WHERE { ?m a akg:Mine }"
    address = "/sparql?" + urllib.parse.urlencode({"query": query})
    return min(service.ask("GET", address, Accept="application/n-triples").text.splitlines()).split()[0]


@pytest.mark.parametrize("how", ["update", "put", "post"])
def test_data_that_breaks_a_shape_is_422_and_nothing_is_changed(ours: Service, how: str):
    version = ours.ask("GET", "/sparql?query=ASK%7B%7D").headers.get("X-Dataset-Version")
    text = ONE_NAME.partition("INSERT DATA {")[2].rpartition("}")[0]
    document = MINE + text.strip() + " ."
    graph = "/data?graph=http://example.org/mines"
    answer = (
        ours.update(ONE_NAME)
        if how == "update"
        else ours.ask(how.upper(), graph, document.encode(), Content_Type="text/turtle")
    )
    assert answer.status == 422, answer.text
    problem = json.loads(answer.body)
    assert [fault["focus"] for fault in problem["faults"]] == ["mine:test"]
    assert (
        problem["faults"][0]["messages"]["en"] == "a thing has exactly one name in English and one in Chinese"
    )
    assert "nothing was changed" in problem["detail"]
    assert not ours.true(MINE + "ASK { { mine:test ?p ?o } UNION { GRAPH ?g { mine:test ?p ?o } } }")
    assert ours.ask("GET", "/sparql?query=ASK%7B%7D").headers.get("X-Dataset-Version") == version


@pytest.mark.parametrize(
    "kind", ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"]
)
def test_the_report_comes_in_the_format_asked_for(ours: Service, kind: str):
    answer = ours.update(ONE_NAME, Accept=kind)
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (422, kind)
    form = ox.RdfFormat.from_media_type(kind)
    said = {(quad.predicate.value, str(quad.object)) for quad in ox.parse(answer.body, form)}
    assert (
        "http://www.w3.org/ns/shacl#conforms",
        '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>',
    ) in said
    assert ("http://www.w3.org/ns/shacl#focusNode", "<https://w3id.org/anshan-kg/id/mine/test>") in said


def test_taking_away_what_a_shape_asks_for_is_refused(ours: Service):
    mine = first_mine(ours)
    for text in (
        f"DELETE {{ {mine} rdfs:label ?l }} WHERE {{ {mine} rdfs:label ?l }}",
        f"DELETE WHERE {{ {mine} rdfs:label ?l }}",
        f"INSERT DATA {{ {mine} rdfs:label 'another'@en }}",
        "INSERT DATA { <x:a> <x:b> 1 } ; DELETE { ?m rdfs:label ?l } WHERE { ?m a akg:Mine ; rdfs:label ?l }",
    ):
        answer = ours.update(MINE + text)
        assert answer.status == 422, (text, answer.text)
    assert not ours.true("ASK { <x:a> <x:b> 1 }")
    assert ours.true(MINE + f"ASK {{ {mine} rdfs:label ?l }}")


def test_data_that_meets_the_shapes_is_taken_and_found(ours: Service):
    good = ONE_NAME.replace("@en }", "@en, '测试矿'@zh-Hans }")
    assert ours.update(good).status == 204
    assert ours.true(MINE + "ASK { mine:test rdfs:label '测试矿'@zh-Hans }")
    found = ours.ask("GET", "/search?q=" + urllib.parse.quote("测试矿"), Accept="application/json")
    assert "mine/test" in found.text
    assert ours.update(MINE + "DELETE WHERE { mine:test ?p ?o }").status == 204


def test_data_of_other_subjects_is_nobody_s_business(ours: Service):
    assert ours.update("INSERT DATA { <x:a> a <x:Mine> ; <x:label> 1 }").status == 204
    assert ours.update("DELETE WHERE { <x:a> ?p ?o }").status == 204


# the text of an update

PIECES = {
    "INSERT DATA { :a :b 1 }": {":a :b 1"},
    "DELETE { ?s :name ?n } WHERE { ?s :name ?n }": {':john :name "John"', ':jane :name "Jane"@en'},
    "WITH :g1 DELETE { ?s :name ?n } INSERT { ?s :is ?n } WHERE { ?s :name ?n }": {
        ':john :name "Johnny"', ':john :is "Johnny"', ':ann :name "Ann"', ':ann :is "Ann"'},
    "INSERT { ?s :is ?n . } USING :g2 WHERE { ?s :name ?n }": {':jane :is "Janey"'},
    "INSERT { ?s :is ?n } USING NAMED :g2 WHERE { GRAPH ?g { ?s :name ?n } }": {':jane :is "Janey"'},
    "DELETE WHERE { GRAPH :g2 { ?s ?p ?o } . ?s :name ?n }": {':jane :name "Janey"', ':jane :name "Jane"@en'},
    "DROP GRAPH :g2": {':jane :name "Janey"'},
    "COPY :g2 TO :g1": {':jane :name "Janey"', ':john :name "Johnny"', ':john :mail "j@x"', ':ann :name "Ann"'},
    "CREATE GRAPH :new": set(),
    "INSERT { ?s :a ?n ; :b 1.5 # }\n . GRAPH ?g { ?s :c 'x.' . } ?s :d :e. } WHERE { GRAPH ?g { ?s :mail ?n } }": {
        ':john :a "j@x"', ":john :b 1.5", ":john :c 'x.'", ":john :d :e"},
}  # fmt: skip


@pytest.mark.parametrize("text", PIECES)
def test_what_an_operation_touches_is_told_before_it_is_carried_out(text: str):
    store = ox.Store()
    store.update(START)
    change = changes.carry_out(store, EX + text, "http://base/", look=True)
    turtle = "@prefix : <http://example.org/> . " + " . ".join([*PIECES[text], ""])
    assert change.touched == {quad.triple for quad in ox.parse(turtle, ox.RdfFormat.TURTLE)}
    whole = ox.Store()
    whole.update(START)
    whole.update(EX + text)
    assert nameless({str(quad) for quad in store}) == nameless({str(quad) for quad in whole})


@pytest.mark.parametrize("name", [name for name in UPDATES if "load" not in name])
def test_an_update_in_pieces_does_what_the_whole_one_does(name: str):
    """And all that it changed is among what it was said to touch."""
    pieces, before = ox.Store(), ox.Store()
    for store in (pieces, before):
        store.update(START)
    change = changes.carry_out(pieces, EX + UPDATES[name], "http://base/", look=True)
    whole = in_process(UPDATES[name], "http://base/")
    assert nameless({f"{quad} ." for quad in pieces}) == whole
    changed = {quad.triple for quad in set(before) ^ set(pieces)}
    kept = ox.Store()  # which writes literals as a store does
    kept.extend(ox.Quad(*triple) for triple in change.touched or ())
    touched = set(nameless({str(quad.triple) for quad in kept}))
    assert set(nameless({str(triple) for triple in changed})) <= touched


def test_an_update_compared_as_a_whole_tells_what_changed():
    store, before = ox.Store(), ox.Store()
    for each in (store, before):
        each.update(START)
    change = changes.carry_out_whole(store, EX + "DELETE WHERE { ?s :age ?a }", "http://base/", before)
    assert {str(triple) for triple in change.touched or ()} == {
        '<http://example.org/john> <http://example.org/age> "30"^^<http://www.w3.org/2001/XMLSchema#integer>'
    }


def test_a_dataset_is_written_into_the_text_and_nowhere_else():
    text = "INSERT DATA { <x:a> <x:b> 'DELETE WHERE' } ; DELETE WHERE { ?s ?p 'WHERE' } ; CLEAR ALL"
    made = updates.with_dataset(text, ["x:g"], [])
    assert made.count("USING <x:g>") == 1
    assert updates.with_dataset(text, [], []) == text
    with pytest.raises(ParameterError, match=r"2\.2\.3"):
        updates.with_dataset("DELETE { ?s ?p ?o } USING <x:h> WHERE { ?s ?p ?o }", [], ["x:g"])


# audit, and the command line


def test_every_write_leaves_a_line_that_says_who_did_what(service: Service):
    service.update(INSERT)
    service.update("INSERT DATA {")
    service.ask(
        "PUT", "/data?graph=x:g", b"<x:a> <x:b> 1 .", token=service.update_only, Content_Type="text/turtle"
    )
    told = [json.loads(line) for line in (service.data / "audit.jsonl").read_text().splitlines()][-3:]
    assert [(each["do"], each["outcome"]) for each in told] == [
        ("update", "done"),
        ("update", "query"),
        ("put", "done"),
    ]
    assert told[2]["graph"] == "x:g"
    assert told[0]["token"] != told[2]["token"]
    assert all(each["client"] == "127.0.0.1" and len(each["sha256"]) == 64 for each in told)
    assert told[0]["version"]
    assert not told[1]["version"]
    assert service.admin not in (service.data / "audit.jsonl").read_text()


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["--quiet", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_files_are_loaded_dumped_copied_and_put_back(tmp_path: Path):
    data, more = str(tmp_path / "data"), tmp_path / "more.nt"
    more.write_text("<x:a> <x:b> <x:c> .\n_:n <x:b> _:n .\n")
    assert run("load", str(more), "--data", data, "--empty")[0] == 0
    code, first = run("dump", "--data", data)
    assert (code, len(first.splitlines())) == (0, 2)
    assert run("backup", str(tmp_path / "copy"), "--data", data)[0] == 0
    assert run("load", str(more), "--data", data, "--graph", "x:g")[0] == 0
    _, second = run("dump", "--data", data)
    assert len(second.splitlines()) == 6 - 1  # the blank node is another one, in both graphs
    _, turtle = run("dump", "--data", data, "--format", "ttl")
    assert "x:g" not in turtle
    assert run("restore", str(tmp_path / "copy"), "--data", data)[0] == 0
    assert run("dump", "--data", data)[1] == first
    out = tmp_path / "out.nq.gz"
    assert run("dump", "--data", data, "-o", str(out))[0] == 0
    assert run("load", str(out), "--data", str(tmp_path / "other"), "--empty")[0] == 0


def test_lines_that_are_no_statements_are_named_and_nothing_is_loaded_unless_they_may_be_left_out(
    tmp_path: Path,
):
    data, bad = str(tmp_path / "data"), tmp_path / "bad.nq"
    good = [f"<x:{n}> <x:b> 'x' .".replace("'", '"') for n in range(40_000)]
    good[17], good[39_999] = "<x:a> nonsense .", '"literal" <x:b> <x:c> .'
    bad.write_text("\n".join(good) + "\n")
    code, said = run("load", str(bad), "--data", data, "--empty")
    assert code == 1
    assert f"refused  {bad}:18: " in said
    assert f"refused  {bad}:40000: " in said
    assert run("dump", "--data", data)[1] == ""
    code, said = run("load", str(bad), "--data", data, "--skip-refused")
    assert code == 1
    assert "39,998 statements read, 2 lines refused; loaded" in said


def test_a_damaged_copy_is_refused(tmp_path: Path):
    data, more = str(tmp_path / "data"), tmp_path / "more.nt"
    more.write_text("<x:a> <x:b> <x:c> .\n")
    run("load", str(more), "--data", data, "--empty")
    run("backup", str(tmp_path / "copy"), "--data", data)
    victim = next((tmp_path / "copy" / "store").glob("*.sst"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"\0")
    from anshan_kg.errors import DataError  # noqa: PLC0415

    with pytest.raises(DataError, match=f"damaged: {victim.name}"):
        run("restore", str(tmp_path / "copy"), "--data", data)
    assert len(run("dump", "--data", data)[1].splitlines()) == 1


def test_a_dataset_that_is_served_is_copied_but_not_loaded_into(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("anshan_kg.writing.bulk._WAIT", 0.2)
    from anshan_kg.errors import DataError  # noqa: PLC0415

    service.update(INSERT)
    assert run("backup", str(tmp_path / "copy"), "--data", str(service.data))[0] == 0
    assert run("dump", "--data", str(service.data))[1].count("\n") == 1
    more = tmp_path / "more.nt"
    more.write_text("<x:a> <x:b> <x:c> .\n")
    with pytest.raises(DataError, match="another process"):
        run("restore", str(tmp_path / "copy"), "--data", str(service.data))
    assert service.update(INSERT).status == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/update", b"CLEAR ALL"), ("PUT", "/data?default", b""), ("DELETE", "/data?default", None)],
)
def test_in_memory_nothing_can_be_written_and_the_reason_is_told(
    client, method: str, path: str, body: bytes | None
):
    answer = client.open(path, method=method, data=body, content_type=UPDATE)
    assert answer.status_code == 403
    assert "--data DIR" in answer.json["detail"]


def test_in_memory_graphs_are_read(client):
    answer = client.get(
        "/data?graph=https://w3id.org/anshan-kg/graph/ontology", headers={"Accept": "text/turtle"}
    )
    assert answer.status_code == 200
    assert client.get("/data?graph=http://example.org/none").status_code == 404
