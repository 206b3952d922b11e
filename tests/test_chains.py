"""The chains: what was announced, what works it out, and each as a graph of steps and materials."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from lxml import etree

from anshan_kg import KnowledgeGraph
from anshan_kg.flows.process import process_of
from anshan_kg.terms import slug_of
from anshan_kg.web.system import system_picture

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BROWSER = {"Accept": "text/html"}
WORKED_OUT = {
    "coal-tar-to-battery-materials": "coal-tar-to-anode-material",
    "coke-oven-gas-to-hydrogen": "coke-oven-gas-to-pure-hydrogen",
    "iron-oxide-to-magnetic-materials": "scale-and-acid-to-ferrite",
    "tailings-to-building-materials": "mine-waste-to-building-materials",
}


def slugs(kg: KnowledgeGraph) -> list[str]:
    return [chain.slug for chain in kg.chains.all]


def test_each_announced_chain_is_worked_out_by_the_one_that_passes_its_materials(kg: KnowledgeGraph):
    found = {
        each.slug: [slug_of(iri) for iri in each.worked_out] for each in kg.chains.all if each.is_announced
    }
    assert found == {announced: [worked] for announced, worked in WORKED_OUT.items()}
    for announced, worked in WORKED_OUT.items():
        chain = kg.chains.get(worked)
        assert chain
        assert [slug_of(iri) for iri in chain.announced] == [announced]


def test_what_a_source_says_and_what_we_correct_are_kept_apart(kg: KnowledgeGraph):
    chain = kg.chains.get("coal-tar-to-battery-materials")
    assert chain
    said, ours = chain.goals
    assert (slug_of(said.material.iri), said.editorial) == ("battery-cathode-materials", False)
    assert (slug_of(ours.material.iri), ours.editorial, ours.corrects) == (
        "battery-anode-materials",
        True,
        said.claim,
    )
    stations = {slug_of(each.thing.iri): each for each in process_of(chain, kg.conversions()).stations}
    assert stations["battery-cathode-materials"].wrong
    assert stations["battery-anode-materials"].kind == "corrected"


def test_a_graph_that_holds_nothing_has_no_chains_and_no_picture(tmp_path, client: FlaskClient):
    empty = KnowledgeGraph.open(data=str(tmp_path / "data"))
    empty.prepare(empty=True)
    assert empty.chains.all == ()
    with client.application.test_request_context("/"):
        assert system_picture(empty, "en") == ""


def test_a_chain_as_a_graph_has_no_circle_and_every_flow(kg: KnowledgeGraph):
    for chain in kg.chains.all:
        made = process_of(chain, kg.conversions())
        keys = [station.key for station in made.stations]
        assert len(keys) == len(set(keys))
        graph = nx.DiGraph((arrow.start, arrow.end) for arrow in made.arrows)
        assert set(graph) == set(keys)
        assert nx.is_directed_acyclic_graph(graph), chain.slug
        outputs = sum(len(step.outputs) for step in chain.steps)
        assert sum(arrow.kind == "out" for arrow in made.arrows) == outputs
        assert sum(station.kind == "step" for station in made.stations) == len(chain.steps)


def test_a_number_on_an_arrow_is_of_that_step_and_what_has_none_says_so(kg: KnowledgeGraph):
    chain = kg.chains.get("coal-tar-to-anode-material")
    assert chain
    stations = {slug_of(each.thing.iri): each for each in process_of(chain, kg.conversions()).stations}
    pitch = stations["coal-tar-pitch"].conversion
    assert pitch
    assert slug_of(pitch.step) == "tar-distillation"
    assert stations["green-needle-coke"].conversion is None
    assert stations["delayed-coking"].kind == "step"


# pages


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_nodes_of_each_diagram_are_the_rows_of_its_table(
    client: FlaskClient, kg: KnowledgeGraph, lang: str
):
    for slug in slugs(kg):
        text = client.get(f"/chains/{slug}?lang={lang}", headers=BROWSER).text
        drawn = re.findall(r'<g class="node [^"]*" data-node="([^"]*)"', text)
        rows = re.findall(r'<tr class="[^"]*" data-node="([^"]*)"', text)
        assert drawn == rows
        assert len(rows) >= 3
        flows = re.findall(r'<g class="stock [^"]*" data-node="([^"]*)"', text)
        assert flows == re.findall(r'<tr data-node="([^"]*)"', text)


def test_every_link_of_the_chains_resolves(client: FlaskClient, kg: KnowledgeGraph):
    links = set()
    for path in ("/chains", *(f"/chains/{slug}" for slug in slugs(kg))):
        links |= set(re.findall(r'href="(/[^"#]*)', client.get(path, headers=BROWSER).text))
    for link in sorted(links):
        with client.get(link.replace("&amp;", "&")) as reply:
            assert reply.status_code in {200, 303}, link


def test_numbers_on_the_page_are_those_of_the_calculator(client: FlaskClient, kg: KnowledgeGraph):
    text = client.get("/chains/coal-tar-to-anode-material?lang=en", headers=BROWSER).text
    answer = kg.potential("coal-tar", "1 Mt")
    pitch = next(each for each in answer.yields if slug_of(each.material) == "coal-tar-pitch")
    assert pitch.amount.central is not None
    assert (
        f"{pitch.amount.central / 1000:.0f} ({pitch.amount.low / 1000:.0f}–{pitch.amount.high / 1000:.0f}) kt"
        in text
    )
    assert "What 1 Mt of coal tar could give" in text


def test_a_chain_comes_as_files_too(client: FlaskClient):
    rows = list(csv.DictReader(io.StringIO(client.get("/chains/coking-platform.csv?lang=en").text)))
    assert {"kind", "name", "number", "sources"} <= rows[0].keys()
    assert any(row["number"] == "75 (65–80) %" for row in rows)
    told = client.get("/chains/coking-platform.json").get_json()
    assert len(told["stations"]) == len(rows)
    assert "akg:ProcessStep" in client.get("/chains/coking-platform.ttl").text
    overview = list(csv.DictReader(io.StringIO(client.get("/chains.csv").text)))
    assert sum(row["announced"] == "true" for row in overview) == 4


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("file", [".svg", "/flows.svg"])
def test_a_picture_as_a_file_stands_alone(client: FlaskClient, file: str, lang: str):
    reply = client.get(f"/chains/magnesite-to-magnesia-products{file}?lang={lang}")
    assert reply.mimetype == "image/svg+xml"
    root = etree.fromstring(reply.data)
    style = str(root.xpath("string(//*[local-name()='style'])"))
    assert "--iron" in style
    assert ".process .node" in style
    assert "prefers-color-scheme" in style
    assert "form" not in style
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    assert all(f"{name}:" in style for name in used)


def test_a_chain_that_is_not_there_is_told_with_those_that_are(client: FlaskClient):
    reply = client.get("/chains/nope")
    assert reply.status_code == 404
    assert "coking-platform" in reply.text
    assert client.get("/chains/nope.svg").status_code == 404
    assert client.get("/chains/coke-oven-gas-to-hydrogen/flows.svg").status_code == 404
