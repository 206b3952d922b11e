"""Positions: where things lie, by which record, and how exact it says it is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from anshan_kg.linking.places import distance
from anshan_kg.model import Labels, Reference, text_of
from anshan_kg.statements import labels
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anshan_kg.model import Table, Term

KINDS = ("mine", "plant", "division", "city")
"""What lies somewhere: a mine, a plant or another facility, a county or town of the city, another city."""

_REGION = 150
"""Kilometres from the middle of all positions within which things belong on one map."""


@dataclass(frozen=True, slots=True)
class Position:
    """
    One record of where a thing lies.

    Attributes:
        thing: What lies there.
        kind: One of `KINDS`.
        latitude, longitude: Degrees north and east, as the record gives them.
        accuracy: exact or approximate as the record says, or representative: one point for an area.
        note: What the record says of its accuracy.
        record: The identifier of the record at its source.
        source: Who says so.
        claims: The claims for latitude and longitude.
    """

    thing: Reference
    kind: str
    latitude: float
    longitude: float
    accuracy: str
    note: Labels
    record: str
    source: Reference
    claims: tuple[str, str]

    @property
    def slug(self) -> str:
        """Return what tells it from the others on a page."""
        return f"{slug_of(self.thing.iri)}-{self.record.lower()}"


def positions(table: Table, names: Mapping[str, Labels]) -> tuple[Position, ...]:
    """
    Return the positions that sources give: mines first, then plants, then places.

    Args:
        table: The look-up `positions`.
        names: Names of things and sources.
    """
    found: dict[tuple[str, str], Position] = {}
    for row in table:
        found.setdefault((text_of(row["claim"]), text_of(row["longitudeClaim"])), _position(row, names))
    return tuple(sorted(found.values(), key=lambda each: (KINDS.index(each.kind), each.slug)))


def apart(given: Sequence[Position]) -> tuple[tuple[Position, ...], tuple[Position, ...]]:
    """
    Return the positions that belong on one map, and those that lie far away.

    The middle is the median of latitudes and of longitudes, so a far namesake does not move it.
    """
    if not given:
        return (), ()
    middle = median(each.latitude for each in given), median(each.longitude for each in given)
    near = {each for each in given if distance(middle, (each.latitude, each.longitude)) <= _REGION}
    return tuple(each for each in given if each in near), tuple(each for each in given if each not in near)


def _position(row: Mapping[str, Term | None], names: Mapping[str, Labels]) -> Position:
    thing, source = text_of(row["thing"]), text_of(row["source"])
    return Position(
        thing=Reference(thing, names.get(thing, Labels())),
        kind=_kind(slug_of(text_of(row["type"])), bool(row["code"])),
        latitude=float(text_of(row["latitude"])),
        longitude=float(text_of(row["longitude"])),
        accuracy=text_of(row["accuracy"]),
        note=labels(row, "note"),
        record=text_of(row["record"]),
        source=Reference(source, names.get(source, Labels())),
        claims=(text_of(row["claim"]), text_of(row["longitudeClaim"])),
    )


def _kind(type_: str, coded: bool) -> str:
    if type_ == "Place":
        return "division" if coded else "city"
    return "mine" if type_ == "Mine" else "plant"
