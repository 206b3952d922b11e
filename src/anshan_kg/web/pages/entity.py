"""One thing: its names, its facts by relation, and who says each of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from anshan_kg import formats
from anshan_kg.terms import BASE, PREFIXES

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Entity, Statement

PATH = "/page/<path:path>"

_STATUS = PREFIXES["akg"] + "chineseNameStatus"
_NOTE = PREFIXES["skos"] + "scopeNote"


def view(kg: KnowledgeGraph, path: str) -> dict[str, Any]:
    """Return the thing at a path below the base, its statements grouped by relation."""
    entity = kg.entity(f"{BASE}{path}")
    said = [each for each in entity.statements if each.predicate.iri not in {_STATUS, _NOTE}]
    return {
        "entity": entity,
        "path": path,
        "groups": _grouped([each for each in said if not each.inverse]),
        "inverse_groups": _grouped([each for each in said if each.inverse]),
        "notes": [each.value for each in entity.statements if each.predicate.iri == _NOTE],
        "name_status": next(
            (each.value_labels for each in entity.statements if each.predicate.iri == _STATUS), None
        ),
        "downloads": [*(each.extension for each in formats.DOCUMENTS), "json", "csv"],
    }


def data(kg: KnowledgeGraph, path: str) -> Entity:
    """Return the same for programs."""
    return kg.entity(f"{BASE}{path}")


def _grouped(statements: list[Statement]) -> list[tuple[Statement, list[Statement]]]:
    """Return (a statement that names the relation, all its statements), said ones first."""
    groups: dict[str, list[Statement]] = defaultdict(list)
    for statement in sorted(statements, key=lambda each: (not each.evidence, each.inferred)):
        groups[statement.predicate.iri].append(statement)
    return [(group[0], group) for group in groups.values()]
