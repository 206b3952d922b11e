"""What is found by a name: by kind, with what matched and why, or what comes near."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request
from pyoxigraph import Literal, NamedNode

from anshan_kg.errors import ParameterError
from anshan_kg.model import Labels, Table
from anshan_kg.web.language import address

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Found, Hit

PATH = "/search"
PROGRAMS_FIRST = True

_LONGEST, _MOST, _PAGE = 200, 200, 30
_COLUMNS = ("thing", "type", "nameEn", "nameZh", "matched", "how", "score")


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A hit as programs and suggestions get it.

    Attributes:
        iri, type, labels, matched, how, score: As in `Hit`.
        kind: What its class is called.
        address: Where its page is.
    """

    iri: str
    type: str
    labels: Labels
    matched: str
    score: float
    how: str
    kind: Labels
    address: str


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the hits for `?q=`, of the class `?type=`, on the `?page=`, and the classes with counts."""
    text, page = _text(), _number("page", "1", 1, 100)
    found = _found(kg, _PAGE, (page - 1) * _PAGE)
    return {
        "text": text,
        "kind": request.args.get("type", ""),
        "found": found,
        "kinds": [(name, kg.class_name(name), count) for name, count in found.types],
        "kind_of": lambda hit: kg.class_name(hit.type),
        "every": sum(count for _, count in found.types),
        "page": page,
        "pages": max(-(-found.total // _PAGE), 1),
        "first": (page - 1) * _PAGE + 1,
    }


def data(kg: KnowledgeGraph) -> list[Shown]:
    """Return the hits for programs, at most `?limit=`."""
    return [
        Shown(
            hit.iri, hit.type, hit.labels, hit.matched, hit.score, hit.how,
            kg.class_name(hit.type), address(hit.iri),
        )
        for hit in _hits(kg)
    ]  # fmt: skip


def table(kg: KnowledgeGraph) -> Table:
    """Return the hits as a table."""
    return Table(_COLUMNS, tuple(_row(hit) for hit in _hits(kg)))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the things that are found."""
    return [hit.iri for hit in _hits(kg)]


def _row(hit: Hit) -> tuple[NamedNode | Literal, ...]:
    texts = (hit.type, hit.labels.en, hit.labels.zh, hit.matched, hit.how)
    return (NamedNode(hit.iri), *(Literal(text) for text in texts), Literal(hit.score))


def _hits(kg: KnowledgeGraph) -> tuple[Hit, ...]:
    return _found(kg, _number("limit", "20", 1, _MOST), 0).hits


def _found(kg: KnowledgeGraph, limit: int, start: int) -> Found:
    return kg.find(_text(), kind=request.args.get("type") or None, limit=limit, start=start)


def _number(name: str, default: str, least: int, most: int) -> int:
    text = request.args.get(name, default)
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ParameterError(f"{name} is {text!r}, but has to be a whole number from {least} to {most}")
    return int(text)


def _text() -> str:
    text = request.args.get("q", "")
    if len(text) > _LONGEST:
        raise ParameterError(f"q has {len(text)} characters; {_LONGEST} are the most")
    return text
