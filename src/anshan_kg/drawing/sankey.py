"""
Flows with ranges: how much of what becomes of what, as ribbons as wide as the amounts.

Each ribbon has a light band as wide as the highest value and a core as wide as the central one; where
no source gives a central value the core is the lowest. Amounts of different kinds, mass and gas, cannot
be compared, so each kind has a scale of its own. What closes a circle is not drawn, and is reported.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.drawing import layered
from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

_SIZE, _SMALL, _LEAD = 13.0, 12.0, 1.3
_WIDTH, _BAR, _STEP, _GAP = 144.0, 12.0, 46.0, 18.0
_THICKEST, _THINNEST = 110.0, 1.5
_EDGE = 4.0


@dataclass(frozen=True, slots=True)
class Range:
    """A low, a central and a high value; the central one is None where nobody gives it."""

    low: float
    central: float | None
    high: float

    @property
    def core(self) -> float:
        """The value that is drawn solid."""
        return self.low if self.central is None else self.central


@dataclass(frozen=True, slots=True)
class Stock:
    """
    How much there is of something.

    Attributes:
        key: What tells it from the others.
        text: Its name.
        href: Where it is shown; "" for nowhere.
        label: The amount in words.
        amount: The amount.
        scale: What kind of amount it is, a word; only amounts of one kind are comparable.
    """

    key: str
    text: str
    href: str
    label: str
    amount: Range
    scale: str


@dataclass(frozen=True, slots=True)
class Flow:
    """How much of one stock comes of another; the amount is counted as the end is."""

    start: str
    end: str
    amount: Range


@dataclass(frozen=True, slots=True)
class Ribbon:
    """
    A flow at its place.

    Attributes:
        flow: It.
        begin, end: Where the middle of its band leaves and arrives.
        through: What it passes between, in pairs: where a column begins and ends.
        band, core: How wide the highest and the solid value are.
    """

    flow: Flow
    begin: tuple[float, float]
    end: tuple[float, float]
    through: tuple[tuple[float, float], ...]
    band: float
    core: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Bars and ribbons at their places, and the flows that are not drawn because they close a circle."""

    width: float
    height: float
    bars: dict[str, layered.Box]
    bands: dict[str, float]
    cores: dict[str, float]
    ribbons: tuple[Ribbon, ...]
    cut: tuple[Flow, ...]


def layout(stocks: Sequence[Stock], flows: Sequence[Flow]) -> Layout:
    """
    Return bars and ribbons at their places.

    A bar is as high as its amount, or as what arrives or leaves where that is more: more may come out
    than goes in where something else goes in too.

    Raises:
        ValueError: a flow begins or ends at no stock.
    """
    kinds = {each.key: each.scale for each in stocks}
    if any(flow.start not in kinds or flow.end not in kinds for flow in flows):
        raise ValueError("a flow begins or ends at no stock")
    highest: dict[str, float] = defaultdict(float)
    for each in stocks:
        highest[each.scale] = max(highest[each.scale], each.amount.high)

    def wide(value: float, key: str) -> float:
        top = highest[kinds[key]]
        return max(value / top * _THICKEST, _THINNEST) if top else _THINNEST

    bands = [wide(flow.amount.high, flow.end) for flow in flows]
    arriving: dict[str, float] = defaultdict(float)
    leaving: dict[str, float] = defaultdict(float)
    for flow, band in zip(flows, bands, strict=True):
        leaving[flow.start] += band
        arriving[flow.end] += band
    heights = {
        each.key: max(wide(each.amount.high, each.key), arriving[each.key], leaving[each.key])
        for each in stocks
    }
    nodes = [layered.Node(each.key, _WIDTH, heights[each.key] + _words_height(each)) for each in stocks]
    edges = [
        layered.Edge(flow.start, flow.end, thickness=band) for flow, band in zip(flows, bands, strict=True)
    ]
    made = layered.layout(nodes, edges, gap=_GAP, step=_STEP, across=True)
    bars = {}
    for each in stocks:
        box = made.nodes[each.key]
        bars[each.key] = layered.Box(box.x, box.y + box.height - heights[each.key], _BAR, heights[each.key])
    lines = [(flow, line, band) for flow, line, band in zip(flows, made.lines, bands, strict=True)]
    kept = [each for each in lines if not each[1].turned]
    begins = _ends(kept, bars, start=True)
    ends = _ends(kept, bars, start=False)
    ribbons = tuple(
        Ribbon(
            flow, begins[place], ends[place], tuple(line.points[1:-1]), band, wide(flow.amount.core, flow.end)
        )
        for place, (flow, line, band) in enumerate(kept)
    )
    own = {each.key: wide(each.amount.high, each.key) for each in stocks}
    cores = {each.key: wide(each.amount.core, each.key) for each in stocks}
    cut = tuple(flow for flow, line, _ in lines if line.turned)
    return Layout(made.width, made.height, bars, own, cores, ribbons, cut)


