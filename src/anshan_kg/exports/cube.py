"""
The numbers as an RDF Data Cube, by https://www.w3.org/TR/vocab-data-cube/.

Each claim with one number and a year is an observation, whose dimensions are the thing, the
indicator, the year, how it is meant, the source, and the claim itself; so two sources that differ
are two observations, and each leads back to its claim. Claims without a year, or with a range
instead of a number, have no place in a cube, where every dimension has to have a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from anshan_kg.formats import by_name, write_graph
from anshan_kg.labels import Facts
from anshan_kg.terms import BASE, iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad

TITLE = "RDF Data Cube: every number with a year as an observation"
TAKES, MEDIA_TYPE, EXTENSION = "quads", "text/turtle", "ttl"

_QB = "http://purl.org/linked-data/cube#"
_SET, _STRUCTURE = NamedNode(f"{BASE}dataset/numbers"), NamedNode(f"{BASE}dataset/numbers/structure")
_YEAR = NamedNode("http://purl.org/linked-data/sdmx/2009/dimension#refPeriod")
_DIMENSIONS = (
    iri("akg:claimSubject"), iri("akg:indicator"), _YEAR, iri("akg:modality"), iri("prov:hadPrimarySource"),
    iri("prov:wasDerivedFrom"),
)  # fmt: skip
_COPIED = (
    "akg:claimSubject",
    "akg:indicator",
    "akg:modality",
    "prov:hadPrimarySource",
    "akg:value",
    "qudt:hasUnit",
)
_TITLES = {"en": "Numbers of the industrial system of Anshan", "zh-Hans": "鞍山工业体系数据"}


def write(quads: Iterable[Quad]) -> bytes:
    """Return the cube as Turtle: its structure, then its observations."""
    facts = Facts(quad.triple for quad in quads)
    return write_graph({*_structure(), *_observations(facts)}, by_name("ttl"))


def _structure() -> Iterator[Triple]:
    kind = iri("rdf:type")
    yield Triple(_SET, kind, NamedNode(f"{_QB}DataSet"))
    yield Triple(_SET, NamedNode(f"{_QB}structure"), _STRUCTURE)
    for lang, title in _TITLES.items():
        yield Triple(_SET, iri("rdfs:label"), Literal(title, language=lang))
    yield Triple(_STRUCTURE, kind, NamedNode(f"{_QB}DataStructureDefinition"))
    parts = [("dimension", term) for term in _DIMENSIONS]
    parts += [("measure", iri("akg:value")), ("attribute", iri("qudt:hasUnit"))]
    for number, (role, term) in enumerate(parts, start=1):
        part = NamedNode(f"{_STRUCTURE.value}/{number}")
        yield Triple(_STRUCTURE, NamedNode(f"{_QB}component"), part)
        yield Triple(part, NamedNode(f"{_QB}{role}"), term)
        yield Triple(term, kind, NamedNode(f"{_QB}{role.title()}Property"))


def _observations(facts: Facts) -> Iterator[Triple]:
    for claim in facts.typed("akg:QuantitativeClaim"):
        year = facts.one(claim, "akg:validYear") or facts.one(claim, "akg:targetYear")
        if not isinstance(claim, NamedNode) or year is None or facts.one(claim, "akg:value") is None:
            continue
        seen = NamedNode(f"{claim.value}/observation")
        yield Triple(seen, iri("rdf:type"), NamedNode(f"{_QB}Observation"))
        yield Triple(seen, NamedNode(f"{_QB}dataSet"), _SET)
        yield Triple(seen, iri("prov:wasDerivedFrom"), claim)
        yield Triple(seen, _YEAR, year)
        for short in _COPIED:
            for value in facts.all(claim, short):
                yield Triple(seen, iri(short), value)
