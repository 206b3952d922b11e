"""Tables become one network, always the same, with text in every attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anshan_kg import network
from anshan_kg.errors import UnknownName
from anshan_kg.model import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = (
    "source", "relation", "target", "relation_en", "relation_zh", "claim", "document", "document_title",
    "modality", "confidence", "year", "inferred",
)  # fmt: skip
ID = "https://w3id.org/anshan-kg/id"
ONT = "https://w3id.org/anshan-kg/ont#"


def table(columns: tuple[str, ...], rows: Iterable[dict[str, str]]) -> Table:
    """A table with unbound cells where a row says nothing."""
    cells = [tuple(ox.Literal(row[name]) if name in row else None for name in columns) for row in rows]
    return Table(columns, tuple(cells))


def edge(source: str, target: str, claim: str = "1", **more: str) -> dict[str, str]:
    """One row of edges: `edge("a", "b")` leads from a to b."""
    ends = {"source": f"{ID}/mine/{source}", "target": f"{ID}/mine/{target}"}
    return {**ends, "relation": f"{ONT}leadsTo", "claim": f"{ID}/claim/{claim}", **more}


def build(*rows: dict[str, str], also: tuple[str, ...] = (), named: str = "") -> nx.MultiDiGraph[str]:
    """A network of these edges, in which only the things in `named` have names."""
    nodes = [
        {"thing": f"{ID}/mine/{x}", "type": f"{ONT}Mine", "label_en": f"Mine {x}", "label_zh": f"{x}矿"}
        for x in named
    ]
    return network.build(table((*HEAD, *also), rows), table(("thing", "type", "label_en", "label_zh"), nodes))


def test_a_node_carries_its_names_its_type_and_its_address():
    drawn = build(edge("a", "b"), named="a")
    assert drawn.nodes[f"{ID}/mine/a"] == {
        "iri": f"{ID}/mine/a",
        "curie": "mine:a",
        "type": "akg:Mine",
        "label": "Mine a",
        "label_en": "Mine a",
        "label_zh": "a矿",
    }


def test_a_thing_without_a_row_is_called_by_its_slug():
    drawn = build(edge("a", "coal-pit"))
    assert drawn.nodes[f"{ID}/mine/coal-pit"]["label_en"] == "coal-pit"
    assert drawn.nodes[f"{ID}/mine/coal-pit"]["label_zh"] == "coal-pit"
    assert drawn.nodes[f"{ID}/mine/coal-pit"]["type"] == ""


def test_a_thing_that_no_edge_joins_is_left_out():
    assert list(build(edge("a", "b"), named="abc")) == [f"{ID}/mine/a", f"{ID}/mine/b"]


def test_an_edge_carries_its_relation_and_its_source():
    said = {
        "relation_en": "leads to",
        "relation_zh": "得到",
        "document": f"{ID}/source/s",
        "document_title": "S",
    }
    drawn = build(edge("a", "b", **said, modality="plan", confidence="high", year="2025"))
    assert list(drawn.edges(keys=True, data=True)) == [
        (
            f"{ID}/mine/a",
            f"{ID}/mine/b",
            "e1",
            {
                "id": "e1",
                "relation": "akg:leadsTo",
                "relation_en": "leads to",
                "relation_zh": "得到",
                "label": "leads to",
                "claim": f"{ID}/claim/1",
                "source_document": f"{ID}/source/s",
                "source_title": "S",
                "modality": "plan",
                "confidence": "high",
                "year": "2025",
                "inferred": "",
                "disputed": "",
            },
        )
    ]


def test_edges_are_numbered_by_source_relation_target_and_claim():
    drawn = build(edge("b", "a"), edge("a", "c"), edge("a", "b", "2"), edge("a", "b", "1"))
    found = {key: (source[-1], target[-1], data["claim"][-1]) for source, target, key, data in drawn.edges(keys=True, data=True)}  # fmt: skip
    assert found == {
        "e1": ("a", "b", "1"),
        "e2": ("a", "b", "2"),
        "e3": ("a", "c", "1"),
        "e4": ("b", "a", "1"),
    }


def test_further_columns_are_kept_whatever_they_are_called():
    """Also those that networkx would take for an argument of its own."""
    also = ("speaker", "key", "u_for_edge", "id")
    drawn = build(edge("a", "b", speaker="Sun", key="k", u_for_edge="u", id="mine"), also=also)
    ((_, _, key, data),) = drawn.edges(keys=True, data=True)
    assert (key, data["id"]) == ("e1", "e1")
    assert (data["speaker"], data["key"], data["u_for_edge"]) == ("Sun", "k", "u")
    assert network.edge_attributes(drawn) == (*network.EDGE_ATTRIBUTES, "speaker", "key", "u_for_edge")


def test_no_attribute_is_ever_none():
    drawn = build(edge("a", "b"), also=("speaker",))
    values = [value for _, data in drawn.nodes(data=True) for value in data.values()]
    values += [value for *_, data in drawn.edges(data=True) for value in data.values()]
    assert {type(value) for value in values} == {str}


ROWS = [edge(s, t, c, year=y) for s in "ab" for t in "abc" for c in "12" for y in ("2025", "2030")]


@given(st.permutations(ROWS))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, str]]):
    """Not even between rows that differ only in what they are not sorted by."""
    first, second = build(*ROWS), build(*rows)
    assert list(first.nodes(data=True)) == list(second.nodes(data=True))
    assert list(first.edges(keys=True, data=True)) == list(second.edges(keys=True, data=True))


def test_no_edges_make_an_empty_network():
    assert len(build(named="ab")) == 0


PATH = build(edge("a", "b"), edge("c", "b"), edge("c", "d"), edge("d", "c", "2"), edge("e", "e"))


@pytest.mark.parametrize(("hops", "near"), [(0, "b"), (1, "abc"), (2, "abcd"), (9, "abcd")])
def test_what_is_near_counts_edges_in_either_direction(hops: int, near: str):
    part = network.neighbourhood(PATH, f"{ID}/mine/b", hops)
    assert "".join(thing[-1] for thing in part) == near


def test_what_is_near_keeps_attributes_numbers_and_order():
    part = network.neighbourhood(PATH, f"{ID}/mine/d", 1)
    kept = {f"{ID}/mine/c", f"{ID}/mine/d"}
    assert list(part) == [each for each in PATH if each in kept]
    assert dict(part.nodes) == {each: PATH.nodes[each] for each in kept}
    assert list(part.edges(keys=True, data=True)) == [
        each for each in PATH.edges(keys=True, data=True) if {each[0], each[1]} <= kept
    ]
    assert [key for _, _, key in part.edges(keys=True)] == ["e3", "e4"]


def test_what_is_near_is_a_copy_that_cannot_be_changed_by_mistake():
    part = network.neighbourhood(PATH, f"{ID}/mine/a", 1)
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        part.add_node("x")
    part.nodes[f"{ID}/mine/a"]["label"] = "changed"
    assert PATH.nodes[f"{ID}/mine/a"]["label"] == "a"


def test_an_unknown_middle_is_named():
    with pytest.raises(UnknownName, match="no node of this view is called 'mine:z'"):
        network.neighbourhood(PATH, f"{ID}/mine/z", 1)
