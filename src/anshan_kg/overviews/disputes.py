"""Contradictions: the sides of each, and which of them stand on one scale."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.model import Labels, Reference, text_of
from anshan_kg.quantities import decimal
from anshan_kg.statements import labels
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from decimal import Decimal

    from anshan_kg.model import Table, Term

    Row = Mapping[str, Term | None]

KINDS = ("numbers", "factors", "relations", "mixed")
"""What the sides of a contradiction are: figures, conversion factors, relations and words, or several."""

_SORTS = {
    "QuantitativeClaim": "numbers",
    "ConversionFactor": "factors",
    "RelationClaim": "relations",
    "TextClaim": "relations",
}


@dataclass(frozen=True, slots=True)
class Side:
    """
    One claim of a contradiction.

    Attributes:
        claim: The claim.
        labels: It, in a sentence.
        sort: What it is: numbers, factors or relations.
        subject: What it is about; None for a factor, which is about two materials.
        scale: What has to be the same for two numbers to be compared: what is counted, and the unit.
        counted: What is counted, in words.
        low, middle, high: The number, its range, or both.
        unit: The unit in both languages.
        scope: What the number covers, or on which basis a factor stands.
        preferred: Whether it is relied on.
    """

    claim: str
    labels: Labels
    sort: str
    subject: Reference | None
    scale: tuple[str, ...]
    counted: Labels
    low: Decimal | None
    middle: Decimal | None
    high: Decimal | None
    unit: Labels
    scope: Labels
    preferred: bool

    @property
    def ends(self) -> tuple[Decimal, Decimal] | None:
        """Return the least and the greatest number of the side, None where it has none."""
        known = [each for each in (self.low, self.middle, self.high) if each is not None]
        return (min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Dispute:
    """
    One matter on which claims do not agree.

    Attributes:
        iri: The conflict set.
        labels: What it is about.
        reason: Why the sides differ, as far as it is known, and which is relied on.
        kind: One of `KINDS`.
        exceeds: Whether a part is said to be larger than its whole.
        sides: The claims.
    """

    iri: str
    labels: Labels
    reason: Labels
    kind: str
    exceeds: bool
    sides: tuple[Side, ...]

    @property
    def slug(self) -> str:
        """Return the last part of its address."""
        return slug_of(self.iri)

    @property
    def subjects(self) -> tuple[Reference, ...]:
        """Return what it is about, each once."""
        return tuple(dict.fromkeys(side.subject for side in self.sides if side.subject))

    @property
    def scales(self) -> tuple[tuple[Side, ...], ...]:
        """Return the sides that stand on one scale, for each scale on which there are at least two."""
        groups: dict[tuple[str, ...], list[Side]] = defaultdict(list)
        for side in self.sides:
            if side.scale and side.ends:
                groups[side.scale].append(side)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def disputes(table: Table, exceeding: Collection[str], names: Mapping[str, Labels]) -> tuple[Dispute, ...]:
    """
    Return the contradictions, by the slug of each.

    Args:
        table: The look-up `disagreements`.
        exceeding: Those in which a part exceeds its whole.
        names: Names of conflict sets, claims and things.
    """
    rows: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in table:
        rows[text_of(row["conflict"])].setdefault(text_of(row["claim"]), row)
    return tuple(
        _dispute(conflict, list(sides.values()), conflict in exceeding, names)
        for conflict, sides in rows.items()
    )


def _dispute(conflict: str, rows: list[Row], exceeds: bool, names: Mapping[str, Labels]) -> Dispute:
    sides = tuple(_side(row, names) for row in rows)
    return Dispute(
        iri=conflict,
        labels=names.get(conflict, Labels()),
        reason=labels(rows[0], "reason"),
        kind=_kind(side.sort for side in sides),
        exceeds=exceeds,
        sides=sides,
    )


def _kind(sorts: Iterable[str]) -> str:
    found = set(sorts)
    return found.pop() if len(found) == 1 else "mixed"


def _side(row: Row, names: Mapping[str, Labels]) -> Side:
    def text(column: str) -> str:
        return text_of(row[column])

    subject, factor = text("subject"), bool(text("to"))
    counted = (text("indicator"), text("unit")) if text("indicator") else ()
    related = (text("to"), text("of"), text("top"), text("bottom")) if factor else ()
    return Side(
        claim=text("claim"),
        labels=names.get(text("claim"), Labels()),
        sort=_SORTS[slug_of(text("kind"))],
        subject=Reference(subject, names.get(subject, Labels())) if subject else None,
        scale=counted or related,
        counted=_counted([names.get(each, Labels()) for each in (*counted[:1], *related[:2]) if each]),
        low=decimal(text("low")),
        middle=decimal(text("middle")),
        high=decimal(text("high")),
        unit=_ratio(text("topSymbol"), text("bottomSymbol")) if factor else labels(row, "unit"),
        scope=labels(row, "scope"),
        preferred=text("preferred") == "true",
    )


def _counted(parts: list[Labels]) -> Labels:
    """Return what is counted: an indicator, or one material by another."""
    return Labels(" / ".join(each.en for each in parts), "／".join(each.zh for each in parts))


def _ratio(top: str, bottom: str) -> Labels:
    text = f"{top}/{bottom}" if bottom else top
    return Labels(text, text)
