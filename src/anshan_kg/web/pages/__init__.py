"""
The pages: one module and one template each.

A page module has `PATH`, a Flask rule, and `view(kg, **parts)`, which returns what its template
`pages/<name>.html` needs. Adding a page is adding the two files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, make_response, render_template

if TYPE_CHECKING:
    from types import ModuleType

    from anshan_kg.kg import KnowledgeGraph

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def add(app: Flask, kg: KnowledgeGraph, page: ModuleType) -> None:
    """Serve a page module."""
    name = page.__name__.rpartition(".")[2]

    def view(**parts: Any) -> Response:  # noqa: ANN401 - what the rule holds
        response = make_response(render_template(f"pages/{name}.html", **page.view(kg, **parts)))
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    app.add_url_rule(page.PATH, endpoint=f"page_{name}", view_func=view)
