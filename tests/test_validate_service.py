"""SHACL as a service: what comes back, in which form and language, and what is stopped."""

from __future__ import annotations

import json
import time
from contextlib import closing
from io import BytesIO
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from anshan_kg.execution import Limits
from anshan_kg.execution.budget import Budget
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app, validate
from tests.test_egress import DOCUMENTS, Listener, filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

SH = "http://www.w3.org/ns/shacl#"
SECONDS = 6.0

BARE = (
    "@prefix akg: <https://w3id.org/anshan-kg/ont#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
    '<https://w3id.org/anshan-kg/id/enterprise/new> a akg:Enterprise ; rdfs:label "New"@en .'
)
SHAPES = (
    f"@prefix sh: <{SH}> . <x:Shape> a sh:NodeShape ; sh:targetClass <x:C> ; "
    "sh:property [ sh:path <x:size> ; sh:minCount 1 ; sh:maxInclusive 9 ] ."
)
DATA = "<x:a> a <x:C> . <x:b> a <x:C> ; <x:size> 12 . <x:c> a <x:C> ; <x:size> 3 ."


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> Iterator[FlaskClient]:
    """The service with the processes that validate."""
    limits = Limits(seconds=SECONDS, megabytes=512)
    with closing(validate.start_workers(kg, 4, limits, Budget(0))) as workers:
        yield create_app(kg, DirectRunner(kg.store), workers).test_client(use_cookies=False)


def parts(data: str, shapes: str, kind: str = "text/turtle") -> dict[str, tuple[BytesIO, str, str]]:
    return {
        "data": (BytesIO(data.encode()), "data.ttl", kind),
        "shapes": (BytesIO(shapes.encode()), "shapes.ttl", "text/turtle"),
    }


def test_data_is_judged_by_the_shapes_of_the_graph(client: FlaskClient):
    response = client.post("/validate", data=BARE, content_type="text/turtle")
    report = response.get_json()
    assert (response.status_code, report["conforms"]) == (200, False)
    found = {(each["focus"], each.get("path")) for each in report["results"]}
    assert ("enterprise:new", "rdfs:label") in found
    message = next(each["message"] for each in report["results"] if each.get("path") == "rdfs:label")
    assert message["en"] == "a thing has exactly one name in English and one in Chinese"
    assert message["zh-hans"] == "每个事物必须且只能有一个英文名和一个中文名"


def test_the_graphs_own_things_conform_and_are_known_to_the_shapes(client: FlaskClient, kg: KnowledgeGraph):
    """What the data names but does not describe is looked up in the graph, and not judged."""
    claim = next(iter(kg.tree.documents[-1].triples)).subject
    for document in kg.tree.documents:
        if document.path.startswith("graph/claims/"):
            claim = document.triples[0].subject
            break
    facts = [quad.triple for quad in kg.dataset.store.quads_for_pattern(claim, None, None, ox.DefaultGraph())]
    body = "".join(f"{each} .\n" for each in facts)
    report = client.post("/validate", data=body.encode(), content_type="application/n-triples").get_json()
    assert report == {"conforms": True, "results": []}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
    ],
)
def test_a_report_is_rdf_by_the_standard(client: FlaskClient, accept: str, kind: str):
    """SHACL, section 3.6: one report, sh:conforms, and for each result focus, severity and component."""
    response = client.post(
        "/validate", data=parts(DATA, SHAPES), content_type="multipart/form-data", headers={"Accept": accept}
    )
    assert response.mimetype == kind
    form = ox.RdfFormat.from_media_type(kind)
    assert form is not None
    store = ox.Store()
    store.extend(ox.parse(response.data, form))
    query = (
        f"PREFIX sh: <{SH}> SELECT ?focus ?component ?path WHERE {{ ?report a sh:ValidationReport ; sh:conforms false ; "
        "sh:result ?r . ?r a sh:ValidationResult ; sh:focusNode ?focus ; sh:resultSeverity sh:Violation ; "
        "sh:sourceConstraintComponent ?component ; sh:resultPath ?path ; sh:resultMessage ?en, ?zh "
        "FILTER(LANG(?en) = 'en' && LANGMATCHES(LANG(?zh), 'zh')) } ORDER BY ?focus"
    )
    rows = [[term.value for term in row] for row in store.query(query)]  # type: ignore[union-attr]
    assert rows == [
        ["x:a", f"{SH}MinCountConstraintComponent", "x:size"],
        ["x:b", f"{SH}MaxInclusiveConstraintComponent", "x:size"],
    ]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("there are fewer than 1 values", "is above 9")),
        ("zh", ("值少于 1 个", "高于 9", "发现 2 个问题")),
    ],
)
def test_a_page_says_it_in_the_language_of_the_reader(client: FlaskClient, lang: str, words: tuple[str, ...]):
    response = client.post(
        f"/validate?format=html&lang={lang}", data=parts(DATA, SHAPES), content_type="multipart/form-data"
    )
    assert response.mimetype == "text/html"
    assert all(each in response.text for each in words)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_what_was_sent_is_shown_as_text(client: FlaskClient):
    data = 'PREFIX x: <x:> <x:b> a <x:C> ; <x:size> "<script>alert(1)</script>" .'
    response = client.post(
        "/validate?format=html", data=parts(data, SHAPES), content_type="multipart/form-data"
    )
    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text


