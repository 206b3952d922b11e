"""
How much of each product an amount of a material could yield, along the chains, with every factor.

The calculation is interval arithmetic: low values by low values, high by high. The ranges are
wide on purpose; they are not confidence intervals, and what they give is what chemistry and
practice elsewhere allow, not what any plant makes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError
from anshan_kg.flows import units
from anshan_kg.flows.answer import Need, Potential, Yield
from anshan_kg.flows.factors import Conversion, Factor, Interval, conversions, densities
from anshan_kg.flows.given import applied, new_conversions, setting_of, unusable
from anshan_kg.flows.limits import mixes, stops_of
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from anshan_kg.flows.knowledge import Knowledge

_DEEPEST = 12
_ROUTES = 4
"""Other routes to one material that are told beside the shortest."""
_ENERGY = "[energy]"


def calculate(
    knowledge: Knowledge,
    material: str,
    amount: str,
    given: Mapping[str, str] | None = None,
    to: str | None = None,
) -> Potential:
    """
    Return what an amount of a material could yield.

    Args:
        knowledge: Factors, flows and gaps.
        material: IRI of the material to start from.
        amount: A number and a unit, such as `"1 Mt"`; `"1 Mt/a"` for an amount each year.
        given: IRI of a step, factor or material -> the user's value for it: one number, a range
            `"0.55..0.58"`, or low, central and high as `"0.55/0.56/0.58"`. For a step or a
            material it is the amount that comes out for each amount that goes in.
        to: IRI of the material to stop at; None for all that can be reached.

    Raises:
        ParameterError: the amount is none, counts the wrong dimension, a value is impossible or
            fits nothing, or no chain leads to `to`.
    """
    number, kind, per_year = units.amount(amount)
    settings = {key: setting_of(key, text) for key, text in (given or {}).items()}
    edges = conversions(knowledge.factors, knowledge.flows)
    if material not in knowledge.labels:
        raise ParameterError(f"{material} is no material")
    dense = densities(knowledge.factors)
    number, kind, used = _to_known_kind(material, number, kind, edges, dense, knowledge)
    edges = [*edges, *new_conversions(knowledge, edges, settings)]
    edges = [applied(edge, settings, knowledge) for edge in edges]
    unused = [setting.key for setting in settings.values() if not setting.used]
    if unused:
        raise unusable(unused[0], edges, knowledge)
    wanted = None if to is None else _on_the_way(material, to, knowledge, edges)
    start = Yield(
        material, knowledge.labels[material], Interval(number, number, number), kind, (), density=used
    )
    yields, blocked = _spread(start, edges, dense, knowledge, wanted)
    stops = stops_of(yields, knowledge, edges, blocked, wanted, to)
    return Potential(
        material, knowledge.labels[material], number, kind, per_year, tuple(yields),
        tuple(_needs(yields, knowledge, edges)), tuple(stops), tuple(_notes(yields)),
    )  # fmt: skip


def _to_known_kind(
    material: str,
    number: Decimal,
    kind: str,
    edges: Sequence[Conversion],
    dense: Mapping[str, Factor],
    knowledge: Knowledge,
) -> tuple[Decimal, str, Factor | None]:
    """Return an amount in a dimension that the factors of the material count, else refuse it."""
    known = {edge.start_kind for edge in edges if edge.start == material}
    if not known or kind in known:
        return number, kind, None
    density = dense.get(material)
    if density is not None and density.value.central is not None:
        if kind == "[gas]" and "[mass]" in known:
            return number * density.value.central, "[mass]", density
        if kind == "[mass]" and "[gas]" in known:
            return number / density.value.central, "[gas]", density
    name, name_zh = knowledge.labels[material].en, knowledge.labels[material].zh
    have, have_zh = units.KINDS.get(kind, (kind, kind))
    want, want_zh = (
        glue.join(sorted(units.KINDS[k][n] for k in known)) for n, glue in enumerate((" or ", "或"))
    )
    example = {
        "[mass]": "'1 Mt'",
        "[gas]": "'4e8 Nm3'",
        "[volume]": "'1e6 m3'",
        _ENERGY: "'1 GWh'",
        "": "'1'",
    }
    extra = ""
    if kind == "[volume]" and "[gas]" in known:
        extra = "; cubic metres are taken as Nm3 only if you say so, because their conditions are not known"
    raise ParameterError(
        f"the amount counts {have}, but the factors of {name} count {want}, and nothing in the graph "
        f"turns one into the other{extra}; write it as in {example[min(known)]}",
        f"数量以{have_zh}计，而{name_zh}的系数以{want_zh}计，图谱中没有二者的换算依据；请写成如{example[min(known)]}",
    )


# the calculation


def _on_the_way(start: str, to: str, knowledge: Knowledge, edges: Sequence[Conversion]) -> frozenset[str]:
    """
    Return the materials that lie between two materials, both included.

    Raises:
        ParameterError: no chain leads from one to the other.
    """
    after: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    arrows = {(edge.start, edge.end) for edge in edges}
    feeds: dict[str, set[str]] = defaultdict(set)
    outs: dict[str, set[str]] = defaultdict(set)
    for flow in knowledge.flows:
        (outs if flow.out else feeds)[flow.step].add(flow.material)
    arrows |= {(a, b) for step in feeds for a in feeds[step] for b in outs[step]}
    for a, b in arrows:
        after[a].add(b)
        before[b].add(a)
    found = _closure(start, after) & _closure(to, before)
    if to not in found:
        one, other = (knowledge.labels.get(each, Labels(each, each)) for each in (start, to))
        raise ParameterError(
            f"no chain leads from {one.en} to {other.en}", f"没有从{one.zh}通向{other.zh}的链"
        )
    return frozenset(found)


def _closure(first: str, arrows: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {first}, [first]
    while waiting:
        for each in arrows.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def _spread(
    start: Yield,
    edges: Sequence[Conversion],
    dense: Mapping[str, Factor],
    knowledge: Knowledge,
    wanted: frozenset[str] | None,
) -> tuple[list[Yield], list[tuple[Conversion, Yield]]]:
    """Return all yields, shortest routes first, and the conversions that bases or dimensions forbid."""
    outgoing = defaultdict(list)
    for edge in edges:
        outgoing[edge.start].append(edge)
    found, blocked = [_with_mass(start, dense)], []
    counts: dict[tuple[str, str], int] = defaultdict(int)
    waiting = deque([found[0]])
    while waiting:
        here = waiting.popleft()
        if len(here.route) >= _DEEPEST:
            continue
        seen = {start.material, *(edge.end for edge in here.route)}
        for edge in outgoing[here.material]:
            if edge.end in seen or (wanted is not None and edge.end not in wanted):
                continue
            if here.method and edge.method and here.method != edge.method:
                continue
            amount = _amount_for(here, edge)
            if amount is None or mixes(here, edge):
                blocked.append((edge, here))
                continue
            method = here.method or edge.method
            place = (edge.end, method)
            if counts[place] > _ROUTES:
                continue
            made = Yield(
                edge.end, knowledge.labels.get(edge.end, Labels(edge.end)),
                amount.times(edge.value), edge.end_kind, (*here.route, edge),
                preferred=counts[place] == 0, method=method,
            )  # fmt: skip
            counts[place] += 1
            made = _with_mass(made, dense)
            found.append(made)
            # Only the shortest route to a material goes on, so that other ways to count the same
            # thing (per coal, per coke) are shown beside each other and never multiplied together.
            if made.preferred:
                waiting.append(made)
    return found, blocked


def _with_mass(made: Yield, dense: Mapping[str, Factor]) -> Yield:
    density = dense.get(made.material)
    if made.kind != "[gas]" or density is None:
        return made
    return Yield(
        made.material, made.labels, made.amount, made.kind, made.route,
        made.amount.times(density.value), density, made.preferred, made.method,
    )  # fmt: skip


def _amount_for(here: Yield, edge: Conversion) -> Interval | None:
    """Return an amount in the dimension that a conversion starts from; None where there is none."""
    if edge.start_kind == here.kind:
        return here.amount
    if here.mass is not None and edge.start_kind == "[mass]":
        return here.mass
    both_bare = edge.start_kind == edge.end_kind == ""
    return here.amount if both_bare else None


def _needs(yields: Sequence[Yield], knowledge: Knowledge, edges: Sequence[Conversion]) -> Iterable[Need]:
    start = yields[0]
    for edge in edges:
        if edge.end == start.material and edge.factors and edge.end_kind == start.kind and not edge.method:
            yield Need(
                edge.start, knowledge.labels.get(edge.start, Labels(edge.start)),
                start.material, start.labels, start.amount.times(edge.value.inverse()),
                edge.start_kind, edge.factors,
            )  # fmt: skip
    for made in yields[1:]:
        if not made.preferred or not made.route[-1].step:
            continue
        last = made.route[-1]
        outputs = {flow.material for flow in knowledge.flows if flow.step == last.step and flow.out}
        beside = [
            factor
            for factor in knowledge.factors
            if factor.step == last.step
            and factor.of == made.material
            and factor.to not in {last.start, made.material}
            and factor.quantity in {"specific-consumption", "energy", "stoichiometry"}
            and factor.kind not in {"proxy", "spec", "default", "synthesis"}
            and factor.to not in outputs
        ]  # fmt: skip
        for factor in beside:
            amount = made.mass if factor.of_kind == "[mass]" and made.mass is not None else made.amount
            if factor.of_kind not in {made.kind, "[mass]" if made.mass is not None else made.kind}:
                continue
            yield Need(
                factor.to, knowledge.labels.get(factor.to, Labels(factor.to)),
                made.material, made.labels, amount.times(factor.value), factor.to_kind, (factor,),
            )  # fmt: skip


def _notes(yields: Sequence[Yield]) -> Iterable[Labels]:
    if any(made.amount.central is None for made in yields):
        yield Labels(
            "No central value where several sources give different ones: they are not averaged.",
            "多个来源数值不同处不给中间值：不作平均。",
        )
    if any(edge.given for made in yields for edge in made.route):
        yield Labels("Some values are yours, not a source's.", "部分数值由您给出，并非来自来源。")
    if any(
        factor.kind == "stoichiometric" for made in yields for edge in made.route for factor in edge.factors
    ):
        yield Labels(
            "Some factors are from chemistry alone; practice yields less.",
            "部分系数仅按化学计量得出，实际产率会更低。",
        )
