"""Amounts of the calculator for pages: in the words of a language, as flows, and as ranges."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from anshan_kg.drawing import ranges, sankey
from anshan_kg.errors import ParameterError
from anshan_kg.flows import units
from anshan_kg.terms import iri, slug_of
from anshan_kg.web.language import address, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

    from anshan_kg.drawing.sankey import Layout
    from anshan_kg.flows.answer import Potential, Yield
    from anshan_kg.flows.chains import Chain
    from anshan_kg.flows.factors import Interval
    from anshan_kg.kg import KnowledgeGraph

_ZH_UNITS = {"[mass]": "吨", "[gas]": "标准立方米", "[volume]": "立方米", "[energy]": "千瓦时", "": ""}
_ZH_STEPS = ((Decimal(10**8), "亿"), (Decimal(10**4), "万"), (Decimal(1), ""))
_EN_UNITS = {
    "million Nm3": "million Nm³",
    "thousand Nm3": "thousand Nm³",
    "Nm3": "Nm³",
    "million m3": "million m³",
    "m3": "m³",
}
_EXAMPLES = {"[mass]": "1 Mt", "[gas]": "1000 million Nm3", "[volume]": "1e6 m3"}


def scaled(values: tuple[Decimal | None, ...], kind: str, lang: str) -> tuple[str, Decimal]:
    """Return the unit in which numbers of a dimension read best in a language, and its size in base units."""
    if lang != "zh":
        unit, size = units.shown(values, kind)
        return _EN_UNITS.get(unit, unit), size
    base = Decimal("3.6") if kind == "[energy]" else Decimal(1)
    largest = max((value / base for value in values if value is not None), default=Decimal(0))
    size, word = next((step for step in _ZH_STEPS if largest >= step[0]), _ZH_STEPS[-1])
    return f"{word}{_ZH_UNITS[kind]}", size * base


def amount_text(value: Interval, kind: str, lang: str, *, per_year: bool = False) -> str:
    """Return a range with its unit: central value first where there is one, then low to high."""
    unit, size = scaled((value.low, value.central, value.high), kind, lang)
    ends = [units.rounded(end / size) for end in (value.low, value.high)]
    text = "–".join(dict.fromkeys(ends))
    central = units.rounded(value.central / size) if value.central is not None else ""
    if central and len(set(ends)) > 1:
        text = f"{central}（{text}）" if lang == "zh" else f"{central} ({text})"
    said = f"{text}{unit}" if lang == "zh" else f"{text} {unit}".strip()
    return per_year_text(said, lang) if per_year else said


def per_year_text(said: str, lang: str) -> str:
    """Return an amount or unit as one for each year."""
    t = catalogue(lang).__getitem__
    return str(t("amounts_per_year")).format(said)


def flows_picture(kg: KnowledgeGraph, answer: Potential, lang: str) -> tuple[Markup, Layout]:
    """Return what comes out as flows with ranges, and the layout, which tells what could not be drawn."""
    stocks: dict[str, sankey.Stock] = {}
    flows = []
    for made in main_of(answer):
        key = f"{made.material} {made.method}"
        stocks[key] = sankey.Stock(
            key, name_of(kg, made, lang), address(made.material),
            amount_text(made.amount, made.kind, lang, per_year=answer.per_year),
            _range(made.amount), scale_of(made.kind),
        )  # fmt: skip
        if made.route:
            start = made.route[-1].start
            known = [each for each in (f"{start} {made.method}", f"{start} ") if each in stocks]
            flows.append(sankey.Flow(known[0], key, _range(made.amount)))
    title, description = _told(answer, lang)
    return sankey.draw(tuple(stocks.values()), flows, title, description)


def ranges_picture(kg: KnowledgeGraph, answer: Potential, width: float, lang: str) -> Markup:
    """Return what comes out as ranges beside each other, for a width."""
    by_kind: dict[str, list[ranges.Bar]] = {}
    for made in main_of(answer):
        amount, kind = told(made)
        by_kind.setdefault(kind, []).append(
            ranges.Bar(
                f"{made.material} {made.method}", name_of(kg, made, lang), address(made.material),
                amount_text(amount, kind, lang, per_year=answer.per_year), _range(amount),
                "start" if not made.route else "given" if any(edge.given for edge in made.route) else "",
            )
        )  # fmt: skip
    groups = [
        ranges.Group(kind_name(kind, lang), tuple(bars), _ticks(kind, lang)) for kind, bars in by_kind.items()
    ]
    title, description = _told(answer, lang)
    return ranges.draw(groups, width, title, description)


def told(made: Yield) -> tuple[Interval, str]:
    """Return the amount that is told first, and its dimension: the mass of a gas where it is known."""
    return (made.amount, made.kind) if made.mass is None else (made.mass, "[mass]")


def _ticks(kind: str, lang: str) -> Callable[[float], str]:
    def tick(value: float) -> str:
        number = Decimal(repr(value))
        unit, size = scaled((number,), kind, lang)
        text = units.rounded(number / size)
        return f"{text}{unit}" if lang == "zh" else f"{text} {unit}"

    return tick


def scale_of(kind: str) -> str:
    """Return a dimension as a word, as pictures call their scales."""
    return kind.strip("[]") or "number"


def kind_name(kind: str, lang: str) -> str:
    """Return what a dimension is called."""
    return units.KINDS[kind][1 if lang == "zh" else 0]


def main_of(answer: Potential) -> list[Yield]:
    """Return the shortest route to each material: other ways to count the same would count it twice."""
    return [made for made in answer.yields if made.preferred]


def name_of(kg: KnowledgeGraph, made: Yield, lang: str) -> str:
    """Return the name of what comes out, with the mining method that the route holds for."""
    name = made.labels.best(lang)
    if not made.method:
        return name
    method = kg.names.labels.get(iri(f"mining-method:{made.method}").value)
    said = method.best(lang) if method else made.method
    return f"{name}（{said}）" if lang == "zh" else f"{name} ({said})"


def _told(answer: Potential, lang: str) -> tuple[str, str]:
    t = catalogue(lang).__getitem__
    main = main_of(answer)
    amount = amount_text(main[0].amount, main[0].kind, lang, per_year=answer.per_year)
    title = str(t("amounts_title")).format(amount, answer.labels.best(lang))
    listed = [
        f"{made.labels.best(lang)} {amount_text(made.amount, made.kind, lang, per_year=answer.per_year)}"
        for made in main[1:]
    ]
    return title, ("；" if lang == "zh" else "; ").join(listed)


def _range(value: Interval) -> sankey.Range:
    central = None if value.central is None else float(value.central)
    return sankey.Range(float(value.low), central, float(value.high))


def example_of(kg: KnowledgeGraph, chain: Chain) -> tuple[Potential, str] | None:
    """
    Return what an amount of that material of a chain could give that leads farthest along it.

    Returns:
        The answer, and the amount that was asked for; None where nothing can be calculated.
    """
    own = {each.iri for each in chain.materials}
    kinds = {each.start: each.start_kind for each in reversed(kg.conversions())}
    best: tuple[int, Potential, str] | None = None
    for material in chain.materials:
        amount = _EXAMPLES.get(kinds.get(material.iri, "none"))
        if amount is None:
            continue
        try:
            answer = kg.potential(slug_of(material.iri), amount)
        except ParameterError:
            continue
        reached = sum(made.material in own for made in main_of(answer)[1:])
        if reached and (best is None or reached > best[0]):
            best = (reached, answer, amount)
    return None if best is None else best[1:]