def test_the_same_document_gives_the_same_bytes(client: FlaskClient):
    for form in ("ttl", "json", "jsonld"):
        bodies = {
            client.post(
                f"/validate?format={form}", data=parts(DATA, SHAPES), content_type="multipart/form-data"
            ).data
            for _ in range(3)
        }
        assert len(bodies) == 1


def test_nothing_is_kept(client: FlaskClient, kg: KnowledgeGraph):
    before = len(kg.dataset.store)
    client.post("/validate", data=BARE, content_type="text/turtle")
    assert len(kg.dataset.store) == before


# Tables


def test_rows_of_a_table_are_judged_by_row_and_column(client: FlaskClient):
    body = "﻿slug,nonsense\nx,1\n"
    response = client.post("/validate?mapping=names", data=body.encode(), content_type="text/csv")
    report = response.get_json()
    assert response.status_code == 200
    assert {each["row"] for each in report["results"]} == {2}
    assert "nonsense" in {each.get("column") for each in report["results"]}
    assert all(set(each["message"]) == {"en", "zh-Hans"} for each in report["results"])
    turtle = client.post("/validate?mapping=names&format=ttl", data=body.encode(), content_type="text/csv")
    assert b"row 2" in turtle.data


def test_rows_without_a_fault_conform(client: FlaskClient, kg: KnowledgeGraph):
    """An empty table has no bad row; a row of things that are there is as good as they are."""
    mapping = next(iter(kg.tree.tables()))
    response = client.post(f"/validate?mapping={mapping}", data=b"a\n", content_type="text/csv")
    assert response.get_json() == {"conforms": True, "results": []}


@pytest.mark.parametrize(
    ("url", "kind", "body", "status", "words"),
    [
        ("/validate", "text/csv", "a,b\n1,2\n", 400, "?mapping="),
        ("/validate?mapping=nope", "text/csv", "a,b\n1,2\n", 404, "no mapping is called 'nope'"),
        ("/validate?mapping=/etc/passwd", "text/csv", "a,b\n1,2\n", 404, "no mapping is called"),
        ("/validate?mapping=names", "text/turtle", BARE, 415, "is for tables"),
        ("/validate", "text/turtle", "", 400, "nothing to validate"),
        ("/validate", "text/turtle", "<x:a> <x:b> .", 400, "line 1"),
        ("/validate", "image/png", "x", 400, "send RDF as one of"),
        ("/validate?format=nope", "text/turtle", BARE, 404, "no format is called"),
        ("/validate", "multipart/form-data", "", 400, "a part 'data'"),
    ],
)
def test_what_cannot_be_validated_is_told(
    client: FlaskClient, url: str, kind: str, body: str, status: int, words: str
):
    response = client.post(url, data=body.encode() or None, content_type=kind)
    assert response.status_code == status
    assert words in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ("<x:s> <x:p>", "the shapes is not text/turtle"),
        (f"@prefix sh: <{SH}> . <x:S> a sh:NodeShape ; sh:targetClass <x:C> ; sh:minCount 1 .", ""),
        (f"@prefix sh: <{SH}> . <x:S> a sh:NodeShape ; sh:targetClass <x:C> ; sh:sparql [ sh:select 'SELECT nonsense' ] .", ""),
    ],
)  # fmt: skip
def test_shapes_that_make_no_sense_are_told(client: FlaskClient, shapes: str, words: str):
    response = client.post("/validate", data=parts(DATA, shapes), content_type="multipart/form-data")
    assert response.status_code == 400
    assert words in response.get_json()["detail"]


