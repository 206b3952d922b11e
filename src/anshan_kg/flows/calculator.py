"""From the names that people type to a calculation along the chains."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from anshan_kg.errors import UnknownName
from anshan_kg.flows import factors
from anshan_kg.flows.knowledge import Gap, Knowledge
from anshan_kg.flows.potential import calculate
from anshan_kg.model import Labels, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from anshan_kg.flows.answer import Potential
    from anshan_kg.model import Table
    from anshan_kg.search import NameIndex

_GAP_PARTS = ("question", "tried", "workaround")
_SURE = 88
"""From this score on, one search hit is taken for what was meant."""


class Calculator:
    """
    What materials could yield, by the factors of a graph.

    Args:
        lookup: Returns the answer of one of the queries in `queries/lookups/`.
        names: The names of all things.
    """

    def __init__(self, lookup: Callable[[str], Table], names: NameIndex) -> None:
        self._names = names
        flows = tuple(
            factors.Flow(row["step"], row["material"], row["role"], row["direction"] == "out")
            for row in lookup("flows").texts()
        )
        gaps = tuple(
            Gap(row["gap"], row["step"], *(_both(row, part) for part in _GAP_PARTS))
            for row in lookup("stops").texts()
        )
        known = tuple(factors.of_rows(lookup("factors").texts()))
        self._known = Knowledge(known, flows, gaps, names.labels)

    def potential(
        self, material: str, amount: str, *, given: Mapping[str, str] | None = None, to: str | None = None
    ) -> Potential:
        """Return what an amount of a material could yield; see `KnowledgeGraph.potential`."""
        return calculate(
            self._known,
            self._material(material),
            amount,
            {self._settable(key): value for key, value in (given or {}).items()},
            None if to is None else self._material(to),
        )

    def starts(self) -> tuple[Reference, ...]:
        """Return the materials that a calculation can start from, by their English names."""
        return self._named(edge.start for edge in self.conversions)

    def ends(self) -> tuple[Reference, ...]:
        """Return the materials that a calculation can lead to, by their English names."""
        return self._named(edge.end for edge in self.conversions)

    @cached_property
    def conversions(self) -> tuple[factors.Conversion, ...]:
        """How much of one material comes from another, before any value of a user."""
        return tuple(factors.conversions(self._known.factors, self._known.flows))

    def _named(self, found: Iterable[str]) -> tuple[Reference, ...]:
        labels = self._names.labels
        named = (Reference(each, labels[each]) for each in set(found) if each in labels)
        return tuple(sorted(named, key=lambda each: each.labels.en.lower()))

    def _material(self, name: str) -> str:
        named = [each for each in self._materials if name in {each, each.rsplit("/", 1)[-1]}]
        found = named[0] if len(named) == 1 else ""
        if not found:
            hits = [hit for hit in self._names.search(name, kind="akg:MaterialType") if hit.score >= _SURE]
            if len({hit.iri for hit in hits if hit.score == hits[0].score}) == 1:
                found = hits[0].iri
        if found not in self._materials:
            near = self._names.search(name, kind="akg:MaterialType", limit=5)
            known = [hit.iri.rsplit("/", 1)[-1] for hit in near]
            raise UnknownName("material", name, known, suggestions=True)
        return found

    @cached_property
    def _materials(self) -> frozenset[str]:
        """The materials that flows or factors speak of."""
        known = self._known
        return frozenset(
            {flow.material for flow in known.flows}
            | {end for factor in known.factors for end in (factor.to, factor.of) if end}
        )

    def _settable(self, key: str) -> str:
        """Return the step, factor or material that a key of `given` names, by IRI or slug."""
        known = self._known
        things = {
            *(flow.step for flow in known.flows), *(factor.iri for factor in known.factors), *self._materials,
        }  # fmt: skip
        found = sorted(thing for thing in things if key == thing or thing.rsplit("/", 1)[-1] == key)
        if not found:
            near = [thing.rsplit("/", 1)[-1] for thing in sorted(things)]
            raise UnknownName(
                "step, factor or product", key, get_close_matches(key, near, 5), suggestions=True
            )
        return found[0]


def _both(row: Mapping[str, str], part: str) -> Labels:
    return Labels(row[f"{part}En"], row[f"{part}Zh"])
