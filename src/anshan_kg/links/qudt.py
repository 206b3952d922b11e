"""QUDT: units of measure with factor and symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links import _skos
from anshan_kg.links._table import Once, csv_rows
from anshan_kg.links._target import CC_BY, Target
from anshan_kg.model import Labels
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyoxigraph as ox

_SPACE = PREFIXES["unit"]
TARGET = Target(
    title=Labels("QUDT units", "QUDT 计量单位"),
    publisher="QUDT.org",
    licence=CC_BY,
    home="https://github.com/qudt/qudt-public-repo",
    release="8b9168d",
    sample="qudt_units_industry.csv",
    ours=("units",),
    prefix="unit",
    space=_SPACE,
    forms="a unit vocabulary of QUDT in Turtle, or a table iri, label_en, symbol, conversionMultiplier, ...",
    attribution="QUDT Units vocabulary, QUDT.org (CC BY 4.0)",
)

_SHAPE = ("iri", "label_en", "symbol", "conversionMultiplier", "deprecated")


def records(path: Path) -> Iterator[Record]:
    """Yield the units that are not deprecated; see `Module.records`."""
    once = Once(path)
    for iri, english, chinese, symbol, factor, wikidata in _rows(path):
        if not iri.startswith(_SPACE):
            raise DataError(path, f"has {iri!r}, which is not under {_SPACE}")
        names = [("en", english), *([("zh", chinese)] if chinese else [])]
        names += [("code", symbol)] if symbol else []
        identifiers = {"qudt": iri, **({"wikidata": wikidata.rpartition("/")[2]} if wikidata else {})}
        yield Record(
            once(iri).removeprefix(_SPACE), tuple(names), kind=Kind.UNIT, identifiers=identifiers,
            note=f"{symbol} = {factor} SI" if factor else symbol,
        )  # fmt: skip


def _rows(path: Path) -> Iterator[tuple[str, str, str, str, str, str]]:
    if path.suffix.lower() in {".ttl", ".nt", ".rdf"}:
        yield from _from_rdf(path)
        return
    for row in csv_rows(path, [_SHAPE]):
        if row["deprecated"].lower() != "true":
            yield (
                row["iri"], row["label_en"], row.get("label_zh", ""), row["symbol"],
                row["conversionMultiplier"], row.get("wikidata", ""),
            )  # fmt: skip


def _from_rdf(path: Path) -> Iterator[tuple[str, str, str, str, str, str]]:
    found = False
    for thing, facts in sorted(_skos.described(path).items()):
        labels = facts.get(PREFIXES["rdfs"] + "label", [])
        if not thing.startswith(_SPACE) or not labels or _one(facts, "deprecated") == "true":
            continue
        found = True
        by_language = {
            (getattr(each, "language", None) or "en").partition("-")[0]: each.value for each in labels
        }
        english = by_language.get("en") or labels[0].value
        yield (
            thing, english, by_language.get("zh", ""), _one(facts, "symbol"),
            _one(facts, "conversionMultiplier"), _one(facts, "wikidataMatch"),
        )  # fmt: skip
    if not found:
        raise DataError(path, f"has no unit with a label under {_SPACE}")


def _one(facts: dict[str, list[ox.Literal | ox.NamedNode]], name: str) -> str:
    found = facts.get(PREFIXES["qudt"] + name)
    return found[0].value if found else ""
