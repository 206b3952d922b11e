"""What the service says of its dataset: VoID, DCAT, dumps; every number is asked for again by SPARQL."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from anshan_kg import KnowledgeGraph, formats, release
from anshan_kg.config import Config
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.disk import DataDirectory
from anshan_kg.stores.remote import RemoteStore
from anshan_kg.terms import BASE, iri
from anshan_kg.web import create_app
from anshan_kg.web.void import Publication
from anshan_kg.writing import bulk
from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

DATASET = f"{BASE}dataset"
VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"
VERSION_AND_NAME = "/dumps/{}/anshan-kg.nq.gz"


@pytest.fixture(scope="module")
def described(client: FlaskClient) -> ox.Store:
    """The description, as a store to ask."""
    store = ox.Store()
    store.load(client.get("/void.ttl").data, ox.RdfFormat.TURTLE)
    return store


def ask(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a query as bare texts; of the description or of the data alike."""
    prefixes = f"PREFIX void: <{VOID}> PREFIX dcat: <{DCAT}> PREFIX dcterms: <http://purl.org/dc/terms/> "
    prefixes += "PREFIX spdx: <http://spdx.org/rdf/terms#> PREFIX ext: <http://ldf.fi/void-ext#> "
    prefixes += f"BASE <{BASE}> "
    answer = store.query(prefixes + query)
    assert isinstance(answer, ox.QuerySolutions)
    return [tuple(cell.value for cell in row) for row in answer]


def fetch(client: FlaskClient, url: str, **headers: str) -> TestResponse:
    """Get a file, and close it, as servers do."""
    return client.get(url, headers=headers, buffered=True)


