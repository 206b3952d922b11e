"""
The system of a place in one picture: its bases, its clusters, and the chains from by-product to product.

Each of the three has a band with its number, and what the number counts as cards. The picture is drawn
for a width: cards stand beside each other where there is room and below each other where there is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anshan_kg.drawing.layered import path
from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

NARROW = 560.0
"""Below this width everything stands below each other."""

_BIG, _TEXT, _SMALL = 40.0, 14.0, 12.5
_LEAD = 1.35
_GAP, _PAD = 14.0, 11.0
_RAIL = 172.0
"""How much of a broad picture its numbers and titles take."""
_SPACE = 28.0
"""Between two bands."""
_HOLDER, _WIRE, _WAY = 128.0, 46.0, 112.0
"""In a broad picture, how wide who has the by-products, the wires and the words of the way are."""


@dataclass(frozen=True, slots=True)
class Item:
    """
    Something with a name.

    Attributes:
        text: Its name.
        href: Where it is shown; "" for nowhere.
        kind: Its class: base, cluster, unnamed, holder, by-product, product, ours.
        more: What belongs to it, as the products of a cluster.
        key: What tells it from others of the same name.
    """

    text: str
    href: str = ""
    kind: str = ""
    more: tuple[Item, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A number, what it counts, how that is meant, and the things themselves."""

    number: str
    title: str
    note: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """
    One chain.

    Attributes:
        starts: The by-products.
        end: What is to be made of them.
        way: Where the way between is shown.
        corrected: What we say instead, where we take the end for an error.
    """

    starts: tuple[Item, ...]
    end: Item
    way: Item
    corrected: Item | None = None


@dataclass(frozen=True, slots=True)
class System:
    """What the picture shows, in one language."""

    title: str
    description: str
    bases: Band
    clusters: Band
    chains: Band
    holder: Item | None
    routes: tuple[Route, ...]
    legend: tuple[Item, ...] = field(default_factory=tuple)


def draw(system: System, width: float) -> Markup:
    """Return the picture of a system for a width."""
    narrow = width < NARROW
    parts: list[Markup] = []
    y = 2.0
    for band in (system.bases, system.clusters):
        made, y = _band(band, y, width - 1)
        parts += made
        y += _SPACE
    made, y = _narrow_routes(system, y, width - 1) if narrow else _broad_routes(system, y, width - 1)
    parts += made
    made, y = _legend(system.legend, y + _SPACE, width - 1)
    parts += made
    kind = "narrow" if narrow else "broad"
    return picture(
        width, y + 4, system.title, system.description, parts, class_=f"drawing system {kind}", name=kind
    )


def _head(band: Band, y: float, width: float, height: float) -> tuple[list[Markup], float, float]:
    """Return number and title of a band, and where its content begins."""
    narrow = width < NARROW
    number = text_width(band.number, _BIG, bold=True) + 9
    room = (width if narrow else _RAIL - 14) - number
    titles = wrap(band.title, _TEXT, room, 2, bold=True)
    top = y + _BIG * 0.5 - (len(titles) - 1) * _TEXT * _LEAD / 2 + _TEXT * 0.36
    parts = [
        _text([band.number], 0, y + _BIG * 0.86, _BIG, "figure"),
        _text(titles, number, top, _TEXT, "head"),
        _text(_notes(band, width), 0, y + _BIG + 8 + _SMALL * 0.86, _SMALL, "soft"),
    ]
    if narrow:
        return parts, 1.0, y + _head_height(band, width) + 8
    rail = element("line", x1=_RAIL - 6, y1=y, x2=_RAIL - 6, y2=y + height, class_="rail")
    return [rail, *parts], _RAIL + 8, y


def _notes(band: Band, width: float) -> list[str]:
    return wrap(band.note, _SMALL, width if width < NARROW else _RAIL - 14, 4)


def _head_height(band: Band, width: float) -> float:
    """Return how high number, title and note of a band are."""
    return _BIG + 8 + _SMALL * _LEAD * len(_notes(band, width))


def _band(band: Band, y: float, width: float) -> tuple[list[Markup], float]:
    """Return a band of cards, and where it ends."""
    narrow = width < NARROW
    columns = 1 if narrow else max(1, len(band.items))
    left = 1.0 if narrow else _RAIL + 8
    wide = (width - left - _GAP * (columns - 1)) / columns
    heights = [_card_height(item, wide) for item in band.items]
    height = max([*heights, 0.0 if narrow else _head_height(band, width)])
    parts, left, y = _head(band, y, width, height)
    for number, item in enumerate(band.items):
        x = left + (number % columns) * (wide + _GAP)
        own = heights[number] if narrow else height
        parts.append(_card(item, x, y, wide, own))
        if narrow:
            y += own + 8
    return parts, y - 8 if narrow else y + height


