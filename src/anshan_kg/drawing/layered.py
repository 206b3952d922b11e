"""
Layered drawing of a directed graph: what leads to what, from top to bottom or from left to right.

The steps are the usual ones, each kept simple and without chance: edges that close a circle are
turned; each node gets the layer after its last predecessor; long edges and edges with a label are
cut into pieces that each cross one gap, so that nothing is drawn over anything; the order within
layers is found by sweeps of medians and swaps; and the places within a layer are the ones nearest
to the neighbours that keep the distances.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from anshan_kg.drawing._pieces import Layers, Piece, align, ordered
from anshan_kg.drawing.svg import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_PORTS = 0.6
"""The share of a node's side along which edges arrive and leave."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something to be placed, of a size that its text fits."""

    key: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Edge:
    """What leads from one node to another, with the size of its label, if it has one, and how thick it is."""

    start: str
    end: str
    label_width: float = 0.0
    label_height: float = 0.0
    thickness: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """Where something is: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """
    How an edge runs.

    Attributes:
        edge: It.
        points: Where it begins, passes and ends, two for each layer that it passes.
        label: Where its label goes; None where it has none.
        turned: Whether it leads backward, because it closes a circle.
    """

    edge: Edge
    points: tuple[tuple[float, float], ...]
    label: Box | None
    turned: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A graph with everything at its place; the upper left corner is 0, 0."""

    width: float
    height: float
    nodes: dict[str, Box]
    lines: tuple[Line, ...]
    layers: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class _Route:
    edge: Edge
    turned: bool
    pieces: list[Piece]
    label: Piece | None = None


def layout(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    *,
    gap: float = 18.0,
    step: float = 34.0,
    across: bool = False,
) -> Layout:
    """
    Return a graph with everything at its place.

    Args:
        nodes: What to place; where nothing else decides, it is placed in this order.
        edges: What leads from where to where; both ends have to be nodes, and other than each other.
        gap: The least distance of two nodes of a layer.
        step: The distance of two layers.
        across: Whether layers follow each other from left to right and not from top to bottom.

    Raises:
        ValueError: an edge begins or ends at no node, or where it begins.
    """
    if across:
        turned = layout(
            [Node(each.key, each.height, each.width) for each in nodes],
            [
                Edge(each.start, each.end, each.label_height, each.label_width, each.thickness)
                for each in edges
            ],
            gap=gap, step=step,
        )  # fmt: skip
        return _mirrored(turned, edges)
    keys = {each.key for each in nodes}
    for edge in edges:
        if not {edge.start, edge.end} <= keys or edge.start == edge.end:
            raise ValueError(f"an edge from {edge.start!r} to {edge.end!r} cannot be drawn")
    forward = _forward(nodes, edges)
    rank = _ranks(nodes, forward)
    pieces = {each.key: Piece(each.key, each.width, each.height, rank[each.key], real=True) for each in nodes}
    routes = [_route(count, edge, back, pieces) for count, (edge, back) in enumerate(forward)]
    layers = ordered(pieces, [route.pieces for route in routes])
    align(layers, [route.pieces for route in routes], gap)
    return _result(layers, routes, step)


