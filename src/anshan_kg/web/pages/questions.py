"""The named questions: by who asks them, narrowed by what they are about and by words."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request
from pyoxigraph import Literal

from anshan_kg.errors import ParameterError
from anshan_kg.model import Labels, Table
from anshan_kg.search import normalise
from anshan_kg.terms import iri

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.queries import Query

PATH = "/ask"

_LONGEST = 200
_SELDOM = 3
"""Classes that fewer questions are asked with are no theme."""


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A named question in the list of them.

    Attributes:
        name: What it goes by.
        title: The question in both languages.
        audience: Who asks it.
        uses: The classes and properties it is asked with, by short name.
        notes: What else is to be known of it, in English.
    """

    name: str
    title: Labels
    audience: str
    uses: tuple[str, ...]
    notes: str


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the questions of each audience that fit `?q=`, `?for=` and `?about=`."""
    every = data(kg)
    text, audience, theme = (request.args.get(name, "") for name in ("q", "for", "about"))
    if len(text) > _LONGEST:
        raise ParameterError(f"q has {len(text)} characters; {_LONGEST} are the most")
    classes = kg.completion.classes
    counted = Counter(term for each in every for term in each.uses if term in classes)
    groups: dict[str, list[Listed]] = defaultdict(list)
    for each in every:
        if _fits(each, text) and audience in {"", each.audience} and (not theme or theme in each.uses):
            groups[each.audience].append(each)
    return {
        "groups": groups,
        "found": sum(map(len, groups.values())),
        "all": len(every),
        "audiences": sorted({each.audience for each in every}),
        "themes": [
            (name, classes[name].named.labels, count)
            for name, count in counted.most_common()
            if count >= _SELDOM
        ],
        "text": text,
        "audience": audience,
        "theme": theme,
    }


def data(kg: KnowledgeGraph) -> list[Listed]:
    """Return all questions for programs."""
    return [_listed(kg, query) for query in kg.questions()]


def table(kg: KnowledgeGraph) -> Table:
    """Return all questions as a table."""
    rows = tuple(
        (
            Literal(each.name),
            Literal(each.title.en, language="en"),
            Literal(each.title.zh, language="zh-Hans"),
            Literal(each.audience),
            Literal(" ".join(each.uses)),
        )
        for each in data(kg)
    )
    return Table(("name", "titleEn", "titleZh", "audience", "uses"), rows)


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the classes and properties that questions are asked with."""
    return sorted({iri(term).value for each in data(kg) for term in each.uses if term.startswith("akg:")})


def _listed(kg: KnowledgeGraph, query: Query) -> Listed:
    known = {*kg.completion.classes, *kg.completion.properties} - {"rdfs:label", "rdf:type"}
    uses = tuple(term for term in query.terms if term in known)
    return Listed(query.name, query.title, query.audience, uses, query.notes)


def _fits(question: Listed, text: str) -> bool:
    names = normalise(f"{question.name} {question.title.en} {question.title.zh} {' '.join(question.uses)}")
    return all(word in names for word in normalise(text).split())
