"""Exports open where they are used, and the same graph gives the same bytes."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from anshan_kg import exports, network
from anshan_kg.errors import UnknownName
from anshan_kg.exports._xml import clean
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


def plain(name: str, data: bytes) -> str:
    """The words of an export, for looking into; what its format quotes is undone."""
    text = data.decode("utf-8-sig")
    if name == "mermaid":
        return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)
    if name == "dot":
        return html.unescape(re.sub(r"\\(.)", r"\1", text))
    if name == "cytoscape":
        return text.replace('\\"', '"').replace("\\\\", "\\")
    return html.unescape(text) if name in {"graphml", "gexf"} else text.replace('""', '"')


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", exports.names())
def test_an_export_is_byte_equal_on_repetition(kg: KnowledgeGraph, name: str, view: str):
    data = kg.export(name, view)
    assert data
    assert kg.export(name, view) == data


def test_another_process_writes_the_same_bytes(kg: KnowledgeGraph):
    """Sets and dicts are ordered by a seed that each process draws anew; no export may show it."""
    code = (
        "import hashlib; from anshan_kg import KnowledgeGraph, exports; kg = KnowledgeGraph.open();"
        "print([hashlib.sha256(kg.export(name, 'chains')).hexdigest() for name in exports.names()])"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    mine = [hashlib.sha256(kg.export(name, "chains")).hexdigest() for name in exports.names()]
    assert other.stdout.strip() == str(mine)


@pytest.mark.parametrize("name", exports.names())
def test_an_export_says_what_it_is_for(name: str):
    form = exports.load(name)
    assert form.TITLE
    assert form.TAKES in {"network", "quads", "unlinked"}
    assert "/" in form.MEDIA_TYPE
    assert re.fullmatch(r"[a-z]+", form.EXTENSION)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", DRAWN)
def test_every_node_has_both_names_and_every_edge_its_relation_and_source(
    kg: KnowledgeGraph, name: str, view: str
):
    """Looked for in the text as its format means it, quoting undone."""
    text = plain(name, kg.export(name, view))
    drawn = kg.network(view)
    for _, data in drawn.nodes(data=True):
        assert data["label_en"] in text
        assert data["label_zh"] in text
    for _, _, data in drawn.edges(data=True):
        assert data["source_document"] in text
        assert data["relation_zh"] in text
        assert data["relation_en"] in text


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
    """Attributes and all; those that are empty are not written."""
    drawn = kg.network(view)
    back = nx.read_graphml(io.BytesIO(kg.export("graphml", view)), force_multigraph=True)
    assert isinstance(back, nx.MultiDiGraph)
    iri = {node: data["iri"] for node, data in back.nodes(data=True)}
    nodes = {iri[node]: data for node, data in back.nodes(data=True)}
    assert nodes == {node: said(data) for node, data in drawn.nodes(data=True)}
    edges = {(iri[s], iri[t], key): data for s, t, key, data in back.edges(keys=True, data=True)}
    assert edges == {
        (s, t, key): said(data, but="id") for s, t, key, data in drawn.edges(keys=True, data=True)
    }


def said(data: dict[str, str], but: str = "") -> dict[str, str]:
    """The attributes that are not empty."""
    return {name: text for name, text in data.items() if text and name != but}


def test_graphml_has_no_data_called_as_its_own_parts_are():
    """A reader that keeps ids and data in one table would lose one of the two."""
    root = etree.fromstring(exports.load("graphml").write(sample()))
    names = {key.get("attr.name") for key in root.iter("{*}key")}
    assert not names & {"id", "source", "target"}
    assert "label" in names


@pytest.mark.parametrize("name", ["graphml", "gexf", "cytoscape", "csv"])
def test_what_a_view_adds_of_its_own_is_exported(name: str):
    drawn = sample()
    for _, _, data in drawn.edges(data=True):
        data["speaker"] = "Sun 孙"
    text = plain(name, exports.load(name).write(drawn))
    assert "speaker" in text
    assert "Sun 孙" in text


@pytest.mark.parametrize("name", DRAWN)
def test_a_network_without_edges_can_be_exported(kg: KnowledgeGraph, name: str):
    alone = kg.network("chains", thing="鞍钢", hops=0)
    assert alone.number_of_edges() == 0
    assert "鞍钢" in plain(name, exports.load(name).write(alone)) or name == "csv"


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


KIND = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD, "nq": ox.RdfFormat.N_QUADS}
ODD = b"""
@prefix x: <http://x.example/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
x:s x:p "a"@en, "a", "\xe9\x9e\x8d\xe9\x92\xa2"@zh-Hans, "01"^^xsd:integer, "1"^^xsd:integer, "1.50"^^xsd:decimal, "1E3"^^xsd:double,
  "1"^^xsd:boolean, true, "x"^^xsd:integer, "2025"^^xsd:gYear, "<b>&\\"\\\\\\n\\r\\t'"^^x:t, "http://x.example/s", <http://x.example/s>, "" .
