"""
Conversions between materials, made of cited factors.

Which way a factor is used follows from the step it holds for: from what goes in to what comes out
it multiplies; where it counts what goes in for each amount that comes out, it divides. Where our
recommended range exists it is used; otherwise the range spans all sources that are not weak, with
a central value only where a single source gives one, because sources are never averaged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from anshan_kg.flows import units
from anshan_kg.model import Labels, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NOT_CALCULATED = frozenset({"proxy", "spec", "default"})
"""Kinds of factor that no calculation uses: they stand for something else than they say."""
_CONVERTING = frozenset(
    {"yield", "ratio", "share", "recovery", "specific-consumption", "stoichiometry", "composition"}
)
_BESIDE = frozenset({"auxiliary", "energy"})
_PREFERRED = ("[gas]", "[mass]", "[volume]", "[energy]", "")


@dataclass(frozen=True, slots=True)
class Interval:
    """A low, a central and a high value; the central one is None where no source gives it."""

    low: Decimal
    central: Decimal | None
    high: Decimal

    def times(self, other: Interval) -> Interval:
        """Return the product: low by low, high by high, as all values are above zero."""
        central = None if self.central is None or other.central is None else self.central * other.central
        return Interval(self.low * other.low, central, self.high * other.high)

    def inverse(self) -> Interval:
        """Return one divided by it: its high end becomes the low one."""
        central = None if self.central is None else 1 / self.central
        return Interval(1 / self.high, central, 1 / self.low)

    def scaled(self, number: Decimal) -> Interval:
        """Return it times a number above zero."""
        return self.times(Interval(number, number, number))


@dataclass(frozen=True, slots=True)
class Factor:
    """
    One factor of one source, or one recommended range.

    Attributes:
        iri, labels: It.
        step: The process step it holds for; "" for none.
        to, of: Numerator and denominator material; `of` is "" for densities and the like.
        value: Its range in base units of the numerator for one base unit of the denominator.
        to_kind, of_kind: Dimensions of numerator and denominator.
        quantity, kind, confidence: Slugs of its concepts.
        method: Mining method it holds for; "" for any.
        moisture: Slug of dry or wet; "" where the source does not tell.
        basis, warning: What exactly is counted, and why it must not be used.
        sources: Where it stands; for a recommended range, where its parts stand.
        parts: Factors that a recommended range brings together.
        printed: The range in its own units.
    """

    iri: str
    labels: Labels
    step: str
    to: str
    of: str
    value: Interval
    to_kind: str
    of_kind: str
    quantity: str
    kind: str
    confidence: str
    method: str = ""
    moisture: str = ""
    basis: Labels = field(default_factory=Labels)
    warning: Labels = field(default_factory=Labels)
    sources: tuple[Reference, ...] = ()
    parts: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """One material going into or coming out of a step."""

    step: str
    material: str
    role: str
    out: bool


@dataclass(frozen=True, slots=True)
class Conversion:
    """
    From an amount of one material to an amount of another.

    Attributes:
        start, end: The materials.
        value: Base units of the end for one base unit of the start.
        start_kind, end_kind: Their dimensions.
        factors: What it rests on; empty where the user gave the value.
        step: The step it happens in; "" for none.
        method, moisture: As in `Factor`.
        divided: Whether the factors count the start for each amount of the end.
        given: Whether the user gave the value.
    """

    start: str
    end: str
    value: Interval
    start_kind: str
    end_kind: str
    factors: tuple[Factor, ...]
    step: str = ""
    method: str = ""
    moisture: str = ""
    divided: bool = False
    given: bool = False


def conversions(factors: Iterable[Factor], flows: Sequence[Flow]) -> list[Conversion]:
    """Return the conversions that factors allow, one for each pair of materials and mining method."""
    inputs: dict[str, set[str]] = defaultdict(set)
    outputs: dict[str, set[str]] = defaultdict(set)
    for flow in flows:
        # a binder or a fuel goes in too, but is not what the product is made of
        if flow.out or flow.role not in _BESIDE:
            (outputs if flow.out else inputs)[flow.step].add(flow.material)
    groups: dict[tuple[str, str, str, bool], list[Factor]] = defaultdict(list)
    for factor in factors:
        divided = _divides(factor, inputs[factor.step], outputs[factor.step])
        if divided is None:
            continue
        ends = (factor.to, factor.of) if divided else (factor.of, factor.to)
        groups[(*ends, factor.method, divided)].append(factor)
    found: dict[tuple[str, str, str], Conversion] = {}
    for (start, end, method, divided), members in groups.items():
        made = _combined(start, end, method, members, divided=divided)
        key = (start, end, method)
        # A yield as measured wins over a consumption turned round, unless the latter was recommended.
        if key not in found or _rank(made) < _rank(found[key]):
            found[key] = made
    return [found[key] for key in sorted(found)]


def _rank(conversion: Conversion) -> tuple[bool, bool]:
    return (conversion.factors[0].kind != "synthesis", conversion.divided)


def _divides(factor: Factor, inputs: set[str], outputs: set[str]) -> bool | None:
    """Return whether a factor is divided by on the way forward; None where it converts nothing."""
    if factor.quantity not in _CONVERTING or factor.kind in _NOT_CALCULATED or factor.to == factor.of:
        return None
    if not factor.of or factor.value.low <= 0:
        return None
    if factor.kind == "synthesis":
        return factor.quantity == "specific-consumption"
    # a yield may also be of what went in some steps before: tar for each tonne of coal
    known = factor.of in inputs | outputs or factor.quantity == "yield"
    if factor.quantity == "composition" or not known or factor.to not in inputs | outputs:
        return None
    return factor.to not in outputs if factor.of in outputs or factor.to in outputs else None


def _combined(start: str, end: str, method: str, members: list[Factor], *, divided: bool) -> Conversion:
    chosen = [factor for factor in members if factor.kind == "synthesis"][:1]
    if not chosen:
        strong = [factor for factor in members if factor.confidence != "low"] or members
        kinds = {(factor.to_kind, factor.of_kind) for factor in strong}
        best = min(kinds, key=lambda pair: tuple(map(_PREFERRED.index, pair)))
        chosen = [factor for factor in strong if (factor.to_kind, factor.of_kind) == best]
    low, high = min(f.value.low for f in chosen), max(f.value.high for f in chosen)
    value = Interval(low, chosen[0].value.central if len(chosen) == 1 else None, high)
    moistures = {factor.moisture for factor in chosen} - {""}
    to_kind, of_kind = chosen[0].to_kind, chosen[0].of_kind
    return Conversion(
        start, end, value.inverse() if divided else value,
        *((to_kind, of_kind) if divided else (of_kind, to_kind)),
        tuple(chosen), chosen[0].step, method, moistures.pop() if len(moistures) == 1 else "", divided,
    )  # fmt: skip


def densities(factors: Iterable[Factor]) -> dict[str, Factor]:
    """Return material -> the factor that gives its mass for a volume of gas, recommended ones first."""
    found: dict[str, Factor] = {}
    for factor in sorted(factors, key=lambda each: each.kind != "synthesis"):
        if factor.quantity == "density" and (factor.to_kind, factor.of_kind) == ("[mass]", "[gas]"):
            found.setdefault(factor.to, factor)
    return found


def of_rows(rows: Sequence[dict[str, str]]) -> Iterator[Factor]:
    """
    Yield the factors of the look-up `factors`, in base units.

    Rows whose units count no amount of material (ppm, square metres) are left out: nothing is
    calculated with them.
    """
    known = {row["factor"]: row for row in rows}
    for row in known.values():
        top, bottom = units.of_graph(row["toUnit"]), units.of_graph(row["ofUnit"])
        numbers = [Decimal(row[name]) for name in ("low", "typical", "high") if row[name]]
        if top is None or bottom is None or not numbers:
            continue
        scale = units.factor_to_base(top) / units.factor_to_base(bottom)
        central = Decimal(row["typical"]) * scale if row["typical"] else None
        if central is None and len(set(numbers)) == 1 and row["low"] and row["high"]:
            central = numbers[0] * scale
        yield Factor(
            row["factor"], Labels(row["labelEn"], row["labelZh"]), row["step"], row["to"], row["of"],
            Interval(min(numbers) * scale, central, max(numbers) * scale),
            units.dimension(top), units.dimension(bottom),
            row["quantity"], row["kind"], row["confidence"], row["method"], row["moisture"],
            Labels(row["basisEn"], row["basisZh"]), Labels(row["warningEn"], row["warningZh"]),
            _sources(row, known), tuple(row["parts"].split()), _printed(row),
        )  # fmt: skip


def _printed(row: dict[str, str]) -> str:
    ends = [row[name] for name in ("low", "high") if row[name]]
    number = "–".join(dict.fromkeys(ends)) or row["typical"]
    if row["typical"] and ends and row["typical"] not in ends:
        number += f" ({row['typical']})"
    unit = (
        row["toSymbol"]
        if row["ofUnit"] in {"FRACTION", "UNITLESS"}
        else f"{row['toSymbol']}/{row['ofSymbol']}"
    )
    return f"{number} {unit}".strip()


def _sources(row: dict[str, str], known: dict[str, dict[str, str]]) -> tuple[Reference, ...]:
    """Return where a factor stands; a recommended range stands where its parts do."""
    parts = [known[part] for part in row["parts"].split() if part in known] or [row]
    found = (Reference(part["source"], Labels(part["sourceEn"], part["sourceZh"])) for part in parts)
    return tuple(dict.fromkeys(found))
