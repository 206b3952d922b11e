"""The pieces that a layered drawing is made of: in which order a layer holds them, and where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SWEEPS, _ALIGNMENTS = 12, 24
_STRAIGHT = 8.0
"""How much more the pieces of a long edge want to be in one line than nodes do."""


@dataclass(slots=True)
class Piece:
    """A node, or what stands for an edge in a layer that it passes."""

    key: str
    width: float
    height: float
    layer: int
    real: bool
    at: float = 0.0


Layers: TypeAlias = "list[list[Piece]]"


def ordered(pieces: Mapping[str, Piece], routes: Sequence[Sequence[Piece]]) -> Layers:
    """Return the layers in an order with few crossings."""
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for route in routes:
        for one, two in pairwise(route):
            above[two.key].append(one.key)
            below[one.key].append(two.key)
    layers: Layers = [[] for _ in range(1 + max((each.layer for each in pieces.values()), default=-1))]
    for piece in _by_depth(pieces, below, above):
        layers[piece.layer].append(piece)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        beside = above if down else below
        for number in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            place = {each.key: n for n, each in enumerate(layers[number - 1 if down else number + 1])}
            layers[number] = _by_median(layers[number], beside, place)
        _swap(layers, above, below)
        count = _crossings(layers, below)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    return best


def _by_depth(
    pieces: Mapping[str, Piece], below: Mapping[str, list[str]], above: Mapping[str, list[str]]
) -> Iterable[Piece]:
    """Yield the pieces in an order that keeps what hangs together together."""
    seen: set[str] = set()
    for root in pieces.values():
        waiting = [root.key] if not above.get(root.key) else []
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            yield pieces[key]
            waiting.extend(reversed(below.get(key, [])))


def _by_median(layer: list[Piece], beside: Mapping[str, list[str]], place: Mapping[str, int]) -> list[Piece]:
    """Return a layer ordered by the middle of each piece's neighbours; what has none keeps its place."""
    wanted: dict[str, float] = {}
    for number, piece in enumerate(layer):
        found = sorted(place[each] for each in beside.get(piece.key, ()))
        half = len(found) // 2
        wanted[piece.key] = (
            float(number)
            if not found
            else found[half]
            if len(found) % 2
            else (found[half - 1] + found[half]) / 2
        )
    return sorted(layer, key=lambda piece: wanted[piece.key])


def _swap(layers: Layers, above: Mapping[str, list[str]], below: Mapping[str, list[str]]) -> None:
    """Swap neighbours of a layer wherever that saves crossings."""
    for number, layer in enumerate(layers):
        sides = []
        if number:
            sides.append(({each.key: n for n, each in enumerate(layers[number - 1])}, above))
        if number + 1 < len(layers):
            sides.append(({each.key: n for n, each in enumerate(layers[number + 1])}, below))
        for left in range(len(layer) - 1):
            one, two = layer[left].key, layer[left + 1].key
            kept = turned = 0
            for place, beside in sides:
                ones = [place[each] for each in beside.get(one, ())]
                twos = [place[each] for each in beside.get(two, ())]
                kept += sum(a > b for a in ones for b in twos)
                turned += sum(a < b for a in ones for b in twos)
            if turned < kept:
                layer[left], layer[left + 1] = layer[left + 1], layer[left]


def _crossings(layers: Layers, below: Mapping[str, list[str]]) -> int:
    count = 0
    for layer, following in pairwise(layers):
        place = {each.key: n for n, each in enumerate(following)}
        ends = [
            place[each] for piece in layer for each in sorted(below.get(piece.key, ()), key=place.__getitem__)
        ]
        count += sum(a > b for n, a in enumerate(ends) for b in ends[n + 1 :])
    return count


def align(layers: Layers, routes: Sequence[Sequence[Piece]], gap: float) -> None:
    """Place the pieces of each layer near their neighbours, in order and at a distance."""
    above: dict[str, list[tuple[Piece, float]]] = defaultdict(list)
    below: dict[str, list[tuple[Piece, float]]] = defaultdict(list)
    for route in routes:
        for one, two in pairwise(route):
            weight = 1.0 if one.real and two.real else 2.0 if one.real or two.real else _STRAIGHT
            below[one.key].append((two, weight))
            above[two.key].append((one, weight))
    for layer in layers:
        _settle(layer, {}, gap)
    # Looking at one side at a time keeps what follows in single file in line; the last look is upward.
    for sweep in range(_ALIGNMENTS):
        up = sweep % 2 == 0
        beside = below if up else above
        for layer in reversed(layers) if up else layers:
            wanted = {}
            for piece in layer:
                near = beside[piece.key]
                total = sum(weight for _, weight in near)
                if total:
                    wanted[piece.key] = (sum(each.at * weight for each, weight in near) / total, total)
            _settle(layer, wanted, gap)


def _settle(layer: list[Piece], wanted: Mapping[str, tuple[float, float]], gap: float) -> None:
    """Give each piece the middle nearest to the wanted one: least squares, with the distances kept."""
    offset, before = 0.0, None
    offsets: list[float] = []
    for piece in layer:
        if before is not None:
            both = before.real or before.width, piece.real or piece.width
            offset += (before.width + piece.width) / 2 + (gap if all(both) else gap / 2)
        offsets.append(offset)
        before = piece
    blocks: list[list[float]] = []  # the mean, its weight, and how many pieces share it
    for piece, shift in zip(layer, offsets, strict=True):
        at, weight = wanted.get(piece.key, (piece.at, 0.1))
        blocks.append([at - shift, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, heavy, many = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * heavy) / (last[1] + heavy)
            last[1], last[2] = last[1] + heavy, last[2] + many
    means = [mean for mean, _, many in blocks for _ in range(int(many))]
    for piece, shift, mean in zip(layer, offsets, means, strict=True):
        piece.at = mean + shift
