"""
The pages: one module and one template each.

A page module has `PATH`, a Flask rule, and `view(kg, **parts)`, which returns what its template
`pages/<name>.html` needs. It may have `data(kg, **parts)`, which returns the same for programs, as
JSON, and `PROGRAMS_FIRST`, by which who states no preference is taken for a program. Adding a page
is adding the two files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, make_response, render_template, request

from anshan_kg.web.data import to_json

if TYPE_CHECKING:
    from types import ModuleType

    from anshan_kg.kg import KnowledgeGraph


def secured(response: Response) -> Response:
    """Return a page with the header that tells what it depends on; see `headers` for the others."""
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    return response


def add(app: Flask, kg: KnowledgeGraph, page: ModuleType) -> None:
    """Serve a page module."""
    name = page.__name__.rpartition(".")[2]

    def view(**parts: Any) -> Response:  # noqa: ANN401 - what the rule holds
        if hasattr(page, "data") and _wants_json(first=getattr(page, "PROGRAMS_FIRST", False)):
            return jsonify(to_json(page.data(kg, **parts)))
        return secured(make_response(render_template(f"pages/{name}.html", **page.view(kg, **parts))))

    app.add_url_rule(page.PATH, endpoint=f"page_{name}", view_func=view)


def _wants_json(*, first: bool) -> bool:
    kinds = ["application/json", "text/html"] if first else ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(kinds, kinds[0]) == "application/json"