def _ends(
    lines: Sequence[tuple[Flow, layered.Line, float]], bars: Mapping[str, layered.Box], *, start: bool
) -> list[tuple[float, float]]:
    """Return where ribbons leave or arrive: below each other, in the order of where they lead."""
    order: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for place, (flow, line, _) in enumerate(lines):
        key, other = (flow.start, line.points[1]) if start else (flow.end, line.points[-2])
        order[key].append((other[1], place))
    found = [(0.0, 0.0)] * len(lines)
    for key, several in order.items():
        bar = bars[key]
        y = bar.y
        for _, place in sorted(several):
            band = lines[place][2]
            found[place] = (bar.x + bar.width if start else bar.x, y + band / 2)
            y += band
    return found


def _names(stock: Stock) -> list[str]:
    return wrap(stock.text, _SIZE, _WIDTH - 6, 3, bold=True)


def _amounts(stock: Stock) -> list[str]:
    return wrap(stock.label, _SMALL, _WIDTH - 6, 2)


def _words_height(stock: Stock) -> float:
    return len(_names(stock)) * _SIZE * _LEAD + len(_amounts(stock)) * _SMALL * _LEAD + 5


def draw(
    stocks: Sequence[Stock], flows: Sequence[Flow], title: str, description: str
) -> tuple[Markup, Layout]:
    """Return the picture, and the layout that tells what could not be drawn."""
    made = layout(stocks, flows)
    kinds = {each.key: each.scale for each in stocks}
    parts = [_ribbon(each, f"scale-{kinds[each.flow.end]}") for each in made.ribbons]
    parts += [_stock(each, made, f"scale-{each.scale}") for each in stocks]
    inner = element("g", parts, transform=f"translate({_EDGE:g} {_EDGE:g})")
    last = max(
        (
            made.bars[each.key].x + max(text_width(line, _SIZE, bold=True) for line in (*_names(each), ""))
            for each in stocks
        ),
        default=0.0,
    )
    width = max(made.width, last) + 2 * _EDGE
    return picture(width, made.height + 2 * _EDGE, title, description, inner, class_="drawing sankey"), made


def _ribbon(ribbon: Ribbon, kind: str) -> Markup:
    shapes = [
        element("path", d=_outline(ribbon, width), class_=name)
        for name, width in (("band", ribbon.band), ("core", ribbon.core))
    ]
    return element("g", shapes, class_=f"ribbon {kind}")


def _outline(ribbon: Ribbon, width: float) -> str:
    """Return the outline of a ribbon: its upper side there, its lower side back."""
    points = [ribbon.begin, *((x, y) for x, y in ribbon.through), ribbon.end]
    # within its own column a ribbon stays level, so that it runs over no words
    points[1] = (points[1][0], points[0][1])
    points[-2] = (points[-2][0], points[-1][1])
    upper = [(x, y - width / 2) for x, y in points]
    lower = [(x, y + width / 2) for x, y in reversed(points)]
    return f"{layered.path(upper, across=True)}L{layered.path(lower, across=True)[1:]}Z"


def _stock(stock: Stock, made: Layout, scale: str) -> Markup:
    bar, core = made.bars[stock.key], made.cores[stock.key]
    names, amounts = _names(stock), _amounts(stock)
    top = bar.y - _words_height(stock) + _SIZE * 0.95
    spans = [element("tspan", line, x=bar.x, y=top + n * _SIZE * _LEAD) for n, line in enumerate(names)]
    below = top + len(names) * _SIZE * _LEAD
    told = [element("tspan", line, x=bar.x, y=below + n * _SMALL * _LEAD) for n, line in enumerate(amounts)]
    heights = (("reach", bar.height), ("band", made.bands[stock.key]), ("core", core))
    parts = [
        element(
            "rect", x=bar.x, y=bar.y + (bar.height - height) / 2, width=bar.width, height=height, class_=kind
        )
        for kind, height in heights
    ]
    parts += [
        element("text", spans, font_size=_SIZE, class_="name"),
        element("text", told, font_size=_SMALL, class_="soft"),
    ]
    linked = element("a", parts, href=stock.href) if stock.href else element("g", parts)
    return element("g", linked, class_=f"stock {scale}", data_node=stock.key)
