"""The facade: things, names, evidence, releases."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from anshan_kg import KnowledgeGraph, dataset
from anshan_kg.config import Config
from anshan_kg.errors import DataError, QueryError, QueryRefused, StoreError, UnknownName
from anshan_kg.files import read_document
from anshan_kg.model import Graph, Table
from anshan_kg.terms import BASE
from tests.conftest import folder

if TYPE_CHECKING:
    from pathlib import Path

COKE_OVEN_GAS = f"{BASE}scheme/material/coke-oven-gas"


@pytest.mark.parametrize(
    "name",
    [
        "coke-oven-gas", "焦炉煤气", "coke oven gas", "Coke Oven Gas", "COKE  OVEN GAS", "coke-oven gas",
        "jiaolumeiqi", "jiao lu mei qi", "COG", "ＣＯＧ", "material:coke-oven-gas", "material/coke-oven-gas",
        "scheme/material/coke-oven-gas", COKE_OVEN_GAS, f"<{COKE_OVEN_GAS}>",
    ],
)  # fmt: skip
def test_a_thing_is_found_by_slug_by_name_in_either_language_and_by_iri(kg: KnowledgeGraph, name: str):
    assert kg.entity(name).iri == COKE_OVEN_GAS


def test_an_unknown_thing_gives_suggestions(kg: KnowledgeGraph):
    with pytest.raises(
        UnknownName,
        match=r"no thing is called 'cokeovn'; did you mean: coke-oven-gas \(coke oven gas, 焦炉煤气\)",
    ):
        kg.entity("cokeovn")


def test_a_name_of_several_things_is_not_guessed(kg: KnowledgeGraph):
    with pytest.raises(UnknownName, match="no single thing is called 'editorial'") as caught:
        kg.resolve("editorial")
    assert caught.value.known == ("scheme/modality/editorial", "scheme/source-kind/editorial")


def test_a_thing_says_what_it_is_and_leads_every_fact_to_its_claim(anywhere: KnowledgeGraph):
    city = anywhere.entity("Anshan")
    article = {
        claim.claim for each in city.statements for claim in each.evidence if "cr-house-599" in claim.claim
    }
    assert article
    assert (city.labels.en, city.labels.zh) == ("Anshan", "鞍山市")
    said = [
        each
        for each in city.statements
        if each.predicate.labels.en == "has industrial cluster"
        and {claim.claim for claim in each.evidence} & article
    ]
    assert [each.value_labels.en for each in said] == [
        "Iron ore cluster", "Magnesite cluster", "Steel and deep processing cluster",
    ]  # fmt: skip
    for each in said:
        (first,) = [claim for claim in each.evidence if claim.claim in article]
        assert first.passages[0].locator == "p3 s3"
        assert first.speaker.en == "Liu Guangxin"
        assert not each.inferred
    inferred = [each for each in city.statements if each.inferred]
    assert {each.predicate.labels.en for each in inferred} == {"contains", "implements"}
    assert any("five clusters" in gap.labels.en for gap in city.gaps)


def test_a_disputed_statement_says_so(kg: KnowledgeGraph):
    chain = kg.entity("coal-tar-to-battery-materials")
    (cathode,) = [each for each in chain.statements if each.predicate.labels.en == "leads to"]
    assert cathode.value_labels.en == "battery cathode materials"
    assert cathode.evidence[0].conflict.endswith("conflict/battery-electrode-material")
    assert {each.modality.en for each in chain.claims} == {"editorial"}


@pytest.mark.parametrize(
    ("statement", "claims", "rule"),
    [
        (("Anshan", "hasCluster", "铁矿产业集群"), ["p3s3-4"], ""),
        (("anshan", "iron-ore-mining-scale", "100000000"), ["p1s1-1", "p5s3-2"], ""),
        (("anshan", "iron-ore-mining-scale", "100,000,000"), ["p1s1-1", "p5s3-2"], ""),
        (("coke-oven-gas", "intendedProduct", "hydrogen"), ["p7s1-10", "p7s1-8"], "material-leads-to-product"),
        (("Anshan", "implements", "Transformation of magnesite kilns"), ["p4s1-1", "p4s4-11"], "implements-parts"),
        (("step:coke-oven-gas-to-hydrogen-1", "consumes", "coke-oven-gas"), ["flow", "step"], "step-consumes"),
    ],
)  # fmt: skip
def test_a_statement_leads_to_the_claims_and_passages_behind_it(
    anywhere: KnowledgeGraph, statement: tuple[str, str, str], claims: list[str], rule: str
):
    found = anywhere.why(*statement)
    names = [each.claim.rpartition("cr-house-599-")[2] for each in found]
    assert sorted(name.split("/")[-2] if "/" in name else name for name in names) == claims
    assert all(each.passages and each.passages[0].paraphrase.zh for each in found)
    assert {each.via for each in found} == {rule}


def test_a_statement_that_nobody_makes_has_no_evidence(kg: KnowledgeGraph):
    with pytest.raises(UnknownName, match="no statement is called 'coal-tar intendedProduct hydrogen'"):
        kg.why("coal-tar", "intendedProduct", "hydrogen")


def test_the_words_of_a_passage_are_shown_where_the_text_is_at_hand():
    place = folder("ANSHAN_KG_TEST_SOURCES", "shared/source")
    with_texts = KnowledgeGraph.open(Config(sources=str(place)))
    (said,) = with_texts.why("chain/coke-oven-gas-to-hydrogen", "leadsTo", "hydrogen")
    assert "rely on coke oven gas to develop hydrogen energy industry" in (said.passages[0].text or "")


def test_words_of_another_text_are_never_shown(tmp_path: Path):
    (tmp_path / "other.txt").write_text("x" * 5000, encoding="utf-8")
    graph = KnowledgeGraph.open(Config(sources=str(tmp_path)))
    (said,) = graph.why("chain/coke-oven-gas-to-hydrogen", "leadsTo", "hydrogen")
    assert said.passages[0].text is None


def test_a_folder_of_sources_that_is_missing_is_named():
    graph = KnowledgeGraph.open(Config(sources="nowhere"))
    with pytest.raises(DataError, match="nowhere: is not a folder"):
        graph.why("Anshan", "hasCluster", "cluster/iron-ore")


def test_answers_have_the_type_of_their_query(anywhere: KnowledgeGraph):
    assert isinstance(anywhere.sparql("SELECT * { ?s ?p ?o } LIMIT 1"), Table)
    assert isinstance(anywhere.sparql("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1"), Graph)
    assert anywhere.sparql("ASK { ?s ?p ?o }") is True


def test_a_syntax_error_knows_line_and_column(anywhere: KnowledgeGraph):
    with pytest.raises(QueryError) as caught:
        anywhere.sparql("SELECT * WHERE {\n  ?s ?p\n}")
    assert caught.value.line == 3
    assert caught.value.column is not None
    assert "ObjectListPath" not in str(caught.value)


def test_a_query_that_would_leave_the_graph_is_refused(anywhere: KnowledgeGraph):
    with pytest.raises(QueryRefused, match="SERVICE is not allowed here"):
        anywhere.sparql("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")


def test_from_names_graphs_of_the_dataset_or_is_refused(kg: KnowledgeGraph):
    assert kg.sparql("ASK FROM <https://w3id.org/anshan-kg/id/source/cr-house-599> { ?s ?p ?o }") is True
    with pytest.raises(QueryRefused, match="names no graph of this dataset"):
        kg.sparql("ASK FROM <file:///etc/passwd> { ?s ?p ?o }")


def test_what_two_sources_state_stands_in_both_their_graphs(kg: KnowledgeGraph, tmp_path: Path):
    step = "https://w3id.org/anshan-kg/id/step/coke-oven-gas-to-hydrogen-1"
    second = f"{BASE}id/source/anshan-kg-editorial"
    more = tmp_path / "more.ttl"
    more.write_text(f"<{step}> <http://www.w3.org/ns/prov#hadPrimarySource> <{second}> .", encoding="utf-8")
    store = dataset.assemble(kg.tree, [read_document(more)]).store
    graphs = {
        quad.graph_name
        for quad in store.quads_for_pattern(
            ox.NamedNode(step), ox.NamedNode(f"{BASE}ont#position"), None, None
        )
    }
    assert graphs >= {ox.NamedNode(second), ox.NamedNode(f"{BASE}id/source/cr-house-599")}


def test_every_query_works_without_graph_and_counts_once(kg: KnowledgeGraph):
    """The default graph has each triple once, whatever named graphs hold it too."""
    default = list(kg.dataset.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert len(default) == len({quad.triple for quad in default})
    named = {quad.triple for quad in kg.dataset.store if quad.graph_name != ox.DefaultGraph()}
    assert named == {quad.triple for quad in default}


def test_each_source_stands_in_a_graph_of_its_own(kg: KnowledgeGraph):
    graph = ox.NamedNode(f"{BASE}id/source/cr-house-599")
    subjects = {
        str(quad.subject).strip("<>") for quad in kg.dataset.store.quads_for_pattern(None, None, None, graph)
    }
    claims = {row["claim"] for row in kg.ask("claims-of-source", source="cr-house-599").texts()}
    assert claims <= subjects
    assert not any("anshan-kg-editorial-" in subject for subject in subjects)


def test_inferred_can_be_told_from_said(kg: KnowledgeGraph):
    graphs = {
        name.value.removeprefix(f"{BASE}graph/")
        for name in kg.dataset.store.named_graphs()
        if isinstance(name, ox.NamedNode)
    }
    assert {"shortcuts", "inferred", "labels", "ontology", "entities"} <= graphs
    rule = ox.NamedNode(f"{BASE}ont#intendedProduct")
    inferred = ox.NamedNode(f"{BASE}graph/inferred")
    assert len(list(kg.dataset.store.quads_for_pattern(None, rule, None, inferred))) == 5


def test_the_rules_have_come_to_rest(kg: KnowledgeGraph):
    from anshan_kg import rules  # noqa: PLC0415

    copy = ox.Store()
    copy.extend(kg.dataset.store)
    assert rules.run(copy, kg.dataset.rules) == 0


def test_two_assemblies_of_one_tree_are_equal(kg: KnowledgeGraph):
    again = dataset.assemble(kg.tree)
    assert again.lines == kg.dataset.lines
    assert again.version == kg.version


def test_what_the_store_holds_is_what_was_written(kg: KnowledgeGraph):
    """No literal is rewritten on its way through the engine."""
    assert {quad.triple for quad in kg.dataset.store} >= set(kg.dataset.written)


def test_two_releases_of_one_tree_are_byte_equal(kg: KnowledgeGraph, tmp_path: Path):
    numbers = kg.build(tmp_path / "one")
    KnowledgeGraph.open(Config()).build(tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["SHA256SUMS", "anshan-kg.nq.gz", "anshan-kg.ttl.gz", "statistics.json", "void.ttl"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    plain = gzip.decompress((tmp_path / "one" / "anshan-kg.nq.gz").read_bytes())
    assert hashlib.sha256(plain).hexdigest() == kg.version
    assert json.loads((tmp_path / "one" / "statistics.json").read_text()) == {
        "version": kg.version,
        **numbers,
    }
    for line in (tmp_path / "one" / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / "one" / name).read_bytes()).hexdigest() == digest


def test_a_release_never_replaces_something_else(kg: KnowledgeGraph, tmp_path: Path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(DataError, match="exists and holds other things"):
        kg.build(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_the_description_counts_what_is_there(kg: KnowledgeGraph, tmp_path: Path):
    numbers = kg.build(tmp_path / "out")
    described = {
        quad.triple for quad in ox.parse((tmp_path / "out" / "void.ttl").read_bytes(), ox.RdfFormat.TURTLE)
    }
    void = "http://rdfs.org/ns/void#"
    totals = {
        t.object.value
        for t in described
        if t.predicate.value == f"{void}triples" and t.subject.value == f"{BASE}dataset"
    }
    assert totals == {str(numbers["triples"])}
    properties = {
        t.object
        for t in described
        if t.predicate.value == f"{void}propertyPartition" and t.subject.value == f"{BASE}dataset"
    }
    parts = [
        int(t.object.value)
        for t in described
        if t.predicate.value == f"{void}triples" and t.subject in properties
    ]
    assert sum(parts) == numbers["triples"]


def test_a_store_that_does_not_answer_is_named():
    graph = KnowledgeGraph.open(Config(store="http://127.0.0.1:9/sparql"))
    with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9/sparql does not answer"):
        graph.ask("chains")


def test_tables_show_themselves_in_notebooks_and_become_data_frames(kg: KnowledgeGraph):
    table = kg.ask("bases")
    assert "<th>baseName</th>" in table._repr_html_()
    frame = table.to_pandas()
    assert list(frame.columns) == list(table.columns)
    assert len(frame) == len(table) >= 3
