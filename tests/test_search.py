"""Things are found by whatever people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anshan_kg.search import NameIndex, normalise
from anshan_kg.terms import curie

if TYPE_CHECKING:
    from anshan_kg import KnowledgeGraph


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("钢铁", "cluster:steel"),
        ("钢铁及深加工", "cluster:steel-and-deep-processing"),
        ("菱镁", "cluster:magnesite"),
        ("煤焦油", "material:coal-tar"),
        ("焦油", "material:coal-tar"),
        ("尾矿", "material:tailings"),
        ("meijiaoyou", "material:coal-tar"),
        ("mei jiao you", "material:coal-tar"),
        ("mjy", "material:coal-tar"),
        ("Xī'ānshān", "mine:xianshan"),
        ("xianshan", "mine:xianshan"),
        ("Xishan", "mine:xianshan"),
        ("West Anshan", "mine:xianshan"),
        ("hydrogen", "material:hydrogen"),
        ("HYDROGEN", "material:hydrogen"),
        ("Angang", "enterprise:ansteel"),
        ("double saddle", "measure:double-an-integration"),
        ("双鞍融合", "measure:double-an-integration"),
        ("小升规", "measure:small-to-large-upgrading"),
        ("tailngs", "material:tailings"),
        ("hydrogn", "material:hydrogen"),
        ("coal tarr", "material:coal-tar"),
        ("building materials magnesia", "material:magnesia-building-materials"),
    ],
)
def test_the_thing_that_is_meant_comes_first(anywhere: KnowledgeGraph, text: str, first: str):
    assert curie(anywhere.search(text, limit=3)[0].iri) == first


@pytest.mark.parametrize("text", ["钢铁", "菱镁"])
def test_two_chinese_characters_find_them_inside_names_too(kg: KnowledgeGraph, text: str):
    names = [hit.labels.zh for hit in kg.search(text)]
    assert any(not name.startswith(text) for name in names)
    assert all(text in name or text in hit.matched for name, hit in zip(names, kg.search(text), strict=True))


def test_hits_are_ranked_and_named_in_both_languages(kg: KnowledgeGraph):
    hits = kg.search("magnesite")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].score == 100
    assert all(hit.labels.en and hit.labels.zh for hit in hits)


def test_a_class_can_be_asked_for(kg: KnowledgeGraph):
    for kind in ("akg:Mine", "mine", "Mine"):
        assert {hit.type for hit in kg.search("iron", kind=kind)} == {"akg:Mine"}


@pytest.mark.parametrize("text", ["", "   ", "！？", "qqqqzzzz", "龘龘"])
def test_nothing_is_found_where_nothing_is_meant(kg: KnowledgeGraph, text: str):
    assert kg.search(text) == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_searched_for(text: str):
    index = _index()
    assert all(0 <= hit.score <= 100 for hit in index.search(text))


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str):
    assert normalise(normalise(text)) == normalise(text)


def test_every_name_of_every_thing_finds_it(kg: KnowledgeGraph):
    """No name is so like others that its own thing is not among the first ten."""
    composed = {
        "akg:QuantitativeClaim", "akg:RelationClaim", "akg:TextClaim", "akg:Passage", "akg:Flow", "akg:EvidenceGap",
    }  # fmt: skip
    looked_for = [name for name in kg.names.names if kg.names.types[name.thing] not in composed]
    assert len(looked_for) > 1000
    for name in looked_for:
        if normalise(name.text):
            assert name.thing in {hit.iri for hit in kg.search(name.text, limit=200)}, name


_CACHE: list[NameIndex] = []


def _index() -> NameIndex:
    if not _CACHE:
        from anshan_kg import KnowledgeGraph  # noqa: PLC0415

        _CACHE.append(KnowledgeGraph.open().names)
    return _CACHE[0]