<http://x.example/a#b/c> a x:T, <urn:x:y> ; x:q <http://x.example/%E9?a=1&b='> .
"""
"""Triples that a careless writer changes: values not in canonical form, the same text as different terms."""


def read_by_rdflib(data: bytes, name: str) -> set[ox.Triple]:
    """The triples as another library reads them."""
    graph = rdflib.Graph().parse(data=data, format={"ttl": "turtle", "jsonld": "json-ld"}[name])
    return {quad.triple for quad in ox.parse(graph.serialize(format="nt").encode(), ox.RdfFormat.N_TRIPLES)}


@pytest.fixture
def as_written(monkeypatch: pytest.MonkeyPatch):
    """Keep rdflib from rewriting values as it reads them."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.usefixtures("as_written")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's JSON-LD parser, of its own parts
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_rdf_exports_are_read_alike_by_two_libraries(kg: KnowledgeGraph, name: str, view: str):
    data = kg.export(name, view)
    mine = {quad.triple for quad in ox.parse(data, KIND[name])}
    assert len(mine) > 100
    assert read_by_rdflib(data, name) == mine


@pytest.mark.usefixtures("as_written")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # and "x" is no integer
@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_languages_datatypes_and_spellings_survive(name: str):
    quads = list(ox.parse(ODD, ox.RdfFormat.TURTLE))
    assert len(quads) == 18
    data = exports.load(name).write(quads)
    assert {quad.triple for quad in ox.parse(data, KIND[name])} == {quad.triple for quad in quads}
    # rdflib reads a bare 01 in Turtle as the number, though the specification keeps its spelling
    lost = {quad.triple for quad in quads if name == "ttl" and quad.object.value == "01"}
    assert read_by_rdflib(data, name) == {quad.triple for quad in quads} - lost


def test_n_quads_keep_the_graphs():
    graph = ox.NamedNode("http://x.example/g")
    quads = [ox.Quad(q.subject, q.predicate, q.object, graph) for q in ox.parse(ODD, ox.RdfFormat.TURTLE)]
    quads += ox.parse(ODD, ox.RdfFormat.TURTLE)
    data = exports.load("nq").write(quads)
    assert set(ox.parse(data, ox.RdfFormat.N_QUADS)) == set(quads)
    assert data.decode().splitlines() == sorted(data.decode().splitlines())


@pytest.mark.parametrize("name", RDF)
def test_the_order_of_quads_does_not_matter(name: str):
    quads = list(ox.parse(ODD, ox.RdfFormat.TURTLE))
    assert exports.load(name).write(quads) == exports.load(name).write(iter(quads[::-1] + quads))


def test_turtle_names_each_subject_once_and_in_order(kg: KnowledgeGraph):
    text = kg.export("ttl", "chains").decode()
    heads = [line for line in text.splitlines() if line and not line.startswith(("@prefix", "\t"))]
    subjects = [str(quad.subject) for quad in ox.parse(text.encode(), ox.RdfFormat.TURTLE)]
    assert len(heads) == len(set(subjects))
    assert subjects == sorted(subjects)


@pytest.mark.parametrize("name", ["ttl", "jsonld"])
def test_rdf_exports_of_everything_hold_the_default_graph(kg: KnowledgeGraph, name: str):
    mine = {quad.triple for quad in ox.parse(kg.export(name), KIND[name])}
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
    with pytest.raises(UnknownName, match="no export is called 'nope'; there are: csv, cube, cytoscape, dot"):
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
        "＝1＋1",
        "\tx",
        "@cmd",
        "-- >",
        "\u202e",
        "😀",
        "%%",
        "|",
        "\ud7ff",
    ]
)


def named(english: str, chinese: str) -> nx.MultiDiGraph[str]:
    """The sample with everything that is a word called like this, types and years too."""
    drawn = sample(english or "x", chinese)
    for _, data in drawn.nodes(data=True):
        data.update(type=english, label=english, label_en=english, label_zh=chinese)
    for _, _, data in drawn.edges(data=True):
        data.update(relation=chinese, label=english, relation_en=english, relation_zh=chinese)
        data.update(source_title=english, modality=chinese, year=english)
    return drawn


