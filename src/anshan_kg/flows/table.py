"""The answer of the calculator as one table, for terminals, files and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg.flows import units
from anshan_kg.model import Table
from anshan_kg.terms import iri, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from anshan_kg.flows.answer import Potential, Yield
    from anshan_kg.flows.factors import Conversion, Factor, Interval
    from anshan_kg.model import Term

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


def table(answer: Potential, lang: str) -> Table:
    """Return an answer as rows: the start, what comes out, what else goes in, where it stops."""
    return Table(COLUMNS, tuple(_rows(answer, "zh" if lang.startswith("zh") else "en")))


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
