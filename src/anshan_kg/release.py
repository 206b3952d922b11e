"""What a release holds: the dataset, its description, its statistics, and checksums."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Triple, serialize

from anshan_kg import __version__
from anshan_kg.model import text_of
from anshan_kg.terms import BASE, PREFIXES, iri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg.dataset import Dataset
    from anshan_kg.model import Table

_DEFAULT = DefaultGraph()

DATASET = NamedNode(f"{BASE}dataset")
"""The IRI of the published dataset."""

LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
"""Licence of the ontology and the graph."""

_COUNTED = {
    "claims": "akg:Claim", "sources": "akg:SourceDocument", "passages": "akg:Passage",
    "gaps": "akg:EvidenceGap", "conflicts": "akg:ConflictSet", "chains": "akg:ValorisationChain",
    "enterprises": "akg:Enterprise", "mines": "akg:Mine", "facilities": "akg:Facility",
    "investment projects": "akg:InvestmentProject",
    "places": "akg:Place", "people": "akg:Person", "cluster schemes": "akg:ClusterScheme",
    "process steps": "akg:ProcessStep", "conversion factors": "akg:ConversionFactor",
    "materials": "akg:MaterialType", "indicators": "akg:Indicator",
}  # fmt: skip


def statistics(dataset: Dataset) -> dict[str, int]:
    """Return how much of what the dataset holds: triples, quads, claims, sources ..."""
    engine, kind = dataset.store, iri("rdf:type")
    counts = {
        "quads": len(engine),
        "triples": sum(1 for _ in engine.quads_for_pattern(None, None, None, _DEFAULT)),
    }
    for name, term in _COUNTED.items():
        counts[name] = sum(1 for _ in engine.quads_for_pattern(None, kind, iri(term), _DEFAULT))
    for rule_graph in ("shortcuts", "inferred", "labels"):
        counts[rule_graph] = sum(
            1 for _ in engine.quads_for_pattern(None, None, None, iri(f"graph:{rule_graph}"))
        )
    return counts


def contents(
    dataset: Dataset, numbers: dict[str, int], classes: Table, properties: Table
) -> dict[str, bytes]:
    """
    Return file name -> bytes of a release; equal datasets give equal bytes.

    Args:
        dataset: What is released.
        numbers: Its statistics.
        classes: The look-up `class_partitions`.
        properties: The look-up `property_partitions`.
    """
    plain = "".join(f"{line}\n" for line in dataset.lines).encode()
    packed = gzip.compress(plain, mtime=0)
    described = {
        "anshan-kg.nq.gz": packed,
        "void.ttl": _void(dataset, numbers, classes, properties, packed),
        "statistics.json": (json.dumps({"version": dataset.version, **numbers}, indent=2) + "\n").encode(),
    }
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(described.items())
    )
    return {**described, "SHA256SUMS": sums.encode()}


def _void(
    dataset: Dataset, numbers: dict[str, int], classes: Table, properties: Table, packed: bytes
) -> bytes:
    """Return the description by VoID (https://www.w3.org/TR/void/) and DCAT 2."""
    triples = [*_head(dataset, numbers, packed), *_partitions(classes, properties)]
    prefixes = {name: PREFIXES[name] for name in ("dcat", "dcterms", "rdf", "void", "xsd", "akg")}
    text = serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes)
    return text if text is not None else b""


def _head(dataset: Dataset, numbers: dict[str, int], packed: bytes) -> Iterator[Triple]:
    titles = {"en": "Industrial system of Anshan", "zh-Hans": "鞍山工业体系"}
    yield Triple(DATASET, iri("rdf:type"), iri("void:Dataset"))
    yield Triple(DATASET, iri("rdf:type"), iri("dcat:Dataset"))
    for lang, title in titles.items():
        yield Triple(DATASET, iri("dcterms:title"), Literal(title, language=lang))
    yield Triple(DATASET, iri("dcterms:license"), LICENCE)
    yield Triple(DATASET, iri("dcat:version"), Literal(dataset.version))
    yield Triple(DATASET, iri("void:triples"), _whole(numbers["triples"]))
    yield Triple(DATASET, iri("void:uriSpace"), Literal(f"{BASE}id/"))
    yield Triple(DATASET, iri("void:vocabulary"), NamedNode(f"{BASE}ont"))
    file = NamedNode(f"{BASE}dataset/anshan-kg.nq.gz")
    yield Triple(DATASET, iri("dcat:distribution"), file)
    yield Triple(file, iri("rdf:type"), iri("dcat:Distribution"))
    yield Triple(file, iri("dcterms:format"), Literal("application/n-quads"))
    yield Triple(file, iri("dcat:byteSize"), _whole(len(packed)))
    yield Triple(file, iri("dcterms:description"), Literal(f"made by anshan-kg {__version__}"))


def _partitions(classes: Table, properties: Table) -> Iterator[Triple]:
    for row in classes:
        node = NamedNode(f"{DATASET.value}/class/{_digest(text_of(row['class']))}")
        yield Triple(DATASET, iri("void:classPartition"), node)
        yield Triple(node, iri("void:class"), row["class"])  # type: ignore[arg-type]
        yield Triple(node, iri("void:entities"), row["entities"])  # type: ignore[arg-type]
    for row in properties:
        node = NamedNode(f"{DATASET.value}/property/{_digest(text_of(row['property']))}")
        yield Triple(DATASET, iri("void:propertyPartition"), node)
        yield Triple(node, iri("void:property"), row["property"])  # type: ignore[arg-type]
        for column, term in (
            ("triples", "triples"),
            ("subjects", "distinctSubjects"),
            ("objects", "distinctObjects"),
        ):
            yield Triple(node, iri(f"void:{term}"), row[column])  # type: ignore[arg-type]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _whole(number: int) -> Literal:
    return Literal(str(number), datatype=iri("xsd:integer"))
