"""The base IRI, the prefixes, and the way between full and short names."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

BASE = "https://w3id.org/anshan-kg/"
"""Everything this project names lives under this address, and nowhere else is it written in code."""

ENTITY_TYPES = (
    "base", "body", "chain", "claim", "cluster", "cluster-scheme", "conflict", "document",
    "enterprise", "event", "facility", "factor", "flow", "gap", "measure", "mine", "office",
    "organization", "passage", "person", "place", "plan", "plant", "project", "source", "step",
    "system",
)  # fmt: skip
"""The `<type>` in `id/<type>/<slug>`; each is also the Turtle prefix of its things."""

SCHEMES = (
    "access", "bound", "confidence", "factor-kind", "factor-quantity", "flow-role",
    "gbt4754-2011", "gbt4754-2017", "indicator", "link-status", "material", "mining-method", "modality",
    "moisture", "name-status", "ownership", "process", "role", "scale", "source-kind", "technology",
)  # fmt: skip
"""The `<scheme>` in `scheme/<scheme>/<member>`; each is also the Turtle prefix of its members."""

PREFIXES = MappingProxyType(
    {
        "akg": f"{BASE}ont#",
        "graph": f"{BASE}graph/",
        "scheme": f"{BASE}scheme/",
        "akg-unit": f"{BASE}scheme/unit/",
        **{name: f"{BASE}id/{name}/" for name in ENTITY_TYPES},
        **{name: f"{BASE}scheme/{name}/" for name in SCHEMES},
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcterms": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "geo": "http://www.opengis.net/ont/geosparql#",
        "org": "http://www.w3.org/ns/org#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "qudt": "http://qudt.org/schema/qudt/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "spdx": "http://spdx.org/rdf/terms#",
        "time": "http://www.w3.org/2006/time#",
        "unit": "http://qudt.org/vocab/unit/",
        "vann": "http://purl.org/vocab/vann/",
        "void": "http://rdfs.org/ns/void#",
        "void-ext": "http://ldf.fi/void-ext#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)
"""Prefix to namespace, for every file under ontology/ and graph/ and every query."""

LANGUAGES = ("zh-Hans", "en")
"""The tags every name comes in."""

UNKNOWN_NAME = "中文名未见"
"""What stands in a Chinese name that was made because none was seen."""

_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}


@lru_cache(maxsize=4096)
def iri(curie: str) -> NamedNode:
    """
    Return the node that a short name stands for: `iri("akg:Mine")`.

    Raises:
        KeyError: the prefix is not in `PREFIXES`.
    """
    prefix, _, local = curie.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def curie(value: str) -> str:
    """Return the short name of an IRI, or the IRI itself where no prefix covers it."""
    end = max(value.rfind("/"), value.rfind("#")) + 1
    prefix = _PREFIX_OF.get(value[:end])
    return value if prefix is None or end == len(value) else f"{prefix}:{value[end:]}"


def path_of(value: str) -> str | None:
    """Return the part of one of our IRIs below the base (`id/mine/x`), None for foreign ones."""
    return value[len(BASE) :] if value.startswith(BASE) and value != BASE else None


def slug_of(value: str) -> str:
    """Return the last part of an IRI: `coke-oven-gas`."""
    return value.rstrip("/").rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def placed(triple: Triple, graph: NamedNode | None = None) -> Quad:
    """Return a triple as a quad of a named graph, or of the default graph."""
    return Quad(triple.subject, triple.predicate, triple.object, graph or DefaultGraph())
