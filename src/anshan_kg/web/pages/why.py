"""The evidence of one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from anshan_kg.errors import ParameterError
from anshan_kg.web.data import to_table

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Evidence, Table

PATH = "/why"
PROGRAMS_FIRST = True


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the claims and passages behind `?s= &p= &o=`."""
    return {"parts": _parts(), "evidence": data(kg)}


def data(kg: KnowledgeGraph) -> tuple[Evidence, ...]:
    """Return the same for programs."""
    return kg.why(*_parts().values())


def table(kg: KnowledgeGraph) -> Table:
    """Return the claims as a table."""
    return to_table(data(kg))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the claims."""
    return [each.claim for each in data(kg)]


def _parts() -> dict[str, str]:
    parts = {key: request.args.get(key, "") for key in ("s", "p", "o")}
    missing = [key for key, value in parts.items() if not value]
    if missing:
        raise ParameterError(f"/why needs s, p and o; missing: {', '.join(missing)}")
    return parts
