"""The SPARQL endpoint: SPARQL 1.1 Protocol queries, https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox
from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType
from werkzeug.http import parse_accept_header

from anshan_kg import formats
from anshan_kg.execution import egress
from anshan_kg.model import Table
from anshan_kg.terms import BASE
from anshan_kg.web import cancel, observe, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from werkzeug.datastructures import MultiDict

    from anshan_kg.execution import Outcome
    from anshan_kg.kg import KnowledgeGraph

_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
_MOST_SHOWN = 1000
_MOST_ON_A_PAGE = 4
"""Megabytes of an answer that is shown as a page; what is larger is for downloading."""
_DESCRIPTION = "http://www.w3.org/ns/sparql-service-description#"


class Runner(Protocol):
    """What runs strangers' queries; `QueryPool` and `DirectRunner` do."""

    def run(
        self,
        text: str,
        results: formats.Format | None,
        graphs: formats.Format | None,
        *,
        seconds: float | None = None,
        megabytes: int | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        client: str = "",
        name: str = "",
        gone: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Return the answer to a query."""
        ...

    def parse(self, text: str) -> None:
        """Raise QueryError for a text that is not SPARQL."""
        ...

    def cancel(self, name: str) -> bool:
        """Stop a query; return whether there was one of that name."""
        ...


def blueprint(kg: KnowledgeGraph, runner: Runner) -> Blueprint:
    """Return the route /sparql."""
    routes = Blueprint("sparql", __name__)

    @routes.route("/sparql", methods=["GET", "POST"])
    def endpoint() -> Response:
        values = _parameters()
        text = _one(values, "query")
        if text is None and request.method == "GET":
            return _without_query()
        if text is None:
            raise BadRequest("the request has no query; send one as query= or as application/sparql-query")
        observe.started(text)
        admitted = egress.admit(text, kg.graphs, runner.parse, getattr(runner, "services", None))
        name = cancel.name_of_query()
        browser = "format" not in values and _prefers_html()
        results, graphs = (
            (formats.RESULTS[0], formats.GRAPHS[0]) if browser else _wanted(_one(values, "format"))
        )
        outcome = runner.run(
            admitted,
            results,
            graphs,
            seconds=_seconds(_one(values, "timeout")),
            megabytes=_MOST_ON_A_PAGE if browser else None,
            default_graphs=values.getlist("default-graph-uri")
            or ([] if values.get("named-graph-uri") else None),
            named_graphs=values.getlist("named-graph-uri")
            or ([] if values.get("default-graph-uri") else None),
            client=request.remote_addr or "",
            name=name,
            gone=request.environ.get("anshan_kg.gone"),
        )
        response = _page(text, outcome) if browser else _answer(outcome)
        response.headers[cancel.HEADER] = name
        return response

    return routes


def _parameters() -> MultiDict[str, str]:
    """Return the parameters of the request, whichever of the protocol's three ways it takes."""
    values = request.args.copy()
    if request.method != "POST":
        return values
    if request.mimetype == _FORM:
        values.update(request.form)
    elif request.mimetype == _QUERY:
        if "query" in values:
            raise BadRequest("the query is given twice: in the address and in the body")
        try:
            values.add("query", request.get_data().decode("utf-8"))
        except UnicodeDecodeError as error:
            raise BadRequest("the query is not UTF-8") from error
    else:
        raise UnsupportedMediaType(
            f"send the query as {_FORM} or {_QUERY}, not as {request.mimetype or 'nothing'}"
        )
    return values


def _one(values: MultiDict[str, str], name: str) -> str | None:
    given = values.getlist(name)
    if len(given) > 1:
        raise BadRequest(f"{name} is given {len(given)} times; give it once")
    return given[0] if given else None


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError as error:
        raise BadRequest(f"timeout is {text!r}, but has to be a number of seconds") from error
    if not seconds > 0:
        raise BadRequest(f"timeout is {text!r}, but has to be above zero")
    return seconds


def _wanted(name: str | None) -> tuple[formats.Format | None, formats.Format | None]:
    """Return the formats the client takes for tables and for triples."""
    if name is not None:
        chosen = formats.by_name(name)
        return (chosen, None) if chosen in formats.RESULTS else (None, chosen)
    accept = request.headers.get("Accept")
    results, graphs = formats.negotiate(accept, formats.RESULTS), formats.negotiate(accept, formats.GRAPHS)
    if results is None and graphs is None:
        kinds = ", ".join(form.media_type for form in (*formats.RESULTS, *formats.GRAPHS))
        raise NotAcceptable(f"answers come as one of: {kinds}")
    return results, graphs


def _prefers_html() -> bool:
    return prefers_html(request.headers.get("Accept", ""))


@lru_cache(512)
def prefers_html(accept: str) -> bool:
    """Whether an Accept header asks for a page before anything that programs read."""
    ranges = parse_accept_header(accept, MIMEAccept)
    named = {given.partition(";")[0].strip().lower() for given, _ in ranges}
    machine = max(
        (ranges.quality(f.media_type) for f in (*formats.RESULTS, *formats.GRAPHS) if f.media_type in named),
        default=0,
    )
    return "text/html" in named and ranges.quality("text/html") > machine


def _answer(outcome: Outcome) -> Response:
    response = Response(outcome.body)
    for name, value in headers_of(outcome):
        response.headers[name] = value
    return response


def headers_of(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the headers that tell of an answer."""
    kind = outcome.format.media_type
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind),
        ("Vary", "Accept"),
        ("Server-Timing", f"query;dur={outcome.seconds * 1000:.1f}"),
    ]
    if outcome.truncated:
        headers.append(("Anshan-Kg-Truncated", f"rows={outcome.rows}"))
    return headers


def _page(text: str, outcome: Outcome) -> Response:
    """Return an answer for a browser: a table, a truth value, or triples."""
    table, truth, plain, total = None, None, "", 0
    if outcome.format in formats.GRAPHS:
        plain = outcome.body.decode()
    else:
        answer = ox.parse_query_results(outcome.body, format=ox.QueryResultsFormat.JSON)
        if isinstance(answer, ox.QueryBoolean):
            truth = bool(answer)
        else:
            columns = tuple(variable.value for variable in answer.variables)
            rows = [tuple(row[name] for name in columns) for row in answer]
            total = len(rows)
            table = Table(columns, tuple(rows[:_MOST_SHOWN]))
    body = render_template(
        "sparql.html",
        query=text,
        table=table,
        truth=truth,
        plain=plain,
        total=total,
        truncated=outcome.truncated,
    )
    return pages.secured(make_response(body))


def _without_query() -> Response:
    """Return the query form for a browser, the service description for programs."""
    if _prefers_html():
        return pages.secured(
            make_response(render_template("sparql.html", query="", table=None, truth=None, plain="", total=0))
        )
    form = formats.negotiate(request.headers.get("Accept"), formats.GRAPHS)
    if form is None:
        raise NotAcceptable("without a query, this address answers with its service description in RDF")
    response = Response(formats.write_graph(_description(), form), content_type=form.media_type)
    response.headers["Vary"] = "Accept"
    return response


def _description() -> list[ox.Triple]:
    """Return what this endpoint is, by https://www.w3.org/TR/sparql11-service-description/."""
    service = ox.NamedNode(f"{BASE}service")
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

    def term(name: str) -> ox.NamedNode:
        return ox.NamedNode(_DESCRIPTION + name)

    said = [
        ox.Triple(service, kind, term("Service")),
        ox.Triple(service, term("endpoint"), ox.NamedNode(request.base_url)),
        ox.Triple(service, term("supportedLanguage"), term("SPARQL11Query")),
    ]
    iris = (form.engine.iri for form in (*formats.RESULTS, *formats.GRAPHS))
    return [*said, *(ox.Triple(service, term("resultFormat"), ox.NamedNode(iri)) for iri in iris)]
