"""Many things at a glance: promises, contradictions, sources, positions, chains, yields."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from anshan_kg.derived import derived
from anshan_kg.errors import UnknownName
from anshan_kg.flows import chains
from anshan_kg.flows.calculator import Calculator
from anshan_kg.kg._things import Things
from anshan_kg.model import Reference, Table, text_of
from anshan_kg.overviews import disputes, positions, promises, sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anshan_kg.flows.answer import Potential
    from anshan_kg.flows.factors import Conversion
    from anshan_kg.overviews.disputes import Dispute
    from anshan_kg.overviews.positions import Position
    from anshan_kg.overviews.promises import Promise
    from anshan_kg.overviews.sources import Resting, Source


class Overviews(Things):
    """Many things at a glance: promises, contradictions, sources, positions, chains, yields."""

    @derived
    def _promised(self) -> dict[str, Promise]:
        return promises.told(self._lookup("promises"), self.names.labels)

    def promises(self, judged: Table | None = None) -> tuple[Promise, ...]:
        """
        Return what was promised, with what came of it.

        Args:
            judged: An answer to the question `progress`, which decides that; the one on its sample
                values where not given.
        """
        return tuple(promises.judged(judged or self.ask("progress"), self._promised))

    @derived
    def disputes(self) -> tuple[Dispute, ...]:
        """Return the matters on which claims do not agree, with their sides."""
        exceeding = {text_of(row["conflict"]) for row in self._lookup("parts_over_wholes")}
        return disputes.disputes(self._lookup("disagreements"), exceeding, self.names.labels)

    @derived
    def sources(self) -> tuple[Source, ...]:
        """Return the sources, with how much rests on each."""
        return sources.sources(self._lookup("source_list"), self.names.labels)

    @derived
    def _shared(self) -> frozenset[str]:
        return frozenset(text_of(row["claim"]) for row in self._lookup("shared_claims"))

    def source(self, name: str) -> Resting:
        """
        Return a source with all that rests on it.

        Args:
            name: The source's slug.

        Raises:
            UnknownName: there is no such source; the error suggests some.
        """
        known = {each.slug: each for each in self.sources}
        if name not in known:
            raise UnknownName("source", name, difflib.get_close_matches(name, known), suggestions=True)
        node = NamedNode(known[name].iri)
        claims, gaps = self._lookup("source_claims", source=node), self._lookup("source_gaps", source=node)
        evidence = self.evidence({text_of(row["claim"]) for row in claims})
        return sources.resting(known[name], claims, gaps, self._shared, evidence, self.names.labels)

    @derived
    def positions(self) -> tuple[Position, ...]:
        """Return where things lie, by each record that says so."""
        return positions.positions(self._lookup("positions"), self.names.labels)

    @derived
    def unplaced(self) -> tuple[tuple[str, Reference], ...]:
        """Return the mines, plants and places for which no record gives a position, each with its kind."""
        return tuple(
            (text_of(row["kind"]), Reference(text_of(row["thing"]), self.names.labels[text_of(row["thing"])]))
            for row in self._lookup("unplaced")
        )

    # what a by-product could yield

    @derived
    def _calculator(self) -> Calculator:
        return Calculator(self._lookup, self.names)

    def potential(
        self, material: str, amount: str, *, given: Mapping[str, str] | None = None, to: str | None = None
    ) -> Potential:
        """
        Return what an amount of a material could yield along the chains, each factor cited.

        Args:
            material: The material, by IRI, slug or name in either language.
            amount: Number and unit: `"1 Mt"`, `"35万吨"`, `"4e8 Nm3"`; `"1 Mt/a"` for each year.
            given: Step, product or factor -> your own value, where you know better or no source
                says: `{"delayed-coking": "0.55..0.58"}`.
            to: The material to stop at; None for all that can be reached.

        Raises:
            UnknownName: no material, step or factor goes by a name.
            ParameterError: the amount or a value is impossible, or counts something else.
        """
        return self._calculator.potential(material, amount, given=given, to=to)

    def calculable(self) -> tuple[Reference, ...]:
        """Return the materials that a calculation can start from, by their English names."""
        return self._calculator.starts()

    def products(self) -> tuple[Reference, ...]:
        """Return the materials that a calculation can lead to, by their English names."""
        return self._calculator.ends()

    def conversions(self) -> tuple[Conversion, ...]:
        """Return how much of one material comes from another, as calculations take it, with the factors."""
        return self._calculator.conversions

    @derived
    def chains(self) -> chains.Chains:
        """Return the chains from by-product to product, with who makes, takes in or has their materials."""
        return chains.read(self._lookup, self.names.labels)

    def system(self, place: str | None = None) -> Table:
        """
        Return the bases and clusters of a place, as the source counts them, and the clusters' products.

        Args:
            place: The place; None for the one that the look-up is written for, which may not be there.
        """
        return self._lookup("system", **({"place": NamedNode(self.resolve(place))} if place else {}))
