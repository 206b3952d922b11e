"""What is beside what: the graph of things, ready to be looked at from any of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from anshan_kg.exploring import overview, ways
from anshan_kg.exploring.values import IN, OUT, Edge, Group, Link, Node, Picture, Taken
from anshan_kg.model import Labels
from anshan_kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import networkx as nx

    from anshan_kg.exploring.values import Step, Way, Wish

MOST_NODES = 3000
"""Things of one picture; more cannot be read, and hardly be drawn."""

_NEAR_EACH, _NEAR_ALL = 40, 150
"""Things that a hop adds to each thing, and all hops together."""

_WORD = "skos:Concept"
"""The class of what is a word of a list and nothing else."""


class Explorer:
    """
    The things of a network and the relations between them.

    Everything it returns is a function of the network and of what is asked, in an order of its own,
    so that an address shows the same picture again.

    Args:
        network: What `network.build` returns.
        types: Class, as a short name -> its name.
        known: IRI -> class and name, for things that no relation joins to others.
    """

    def __init__(
        self,
        network: nx.MultiDiGraph[str],
        types: Mapping[str, Labels],
        known: Callable[[str], tuple[str, Labels]],
    ) -> None:
        self._known = known
        self._type = {iri: data["type"] for iri, data in network.nodes(data=True)}
        self._labels = {
            iri: Labels(data["label_en"], data["label_zh"]) for iri, data in network.nodes(data=True)
        }
        self._relations: dict[str, Labels] = {}
        self._links: dict[str, list[Link]] = defaultdict(list)
        for source, relation, target, edge in self._edges(network):
            self._links[source].append(Link(relation, OUT, target, edge))
            self._links[target].append(Link(relation, IN, source, edge))
        self._degree = {iri: len(links) for iri, links in self._links.items()}
        for links in self._links.values():  # most connected first: these lead on
            links.sort(key=lambda link: (-self._degree[link.other], link.other, link.edge.id))
        self._types = {name: types.get(name, Labels(name, name)) for name in self._type.values()}
        self._ways = ways.Ways(self._links)
        self.overview = overview.chosen(self._links, self._type)
        """IRIs of the things that a picture begins with where nobody says with which."""

    def _edges(self, network: nx.MultiDiGraph[str]) -> Iterator[tuple[str, str, str, Edge]]:
        """Yield each relation between two things once, with what its claims have in common."""
        said: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
        for source, target, data in network.edges(data=True):
            if _WORD not in {self._type[source], self._type[target]} and source != target:
                said[source, data["relation"], target].append(data)
                self._relations[data["relation"]] = Labels(data["relation_en"], data["relation_zh"])
        for (source, relation, target), claims in said.items():
            ends, nodes = (curie(source), curie(target)), {each["claim"] for each in claims}
            yield source, relation, target, Edge(
                " ".join((ends[0], relation, ends[1])), ends[0], relation, ends[1],
                _kind(claims), len(nodes),
                low=all(each["confidence"] == "low" for each in claims),
                disputed=any(each["disputed"] for each in claims),
            )  # fmt: skip

    def __len__(self) -> int:
        """Return how many things there are."""
        return len(self._links)

    @property
    def relations(self) -> Mapping[str, Labels]:
        """Return the relations that are edges, as short names, and their names."""
        return self._relations

    def node(self, iri: str, step: int = 0, parent: str = "") -> Node:
        """Return a thing, with counts of its neighbours."""
        kind, labels = (self._type[iri], self._labels[iri]) if iri in self._type else self._known(iri)
        return Node(
            curie(iri), iri, kind, labels, self._degree.get(iri, 0), self.groups(iri), step,
            curie(parent) if parent else "",
        )  # fmt: skip

    def groups(self, iri: str) -> tuple[Group, ...]:
        """Return how many neighbours a thing has by relation, direction and class, most first."""
        counted = Counter(
            (link.relation, link.direction, self._type[link.other]) for link in self._links.get(iri, ())
        )
        ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        return tuple(Group(*group, count) for group, count in ordered)

    def links(self, iri: str) -> tuple[tuple[Edge, Node], ...]:
        """Return the relations of a thing with what is at their other ends, most connected first."""
        return tuple((link.edge, self.node(link.other)) for link in self._links.get(iri, ()))

    def picture(self, wish: Wish, known: int = -1) -> Picture:
        """
        Return what a wish is to show.

        Args:
            wish: What is to be shown.
            known: Leave out what the steps up to this one brought; -1 leaves out nothing.
        """
        shown: dict[str, tuple[int, str]] = {}
        taken = [self._begin(wish, shown)]
        taken += [self._take(step, number, shown) for number, step in enumerate(wish.steps, start=1)]
        for each in wish.drop:
            shown.pop(each, None)
        hidden = set(wish.hide)
        nodes = {
            iri: self.node(iri, *how)
            for iri, how in shown.items()
            if iri not in self._type or self._type[iri] not in hidden
        }
        edges = [
            link.edge
            for iri in nodes
            for link in self._links.get(iri, ())
            if link.direction == OUT
            and link.other in nodes
            and link.relation not in hidden
            and max(shown[iri][0], shown[link.other][0]) > known
        ]
        if hidden:  # what was only joined by what is hidden is of no use any more
            joined = {end for edge in edges for end in (edge.source, edge.target)}
            kept = {*wish.things, *(step.thing for step in wish.steps)}
            nodes = {iri: node for iri, node in nodes.items() if node.id in joined or iri in kept}
        fresh = tuple(node for node in nodes.values() if node.step > known)
        return Picture(fresh, tuple(edges), tuple(taken), *self._words(fresh, edges), total=len(self))

    def ways(self, start: str, end: str, limit: int, without: Iterable[str] = ()) -> tuple[Way, ...]:
        """
        Return the shortest ways from one thing to another, whichever way relations point.

        Of ways of one length, those come first that pass things with few relations: they say more.

        Args:
            start, end: IRIs.
            limit: How many ways at most.
            without: Relations, as short names, that are not to be followed.
        """
        return tuple(
            ways.way(found, self._links, self.node, frozenset(without))
            for found in self._ways.between(start, end, limit, frozenset(without))
        )

    def words(
        self, nodes: Iterable[Node], edges: Iterable[Edge]
    ) -> tuple[dict[str, Labels], dict[str, Labels]]:
        """Return the names of the relations and of the classes of nodes, their groups, and edges."""
        return self._words(nodes, edges)

    def _words(
        self, nodes: Iterable[Node], edges: Iterable[Edge]
    ) -> tuple[dict[str, Labels], dict[str, Labels]]:
        nodes = tuple(nodes)
        groups = {group for node in nodes for group in node.groups}
        relations = sorted({group.relation for group in groups} | {edge.relation for edge in edges})
        types = sorted({group.type for group in groups} | {node.type for node in nodes})
        return (
            {name: self._relations[name] for name in relations},
            {name: self._types.get(name, Labels(name, name)) for name in types},
        )

    def _begin(self, wish: Wish, shown: dict[str, tuple[int, str]]) -> Taken:
        """Show what a picture begins with."""
        if wish.whole:
            most = sorted(self._links, key=lambda iri: (-self._degree[iri], iri))
            shown |= dict.fromkeys(most[:MOST_NODES], (0, ""))
            return Taken("", len(shown), len(most) - len(shown))
        shown |= dict.fromkeys(wish.things or self.overview, (0, ""))
        edge, left = list(shown), 0
        for _ in range(wish.hops):
            reached: list[str] = []
            for iri in edge:
                beside = self._beside(iri, wish.via)
                fresh = [other for other in beside if other not in shown]
                room = min(_NEAR_EACH, _NEAR_ALL - len(shown))
                shown |= dict.fromkeys(fresh[: max(room, 0)], (0, iri))
                reached += fresh[: max(room, 0)]
                left += len(fresh) - len(fresh[: max(room, 0)])
            edge = reached
        return Taken("", len(shown), left)

    def _take(self, step: Step, number: int, shown: dict[str, tuple[int, str]]) -> Taken:
        """Show what a step brings."""
        before = len(shown)
        shown.setdefault(step.thing, (number, ""))
        if not step.expands:
            return Taken(curie(step.thing), len(shown) - before, 0)
        relations = (step.relation,) if step.relation else ()
        fresh = [
            other
            for other in self._beside(step.thing, relations, step.direction, step.type)
            if other not in shown
        ]
        room = max(min(step.limit, MOST_NODES - len(shown)), 0)
        shown |= dict.fromkeys(fresh[:room], (number, step.thing))
        return Taken(curie(step.thing), len(shown) - before, len(fresh) - len(fresh[:room]))

    def _beside(
        self, iri: str, relations: tuple[str, ...] = (), direction: str = "", kind: str = ""
    ) -> list[str]:
        """Return the neighbours of a thing, each once, most connected first."""
        return list(
            dict.fromkeys(
                link.other
                for link in self._links.get(iri, ())
                if (not relations or link.relation in relations)
                and direction in {"", link.direction}
                and kind in {"", self._type[link.other]}
            )
        )


def _kind(claims: list[dict[str, str]]) -> str:
    kinds = {"inferred" if each["inferred"] else each["modality"] for each in claims}
    return next(iter(kinds)) if len(kinds) == 1 and kinds <= {"inferred", "editorial"} else "stated"
