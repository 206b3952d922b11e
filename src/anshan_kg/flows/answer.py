"""The answer of the calculator: what comes out, what else goes in, where it stops; and all as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg.flows import units
from anshan_kg.model import Table
from anshan_kg.terms import iri, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from anshan_kg.flows.factors import Conversion, Factor, Interval
    from anshan_kg.flows.knowledge import Gap
    from anshan_kg.model import Labels, Term

COLUMNS = (
    "kind", "material", "materialName", "low", "central", "high", "unit", "route", "basis", "factors",
    "sources", "sourceNames", "note", "set",
)  # fmt: skip
"""What each row tells; `set` is the key with which an own value can be given."""

_WORDS = {
    "en": {
        "start": "start", "yield": "yields", "route": "other route", "need": "needs", "stop": "stops",
        "for": "for {}", "given": "your value {}", "year": "{} per year", "mass": "as gas: {}",
    },
    "zh": {
        "start": "起点", "yield": "可得", "route": "另一路线", "need": "另需", "stop": "止于",
        "for": "用于{}", "given": "您给出的值 {}", "year": "{}/年", "mass": "折气体：{}",
    },
}  # fmt: skip
_DIGITS = 6


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
        """Return rows: the start, what comes out, what else goes in, where it stops."""
        return Table(COLUMNS, tuple(_rows(self, "zh" if lang.startswith("zh") else "en")))

    def _repr_html_(self) -> str:
        """Return the answer as HTML, for notebooks."""
        return self.table()._repr_html_()


def _rows(answer: Potential, lang: str) -> Iterator[tuple[Term | None, ...]]:
    words = _WORDS[lang]
    for made in answer.yields:
        kind = "start" if not made.route else "yield" if made.preferred else "route"
        used = [factor for edge in made.route for factor in edge.factors]
        notes = [made.method.replace("-", " "), *(_given(edge, lang) for edge in made.route)]
        amount = _amount(made.amount, made.kind, answer, lang)
        if made.mass is not None and made.density is not None:
            amount = _amount(made.mass, "[mass]", answer, lang)
            used.append(made.density)
            notes.insert(0, words["mass"].format(_range(made.amount, made.kind)))
        key = slug_of(made.material) if made.route else ""
        yield (
            *_head(words[kind], made.material, made.labels.best(lang)), *amount,
            _text(_route(made, answer, lang)), *_cited(used, lang),
            _text("; ".join(filter(None, notes))), _text(key),
        )  # fmt: skip
    for need in answer.needs:
        yield (
            *_head(words["need"], need.material, need.labels.best(lang)),
            *_amount(need.amount, need.kind, answer, lang),
            _text(words["for"].format(need.product_labels.best(lang))),
            *_cited(need.factors, lang), None, None,
        )  # fmt: skip
    for stop in answer.stops:
        notes = [stop.reason.best(lang), stop.gap.workaround.best(lang) if stop.gap else ""]
        notes += [
            f"{each.labels.best(lang)} {each.printed}: {each.warning.best(lang)}" for each in stop.proxies
        ]
        yield (
            *_head(words["stop"], stop.step, stop.labels.best(lang)), None, None, None, None, None,
            *_cited(stop.proxies, lang), _text(" ".join(filter(None, notes))), _text(stop.key),
        )  # fmt: skip


def _head(kind: str, thing: str, name: str) -> tuple[Term, ...]:
    return Literal(kind), NamedNode(thing), Literal(name)


def _amount(amount: Interval, dimension: str, answer: Potential, lang: str) -> tuple[Term | None, ...]:
    """Return low, central, high and unit."""
    ends = (amount.low, amount.central, amount.high)
    unit, size = units.shown(ends, dimension)
    if answer.per_year and unit:
        unit = _WORDS[lang]["year"].format(unit)
    return *(_number(end, size) for end in ends), Literal(unit)


def _cited(used: Iterable[Factor], lang: str) -> tuple[Term | None, ...]:
    """Return basis, factors, sources and their names."""
    factors = list(dict.fromkeys(used))
    parts = (
        ("; ", (factor.basis.best(lang) for factor in factors)),
        (" ", (slug_of(factor.iri) for factor in factors)),
        (" ", (slug_of(each.iri) for factor in factors for each in factor.sources)),
        ("; ", (each.labels.best(lang) for factor in factors for each in factor.sources)),
    )
    return tuple(_text(glue.join(dict.fromkeys(filter(None, texts)))) for glue, texts in parts)


def _number(value: Decimal | None, size: Decimal) -> Literal | None:
    if value is None:
        return None
    return Literal(units.rounded(value / size, _DIGITS), datatype=iri("xsd:decimal"))


def _text(text: str) -> Literal | None:
    return Literal(text) if text else None


def _range(amount: Interval, dimension: str) -> str:
    ends = (amount.low, amount.central, amount.high)
    unit, size = units.shown(ends, dimension)
    return " / ".join("–" if end is None else units.rounded(end / size) for end in ends) + f" {unit}"


def _route(made: Yield, answer: Potential, lang: str) -> str:
    if not made.route:
        return ""
    names = {each.material: each.labels.best(lang) for each in answer.yields}
    return " → ".join(
        [answer.labels.best(lang), *(names.get(edge.end, slug_of(edge.end)) for edge in made.route)]
    )


def _given(edge: Conversion, lang: str) -> str:
    if not edge.given:
        return ""
    ends = (edge.value.low, edge.value.high)
    spelt = "–".join(dict.fromkeys(units.rounded(end) for end in ends))
    return _WORDS[lang]["given"].format(f"{slug_of(edge.end)} = {spelt}")
