"""Exports open where they are used, and the same graph gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from anshan_kg import exports, network
from anshan_kg.errors import UnknownName
from anshan_kg.model import Table
from tests.conftest import folder, need

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg import KnowledgeGraph

VIEWS = ["everything", "chains", "enterprises"]
DRAWN = [name for name in exports.names() if exports.load(name).TAKES == "network"]
RDF = [name for name in exports.names() if exports.load(name).TAKES == "quads"]


def sample(label: str = "coal tar", chinese: str = "煤焦油") -> nx.MultiDiGraph[str]:
    """Three things and three edges, two of them parallel; small enough to know by heart."""
    base = "https://w3id.org/anshan-kg/id"
    head = (
        "source",
        "relation",
        "target",
        "relation_en",
        "relation_zh",
        "claim",
        "document",
        "document_title",
        "modality",
        "confidence",
        "year",
        "inferred",
        "disputed",
    )
    akg = "https://w3id.org/anshan-kg/ont#"
    rows = [
        (
            f"{base}/a",
            f"{akg}leadsTo",
            f"{base}/b",
            "leads to",
            "最终得到",
            f"{base}/claim/1",
            f"{base}/source/s",
            label,
            "plan",
            "high",
            "2025",
            "",
            "",
        ),
        (
            f"{base}/a",
            f"{akg}leadsTo",
            f"{base}/b",
            "leads to",
            "最终得到",
            f"{base}/claim/2",
            f"{base}/source/s",
            label,
            "editorial",
            "medium",
            "",
            "",
            "true",
        ),
        (
            f"{base}/b",
            f"{akg}intendedProduct",
            f"{base}/c",
            "is intended for",
            "拟用于生产",
            "",
            f"{base}/graph",
            label,
            "inferred",
            "",
            "",
            "true",
            "",
        ),
    ]
    nodes = [(f"{base}/{x}", f"{akg}MaterialType", label, chinese) for x in "abc"]

    def table(columns: tuple[str, ...], cells: Sequence[tuple[str, ...]]) -> Table:
        return Table(
            columns, tuple(tuple(ox.Literal(cell) if cell else None for cell in row) for row in cells)
        )

    return network.build(table(head, rows), table(("thing", "type", "label_en", "label_zh"), nodes))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", exports.names())
def test_an_export_is_byte_equal_on_repetition(kg: KnowledgeGraph, name: str, view: str):
    data = kg.export(name, view)
    assert data
    assert kg.export(name, view) == data


@pytest.mark.parametrize("name", exports.names())
def test_an_export_says_what_it_is_for(name: str):
    form = exports.load(name)
    assert form.TITLE
    assert form.TAKES in {"network", "quads"}
    assert "/" in form.MEDIA_TYPE
    assert re.fullmatch(r"[a-z]+", form.EXTENSION)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", DRAWN)
def test_every_node_has_both_names_and_every_edge_its_relation_and_source(
    kg: KnowledgeGraph, name: str, view: str
):
    text = kg.export(name, view).decode("utf-8-sig")
    drawn = kg.network(view)
    plain = json.loads(text) if name == "cytoscape" else text
    haystack = (
        json.dumps(plain, ensure_ascii=False)
        if name == "cytoscape"
        else text.replace("&apos;", "'").replace("#39;", "'")
    )
    for _, data in drawn.nodes(data=True):
        assert data["label_en"] in haystack
        assert data["label_zh"] in haystack or name == "mermaid"
    for _, _, data in drawn.edges(data=True):
        assert data["source_document"] in haystack
        assert data["relation_zh"] in haystack
        assert data["relation_en"] in haystack


@pytest.mark.parametrize("view", VIEWS)
def test_every_edge_of_a_view_names_source_and_relation(kg: KnowledgeGraph, view: str):
    drawn = kg.network(view)
    assert drawn.number_of_edges() > 5
    for _, _, data in drawn.edges(data=True):
        assert data["relation"].startswith(("akg:", "org:", "prov:"))
        assert data["source_document"].startswith("https://w3id.org/anshan-kg/")
        assert data["relation_en"]
        assert data["relation_zh"]
        assert data["claim"] or data["inferred"] == "true"


@pytest.mark.parametrize("name", DRAWN)
def test_an_export_of_the_sample_is_as_reviewed(name: str, golden: Callable[[str, bytes], None]):
    golden(f"exports/sample.{exports.load(name).EXTENSION}", exports.load(name).write(sample()))


@pytest.mark.schemas
@pytest.mark.parametrize("view", VIEWS)
def test_graphml_is_valid_by_its_schema(kg: KnowledgeGraph, view: str):
    place = folder("ANSHAN_KG_TEST_SCHEMAS", "shared/reference/schemas")
    schema = etree.XMLSchema(etree.parse(place / "graphml.xsd"))
    schema.assertValid(etree.fromstring(kg.export("graphml", view)))


@pytest.mark.schemas
@pytest.mark.parametrize("view", VIEWS)
def test_gexf_is_valid_by_its_schema(kg: KnowledgeGraph, view: str):
    place = folder("ANSHAN_KG_TEST_SCHEMAS", "shared/reference/schemas")
    schema = etree.RelaxNG(etree.parse(place / "gexf-1.3" / "gexf.rng"))
    schema.assertValid(etree.fromstring(kg.export("gexf", view)))


@pytest.mark.parametrize("view", VIEWS)
def test_graphml_read_back_is_the_same_network(kg: KnowledgeGraph, view: str):
    drawn, back = kg.network(view), nx.read_graphml(io.BytesIO(kg.export("graphml", view)))
    assert {data["iri"] for _, data in back.nodes(data=True)} == set(drawn)
    iri = {node: data["iri"] for node, data in back.nodes(data=True)}
    edges = sorted(
        (iri[s], iri[t], data["relation"], data.get("claim", "")) for s, t, data in back.edges(data=True)
    )
    assert edges == sorted((s, t, data["relation"], data["claim"]) for s, t, data in drawn.edges(data=True))


@pytest.mark.parametrize("name", ["graphml", "gexf"])
def test_ids_are_unique_and_keys_are_typed(kg: KnowledgeGraph, name: str):
    root = etree.fromstring(kg.export(name))
    for kind in ("node", "edge"):
        ids = [element.get("id") for element in root.iter() if str(element.tag).endswith(f"}}{kind}")]
        assert len(ids) == len(set(ids)) > 10
    declared = [e for e in root.iter() if str(e.tag).endswith(("}key", "}attribute"))]
    assert all(e.get("attr.type") == "string" or e.get("type") == "string" for e in declared)


def test_gexf_carries_no_date_and_no_tool(kg: KnowledgeGraph):
    text = kg.export("gexf").decode()
    assert "lastmodifieddate" not in text
    assert "networkx" not in text.lower()


def test_cytoscape_ids_are_unique_over_nodes_and_edges(kg: KnowledgeGraph):
    elements = json.loads(kg.export("cytoscape"))["elements"]
    ids = [each["data"]["id"] for kind in ("nodes", "edges") for each in elements[kind]]
    assert len(ids) == len(set(ids))
    nodes = {each["data"]["id"] for each in elements["nodes"]}
    assert all({each["data"]["source"], each["data"]["target"]} <= nodes for each in elements["edges"])


@pytest.mark.parametrize("view", VIEWS)
def test_graphviz_reads_dot(kg: KnowledgeGraph, view: str):
    need(shutil.which("dot"), "Graphviz")
    drawn = subprocess.run(["dot", "-Tsvg"], input=kg.export("dot", view), capture_output=True, check=True)
    assert drawn.stderr == b""
    assert drawn.stdout.decode().count('class="edge"') == kg.network(view).number_of_edges()


def test_csv_opens_in_spreadsheets_and_in_gephi(kg: KnowledgeGraph):
    data = kg.export("csv")
    assert data.startswith(b"\xef\xbb\xbfSource,Target,Type,Id,Label,")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == kg.network().number_of_edges()
    assert {row["Type"] for row in rows} == {"Directed"}
    assert b"\r\n" in data


def test_n_quads_hold_the_whole_dataset(kg: KnowledgeGraph):
    assert kg.export("nq").decode().splitlines() == list(kg.dataset.lines)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's JSON-LD parser, of its own parts
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_rdf_exports_are_read_alike_by_two_libraries(kg: KnowledgeGraph, name: str, view: str):
    data = kg.export(name, view)
    kind = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}[name]
    mine = {quad.triple for quad in ox.parse(data, kind)}
    theirs = rdflib.Graph().parse(data=data, format={"ttl": "turtle", "jsonld": "json-ld"}[name])
    assert len(mine) == len(theirs) > 100


@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_rdf_exports_of_everything_hold_the_default_graph(kg: KnowledgeGraph, name: str):
    kind = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}[name]
    mine = {quad.triple for quad in ox.parse(kg.export(name), kind)}
    assert mine == {
        quad.triple for quad in kg.dataset.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    }


def test_what_is_near_a_thing_can_be_exported_alone(kg: KnowledgeGraph):
    near = kg.network("chains", thing="鞍钢", hops=1)
    assert {data["label_en"] for _, data in near.nodes(data=True)} == {
        "Ansteel", "coal tar", "coke oven gas", "iron oxide", "stripped rock", "tailings",
    }  # fmt: skip
    assert len(kg.network("chains", thing="鞍钢", hops=2)) > len(near)
    assert len(kg.network("chains", thing="鞍钢", hops=0)) == 1


def test_unknown_formats_views_and_nodes_are_named(kg: KnowledgeGraph):
    with pytest.raises(UnknownName, match="no export is called 'nope'; there are: csv, cytoscape, dot"):
        kg.export("nope")
    with pytest.raises(
        UnknownName, match="no view is called 'nope'; there are: chains, enterprises, everything"
    ):
        kg.export("nq", "nope")
    with pytest.raises(UnknownName, match="no node of this view is called 'place:anshan'"):
        kg.export("dot", "chains", thing="Anshan")


NASTY = st.text(max_size=30) | st.sampled_from(
    [
        '"',
        "\\",
        "\\N",
        "<b>&amp;</b>",
        "]]>",
        "a\nb",
        "\x00",
        "\x1b[0m",
        "=1+1",
        "@cmd",
        "-- >",
        "\u202e",
        "😀",
        "%%",
        "|",
        "\ud7ff",
    ]
)


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_any_name_can_be_exported(english: str, chinese: str):
    """Whatever a name holds, every format stays readable and no cell becomes a formula."""
    drawn = sample(english, chinese)
    for name in ("graphml", "gexf"):
        assert len(etree.fromstring(exports.load(name).write(drawn))) > 0
    elements = json.loads(exports.load("cytoscape").write(drawn))["elements"]
    assert len(elements["edges"]) == 3
    rows = list(csv.reader(io.StringIO(exports.load("csv").write(drawn).decode("utf-8-sig"), newline="")))
    assert [len(row) for row in rows] == [len(rows[0])] * 4
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    dot = exports.load("dot").write(drawn).decode()
    line = re.compile(
        r'  (?:\w+(?: -> \w+)? \[(?:\w+="(?:[^"\\\n]|\\.)*"(?:, )?)*\];|rankdir=LR;|(?:node|edge) \[.*\];)'
    )
    assert all(line.fullmatch(each) for each in dot.removesuffix("}\n").split("\n")[1:-1])
    mermaid = exports.load("mermaid").write(drawn).decode()
    shape = re.compile(r'  (?:n\d+\["[^"\n]*"\]|n\d+ (?:-->|-\.->)\|"[^"\n]*"\| n\d+|%% .*)')
    assert all(shape.fullmatch(each) for each in mermaid.split("\n")[1:-1])


@pytest.mark.parametrize("name", exports.names())
def test_no_export_carries_a_path_of_this_machine(kg: KnowledgeGraph, name: str):
    assert str(kg.tree.root).encode() not in kg.export(name)
