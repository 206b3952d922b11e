"""
Ranges beside each other: for each thing a band from the lowest to the highest value, with whiskers.

The scale is one of powers of ten, so that kilotonnes stand beside megatonnes, and so that equally wide
bands are equally unsure. Amounts of different kinds have scales of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from anshan_kg.drawing.sankey import Range

NARROW = 480.0
"""Below this width names stand above their bands."""

_SIZE, _SMALL = 13.0, 11.5
_NAME, _ROW, _TIGHT = 190.0, 34.0, 48.0
_BAND, _WHISKER = 12.0, 9.0


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One range.

    Attributes:
        key: What tells it from the others.
        text: What it is of.
        href: Where that is shown.
        label: The range in words.
        amount: The range; above zero.
        kind: Its class: `start` for what was given, `given` where a value of the reader is in it.
    """

    key: str
    text: str
    href: str
    label: str
    amount: Range
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Ranges of one kind, which can be compared, and what their scale is called."""

    title: str
    bars: tuple[Bar, ...]
    tick: Callable[[float], str]


def draw(groups: Sequence[Group], width: float, title: str, description: str) -> Markup:
    """Return the picture of ranges for a width."""
    narrow = width < NARROW
    left = 8.0 if narrow else _NAME
    right = width - (10.0 if narrow else 18.0)
    parts: list[Markup] = []
    y = 4.0
    for group in groups:
        if not group.bars:
            continue
        low, high = _decades(group.bars)
        place = _scale(low, high, left, right)
        row = _TIGHT if narrow else _ROW
        bottom = y + 22 + len(group.bars) * row
        parts.append(element("text", group.title, x=0, y=y + 11, font_size=_SMALL, class_="soft head"))
        parts += _axis(group, (low, high), place, (y + 24, bottom))
        for count, bar in enumerate(group.bars):
            parts.append(_bar(bar, place, y + 22 + count * row, (left, right), narrow=narrow))
        y = bottom + 34
    kind = "narrow" if narrow else "broad"
    return picture(
        width, max(y - 12, 10.0), title, description, parts, class_=f"drawing ranges {kind}", name=kind
    )


def _decades(bars: Sequence[Bar]) -> tuple[int, int]:
    """Return the powers of ten between which all bars lie."""
    low = math.floor(math.log10(min(bar.amount.low for bar in bars)) + 1e-9)
    high = math.ceil(math.log10(max(bar.amount.high for bar in bars)) - 1e-9)
    return low, max(high, low + 1)


def _scale(low: int, high: int, left: float, right: float) -> Callable[[float], float]:
    def place(value: float) -> float:
        return left + (math.log10(value) - low) / (high - low) * (right - left)

    return place


def _axis(
    group: Group, decades: tuple[int, int], place: Callable[[float], float], span: tuple[float, float]
) -> list[Markup]:
    """Return a line and a label for each power of ten, labels only where there is room."""
    parts: list[Markup] = []
    free = -math.inf
    top, bottom = span
    for power in range(decades[0], decades[1] + 1):
        x = place(10.0**power)
        parts.append(element("line", x1=x, y1=top, x2=x, y2=bottom, class_="tick"))
        words = group.tick(10.0**power)
        wide = text_width(words, _SMALL)
        last = power == decades[1]
        anchor = "end" if last else "start" if power == decades[0] else "middle"
        begin = x - (wide if last else 0.0 if anchor == "start" else wide / 2)
        if begin > free:
            parts.append(
                element(
                    "text", words, x=x, y=bottom + 14, font_size=_SMALL, text_anchor=anchor, class_="soft"
                )
            )
            free = begin + wide + 10
    return parts


def _bar(
    bar: Bar, place: Callable[[float], float], y: float, sides: tuple[float, float], *, narrow: bool
) -> Markup:
    """Return one range: a band, whiskers at its ends, and a mark where the central value is."""
    left, right = sides
    begin, end = place(bar.amount.low), place(bar.amount.high)
    middle = y + (_TIGHT - 14 if narrow else _ROW / 2)
    parts = []
    if end - begin > 1:
        parts.append(
            element("rect", x=begin, y=middle - _BAND / 2, width=end - begin, height=_BAND, class_="band")
        )
        parts += [
            element("line", x1=x, y1=middle - _WHISKER, x2=x, y2=middle + _WHISKER, class_="whisker")
            for x in (begin, end)
        ]
    if bar.amount.central is not None:
        parts.append(element("circle", cx=place(bar.amount.central), cy=middle, r=5, class_="central"))
    lines = wrap(bar.text, _SIZE, 600.0 if narrow else left - 14, 1 if narrow else 2)
    top = y + 13 if narrow else middle + _SIZE * 0.36 - (len(lines) - 1) * _SIZE * 0.6
    spans = [
        element("tspan", line, x=0 if narrow else left - 12, y=top + n * _SIZE * 1.2)
        for n, line in enumerate(lines)
    ]
    name = element("text", spans, font_size=_SIZE, text_anchor="" if narrow else "end", class_="name")
    linked = element("a", name, href=bar.href) if bar.href else name
    parts.append(_label(bar, (begin, end), middle, (left, right)))
    told = element("title", f"{bar.text}: {bar.label}")
    return element("g", told, *parts, linked, class_=f"range {bar.kind}".strip(), data_node=bar.key)


def _label(bar: Bar, ends: tuple[float, float], middle: float, sides: tuple[float, float]) -> Markup:
    """Return the range in words, behind the band where there is room, before it otherwise."""
    begin, end = ends
    left, right = sides
    wide = text_width(bar.label, _SMALL)
    y = middle + _SMALL * 0.36
    if end + 12 + wide <= right or begin - 12 - wide < left:
        return element("text", bar.label, x=end + 12, y=y, font_size=_SMALL, class_="soft number")
    return element(
        "text", bar.label, x=begin - 12, y=y, font_size=_SMALL, text_anchor="end", class_="soft number"
    )
