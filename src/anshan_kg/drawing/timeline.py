"""
A time line of promises: years across, a lane for each thing that is counted.

A lane has what was promised above and what was told later below, each at its year, so that the two
are read against each other. What bears no year stands in a column of its own. The names of the lanes
are a picture beside the years, so that they can stay where they are while the years are scrolled.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anshan_kg.drawing import marks
from anshan_kg.drawing.svg import element, picture, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markupsafe import Markup

SIGNS = {"met": "tick", "missed": "cross"}
"""Status -> what is drawn into the mark of a promise; the others have a character."""
_CHARACTERS = {"unknown": "?", "contradicted": "≠", "open": ""}

MARK = 17.0
"""Size of a mark."""

_TYPE, _BOLD, _SMALL = 12.5, 14.0, 11.0
"""Sizes of type; bold letters are as wide as plain ones of a larger size."""
_LABELS = 196.0
_PITCH = 78.0
_SKIP = 26.0
"""Width of a year, and of a gap where years without any mark are left out."""
_HEAD = 30.0
_STEP = 21.0
"""From one mark to the next, where several stand at one year."""
_ROW = 36.0
"""Height of a row of marks with what is written under them."""
_ASIDE_EACH = 5
"""Marks in a line of the column for what bears no year."""
_ASIDE = _ASIDE_EACH * _STEP + 24


@dataclass(frozen=True, slots=True)
class Mark:
    """
    One promise, base or outcome.

    Attributes:
        sort: target, baseline or outcome.
        year: Its year; None where none is given.
        text: What stands under it; "" for nothing.
        told: All that is to be told of it, for who hovers over the mark or hears it.
        href: Where its evidence is.
        status: Whether the promise is met; "" for what is no promise.
    """

    sort: str
    year: int | None
    text: str
    told: str
    href: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """What is counted, with all that is promised and told of it for some year."""

    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """
    A thing that promises are about.

    Attributes:
        name, href: What it is called, and where it is shown.
        lanes: What is dated.
        undated: Promises without a year.
    """

    name: str
    href: str
    lanes: tuple[Lane, ...]
    undated: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """
    What stands in the picture.

    Attributes:
        title, description: For who cannot see it.
        lanes: Name of the picture of the lanes' names.
        undated: Head of the column for what bears no year.
        today: What stands at the year from which it is judged.
    """

    title: str
    description: str
    lanes: str
    undated: str
    today: str


@dataclass(slots=True)
class _Axis:
    """Where each year stands."""

    years: list[int]
    at: dict[int, float] = field(default_factory=dict)
    gaps: list[float] = field(default_factory=list)
    end: float = 0.0

    def __post_init__(self) -> None:
        x = _PITCH / 2
        for before, year in zip([None, *self.years], self.years, strict=False):
            if before is not None:
                x += _PITCH
                if year > before + 1:
                    self.gaps.append(x - _PITCH / 2 + _SKIP / 2)
                    x += _SKIP
            self.at[year] = x
        self.end = x + _PITCH / 2


def draw(groups: Sequence[Group], today: int, words: Words) -> tuple[Markup, Markup]:
    """
    Return the names of the lanes, and the years with their marks, as two pictures of the same height.

    Args:
        groups: What is shown.
        today: The year from which it is judged.
        words: What stands in it.
    """
    dated = {
        mark.year for group in groups for lane in group.lanes for mark in lane.marks if mark.year is not None
    }
    axis = _Axis(sorted(dated | {today}))
    aside = any(group.undated for group in groups)
    width = axis.end + (_ASIDE if aside else 0)
    names: list[Markup] = []
    bands: list[Markup] = []
    rows: list[Markup] = []
    y = _HEAD
    for index, group in enumerate(groups):
        top = y
        label = list(_named(group, y))
        beside: list[Markup] = []
        head = max(_head_height(group), 26.0)
        beside += _set_aside(group.undated, axis.end + 18, y + 13)
        y += head
        for lane in group.lanes:
            lines = wrap(lane.name, _TYPE, _LABELS - 22, 4)
            height = max(_lane_height(lane), 15.0 * len(lines) + 8)
            label.append(_lines(lines, 14, y + 15, "lane-name"))
            beside += _lane(lane, axis, y)
            y += height
        y += 6
        band = "band band-odd" if index % 2 else "band"
        names += [element("rect", x=0, y=top, width=_LABELS, height=y - top, class_=band), *label]
        bands.append(element("rect", x=0, y=top, width=width, height=y - top, class_=band))
        rows.append(element("g", beside, class_="rows rows-odd" if index % 2 else "rows"))
    height = y + 4
    left = picture(_LABELS, height, words.lanes, words.description, names, class_="picture lanes")
    grid = list(_grid(axis, today, words, height, aside))
    right = picture(
        width, height, words.title, words.description, bands, grid, rows, class_="picture timeline"
    )
    return left, right


def _named(group: Group, y: float) -> Iterator[Markup]:
    lines = wrap(group.name, _BOLD, _LABELS - 12, 3)
    yield element("a", _lines(lines, 6, y + 17, "group-name"), href=group.href)


def _head_height(group: Group) -> float:
    names = 15.0 * len(wrap(group.name, _BOLD, _LABELS - 12, 3)) + 9
    asides = -(-len(group.undated) // _ASIDE_EACH) * _STEP + 6
    # What is set aside may reach down beside the lanes, where there is nothing in its column.
    lanes = sum(_lane_height(lane) for lane in group.lanes)
    return max(names, asides - lanes)


def _lane_height(lane: Lane) -> float:
    return _ROW * (2 if any(mark.sort == "outcome" for mark in lane.marks) else 1) + 8


def _lines(lines: Iterable[str], x: float, y: float, class_: str, anchor: str = "start") -> Markup:
    spans = [element("tspan", line, x=x, dy=None if i == 0 else 14) for i, line in enumerate(lines)]
    return element("text", spans, x=x, y=y, class_=class_, text_anchor=None if anchor == "start" else anchor)


def _grid(axis: _Axis, today: int, words: Words, height: float, aside: bool) -> Iterator[Markup]:
    for year, x in axis.at.items():
        now = " axis-today" if year == today else ""
        yield element("line", x1=x, y1=_HEAD - 4, x2=x, y2=height, class_="axis-line" + now)
        yield element("text", str(year), x=x, y=16, text_anchor="middle", class_="axis-year" + now)
        if now:
            yield element("text", words.today, x=x, y=27, text_anchor="middle", class_="axis-note")
    for x in axis.gaps:
        yield element("path", d=f"M{x - 4:.0f} 18l4 -12m2 12l4 -12", class_="axis-gap")
    if aside:
        yield element("line", x1=axis.end, y1=4, x2=axis.end, y2=height, class_="axis-end")
        yield element("text", words.undated, x=axis.end + 10, y=16, class_="axis-year")


def _lane(lane: Lane, axis: _Axis, y: float) -> Iterator[Markup]:
    promised: dict[int, list[Mark]] = defaultdict(list)
    told: dict[int, list[Mark]] = defaultdict(list)
    for mark in lane.marks:
        if mark.year is not None:
            (told if mark.sort == "outcome" else promised)[mark.year].append(mark)
    for row, cells in enumerate((promised, told)):
        top = y + row * _ROW + 12
        for year, each in cells.items():
            x = axis.at[year]
            yield from _cell(each, x, top, _room(year, cells, axis))


def _room(year: int, cells: Iterable[int], axis: _Axis) -> float:
    """Return how wide the text under a mark may be, so that it meets no other in its row."""
    others = [abs(axis.at[each] - axis.at[year]) for each in cells if each != year]
    edge = 2 * min(axis.at[year], axis.end - axis.at[year])
    return min([*others, edge, 132.0]) - 4


def _cell(each: list[Mark], x: float, y: float, room: float) -> Iterator[Markup]:
    start = x - _STEP * (len(each) - 1) / 2
    for i, mark in enumerate(each):
        yield mark_of(mark, start + i * _STEP, y)
    texts = list(dict.fromkeys(mark.text for mark in each if mark.text))
    lines = wrap(" · ".join(texts), _SMALL, max(room, _PITCH - 4), 2) if texts else []
    if len(lines) == 1 or all(text_width(line, _SMALL) <= room for line in lines):
        yield _under(lines[:2], x, y)
    else:
        yield _under(wrap(" · ".join(texts), _SMALL, room, 2), x, y)


def _under(lines: list[str], x: float, y: float) -> Markup:
    spans = [element("tspan", line, x=x, dy=None if i == 0 else 11) for i, line in enumerate(lines)]
    return element("text", spans, x=x, y=y + MARK / 2 + 10, text_anchor="middle", class_="mark-text")


def _set_aside(undated: Sequence[Mark], x: float, y: float) -> Iterator[Markup]:
    for i, mark in enumerate(undated):
        yield mark_of(mark, x + i % _ASIDE_EACH * _STEP, y + i // _ASIDE_EACH * _STEP)


def mark_of(mark: Mark, x: float, y: float) -> Markup:
    """Return a mark that leads to its evidence: its shape tells its sort, the sign in it the status."""
    classes = f"mark mark-{mark.sort}" + (f" mark-{mark.status}" if mark.status else "")
    return element("a", element("title", mark.told), *_shape(mark, x, y), href=mark.href, class_=classes)


def _shape(mark: Mark, x: float, y: float) -> Iterator[Markup]:
    if mark.sort == "outcome":
        yield marks.circle(x, y, MARK * 0.7, "mark-face")
    elif mark.sort == "baseline":
        yield marks.square(x, y, MARK * 0.75, "mark-face")
    else:
        yield marks.diamond(x, y, MARK + 2, "mark-face")
        if sign := SIGNS.get(mark.status):
            yield marks.SHAPES[sign](x, y, MARK * 0.42, "mark-sign")
        elif character := _CHARACTERS.get(mark.status):
            yield element("text", character, x=x, y=y + 4, text_anchor="middle", class_="mark-character")


def sign(sort: str, status: str = "") -> Markup:
    """Return a mark as a picture of its own, for a legend."""
    mark = Mark(sort, None, "", "", "", status)
    classes = f"mark mark-{sort}" + (f" mark-{status}" if status else "")
    return element(
        "svg", element("g", *_shape(mark, 11, 11), class_=classes),
        width=22, height=22, viewBox="0 0 22 22", class_="sign", aria_hidden="true",
    )  # fmt: skip
