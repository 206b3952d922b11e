"""The one table from errors to statuses, and how an error is told to browsers and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Response, g, json, render_template, request
from werkzeug.exceptions import HTTPException

from anshan_kg import formats
from anshan_kg.errors import (
    AnshanError,
    AnswerTooLarge,
    ChangeTimeout,
    DataError,
    Forbidden,
    InvalidChange,
    LimitError,
    NotAcceptable,
    Overloaded,
    QueryCancelled,
    QueryError,
    QueryRefused,
    QueryTimeout,
    QueryTooLong,
    ReadOnly,
    SourceError,
    Throttled,
    TooMuch,
    Unauthorised,
    UnknownName,
    UserError,
)
from anshan_kg.web import language

if TYPE_CHECKING:
    from flask import Flask

STATUSES: tuple[tuple[type[AnshanError], int], ...] = (
    (UnknownName, 404),
    (NotAcceptable, 406),
    (QueryRefused, 403),
    (QueryTooLong, 413),
    (TooMuch, 413),
    (ReadOnly, 403),
    (Unauthorised, 401),
    (Forbidden, 403),
    (InvalidChange, 422),
    (UserError, 400),
    (Overloaded, 503),
    (Throttled, 429),
    (QueryCancelled, 503),
    (QueryTimeout, 504),
    (ChangeTimeout, 504),
    (AnswerTooLarge, 413),
    (LimitError, 507),
    (SourceError, 502),
    (DataError, 500),
    (AnshanError, 500),
)
"""Which status an error of ours becomes; the first class that fits counts."""

PROBLEM = "application/problem+json"

NOT_FOUND = 404
_TOLD = {400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 500, 501, 502, 503, 504, 507}
"""Statuses of which the catalogue says what they mean, `problem_<status>`."""

_MOST_KNOWN, _LONGEST_WANTED = 12, 60


def status_of(error: AnshanError) -> int:
    """Return the status of an error."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def register(app: Flask) -> None:
    """Answer every error with what, where and what to do; never with a traceback."""

    @app.errorhandler(AnshanError)
    def ours(error: AnshanError) -> Response:
        return told(error)

    @app.errorhandler(HTTPException)
    def theirs(error: HTTPException) -> Response:
        _bare(error)
        response = tell(error.code or 500, error.name, error.description or error.name, {})
        for name, value in error.get_headers():
            if name.lower() not in {"content-type", "content-length"}:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("unexpected %s at %s", type(error).__name__, request.path, exc_info=error)
        _bare(error)
        return tell(
            500, "Internal error", "this is a fault of the service; it has been written to its log", {}
        )


def told(error: AnshanError) -> Response:
    """Return an error of ours as the client would have it, and note it for `observe`."""
    g.failure = _bare(error)
    extra: dict[str, Any] = {}
    if isinstance(error, QueryError) and error.line is not None:
        extra = {"line": error.line, "column": error.column}
    if isinstance(error, UnknownName):
        extra = {"known": list(error.known)}
    if isinstance(error, InvalidChange):
        if (form := _report_format()) is not None:
            return _report(error, form)
        extra = {
            "faults": list(error.faults),
            "report": _report(error, formats.GRAPHS[0]).get_data(as_text=True),
        }
    response = tell(status_of(error), type(error).__name__, str(error), extra)
    _tell_what_to_do(response, error)
    return response


def _bare(error: BaseException) -> BaseException:
    """
    Return an error without the frames it came through.

    They hold the request, which holds the error: a circle that keeps a large request in memory until
    somebody looks for garbage.
    """
    each: BaseException | None = error
    while each is not None:
        each.__traceback__ = None
        each = each.__cause__ or each.__context__
    return error


def _tell_what_to_do(response: Response, error: AnshanError) -> None:
    """Say in headers when to come again, or with which token."""
    if isinstance(error, Overloaded | Throttled | QueryCancelled):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorised):  # RFC 6750, section 3
        told = ', error="invalid_token"' if error.wrong else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="anshan-kg"{told}'
    if isinstance(error, Forbidden):
        response.headers["WWW-Authenticate"] = (
            f'Bearer realm="anshan-kg", error="insufficient_scope", scope="{error.scope}"'
        )


def _report_format() -> formats.Format | None:
    """Return the RDF format that the client names for a report; None where it would take JSON or a page."""
    accept = request.accept_mimetypes
    named = {kind.partition(";")[0].strip().lower() for kind, quality in accept if quality > 0}
    offered = [form for form in formats.DOCUMENTS if form.media_type in named]
    return formats.negotiate(request.headers.get("Accept"), offered) if offered else None


def _report(error: InvalidChange, form: formats.Format) -> Response:
    """Return the SHACL report of a write that was refused."""
    triples = (quad.triple for quad in ox.parse(error.report, ox.RdfFormat.N_TRIPLES))
    response = Response(formats.write_graph(triples, form), 422, mimetype=form.media_type)
    response.headers["Vary"] = "Accept"
    return response


def tell(status: int, title: str, detail: str, extra: dict[str, Any]) -> Response:
    """Return an error as HTML for browsers, plain text where asked for, else RFC 9457 JSON."""
    best = request.accept_mimetypes.best_match(
        [PROBLEM, "application/json", "text/html", "text/plain"], PROBLEM
    )
    if best == "text/html":
        g.lang = language.chosen()
        last = request.path.rpartition("/")[2].replace("-", " ")
        body = render_template(
            "problem.html", status=status, detail=detail, told=_TOLD,
            known=extra.get("known", ())[:_MOST_KNOWN],
            wanted=last[:_LONGEST_WANTED] if status == NOT_FOUND else "",
        )  # fmt: skip
        response = Response(body, status, mimetype="text/html")
    elif best == "text/plain":
        response = Response(f"{detail}\n", status, mimetype="text/plain")
    else:
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
        response = Response(json.dumps(problem, ensure_ascii=False) + "\n", status, mimetype=PROBLEM)
    response.headers["Vary"] = "Accept"
    return response