def in_xml(text: str) -> str:
    """A text as an XML reader gives it back: only what may stand there, line ends as one sign."""
    return clean(text).replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_any_name_comes_back_from_graphml(english: str, chinese: str):
    root = etree.fromstring(exports.load("graphml").write(named(english, chinese)))
    found = [e.text or "" for e in root.iter("{*}data") if e.get("key") in {"node_label_en", "edge_label"}]
    assert found == [in_xml(english)] * (6 if english else 0)
    found = [e.text or "" for e in root.iter("{*}data") if e.get("key") == "node_label_zh"]
    assert found == [in_xml(chinese)] * (3 if chinese else 0)


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_any_name_comes_back_from_gexf(english: str, chinese: str):
    root = etree.fromstring(exports.load("gexf").write(named(english, chinese)))
    marked = [*root.iter("{*}node"), *root.iter("{*}edge")]
    assert [each.get("label") for each in marked] == [clean(english)] * 6
    assert [each.get("kind") for each in root.iter("{*}edge")] == [clean(chinese)] * 3


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_any_name_comes_back_from_cytoscape(english: str, chinese: str):
    elements = json.loads(exports.load("cytoscape").write(named(english, chinese)))["elements"]
    assert [each["data"]["label"] for each in elements["nodes"]] == [english] * 3
    assert [each["data"]["relation_zh"] for each in elements["edges"]] == [chinese] * 3
    assert [each["data"]["id"] for each in elements["edges"]] == ["e1", "e2", "e3"]


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
@example("-0", "+86")
def test_any_name_comes_back_from_csv_and_no_cell_is_a_formula(english: str, chinese: str):
    text = exports.load("csv").write(named(english, chinese)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for column, name in (("source_en", english), ("Label", english), ("target_zh", chinese)):
        kept = name.replace("\x00", "")
        assert [row[column] for row in rows] == [f"'{kept}" if kept[:1] in FORMULA else kept] * 3
    assert {None} & {*rows[0]} == set()
    assert not any(cell.startswith(tuple(FORMULA)) for row in rows for cell in row.values())


FORMULA = [*"=+-@\t\r\n＝＋－＠"]
DOT_LINE = re.compile(
    r'  (?:\w+(?: -> \w+)? \[\w+="(?:[^"\\\n]|\\.)*"(?:, \w+="(?:[^"\\\n]|\\.)*")*\];|rankdir=LR;|(?:node|edge) \[.*\];)'
)
MERMAID_LINE = re.compile(r'  (?:n\d+\["[^"\n]*"\]|n\d+ (?:-->|-\.->)\|"[^"\n]*"\| n\d+|%% .*)')


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_any_name_stays_inside_its_quotes_in_dot(english: str, chinese: str):
    text = exports.load("dot").write(named(english, chinese)).decode()
    assert all(DOT_LINE.fullmatch(each) for each in text.removesuffix("}\n").split("\n")[1:-1])


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_any_name_stays_inside_its_quotes_in_mermaid(english: str, chinese: str):
    text = exports.load("mermaid").write(named(english, chinese)).decode()
    assert all(MERMAID_LINE.fullmatch(each) for each in text.split("\n")[1:-1])
    words = re.findall(r'^  n\d+\["(.*)"\]$', plain("mermaid", text.encode()), re.MULTILINE)
    tidy = [" ".join(clean(each).split()) for each in (chinese, english)]
    assert words == ["<br/>".join(tidy if chinese != english else tidy[:1])] * 3


@pytest.mark.schemas
@settings(max_examples=100, deadline=None)
@given(NASTY, NASTY)
def test_any_name_leaves_the_xml_formats_valid(english: str, chinese: str):
    place = folder("ANSHAN_KG_TEST_SCHEMAS", "shared/reference/schemas")
    drawn = named(english, chinese)
    graphml, gexf = (etree.fromstring(exports.load(name).write(drawn)) for name in ("graphml", "gexf"))
    etree.XMLSchema(etree.parse(place / "graphml.xsd")).assertValid(graphml)
    etree.RelaxNG(etree.parse(place / "gexf-1.3" / "gexf.rng")).assertValid(gexf)


@pytest.mark.parametrize(
    "name",
    [
        "coal tar",
        'a "quoted" one',
        "ends in \\",
        r"\N \G \l \n",
        "AT&T",
        "AT&amp;T",
        "a&#65;b",
        "&&lt;",
        "<b>x</b>",
        "{a|b}",
        "# x",
        "// x",
        "😀 鞍钢",
        "]; }",
    ],
)
def test_graphviz_shows_a_name_as_it_is(name: str):
    need(shutil.which("dot"), "Graphviz")
    data = exports.load("dot").write(sample(name, name))
    drawn = subprocess.run(["dot", "-Tsvg"], input=data, capture_output=True, check=True)
    shown = [text.text for text in etree.fromstring(drawn.stdout).iter("{*}text")]
    assert drawn.stderr == b""
    assert shown.count(name) == 3


@pytest.mark.parametrize("name", exports.names())
def test_no_export_carries_a_path_of_this_machine(kg: KnowledgeGraph, name: str):
    assert str(kg.tree.root).encode() not in kg.export(name)
