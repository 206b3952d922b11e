"""
Things in columns, by how many relations they are away from the first; lines between them.

Every name has a row of its own in its column, so that a picture of sixty things can be read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Place:
    """
    A thing of the picture.

    Attributes:
        id: What lines call it.
        label: Its name, in the language of the picture.
        href: Where it leads.
        kind: Its class, as the last part of its name; it becomes the CSS class `type-<kind>`.
    """

    id: str
    label: str
    href: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """A relation between two things: the ends, its name, and whether only a rule says it."""

    source: str
    target: str
    label: str
    inferred: bool = False


_SIZE, _ROW, _EDGE = 14, 25, 10
_WIDTH, _NARROWEST, _WIDEST = 1180, 160, 340
"""Of the whole picture, as far as names of these widths allow."""
_SPACE = 66
"""Between the end of the longest name and the next column."""


def draw(places: Sequence[Place], lines: Sequence[Line], title: str, description: str) -> Markup:
    """
    Return the picture.

    Args:
        places: The things, the one from which is counted first.
        lines: Relations between them.
        title, description: What is said to who cannot see it.
    """
    beside = _beside(lines)
    columns = _columns([each.id for each in places], beside)
    tallest = max(map(len, columns), default=0)
    room = min(max(_WIDTH / max(len(columns), 1) - _SPACE, _NARROWEST), _WIDEST)
    at: dict[str, tuple[float, float]] = {}
    for number, column in enumerate(columns):
        top = _EDGE + (tallest - len(column)) * _ROW / 2
        for row, each in enumerate(column):
            at[each] = (_EDGE + 8 + number * (room + _SPACE), top + row * _ROW + _ROW / 2)
    width = 2 * _EDGE + max(len(columns), 1) * (room + _SPACE) - _SPACE + 20
    ends = {each.id: at[each.id][0] + 16 + min(text_width(each.label, _SIZE), room) for each in places}
    drawn = [_curve(line, at, ends) for line in lines if line.source in at and line.target in at]
    names = [_place(each, *at[each.id], room) for each in places]
    height = 2 * _EDGE + tallest * _ROW
    return picture(width, height, title, description, drawn, names, class_="picture stages")


def _beside(lines: Sequence[Line]) -> Mapping[str, list[str]]:
    beside: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        beside[line.source].append(line.target)
        beside[line.target].append(line.source)
    return beside


def _columns(things: Sequence[str], beside: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the things of each column; those beside the same thing together; those apart at last."""
    left = dict.fromkeys(things)
    columns: list[list[str]] = []
    here = [things[0]] if things else []
    while here:
        columns.append(here)
        for each in here:
            left.pop(each, None)
        here = list(dict.fromkeys(other for each in here for other in beside.get(each, ()) if other in left))
    if left:
        columns.append(list(left))
    return [*_split(columns)]


_TALLEST = 45


def _split(columns: list[list[str]]) -> Iterator[list[str]]:
    """Yield the columns, a very long one as several."""
    for column in columns:
        parts = -(-len(column) // _TALLEST)
        size = -(-len(column) // parts)
        for start in range(0, len(column), size):
            yield column[start : start + size]


def _curve(line: Line, at: Mapping[str, tuple[float, float]], ends: Mapping[str, float]) -> Markup:
    (one, y1), (two, y2) = at[line.source], at[line.target]
    if one == two:  # in one column: an arc on its left
        start = end = one - 7
        ya, yb = y1, y2
        bend = start - min(abs(y2 - y1) / 4, 34) - 10
    else:
        (left, ya), (right, yb) = sorted(((one, y1), (two, y2)))
        start, end = ends[line.source if left == one else line.target] + 4, right - 9
        bend = (start + end) / 2
    path = f"M{start:.1f} {ya:.1f}C{bend:.1f} {ya:.1f} {bend:.1f} {yb:.1f} {end:.1f} {yb:.1f}"
    classes = "edge inferred" if line.inferred else "edge"
    return element("path", element("title", line.label), d=path, class_=classes)


def _place(each: Place, x: float, y: float, room: float) -> Markup:
    (label,) = wrap(each.label, _SIZE, room, 1) or [""]
    whole = element("title", each.label) if label != each.label else None
    # a transparent box behind the name makes the whole row a target
    target = element(
        "rect", x=x + 10, y=y - _ROW / 2, width=text_width(label, _SIZE) + 4, height=_ROW, class_="target"
    )
    name = element("text", label, whole, x=x + 12, y=y + 4.5, class_="name")
    return element(
        "g",
        element("circle", cx=x, cy=y, r=5.5, class_="mark"),
        element("a", target, name, href=each.href),
        class_=f"type-{each.kind}",
    )
