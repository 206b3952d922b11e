"""Where a calculation cannot go on: gaps, missing factors, bases and dimensions that do not fit."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from anshan_kg.flows import units
from anshan_kg.flows.answer import Stop
from anshan_kg.flows.knowledge import possible
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anshan_kg.flows.answer import Yield
    from anshan_kg.flows.factors import Conversion
    from anshan_kg.flows.knowledge import Gap, Knowledge


def mixes(here: Yield, edge: Conversion) -> bool:
    """Return whether a conversion counts dry what the one before counted wet, or the other way."""
    before = here.route[-1].moisture if here.route else ""
    return bool(before and edge.moisture and before != edge.moisture)


def stops_of(
    yields: Sequence[Yield],
    knowledge: Knowledge,
    edges: Sequence[Conversion],
    blocked: Sequence[tuple[Conversion, Yield]],
    wanted: frozenset[str] | None,
    to: str | None,
) -> list[Stop]:
    """
    Return where knowledge ends among what was reached.

    Args:
        yields: What was reached.
        knowledge: Flows and gaps.
        edges: All conversions.
        blocked: Conversions that could not follow a yield, because bases or dimensions differ.
        wanted: Materials to look at; None for all.
        to: The material asked for; once it is reached, nothing stopped.
    """
    reached = {made.material for made in yields}
    gaps = {gap.step: gap for gap in knowledge.gaps}
    proxies = defaultdict(list)
    for factor in knowledge.factors:
        if factor.kind == "proxy":
            proxies[factor.step].append(factor)
    found: dict[str, Stop] = {}
    for edge, here in blocked:
        if edge.end not in reached:
            found.setdefault(edge.step or edge.end, _blocked(edge, here, knowledge, gaps.get(edge.step)))
    for start, end, step in possible(knowledge):
        made = {flow.material for flow in knowledge.flows if flow.step == step and flow.out}
        if start not in reached or (made - {start}) & reached or step in found:
            continue
        if wanted is not None and end not in wanted:
            continue
        if any(edge.step == step and edge.start == start for edge in edges):
            continue
        gap = gaps.get(step)
        reason = gap.question if gap else Labels("No source gives a factor for it.", "没有来源给出其系数。")
        found[step] = Stop(
            step, knowledge.labels.get(step, Labels(step)), start, reason, gap, step.rsplit("/", 1)[-1],
            tuple(proxies[step]),
        )  # fmt: skip
    return [] if to is not None and to in reached else list(found.values())


def _blocked(edge: Conversion, here: Yield, knowledge: Knowledge, gap: Gap | None) -> Stop:
    if mixes(here, edge):
        reason = Labels(
            "One factor counts dry and the next one wet; nothing in the graph turns one into the other.",
            "前一系数按干基、后一系数按湿基计量，图谱中没有两者的换算依据。",
        )
    else:
        have, want = units.KINDS[here.kind], units.KINDS[edge.start_kind]
        reason = Labels(
            f"The factor counts {want[0]} of it, while the amount is {have[0]}; no density is known.",
            f"系数以{want[1]}计，而数量以{have[1]}计，且密度未知。",
        )
    step = edge.step or edge.end
    return Stop(
        step, knowledge.labels.get(step, Labels(step)), here.material, reason, gap, step.rsplit("/", 1)[-1]
    )