def test_more_than_ten_megabytes_are_refused(client: FlaskClient):
    response = client.post("/validate", data=b"#" * (10 * 2**20 + 1), content_type="text/turtle")
    assert response.status_code == 413
    fits = client.post(
        "/validate", data=b"<x:a> <x:b> 1 . #".ljust(10 * 2**20, b"#"), content_type="text/turtle"
    )
    assert fits.status_code == 200


# What runs away, and what would reach out


def sparql_shape(where: str) -> str:
    return (
        f'@prefix sh: <{SH}> . <x:S> a sh:NodeShape ; sh:targetClass <x:C> ; sh:sparql [ sh:message "m" ; '
        f"sh:select '''SELECT $this {where}''' ] ."
    )


def test_a_query_hidden_in_a_shape_has_the_deadline_too(client: FlaskClient):
    data = "".join(f"<x:{n}> a <x:C> . " for n in range(300))
    shape = sparql_shape(
        "WHERE { $this a <x:C> . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(STRLEN(STR(?a)) < 0) }"
    )
    began = time.monotonic()
    response = client.post("/validate", data=parts(data, shape), content_type="multipart/form-data")
    assert response.status_code == 504
    assert time.monotonic() - began < SECONDS + 0.5
    assert client.post("/validate", data=BARE, content_type="text/turtle").status_code == 200


def test_a_query_hidden_in_a_shape_has_the_memory_bound_too(client: FlaskClient):
    blow = "BIND(CONCAT(?x0, ?x0, ?x0, ?x0, ?x0, ?x0, ?x0, ?x0) AS ?x1)" + "".join(
        f" BIND(CONCAT({', '.join([f'?x{n}'] * 8)}) AS ?x{n + 1})" for n in range(1, 12)
    )
    shape = sparql_shape('WHERE { $this a <x:C> . BIND("0123456789abcdef" AS ?x0) ' + blow + " }")
    response = client.post("/validate", data=parts(DATA, shape), content_type="multipart/form-data")
    assert response.status_code in {507, 504}
    assert client.post("/validate", data=BARE, content_type="text/turtle").status_code == 200


def test_an_entity_bomb_is_refused(client: FlaskClient):
    body = '<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><r/>'
    response = client.post("/validate", data=body, content_type="application/rdf+xml")
    assert response.status_code == 400
    assert "entity" in response.get_json()["detail"]


@pytest.mark.parametrize(
    "where",
    [
        "WHERE { $this a <x:C> . SERVICE <URL> { ?a ?b ?c } }",
        "FROM <URL> WHERE { $this a <x:C> }",
        "FROM <file:///etc/hostname> WHERE { $this ?p ?o }",
    ],
)
def test_a_query_hidden_in_a_shape_reaches_nobody(client: FlaskClient, where: str):
    listener = Listener()
    with listener.server:
        shape = sparql_shape(filled(where, f"http://127.0.0.1:{listener.port}/"))
        response = client.post("/validate", data=parts(DATA, shape), content_type="multipart/form-data")
        assert not listener.was_called()
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert all("etc" not in json.dumps(each) for each in response.get_json()["results"])


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("part", ["data", "shapes"])
def test_no_document_reaches_anybody(client: FlaskClient, name: str, part: str):
    kind, text = DOCUMENTS[name]
    listener = Listener()
    with listener.server:
        body = filled(text, f"http://127.0.0.1:{listener.port}/").encode()
        sent = parts(DATA, SHAPES)
        sent[part] = (BytesIO(body), "x", kind)
        response = client.post("/validate", data=sent, content_type="multipart/form-data")
        assert response.status_code in {200, 400}
        assert not listener.was_called()


def test_a_service_without_such_processes_says_so(kg: KnowledgeGraph):
    response = create_app(kg, DirectRunner(kg.store)).test_client().post("/validate", data=BARE)
    assert response.status_code == 501
