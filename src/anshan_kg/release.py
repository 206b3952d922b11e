"""
What is published: the dataset as files with checksums, and its description by VoID and DCAT.

The same description serves `anshan-kg build`, which knows no address, and the service, which does.
Files are written in pieces, so that a dataset larger than memory can be published; equal datasets
give equal bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import io
import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from anshan_kg import __version__
from anshan_kg.model import text_of
from anshan_kg.terms import BASE, PREFIXES, iri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from pyoxigraph import Store

    from anshan_kg.dataset import Dataset
    from anshan_kg.model import Table, Term

    Row = Mapping[str, Term | None]

_DEFAULT = DefaultGraph()

DATASET = NamedNode(f"{BASE}dataset")
"""The IRI of the published dataset."""

LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
"""Licence of the ontology and the graph."""

SUMS = "SHA256SUMS"
"""Name of the file of checksums, as `sha256sum --check` reads it."""

_TITLES = {"en": "Industrial system of Anshan", "zh-Hans": "鞍山工业体系"}
_ABSTRACTS = {
    "en": "Bases, clusters, enterprises, mines, processes, by-product chains, promises and outcomes of "
    "Anshan city, Liaoning, each statement with the source and the sentence it rests on.",
    "zh-Hans": "辽宁省鞍山市的基地、集群、企业、矿山、工艺、副产品链、目标与结果，"
    "每条陈述都注明其来源和所依据的语句。",
}
_KEYWORDS = {"en": ("industry", "steel", "knowledge graph"), "zh-Hans": ("工业", "钢铁", "知识图谱")}
_SORTED_AT_ONCE = 200_000
"""Lines that are sorted in memory; more are sorted in pieces on disk."""

_COUNTED = {
    "claims": "akg:Claim", "sources": "akg:SourceDocument", "passages": "akg:Passage",
    "gaps": "akg:EvidenceGap", "conflicts": "akg:ConflictSet", "chains": "akg:ValorisationChain",
    "enterprises": "akg:Enterprise", "mines": "akg:Mine", "facilities": "akg:Facility",
    "investment projects": "akg:InvestmentProject",
    "places": "akg:Place", "people": "akg:Person", "cluster schemes": "akg:ClusterScheme",
    "process steps": "akg:ProcessStep", "conversion factors": "akg:ConversionFactor",
    "materials": "akg:MaterialType", "indicators": "akg:Indicator",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dump:
    """
    A file that holds the dataset.

    Attributes:
        name: Its name: `anshan-kg.nq.gz`.
        media_type: The format inside the compression.
        size: Its bytes.
        sha256: Its checksum, hex.
        holds: What of the dataset it holds, by language.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    holds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Partitions:
    """
    How much of what there is; each is the answer to the look-up of nearly that name.

    Attributes:
        totals: `totals`.
        classes: `class_partitions`.
        properties: `property_partitions`.
        pairs: `class_property_partitions`.
        ends: `partition_ends`.
    """

    totals: Row
    classes: Table
    properties: Table
    pairs: Table
    ends: Table


@dataclass(frozen=True, slots=True)
class Site:
    """
    A service that publishes the dataset.

    Attributes:
        root: Its address without a slash at the end.
        dump: The address of a dump.
        document: The address of the description itself.
    """

    root: str
    dump: Callable[[Dump], str]
    document: str


_FILES: tuple[tuple[str, RdfFormat, dict[str, str]], ...] = (
    (
        "anshan-kg.nq.gz",
        RdfFormat.N_QUADS,
        {
            "en": "everything, with a named graph for each source",
            "zh-Hans": "全部内容，每个来源为一个命名图",
        },
    ),
    (
        "anshan-kg.ttl.gz",
        RdfFormat.TURTLE,
        {
            "en": "the default graph, which holds every statement once",
            "zh-Hans": "默认图，每条陈述只出现一次",
        },
    ),
)

NAMES = (*(name for name, _, _ in _FILES), "void.ttl", "statistics.json", SUMS)
"""The files of a release."""


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


def write(folder: Path, dataset: Dataset, numbers: dict[str, int], partitions: Partitions) -> None:
    """Write a release to an empty folder: dumps, description, statistics, checksums."""
    dumps = write_dumps(dataset.store, folder)
    described = describe(dataset.version, partitions, dumps)
    (folder / "void.ttl").write_bytes(turtle(described))
    (folder / "statistics.json").write_text(
        json.dumps({"version": dataset.version, **numbers}, indent=2) + "\n", encoding="utf-8"
    )
    write_sums(folder)


