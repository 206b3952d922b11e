"""The answer of the calculator: what comes out, what else goes in, and where it stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from anshan_kg.flows.factors import Conversion, Factor, Interval
    from anshan_kg.flows.knowledge import Gap
    from anshan_kg.model import Labels, Table


@dataclass(frozen=True, slots=True)
class Yield:
    """
    How much of one material comes out.

    Attributes:
        material, labels: What.
        amount: How much, in base units of `kind`.
        kind: The dimension: mass, or gas at standard conditions.
        route: The conversions that lead there, first to last; empty for the start itself.
        mass: The same as mass, where it is a gas of known density.
        density: The factor used for that.
        preferred: Whether this is the shortest route to the material.
        method: Mining method that the route holds for; "" for any.
    """

    material: str
    labels: Labels
    amount: Interval
    kind: str
    route: tuple[Conversion, ...]
    mass: Interval | None = None
    density: Factor | None = None
    preferred: bool = True
    method: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """How much of another material or of energy goes into making a yield, or went into the start."""

    material: str
    labels: Labels
    product: str
    product_labels: Labels
    amount: Interval
    kind: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """
    Where the calculation cannot go on.

    Attributes:
        step, labels: The step.
        material: What would go in.
        reason: Why, in both languages.
        gap: The recorded gap; None where nobody has looked for a factor yet.
        key: What to set to go on.
        proxies: Factors that stand for something else and are shown with their warning only.
    """

    step: str
    labels: Labels
    material: str
    reason: Labels
    gap: Gap | None
    key: str
    proxies: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class Potential:
    """
    The answer of the calculator.

    Attributes:
        material, labels: What was given.
        amount: How much, in base units of `kind`.
        kind: Its dimension.
        per_year: Whether amounts are per year.
        yields: What comes out, nearest first, beginning with the start.
        needs: What else goes in.
        stops: Where knowledge ends.
        notes: What to mind, in both languages.
    """

    material: str
    labels: Labels
    amount: Decimal
    kind: str
    per_year: bool
    yields: tuple[Yield, ...]
    needs: tuple[Need, ...]
    stops: tuple[Stop, ...]
    notes: tuple[Labels, ...] = ()

    def table(self, lang: str = "en") -> Table:
        """Return the answer as a table, which notebooks show and pandas takes."""
        from anshan_kg.flows.table import table  # noqa: PLC0415 - the table is made of answers

        return table(self, lang)

    def _repr_html_(self) -> str:
        """Return the answer as HTML, for notebooks."""
        return self.table()._repr_html_()
