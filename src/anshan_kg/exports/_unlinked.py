"""What exports for Wikidata share: things that it lacks, put together from the look-up `not_in_wikidata`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from anshan_kg.model import Labels, text_of
from anshan_kg.terms import UNKNOWN_NAME, curie

if TYPE_CHECKING:
    from anshan_kg.model import Table

_NARROW = (
    "akg:Mine",
    "akg:Enterprise",
    "akg:ResearchOrganization",
    "akg:MaterialType",
    "akg:Place",
    "akg:Facility",
)


@dataclass
class Lacking:
    """A thing that is not linked to Wikidata: its class, names and definition."""

    iri: str
    types: set[str] = field(default_factory=set)
    labels: Labels = field(default_factory=Labels)
    definition: Labels = field(default_factory=Labels)
    others: list[tuple[str, str]] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Its narrowest class."""
        return next(name for name in _NARROW if name in self.types)


def things(table: Table) -> list[Lacking]:
    """Return the things of the table `not_in_wikidata`, by their IRIs; pinyin is no name of theirs."""
    found: dict[str, Lacking] = {}
    for row in table:
        thing = found.setdefault(text_of(row["thing"]), Lacking(text_of(row["thing"])))
        thing.types.add(curie(text_of(row["type"])))
        name, kind = row["name"], text_of(row["kind"])
        lang = (name.language or "") if isinstance(name, Literal) else ""
        text = " ".join(text_of(name).split())
        if "pinyin" in lang or UNKNOWN_NAME in text:
            continue
        chinese = lang.startswith("zh")
        if kind == "other":
            pair = "zh" if chinese else "en", text
            if pair not in thing.others:
                thing.others.append(pair)
        elif kind == "label":
            thing.labels = _with(thing.labels, text, chinese=chinese)
        else:
            thing.definition = _with(thing.definition, text, chinese=chinese)
    return [found[iri] for iri in sorted(found)]


def _with(labels: Labels, text: str, *, chinese: bool) -> Labels:
    return Labels(labels.en, text) if chinese else Labels(text, labels.zh)
