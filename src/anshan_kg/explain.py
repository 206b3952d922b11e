"""Find what a statement rests on: claims, a node that names its own source, or a rule's premises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from anshan_kg.model import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyoxigraph import Triple

    from anshan_kg.model import Evidence, Table
    from anshan_kg.rules import Rule

_DEEPEST = 8
"""How many statements are followed back from an inferred one."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """
    Explains statements of one graph.

    Attributes:
        lookup: Asks a look-up by name, with its parameters.
        ask: Asks a query that gives a table.
        evidence: From claim IRIs to their evidence.
        rules: The rules that may have made a statement.
    """

    lookup: Callable[..., Table]
    ask: Callable[[str], Table]
    evidence: Callable[[Iterable[str]], dict[str, Evidence]]
    rules: tuple[Rule, ...]

    def behind(self, triple: Triple) -> list[Evidence]:
        """
        Return the evidence of a statement; [] where nobody says it and no rule makes it.

        What comes from a rule's premises names the rule (`Evidence.via`).
        """
        return self._behind(triple, set())

    def _behind(self, triple: Triple, seen: set[Triple]) -> list[Evidence]:
        if triple in seen or len(seen) > _DEEPEST:
            return []
        seen.add(triple)
        ends = {"subject": triple.subject, "property": triple.predicate, "object": triple.object}
        said = self.lookup("claims_behind", **ends)
        if len(said):
            return list(self.evidence(text_of(row["claim"]) for row in said).values())
        inferred = self._inferred(triple, seen)
        if inferred:
            return inferred
        # What nobody claims and no rule makes is stated by an end that names its own source.
        stated = self.lookup("stated", **ends)
        carrying = [text_of(end) for end in (triple.subject, triple.object) if isinstance(end, NamedNode)]
        return list(self.evidence(carrying).values()) if len(stated) else []

    def _inferred(self, triple: Triple, seen: set[Triple]) -> list[Evidence]:
        found: dict[str, Evidence] = {}
        for rule in self.rules:
            question = rule.question(triple)
            for row in self.ask(question) if question else ():
                for premise in rule.premises_of(row):
                    for each in self._behind(premise, seen):
                        found.setdefault(each.claim, replace(each, via=rule.name))
        return list(found.values())