def _card_height(item: Item, width: float) -> float:
    lines = len(wrap(item.text, _TEXT, width - 2 * _PAD, 3, bold=True))
    more = sum(len(wrap(each.text, _SMALL, width - 2 * _PAD - 12, 2)) for each in item.more)
    return 2 * _PAD + lines * _TEXT * _LEAD + (6 if more else 0) + more * _SMALL * 1.5 - 3


def _card(item: Item, x: float, y: float, width: float, height: float) -> Markup:
    """Return a card: a name, and below it what belongs to the thing; a name alone stands in the middle."""
    lines = wrap(item.text, _TEXT, width - 2 * _PAD, 3, bold=True)
    slack = 0.0 if item.more else height - _card_height(item, width)
    top = y + _PAD + _TEXT * 0.86 + slack / 2
    parts = [
        element("rect", x=x, y=y, width=width, height=height, rx=6),
        _linked(item, _text(lines, x + _PAD, top, _TEXT, "name")),
    ]
    at = y + _PAD + len(lines) * _TEXT * _LEAD + 6 + _SMALL * 0.86
    for each in item.more:
        said = wrap(each.text, _SMALL, width - 2 * _PAD - 12, 2)
        if each.href:
            parts.append(element("circle", cx=x + _PAD + 3, cy=at - _SMALL * 0.34, r=2.5, class_="dot"))
        shift, kind = (12, "more") if each.href else (0, "soft")
        parts.append(_linked(each, _text(said, x + _PAD + shift, at, _SMALL, kind)))
        at += len(said) * _SMALL * 1.5
    return element("g", parts, class_=f"node {item.kind}", data_node=item.key)


def _broad_routes(system: System, y: float, width: float) -> tuple[list[Markup], float]:
    """Return the chains from left to right: who has a by-product, it, what it is to become, and the way."""
    left = _RAIL + 8
    first = left + (_HOLDER + _WIRE if system.holder else 0.0)
    columns = 3 if any(route.corrected for route in system.routes) else 2
    own = (width - first - (columns - 1) * _WIRE - _WAY) / columns
    xs = [first + n * (own + _WIRE) for n in range(columns)]
    rows = [_Row(route, own, own) for route in system.routes]
    total = sum(row.height for row in rows) + 12 * (len(rows) - 1)
    height = max(total, _head_height(system.chains, width))
    parts, left, y = _head(system.chains, y, width, height)
    below = y + height
    begin = (left + _HOLDER, y + total / 2)
    wires: list[Markup] = []
    for row in rows:
        middle, route = y + row.height / 2, row.route
        at = middle - row.start_height / 2
        for start, high in zip(route.starts, row.start_heights, strict=True):
            parts.append(_pill(start, xs[0], at, own, high))
            if system.holder:
                wires.append(_wire([begin, (xs[0], at + high / 2)], "has"))
            wires.append(_wire([(xs[0] + own, at + high / 2), (xs[1] - 2, middle)], "becomes", arrow=True))
            at += high + 6
        parts.append(_pill(route.end, xs[1], middle - row.end_height / 2, own, row.end_height))
        if route.corrected:
            high = row.corrected_height
            parts.append(_pill(route.corrected, xs[2], middle - high / 2, own, high))
            wires.append(_wire([(xs[1] + own, middle), (xs[2], middle)], "corrects"))
        parts.append(_way(route.way, width, middle + _SMALL * 0.35, end=True))
        y += row.height + 12
    if system.holder:
        high = min(total, max(64.0, _pill_height(system.holder.text, _HOLDER)))
        parts.append(_pill(system.holder, left, begin[1] - high / 2, _HOLDER, high))
    return [*wires, *parts], below


