"""What the query editor asks the service: the vocabulary, what is wrong with a query, names."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from anshan_kg import queries
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph

AKG = "PREFIX akg: <https://w3id.org/anshan-kg/ont#>\n"


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> FlaskClient:
    return create_app(kg, DirectRunner(kg.store, version=kg.version)).test_client()


@pytest.fixture(scope="module")
def schema(client: FlaskClient) -> dict[str, Any]:
    reply = client.get("/sparql/schema.json")
    assert reply.status_code == 200
    found = reply.json
    assert isinstance(found, dict)
    return found


def test_the_vocabulary_is_what_the_data_uses(kg: KnowledgeGraph, schema: dict[str, Any]):
    """Every class and property is there with its count, which a query confirms."""
    for name in ("akg:Mine", "akg:ProcessStep", "skos:Concept"):
        space = schema["prefixes"][name.partition(":")[0]] + name.partition(":")[2]
        count = kg.sparql(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a <{space}> }}")
        assert count.texts() == [{"n": str(schema["classes"][name]["count"])}]  # type: ignore[union-attr]
    used = {row["property"] for row in kg.sparql("SELECT DISTINCT ?property { ?s ?property ?o }").texts()}  # type: ignore[union-attr]
    assert len(schema["properties"]) == len(used)


def test_what_a_class_has_and_where_it_leads_is_told(schema: dict[str, Any]):
    step = schema["classes"]["akg:ProcessStep"]
    assert {"akg:consumes", "akg:produces"} <= step["properties"].keys()
    assert "akg:operates" not in step["properties"]
    assert "akg:MaterialType" in schema["properties"]["akg:consumes"]["ends"]


def test_everything_is_named_in_both_languages(schema: dict[str, Any]):
    for kind in ("classes", "properties"):
        assert [name for name, each in schema[kind].items() if not (each["en"] and each["zh"])] == []


def test_a_property_with_few_values_has_them_with_their_names(schema: dict[str, Any]):
    values = schema["properties"]["akg:modality"]["values"]
    assert "modality:target" in values
    assert schema["values"]["modality:target"] == {"en": "target", "zh": "目标"}
    assert schema["properties"]["prov:wasQuotedFrom"]["values"] == []


def test_the_vocabulary_is_small_and_asked_for_once(client: FlaskClient):
    reply = client.get("/sparql/schema.json")
    assert len(gzip.compress(reply.data)) < 60_000
    again = client.get("/sparql/schema.json", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


# query, kind, line, column
FAULTS = [
    (f"{AKG}SELECT * {{\n  ?s akg:consumes ?o .\n  FILTR(?o)\n}}", "syntax", 4, 11),
    ("SELECT * { ?s akg:consumes ?o }", "prefix", 1, 15),
    ("# foo:bar\nSELECT * { ?s ?p 'foo:bar' ; foo:bar ?o }", "prefix", 2, 30),
    ("SELECT * { ?s ?p", "end", 1, 17),
    ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "unbound", 1, 40),
    ("SELECT (?s AS ?p) { ?s ?p ?o }", "twice", 1, 31),
    ("SELECT * { ?s ?p ?o } GROUP BY ?s", "star", 1, 34),
    ("DROP ALL", "update", None, None),
    ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "refused", None, None),
    ("#" + " " * 60_000, "long", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("query", "kind", "line", "column"), FAULTS, ids=[each[1] for each in FAULTS])
def test_a_fault_is_told_with_its_kind_and_place(
    client: FlaskClient, query: str, kind: str, line: int | None, column: int | None
):
    said = client.post("/sparql/check", data={"query": query}).json
    assert said
    assert (said["valid"], said["kind"], said.get("line"), said.get("column")) == (False, kind, line, column)
    assert said["message"]


def test_a_missing_prefix_is_told_with_what_declares_it(client: FlaskClient):
    said = client.get("/sparql/check", query_string={"query": "ASK { ?s akg:makes ?o }"}).json
    assert said
    assert said["prefix"] == "akg"
    assert "add PREFIX akg: <https://w3id.org/anshan-kg/ont#>" in said["message"]


@pytest.mark.parametrize("name", queries.names())
def test_what_is_right_has_no_fault(client: FlaskClient, name: str):
    said = client.post("/sparql/check", data={"query": queries.load(name).text}).json
    assert said == {"valid": True, "form": "SELECT"}


def test_names_are_told_many_at_a_time(client: FlaskClient):
    mine = "https://w3id.org/anshan-kg/id/mine/xianshan"
    asked = [
        mine,
        "http://www.w3.org/ns/prov#wasQuotedFrom",
        "https://w3id.org/anshan-kg/id/mine/none",
        "no iri",
        "",
    ]
    found = client.post("/sparql/names", data={"iri": asked}).json
    assert found
    assert found["names"] == {
        mine: {"en": "Xi'anshan iron mine", "zh": "西鞍山铁矿"},
        asked[1]: {"en": "was quoted from", "zh": "引自文段"},
    }
    defined = client.get("/sparql/names", query_string={"iri": mine, "definitions": "true"}).json
    assert defined
    assert defined["names"][mine]["definition"]["zh"]
    assert client.get("/sparql/names").json == {"names": {}}


def test_too_many_names_at_a_time_are_refused(client: FlaskClient):
    assert client.post("/sparql/names", data={"iri": ["http://x/"] * 2001}).status_code == 400


def test_a_browser_without_scripts_keeps_its_query_and_is_told_what_is_wrong(client: FlaskClient):
    reply = client.get(
        "/sparql", query_string={"query": "SELECT * { ?s foo:p ?o }"}, headers={"Accept": "text/html"}
    )
    assert reply.status_code == 400
    assert "SELECT * { ?s foo:p ?o }</textarea>" in reply.text
    assert "the prefix foo: is not declared" in reply.text


@pytest.mark.parametrize("name", queries.names("examples"))
def test_the_examples_of_the_editor_have_answers(kg: KnowledgeGraph, name: str):
    assert kg.sparql(queries.load(name, "examples").text)
