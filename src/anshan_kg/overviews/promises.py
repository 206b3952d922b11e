"""Promises: what is to be reached, by when and from which base, and what was told of it later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anshan_kg.model import Labels, Reference, text_of
from anshan_kg.statements import labels
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anshan_kg.model import Table, Term

KINDS = (
    "IndustrialBase", "IndustrialCluster", "Place", "Mine", "Enterprise", "Measure", "InvestmentProject",
)  # fmt: skip
"""Classes that the thing of a promise is sorted by, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a source tells of how far a promise has come.

    Attributes:
        claim: Who says so.
        year: The year it tells of; "" where a date was promised and a date is told.
        told: A number, or the status of the thing.
    """

    claim: str
    year: str
    told: str


@dataclass(frozen=True, slots=True)
class Promise:
    """
    One target, forecast or plan.

    Attributes:
        claim: The claim that makes it.
        subject: What it is about.
        kind: One of `KINDS`; "" for anything else.
        modality: The slug of how it is meant: target, forecast, plan.
        modality_labels: The same in words.
        text: The indicator, or what is promised in words.
        measure: What lets promises of the same sort be told together: the indicator, else the claim.
        bound: The slug of how the number bounds what is promised; "" where there is no number.
        bound_labels: The same in words.
        value: The number; "" where it is promised in words.
        unit: The unit, or "" for a mere count.
        counts_years: Whether the number is itself a year.
        year: The year for which it is promised; "" where none is given.
        base_value, base_year, base_claim: What it starts from, where that is said.
        scope: What the number covers.
        gap: The question that nobody answers yet, if one was asked.
        status: met, missed, contradicted, open or unknown, by the rule of the question `progress`.
        outcomes: What came of it.
    """

    claim: str
    subject: Reference
    kind: str
    modality: str
    modality_labels: Labels
    text: Labels
    measure: str
    bound: str
    bound_labels: Labels
    value: str
    unit: Labels
    counts_years: bool
    year: str
    base_value: str
    base_year: str
    base_claim: str
    scope: Labels
    gap: Reference | None
    status: str = "unknown"
    outcomes: tuple[Outcome, ...] = ()

    @property
    def slug(self) -> str:
        """Return what tells it from the others on a page."""
        return slug_of(self.claim)

    @property
    def claims(self) -> tuple[str, ...]:
        """Return the claims that it rests on: its own, its base, its outcomes."""
        return (self.claim, *filter(None, (self.base_claim,)), *(each.claim for each in self.outcomes))


def told(table: Table, names: Mapping[str, Labels]) -> dict[str, Promise]:
    """
    Return claim -> promise, without what came of it.

    Args:
        table: The look-up `promises`.
        names: Names of subjects, modalities and bounds.
    """
    found: dict[str, Promise] = {}
    for row in table:
        found.setdefault(text_of(row["claim"]), _promise(row, names))
    return found


def judged(answer: Table, known: Mapping[str, Promise]) -> Iterator[Promise]:
    """
    Yield promises with their status and outcomes, in the order of an answer.

    Args:
        answer: The answer to the question `progress`, in either language.
        known: What `told` gives.
    """
    for row in answer.texts():
        if promise := known.get(row["claim"]):
            yield replace(promise, status=row["status"], outcomes=tuple(_outcomes(row)))


def _outcomes(row: Mapping[str, str]) -> Iterator[Outcome]:
    if not row["outcomes"]:
        return
    for text, claim in zip(row["outcomes"].split("; "), row["outcomeClaims"].split(" "), strict=True):
        year, _, said = text.rpartition(": ")
        yield Outcome(claim, year, said)


def _promise(row: Mapping[str, Term | None], names: Mapping[str, Labels]) -> Promise:
    def text(column: str) -> str:
        return text_of(row[column])

    claim, gap, unit = text("claim"), text("gap"), labels(row, "unit")
    return Promise(
        claim=claim,
        subject=Reference(text("subject"), names.get(text("subject"), Labels())),
        kind=slug_of(text("type")) if text("type") else "",
        modality=slug_of(text("modality")),
        modality_labels=names.get(text("modality"), Labels()),
        text=labels(row, "text"),
        measure=text("indicator") or claim,
        bound=slug_of(text("bound")) if text("bound") else "",
        bound_labels=names.get(text("bound"), Labels()),
        value=text("value"),
        unit=unit,
        counts_years=text("unit").endswith("/YR"),
        year=text("year"),
        base_value=text("baseValue"),
        base_year=text("baseYear"),
        base_claim=text("base"),
        scope=labels(row, "scope"),
        gap=Reference(gap, labels(row, "gap")) if gap else None,
    )