def _narrow_routes(system: System, y: float, width: float) -> tuple[list[Markup], float]:
    """Return the chains below each other."""
    parts, left, y = _head(system.chains, y, width, 0)
    indent = 18.0 if system.holder else 0.0
    own = (width - left - indent - _WIRE) / 2
    second = left + indent + own + _WIRE
    wires: list[Markup] = []
    if system.holder:
        high = _pill_height(system.holder.text, own)
        parts.append(_pill(system.holder, left, y, own, high))
        y += high
    trunk, last = y, y
    y += 14
    for row in (_Row(route, own, own, stacked=True) for route in system.routes):
        route, middle = row.route, y + row.end_height / 2 if row.route.corrected else y + row.height / 2
        at = middle - row.start_height / 2
        for start, high in zip(route.starts, row.start_heights, strict=True):
            last = at + high / 2
            parts.append(_pill(start, left + indent, at, own, high))
            if system.holder:
                wires.append(_wire([(left + 7, last), (left + indent, last)], "has"))
            wires.append(_wire([(left + indent + own, last), (second - 2, middle)], "becomes", arrow=True))
            at += high + 6
        parts.append(_pill(route.end, second, middle - row.end_height / 2, own, row.end_height))
        if route.corrected:
            lower = y + row.end_height + 16
            parts.append(_pill(route.corrected, second, lower, own, row.corrected_height))
            wires.append(element("path", d=f"M{second + own / 2:.1f},{lower - 16:.1f}v16", class_="corrects"))
        parts.append(_way(route.way, left + indent + 12, at + 9))
        y = max(y + row.height, at + 14) + 14
    if system.holder:
        wires.append(element("path", d=f"M{left + 7},{trunk:.1f}V{last:.1f}", class_="wire has"))
    return [*wires, *parts], y - 10


def _way(item: Item, x: float, y: float, *, end: bool = False) -> Markup:
    return element("g", _linked(item, _text([item.text], x, y, _SMALL, "more", anchor="end" if end else "")))


class _Row:
    """One chain, measured."""

    def __init__(self, route: Route, first: float, second: float, *, stacked: bool = False) -> None:
        self.route = route
        self.start_heights = [_pill_height(each.text, first) for each in route.starts]
        self.start_height = sum(self.start_heights) + 6 * (len(self.start_heights) - 1)
        self.end_height = _pill_height(route.end.text, second)
        self.corrected_height = _pill_height(route.corrected.text, second) if route.corrected else 0.0
        right = max(self.end_height, self.corrected_height)
        if stacked and route.corrected:
            right = self.end_height + 16 + self.corrected_height
        self.height = max(self.start_height, right)


def _pill_height(text: str, width: float) -> float:
    return len(wrap(text, _SMALL + 0.5, width - 22, 3, bold=True)) * (_SMALL + 0.5) * 1.3 + 13


def _pill(item: Item, x: float, y: float, width: float, height: float) -> Markup:
    size = _SMALL + 0.5
    lines = wrap(item.text, size, width - 22, 3, bold=True)
    top = y + (height - len(lines) * size * 1.3) / 2 + size * 0.98
    square = item.kind == "holder"
    shape = element("rect", x=x, y=y, width=width, height=height, rx=6 if square else min(height / 2, 17))
    drawn = [shape, _text(lines, x + width / 2, top, size, "name", anchor="middle")]
    return element("g", _linked(item, drawn), class_=f"node {item.kind}", data_node=item.key)


def _wire(points: Sequence[tuple[float, float]], kind: str, *, arrow: bool = False) -> Markup:
    x, y = points[-1]
    head = element(
        "path", d=f"M{x - 6:.1f},{y - 4:.1f}L{x:.1f},{y:.1f}L{x - 6:.1f},{y + 4:.1f}", class_=f"head {kind}"
    )
    return element(
        "g", element("path", d=path(points, across=True), class_=f"wire {kind}"), head if arrow else None
    )


def _legend(items: Sequence[Item], y: float, width: float) -> tuple[list[Markup], float]:
    """Return what the outlines mean, in as many lines as they need."""
    parts, x, left = [], 0.0 if width < NARROW else _RAIL + 8, 0.0 if width < NARROW else _RAIL + 8
    for item in items:
        wide = 30 + text_width(item.text, _SMALL) + 18
        if x + wide > width + 18 and x > left:
            x, y = left, y + 22
        swatch = element("rect", x=x, y=y, width=22, height=13, rx=6)
        words = _text([item.text], x + 29, y + 11, _SMALL, "soft")
        parts.append(element("g", swatch, words, class_=f"node {item.kind} legend"))
        x += wide
    return parts, y + 16 if items else y


def _linked(item: Item, inner: Markup | list[Markup]) -> Markup:
    return element("a", inner, href=item.href) if item.href else element("g", inner)


def _text(lines: Sequence[str], x: float, y: float, size: float, class_: str, *, anchor: str = "") -> Markup:
    """Return lines of text below each other, the first with its base line at y."""
    spans = [element("tspan", line, x=x, y=y + n * size * _LEAD) for n, line in enumerate(lines)]
    return element("text", spans, font_size=size, text_anchor=anchor, class_=class_)
