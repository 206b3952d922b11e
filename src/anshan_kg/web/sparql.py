"""The SPARQL endpoint: SPARQL 1.1 Protocol queries, https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, make_response, render_template, request
from werkzeug.exceptions import NotAcceptable

from anshan_kg import __version__, formats, queries
from anshan_kg.errors import AnshanError
from anshan_kg.model import Table
from anshan_kg.web import conditional, description, language, observe, pages, problems, protocol, transport
from anshan_kg.web.endpoint import CONTENT_TYPES
from anshan_kg.web.reply import Finished, Reply
from anshan_kg.web.soon import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.execution import Outcome, Runner
    from anshan_kg.web.endpoint import Endpoint, Question
    from anshan_kg.web.protocol import Asked

_MOST_SHOWN = 1000


def blueprint(
    endpoint: Endpoint, runner: Runner, *, updates: Callable[[], bool] = lambda: False
) -> Blueprint:
    """
    Return the route /sparql.

    Args:
        endpoint: What answers queries.
        runner: What runs them.
        updates: Tells whether there is an update service beside this one now.
    """
    routes = Blueprint("sparql", __name__)
    view = _View(endpoint, runner, updates)
    routes.add_url_rule("/sparql", "endpoint", view.answer, methods=["GET", "POST"])
    return routes


class _View:
    """The endpoint as the framework has it; see `blueprint`."""

    def __init__(self, endpoint: Endpoint, runner: Runner, updates: Callable[[], bool]) -> None:
        self._endpoint, self._runner, self._updates = endpoint, runner, updates
        self._services = getattr(runner, "services", None)
        self._sizes: tuple[str, description.Sizes | None] = "", None

    def answer(self) -> Response:
        """Answer a request, with a query or without one."""
        environ = request.environ
        failed: Question | None = environ.get(FAILED)
        if failed is not None and failed.failed is not None:
            observe.note(failed.entry, failed.text, failed.began)
            raise failed.failed
        asked = protocol.read(environ, request.get_data)
        if asked.text is None:
            return self._without_query(asked)
        question = self._endpoint.begin(asked, asked.text, environ)
        if isinstance(question, Reply):
            return Finished.of(transport.finished(environ, question))
        observe.note(question.entry, question.text, question.began)
        try:
            outcome = question.kept or self._runner.run(
                question.text, **self._endpoint.options(question), gated=True
            )
        except AnshanError as error:
            if question.choice.page:
                return _failed(question.text, error)
            raise
        if question.choice.page:
            return _page(question.text, outcome, self._endpoint.told(question, outcome))
        return Finished.of(transport.finished(environ, self._endpoint.end(question, outcome)))

    def _without_query(self, asked: Asked) -> Response:
        """Return the query form for a browser, the service description for programs."""
        if asked.choice.page:
            return _shown("")
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
        response = Response(body, content_type=CONTENT_TYPES[form.name], headers=[("Vary", "Accept")])
        return conditional.guarded(
            response,
            conditional.tag(version, sizes, updates, form.name, request.base_url, __version__),
        )


def _page(text: str, outcome: Outcome, said: list[tuple[str, str]]) -> Response:
    """Return an answer for a browser: a table, a truth value, or triples."""
    table, truth, plain, total = None, None, "", outcome.rows or 0
    if outcome.format in formats.GRAPHS:
        plain = outcome.body.decode()
    else:
        answer = formats.read_table(outcome.body)
        if isinstance(answer, Table):
            total = len(answer)
            table = Table(answer.columns, answer.rows[:_MOST_SHOWN])
        else:
            truth = answer
    response = _shown(text, table=table, truth=truth, plain=plain, total=total, truncated=outcome.truncated)
    response.headers.extend(said)
    response.headers["Cache-Control"] = conditional.NEVER
    return response


def _failed(text: str, error: AnshanError) -> Response:
    """Return the form with the query still in it, and what is wrong with it."""
    problem = problems.told(error)
    response = _shown(text, problem=str(error), status=problem.status_code)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in problem.headers:
            response.headers[name] = problem.headers[name]
    response.headers["Cache-Control"] = conditional.NEVER
    return response


def _shown(text: str, *, status: int = 200, **found: Any) -> Response:  # noqa: ANN401 - for the template
    g.lang = language.chosen()
    body = render_template(
        "sparql.html",
        query=text,
        first=_first(g.lang),
        results=[form.name for form in formats.RESULTS],
        graphs=[form.name for form in formats.GRAPHS],
        endpoint=request.base_url,
        **found,
    )
    return pages.secured(make_response(body, status))


def _first(lang: str) -> str:
    """Return the query that the editor begins with, its title in the language of the page alone."""
    query = queries.load("steps", "examples")
    rest = [line for line in query.text.splitlines() if not line.startswith("#")]
    return "\n".join([f"# {query.title.best(lang)}", *rest]) + "\n"
