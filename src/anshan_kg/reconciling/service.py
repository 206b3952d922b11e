"""Reconciliation on one graph: its look-ups put together, and what clients suggest and preview with."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from pyoxigraph import NamedNode

from anshan_kg.reconciling.answering import Reconciler
from anshan_kg.reconciling.catalogue import Catalogue
from anshan_kg.reconciling.extending import Extender
from anshan_kg.search import NameIndex, normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anshan_kg.model import Table
    from anshan_kg.reconciling.catalogue import Thing
    from anshan_kg.reconciling.model import Ask, Candidate, Term, Wanted

PAGE = 20
"""Suggestions at a time."""


class LookUp(Protocol):
    """Asks one of the queries under `queries/lookups`."""

    def __call__(self, name: str, **terms: Any) -> Table:  # noqa: ANN401 - terms, one or several
        """Return its table."""


class Reconciliation:
    """
    What names in a table mean, what to suggest while somebody types, and values for what was found.

    Args:
        look_up: Asks the graph.
        names: All names of the graph, for suggestions.
    """

    def __init__(self, look_up: LookUp, names: NameIndex) -> None:
        self._look_up, self._names = look_up, names

    @cached_property
    def catalogue(self) -> Catalogue:
        """The things, classes and properties there are."""
        look = self._look_up
        return Catalogue(
            look("reconcilable"), look("places_of"), look("classes"), look("properties"),
            lambda: look("used_properties"),
        )  # fmt: skip

    @cached_property
    def _extender(self) -> Extender:
        return Extender(
            self.catalogue,
            lambda things, properties: self._values("values_of", things, properties),
            lambda things, properties: self._values("numbers_of", things, properties),
        )

    @cached_property
    def _reconciler(self) -> Reconciler:
        return Reconciler(self.catalogue, self._extender.held, self._having)

    def _values(self, name: str, things: Sequence[str], properties: Sequence[str]) -> Table:
        return self._look_up(
            name, thing=list(map(NamedNode, things)), property=list(map(NamedNode, properties))
        )

    def _having(self, property_: str, values: Sequence[str]) -> list[str]:
        found = self._look_up("having", property=NamedNode(property_), value=list(map(NamedNode, values)))
        return [row["thing"] for row in found.texts()]

    def answer(self, asks: Mapping[str, Ask]) -> dict[str, list[Candidate]]:
        """Return the candidates for each query of a batch, best first."""
        found = self._reconciler.answer(list(asks.values()))
        return dict(zip(asks, found, strict=True))

    def rows(self, ids: Sequence[str], wanted: Sequence[Wanted], lang: str) -> dict[str, Any]:
        """Return values of properties; see `Extender.rows`."""
        return self._extender.rows(ids, wanted, lang)

    def propose(self, kind: str, limit: int | None) -> list[Term]:
        """Return the properties that things of a class have; of any thing where there is no such class."""
        short = self.catalogue.class_of(kind) if kind else None
        return [self.catalogue.properties[each] for each in self._extender.propose(short, limit)]

    def named(self, kind: str) -> list[Thing]:
        """Return the things of a class, by their IRIs."""
        things = (self.catalogue.things[iri] for iri in sorted(self.catalogue.things))
        return [thing for thing in things if kind in thing.types]

    def suggest_things(self, prefix: str, start: int = 0) -> list[Thing]:
        """Return things whose names match what somebody types, best first, from one on."""
        hits = self._names.search(prefix, limit=4 * (start + PAGE))
        things = (self.catalogue.things.get(hit.iri) for hit in hits)
        return [thing for thing in things if thing is not None][start : start + PAGE]

    def suggest_terms(self, kind: str, prefix: str, start: int = 0) -> list[Term]:
        """
        Return classes (`kind` "type") or properties whose names begin with, or hold, what somebody types.

        Without a prefix, all of them.
        """
        known = self.catalogue
        terms = (
            [term for name, term in known.classes.items() if name in known.inhabited]
            if kind == "type"
            else [known.properties[name] for name in self._extender.propose(None, None)]
        )
        wanted = normalise(prefix)
        ranked = sorted(
            ((place, at) for at, term in enumerate(terms) if (place := _place(term, wanted)) is not None)
        )
        return [terms[at] for _, at in ranked][start : start + PAGE]


def _place(term: Term, wanted: str) -> int | None:
    """Return how well a term fits, 0 best; None where it does not."""
    names = [normalise(name) for name in (term.labels.zh, term.labels.en, term.id.rpartition(":")[2])]
    if any(name.startswith(wanted) for name in names):
        return 0
    return 1 if any(wanted in name for name in names) else None
