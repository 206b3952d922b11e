"""
A process as a diagram: materials and steps in layers, with the numbers on the arrows.

Kinds are told by shape as well as by colour: a step has corners and a bar, a material is round, a
product has a double outline, what is left over a dotted one, what is not known a dashed arrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing import layered
from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from anshan_kg.drawing.layered import Box, Layout

_SIZE, _SMALL = 13.0, 11.5
_LEAD = 1.3
_WIDEST = 168.0
_EDGE = 6.0
"""Room around the drawing, for outlines."""


@dataclass(frozen=True, slots=True)
class Shape:
    """
    A step or a material.

    Attributes:
        key: What tells it from the others.
        text: Its name.
        href: Where it is shown; "" for nowhere.
        kind: Its classes; `step` has corners, all else is round, `product` is outlined twice.
        note: A line below the name, as who makes it.
        hint: What a pointer that rests on it is told, and who hears it; it has to hold the name.
    """

    key: str
    text: str
    href: str
    kind: str
    note: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one shape to another; `gap` is dashed, `corrects` has no head."""

    start: str
    end: str
    label: str = ""
    kind: str = ""


def draw(
    shapes: Sequence[Shape],
    arrows: Sequence[Arrow],
    title: str,
    description: str,
    *,
    across: bool = False,
    widest: float = _WIDEST,
) -> Markup:
    """
    Return the diagram.

    Args:
        shapes: What to draw, in reading order.
        arrows: What leads where.
        title, description: What the picture is called, and what it shows.
        across: From left to right instead of from top to bottom.
        widest: How wide a shape may be.
    """
    nodes = [_node(each, widest) for each in shapes]
    edges = [_edge(each) for each in arrows]
    made = layered.layout(nodes, edges, gap=16, step=26 if across else 22, across=across)
    parts = [_drawn_arrow(arrow, line, across) for arrow, line in zip(arrows, made.lines, strict=True)]
    parts += [_drawn_shape(each, made.nodes[each.key], widest) for each in shapes]
    parts += [
        _drawn_label(arrow, line.label)
        for arrow, line in zip(arrows, made.lines, strict=True)
        if line.label is not None
    ]
    width, height = _size(made)
    inner = element("g", parts, transform=f"translate({_EDGE:g} {_EDGE:g})")
    return picture(width, height, title, description, inner, class_="drawing process")


def _size(made: Layout) -> tuple[float, float]:
    return made.width + 2 * _EDGE, made.height + 2 * _EDGE


def _lines(shape: Shape, widest: float) -> list[str]:
    return wrap(shape.text, _SIZE, widest - 24, 3, bold=shape.kind.startswith("step"))


def _note(shape: Shape, widest: float) -> list[str]:
    return wrap(shape.note, _SMALL, widest - 24, 1) if shape.note else []


def _node(shape: Shape, widest: float) -> layered.Node:
    lines, note = _lines(shape, widest), _note(shape, widest)
    bold = shape.kind.startswith("step")
    longest = max(
        [text_width(line, _SIZE, bold=bold) for line in lines] + [text_width(line, _SMALL) for line in note]
    )
    height = len(lines) * _SIZE * _LEAD + len(note) * _SMALL * _LEAD + 13
    return layered.Node(shape.key, max(longest + 24, 64.0), height)


def _edge(arrow: Arrow) -> layered.Edge:
    if not arrow.label:
        return layered.Edge(arrow.start, arrow.end)
    lines = _label_lines(arrow)
    width = max(text_width(line, _SMALL) for line in lines) + 10
    return layered.Edge(arrow.start, arrow.end, width, len(lines) * _SMALL * _LEAD + 4)


def _label_lines(arrow: Arrow) -> list[str]:
    return wrap(arrow.label, _SMALL, 150, 2)


def _drawn_shape(shape: Shape, box: Box, widest: float) -> Markup:
    step = shape.kind.startswith("step")
    round_ = 4.0 if step else min(box.height / 2, 16.0)
    parts = [element("title", shape.hint)] if shape.hint else []
    parts.append(
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=round_, class_="body")
    )
    if step:
        parts.append(element("rect", x=box.x, y=box.y, width=4, height=box.height, rx=2, class_="bar"))
    if "product" in shape.kind.split():
        inner = (box.x + 3, box.y + 3, box.width - 6, box.height - 6)
        x, y, width, height = inner
        parts.append(
            element("rect", x=x, y=y, width=width, height=height, rx=max(round_ - 3, 1), class_="inner")
        )
    lines, note = _lines(shape, widest), _note(shape, widest)
    middle = box.x + box.width / 2
    y = box.y + 6.5 + _SIZE * 0.95
    spans = [element("tspan", line, x=middle, y=y + n * _SIZE * _LEAD) for n, line in enumerate(lines)]
    parts.append(element("text", spans, font_size=_SIZE, text_anchor="middle", class_="name"))
    y += len(lines) * _SIZE * _LEAD - 1
    parts += [
        element("text", line, x=middle, y=y, font_size=_SMALL, text_anchor="middle", class_="soft")
        for line in note
    ]
    inner_parts = element("a", parts, href=shape.href) if shape.href else element("g", parts)
    return element("g", inner_parts, class_=f"node {shape.kind}", data_node=shape.key)


def _drawn_arrow(arrow: Arrow, line: layered.Line, across: bool) -> Markup:
    points = list(line.points)
    x, y = points[-1]
    back = -1 if line.turned else 1
    if across:
        points[-1] = (x - back, y)
        head = f"M{x - 6 * back:.1f},{y - 4:.1f}L{x - back:.1f},{y:.1f}L{x - 6 * back:.1f},{y + 4:.1f}"
    else:
        points[-1] = (x, y - back)
        head = f"M{x - 4:.1f},{y - 6 * back:.1f}L{x:.1f},{y - back:.1f}L{x + 4:.1f},{y - 6 * back:.1f}"
    parts = [element("path", d=layered.path(points, across=across), class_="wire")]
    if arrow.kind != "corrects":
        parts.append(element("path", d=head, class_="head"))
    return element("g", parts, class_=f"arrow {arrow.kind}".strip())


def _drawn_label(arrow: Arrow, box: Box) -> Markup:
    lines = _label_lines(arrow)
    middle = box.x + box.width / 2
    y = box.y + 2 + _SMALL * 0.95
    spans = [element("tspan", line, x=middle, y=y + n * _SMALL * _LEAD) for n, line in enumerate(lines)]
    plate = element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=3, class_="plate")
    words = element("text", spans, font_size=_SMALL, text_anchor="middle")
    return element("g", plate, words, class_=f"label {arrow.kind}".strip())
