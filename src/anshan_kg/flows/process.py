"""A chain as a graph: its materials and steps as stations, with what is known of how much comes out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.model import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.flows.chains import Chain, End, Step
    from anshan_kg.flows.factors import Conversion

_LEFT_OVER = {"by-product", "waste", "emission"}


@dataclass(frozen=True, slots=True)
class Station:
    """
    A step, or a material at one place of a chain.

    A material that a step takes in and gives out again, cleaned or dried, is two stations.

    Attributes:
        key: What tells it from the others.
        thing: The step or material.
        kind: step, feed, auxiliary, intermediate, product, by-product, waste, emission, or corrected.
        claims: What carries its sources: the step, the flows, or the claim of a correction.
        step: The step that it is or comes out of; "" for what only goes in.
        conversion: How much of it comes out; None where no factor is known, and for what goes in.
        wrong: Whether a correction takes it for an error.
    """

    key: str
    thing: Reference
    kind: str
    claims: tuple[str, ...]
    step: str = ""
    conversion: Conversion | None = None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one station to another; `kind` is in, out, or corrects."""

    start: str
    end: str
    kind: str


@dataclass(frozen=True, slots=True)
class Process:
    """The graph of a chain, its stations in reading order."""

    stations: tuple[Station, ...]
    arrows: tuple[Arrow, ...]


def process_of(chain: Chain, conversions: Iterable[Conversion]) -> Process:
    """
    Return a chain as a graph.

    Args:
        chain: It.
        conversions: How much of one material comes from another, for all chains.
    """
    of_step: dict[str, list[Conversion]] = defaultdict(list)
    for each in conversions:
        of_step[each.step].append(each)
    consumed = _consumed(chain.steps)
    goals = {end.material.iri for end in chain.goals}
    corrected = {end.corrects: end for end in chain.goals if end.corrects}
    wrong = {end.material.iri: corrected[end.claim] for end in chain.goals if end.claim in corrected}
    stations: dict[str, Station] = {}
    arrows: list[Arrow] = []
    for step in chain.steps:
        for part in step.inputs:
            for source in _sources(step, part.material.iri, chain.steps):
                if source.startswith(">"):
                    kind = "auxiliary" if part.role in {"auxiliary", "energy"} else "feed"
                    stations.setdefault(source, Station(source, part.material, kind, (part.flow,)))
                arrows.append(Arrow(source, step.iri, "in"))
        stations[step.iri] = Station(
            step.iri, Reference(step.iri, step.labels), "step", (step.iri,), step.iri
        )
        for part in step.outputs:
            material = part.material.iri
            key = f"{step.iri}>{material}"
            kind = part.role if part.role in _LEFT_OVER else "intermediate"
            if material in goals or (kind == "intermediate" and key not in consumed):
                kind = "product"
            stations[key] = Station(
                key, part.material, kind, (part.flow,), step.iri,
                _conversion(step, material, of_step[step.iri]), material in wrong,
            )  # fmt: skip
            arrows.append(Arrow(step.iri, key, "out"))
            if material in wrong:
                better = _better(wrong[material])
                stations[better.key] = better
                arrows.append(Arrow(key, better.key, "corrects"))
    # a step may use what a later one gives; the station is made there, and comes later in reading order
    return Process(tuple(stations.values()), tuple(dict.fromkeys(arrows)))


def _better(end: End) -> Station:
    return Station(f"!{end.material.iri}", end.material, "corrected", (end.claim,))


def _sources(step: Step, material: str, steps: Sequence[Step]) -> list[str]:
    """Return the stations that a step has a material from: of the steps before it, or from outside."""
    giving = [
        each for each in steps if each != step and any(part.material.iri == material for part in each.outputs)
    ]
    before = [each for each in giving if step.iri in each.following]
    before = before or [each for each in giving if each.position < step.position][-1:]
    return [f"{each.iri}>{material}" for each in before] or [f">{material}"]


def _consumed(steps: Sequence[Step]) -> set[str]:
    return {
        source
        for step in steps
        for part in step.inputs
        for source in _sources(step, part.material.iri, steps)
    }


def _conversion(step: Step, material: str, known: Sequence[Conversion]) -> Conversion | None:
    """Return the conversion to an output of a step: from what goes in, else from what else is known."""
    inputs = {part.material.iri for part in step.inputs}
    fitting = [each for each in known if each.end == material and each.start != material]
    return min(fitting, key=lambda each: each.start not in inputs, default=None)
