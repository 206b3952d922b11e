"""The classes of an ontology as a diagram: what the shapes say that leads to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing.layered import Edge, Node, layout, path
from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from anshan_kg.drawing.layered import Box, Line

_SIZE, _SMALL, _LEAD = 14.0, 12.0, 1.3
_PAD, _MARGIN, _ARROW = 10.0, 8.0, 7.0
_WIDEST = 150.0


@dataclass(frozen=True, slots=True)
class Class:
    """A class: what tells it from others, its name, where it is described."""

    key: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from one class to another: the names of properties, or that it is a kind of it."""

    start: str
    end: str
    text: str
    kind_of: bool = False


def diagram(classes: Sequence[Class], arrows: Sequence[Arrow], title: str, description: str) -> Markup:
    """
    Return the diagram from left to right.

    Args:
        classes: The boxes.
        arrows: At most one from each box to each other; a box that leads to itself says so in words
            beside the picture, not in it.
        title, description: What it is, for who cannot see it.
    """
    lines = {each.key: wrap(each.text, _SIZE, _WIDEST) for each in classes}
    nodes = [
        Node(
            each.key,
            max(text_width(line, _SIZE) for line in lines[each.key]) + 2 * _PAD,
            len(lines[each.key]) * _SIZE * _LEAD + 2 * _PAD * 0.7,
        )
        for each in classes
    ]
    words = {(each.start, each.end): wrap(each.text, _SMALL, _WIDEST) for each in arrows}
    edges = [
        Edge(
            each.start,
            each.end,
            max(text_width(line, _SMALL) for line in words[each.start, each.end]) + 8,
            len(words[each.start, each.end]) * _SMALL * _LEAD + 4,
        )
        if each.text
        else Edge(each.start, each.end)
        for each in arrows
    ]
    made = layout(nodes, edges, gap=14, step=26, across=True)
    kinds = {(each.start, each.end): each.kind_of for each in arrows}
    return picture(
        made.width + 2 * _MARGIN, made.height + 2 * _MARGIN, title, description,
        element(
            "g",
            [_arrow(line, kind_of=kinds[line.edge.start, line.edge.end]) for line in made.lines],
            [_label(line, words[line.edge.start, line.edge.end]) for line in made.lines],
            [_box(each, made.nodes[each.key], lines[each.key]) for each in classes],
            transform=f"translate({_MARGIN:g} {_MARGIN:g})",
        ),
        class_="picture classes",
    )  # fmt: skip


def _arrow(line: Line, *, kind_of: bool) -> Markup:
    x, y = line.points[-1]
    before = line.points[-2]
    way = _ARROW if x >= before[0] else -_ARROW
    run = [*line.points[:-1], (x - way, y)]
    kind = "kind-of" if kind_of else "leads"
    head = f"M{x:.1f} {y:.1f}l{-way:g} -4.5v9z"
    return element(
        "g",
        element("path", class_=f"run {kind}", d=path(run, across=True)),
        element("path", class_=f"head {kind}", d=head),
    )


def _label(line: Line, words: Sequence[str]) -> Markup | None:
    if line.label is None:
        return None
    middle = line.label.x + line.label.width / 2
    top = line.label.y + _SMALL + 1
    return element(
        "g",
        element(
            "rect", class_="ground", x=line.label.x, y=line.label.y, width=line.label.width,
            height=line.label.height,
        ),
        [
            element(
                "text", text, class_="word", font_size=_SMALL, text_anchor="middle", x=middle,
                y=top + row * _SMALL * _LEAD,
            )
            for row, text in enumerate(words)
        ],
    )  # fmt: skip


def _box(each: Class, box: Box, lines: Sequence[str]) -> Markup:
    middle = box.x + box.width / 2
    first = box.y + box.height / 2 - (len(lines) - 1) * _SIZE * _LEAD / 2 + _SIZE * 0.35
    return element(
        "a",
        element("rect", class_="class", x=box.x, y=box.y, width=box.width, height=box.height, rx=5),
        [
            element(
                "text", text, font_size=_SIZE, text_anchor="middle", x=middle, y=first + row * _SIZE * _LEAD
            )
            for row, text in enumerate(lines)
        ],
        href=each.href,
    )
