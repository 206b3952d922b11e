"""The SPARQL endpoint: SPARQL 1.1 Protocol queries, https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, g, make_response, render_template, request
from werkzeug.exceptions import NotAcceptable

from anshan_kg import __version__, formats
from anshan_kg.model import Table
from anshan_kg.web import cancel, conditional, description, language, observe, pages, protocol
from anshan_kg.web.cache import AnswerCache, is_volatile

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.execution import Outcome, Runner
    from anshan_kg.web.protocol import Asked

_MOST_SHOWN = 1000
_MOST_ON_A_PAGE = 4
"""Megabytes of an answer that is shown as a page; what is larger is for downloading."""
_JSON, _TURTLE = formats.RESULTS[0], formats.GRAPHS[0]
_FOR_PAGES = formats.Choice(_JSON, _TURTLE, page=True)
_CONTENT_TYPES = {
    form.name: f"{form.media_type}; charset=utf-8" if form.media_type.startswith("text/") else form.media_type
    for form in (*formats.RESULTS, *formats.GRAPHS)
}


def blueprint(
    runner: Runner, cache: AnswerCache, *, rows: int = 0, updates: Callable[[], bool] = lambda: False
) -> Blueprint:
    """
    Return the route /sparql.

    Args:
        runner: What runs the queries.
        cache: Keeps answers.
        rows: Rows an answer may have; 0 for any number.
        updates: Tells whether there is an update service beside this one now.
    """
    routes = Blueprint("sparql", __name__)
    endpoint = _Endpoint(runner, cache, rows, updates)
    routes.add_url_rule("/sparql", "endpoint", endpoint.answer, methods=["GET", "POST"])
    return routes


class _Endpoint:
    """The endpoint; see `blueprint`."""

    def __init__(self, runner: Runner, cache: AnswerCache, rows: int, updates: Callable[[], bool]) -> None:
        self._runner, self._cache, self._rows, self._updates = runner, cache, rows or None, updates
        self._services = getattr(runner, "services", None)
        self._sizes: tuple[str, description.Sizes | None] = "", None

    def answer(self) -> Response:
        """Answer a request, with a query or without one."""
        asked = protocol.read(request.environ, request.get_data)
        if asked.text is None:
            return self._without_query(asked)
        choice = _FOR_PAGES if asked.choice.page else asked.choice
        volatile = is_volatile(asked.text)
        version = "" if volatile else self._runner.version
        if version and not choice.page and (header := conditional.wanted()):
            tags = {
                self._tag(asked, form, version)
                for form in (choice.results, choice.graphs)
                if form is not None
            }
            if known := conditional.match(header, tags):
                return conditional.not_modified(known, _lasting(version))
        outcome, said = self._outcome(asked, asked.text, choice, version)
        if choice.page:
            return _page(asked.text, outcome, said)
        return self._sent(asked, outcome, said, volatile=volatile or not outcome.version)

    def _outcome(
        self, asked: Asked, text: str, choice: formats.Choice, version: str
    ) -> tuple[Outcome, list[tuple[str, str]]]:
        """Return the answer to a query, kept or new, with the headers that tell of this one."""
        began = time.perf_counter()
        key = (text, choice, asked.default_graphs, asked.named_graphs)
        name = cancel.name_of_query()
        observe.started(text)
        g.query["id"] = name
        outcome = self._cache.get(key, version) if version else None
        kept = outcome is not None
        if outcome is None:
            outcome = self._runner.run(
                text,
                choice.results,
                choice.graphs,
                seconds=asked.seconds,
                megabytes=_MOST_ON_A_PAGE if choice.page else None,
                rows=self._rows,
                default_graphs=asked.default_graphs,
                named_graphs=asked.named_graphs,
                client=g.query["client"],
                name=name,
                gone=request.environ.get("anshan_kg.gone"),
                gated=True,
            )
            if version and outcome.version:
                self._cache.put(key, text, outcome)
        g.query["rows"] = outcome.rows
        took = round((time.perf_counter() - began) * 1000, 2)
        timing = f"cache;desc=hit, query;dur={took}" if kept else f"query;dur={took}"
        said = [("Server-Timing", timing), (cancel.HEADER, name)]
        if outcome.version:
            said.append(("X-Dataset-Version", outcome.version))
        if outcome.rows is not None:
            said += [("X-Rows", str(outcome.rows)), ("X-Truncated", str(outcome.truncated).lower())]
        if outcome.truncated:
            said.append(("Anshan-Kg-Truncated", f"rows={outcome.rows}"))
        return outcome, said

    def _sent(
        self, asked: Asked, outcome: Outcome, said: list[tuple[str, str]], *, volatile: bool
    ) -> Response:
        """Return an answer for programs."""
        lasting = [("Vary", "Accept"), ("Cache-Control", conditional.NEVER)]
        if not volatile:
            known = self._tag(asked, outcome.format, outcome.version)
            if conditional.wanted().strip() == "*":
                return conditional.not_modified(known, _lasting(outcome.version))
            lasting = [("Vary", "Accept"), ("Cache-Control", conditional.REVALIDATE), ("ETag", f'"{known}"')]
        kind = _CONTENT_TYPES[outcome.format.name]
        return Response(outcome.body, headers=[("Content-Type", kind), *lasting, *said])

    def _tag(self, asked: Asked, form: formats.Format, version: str) -> str:
        named = asked.default_graphs, asked.named_graphs
        return conditional.tag(__version__, version, asked.text, named, form.name, self._rows)

    def _without_query(self, asked: Asked) -> Response:
        """Return the query form for a browser, the service description for programs."""
        if asked.choice.page:
            return _shown("", None, None, "", 0)
        form = asked.choice.graphs
        if form is None:
            raise NotAcceptable("without a query, this address answers with its service description in RDF")
        version, sizes = self._sizes
        if not version or version != self._runner.version:
            version, sizes = self._runner.version, description.measure(self._runner)
            self._sizes = sizes.version if sizes else version, sizes
        updates = f"{request.base_url.removesuffix('/sparql')}/update" if self._updates() else None
        triples = description.describe(
            request.base_url,
            sizes,
            federated=bool(getattr(self._services, "endpoints", ())),
            updates=updates,
        )
        body = formats.write_graph(triples, form)
        response = Response(body, content_type=_CONTENT_TYPES[form.name], headers=[("Vary", "Accept")])
        return conditional.guarded(
            response,
            conditional.tag(version, sizes, updates, form.name, request.base_url, __version__),
        )


def _lasting(version: str) -> list[tuple[str, str]]:
    return [
        ("Vary", "Accept"),
        ("Cache-Control", conditional.REVALIDATE),
        ("X-Dataset-Version", version),
    ]


def _page(text: str, outcome: Outcome, said: list[tuple[str, str]]) -> Response:
    """Return an answer for a browser: a table, a truth value, or triples."""
    table, truth, plain, total = None, None, "", outcome.rows or 0
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
    response = _shown(text, table, truth, plain, total, truncated=outcome.truncated)
    response.headers.extend(said)
    response.headers["Cache-Control"] = conditional.NEVER
    return response


def _shown(
    text: str, table: Table | None, truth: bool | None, plain: str, total: int, *, truncated: bool = False
) -> Response:
    g.lang = language.chosen()
    body = render_template(
        "sparql.html",
        query=text,
        table=table,
        truth=truth,
        plain=plain,
        total=total,
        truncated=truncated,
    )
    return pages.secured(make_response(body))
