"""The evidence of one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/why"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the claims and passages behind `?s= &p= &o=`."""
    parts = {key: request.args.get(key, "") for key in ("s", "p", "o")}
    missing = [key for key, value in parts.items() if not value]
    if missing:
        raise ParameterError(f"/why needs s, p and o; missing: {', '.join(missing)}")
    return {"parts": parts, "evidence": kg.why(parts["s"], parts["p"], parts["o"])}
