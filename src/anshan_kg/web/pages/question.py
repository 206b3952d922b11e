"""One named question: its parameters as a form, its answer, its SPARQL, its addresses."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g, request

from anshan_kg import formats, queries
from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.model import Labels, Table
from anshan_kg.terms import BASE

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Reference
    from anshan_kg.queries import Parameter, Query

PATH = "/ask/<name>"

_MOST_CHOICES = 60
"""Things that are chosen from a list; more are looked for by name."""

_ON_A_PAGE = 50
"""Rows of an answer that are shown at once."""

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Field:
    """
    A parameter as a form shows it.

    Attributes:
        parameter: The parameter.
        typed: What was given for it, as it was given; else empty.
        shown: What stands in the field: the name of the thing that was given, or what was typed.
        default: What it is where nothing is given, by IRI or as text; "" where it may be left open.
        default_labels: The name of the default, where it is a thing.
        choices: The things it is chosen from; empty where it is written.
        fault: What is wrong with it: "", "unknown", or what kind it has to be of.
        likely: Names that may have been meant, where it is unknown.
    """

    parameter: Parameter
    typed: str
    shown: str
    default: str
    default_labels: Labels
    choices: tuple[Reference, ...]
    fault: str = ""
    likely: tuple[str, ...] = ()


def view(kg: KnowledgeGraph, name: str) -> dict[str, Any]:
    """Return the question and its answer for the parameters of the request; faults beside their fields."""
    query = queries.load(name)
    given = _given(query)
    fields = [
        _field(kg, query, parameter, given) for parameter in query.parameters if parameter.kind != "lang"
    ]
    faults = [field for field in fields if field.fault]
    sound = {
        key: value for key, value in given.items() if key not in {field.parameter.name for field in faults}
    }
    table = Table((), ()) if faults else kg.ask(name, **given)
    pages = max(1, math.ceil(len(table) / _ON_A_PAGE))
    page = _page(pages)
    start = (page - 1) * _ON_A_PAGE
    return {
        "query": query,
        "fields": fields,
        "faults": faults,
        "given": given,
        "total": len(table),
        "table": Table(table.columns, table.rows[start : start + _ON_A_PAGE]),
        "start": start,
        "page": page,
        "pages": pages,
        "asked": urlencode({key: value for key, value in given.items() if key != "lang"}),
        "text": kg.question(name, **sound),
        "rest": f"{request.url_root.rstrip('/')}/ask/{name}.json{_question_mark(given)}",
        "labels": kg.names.labels,
        "types": kg.names.types,
        "status": 400 if faults else 200,
    }


def files(name: str) -> tuple[tuple[str, str], ...]:
    """Return where the answer lies in each format, the statements about its things, and its SPARQL."""
    asked = _question_mark(_given(queries.load(name)))
    endings = [*(form.extension for form in formats.RESULTS), "ttl", "rq"]
    return tuple((ending, f"{request.script_root}/ask/{name}.{ending}{asked}") for ending in endings)


def _question_mark(given: dict[str, str]) -> str:
    return f"?{urlencode(given)}" if given else ""


def _given(query: Query) -> dict[str, str]:
    known = {parameter.name: parameter.kind for parameter in query.parameters}
    given = {
        key: value
        for key, value in request.args.items()
        if known.get(key, "lang") != "lang" and value.strip()
    }
    for key, value in given.items():
        if len(value) > _LONGEST:
            raise ParameterError(f"{key} has {len(value)} characters; {_LONGEST} are the most")
    if "lang" in known:
        given["lang"] = g.lang
    return given


def _field(kg: KnowledgeGraph, query: Query, parameter: Parameter, given: dict[str, str]) -> Field:
    typed = given.get(parameter.name, "")
    default = "" if parameter.optional else _bare(parameter.sample)
    labels = kg.names.labels
    choices = kg.members(*parameter.of) if parameter.of else ()
    fault, likely = _fault(kg, query, parameter, typed) if typed else ("", ())
    thing = kg.resolve(typed) if typed and not fault and parameter.kind == "iri" else ""
    return Field(
        parameter,
        thing or typed,
        (labels.get(thing, Labels()).best(g.lang) or typed) if thing else typed,
        default,
        labels.get(default, Labels()),
        choices if len(choices) <= _MOST_CHOICES else (),
        fault,
        likely,
    )


def _fault(kg: KnowledgeGraph, query: Query, parameter: Parameter, typed: str) -> tuple[str, tuple[str, ...]]:
    """Return what is wrong with a value, and what may have been meant."""
    try:
        if parameter.kind == "iri":
            kg.resolve(typed)
        else:
            query.bind(**{parameter.name: queries.literal(parameter, typed)})
    except UnknownName as error:
        return "unknown", error.known
    except ParameterError:
        return parameter.kind, ()
    return "", ()


def _bare(sample: str) -> str:
    """Return a sample value without its signs: an IRI, or a text."""
    return sample.split("^^", maxsplit=1)[0].strip('<>"').split('"@')[0]


def _page(pages: int) -> int:
    text = request.args.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", text) or int(text) > pages:
        raise ParameterError(f"page is {text!r}, but has to be a whole number from 1 to {pages}")
    return int(text)


def things_of(table: Table) -> list[str]:
    """Return the things of this graph that an answer names."""
    found = (getattr(term, "value", "") for row in table.rows for term in row)
    return list(dict.fromkeys(value for value in found if value.startswith(BASE) and " " not in value))
