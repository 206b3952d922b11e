"""Small signs that tell kinds apart by shape, and where text beside them finds room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing.svg import element, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from markupsafe import Markup

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def circle(x: float, y: float, size: float, class_: str) -> Markup:
    """Return a circle."""
    return element("circle", cx=x, cy=y, r=size / 2, class_=class_)


def ring(x: float, y: float, size: float, class_: str) -> Markup:
    """Return a circle with a dot in it."""
    return element("g", circle(x, y, size, "outer"), circle(x, y, size * 0.35, "inner"), class_=class_)


def square(x: float, y: float, size: float, class_: str) -> Markup:
    """Return a square."""
    half = size * 0.44
    return element("rect", x=x - half, y=y - half, width=2 * half, height=2 * half, class_=class_)


def diamond(x: float, y: float, size: float, class_: str) -> Markup:
    """Return a square that stands on its corner."""
    return _closed([(x, y - size / 2), (x + size / 2, y), (x, y + size / 2), (x - size / 2, y)], class_)


def triangle(x: float, y: float, size: float, class_: str) -> Markup:
    """Return a triangle that points upward."""
    half = size * 0.54
    return _closed([(x, y - half), (x + half, y + half * 0.75), (x - half, y + half * 0.75)], class_)


def tick(x: float, y: float, size: float, class_: str) -> Markup:
    """Return a check mark."""
    half = size / 2
    return _open([(x - half, y), (x - half * 0.2, y + half * 0.7), (x + half, y - half * 0.7)], class_)


def cross(x: float, y: float, size: float, class_: str) -> Markup:
    """Return two crossed strokes."""
    half = size * 0.4
    path = (
        f"M{number(x - half)} {number(y - half)}L{number(x + half)} {number(y + half)}"
        f"M{number(x + half)} {number(y - half)}L{number(x - half)} {number(y + half)}"
    )
    return element("path", d=path, class_=class_)


SHAPES: dict[str, Callable[[float, float, float, str], Markup]] = {
    "circle": circle, "ring": ring, "square": square, "diamond": diamond, "triangle": triangle,
    "tick": tick, "cross": cross,
}  # fmt: skip
"""The signs by name."""


def _closed(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    text = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{text}Z", class_=class_)


def _open(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    text = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{text}", class_=class_)


@dataclass(frozen=True, slots=True)
class Spot:
    """
    Where a label stands beside its mark.

    Attributes:
        x, y: Where its text begins, or ends, and its base line.
        anchor: start, middle or end, as in SVG.
        box: What it covers.
        far: Whether it stands so far from the mark that a line has to lead to it.
    """

    x: float
    y: float
    anchor: str
    box: Box
    far: bool


_DISTANCES = (10.0, 20.0, 34.0, 52.0, 74.0)
_FAR = 14.0
_SAMPLES, _OWN = 8, 11.0
"""Points of a line that are looked at, and how near to its mark it may run over what is there."""
_ANGLES = (0, 180, 315, 45, 225, 135, 270, 90)
"""Degrees clockwise from the right, the best place for a label first."""


def spot(
    at: tuple[float, float], width: float, height: float, taken: Iterable[Box], within: Box
) -> Spot | None:
    """
    Return where a label finds room near a point, the nearest place first; None where there is none.

    Args:
        at: The point.
        width, height: Size of the label.
        taken: What it may not cover.
        within: What it has to lie in.
    """
    others = list(taken)
    for away in _DISTANCES:
        for angle in _ANGLES:
            found = _beside(at, width, height, away, angle)
            if not _inside(found.box, within) or any(overlap(found.box, other) for other in others):
                continue
            if not found.far or not _crosses(at, found.box, others):
                return found
    return None


def _beside(at: tuple[float, float], width: float, height: float, away: float, angle: int) -> Spot:
    across, down = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, middle = at[0] + away * across, at[1] + away * down
    if abs(across) < 0.1:  # noqa: PLR2004 - straight above or below
        anchor, left = "middle", x - width / 2
        middle += math.copysign(height / 2 - 2, down)
    elif across > 0:
        anchor, left = "start", x
    else:
        anchor, left = "end", x - width
    box = (left, middle - height / 2, left + width, middle + height / 2)
    return Spot(x, middle + height * 0.32, anchor, box, away > _FAR)


def toward(at: tuple[float, float], box: Box) -> tuple[float, float]:
    """Return the point of a label that is nearest to its mark."""
    return min(max(at[0], box[0]), box[2]), min(max(at[1], box[1]), box[3])


def _crosses(at: tuple[float, float], box: Box, others: Iterable[Box]) -> bool:
    """Whether the line that leads from a mark to its label would run over something else."""
    (x, y), (end_x, end_y) = at, toward(at, box)
    steps = [(x + (end_x - x) * i / _SAMPLES, y + (end_y - y) * i / _SAMPLES) for i in range(1, _SAMPLES + 1)]
    beyond = [each for each in steps if math.dist(at, each) > _OWN]
    return any(
        left <= a <= right and top <= b <= bottom for left, top, right, bottom in others for a, b in beyond
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(box: Box, frame: Box) -> bool:
    return frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3]