def write_dumps(store: Store, folder: Path) -> tuple[Dump, ...]:
    """Write the dumps of a store to a folder, in bounded memory."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch, tempfile.TemporaryFile(dir=scratch) as plain:
        store.dump(plain, RdfFormat.N_QUADS)
        plain.seek(0)
        with tempfile.TemporaryFile(dir=scratch) as lines, ExitStack() as pieces:
            lines.writelines(_sorted(plain, scratch, pieces))
            for name, form, _ in _FILES:
                lines.seek(0)
                with _packed(folder / name) as output:
                    _write_as(form, lines, output)
    return read_dumps(folder)


def read_dumps(folder: Path) -> tuple[Dump, ...]:
    """Return the dumps that lie in a folder, with the checksums they have now."""
    found = []
    for name, form, holds in _FILES:
        media_type = form.media_type.partition(";")[0]
        path = folder / name
        found.append(Dump(name, media_type, path.stat().st_size, _sha256(path), holds))
    return tuple(found)


def write_sums(folder: Path) -> None:
    """Write the checksums of all files of a folder beside them."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    text = "".join(f"{_sha256(folder / name)}  {name}\n" for name in names)
    (folder / SUMS).write_text(text, encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sorted(plain: IO[bytes], scratch: str, pieces: ExitStack) -> Iterator[bytes]:
    """Return the lines of a file sorted, with no more than some of them in memory."""
    runs: list[IO[bytes]] = []
    while lines := sorted(islice(plain, _SORTED_AT_ONCE)):
        run = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - open until all runs are merged
        pieces.enter_context(run)
        run.writelines(lines)
        run.seek(0)
        runs.append(run)
    return heapq.merge(*runs)


def _packed(path: Path) -> gzip.GzipFile:
    """Open a file for writing with gzip; no name and no time get into it."""
    return gzip.GzipFile(path, "wb", compresslevel=6, mtime=0)


def _write_as(form: RdfFormat, lines: IO[bytes], output: gzip.GzipFile) -> None:
    if form == RdfFormat.N_QUADS:
        while piece := lines.read(io.DEFAULT_BUFFER_SIZE * 16):
            output.write(piece)
        return
    quads = parse(lines, RdfFormat.N_QUADS)
    triples = (quad.triple for quad in quads if quad.graph_name == _DEFAULT)
    serialize(triples, cast("IO[bytes]", output), form, prefixes=dict(PREFIXES))


def turtle(triples: Iterable[Triple]) -> bytes:
    """Return a description as Turtle."""
    prefixes = {name: PREFIXES[name] for name in _USED}
    return cast("bytes", serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes))


_USED = ("akg", "dcat", "dcterms", "foaf", "rdf", "spdx", "void", "void-ext", "xsd")


def describe(
    version: str, partitions: Partitions, dumps: Iterable[Dump], site: Site | None = None
) -> list[Triple]:
    """
    Return the description by VoID (https://www.w3.org/TR/void/) and DCAT 3.

    Args:
        version: Version of the dataset.
        partitions: What is counted.
        dumps: The files that hold it.
        site: The service that publishes it; None for files that may lie anywhere.
    """
    said = [*_head(version), *_counts(DATASET, partitions.totals, _TOTALS), *_partitions(partitions)]
    for dump in dumps:
        said += _distribution(dump, site)
    return said if site is None else [*said, *_service(site)]


def _head(version: str) -> Iterator[Triple]:
    for kind in ("void:Dataset", "dcat:Dataset"):
        yield Triple(DATASET, iri("rdf:type"), iri(kind))
    for lang, title in _TITLES.items():
        yield Triple(DATASET, iri("dcterms:title"), Literal(title, language=lang))
        yield Triple(DATASET, iri("dcterms:description"), Literal(_ABSTRACTS[lang], language=lang))
        for word in _KEYWORDS[lang]:
            yield Triple(DATASET, iri("dcat:keyword"), Literal(word, language=lang))
    yield Triple(DATASET, iri("dcterms:license"), LICENCE)
    yield Triple(DATASET, iri("dcat:version"), Literal(version))
    yield Triple(DATASET, iri("void:uriSpace"), Literal(f"{BASE}id/"))
    yield Triple(DATASET, iri("void:vocabulary"), NamedNode(f"{BASE}ont"))
    for _, form, _ in _FILES:
        yield Triple(DATASET, iri("void:feature"), NamedNode(form.iri))


_TOTALS = {
    "triples": "triples", "entities": "entities", "classes": "classes", "properties": "properties",
    "subjects": "distinctSubjects", "objects": "distinctObjects",
}  # fmt: skip


def _counts(node: NamedNode, row: Row, terms: Mapping[str, str]) -> Iterator[Triple]:
    for column, term in terms.items():
        yield Triple(node, iri(f"void:{term}"), _number(row[column]))


def _number(term: Term | None) -> Literal:
    return Literal(int(text_of(term)))


