"""The data behind the graph explorer: true to the graph, bounded, and the same for the same address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anshan_kg.drawing import columns, neighbourhood
from anshan_kg.errors import ParameterError
from anshan_kg.exploring import Step, Wish, read, write
from anshan_kg.exploring.explorer import MOST_NODES
from anshan_kg.terms import BASE, curie
from anshan_kg.web import neighbours

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph

XIANSHAN, GROUP = "mine:xianshan", "enterprise:ansteel-mining"


def picture(client: FlaskClient, query: str) -> dict[str, Any]:
    reply = client.get(f"/graph.json?{query}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = json.loads(reply.data)
    return found


def ids(shown: dict[str, Any]) -> list[str]:
    return [node["id"] for node in shown["nodes"]]


# what is counted is what is there


@pytest.mark.parametrize("thing", [XIANSHAN, GROUP, "place:anshan", "material:hydrogen", "step:ironmaking"])
def test_the_counts_of_a_thing_are_the_relations_the_graph_has(kg: KnowledgeGraph, thing: str):
    """Counted from the view, which is what is exported, relation by relation and in each direction."""
    network = kg.network()
    iri = kg.resolve(thing)
    wanted: dict[tuple[str, str, str], set[str]] = {}
    for source, target, data in network.edges(data=True):
        for here, there, direction in ((source, target, "out"), (target, source, "in")):
            kind = network.nodes[there]["type"]
            if here == iri and kind != "skos:Concept":
                wanted.setdefault((data["relation"], direction, kind), set()).add(there)
    found = {group[:3]: group.number for group in kg.explorer.groups(iri)}
    assert found == {group: len(others) for group, others in wanted.items()}
    assert kg.explorer.node(iri).degree == sum(found.values())


def test_every_edge_of_a_picture_can_be_asked_why(client: FlaskClient):
    shown = picture(client, f"focus={GROUP}")["edges"] + picture(client, "focus=step:ironmaking")["edges"]
    offices = picture(client, "focus=person:wu-kaihua&hops=2&via=akg:holdsOffice&via=org:member")["edges"]
    first_of_each = {edge["relation"]: edge for edge in (*shown, *offices)}
    assert {
        "akg:operates",
        "org:subOrganizationOf",
        "akg:hasStep",
        "akg:consumes",
        "org:member",
    } <= first_of_each.keys()
    for edge in first_of_each.values():
        parts = urlencode({"s": edge["source"], "p": edge["relation"], "o": edge["target"]})
        said = client.get(f"/why?{parts}").get_json()
        assert said, edge
        assert edge["kind"] == "inferred" or len({each["claim"] for each in said}) >= edge["claims"]


def test_words_of_a_list_are_no_things_of_a_picture(client: FlaskClient):
    """A status or a kind of ownership would join what has nothing to do with each other."""
    everything = picture(client, "thing=*")
    assert "skos:Concept" not in {node["type"] for node in everything["nodes"]}
    assert not [
        node for node in everything["nodes"] if "/claim/" in node["iri"] or "/passage/" in node["iri"]
    ]
    assert "akg:hasStatus" not in everything["relations"]


def test_names_come_in_both_languages(client: FlaskClient):
    shown = picture(client, f"focus={XIANSHAN}")
    assert all(node["labels"]["en"] and node["labels"]["zh"] for node in shown["nodes"])
    for words in (shown["relations"], shown["types"]):
        assert all(labels["en"] and labels["zh"] for labels in words.values())
    assert {node["type"] for node in shown["nodes"]} <= shown["types"].keys()


# how a picture begins and grows


def test_without_a_thing_there_is_an_overview_that_hangs_together(client: FlaskClient):
    shown = picture(client, "")
    kinds = [node["type"] for node in shown["nodes"]]
    assert shown["nodes"][0]["id"] == "place:anshan"
    for kind in ("akg:IndustrialBase", "akg:IndustrialCluster", "akg:ValorisationChain"):
        assert kinds.count(kind) >= 5
    assert len(kinds) <= 80
    joined = {edge[end] for edge in shown["edges"] for end in ("source", "target")}
    assert joined == set(ids(shown))


def test_a_step_adds_so_many_neighbours_and_tells_how_many_it_left(client: FlaskClient):
    shown = picture(client, "thing=place:anshan&then=place:anshan,in,akg:locatedIn,any,10")
    assert shown["steps"][1] == {
        "thing": "place:anshan",
        "added": 10,
        "left": sum(
            number
            for relation, direction, _, number in shown["nodes"][0]["groups"]
            if (relation, direction) == ("akg:locatedIn", "in")
        )
        - 10,
    }
    assert {node["parent"] for node in shown["nodes"][1:]} == {"place:anshan"}
    more = picture(
        client,
        "thing=place:anshan&then=place:anshan,in,akg:locatedIn,any,10&then=place:anshan,in,akg:locatedIn,any,10",
    )
    assert ids(more)[:11] == ids(shown)
    assert len(ids(more)) == 21


def test_what_is_known_already_is_not_sent_again(client: FlaskClient):
    address = f"thing={XIANSHAN}&then={XIANSHAN},any&then={GROUP},any"
    whole, before, more = (
        picture(client, query) for query in (address, address.rpartition("&")[0], f"{address}&known=1")
    )
    assert ids(before) + ids(more) == ids(whole)
    assert {edge["id"] for edge in before["edges"] + more["edges"]} == {edge["id"] for edge in whole["edges"]}
    assert len(before["edges"]) + len(more["edges"]) == len(whole["edges"])
    assert more["steps"] == whole["steps"]


def test_the_same_address_gives_the_same_bytes_and_a_tag(client: FlaskClient):
    first, second = (client.get(f"/graph.json?focus={XIANSHAN}") for _ in range(2))
    assert first.data == second.data
    again = client.get(f"/graph.json?focus={XIANSHAN}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_what_is_dropped_or_hidden_is_not_in_the_picture(client: FlaskClient):
    shown = picture(client, f"thing={XIANSHAN}&hops=1&drop={GROUP}&hide=akg:locatedIn&hide=akg:MaterialType")
    assert GROUP not in ids(shown)
    assert "akg:locatedIn" not in {edge["relation"] for edge in shown["edges"]}
    assert "akg:MaterialType" not in {node["type"] for node in shown["nodes"]}
    joined = {edge[end] for edge in shown["edges"] for end in ("source", "target")}
    assert set(ids(shown)) <= joined | {XIANSHAN}


def test_a_thing_without_relations_is_a_picture_of_its_own(client: FlaskClient):
    shown = picture(client, "thing=source:cr-house-599")
    assert [(node["id"], node["degree"]) for node in shown["nodes"]] == [("source:cr-house-599", 0)]


# addresses


def test_an_unknown_thing_is_told_with_suggestions(client: FlaskClient):
    reply = client.get("/graph.json?thing=xianshann")
    assert reply.status_code == 404
    assert "xianshan" in reply.get_json()["detail"]
    page = client.get("/graph?thing=xianshann&lang=en", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "did you mean" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "hops=4", "hops=x", "thing=" + "x" * 501, "then=mine:xianshan,sideways", "then=mine:xianshan,out,a,b,501",
        "then=mine:xianshan,out,a,b,0", "then=mine:xianshan,out,a,b,1,2", "known=x", "select=a&select=b",
        urlencode([("thing", XIANSHAN)] * 201), urlencode([("then", XIANSHAN)] * 301),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(client: FlaskClient, query: str):
    reply = client.get(f"/graph.json?{query}")
    assert reply.status_code == 400
    assert reply.get_json()["detail"]


def test_a_picture_has_no_more_things_than_can_be_drawn(kg: KnowledgeGraph):
    shown = kg.explorer.picture(Wish(whole=True))
    assert len(shown.nodes) == min(len(kg.explorer), MOST_NODES)
    assert shown.total == len(kg.explorer)


def test_a_name_is_as_good_as_an_iri(client: FlaskClient):
    addresses = {
        picture(client, urlencode({"focus": name}))["address"]
        for name in ("西鞍山铁矿", "xianshan", "mine:xianshan", f"{BASE}id/mine/xianshan")
    }
    assert addresses == {"thing=mine%3Axianshan&hops=1&select=mine%3Axianshan"}


THINGS = st.sampled_from([f"{BASE}id/{each}" for each in ("mine/a", "place/b", "enterprise/c")])
TERMS = st.sampled_from(["akg:operates", "akg:Mine", "org:member"])
STEPS = st.one_of(
    st.builds(Step, THINGS),
    st.builds(
        Step, THINGS, st.just(True), st.sampled_from(["", "in", "out"]),
        st.one_of(st.just(""), TERMS), st.one_of(st.just(""), TERMS), st.integers(1, 500),
    ),
)  # fmt: skip


@given(
    st.builds(
        Wish,
        things=st.lists(THINGS, unique=True).map(tuple),
        whole=st.booleans(),
        hops=st.integers(0, 3),
        via=st.lists(TERMS, max_size=50).map(tuple),
        steps=st.lists(STEPS).map(tuple),
        drop=st.lists(THINGS).map(tuple),
        hide=st.lists(TERMS, max_size=100).map(tuple),
        select=st.one_of(st.just(""), THINGS),
    )
)
def test_a_wish_that_is_written_as_an_address_is_read_as_the_same(wish: Wish):
    full = {curie(each): each for each in (f"{BASE}id/mine/a", f"{BASE}id/place/b", f"{BASE}id/enterprise/c")}
    parts = parse_qs(urlencode(write(wish)))
    assert read(lambda name: parts.get(name, []), full.__getitem__) == wish


def test_a_limit_is_a_number_of_ascii_digits(kg: KnowledgeGraph):
    with pytest.raises(ParameterError, match="limit"):
        read(lambda name: ["xianshan,any,any,any,٤"] if name == "then" else [], kg.resolve)


# ways


def test_a_way_leads_from_relation_to_relation(client: FlaskClient, kg: KnowledgeGraph):
    found = client.get("/graph/paths.json?from=xianshan&to=氢").get_json()
    assert (found["from"]["id"], found["to"]["id"]) == (XIANSHAN, "material:hydrogen")
    network = kg.network()
    assert 1 <= len(found["paths"]) <= 5
    lengths = [len(way["nodes"]) for way in found["paths"]]
    assert lengths == sorted(lengths)
    for way in found["paths"]:
        stops = [node["id"] for node in way["nodes"]]
        assert (stops[0], stops[-1]) == (XIANSHAN, "material:hydrogen")
        assert len(set(stops)) == len(stops)
        for here, there, leg in zip(stops, stops[1:], way["legs"], strict=False):
            assert leg
            for edge in leg:
                assert {edge["source"], edge["target"]} == {here, there}
                source, target = (kg.resolve(edge[end]) for end in ("source", "target"))
                assert edge["relation"] in {
                    data["relation"] for data in network.get_edge_data(source, target).values()
                }


def test_ways_do_not_follow_what_is_left_out(client: FlaskClient):
    query = "from=danhai-talc-plant&to=ansteel-mining"
    first = client.get(f"/graph/paths.json?{query}").get_json()["paths"][0]
    assert {edge["relation"] for leg in first["legs"] for edge in leg} == {"akg:locatedIn"}
    others = client.get(f"/graph/paths.json?{query}&without=akg:locatedIn").get_json()["paths"]
    assert others
    assert "akg:locatedIn" not in json.dumps([way["legs"] for way in others])


def test_where_there_is_no_way_none_is_told(client: FlaskClient):
    assert (
        client.get("/graph/paths.json?from=coke-oven-gas&to=bmw&without=akg:locatedIn").get_json()["paths"]
        == []
    )
    assert client.get("/graph/paths.json?from=bmw&to=bmw").get_json()["paths"] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=bmw", 400), ("from=bmw&to=nobody-of-that-name", 404), ("from=bmw&to=anshan&limit=11", 400), ("from=bmw&to=anshan&limit=²", 400)],
)  # fmt: skip
def test_ways_between_what_is_not_there_are_refused(client: FlaskClient, query: str, status: int):
    assert client.get(f"/graph/paths.json?{query}").status_code == status


# files


@pytest.mark.parametrize("form", ["graphml", "gexf", "cytoscape", "dot", "mermaid"])
def test_a_view_is_exported_as_it_is_shown(client: FlaskClient, form: str):
    reply = client.get(f"/graph/export.{form}?focus={XIANSHAN}&hide=akg:locatedIn")
    assert reply.status_code == 200
    assert "attachment" in reply.headers["Content-Disposition"]
    assert reply.data == client.get(f"/graph/export.{form}?focus={XIANSHAN}&hide=akg:locatedIn").data
    assert "西鞍山铁矿" in reply.get_data(as_text=True) or form == "mermaid"
    assert "is located in" not in reply.get_data(as_text=True)


def test_the_file_for_gephi_has_the_things_of_the_picture(client: FlaskClient):
    shown = picture(client, f"focus={XIANSHAN}")
    root = ET.fromstring(client.get(f"/graph/export.gexf?focus={XIANSHAN}").data)  # noqa: S314 - our own
    space = {"g": "http://gexf.net/1.3"}
    assert len(root.findall(".//g:node", space)) == len(shown["nodes"])
    assert len(root.findall(".//g:edge", space)) == sum(edge["claims"] for edge in shown["edges"])


def test_only_what_draws_can_take_a_picture(client: FlaskClient):
    reply = client.get("/graph/export.nq")
    assert reply.status_code == 404
    assert "gexf" in reply.get_json()["detail"]


def test_the_table_and_the_descriptions_are_of_the_same_things(client: FlaskClient):
    shown = picture(client, f"focus={XIANSHAN}")
    lines = client.get(f"/graph.csv?focus={XIANSHAN}").text.splitlines()
    assert len(lines) == 1 + len(shown["edges"])
    described = client.get(f"/graph.ttl?focus={XIANSHAN}").text
    assert "mine:xianshan" in described


# pages without a script


def test_the_page_holds_form_picture_table_and_ways(client: FlaskClient):
    page = client.get(
        "/graph?thing=西鞍山铁矿&hops=1&from=xianshan&to=hydrogen&lang=zh", headers={"Accept": "text/html"}
    ).text
    assert page.count("<svg") >= 1
    assert "西鞍山铁矿" in page
    assert "条路径" in page
    assert 'style="' not in page
    assert dict(parse_qsl("thing=a"))  # the address of the files is the picture's own
    assert "/graph/export.gexf?thing=mine%3Axianshan&amp;hops=1" in page


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("thing", [XIANSHAN, "place:anshan", "material:hydrogen", "person:wu-kaihua"])
def test_what_is_beside_a_thing_is_drawn_in_the_language(
    client: FlaskClient, kg: KnowledgeGraph, thing: str, lang: str
):
    with client.application.test_request_context():
        drawn = neighbours.drawn(kg, kg.resolve(thing), lang)
        assert drawn is not None
        root = ET.fromstring(drawn)  # noqa: S314 - our own
        texts = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]
        assert kg.names.labels[kg.resolve(thing)].best(lang).replace(" ", "")[:6] in "".join(texts).replace(
            " ", ""
        )
        assert neighbours.drawn(kg, f"{BASE}id/source/cr-house-599", lang) is None


def test_names_from_anywhere_are_escaped_and_cut_in_a_drawing():
    evil = '<script>&"' + "很" * 60
    beside = neighbourhood.Neighbour(evil, "/graph?focus=x&y", "Mine")
    branches = tuple(
        neighbourhood.Branch(evil, out, (beside,) * 3, "9 more", "/graph") for out in (True, False)
    )
    drawn = neighbourhood.draw(neighbourhood.Neighbourhood(evil, "Mine", branches, evil, evil))
    ET.fromstring(drawn)  # noqa: S314 - our own
    assert "<script" not in drawn
    places = [columns.Place(str(number), evil, "/", "Mine") for number in range(50)]
    lines = [columns.Line("0", str(number), evil) for number in range(1, 50)]
    ET.fromstring(columns.draw(places, lines, evil, evil))  # noqa: S314 - our own
    ET.fromstring(columns.draw([], [], "nothing", "nothing"))  # noqa: S314 - our own
