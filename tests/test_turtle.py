"""The canonical form of Turtle: it says the same, and always in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from anshan_kg import turtle
from anshan_kg.terms import BASE, PREFIXES
from tests.conftest import ROOT

if TYPE_CHECKING:
    import random

NAMES = st.one_of(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,12}", fullmatch=True).map(
        lambda slug: NamedNode(f"{BASE}id/mine/{slug}")
    ),
    st.sampled_from([NamedNode(PREFIXES["rdfs"] + "label"), NamedNode("https://example.org/a?b=c&d=e#f")]),
)
LITERALS = st.one_of(
    st.text(max_size=30).map(Literal),
    st.text(max_size=30).map(lambda text: Literal(text, language="zh-hans")),
    st.integers().map(lambda n: Literal(str(n), datatype=NamedNode(PREFIXES["xsd"] + "integer"))),
    st.booleans().map(lambda b: Literal(str(b).lower(), datatype=NamedNode(PREFIXES["xsd"] + "boolean"))),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(
        lambda n: Literal(f"{n:f}", datatype=NamedNode(PREFIXES["xsd"] + "decimal"))
    ),
)
TRIPLES = st.builds(Triple, NAMES, NAMES, st.one_of(NAMES, LITERALS))


def read(text: str) -> set[Triple]:
    return {quad.triple for quad in parse(text, RdfFormat.TURTLE)}


@given(st.lists(TRIPLES, max_size=20), st.randoms(use_true_random=False))
def test_what_is_written_says_the_same_whatever_the_order(triples: list[Triple], order: random.Random):
    text = turtle.write(triples, "# A head.\n")
    assert read(text) == set(triples)
    shuffled = list(triples)
    order.shuffle(shuffled)
    assert turtle.write(shuffled, "# A head.\n") == text
    assert turtle.write(read(text), turtle.head_of(text)) == text


@pytest.mark.parametrize("path", sorted((ROOT / "graph").rglob("*.ttl")), ids=lambda path: path.name)
def test_every_file_of_the_graph_is_in_canonical_form(path):
    """So an import that touches one thing changes the lines of that thing and no others."""
    text = path.read_text(encoding="utf-8")
    assert turtle.inner_comment(text) is None
    assert turtle.write(read(text), turtle.head_of(text)) == text


def test_things_come_in_the_order_of_their_numbers_and_languages_in_usual_case():
    mine = f"{BASE}id/mine/"
    label = NamedNode(PREFIXES["rdfs"] + "label")
    triples = [
        Triple(NamedNode(f"{mine}p10"), label, Literal("x", language="zh-Hans")),
        Triple(NamedNode(f"{mine}p2"), label, Literal("y", language="ZH-LATN-PINYIN")),
    ]
    text = turtle.write(triples)
    assert text.index("mine:p2\n") < text.index("mine:p10\n")
    assert '"x"@zh-Hans' in text
    assert '"y"@zh-Latn-pinyin' in text


def test_what_has_no_name_has_no_order():
    with pytest.raises(ValueError, match="only named things"):
        turtle.write([Triple(BlankNode(), NamedNode(PREFIXES["rdfs"] + "label"), Literal("x"))])


def test_a_comment_within_a_file_is_noticed():
    assert turtle.inner_comment("# head\n@prefix a: <x> .\n") is None
    assert turtle.inner_comment("# head\n@prefix a: <x> .\n\n# here\n") == 4
