"""One thing: its names, what is said of it part by part, and who says each of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import g, request
from markupsafe import Markup
from pyoxigraph import Literal

from anshan_kg import formats
from anshan_kg.dossier import PAGE
from anshan_kg.drawing.trend import Point, trend
from anshan_kg.errors import ParameterError
from anshan_kg.model import text_of
from anshan_kg.quantities import decimal, spell, with_unit
from anshan_kg.terms import BASE, PREFIXES, slug_of
from anshan_kg.web import language, neighbours, sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anshan_kg.dossier import Dossier, Group, Number
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Entity, Evidence, Statement

PATH = "/page/<path:path>"

_ENDINGS = (*(form.extension for form in formats.DOCUMENTS), "json", "csv")
_PROMISED = {PREFIXES["modality"] + kind for kind in ("target", "plan", "forecast")}
_BOUNDLESS = {"", "exact", "about"}
"""Bounds of numbers that a line may be drawn through: the others say how far, not how much."""

_EXACT = "exact"
_FEWEST = 2
"""So many years a line needs."""

_MOST_PAGES = 10_000
_OWN_PAGES = {"id/source/": "/sources/", "id/chain/": "/chains/", "id/conflict/": "/conflicts#"}
"""Where things of some kinds are shown in a way of their own too."""

_ELSEWHERE = {
    PREFIXES[prefix] + local
    for prefix, local in (
        ("owl", "sameAs"), ("skos", "exactMatch"), ("skos", "closeMatch"), ("skos", "broadMatch"),
        ("skos", "narrowMatch"), ("skos", "relatedMatch"), ("schema", "url"),
    )
}  # fmt: skip
"""Properties whose values are records of others, to be named by their data set."""


def files(path: str) -> list[tuple[str, str]]:
    """Return the documents about the thing: ending and address."""
    return [(ending, f"{request.script_root}/doc/{path}.{ending}") for ending in _ENDINGS]


def view(kg: KnowledgeGraph, path: str) -> dict[str, Any]:
    """Return the thing at a path below the base; of one part of it, `?of=`, the `?page=`."""
    only, page = request.args.get("of", "")[:100], _page()
    thing = kg.dossier(f"{BASE}{path}", only, (page - 1) * PAGE)
    shown = sections.load()
    return {
        "entity": thing,
        "path": path,
        "only": only,
        "page": page,
        "pages": _pages(thing, only, page),
        "sections": shown.arranged(thing.groups) if not only else [(None, list(thing.groups))],
        "title": shown.title,
        "notes": _notes(thing),
        "figures": figures,
        "said_of": lambda numbers: _named_things(thing, numbers),
        "elsewhere": kg.records_elsewhere,
        "elsewhere_properties": _ELSEWHERE,
        "spoken": _spoken,
        "literal": _literal,
        "why": lambda each: _why(thing.iri, each),
        "slug": slug_of,
        "host": lambda address: urlsplit(address).netloc.removeprefix("www."),
        "neighbourhood": None if only else neighbours.drawn(kg, thing.iri, g.lang),
        "own_page": next(
            (f"{page}{slug_of(path)}" for kind, page in _OWN_PAGES.items() if path.startswith(kind)), ""
        ),
        "query": kg.about(thing.iri, g.lang),
    }


def data(kg: KnowledgeGraph, path: str) -> Entity:
    """Return the thing, uncut, for programs."""
    return kg.entity(f"{BASE}{path}")


def figures(group: Group) -> tuple[list[Figure], list[Figure]]:
    """Return the numbers of a group by what was counted: those with a picture, and the others."""
    ordered = sorted(group.numbers, key=_key)
    made = [Figure(*key, numbers, *_trend(numbers)) for key, numbers in _grouped(ordered)]
    return [each for each in made if each.picture], [each for each in made if not each.picture]


@dataclass(frozen=True, slots=True)
class Figure:
    """
    Numbers of one indicator in one unit.

    Attributes:
        picture: Those that can be compared, drawn; None where there are none.
        drawn: The thing that the picture is about.
    """

    title: str
    unit: str
    numbers: list[Number]
    picture: Markup | None
    drawn: str


def _grouped(ordered: list[Number]) -> Iterator[tuple[tuple[str, str], list[Number]]]:
    for key, numbers in groupby(ordered, key=_key):
        yield key, list(numbers)


def _key(number: Number) -> tuple[str, str]:
    return number.indicator.labels.best(g.lang), number.unit.iri


def _named_things(thing: Dossier, numbers: Sequence[Number]) -> bool:
    """Whether a table of numbers has to say what each is about."""
    return any(number.thing.iri != thing.iri for number in numbers)


def _spoken(statements: Sequence[Statement]) -> list[Statement]:
    """Return the statements without the literals of the other language, unless there are no others."""
    chosen = [each for each in statements if (_language(each) or g.lang).startswith(g.lang)]
    return chosen or list(statements)


def _language(statement: Statement) -> str:
    value = statement.value
    return (value.language or "").lower() if isinstance(value, Literal) else ""


def _literal(value: Literal) -> Markup:
    """Return a literal in the words of the page: numbers and dates by locale, an address as a link."""
    text = value.value
    if value.language:
        return Markup('<span lang="{}">{}</span>').format(value.language, text)
    if text.startswith(("https://", "http://")):
        return Markup('<a href="{}" rel="external">{}</a>').format(text, text)
    kind = value.datatype.value.rpartition("#")[2]
    if kind in {"decimal", "integer", "double"} and (amount := decimal(text)) is not None:
        return Markup("{}").format(spell(amount, g.lang))
    if kind == "boolean":
        return Markup("{}").format(language.words(g.lang, "values").get(text, text))
    return Markup("{}").format(language.date(text, g.lang) if kind == "date" else text)


def _why(thing: str, each: Statement) -> str:
    """Return the address of the evidence of a statement."""
    ends = (text_of(each.value), thing) if each.inverse else (thing, text_of(each.value))
    parts = {"s": ends[0], "p": each.predicate.iri, "o": ends[1]}
    return f"{request.script_root}/why?{urlencode(parts)}"


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_PAGES):
        raise ParameterError(f"page is {text[:20]!r}; it is the number of a page, from 1")
    return int(text)


def _pages(thing: Dossier, only: str, page: int) -> int:
    total = thing.groups[0].total if only else 0
    pages = max(-(-total // PAGE), 1)
    if page > pages:
        raise ParameterError(f"page is {page}; there are {pages}")
    return pages


def _notes(thing: Dossier) -> list[str]:
    chosen = [note.value for note in thing.notes if (note.language or g.lang).startswith(g.lang)]
    return chosen or [note.value for note in thing.notes]


def _trend(numbers: Sequence[Number]) -> tuple[Markup | None, str]:
    """Return the picture of numbers that can be compared, where there are some, and what it is about."""
    comparable = max(_comparable(numbers), key=len, default=[])
    if len({number.year for number in comparable}) < _FEWEST:
        return None, ""
    points = [_point(number) for number in sorted(comparable, key=lambda number: number.year)]
    first = comparable[0]
    thing = first.thing.labels.best(g.lang)
    told = "; ".join(f"{each.year}: {each.text} ({each.told})" for each in points)
    return trend(points, f"{thing}: {first.indicator.labels.best(g.lang)}", told), thing


def _comparable(numbers: Sequence[Number]) -> Iterator[list[Number]]:
    """Yield the numbers that count the same: one thing, one unit, one scope, a year and no range."""

    def scope(number: Number) -> tuple[str, str, str]:
        return number.thing.iri, number.unit.iri, number.claim.note.en

    fit = [
        each
        for each in numbers
        if each.value is not None and each.year.isdigit() and each.claim.bound.en in _BOUNDLESS
    ]
    for _, group in groupby(sorted(fit, key=scope), key=scope):
        yield list(group)


def _point(number: Number) -> Point:
    value = number.value or 0
    return Point(
        year=int(number.year),
        value=float(value),
        text=with_unit(spell(number.value, g.lang), number.unit.labels.best(g.lang), g.lang)
        if number.value is not None
        else "",
        told=_told(number.claim),
        promised=number.modality in _PROMISED,
    )


def _told(claim: Evidence) -> str:
    parts = (claim.modality, claim.speaker, claim.source_label)
    return ", ".join(part.best(g.lang) for part in parts if part.best(g.lang))
