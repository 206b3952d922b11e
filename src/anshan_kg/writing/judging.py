"""What SHACL shapes have to see of a change, gathered from the store; and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg import shacl, validate
from anshan_kg.terms import iri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from anshan_kg.files import Tree
    from anshan_kg.writing.changes import Change

_DEFAULT = ox.DefaultGraph()
_DEEPEST = 8
"""How far facts of blank nodes are followed."""


_TRIAL = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> .
[] a sh:NodeShape ; sh:targetNode <x:a> ; sh:property [ sh:path <x:p> ; sh:datatype <x:d> ; sh:pattern "a" ] ;
  sh:sparql [ sh:select 'SELECT $this WHERE { $this <x:p> ?o . FILTER(REGEX(STR(?o), "1")) }' ] .
"""
"""A shape that makes the validator load what a process without files could not load any more."""

Thing = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class Case:
    """
    What is judged at once.

    Attributes:
        data: The facts of the things that a change touches.
        context: What shapes may look at besides.
    """

    data: bytes
    context: bytes


class Rules:
    """The shapes of the ontology, and which things they speak of."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @cached_property
    def shapes(self) -> tuple[ox.Triple, ...]:
        """The shapes."""
        return tuple(triple for document in self._tree.shapes for triple in document.triples)

    @cached_property
    def _classes(self) -> tuple[ox.Triple, ...]:
        """Which class is below which, by the ontology."""
        wanted = iri("rdfs:subClassOf")
        return tuple(
            triple
            for path in sorted((self._tree.root / "ontology").rglob("*.ttl"))
            if "shapes" not in path.relative_to(self._tree.root).parts
            for triple in self._tree.read(path).triples
            if triple.predicate == wanted
        )

    @cached_property
    def _targets(self) -> frozenset[ox.NamedNode]:
        wanted = iri("sh:targetClass")
        return frozenset(
            triple.object
            for triple in self.shapes
            if triple.predicate == wanted and isinstance(triple.object, ox.NamedNode)
        )

    @cached_property
    def _backwards(self) -> frozenset[ox.NamedNode]:
        """The properties that shapes follow from value to thing."""
        wanted = iri("sh:inversePath")
        return frozenset(
            triple.object
            for triple in self.shapes
            if triple.predicate == wanted and isinstance(triple.object, ox.NamedNode)
        )

    def targets(self, store: ox.Store) -> frozenset[ox.NamedNode]:
        """Return the classes whose things shapes speak of, with the classes below them."""
        below: dict[object, set[ox.NamedNode]] = {}
        stored = (quad.triple for quad in store.quads_for_pattern(None, iri("rdfs:subClassOf"), None, None))
        for triple in (*self._classes, *stored):
            if isinstance(triple.subject, ox.NamedNode):
                below.setdefault(triple.object, set()).add(triple.subject)
        found, waiting = set(self._targets), list(self._targets)
        while waiting:
            more = below.get(waiting.pop(), set()) - found
            found |= more
            waiting += more
        return frozenset(found)

    def speak_of(self, store: ox.Store) -> bool:
        """Whether there is anything in a store that a shape speaks of."""
        kind = iri("rdf:type")
        return any(
            next(store.quads_for_pattern(None, kind, each, None), None) is not None
            for each in self.targets(store)
        )

    def cases(self, store: ox.Store, change: Change) -> list[Case]:
        """
        Return what is to be judged of a store after a change; nothing where no shape looks.

        The default graph is judged by itself, a named graph together with it.

        Args:
            store: The store after the change.
            change: What happened to it; where nobody looked, all that shapes speak of is judged.
        """
        targets = self.targets(store)
        found: set[Thing] = set()
        if change.touched is not None:
            found |= validate.affected(store, (), change.touched)
        if change.touched is None or any(isinstance(t.subject, ox.BlankNode) for t in change.touched):
            # A blank node has another name each time it is made.
            kinds = ox.BlankNode if change.touched is not None else (ox.NamedNode, ox.BlankNode)
            found |= _instances(store, targets, kinds)
        plain: set[ox.Triple] = set()
        named: dict[object, set[ox.Triple]] = {}
        for thing in found:
            quads = list(store.quads_for_pattern(thing, None, None, None))
            facts = {quad.triple for quad in quads if quad.graph_name == _DEFAULT}
            plain |= _if_targeted(facts, targets)
            for graph in {quad.graph_name for quad in quads} - {_DEFAULT}:
                more = {quad.triple for quad in quads if quad.graph_name == graph}
                if not more <= facts:
                    named.setdefault(graph, set()).update(_if_targeted(facts | more, targets))
        views = [(plain, (_DEFAULT,)), *((facts, (_DEFAULT, graph)) for graph, facts in named.items())]
        return [self._case(store, facts, graphs, change) for facts, graphs in views if facts]  # type: ignore[arg-type]

    def _case(
        self,
        store: ox.Store,
        facts: set[ox.Triple],
        graphs: Sequence[ox.NamedNode | ox.DefaultGraph],
        change: Change,
    ) -> Case:
        context = set(self._classes)
        seen: set[object] = {triple.subject for triple in facts}
        edge = {triple.object for triple in facts}
        for depth in range(_DEEPEST):
            found: set[ox.Triple] = set()
            for value in edge - seen:
                if isinstance(value, ox.BlankNode) or (depth == 0 and isinstance(value, ox.NamedNode)):
                    found |= _facts(store, graphs, value, None, None)
            seen |= edge
            context |= found
            edge = {triple.object for triple in found}
            if not edge - seen:
                break
        for thing in {triple.subject for triple in facts}:
            for predicate in self._backwards:
                context |= _facts(store, graphs, None, predicate, thing)
        context |= _facts(store, graphs, None, iri("rdfs:subClassOf"), None)
        return Case(_written(facts, change), _written(context, change))

    def judge(self, cases: Iterable[Case]) -> shacl.Report | None:
        """Return the first report that has a violation; None where there is none."""
        for case in cases:
            report = shacl.check(_read(case.data), self.shapes, _read(case.context))
            if any(result.severity == "Violation" for result in report.results):
                return report
        return None

    def prepare(self) -> None:
        """Load what judging needs, so that processes forked from this one have it."""
        trial = ox.parse(_TRIAL, ox.RdfFormat.TURTLE)
        fault = ox.Triple(ox.NamedNode("x:a"), ox.NamedNode("x:p"), ox.Literal(1))
        shacl.check([fault], [*self.shapes, *(quad.triple for quad in trial)])
        _ = self._classes, self._targets, self._backwards


def _instances(
    store: ox.Store, classes: Iterable[ox.NamedNode], kinds: type | tuple[type, ...]
) -> set[Thing]:
    return {
        quad.subject  # type: ignore[misc]
        for each in classes
        for quad in store.quads_for_pattern(None, iri("rdf:type"), each, None)
        if isinstance(quad.subject, kinds)
    }


def _if_targeted(facts: set[ox.Triple], targets: Collection[ox.NamedNode]) -> set[ox.Triple]:
    kind = iri("rdf:type")
    return facts if any(fact.predicate == kind and fact.object in targets for fact in facts) else set()


def _facts(
    store: ox.Store,
    graphs: Sequence[ox.NamedNode | ox.DefaultGraph],
    subject: object,
    predicate: ox.NamedNode | None,
    value: object,
) -> set[ox.Triple]:
    return {
        quad.triple
        for graph in graphs
        for quad in store.quads_for_pattern(subject, predicate, value, graph)  # type: ignore[arg-type]
    }


def _written(triples: Iterable[ox.Triple], change: Change) -> bytes:
    """Return triples in N-Triples, as they were sent where the store keeps them in other words."""
    return (
        ox.serialize([change.sent.get(each, each) for each in triples], format=ox.RdfFormat.N_TRIPLES) or b""
    )


def _read(text: bytes) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, ox.RdfFormat.N_TRIPLES)]
