"""Search results as a page; `/search` gives programs the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

PATH = "/find"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the hits for `?q=`."""
    text = request.args.get("q", "")[:200]
    return {"text": text, "hits": kg.search(text) if text else []}
