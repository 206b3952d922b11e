"""The sources: what each is, how far it was read, and how much rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, request
from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Table
from anshan_kg.terms import iri, slug_of
from anshan_kg.web import language
from anshan_kg.web.choosing import choice, part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Term
    from anshan_kg.overviews.sources import Source

PATH = "/sources"

_PAGE = 300
_LONGEST = 100

ORDERS: dict[str, Callable[[Source], Any]] = {
    "claims": lambda each: (-each.claims, each.slug),
    "name": lambda each: (each.labels.best(g.lang).casefold(), each.slug),
    "date": lambda each: (not each.issued, _backwards(each.issued), each.slug),
    "kind": lambda each: (each.kind.labels.best(g.lang), -each.claims, each.slug),
    "access": lambda each: (each.access.labels.best(g.lang), -each.claims, each.slug),
}
"""What the list can be sorted by: most first, latest first, else by word."""


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the sources that are chosen, in the order that is chosen."""
    shown = _chosen(kg)
    return {
        "part": part(shown, _PAGE),
        "total": len(kg.sources),
        "claims": sum(each.claims for each in shown),
        "kinds": _counted(kg, "kind"),
        "accesses": _counted(kg, "access"),
        "languages_read": sorted({tag for each in kg.sources for tag in each.languages}),
        "language_name": language_name,
        "orders": list(ORDERS),
        "chosen": {
            "kind": _word("kind"), "access": _word("access"), "language": _word("language"),
            "copies": choice("copies", ("only", "without")), "q": _word("q"), "sort": _order(),
        },
    }  # fmt: skip


def data(kg: KnowledgeGraph) -> list[Source]:
    """Return the same for programs."""
    return _chosen(kg)


def table(kg: KnowledgeGraph) -> Table:
    """Return the same as a table."""
    columns = (
        "source", "sourceName", "title", "kindName", "accessName", "issued", "publisherName",
        "firstPublisherName", "languages", "copy", "statements", "high", "medium", "low", "url",
    )  # fmt: skip
    return Table(columns, tuple(tuple(_row(each)) for each in _chosen(kg)))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the sources that are chosen."""
    return [each.iri for each in _chosen(kg)]


def language_name(tag: str) -> str:
    """Return what a language is called in the language of the request; its tag where that is not known."""
    t, first = language.catalogue(g.lang).get, tag.partition("-")[0]
    return str(t(f"tongue_{first}", tag))


def _row(each: Source) -> Iterable[Term | None]:
    def count(number: int) -> Literal:
        return Literal(str(number), datatype=iri("xsd:integer"))

    def name(text: str) -> Literal | None:
        return Literal(text) if text else None

    return (
        NamedNode(each.iri), name(each.labels.best(g.lang)), name(each.title),
        name(each.kind.labels.best(g.lang)), name(each.access.labels.best(g.lang)), name(each.issued),
        name(each.publisher.labels.best(g.lang) if each.publisher else ""),
        name(each.first_publisher.labels.best(g.lang) if each.first_publisher else ""),
        name(" ".join(each.languages)),
        Literal("true" if each.copied else "false", datatype=iri("xsd:boolean")),
        count(each.claims), count(each.high), count(each.medium), count(each.low), name(each.url),
    )  # fmt: skip


def _chosen(kg: KnowledgeGraph) -> list[Source]:
    kind, access, tag = _word("kind"), _word("access"), _word("language")
    copies, wanted = choice("copies", ("only", "without")), _word("q").casefold()
    found = (
        each
        for each in kg.sources
        if (not kind or slug_of(each.kind.iri) == kind)
        and (not access or slug_of(each.access.iri) == access)
        and (not tag or tag in each.languages)
        and (not copies or each.copied == (copies == "only"))
        and (not wanted or wanted in _searched(each))
    )
    return sorted(found, key=ORDERS[_order()])


def _searched(each: Source) -> str:
    publishers = (other.labels for other in (each.publisher, each.first_publisher) if other)
    texts = [each.title, each.url, *(text for one in (each.labels, *publishers) for text in (one.en, one.zh))]
    return "\n".join(texts).casefold()


def _counted(kg: KnowledgeGraph, aspect: str) -> list[tuple[str, str, int]]:
    """Return slug, name and number of sources of each kind or degree of access, the commonest first."""
    counts: dict[tuple[str, str], int] = {}
    for each in kg.sources:
        concept = getattr(each, aspect)
        key = slug_of(concept.iri), concept.labels.best(g.lang)
        counts[key] = counts.get(key, 0) + 1
    return sorted(((*key, count) for key, count in counts.items()), key=lambda each: (-each[2], each[0]))


def _word(name: str) -> str:
    """Return what a parameter says; a kind or language that no source is of is no mistake, but gives none."""
    return request.args.get(name, "").strip()[:_LONGEST]


def _order() -> str:
    return choice("sort", ORDERS, "claims")


def _backwards(date: str) -> tuple[int, ...]:
    """Return what sorts dates, whole or in part, the latest first."""
    return tuple(-int(piece) for piece in date.split("-") if piece.isdigit())
