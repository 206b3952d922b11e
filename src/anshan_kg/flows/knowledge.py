"""What a calculation knows: factors, flows and gaps of the graph, as values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anshan_kg.flows.factors import Factor, Flow
    from anshan_kg.model import Labels


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not known at a step: the question, what was tried, and what can be done meanwhile."""

    iri: str
    step: str
    question: Labels
    tried: Labels
    workaround: Labels


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the graph knows that a calculation needs: the rows of its look-ups, as values."""

    factors: tuple[Factor, ...]
    flows: tuple[Flow, ...]
    gaps: tuple[Gap, ...]
    labels: Mapping[str, Labels]


def possible(knowledge: Knowledge) -> Iterable[tuple[str, str, str]]:
    """Yield feed, main product and step for each step: where a value could be given."""
    feeds: dict[str, list[str]] = defaultdict(list)
    mains: dict[str, list[str]] = defaultdict(list)
    for flow in knowledge.flows:
        if flow.out and flow.role == "main-product":
            mains[flow.step].append(flow.material)
        elif not flow.out and flow.role not in {"auxiliary", "energy"}:
            feeds[flow.step].append(flow.material)
    for step, ends in mains.items():
        for end in ends:
            for start in feeds[step][:1]:
                if start != end:
                    yield start, end, step
