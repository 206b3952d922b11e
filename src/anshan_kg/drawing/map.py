"""A map of one region: marks on a graticule, with a scale bar, and labels that cover nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing import marks
from anshan_kg.drawing.projection import fit
from anshan_kg.drawing.svg import element, number, picture, text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from anshan_kg.drawing.marks import Box
    from anshan_kg.drawing.projection import Frame

SHAPES = {"mine": "triangle", "plant": "square", "division": "circle", "city": "ring"}
"""Kind of thing -> the shape of its mark."""

MARK = 13.0
"""Size of a mark."""

_TYPE, _BOLD = 12.5, 13.6
"""Sizes of type; bold letters are as wide as plain ones of a larger size."""
_MARGIN_LEFT, _MARGIN_RIGHT, _MARGIN_TOP, _MARGIN_BOTTOM = 58.0, 10.0, 10.0, 26.0
_PADDING = 64.0
_CLOSE = 10.0
"""Marks whose middles are nearer than this are drawn as one, with their number."""


@dataclass(frozen=True, slots=True)
class Point:
    """
    One thing on the map.

    Attributes:
        kind: One of `SHAPES`.
        latitude, longitude: Where it lies, in degrees.
        name: What stands beside its mark.
        told: All that is to be told of it, for who hovers over the mark or hears it.
        href: Where its mark leads.
        approximate: Whether its source calls the position approximate.
    """

    kind: str
    latitude: float
    longitude: float
    name: str
    told: str
    href: str
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """
    What stands in the picture.

    Attributes:
        title, description: For who cannot see it.
        several: Name of a mark that stands for more than one thing, with `{}` for how many.
        kilometres: Unit of the scale bar.
        north: What stands at the arrow.
    """

    title: str
    description: str
    several: str
    kilometres: str
    north: str


def draw(points: Sequence[Point], words: Words, width: float = 940) -> Markup:
    """
    Return a map of points.

    Args:
        points: What is shown; those that come first get the best places for their labels.
        words: What stands in it.
        width: Its width.
    """
    inner = width - _MARGIN_LEFT - _MARGIN_RIGHT
    frame = fit(
        [(each.latitude, each.longitude) for each in points],
        inner, left=_MARGIN_LEFT, top=_MARGIN_TOP, padding=_PADDING,
    )  # fmt: skip
    groups = gathered(points, frame)
    return picture(
        width,
        frame.height + _MARGIN_TOP + _MARGIN_BOTTOM,
        words.title,
        words.description,
        element(
            "rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height, class_="map-ground"
        ),
        list(_graticule(frame)),
        list(_marks(groups, frame, words)),
        _scale_bar(frame, words.kilometres),
        _north(frame, words.north),
        class_="picture map",
    )


def gathered(points: Sequence[Point], frame: Frame) -> list[tuple[float, float, list[Point]]]:
    """Return where marks are drawn, and which points each stands for: one, unless they lie too close."""
    groups: list[tuple[float, float, list[Point]]] = []
    for each in points:
        x, y = frame.point(each.latitude, each.longitude)
        near = next((group for group in groups if math.dist((x, y), group[:2]) < _CLOSE), None)
        if near:
            near[2].append(each)
        else:
            groups.append((x, y, [each]))
    return groups


def _marks(groups: list[tuple[float, float, list[Point]]], frame: Frame, words: Words) -> Iterator[Markup]:
    half = MARK / 2 + 1
    taken: list[Box] = [(x - half, y - half, x + half, y + half) for x, y, _ in groups]
    taken += _furniture(frame)
    within = (frame.left + 2, frame.top + 2, frame.left + frame.width - 2, frame.top + frame.height - 2)
    for x, y, members in groups:
        first = members[0]
        name = first.name if len(members) == 1 else words.several.format(len(members))
        size = text_width(name, _BOLD), _TYPE * 1.2
        place = marks.spot((x, y), *size, taken, within)
        parts = [element("title", "\n".join(each.told for each in members)), _sign(x, y, members)]
        if place:
            taken.append(place.box)
            if place.far:
                parts.insert(1, _leader(x, y, place.box))
            parts.append(
                element("text", name, x=place.x, y=place.y, text_anchor=place.anchor, class_="map-name")
            )
        yield element("a", parts, href=first.href, class_=f"map-point map-{first.kind}")


def _sign(x: float, y: float, members: list[Point]) -> Markup:
    """Return the mark of one thing, or the number of several."""
    if len(members) > 1:
        return element(
            "g",
            marks.circle(x, y, MARK * 1.5, "map-several"),
            element("text", str(len(members)), x=x, y=y + 4, text_anchor="middle", class_="map-count"),
        )
    shape = marks.SHAPES[SHAPES[members[0].kind]]
    return shape(x, y, MARK, "map-sign map-rough" if members[0].approximate else "map-sign")


def _leader(x: float, y: float, box: Box) -> Markup:
    """Return a line from a mark to the nearest point of its label."""
    end = marks.toward((x, y), box)
    return element("line", x1=x, y1=y, x2=end[0], y2=end[1], class_="map-leader")


def _graticule(frame: Frame) -> Iterator[Markup]:
    """Yield meridians and parallels with their degrees at the left and lower edge."""
    right, bottom = frame.left + frame.width, frame.top + frame.height
    corners = [frame.position(x, y) for x in (frame.left, right) for y in (frame.top, bottom)]
    south, north = min(latitude for latitude, _ in corners), max(latitude for latitude, _ in corners)
    west, east = min(longitude for _, longitude in corners), max(longitude for _, longitude in corners)
    step = next((each for each in _STEPS if (east - west) / each <= _MOST_LINES), _STEPS[-1])
    for latitude in _multiples(south, north, step):
        line = [frame.point(latitude, longitude) for longitude in _samples(west, east)]
        if frame.holds(frame.left, line[0][1]):
            yield _line(line, frame)
            yield _degrees(f"{latitude:g}°N", frame.left - 6, line[0][1] + 4, "end")
    for longitude in _multiples(west, east, step):
        line = [frame.point(latitude, longitude) for latitude in _samples(south, north)]
        if frame.holds(line[0][0], frame.top):
            yield _line(line, frame)
            yield _degrees(f"{longitude:g}°E", line[0][0], bottom + 16, "middle")


def _samples(low: float, high: float) -> list[float]:
    """Return numbers from low to high, close enough for a curve."""
    return [low + (high - low) * each / 20 for each in range(21)]


_STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_MOST_LINES = 8


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(each * step, 6) for each in range(first, last + 1)]


def _line(points: list[tuple[float, float]], frame: Frame) -> Markup:
    """Return a line, with what lies beyond the frame drawn in to its edge."""
    kept = [
        (min(max(x, frame.left), frame.left + frame.width), min(max(y, frame.top), frame.top + frame.height))
        for x, y in points
    ]
    return element(
        "polyline", points=" ".join(f"{number(x)},{number(y)}" for x, y in kept), class_="map-graticule"
    )


def _degrees(text: str, x: float, y: float, anchor: str) -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_="map-degrees")


def bar(scale: float) -> tuple[int, float]:
    """Return how many kilometres a scale bar shows, and its length, at units of the picture for a metre."""
    longest = 160.0
    chosen = max((each for each in _LENGTHS if each * 1000 * scale <= longest), default=_LENGTHS[0])
    return chosen, chosen * 1000 * scale


_LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def _furniture(frame: Frame) -> list[Box]:
    """Return the room of scale bar and arrow, which labels may not cover."""
    right, bottom = frame.left + frame.width, frame.top + frame.height
    return [
        (frame.left, bottom - 40, frame.left + bar(frame.scale)[1] + 70, bottom),
        (right - 46, frame.top, right, frame.top + 52),
    ]


def _scale_bar(frame: Frame, unit: str) -> Markup:
    kilometres, length = bar(frame.scale)
    x, y = frame.left + 14, frame.top + frame.height - 14
    half, shown = length / 2, f"{kilometres} {unit}"
    return element(
        "g",
        element("rect", x=x, y=y - 5, width=length, height=5, class_="map-bar"),
        element("rect", x=x, y=y - 5, width=half, height=5, class_="map-bar map-bar-full"),
        element("text", "0", x=x, y=y - 9, text_anchor="middle", class_="map-degrees"),
        element("text", shown, x=x + length, y=y - 9, text_anchor="middle", class_="map-degrees"),
        class_="map-scale",
    )  # fmt: skip


def _north(frame: Frame, word: str) -> Markup:
    x, y = frame.left + frame.width - 24, frame.top + 14
    return element(
        "g",
        element("path", d=f"M{number(x)} {number(y)}l7 22l-7 -6l-7 6Z", class_="map-arrow"),
        element("text", word, x=x, y=y + 36, text_anchor="middle", class_="map-degrees"),
        class_="map-north",
    )


def legend(kinds: Sequence[tuple[str, str]]) -> list[tuple[Markup, str]]:
    """
    Return the sign of each kind, as a picture of its own, with its word.

    Args:
        kinds: Kind, and what it is called; the kind may have ` rough` behind it.
    """
    made = []
    for kind, word in kinds:
        name, _, rough = kind.partition(" ")
        sign = marks.SHAPES[SHAPES[name]](9, 9, MARK, "map-sign map-rough" if rough else "map-sign")
        made.append(
            (
                element(
                    "svg", element("g", sign, class_=f"map-{name}"),
                    width=18, height=18, viewBox="0 0 18 18", class_="sign", aria_hidden="true",
                ),
                word,
            )
        )  # fmt: skip
    return made
