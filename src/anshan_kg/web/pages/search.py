"""Search results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import request

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Hit

PATH = "/search"
PROGRAMS_FIRST = True

_LONGEST, _MOST = 200, 200


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the hits for `?q=`, of the class `?type=`, at most `?limit=`."""
    return {"text": _text(), "hits": data(kg)}


def data(kg: KnowledgeGraph) -> list[Hit]:
    """Return the same for programs."""
    limit = request.args.get("limit", "20")
    if not re.fullmatch("[0-9]{1,9}", limit) or not 1 <= int(limit) <= _MOST:
        raise ParameterError(f"limit is {limit!r}, but has to be a whole number from 1 to {_MOST}")
    return kg.search(_text(), kind=request.args.get("type") or None, limit=int(limit))


def _text() -> str:
    text = request.args.get("q", "")
    if len(text) > _LONGEST:
        raise ParameterError(f"q has {len(text)} characters; {_LONGEST} are the most")
    return text
