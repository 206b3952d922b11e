"""The service description: complete by the standard, and true of the service that gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from anshan_kg import KnowledgeGraph, formats
from anshan_kg.config import Config
from anshan_kg.execution import Limits, QueryPool
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.disk import DataDirectory
from anshan_kg.web import create_app
from anshan_kg.web.description import SD, Sizes, describe
from anshan_kg.writing import TokenFile, Writer
from anshan_kg.writing.tokens import Doorkeeper
from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

HOST = "http://kg.example.org"
ENDPOINT = f"{HOST}/sparql"
PREFIXES = f"PREFIX sd: <{SD}> PREFIX void: <http://rdfs.org/ns/void#> "
SERVICE = f"<{ENDPOINT}#service>"


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> Iterator[Any]:
    pool = QueryPool.start(kg.dataset.store, workers=1, queue=2, limits=Limits(), version=kg.version)
    yield create_app(kg, pool).test_client(use_cookies=False)
    pool.close()


@pytest.fixture(scope="module")
def described(client: Any) -> ox.Store:
    reply = client.get("/sparql", base_url=HOST, headers={"Accept": "application/n-triples"})
    store = ox.Store()
    store.load(reply.data, format=ox.RdfFormat.N_TRIPLES)
    return store


# Section of https://www.w3.org/TR/sparql11-service-description/, what it says, a question that is true.
CLAUSES = [
    ("2", "a service with its endpoint", f"ASK {{ {SERVICE} a sd:Service ; sd:endpoint <{ENDPOINT}> }}"),
    ("3.2.1", "each service has one endpoint", "ASK { FILTER NOT EXISTS { ?s a sd:Service . FILTER NOT EXISTS { ?s sd:endpoint ?e } } }"),
    ("3.4.1", "sd:endpoint is an IRI", "ASK { ?s sd:endpoint ?e FILTER isIRI(?e) }"),
    ("3.4.4", "the entailment regime of default", f"ASK {{ {SERVICE} sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple> }}"),
    ("3.4.10", "the language is SPARQL 1.1 Query", f"ASK {{ {SERVICE} sd:supportedLanguage sd:SPARQL11Query }}"),
    ("3.4.10", "and not Update", f"ASK {{ FILTER NOT EXISTS {{ {SERVICE} sd:supportedLanguage sd:SPARQL11Update }} }}"),
    ("3.3.3", "no federation where SERVICE is off", "ASK { FILTER NOT EXISTS { ?s sd:feature sd:BasicFederatedQuery } }"),
    ("3.3.3", "nothing is dereferenced", "ASK { FILTER NOT EXISTS { ?s sd:feature sd:DereferencesURIs } }"),
    ("3.3.3", "the default graph is no union", "ASK { FILTER NOT EXISTS { ?s sd:feature sd:UnionDefaultGraph } }"),
    ("3.4.12", "one default dataset", f"ASK {{ {SERVICE} sd:defaultDataset ?d . ?d a sd:Dataset }}"),
    ("3.4.15", "with a default graph", "ASK { ?d sd:defaultGraph ?g . ?g a sd:Graph }"),
    ("3.4.16", "and named graphs", "ASK { ?d sd:namedGraph ?n . ?n a sd:NamedGraph }"),
    ("3.4.17", "that have names", "ASK { FILTER NOT EXISTS { ?n a sd:NamedGraph FILTER NOT EXISTS { ?n sd:name ?i FILTER isIRI(?i) } } }"),
    ("3.4.18", "and graphs", "ASK { FILTER NOT EXISTS { ?n a sd:NamedGraph FILTER NOT EXISTS { ?n sd:graph ?g . ?g a sd:Graph } } }"),
    ("3.4", "only terms of the vocabulary", "ASK { FILTER NOT EXISTS { ?s ?p ?o FILTER(STRSTARTS(STR(?p), STR(sd:)) && ?p NOT IN "
     "(sd:endpoint, sd:supportedLanguage, sd:defaultEntailmentRegime, sd:resultFormat, sd:defaultDataset, sd:defaultGraph, sd:namedGraph, sd:name, sd:graph)) } }"),
]  # fmt: skip


@pytest.mark.parametrize("query", [clause[2] for clause in CLAUSES], ids=[f"{c[0]} {c[1]}" for c in CLAUSES])
def test_a_clause_of_the_standard_holds(described: ox.Store, query: str):
    assert bool(described.query(PREFIXES + query)) is True


def test_every_format_that_is_named_is_sent_and_no_other(client: Any, described: ox.Store):
    """Section 3.4.8, sd:resultFormat."""
    answer: Any = described.query(PREFIXES + f"SELECT ?f {{ {SERVICE} sd:resultFormat ?f }}")
    told = {row["f"].value for row in answer}
    assert told == {form.engine.iri for form in (*formats.RESULTS, *formats.GRAPHS)}
    for form in (*formats.RESULTS, *formats.GRAPHS):
        query = "ASK {}" if form in formats.RESULTS else "CONSTRUCT { <x:a> <x:b> 1 } {}"
        values = {"query": query, "format": form.name}
        if form.name not in {"csv", "tsv"}:  # a truth value in them is no standard, but is sent
            assert client.get("/sparql", query_string=values).mimetype == form.media_type


def test_the_graphs_and_counts_are_those_that_queries_see(client: Any, described: ox.Store):
    answer: Any = described.query(
        PREFIXES + "SELECT ?name ?n { ?x sd:name ?name ; sd:graph ?g . ?g void:triples ?n }"
    )
    told = {row["name"].value: int(row["n"].value) for row in answer}
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = client.get("/sparql", query_string={"query": query}).json["results"]["bindings"]
    assert told == {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    assert len(told) > 100
    whole: Any = described.query(PREFIXES + "SELECT ?n { ?d sd:defaultGraph ?g . ?g void:triples ?n }")
    count = client.get("/sparql", query_string={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
    assert next(whole)["n"].value == count.json["results"]["bindings"][0]["n"]["value"]


@pytest.mark.parametrize("form", formats.GRAPHS, ids=lambda form: form.name)
def test_it_comes_in_every_format_for_triples(client: Any, described: ox.Store, form: formats.Format):
    reply = client.get("/sparql", base_url=HOST, headers={"Accept": form.media_type})
    assert (reply.status_code, reply.mimetype) == (200, form.media_type)
    assert isinstance(form.engine, ox.RdfFormat)
    assert len(set(ox.parse(reply.data, form.engine))) == len(described)
    again = client.get(
        "/sparql", base_url=HOST, headers={"Accept": form.media_type, "If-None-Match": reply.headers["ETag"]}
    )
    assert again.status_code == 304


def test_who_wants_a_table_of_it_is_told_that_there_is_none(client: Any):
    assert client.get("/sparql", headers={"Accept": "text/csv"}).status_code == 406
    assert client.get("/sparql", headers={"Accept": "*/*"}).mimetype == "text/turtle"
    assert client.get("/sparql").mimetype == "text/turtle"


def test_what_is_switched_on_is_said():
    triples = {
        (str(t.subject), t.predicate.value.removeprefix(SD), str(t.object))
        for t in describe(ENDPOINT, Sizes(1, {}), federated=True, updates=f"{HOST}/update")
    }
    assert (SERVICE, "feature", f"<{SD}BasicFederatedQuery>") in triples
    assert (f"<{HOST}/update#service>", "supportedLanguage", f"<{SD}SPARQL11Update>") in triples
    assert (f"<{HOST}/update#service>", "endpoint", f"<{HOST}/update>") in triples


def _over_http(service: Service) -> ox.Store:
    """The description that a service over a data folder gives."""
    reply = service.ask("GET", "/sparql", token=None, Accept="application/n-triples")
    store = ox.Store()
    store.load(reply.body, format=ox.RdfFormat.N_TRIPLES)
    return store


def _told(store: ox.Store) -> dict[str, int]:
    query = (
        PREFIXES + "SELECT ?name ?n { { ?d sd:defaultGraph ?g BIND('' AS ?name) } "
        "UNION { ?x sd:name ?name ; sd:graph ?g } ?g void:triples ?n }"
    )
    answer: Any = store.query(query)
    return {row["name"].value: int(row["n"].value) for row in answer}


def test_over_a_data_folder_updates_and_what_was_written_are_told_at_once(tmp_path: Path):
    with running(tmp_path, "--empty") as service:
        told = _over_http(service)
        update = f"<{service.base}/update>"
        assert told.query(
            PREFIXES + f"ASK {{ ?s sd:endpoint {update} ; sd:supportedLanguage sd:SPARQL11Update }}"
        )
        assert _told(told) == {"": 0}
        one, two = "http://example.org/one", "http://example.org/two"
        data = f"<x:a> <x:b> 1, 2 . GRAPH <{one}> {{ <x:a> <x:b> 1 }} GRAPH <{two}> {{ <x:a> <x:b> 1, 2, 3 }}"
        assert service.update(f"INSERT DATA {{ {data} }}").status == 204
        assert _told(_over_http(service)) == {"": 2, one: 1, two: 3}
        assert service.update(f"DROP GRAPH <{one}>").status == 204
        assert _told(_over_http(service)) == {"": 2, two: 3}


def test_updates_are_told_of_only_while_somebody_may_send_them(tmp_path: Path):
    graph = KnowledgeGraph.open(Config(data=str(tmp_path)))
    graph.prepare(empty=True)
    tokens = TokenFile(tmp_path / "tokens.json")
    writer = Writer(DataDirectory(tmp_path), lambda _: None)  # not started: nothing is written here
    app = create_app(graph, DirectRunner(graph.store), None, writer, Doorkeeper(tokens))

    def named() -> bool:
        return (
            b"/update>" in app.test_client().get("/sparql", headers={"Accept": "application/n-triples"}).data
        )

    assert not named()
    _, token = tokens.create(["update"], None, "", datetime.now(UTC))
    assert named()
    tokens.revoke(token.id)
    assert not named()
