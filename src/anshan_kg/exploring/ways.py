"""Ways from one thing to another over relations that may be followed either way."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

import networkx as nx

from anshan_kg.exploring.values import OUT, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from anshan_kg.exploring.values import Link, Node

_LOOKED_AT = 40
"""Ways that are found before the best of them are chosen; each costs a search."""
_DETOUR = 2
"""Relations that a way may have more than the shortest one."""


class Ways:
    """
    Finds ways.

    Args:
        links: Thing -> its relations.
    """

    def __init__(self, links: Mapping[str, Sequence[Link]]) -> None:
        self._links = links
        self._whole = self._graph(frozenset())

    def between(self, start: str, end: str, limit: int, without: frozenset[str]) -> list[list[str]]:
        """Return the things that each of the best ways passes; none where there is no way."""
        graph = self._graph(without) if without else self._whole
        if start not in graph or end not in graph or start == end:
            return []
        try:
            found = list(islice(self._near_shortest(graph, start, end), _LOOKED_AT))
        except nx.NetworkXNoPath:
            return []
        return sorted(found, key=lambda way: (len(way), self._crowd(way), way))[:limit]

    def _graph(self, without: frozenset[str]) -> nx.Graph[str]:
        graph: nx.Graph[str] = nx.Graph()
        graph.add_edges_from(
            (iri, link.other)
            for iri, links in self._links.items()
            for link in links
            if link.direction == OUT and link.relation not in without
        )
        return graph

    def _near_shortest(self, graph: nx.Graph[str], start: str, end: str) -> Iterator[list[str]]:
        shortest = 0
        for way in nx.shortest_simple_paths(graph, start, end):
            shortest = shortest or len(way)
            if len(way) > shortest + _DETOUR:
                return
            yield way

    def _crowd(self, way: Sequence[str]) -> int:
        """Return how many relations the things on the way have: a city of all is a poor reason."""
        return sum(len(self._links[each]) for each in way[1:-1])


def way(
    things: Sequence[str],
    links: Mapping[str, Sequence[Link]],
    node: Callable[[str], Node],
    without: frozenset[str],
) -> Way:
    """Return a way with the relations between each of its things and the next."""
    legs = tuple(
        tuple(link.edge for link in links[here] if link.other == there and link.relation not in without)
        for here, there in pairwise(things)
    )
    return Way(tuple(node(each) for each in things), legs)