def _forward(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[tuple[Edge, bool]]:
    """Return edges with whether they have to be turned for no circle to be left."""
    outgoing: dict[str, list[Edge]] = defaultdict(list)
    entered = {edge.end for edge in edges}
    for edge in edges:
        outgoing[edge.start].append(edge)
    done: set[str] = set()
    back: set[Edge] = set()
    for root in sorted(nodes, key=lambda each: each.key in entered):
        path: dict[str, list[Edge]] = {}
        if root.key not in done:
            path[root.key] = list(outgoing[root.key])
        while path:
            here = next(reversed(path))
            if not path[here]:
                done.add(here)
                del path[here]
                continue
            edge = path[here].pop(0)
            if edge.end in path:
                back.add(edge)
            elif edge.end not in done:
                path[edge.end] = list(outgoing[edge.end])
    return [(edge, edge in back) for edge in edges]


def _ranks(nodes: Sequence[Node], forward: Sequence[tuple[Edge, bool]]) -> dict[str, int]:
    """Return node -> layer: as early as possible, but what only begins something right before it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(each.key for each in nodes)
    for edge, back in forward:
        ends = (edge.end, edge.start) if back else (edge.start, edge.end)
        length = 2 if edge.label_height else 1
        known = graph.get_edge_data(*ends, default={"length": 0})["length"]
        graph.add_edge(*ends, length=max(length, known))
    rank: dict[str, int] = {}
    for key in nx.topological_sort(graph):
        rank[key] = max((rank[b] + graph[b][key]["length"] for b in graph.predecessors(key)), default=0)
    for key in reversed(list(nx.topological_sort(graph))):
        if not graph.pred[key] and graph.succ[key]:
            rank[key] = min(rank[after] - graph[key][after]["length"] for after in graph.successors(key))
    return rank


def _route(number: int, edge: Edge, back: bool, pieces: dict[str, Piece]) -> _Route:
    first, last = (edge.end, edge.start) if back else (edge.start, edge.end)
    begin, end = pieces[first], pieces[last]
    route = _Route(edge, back, [begin])
    between = range(begin.layer + 1, end.layer)
    for layer in between:
        piece = Piece(f"\0{number}\0{layer}", edge.thickness, 0.0, layer, real=False)
        if edge.label_height and layer == (between[-1] if back else between[0]):
            piece.width = max(edge.label_width, edge.thickness)
            piece.height, route.label = edge.label_height, piece
        pieces[piece.key] = piece
        route.pieces.append(piece)
    route.pieces.append(end)
    return route


def _result(layers: Layers, routes: Sequence[_Route], step: float) -> Layout:
    left = min((piece.at - piece.width / 2 for layer in layers for piece in layer), default=0.0)
    tops, y = [], 0.0
    for layer in layers:
        tops.append(y)
        y += max((piece.height for piece in layer), default=0.0) + step
    heights = [max((piece.height for piece in layer), default=0.0) for layer in layers]

    def box(piece: Piece) -> Box:
        top = tops[piece.layer] + (heights[piece.layer] - piece.height) / 2
        return Box(piece.at - piece.width / 2 - left, top, piece.width, piece.height)

    boxes = {piece.key: box(piece) for layer in layers for piece in layer}
    ports = _ports(routes, boxes)
    lines = []
    for route in routes:
        # up to the rim of its layer an edge runs straight, so that it cuts no taller neighbour
        begin, end = (ports[route.edge, top] for top in (True, False))
        first, last = route.pieces[0], route.pieces[-1]
        points = [(begin, _bottom(boxes[first.key])), (begin, tops[first.layer] + heights[first.layer])]
        for piece in route.pieces[1:-1]:
            x = boxes[piece.key].middle[0]
            points += [(x, tops[piece.layer]), (x, tops[piece.layer] + heights[piece.layer])]
        points += [(end, tops[last.layer]), (end, boxes[last.key].y)]
        label = boxes[route.label.key] if route.label else None
        lines.append(
            Line(route.edge, tuple(reversed(points) if route.turned else points), label, route.turned)
        )
    right = max((each.x + each.width for each in boxes.values()), default=0.0)
    real = {piece.key: boxes[piece.key] for layer in layers for piece in layer if piece.real}
    return Layout(
        right, max(y - step, 0.0), real, tuple(lines),
        tuple(tuple(piece.key for piece in layer if piece.real) for layer in layers),
    )  # fmt: skip


def _bottom(box: Box) -> float:
    return box.y + box.height


def _ports(routes: Sequence[_Route], boxes: Mapping[str, Box]) -> dict[tuple[Edge, bool], float]:
    """Return (edge, whether at its upper end) -> where on the side of the node it is fixed."""
    ends: dict[tuple[str, bool], list[tuple[float, int]]] = defaultdict(list)
    for count, route in enumerate(routes):
        first, second, *_ = route.pieces
        ends[first.key, True].append((boxes[second.key].middle[0], count))
        ends[route.pieces[-1].key, False].append((boxes[route.pieces[-2].key].middle[0], count))
    found: dict[tuple[Edge, bool], float] = {}
    for (key, top), several in ends.items():
        box, many = boxes[key], len(several)
        for place, (across, count) in enumerate(sorted(several)):
            share = (place + 1) / (many + 1) - 0.5
            even = box.middle[0] + share * box.width * _PORTS
            reach = box.width * _PORTS / 2
            # the only edge of a side is fixed where it runs straight, if the side reaches so far
            straight = many == 1 and abs(across - box.middle[0]) <= reach
            found[routes[count].edge, top] = across if straight else even
    return found


def _mirrored(made: Layout, edges: Sequence[Edge]) -> Layout:
    """Return a layout with its two directions exchanged."""
    turn: Callable[[Box], Box] = lambda box: Box(box.y, box.x, box.height, box.width)  # noqa: E731
    lines = tuple(
        Line(
            edge, tuple((y, x) for x, y in line.points), turn(line.label) if line.label else None, line.turned
        )
        for edge, line in zip(edges, made.lines, strict=True)
    )
    return Layout(
        made.height, made.width, {k: turn(box) for k, box in made.nodes.items()}, lines, made.layers
    )


def path(points: Sequence[tuple[float, float]], *, across: bool = False) -> str:
    """Return the `d` of a line through points, with curves where it changes from one layer to the next."""
    (x, y), *others = points
    parts = [f"M{number(x)},{number(y)}"]
    for a, b in others:
        if (a == x and not across) or (b == y and across):
            parts.append(f"L{number(a)},{number(b)}")
        elif across:
            half = number((x + a) / 2)
            parts.append(f"C{half},{number(y)} {half},{number(b)} {number(a)},{number(b)}")
        else:
            half = number((y + b) / 2)
            parts.append(f"C{number(x)},{half} {number(a)},{half} {number(a)},{number(b)}")
        x, y = a, b
    return "".join(parts)