def _distribution(dump: Dump, site: Site | None) -> Iterator[Triple]:
    node = NamedNode(site.dump(dump) if site else f"{DATASET.value}/{dump.name}")
    checksum = NamedNode(f"{node.value}#sha256")
    yield Triple(DATASET, iri("dcat:distribution"), node)
    yield Triple(node, iri("rdf:type"), iri("dcat:Distribution"))
    for lang, text in dump.holds.items():
        yield Triple(node, iri("dcterms:title"), Literal(f"{dump.name}: {text}", language=lang))
    yield Triple(node, iri("dcterms:license"), LICENCE)
    yield Triple(node, iri("dcat:mediaType"), _media_type(dump.media_type))
    yield Triple(node, iri("dcat:compressFormat"), _media_type("application/gzip"))
    yield Triple(node, iri("dcat:byteSize"), Literal(str(dump.size), datatype=iri("xsd:nonNegativeInteger")))
    yield Triple(node, iri("dcterms:description"), Literal(f"made by anshan-kg {__version__}", language="en"))
    yield Triple(node, iri("spdx:checksum"), checksum)
    yield Triple(checksum, iri("rdf:type"), iri("spdx:Checksum"))
    yield Triple(checksum, iri("spdx:algorithm"), iri("spdx:checksumAlgorithm_sha256"))
    yield Triple(checksum, iri("spdx:checksumValue"), Literal(dump.sha256, datatype=iri("xsd:hexBinary")))
    if site:
        yield Triple(node, iri("dcat:downloadURL"), node)
        yield Triple(node, iri("dcat:accessURL"), NamedNode(f"{site.root}/dumps/"))
        yield Triple(DATASET, iri("void:dataDump"), node)


def _media_type(name: str) -> NamedNode:
    return NamedNode(f"https://www.iana.org/assignments/media-types/{name}")


def _service(site: Site) -> Iterator[Triple]:
    """Return where the dataset can be queried, and what this document is."""
    document, endpoint = NamedNode(site.document), NamedNode(f"{site.root}/sparql")
    yield Triple(document, iri("rdf:type"), iri("void:DatasetDescription"))
    yield Triple(document, iri("foaf:primaryTopic"), DATASET)
    yield Triple(document, iri("dcterms:license"), LICENCE)
    yield Triple(DATASET, iri("void:sparqlEndpoint"), endpoint)
    yield Triple(DATASET, iri("dcat:landingPage"), NamedNode(f"{site.root}/"))
    yield Triple(DATASET, iri("foaf:homepage"), NamedNode(f"{site.root}/"))
    yield Triple(endpoint, iri("rdf:type"), iri("dcat:DataService"))
    yield Triple(endpoint, iri("dcterms:title"), Literal("SPARQL", language="en"))
    yield Triple(endpoint, iri("dcat:endpointURL"), endpoint)
    yield Triple(endpoint, iri("dcat:endpointDescription"), NamedNode(f"{site.root}/openapi.json"))
    yield Triple(endpoint, iri("dcat:servesDataset"), DATASET)
    yield Triple(endpoint, iri("dcterms:license"), LICENCE)


_OF_PROPERTY = {"triples": "triples", "subjects": "distinctSubjects", "objects": "distinctObjects"}


def _partitions(counted: Partitions) -> Iterator[Triple]:
    """
    Return the partitions: by class, by property, and by property inside each class.

    The last kind tells of which classes and datatypes values are, which is what editors complete
    queries from; datatypes by http://ldf.fi/void-ext.
    """
    for row in counted.classes:
        node = _part(row["class"])
        yield Triple(DATASET, iri("void:classPartition"), node)
        yield Triple(node, iri("rdf:type"), iri("void:Dataset"))
        yield Triple(node, iri("void:class"), cast("NamedNode", row["class"]))
        yield Triple(node, iri("void:entities"), _number(row["entities"]))
    for row in counted.properties:
        yield from _property(DATASET, _part(None, row["property"]), row)
    for row in counted.pairs:
        yield from _property(_part(row["class"]), _part(row["class"], row["property"]), row)
    for row in counted.ends:
        whole = _part(row["class"], row["property"])
        end, kind = row["endClass"], row["datatype"]
        node = _part(row["class"], row["property"], end or kind)
        inside, names = ("void:classPartition", "void:class") if end else _OF_DATATYPE
        yield Triple(whole, iri(inside), node)
        yield Triple(node, iri(names), cast("NamedNode", end or kind))
        yield Triple(node, iri("void:triples"), _number(row["triples"]))


_OF_DATATYPE = ("void-ext:datatypePartition", "void-ext:datatype")


def _property(whole: NamedNode, node: NamedNode, row: Row) -> Iterator[Triple]:
    yield Triple(whole, iri("void:propertyPartition"), node)
    yield Triple(node, iri("rdf:type"), iri("void:Dataset"))
    yield Triple(node, iri("void:property"), cast("NamedNode", row["property"]))
    yield from _counts(node, row, _OF_PROPERTY)


def _part(*terms: Term | None) -> NamedNode:
    """Return the IRI of the partition of a class, a property in it, a kind of value of that."""
    named = "\n".join("" if term is None else text_of(term) for term in terms)
    return NamedNode(f"{DATASET.value}/part/{hashlib.sha256(named.encode()).hexdigest()[:16]}")
