"""Values of properties for things that were found: data extension."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels, text_of
from anshan_kg.terms import curie, path_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anshan_kg.model import Table, Term
    from anshan_kg.reconciling.catalogue import Catalogue
    from anshan_kg.reconciling.model import Wanted

    Look = Callable[[Sequence[str], Sequence[str]], Table]

_INDICATOR = "indicator:"
_WHOLE, _REAL = {"integer", "int", "long"}, {"decimal", "double", "float"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Held:
    """
    One value that a thing has.

    Attributes:
        iri: The thing it is, "" where it is text or a number.
        text: The text, the number, or the short name of the thing.
        labels: Names of the thing.
        lang: Language of the text.
        kind: Local name of its datatype.
        year, unit, source, modality: Of a number that a source gives.
    """

    text: str
    iri: str = ""
    labels: Labels = field(default_factory=Labels)
    lang: str = ""
    kind: str = ""
    year: str = ""
    unit: str = ""
    source: Labels = field(default_factory=Labels)
    modality: str = ""


class Extender:
    """
    Gives values of properties.

    Args:
        catalogue: What there is.
        stated: From things and properties to the table `values_of`.
        numbers: From things and indicators to the table `numbers_of`.
    """

    def __init__(self, catalogue: Catalogue, stated: Look, numbers: Look) -> None:
        self.catalogue, self._stated, self._numbers = catalogue, stated, numbers

    def held(self, things: Sequence[str], properties: Sequence[str]) -> dict[tuple[str, str], list[Held]]:
        """Return the values of each thing and property, both as they go by in the catalogue."""
        found: dict[tuple[str, str], list[Held]] = defaultdict(list)
        full = {short: self.catalogue.properties[short].iri for short in properties}
        plain = [iri for short, iri in full.items() if not short.startswith(_INDICATOR)]
        indicators = [iri for short, iri in full.items() if short.startswith(_INDICATOR)]
        if plain and things:
            for row in self._stated(things, plain):
                key = text_of(row["thing"]), curie(text_of(row["property"]))
                labels = Labels(text_of(row["valueEn"]), text_of(row["valueZh"]))
                found[key].append(_held(row["value"], labels))
        if indicators and things:
            for texts in self._numbers(things, indicators).texts():
                found[texts["thing"], curie(texts["property"])].append(_number(texts))
        return found

    def rows(
        self, ids: Sequence[str], wanted: Sequence[Wanted], lang: str
    ) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """
        Return identifier -> property -> cells as the protocol has them.

        What is not known, thing or property, has no cells; it is no error, because a column may
        hold anything.
        """
        things = {given: thing for given in ids if (thing := self.catalogue.thing_of(given)) is not None}
        named = {each.property: self.catalogue.property_of(each.property) for each in wanted}
        held = self.held(
            sorted({thing.iri for thing in things.values()}),
            sorted({short for short in named.values() if short}),
        )
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for given in ids:
            row: dict[str, list[dict[str, Any]]] = {}
            for each in wanted:
                short = named[each.property]
                values = held.get((things[given].iri, short), []) if given in things and short else []
                row[each.property] = list(_cells(values, each, lang))
            found[given] = row
        return found

    def propose(self, kind: str | None, limit: int | None) -> list[str]:
        """Return short names of the properties that things of a class have, most used first."""
        found = self.catalogue.used.get(kind, []) if kind else _all(self.catalogue.used.values())
        return found[:limit]


def _all(many: Iterable[list[str]]) -> list[str]:
    times: dict[str, int] = defaultdict(int)
    for names in many:
        for place, name in enumerate(names):
            times[name] += len(names) - place
    return sorted(times, key=lambda name: (-times[name], name))


def _held(value: Term | None, labels: Labels) -> Held:
    if isinstance(value, NamedNode):
        return Held(slug_of(value.value), value.value, labels)
    if isinstance(value, Literal):
        return Held(value.value, lang=value.language or "", kind=slug_of(value.datatype.value))
    return Held(text_of(value))


def _number(row: dict[str, str]) -> Held:
    text = row["value"] or "–".join(part for part in (row["min"], row["max"]) if part)
    return Held(
        text, kind="decimal" if row["value"] else "", year=row["year"], unit=slug_of(row["unit"]),
        source=Labels(row["sourceEn"], row["sourceZh"]), modality=slug_of(row["modality"]),
    )  # fmt: skip


def _cells(values: Sequence[Held], wanted: Wanted, lang: str) -> Iterable[dict[str, Any]]:
    settings = wanted.settings
    chosen = str(settings.get("lang", ""))
    year = str(settings.get("year", "")).strip()
    kept = [
        each for each in values
        if (not chosen or not each.lang or each.lang.lower().startswith(chosen))
        and (not year or not each.source.en or each.year == year)
    ]  # fmt: skip
    limit = int(settings.get("limit", 0))
    for each in kept[: limit or None]:
        yield _cell(each, lang, with_unit=bool(settings.get("unit", False)))


def _cell(each: Held, lang: str, *, with_unit: bool) -> dict[str, Any]:
    if each.iri:
        name = each.labels.best(lang)
        path = path_of(each.iri)
        return {"id": path, "name": name or each.text} if path else {"str": each.iri}
    if with_unit and each.source.en:
        parts = [f"{each.text} {each.unit}".strip(), each.year, each.modality, each.source.best(lang)]
        return {"str": ", ".join(part for part in parts if part)}
    if each.kind in _WHOLE:
        return {"int": int(each.text)}
    if each.kind in _REAL:
        return {"float": float(each.text)}
    if each.kind == "date" and _DATE.fullmatch(each.text):
        return {"date": f"{each.text}T00:00:00Z"}
    return {"str": each.text}
