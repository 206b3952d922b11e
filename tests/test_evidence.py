"""What the graph holds of the evidence: how much, how it is cited, and that no sentence was copied."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Literal

from anshan_kg import release
from anshan_kg.model import text_of
from anshan_kg.terms import curie, iri
from tests.conftest import ROOT, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg import KnowledgeGraph

LEAST = {
    "claims": 1000, "sources": 150, "enterprises": 123, "mines": 14, "gaps": 35, "conflicts": 20,
    "conversion factors": 125, "process steps": 44, "chains": 7, "cluster schemes": 9, "materials": 85,
}  # fmt: skip
_LONGEST = 60


@pytest.mark.parametrize(("what", "least"), LEAST.items())
def test_there_is_at_least_so_much(kg: KnowledgeGraph, what: str, least: int):
    assert release.statistics(kg.dataset)[what] >= least


def test_all_plants_and_projects_of_the_evidence_are_there(kg: KnowledgeGraph):
    assert len({thing for thing in kg.names.types if "/id/facility/" in thing}) >= 31


def test_at_least_ninety_enterprises_lie_in_anshan(kg: KnowledgeGraph):
    inside = {row["enterprise"] for row in kg.ask("enterprises", place="place:anshan").texts()}
    assert len(inside) >= 90


def test_every_statement_between_things_is_claimed_and_every_claim_has_a_source(kg: KnowledgeGraph):
    """Plain relations are derived from claims; nothing else states one."""
    store = kg.dataset.store
    claimed = {
        (row["s"], row["p"], row["o"])
        for row in store.query(  # type: ignore[union-attr]
            "PREFIX akg: <https://w3id.org/anshan-kg/ont#> SELECT ?s ?p ?o "
            "{ ?c akg:claimSubject ?s ; akg:claimProperty ?p ; akg:claimObject ?o }"
        )
    }
    said = {
        (quad.subject, quad.predicate, quad.object)
        for quad in store.quads_for_pattern(None, None, None, iri("graph:shortcuts"))
    }
    assert said
    assert said <= claimed
    kind, source = iri("rdf:type"), iri("prov:hadPrimarySource")
    for term in ("akg:QuantitativeClaim", "akg:RelationClaim", "akg:TextClaim", "akg:ConversionFactor"):
        for quad in store.quads_for_pattern(None, kind, iri(term), None):
            assert next(store.quads_for_pattern(quad.subject, source, None, None), None), quad.subject


def test_everything_of_ours_has_a_name_in_both_languages(kg: KnowledgeGraph):
    store, label = kg.dataset.store, iri("rdfs:label")
    for quad in store.quads_for_pattern(None, iri("rdf:type"), None, None):
        kind = curie(getattr(quad.object, "value", ""))
        if not kind.startswith("akg:") or not getattr(quad.subject, "value", "").startswith(
            "https://w3id.org/anshan-kg/"
        ):
            continue
        tags = {
            (q.object.language or "").lower()
            for q in store.quads_for_pattern(quad.subject, label, None, None)
            if isinstance(q.object, Literal)
        }
        assert {"en", "zh-hans"} <= tags, quad.subject


def test_every_source_says_what_it_is_when_and_by_whom(kg: KnowledgeGraph):
    """Kind, language and access are demanded by a shape; here publisher, and a date or a word on it."""
    store = kg.dataset.store
    for quad in store.quads_for_pattern(None, iri("rdf:type"), iri("akg:SourceDocument"), None):
        has = {curie(q.predicate.value) for q in store.quads_for_pattern(quad.subject, None, None, None)}
        assert "dcterms:publisher" in has or text_of(quad.subject).endswith("cr-house-599"), quad.subject
        assert has & {"dcterms:issued", "akg:dateNote"}, quad.subject


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def test_no_sentence_of_the_evidence_was_copied():
    """No string of the evidence longer than sixty characters stands in the graph; titles may."""
    evidence = folder("ANSHAN_KG_TEST_EVIDENCE", "shared/evidence")
    pieces: dict[str, str] = {}
    for path in sorted(evidence.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for text in strings(json.loads(line)):
                if not text.startswith(("http", "no-url")):
                    for start in range(len(text) - _LONGEST):
                        pieces.setdefault(text[start : start + _LONGEST + 1], path.name)
    for path in sorted((ROOT / "graph").rglob("*.ttl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "dcterms:title" in line:
                continue
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
                plain = text.replace('\\"', '"')
                copied = next(
                    (
                        plain[i : i + _LONGEST + 1]
                        for i in range(len(plain) - _LONGEST)
                        if plain[i : i + _LONGEST + 1] in pieces
                    ),
                    None,
                )
                assert copied is None, f"{path}: {copied}"


def test_weak_statements_give_no_plain_relation(kg: KnowledgeGraph):
    """What only a low-confidence claim says is never asserted."""
    store = kg.dataset.store
    asserted = {
        (q.subject, q.predicate, q.object)
        for q in store.quads_for_pattern(None, None, None, iri("graph:shortcuts"))
    }
    strong: set[tuple[object, ...]] = set()
    weak: set[tuple[object, ...]] = set()
    for quad in store.quads_for_pattern(None, iri("rdf:type"), iri("akg:RelationClaim"), None):
        facts = {
            curie(q.predicate.value): q.object
            for q in store.quads_for_pattern(quad.subject, None, None, None)
        }
        triple = (facts["akg:claimSubject"], facts["akg:claimProperty"], facts["akg:claimObject"])
        low = facts["akg:editorialConfidence"] == iri("confidence:low") or facts["akg:modality"] == iri(
            "modality:editorial"
        )
        (weak if low else strong).add(triple)
    assert weak - strong
    assert not (weak - strong) & asserted


OUTCOMES = [
    ("place:anshan", "growth of gross domestic product", "2022", "missed"),
    ("place:anshan", "growth of gross domestic product", "2023", "met"),
    ("place:anshan", "growth of gross domestic product", "2024", "missed"),
    ("place:anshan", "growth of value added of industry above designated size", "2024", "missed"),
    ("place:anshan", "growth of value added of industry above designated size", "2025", "met"),
    ("place:anshan", "annual mining scale of iron ore", "2025", "unknown"),
    (
        "measure:magnesite-resource-integration",
        "year in which works or an undertaking are completed",
        "2023",
        "missed",
    ),
    ("mine:chentaigou", "year in which works or an undertaking are completed", "2025", "missed"),
    ("mine:xianshan", "year in which production starts", "2027", "open"),
]


@pytest.mark.parametrize(
    ("subject", "promise", "year", "status"), OUTCOMES, ids=lambda value: str(value)[:30]
)
def test_promises_come_out_as_the_sources_say(
    kg: KnowledgeGraph, subject: str, promise: str, year: str, status: str
):
    rows = [
        row
        for row in kg.ask("progress", subject=subject).texts()
        if row["promise"] == promise and row["targetYear"] == year
    ]
    assert rows, kg.ask("progress", subject=subject).texts()
    assert {row["status"] for row in rows} == {status}
    for row in rows:
        assert row["sourceName"]
        assert row["speakerName"]
        assert status in {"open", "unknown"} or row["outcomeClaims"]
