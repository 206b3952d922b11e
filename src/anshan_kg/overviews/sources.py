"""Sources: what each is, how far it was read, and what rests on it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.model import Labels, Reference, text_of
from anshan_kg.statements import labels
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from anshan_kg.model import Evidence, Passage, Table, Term


@dataclass(frozen=True, slots=True)
class Source:
    """
    One document.

    Attributes:
        iri: The source.
        labels: What we call it.
        title: Its title as printed; "" where none was seen.
        kind, access: What sort of document it is, and how far we have read it.
        languages: Language tags of what was read.
        issued: When it was published: a year, a month or a day; "" where no date is printed.
        publisher: Who published what we read.
        first_publisher: Who published it first, where that was somebody else.
        url: Its address; "" where none was recorded.
        date_note, origin: What is known of its date, and of the original behind a copy.
        claims: How many statements rest on it.
        high, medium, low: How many of them we trust how far; what is rated otherwise is in none.
    """

    iri: str
    labels: Labels
    title: str
    kind: Reference
    access: Reference
    languages: tuple[str, ...]
    issued: str
    publisher: Reference | None
    first_publisher: Reference | None
    url: str
    date_note: Labels
    origin: Labels
    claims: int
    high: int
    medium: int
    low: int

    @property
    def slug(self) -> str:
        """Return the last part of its address."""
        return slug_of(self.iri)

    @property
    def copied(self) -> bool:
        """Whether it is known to repeat another text."""
        return bool(self.origin.en or self.first_publisher)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A passage of a source with the statements that rest on it.

    Attributes:
        passage: The passage; None for statements that name none.
        statements: Who says what there.
    """

    passage: Passage | None
    statements: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """
    Something that is not known.

    Attributes:
        gap: The gap, with its question.
        about: What it is about.
        tried: What was looked at.
    """

    gap: Reference
    about: Reference
    tried: Labels


@dataclass(frozen=True, slots=True)
class Resting:
    """
    All that rests on a source.

    Attributes:
        source: The source.
        places: Its passages, in the order of the text where that is recorded.
        alone: The statements that no second source makes too.
        conflicts: The contradictions that it takes part in.
        questions: What was found not to be known.
    """

    source: Source
    places: tuple[Place, ...]
    alone: tuple[str, ...]
    conflicts: tuple[Reference, ...]
    questions: tuple[Question, ...]


def sources(table: Table, names: Mapping[str, Labels]) -> tuple[Source, ...]:
    """
    Return the sources, by their slugs.

    Args:
        table: The look-up `source_list`.
        names: Names of sources, kinds, degrees of access and publishers.
    """
    found: dict[str, Source] = {}
    for row in table:
        found.setdefault(text_of(row["source"]), _source(row, names))
    return tuple(found.values())


def resting(
    source: Source,
    claims: Table,
    gaps: Table,
    shared: Collection[str],
    known: Mapping[str, Evidence],
    names: Mapping[str, Labels],
) -> Resting:
    """
    Return what rests on a source.

    Args:
        source: The source.
        claims: The look-up `source_claims`.
        gaps: The look-up `source_gaps`.
        shared: Claims whose number or relation a second source gives too.
        known: Evidence of the claims.
        names: Names of conflict sets and of what gaps are about.
    """
    conflicts = dict.fromkeys(text_of(row["conflict"]) for row in claims if row["conflict"] is not None)
    return Resting(
        source=source,
        places=_places(known),
        alone=tuple(sorted(known.keys() - set(shared))),
        conflicts=tuple(Reference(each, names.get(each, Labels())) for each in conflicts),
        questions=tuple(
            Question(
                Reference(text_of(row["gap"]), labels(row, "question")),
                Reference(text_of(row["about"]), names.get(text_of(row["about"]), Labels())),
                labels(row, "tried"),
            )
            for row in gaps
        ),
    )


def _places(known: Mapping[str, Evidence]) -> tuple[Place, ...]:
    groups: dict[str, list[Evidence]] = defaultdict(list)
    passages: dict[str, Passage | None] = {"": None}
    for claim in sorted(known, key=_natural):
        first = known[claim].passages[0] if known[claim].passages else None
        passages[first.iri if first else ""] = first
        groups[first.iri if first else ""].append(known[claim])
    ordered = sorted(groups, key=lambda iri: _order(passages[iri], iri))
    return tuple(Place(passages[iri], tuple(groups[iri])) for iri in ordered)


def _order(
    passage: Passage | None, iri: str
) -> tuple[bool, bool, list[tuple[int, str]], list[tuple[int, str]]]:
    """Return what puts passages with a recorded place first, in the order of the text."""
    placed = passage.locator if passage else ""
    return passage is None, not placed, _natural(placed), _natural(iri)


def _natural(text: str) -> list[tuple[int, str]]:
    """Return what sorts `p2` before `p10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", text)]


def _source(row: Mapping[str, Term | None], names: Mapping[str, Labels]) -> Source:
    def text(column: str) -> str:
        return text_of(row[column])

    def named(column: str) -> Reference:
        return Reference(text(column), names.get(text(column), Labels()))

    def count(column: str) -> int:
        return int(text(column) or 0)

    return Source(
        iri=text("source"),
        labels=names.get(text("source"), Labels()),
        title=text("title"),
        kind=named("kind"),
        access=named("access"),
        languages=tuple(text("languages").split()),
        issued=text("issued"),
        publisher=named("publisher") if text("publisher") else None,
        first_publisher=named("firstPublisher") if text("firstPublisher") else None,
        url=text("url"),
        date_note=labels(row, "dateNote"),
        origin=labels(row, "origin"),
        claims=count("claims"),
        high=count("high"),
        medium=count("medium"),
        low=count("low"),
    )
