"""The chains for pages: their diagrams, and the rows that say the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from anshan_kg.drawing import process as drawing
from anshan_kg.flows import units
from anshan_kg.flows.process import Process, Station, process_of
from anshan_kg.model import Reference
from anshan_kg.quantities import spell
from anshan_kg.web.language import address, catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from anshan_kg.flows.chains import Chain, Chains
    from anshan_kg.flows.factors import Conversion, Factor, Interval
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Evidence

_SYMBOLS = {"[mass]": "t", "[gas]": "Nm³", "[volume]": "m³", "[energy]": "MJ", "": ""}
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Row:
    """
    One station of a chain, as a row of the table beside the diagram.

    Attributes:
        station: It.
        number: How much comes out, in words; "" where nothing is known.
        per: What the number is per; None where it is clear.
        gaps: What is not known about the step.
        makers, takers, holders: Who makes, takes in or has the material.
        evidence: Who says that it belongs here.
        factors: What the number rests on.
    """

    station: Station
    number: str
    per: Reference | None
    gaps: tuple[Reference, ...]
    makers: tuple[Reference, ...]
    takers: tuple[Reference, ...]
    holders: tuple[Reference, ...]
    evidence: tuple[Evidence, ...]
    factors: tuple[Factor, ...]


def interval(value: Interval, lang: str, *, scale: Decimal = Decimal(1)) -> str:
    """Return a range as text: central value first where there is one, then low to high."""
    ends = [_spelt(end * scale, lang) for end in (value.low, value.high)]
    low_to_high = "–".join(dict.fromkeys(ends))
    if value.central is None or len(set(ends)) == 1:
        return low_to_high
    central = _spelt(value.central * scale, lang)
    return f"{central}（{low_to_high}）" if lang == "zh" else f"{central} ({low_to_high})"


def _spelt(value: Decimal, lang: str) -> str:
    return spell(Decimal(units.rounded(value)), lang)


def conversion_text(conversion: Conversion, lang: str) -> str:
    """Return how much comes out for each unit that goes in, as text with its units."""
    top, bottom = _SYMBOLS[conversion.end_kind], _SYMBOLS[conversion.start_kind]
    if top == bottom and conversion.value.high <= 1:
        return f"{interval(conversion.value, lang, scale=_HUNDRED)} %"
    if not top and not bottom:
        return interval(conversion.value, lang)
    return f"{interval(conversion.value, lang)} {top}/{bottom}"


def rows(kg: KnowledgeGraph, chain: Chain, process: Process, lang: str) -> list[Row]:
    """Return the stations of a chain as rows, with who says so."""
    evidence = kg.evidence(claim for station in process.stations for claim in station.claims)
    chains = kg.chains
    names = kg.names.labels
    gaps = {step.iri: step.gaps for step in chain.steps}
    inputs = {step.iri: {part.material.iri for part in step.inputs} for step in chain.steps}
    found = []
    for station in process.stations:
        material, conversion = station.thing.iri, station.conversion
        per = None
        if conversion is not None and conversion.start not in inputs[station.step]:
            per = Reference(conversion.start, names[conversion.start])
        found.append(
            Row(
                station, conversion_text(conversion, lang) if conversion else "", per,
                gaps.get(material, ()) if station.kind == "step" else (),
                chains.makers.get(material, ()), chains.takers.get(material, ()),
                chains.holders.get(material, ()),
                tuple(evidence[claim] for claim in station.claims if claim in evidence),
                conversion.factors if conversion else (),
            )
        )  # fmt: skip
    return found


def diagram(kg: KnowledgeGraph, chain: Chain, lang: str) -> Markup:
    """Return a chain as a process diagram, from top to bottom."""
    t = catalogue(lang).__getitem__
    process = process_of(chain, kg.conversions())
    inputs = {step.iri: {part.material.iri for part in step.inputs} for step in chain.steps}
    shapes = [
        drawing.Shape(
            station.key, station.thing.labels.best(lang), address(station.thing.iri), _kind(station, chain),
            _who(kg.chains, station, lang), f"{t(kind_key(station))}: {station.thing.labels.best(lang)}",
        )
        for station in process.stations
    ]  # fmt: skip
    known = {station.key: station for station in process.stations}
    arrows = []
    for arrow in process.arrows:
        label, kind = "", arrow.kind if arrow.kind == "corrects" else ""
        if arrow.kind == "out":
            conversion = known[arrow.end].conversion
            label = _label(conversion, inputs[arrow.start], kg, lang) if conversion else t("chains_no_factor")
            kind = "" if conversion else "gap"
        arrows.append(drawing.Arrow(arrow.start, arrow.end, label, kind))
    return drawing.draw(shapes, arrows, chain.labels.best(lang), _described(process, lang))


def kind_key(station: Station) -> str:
    """Return the word for the kind of a station, as the catalogue of words calls it."""
    return f"kind_{station.kind.replace('-', '_')}"


def sketch(chain: Chain, lang: str) -> Markup:
    """Return a chain as a small picture from left to right: where it starts, how many steps, its goals."""
    t = catalogue(lang).__getitem__
    steps = t("chains_steps").format(len(chain.steps)) if len(chain.steps) > 1 else t("chains_unstated")
    shapes = [drawing.Shape("step", steps, "", "step" if len(chain.steps) > 1 else "step gap")]
    arrows = []
    claims = {end.claim: end for end in chain.goals}
    wrong = {end.corrects for end in chain.goals}
    for end in (*chain.starts, *chain.goals):
        kind = "corrected" if end.corrects else "product" if end.goal else "feed"
        if end.goal and not end.editorial:
            kind += " planned"
        kind += " wrong" if end.claim in wrong else ""
        text, href = end.material.labels.best(lang), address(end.material.iri)
        key = end.material.iri + kind
        shapes.append(drawing.Shape(key, text, href, kind))
        if end.corrects in claims:
            before = next(each for each in shapes if each.key.startswith(claims[end.corrects].material.iri))
            arrows.append(drawing.Arrow(before.key, key, "", "corrects"))
        elif end.goal:
            arrows.append(drawing.Arrow("step", key, "", "" if len(chain.steps) > 1 else "gap"))
        else:
            arrows.append(drawing.Arrow(key, "step"))
    title = chain.labels.best(lang)
    described = chain.definition.best(lang) or title
    return drawing.draw(shapes, arrows, title, described, across=True, widest=150)


def _label(conversion: Conversion, inputs: set[str], kg: KnowledgeGraph, lang: str) -> str:
    text = conversion_text(conversion, lang)
    if conversion.start in inputs:
        return text
    t = catalogue(lang).__getitem__
    per = kg.names.labels[conversion.start].best(lang)
    return str(t("chains_per")).format(text, per)


def _kind(station: Station, chain: Chain) -> str:
    kinds = [station.kind]
    if station.kind == "product" and chain.is_announced:
        kinds.append("planned")
    if station.wrong:
        kinds.append("wrong")
    return " ".join(kinds)


def _who(chains: Chains, station: Station, lang: str) -> str:
    """Return who makes a material, in a few words."""
    found = chains.makers.get(station.thing.iri, ())
    if not found:
        return ""
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    return f"▪ {found[0].labels.best(lang)}{more}"


def _described(process: Process, lang: str) -> str:
    steps = [each.thing.labels.best(lang) for each in process.stations if each.kind == "step"]
    t = catalogue(lang).__getitem__
    return str(t("chains_description")).format(len(steps), ("；" if lang == "zh" else "; ").join(steps))


def named(chains: Chains, found: Sequence[str]) -> list[Chain]:
    """Return the chains of some IRIs."""
    return [chain for chain in map(chains.get, found) if chain is not None]
