"""
A thing in the middle, what points to it on the left, what it points to on the right.

Names stand in rows, so that none lies over another however long they are; a relation is written
once for all that it joins.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Neighbour:
    """
    A thing beside another.

    Attributes:
        label: Its name, in the language of the picture.
        href: Where it is shown; "" for nowhere.
        kind: Its class, as the last part of its name: `Mine`. It becomes the CSS class `type-Mine`.
        inferred: Whether a rule says so, and no source.
    """

    label: str
    href: str
    kind: str
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """
    What one relation joins to the thing.

    Attributes:
        relation: The relation's name.
        outgoing: Whether the thing in the middle is its subject.
        neighbours: What is drawn.
        more: Words for what is not, such as "12 more"; "" where all is drawn.
        more_href: Where the rest is shown.
    """

    relation: str
    outgoing: bool
    neighbours: tuple[Neighbour, ...]
    more: str = ""
    more_href: str = ""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """
    A thing and what is beside it.

    Attributes:
        label, kind: Of the thing, as of a neighbour.
        branches: By relation and direction, in reading order.
        title, description: What is said to who cannot see the picture.
    """

    label: str
    kind: str
    branches: tuple[Branch, ...]
    title: str
    description: str


_SIZE, _SMALL = 14, 12
_ROW, _HEAD, _GAP = 25, 24, 10
_COLUMN, _MIDDLE, _SPACE = 290, 190, 56
_EDGE = 8


def draw(around: Neighbourhood) -> Markup:
    """Return the picture; no higher than its longer side needs."""
    sides = [[branch for branch in around.branches if branch.outgoing is out] for out in (False, True)]
    heights = [_height(side) for side in sides]
    label = wrap(around.label, _SIZE + 1, _MIDDLE - 24, 4)
    box = 20 * len(label) + 20
    height = max(*heights, box) + 2 * _EDGE
    left = _EDGE + (_COLUMN + _SPACE if sides[0] else 0)
    width = left + _MIDDLE + (_SPACE + _COLUMN if sides[1] else 0) + _EDGE
    middle = height / 2
    drawn = chain(
        _side(sides[0], left - _SPACE, left, middle, (height - heights[0]) / 2),
        _side(sides[1], left + _MIDDLE + _SPACE, left + _MIDDLE, middle, (height - heights[1]) / 2),
    )
    return picture(
        width, height, around.title, around.description,
        *drawn,
        element(
            "g",
            element("rect", x=left, y=middle - box / 2, width=_MIDDLE, height=box, rx=8, class_="here"),
            [
                element("text", line, x=left + _MIDDLE / 2, y=middle - box / 2 + 26 + 20 * number,
                        text_anchor="middle", class_="here-name")
                for number, line in enumerate(label)
            ],
            class_=f"type-{around.kind}",
        ),
        class_="picture neighbourhood",
    )  # fmt: skip


def _height(side: list[Branch]) -> float:
    rows = sum(len(branch.neighbours) + bool(branch.more) for branch in side)
    return rows * _ROW + len(side) * (_HEAD + _GAP) - (_GAP if side else 0)


def _side(side: list[Branch], x: float, box: float, middle: float, y: float) -> Iterator[Markup]:
    """Yield the branches of one side, whose names begin or end at `x`, from the top down."""
    for branch in side:
        rows = len(branch.neighbours) + bool(branch.more)
        yield from _branch(branch, x, box, middle, y)
        y += _HEAD + rows * _ROW + _GAP


def _branch(branch: Branch, x: float, box: float, middle: float, y: float) -> Iterator[Markup]:
    sign = 1 if branch.outgoing else -1
    anchor = "start" if branch.outgoing else "end"
    rows = len(branch.neighbours) + bool(branch.more)
    at, top, bottom = x - sign * 10, y + 4, y + _HEAD + rows * _ROW - 6
    centre = (top + bottom) / 2
    bend = (at + box) / 2
    line = f"M{box} {middle:.1f}C{bend} {middle:.1f} {bend} {centre:.1f} {at} {centre:.1f}"
    tip = f"M{at} {centre:.1f}l-8 -4v8z" if branch.outgoing else f"M{box} {middle:.1f}l-8 -4v8z"
    yield element("path", d=line, class_="edge")
    yield element("path", d=f"M{at} {top:.1f}V{bottom:.1f}", class_="bracket")
    yield element("path", d=tip, class_="tip")
    yield element("text", branch.relation, x=x, y=y + 15, text_anchor=anchor, class_="relation")
    for number, each in enumerate(branch.neighbours):
        row = y + _HEAD + number * _ROW
        yield _name(each.label, each.href, each.kind, x, row, sign, inferred=each.inferred)
    if branch.more:
        yield _name(branch.more, branch.more_href, "", x, y + _HEAD + (rows - 1) * _ROW, sign)


def _name(
    label: str, href: str, kind: str, x: float, y: float, sign: int, *, inferred: bool = False
) -> Markup:
    """Return one row: a mark in the colour of its class, and the name, cut where it is too long."""
    (line,) = wrap(label, _SIZE, _COLUMN - 22, 1) or [""]
    start = x + sign * 14
    text = element(
        "text", line, element("title", label) if line != label else None, x=start, y=y + 16,
        text_anchor="start" if sign > 0 else "end", class_="name" if kind else "name more",
    )  # fmt: skip
    width = text_width(line, _SIZE)
    # a transparent box behind the name makes the whole row a target
    target = element(
        "rect", x=start if sign > 0 else start - width, y=y, width=width, height=_ROW - 1, class_="target"
    )
    row = element("a", target, text, href=href) if href else text
    mark = element("circle", cx=x + sign * 5, cy=y + 11.5, r=4.5, class_="mark") if kind else None
    classes = " ".join(filter(None, (f"type-{kind}" if kind else "", "inferred" if inferred else "")))
    return element("g", mark, row, class_=classes)
