"""The ontology: every class, property and scheme with its meaning, use, examples and rules."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from flask import g, request

from anshan_kg.drawing.classes import Arrow, Class, diagram
from anshan_kg.model import Labels
from anshan_kg.terms import PREFIXES, curie, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Table
    from anshan_kg.vocabulary import Term, Vocabulary

PATH = "/page/ont"

_AKG = PREFIXES["akg"]
_ENDINGS = ("ttl", "nt", "rdf", "jsonld", "json", "csv")
_MOST_OPEN = 40
"""The members of a longer scheme are shown when they are asked for."""


def files() -> list[tuple[str, str]]:
    """Return the ontology as documents, and this page for programs: ending and address."""
    kinds = {"json": "page", "csv": "page"}
    return [(ending, f"{request.script_root}/{kinds.get(ending, 'doc')}/ont.{ending}") for ending in _ENDINGS]


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the terms of the ontology, classes first, what is reused, the schemes and the rules."""
    known = kg.vocabulary
    own = [term for term in known.terms.values() if term.own]
    return {
        "classes": [term for term in own if term.is_class],
        "properties": [term for term in own if not term.is_class],
        "reused": [term for term in known.terms.values() if not term.own],
        "schemes": known.schemes,
        "uses": known.uses,
        "anchor": lambda term: anchor(term, known),
        "name_of": lambda term: _name(term, known, kg),
        "asked": _asked(known),
        "elsewhere": known.elsewhere,
        "labels": kg.names.labels,
        "rules": known.rules,
        "checks": known.checks,
        "most_open": _MOST_OPEN,
        "slug": slug_of,
        "picture": _picture(known),
        "edition": kg.edition,
        "namespace": _AKG,
    }


def data(kg: KnowledgeGraph) -> list[Term]:
    """Return the classes and properties."""
    return list(kg.vocabulary.terms.values())


def table(kg: KnowledgeGraph) -> Table:
    """Return the classes and properties as a table."""
    return kg.terms()


def anchor(term: str, known: Vocabulary) -> str:
    """
    Return where a term is described: on this page, or at its own address.

    Our terms have their own names as fragments, since that is what their addresses lead to.
    """
    if term not in known.terms:
        return term
    return f"#{term.removeprefix(_AKG) if term.startswith(_AKG) else curie(term).replace(':', '-')}"


def _name(term: str, known: Vocabulary, kg: KnowledgeGraph) -> Labels:
    found = known.terms[term].labels if term in known.terms else kg.names.labels.get(term)
    return found or Labels(curie(term), curie(term))


def _asked(known: Vocabulary) -> dict[str, list[Labels]]:
    """Return class -> what shapes ask of its members, and property -> what they ask of its values."""
    found: dict[str, dict[Labels, None]] = defaultdict(dict)
    for each in known.constraints:
        for term in (each.target, each.path):
            if term:
                found[term][each.message] = None
    return {term: list(messages) for term, messages in found.items()}


def _picture(known: Vocabulary) -> Markup:
    """Return the diagram of the classes that shapes connect."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in known.constraints:
        if each.points_to in known.terms and each.target in known.terms and each.target != each.points_to:
            path = known.terms[each.path].labels.best(g.lang) if each.path in known.terms else ""
            if path and path not in names[each.target, each.points_to]:
                names[each.target, each.points_to].append(path)
    arrows = [
        Arrow(*ends, ("、" if g.lang == "zh" else ", ").join(words)) for ends, words in names.items() if words
    ]
    met = {end for arrow in arrows for end in (arrow.start, arrow.end)}
    arrows += [Arrow(*ends, "", kind_of=True) for ends in _kinds_of(known, met) if ends not in names]
    classes = [
        Class(term, known.terms[term].labels.best(g.lang), anchor(term, known))
        for term in known.terms
        if term in met
    ]
    told = {each.key: each.text for each in classes}
    title = "本体图" if g.lang == "zh" else "Diagram of the ontology"
    described = "; ".join(f"{told[a.start]} → {told[a.end]} {a.text}".strip() for a in arrows)
    return diagram(classes, arrows, title, described)


def _kinds_of(known: Vocabulary, met: set[str]) -> Iterator[tuple[str, str]]:
    for term in sorted(met):
        for above in known.terms[term].above:
            if above in met:
                yield term, above
