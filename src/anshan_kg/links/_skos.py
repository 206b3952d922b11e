"""Concepts of a vocabulary in RDF: names by language, definition, what is broader."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg.errors import DataError, ParameterError
from anshan_kg.foreign import refuse_growth
from anshan_kg.links._table import whole
from anshan_kg.terms import iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept: IRI, names by language with the label first, definition, IRIs of what is broader."""

    iri: str
    names: tuple[tuple[str, str], ...]
    definition: str
    broader: tuple[str, ...]


_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
}


def described(path: Path) -> dict[str, dict[str, list[ox.Literal | ox.NamedNode]]]:
    """
    Return what a file of RDF says: IRI of subject -> IRI of property -> values, in the order of the file.

    Raises:
        DataError: it cannot be read, is too large to be read whole, or is not RDF; the error names
            the line.
    """
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise DataError(path, f"is none of the forms that are read: {', '.join(_FORMATS)}")
    found: dict[str, dict[str, list[ox.Literal | ox.NamedNode]]] = defaultdict(lambda: defaultdict(list))
    data = whole(path).encode()
    try:
        if form == ox.RdfFormat.RDF_XML:
            refuse_growth(data, str(path))
        for quad in ox.parse(data, form):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal | ox.NamedNode):
                found[quad.subject.value][quad.predicate.value].append(quad.object)
    except SyntaxError as error:
        raise DataError(
            path, f"is malformed, or was cut off: {str(error).splitlines()[0]}", error.lineno
        ) from error
    except ParameterError as error:
        raise DataError(path, str(error)) from error
    return found


def concepts(path: Path, space: str) -> Iterator[Concept]:
    """
    Yield the SKOS concepts of a namespace, by IRI.

    Raises:
        DataError: as in `described`, or there are none.
    """
    things = described(path)
    none = True
    for thing in sorted(things):
        facts = things[thing]
        if not thing.startswith(space) or not facts.get(iri("skos:prefLabel").value):
            continue
        none = False
        names = (*_named(facts[_PREFERRED]), *_named(facts.get(_OTHER, ())))
        definition = next((text.value for text in facts.get(_DEFINITION, ()) if _english(text)), "")
        yield Concept(thing, names, definition, tuple(each.value for each in facts.get(_BROADER, ())))
    if none:
        raise DataError(path, f"has no concept with a label under {space}")


_PREFERRED, _OTHER = iri("skos:prefLabel").value, iri("skos:altLabel").value
_DEFINITION, _BROADER = iri("skos:definition").value, iri("skos:broader").value


def _named(values: Iterable[ox.Literal | ox.NamedNode]) -> Iterator[tuple[str, str]]:
    """Yield English and Chinese names; one without a language is taken for English."""
    for value in values:
        if isinstance(value, ox.Literal):
            language = (value.language or "en").lower().partition("-")[0]
            if language in {"en", "zh"}:
                yield language, value.value


def _english(value: ox.Literal | ox.NamedNode) -> bool:
    return isinstance(value, ox.Literal) and (value.language or "en").startswith("en")
