"""Numbers that differ, side by side on one scale: a dot for each, a bar for a range; nothing is averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing import marks
from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from markupsafe import Markup

_WIDTH, _LABELS = 640.0, 210.0
_TYPE, _ROW, _FOOT, _TOP = 12.5, 36.0, 24.0, 8.0
_INSET = 26.0
_DOT = 12.0


@dataclass(frozen=True, slots=True)
class Side:
    """
    One number, or one range.

    Attributes:
        name: Who says so, and when.
        low, high: The least and the greatest number; equal where it is one.
        middle: The number within a range that its source calls typical; None where it names none.
        text: The number as it is to be read.
        told: All that is to be told of it, for who hovers over the mark or hears it.
        href: Where its evidence is.
        preferred: Whether it is relied on.
    """

    name: str
    low: float
    high: float
    text: str
    told: str
    href: str
    middle: float | None = None
    preferred: bool = False


def draw(
    sides: Sequence[Side], title: str, description: str, unit: str, spelt: Callable[[float], str]
) -> Markup:
    """
    Return the sides on one scale.

    Args:
        sides: At least one.
        title, description: For who cannot see it.
        unit: What the scale counts.
        spelt: Writes a number of the scale.
    """
    least, greatest = min(side.low for side in sides), max(side.high for side in sides)
    span = greatest - least or abs(greatest) or 1.0
    low, high = least - span * 0.06, greatest + span * 0.06

    def at(value: float) -> float:
        return _LABELS + _INSET + (value - low) / (high - low) * (_WIDTH - _LABELS - 2 * _INSET)

    bottom = _TOP + _ROW * len(sides)
    scale = [
        part
        for value in ticks(low, high, 5)
        for part in (
            element("line", x1=at(value), y1=_TOP, x2=at(value), y2=bottom, class_="axis-line"),
            element(
                "text", spelt(value), x=at(value), y=bottom + 16, text_anchor="middle", class_="axis-note"
            ),
        )
    ]
    rows = [list(_row(side, _TOP + _ROW * (i + 0.5), at)) for i, side in enumerate(sides)]
    unit_text = element("text", unit, x=_LABELS - 8, y=bottom + 16, text_anchor="end", class_="axis-note")
    return picture(
        _WIDTH, bottom + _FOOT, title, description, scale, unit_text, rows, class_="picture dots", name=title
    )


def ticks(low: float, high: float, most: int) -> list[float]:
    """
    Return round numbers between two, at most so many.

    >>> ticks(0.28, 9.7, 5), ticks(1.02, 1.09, 4)
    ([2.0, 4.0, 6.0, 8.0], [1.02, 1.04, 1.06, 1.08])
    """
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(each * size for each in (1, 2, 5, 10) if each * size >= rough)
    digits = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(each * step, digits) for each in range(first, last + 1)]


def _row(side: Side, y: float, at: Callable[[float], float]) -> Iterator[Markup]:
    lines = wrap(side.name, _TYPE, _LABELS - 10, 2)
    spans = [element("tspan", line, x=0, dy=None if i == 0 else 14) for i, line in enumerate(lines)]
    yield element("text", spans, x=0, y=y + 4 - 7 * (len(lines) - 1), class_="lane-name")
    yield element("line", x1=_LABELS, y1=y, x2=_WIDTH, y2=y, class_="dots-row")
    parts = [element("title", side.told)]
    left, right = at(side.low), at(side.high)
    if right - left > 1:
        parts.append(
            element("rect", x=left, y=y - 4, width=right - left, height=8, rx=4, class_="dots-range")
        )
    if side.middle is not None or right - left <= 1:
        shape = marks.diamond if side.preferred else marks.circle
        parts.append(shape(at(side.low if side.middle is None else side.middle), y, _DOT, "dots-dot"))
    width = text_width(side.text, _TYPE)
    x, anchor = (right + 10, "start") if right + 10 + width <= _WIDTH else (left - 10, "end")
    lifted = 0.0
    if anchor == "end" and x - width < _LABELS:  # a wide range leaves room only above itself
        x, anchor, lifted = (left + right) / 2, "middle", 5.0
    parts.append(
        element("text", side.text, x=x, y=y + 4 - 3 * lifted, text_anchor=anchor, class_="dots-text")
    )
    yield element("a", parts, href=side.href, class_="dots-side preferred" if side.preferred else "dots-side")