# what, where the description says it, how the data is asked
COUNTS = [
    ("triples", "SELECT ?n { <dataset> void:triples ?n }", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
    ("entities", "SELECT ?n { <dataset> void:entities ?n }", 'SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "https://w3id.org/anshan-kg/id/")) }'),
    ("classes", "SELECT ?n { <dataset> void:classes ?n }", "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
    ("properties", "SELECT ?n { <dataset> void:properties ?n }", "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
    ("subjects", "SELECT ?n { <dataset> void:distinctSubjects ?n }", "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
    ("objects", "SELECT ?n { <dataset> void:distinctObjects ?n }", "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
    (
        "class partitions",
        "SELECT ?c ?n { <dataset> void:classPartition [ void:class ?c ; void:entities ?n ] }",
        "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c",
    ),
    (
        "property partitions",
        "SELECT ?p ?n ?s ?o { <dataset> void:propertyPartition [ void:property ?p ; void:triples ?n ; void:distinctSubjects ?s ; void:distinctObjects ?o ] }",
        "SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?x) AS ?s) (COUNT(DISTINCT ?y) AS ?o) { ?x ?p ?y } GROUP BY ?p",
    ),
    (
        "property partitions of classes",
        "SELECT ?c ?p ?n { <dataset> void:classPartition [ void:class ?c ; void:propertyPartition [ void:property ?p ; void:triples ?n ] ] }",
        "SELECT ?c ?p (COUNT(*) AS ?n) { ?x a ?c ; ?p ?y } GROUP BY ?c ?p",
    ),
    (
        "classes of their values",
        "SELECT ?c ?p ?e ?n { <dataset> void:classPartition [ void:class ?c ; void:propertyPartition [ void:property ?p ; void:classPartition [ void:class ?e ; void:triples ?n ] ] ] }",
        "SELECT ?c ?p ?e (COUNT(*) AS ?n) { ?x a ?c ; ?p ?y . ?y a ?e } GROUP BY ?c ?p ?e",
    ),
    (
        "datatypes of their values",
        "SELECT ?c ?p ?d ?n { <dataset> void:classPartition [ void:class ?c ; void:propertyPartition [ void:property ?p ; ext:datatypePartition [ ext:datatype ?d ; void:triples ?n ] ] ] }",
        "SELECT ?c ?p ?d (COUNT(*) AS ?n) { ?x a ?c ; ?p ?y FILTER(isLiteral(?y)) BIND(DATATYPE(?y) AS ?d) } GROUP BY ?c ?p ?d",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("described_by", "counted_by"), [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS]
)
def test_a_count_of_the_description_is_what_a_query_counts(
    described: ox.Store, kg: KnowledgeGraph, described_by: str, counted_by: str
):
    said = ask(described, described_by)
    assert said
    assert sorted(said) == sorted(ask(kg.dataset.store, counted_by))


def test_the_editors_question_for_classes_properties_and_ends_has_rows(described: ox.Store):
    """The query by which the SIB editor learns what to complete, with its own variables."""
    found = ask(
        described,
        "SELECT DISTINCT ?subjectClass ?prop ?objectClass { ?cp void:class ?subjectClass ; void:propertyPartition ?pp . "
        "?pp void:property ?prop ; void:classPartition [ void:class ?objectClass ] }",
    )
    assert (f"{BASE}ont#RelationClaim", f"{BASE}ont#claimSubject", f"{BASE}ont#Enterprise") in found


def test_the_description_names_licence_version_endpoint_and_itself(described: ox.Store, kg: KnowledgeGraph):
    (row,) = ask(
        described,
        "SELECT ?licence ?version ?endpoint ?document { <dataset> a void:Dataset, dcat:Dataset ; dcterms:license ?licence ; "
        "dcat:version ?version ; void:sparqlEndpoint ?endpoint . ?document a void:DatasetDescription ; "
        "<http://xmlns.com/foaf/0.1/primaryTopic> <dataset> }",
    )
    assert row == (
        "https://creativecommons.org/licenses/by/4.0/",
        kg.version,
        "http://localhost/sparql",
        "http://localhost/.well-known/void",
    )


@pytest.mark.parametrize("form", formats.DOCUMENTS, ids=lambda form: form.name)
def test_the_well_known_address_answers_in_every_format(client: FlaskClient, form: formats.Format):
    reply = client.get("/.well-known/void", headers={"Accept": form.media_type})
    assert (reply.status_code, reply.mimetype) == (200, form.media_type)
    assert "Accept" in reply.headers["Vary"].split(", ")
    assert reply.headers["Content-Location"] == f"/void.{form.extension}"
    assert isinstance(form.engine, ox.RdfFormat)
    plain = {quad.triple for quad in ox.parse(client.get("/void.nt").data, ox.RdfFormat.N_TRIPLES)}
    assert {quad.triple for quad in ox.parse(reply.data, form.engine)} == plain
    assert client.get(f"/void.{form.extension}").data == reply.data


def test_a_format_that_there_is_none_of_is_refused(client: FlaskClient):
    assert client.get("/.well-known/void", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/void.pdf").status_code == 404


def test_an_unchanged_description_is_not_sent_again(client: FlaskClient):
    tag = client.get("/void.ttl").headers["ETag"]
    again = client.get("/void.ttl", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_dump_has_the_size_and_checksum_that_the_description_says(client: FlaskClient, described: ox.Store):
    rows = ask(
        described,
        "SELECT ?url ?bytes ?sum ?kind { <dataset> void:dataDump ?url ; dcat:distribution ?url . ?url a dcat:Distribution ; "
        "dcat:downloadURL ?url ; dcat:byteSize ?bytes ; dcat:mediaType ?kind ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> ; "
        "spdx:checksum [ spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue ?sum ] } ORDER BY ?url",
    )
    assert [url.rpartition("/")[2] for url, *_ in rows] == ["anshan-kg.nq.gz", "anshan-kg.ttl.gz"]
    for url, size, checksum, kind in rows:
        reply = fetch(client, url.removeprefix("http://localhost"))
        assert (reply.status_code, len(reply.data)) == (200, int(size))
        assert hashlib.sha256(reply.data).hexdigest() == checksum
        assert reply.headers["ETag"] == f'"{checksum}"'
        told = reply.headers["Repr-Digest"].removeprefix("sha-256=:").removesuffix(":")
        assert b64decode(told).hex() == checksum
        assert kind.endswith(("application/n-quads", "text/turtle"))


def test_the_dumps_hold_the_dataset(client: FlaskClient, kg: KnowledgeGraph):
    quads = gzip.decompress(fetch(client, VERSION_AND_NAME.format(kg.version)).data)
    assert hashlib.sha256(quads).hexdigest() == kg.version
    triples = gzip.decompress(fetch(client, f"/dumps/{kg.version}/anshan-kg.ttl.gz").data)
    found = {quad.triple for quad in ox.parse(triples, ox.RdfFormat.TURTLE)}
    assert found == {
        quad.triple for quad in kg.dataset.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    }


def test_sha256sum_finds_the_dumps_intact(client: FlaskClient, kg: KnowledgeGraph, tmp_path: Path):
    for name in ("anshan-kg.nq.gz", "anshan-kg.ttl.gz", "SHA256SUMS"):
        (tmp_path / name).write_bytes(fetch(client, f"/dumps/{kg.version}/{name}").data)
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": OK") == 2


# range, status, part of the file, Content-Range; RFC 9110, section 14
RANGES = [
    ("bytes=0-99", 206, slice(0, 100), "bytes 0-99/{}"),
    ("bytes=100-", 206, slice(100, None), "bytes 100-{last}/{}"),
    ("bytes=-10", 206, slice(-10, None), "bytes {tail}-{last}/{}"),
    ("bytes=999999999-", 416, None, "bytes */{}"),
    ("lines=1-2", 200, slice(None), None),
]


@pytest.mark.parametrize(("asked", "status", "part", "told"), RANGES, ids=[row[0] for row in RANGES])
def test_a_part_of_a_dump_can_be_had(
    client: FlaskClient, kg: KnowledgeGraph, asked: str, status: int, part: slice | None, told: str | None
):
    url = VERSION_AND_NAME.format(kg.version)
    whole = fetch(client, url)
    assert whole.headers["Accept-Ranges"] == "bytes"
    reply = fetch(client, url, Range=asked)
    assert reply.status_code == status
    if part is not None:
        assert reply.data == whole.data[part]
    size = len(whole.data)
    if told:
        assert reply.headers["Content-Range"] == told.format(size, last=size - 1, tail=size - 10)


def test_a_part_of_a_file_that_is_another_by_now_is_the_whole(client: FlaskClient, kg: KnowledgeGraph):
    url = VERSION_AND_NAME.format(kg.version)
    reply = fetch(client, url, **{"Range": "bytes=0-9", "If-Range": '"another"'})
    assert reply.status_code == 200
    assert fetch(client, url, **{"If-None-Match": reply.headers["ETag"]}).status_code == 304


def test_the_plain_name_leads_to_the_newest_version(client: FlaskClient, kg: KnowledgeGraph):
    reply = client.get("/dumps/anshan-kg.nq.gz")
    assert reply.status_code == 302
    assert reply.headers["Location"] == VERSION_AND_NAME.format(kg.version)


@pytest.mark.parametrize(
    "path", ["/dumps/secret.txt", "/dumps/.lock", "/dumps/{}/.lock", "/dumps/{}/void.ttl", "/dumps/0/anshan-kg.nq.gz", "/dumps/../anshan-kg.nq.gz", "/dumps/%2e%2e/anshan-kg.nq.gz", "/dumps/.lock/anshan-kg.nq.gz"]
)  # fmt: skip
def test_nothing_else_in_the_folder_can_be_had(client: FlaskClient, kg: KnowledgeGraph, path: str):
    assert fetch(client, path.format(kg.version)).status_code == 404


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "a named graph for each source"), ("zh", "每个来源为一个命名图")]
)
def test_the_index_is_a_page_in_both_languages(
    client: FlaskClient, kg: KnowledgeGraph, lang: str, words: str
):
    page = client.get(f"/dumps/?lang={lang}", headers={"Accept": "text/html"}).text
    listed = client.get("/dumps/", headers={"Accept": "application/json"}).json
    assert words in page
    assert listed is not None
    assert listed["version"] == kg.version
    for dump in listed["dumps"]:
        assert dump["sha256"] in page
        assert dump["address"].removeprefix("http://localhost") in page


def test_dumps_are_made_once_for_a_version_and_shared(tmp_path: Path):
    """Sixteen visitors of two services at once; the files are written by one of them."""
    graph = KnowledgeGraph.open(Config(cache=str(tmp_path)))
    services = [Publication(graph, DirectRunner(graph.store)) for _ in range(2)]
    threads = [threading.Thread(target=services[number % 2].current) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place = tmp_path / "dumps" / graph.version
    made = {path.name: path.stat().st_ino for path in place.iterdir()}
    assert set(made) == {"anshan-kg.nq.gz", "anshan-kg.ttl.gz", "SHA256SUMS"}
    Publication(graph, DirectRunner(graph.store)).current()
    assert {path.name: path.stat().st_ino for path in place.iterdir()} == made


def test_dumps_of_versions_before_stay_for_a_while_and_go_then(tmp_path: Path):
    graph = KnowledgeGraph.open(Config(cache=str(tmp_path / "cache"), data=str(tmp_path / "data")))
    graph.prepare(empty=True)
    client = create_app(graph, DirectRunner(graph.store)).test_client()
    versions = []
    for number in range(5):
        (tmp_path / "more.nt").write_text(f"<x:a> <x:b> <x:{number}> .\n")
        bulk.load(DataDirectory(tmp_path / "data"), [tmp_path / "more.nt"])
        versions.append(graph.version)
        newest = client.get("/dumps/anshan-kg.nq.gz").headers["Location"]
        assert newest == VERSION_AND_NAME.format(graph.version)
        os.utime(tmp_path / "cache" / "dumps" / graph.version, (number, number))
    replies = [fetch(client, VERSION_AND_NAME.format(version)) for version in versions]
    assert [reply.status_code for reply in replies] == [404, 404, 200, 200, 200]
    lines = [len(gzip.decompress(reply.data).splitlines()) for reply in replies[2:]]
    assert lines == [3, 4, 5]


# With --data: what is told is what counts now, also after a write.


class Written:
    """A service whose data was written to after it had described itself."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.before = self._described()
        done = service.update(
            "INSERT DATA { <http://example.org/a> a <http://example.org/New> ; <http://example.org/p> 1, 2 . "
            "GRAPH <http://example.org/g> { <http://example.org/a> <http://example.org/p> 3 } }"
        )
        assert done.status == 204, done.text
        self.version = done.headers["X-Dataset-Version"]
        self.after = self._described()

    def _described(self) -> ox.Store:
        store = ox.Store()
        store.load(self.service.ask("GET", "/void.ttl", token=None).body, ox.RdfFormat.TURTLE)
        return store

    def rows(self, query: str) -> list[tuple[str, ...]]:
        address = "/sparql?" + urlencode({"query": f"BASE <{BASE}> {query}"})
        answer = self.service.ask("GET", address, token=None, Accept="application/sparql-results+json")
        document = json.loads(answer.body)
        names = document["head"]["vars"]
        return [tuple(row[name]["value"] for name in names) for row in document["results"]["bindings"]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    with running(tmp_path_factory.mktemp("written")) as service:
        yield Written(service)


@pytest.mark.parametrize(
    ("described_by", "counted_by"), [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS]
)
def test_after_a_write_a_count_is_what_a_query_counts(written: Written, described_by: str, counted_by: str):
    assert sorted(ask(written.after, described_by)) == sorted(written.rows(counted_by))


def test_a_write_changes_counts_version_and_dumps(written: Written):
    query = "SELECT ?version ?n ?dump { <dataset> dcat:version ?version ; void:triples ?n ; void:dataDump ?dump } ORDER BY ?dump"
    before, after = ask(written.before, query), ask(written.after, query)
    assert after[0][0] == written.version != before[0][0]
    assert int(after[0][1]) == int(before[0][1]) + 3
    for version, _, dump in (*before, *after):
        assert f"/dumps/{version}/" in dump


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_dump_of_written_data_has_its_checksum_and_holds_it(written: Written, when: str):
    rows = ask(
        getattr(written, when),
        "SELECT ?url ?bytes ?sum { <dataset> dcat:distribution ?url . ?url dcat:byteSize ?bytes ; spdx:checksum/spdx:checksumValue ?sum } ORDER BY ?url",
    )
    assert len(rows) == 2
    for url, size, checksum in rows:
        data = written.service.ask("GET", url, token=None).body
        assert (len(data), hashlib.sha256(data).hexdigest()) == (int(size), checksum)
    packed = written.service.ask("GET", rows[0][0], token=None).body
    more = written.service.quads() - set(gzip.decompress(packed).decode().splitlines())
    assert len(more) == {"before": 4, "after": 0}[when]


def test_a_large_dataset_is_sorted_in_pieces(
    kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With room for few lines, the same bytes come out."""
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    whole.mkdir()
    pieces.mkdir()
    release.write_dumps(kg.dataset.store, whole)
    monkeypatch.setattr(release, "_SORTED_AT_ONCE", 10_000)
    release.write_dumps(kg.dataset.store, pieces)
    for name in ("anshan-kg.nq.gz", "anshan-kg.ttl.gz"):
        assert (whole / name).read_bytes() == (pieces / name).read_bytes()
    assert sorted(path.name for path in pieces.iterdir()) == ["anshan-kg.nq.gz", "anshan-kg.ttl.gz"]


def test_writing_dumps_takes_less_memory_than_the_data(tmp_path: Path):
    """A store of 300,000 quads (45 MB as text) is dumped in less than that on top of it."""
    program = f"""
import resource, pathlib, pyoxigraph as ox
from anshan_kg import release
release._SORTED_AT_ONCE = 20_000
store = ox.Store()
p, g = ox.NamedNode("http://example.org/property"), ox.DefaultGraph()
store.bulk_extend(ox.Quad(ox.NamedNode(f"http://example.org/thing/{{n}}"), p, ox.Literal(f"{{n:0100d}}"), g) for n in range(300_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
release.write_dumps(store, pathlib.Path({str(tmp_path)!r}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, len(store.dump(format=ox.RdfFormat.N_QUADS)) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    grown, text = map(int, done.stdout.split())
    assert text > 45_000
    assert grown < text * 0.75


def without_room(kg: KnowledgeGraph, tmp_path: Path) -> FlaskClient:
    """A client of a service whose cache cannot be written to."""
    (tmp_path / "file").write_text("in the way")
    graph = KnowledgeGraph(replace(kg.config, cache=str(tmp_path / "file")), kg.tree)
    graph.__dict__.update(dataset=kg.dataset)
    return create_app(graph, DirectRunner(graph.store)).test_client()


def test_without_a_cache_that_can_be_written_to_dumps_lie_in_a_temporary_folder(
    kg: KnowledgeGraph, tmp_path: Path
):
    reply = fetch(without_room(kg, tmp_path), VERSION_AND_NAME.format(kg.version))
    assert hashlib.sha256(reply.data).hexdigest() == reply.headers["ETag"].strip('"')


def test_where_dumps_cannot_be_written_at_all_the_answer_says_so(
    kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    reply = without_room(kg, tmp_path).get("/dumps/")
    assert reply.status_code == 500
    assert "ANSHAN_KG_CACHE" in reply.text


def test_a_store_elsewhere_is_described_but_not_dumped(kg: KnowledgeGraph, our_endpoint: str):
    graph = KnowledgeGraph(Config(), kg.tree, RemoteStore(our_endpoint))
    graph.__dict__.update(dataset=kg.dataset)
    client = create_app(graph, DirectRunner(graph.store)).test_client()
    assert client.get("/dumps/", headers={"Accept": "application/json"}).json["dumps"] == []  # type: ignore[index]
    store = ox.Store()
    store.load(client.get("/void.ttl").data, ox.RdfFormat.TURTLE)
    triples = sum(1 for _ in kg.dataset.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert ask(store, "SELECT ?n { <dataset> void:triples ?n }") == [(str(triples),)]
    assert not list(store.quads_for_pattern(None, iri("void:dataDump"), None))


def test_the_temporary_folder_goes_with_the_service(kg: KnowledgeGraph):
    published = Publication(kg, DirectRunner(kg.store))
    folder = published.current().folder
    assert folder.is_dir()
    del published
    assert not folder.exists()
    shutil.rmtree(folder.parent, ignore_errors=True)
