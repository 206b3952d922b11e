"""A small line of numbers over years, with the promised ones as marks of another shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from anshan_kg.drawing.svg import element, picture, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_WIDTH, _HEIGHT, _SIZE = 320.0, 120.0, 12.0
_TOP, _BOTTOM, _SIDE = 22.0, 24.0, 14.0


@dataclass(frozen=True, slots=True)
class Point:
    """
    A number for a year.

    Attributes:
        year, value: Where it is.
        text: The number as it is written.
        told: Who says it and how it is meant, in words; shown when one points at it.
        promised: Whether it is a target or a forecast, which no line connects.
    """

    year: int
    value: float
    text: str
    told: str
    promised: bool = False


def trend(points: Sequence[Point], title: str, description: str) -> Markup:
    """
    Return the picture of at least two points of one quantity.

    Numbers of the same year stand above each other, and no line runs through such a year: which of
    them holds is not for a picture to say.
    """
    years = [point.year for point in points]
    values = [point.value for point in points]
    first, last = min(years), max(years)
    lowest, highest = min(0.0, *values), max(values)

    def place(point: Point) -> tuple[float, float]:
        across = (point.year - first) / ((last - first) or 1)
        up = (point.value - lowest) / ((highest - lowest) or 1)
        x = _SIDE + across * (_WIDTH - 2 * _SIDE)
        return x, _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    told = sorted((point for point in points if not point.promised), key=lambda point: point.year)
    pairs = [
        (one, other)
        for one, other in pairwise(told)
        if years.count(one.year) == 1 and years.count(other.year) == 1
    ]
    base = _HEIGHT - _BOTTOM
    named = {max(points, key=lambda point: (point.value, point.year)), points[-1], points[0]}
    return picture(
        _WIDTH, _HEIGHT, title, description,
        element("line", class_="axis", x1=_SIDE / 2, x2=_WIDTH - _SIDE / 2, y1=base, y2=base),
        [element("line", class_="run", **_ends(place(one), place(other))) for one, other in pairs],
        [_mark(point, place(point), named=point in named) for point in points],
        [
            element("text", str(year), class_="tick", font_size=_SIZE, text_anchor=anchor, y=_HEIGHT - 6, x=x)
            for year, anchor, x in _ticks(first, last)
        ],
        class_="picture trend",
    )  # fmt: skip


def _ticks(first: int, last: int) -> list[tuple[int, str, float]]:
    ticks = [(first, "start", _SIDE / 2)]
    return ticks if last == first else [*ticks, (last, "end", _WIDTH - _SIDE / 2)]


def _ends(one: tuple[float, float], other: tuple[float, float]) -> dict[str, float]:
    return {"x1": one[0], "y1": one[1], "x2": other[0], "y2": other[1]}


def _mark(point: Point, at: tuple[float, float], *, named: bool) -> Markup:
    x, y = at
    shape = (
        element("path", class_="promised", d=f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z")
        if point.promised
        else element("circle", class_="told", cx=x, cy=y, r=4)
    )
    wide = text_width(point.text, _SIZE)
    middle = min(max(x, wide / 2 + 2), _WIDTH - wide / 2 - 2)
    label = element(
        "text", point.text, class_="value", font_size=_SIZE, text_anchor="middle", x=middle, y=y - 9
    )
    return element(
        "g", element("title", f"{point.year}: {point.text}. {point.told}"), shape, label if named else None
    )
