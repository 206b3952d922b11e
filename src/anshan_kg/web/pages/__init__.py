"""
The pages: one module and one template each, and for every page the same as files.

A page module has `PATH`, a Flask rule, and `view(kg, **parts)`, which returns what its template
`pages/<name>.html` needs. What programs get of it, its twins, comes from

- `data(kg, **parts)`: any value of the model, as JSON,
- `table(kg, **parts)`: a `Table`, as CSV,
- `things(kg, **parts)`: IRIs, whose descriptions are one graph in Turtle,

at the address of the page with `.json`, `.csv` or `.ttl` behind it; JSON by `Accept` too, and to who
states no preference where the module says `PROGRAMS_FIRST`. A page whose files are elsewhere has
`files(**parts)` instead, pairs of ending and address. Where what was asked makes no sense, `status` in
what `view` returns says so, and `twins` names other files or none. Adding a page is adding the two files.

Pages are functions of the data, the address and the language: what was made is kept until one changes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, json, make_response, render_template, request
from werkzeug.routing import BaseConverter

from anshan_kg import formats
from anshan_kg.errors import UnknownName
from anshan_kg.web import conditional, headers
from anshan_kg.web.data import to_json

if TYPE_CHECKING:
    from types import ModuleType

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Graph
    from anshan_kg.web.cache import AnswerCache

TWINS = {"json": "data", "csv": "table", "ttl": "things"}
"""Endings of the files beside a page, each with the function of the module that it comes from."""

WAYS = (
    ("/chains", "chains"), ("/progress", "progress"), ("/map", "map"), ("/graph", "graph"),
    ("/ask", "questions"), ("/sparql", "sparql"), ("/potential", "potential"),
    ("/conflicts", "conflicts"), ("/sources", "sources"), ("/page/ont", "ontology"),
)  # fmt: skip
"""What every page leads to: address, and word of the catalogue."""

_FINE = 200

MOST_THINGS = 500
"""So many things are described in one file at most."""

_CONTENT_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ttl": formats.by_name("ttl", formats.DOCUMENTS).media_type,
}
_VARY = "Accept, Accept-Language, Cookie"


class Ending(BaseConverter):
    """The ending of a file beside a page, in an address."""

    regex = "(?:json|csv|ttl)"


@dataclass(frozen=True, slots=True)
class Made:
    """A page as it was sent; see `AnswerCache`."""

    body: bytes
    version: str


def secured(response: Response) -> Response:
    """
    Return a page with the headers that are its own; see `headers` for the others.

    Also where it is sent as 304: what a browser is told then replaces what it was told with the page.
    """
    response.headers["Vary"] = _VARY
    response.headers["Content-Security-Policy"] = headers.PAGE
    return response


def twin_of(path: str) -> str:
    """
    Return the rule of the files beside a page.

    >>> twin_of("/chains"), twin_of("/")
    ('/chains.<twin:ending>', '/index.<twin:ending>')
    """
    return f"{'/index' if path == '/' else path}.<twin:ending>"


def ways() -> tuple[tuple[str, str], ...]:
    """Return what every page leads to, of what this service has."""
    known = {rule.rule for rule in current_app.url_map.iter_rules()}
    return tuple((path, word) for path, word in WAYS if path in known)


def add(app: Flask, kg: KnowledgeGraph, page: ModuleType, kept: AnswerCache[Made]) -> None:
    """Serve a page module and its twins."""
    name = page.__name__.rpartition(".")[2]
    app.url_map.converters.setdefault("twin", Ending)
    endings = [ending for ending, function in TWINS.items() if hasattr(page, function)]

    def view(**parts: Any) -> Response:  # noqa: ANN401 - what the rule holds
        if hasattr(page, "data") and _wants_json(first=getattr(page, "PROGRAMS_FIRST", False)):
            return twin("json", **parts)
        return secured(_page(kg, page, name, parts, endings, kept))

    def twin(ending: str, **parts: Any) -> Response:  # noqa: ANN401
        return _twin(kg, page, ending, parts, kept)

    app.add_url_rule(page.PATH, endpoint=f"page_{name}", view_func=view)
    # A page of many things that says where its files are has none here.
    if endings and not (hasattr(page, "files") and "<" in page.PATH):
        app.add_url_rule(twin_of(page.PATH), endpoint=f"twin_{name}", view_func=twin)


def _page(
    kg: KnowledgeGraph,
    page: ModuleType,
    name: str,
    parts: dict[str, Any],
    endings: list[str],
    kept: AnswerCache[Made],
) -> Response:
    key = _key(name, "html")
    version = kg.version
    made = kept.get(key, version) if version else None
    if made is None:
        files = page.files(**parts) if hasattr(page, "files") else _files(page.PATH, endings)
        shown = page.view(kg, **parts)
        status = shown.pop("status", _FINE)
        body = render_template(f"pages/{name}.html", **{"twins": files, **shown}).encode()
        if status != _FINE:
            return make_response(body, status)
        made = Made(body, version)
        kept.put(key, request.full_path, made)
    return conditional.guarded(make_response(made.body), conditional.tag(made.body))


def _key(name: str, ending: str) -> tuple[object, ...]:
    """Return all that a page or a file beside it depends on, the data aside."""
    judging = current_app.config.get("JUDGING", lambda: False)()
    today = dt.datetime.now(dt.UTC).date()  # whether a promise is due depends on it
    return name, ending, request.full_path, request.script_root, g.lang, judging, today


def _files(path: str, endings: list[str]) -> tuple[tuple[str, str], ...]:
    """Return the twins of a page as (ending, address), the question of its address with them."""
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    base = "/index" if path == "/" else request.path
    return tuple((ending, f"{request.script_root}{base}.{ending}{query}") for ending in endings)


def _twin(
    kg: KnowledgeGraph, page: ModuleType, ending: str, parts: dict[str, Any], kept: AnswerCache[Made]
) -> Response:
    function = getattr(page, TWINS[ending], None)
    if function is None:
        known = [each for each, made_by in TWINS.items() if hasattr(page, made_by)]
        raise UnknownName("file beside this page", ending, known)
    key, version = _key(page.__name__, ending), kg.version
    made = kept.get(key, version) if version else None
    if made is None:
        made = Made(_written(kg, ending, function(kg, **parts)), version)
        kept.put(key, request.full_path, made)
    response = Response(made.body, content_type=_CONTENT_TYPES[ending])
    response.headers["Vary"] = _VARY
    return conditional.guarded(response, conditional.tag(made.body))


def _written(kg: KnowledgeGraph, ending: str, found: Any) -> bytes:  # noqa: ANN401 - of the ending's function
    if ending == "json":
        return (json.dumps(to_json(found), ensure_ascii=False) + "\n").encode()
    if ending == "csv":
        return formats.write_table(found, formats.by_name("csv"))
    return formats.write_graph(described(kg, found), formats.by_name("ttl", formats.DOCUMENTS))


def described(kg: KnowledgeGraph, things: list[str]) -> Graph:
    """Return the descriptions of some things as one graph, of `MOST_THINGS` at most."""
    return kg.describe(*[thing for thing in dict.fromkeys(things) if thing in kg.names.types][:MOST_THINGS])


def _wants_json(*, first: bool) -> bool:
    kinds = ["application/json", "text/html"] if first else ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(kinds, kinds[0]) == "application/json"
