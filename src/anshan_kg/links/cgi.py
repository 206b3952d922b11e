"""CGI commodity codes: minerals, ores and rock products of the geological surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.linking.record import Kind, Record
from anshan_kg.links import _skos
from anshan_kg.links._table import Once, csv_rows, split
from anshan_kg.links._target import CC_BY, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPACE = "http://resource.geosciml.org/classifier/cgi/commodity-code/"
TARGET = Target(
    title=Labels("CGI commodity codes", "CGI 矿产品代码"),
    publisher="IUGS Commission for Geoscience Information",
    licence=CC_BY,
    home="https://github.com/GeoscienceAustralia/cgi-vocabs",
    release="8c732a1",
    sample="cgi_commodity_code.csv",
    ours=("materials",),
    prefix="cgi",
    space=_SPACE,
    forms="CommodityCode.ttl of the repository, or a table iri, label_en, label_zh, ...",
    attribution="CGI Commodity Code vocabulary, IUGS-CGI Geoscience Terminology Working Group (CC BY 4.0)",
)

_SHAPE = ("iri", "label_en", "label_zh", "alt_en", "definition", "broader")


def records(path: Path) -> Iterator[Record]:
    """Yield the commodities; see `Module.records`."""
    once = Once(path)
    if path.suffix.lower() in {".ttl", ".rdf", ".nt"}:
        for concept in _skos.concepts(path, _SPACE):
            yield _record(once(concept.iri), concept.names, concept.definition, concept.broader)
        return
    for row in csv_rows(path, [_SHAPE]):
        names = [("en", row["label_en"])]
        names += [("zh", row["label_zh"])] if row["label_zh"] else []
        names += [("en", name) for name in split(row["alt_en"], "|")]
        yield _record(once(row["iri"]), tuple(names), row["definition"], split(row["broader"], "|"))


def _record(
    iri: str, names: tuple[tuple[str, str], ...], definition: str, broader: tuple[str, ...]
) -> Record:
    return Record(
        iri.removeprefix(_SPACE),
        names,
        kind=Kind.MATERIAL,
        parents=tuple(each.removeprefix(_SPACE).replace("-", " ") for each in broader),
        note=definition,
    )
