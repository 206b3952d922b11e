"""The one table from errors to statuses, and how an error is told to browsers and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g, json, render_template, request
from werkzeug.exceptions import HTTPException

from anshan_kg.errors import (
    AnshanError,
    AnswerTooLarge,
    DataError,
    LimitError,
    NotAcceptable,
    Overloaded,
    QueryCancelled,
    QueryError,
    QueryRefused,
    QueryTimeout,
    QueryTooLong,
    SourceError,
    Throttled,
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
    (UserError, 400),
    (Overloaded, 503),
    (Throttled, 429),
    (QueryCancelled, 503),
    (QueryTimeout, 504),
    (AnswerTooLarge, 413),
    (LimitError, 507),
    (SourceError, 502),
    (DataError, 500),
    (AnshanError, 500),
)
"""Which status an error of ours becomes; the first class that fits counts."""

PROBLEM = "application/problem+json"


def status_of(error: AnshanError) -> int:
    """Return the status of an error."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def register(app: Flask) -> None:
    """Answer every error with what, where and what to do; never with a traceback."""

    @app.errorhandler(AnshanError)
    def ours(error: AnshanError) -> Response:
        g.failure = error  # for `observe`
        extra: dict[str, Any] = {}
        if isinstance(error, QueryError) and error.line is not None:
            extra = {"line": error.line, "column": error.column}
        if isinstance(error, UnknownName):
            extra = {"known": list(error.known)}
        response = tell(status_of(error), type(error).__name__, str(error), extra)
        if isinstance(error, Overloaded | Throttled):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(HTTPException)
    def theirs(error: HTTPException) -> Response:
        response = tell(error.code or 500, error.name, error.description or error.name, {})
        for name, value in error.get_headers():
            if name.lower() not in {"content-type", "content-length"}:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("unexpected %s at %s", type(error).__name__, request.path, exc_info=error)
        return tell(
            500, "Internal error", "this is a fault of the service; it has been written to its log", {}
        )


def tell(status: int, title: str, detail: str, extra: dict[str, Any]) -> Response:
    """Return an error as HTML for browsers, plain text where asked for, else RFC 9457 JSON."""
    best = request.accept_mimetypes.best_match(
        [PROBLEM, "application/json", "text/html", "text/plain"], PROBLEM
    )
    if best == "text/html":
        g.lang = language.chosen()
        body = render_template("problem.html", status=status, title=title, detail=detail)
        response = Response(body, status, mimetype="text/html")
    elif best == "text/plain":
        response = Response(f"{detail}\n", status, mimetype="text/plain")
    else:
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
        response = Response(json.dumps(problem, ensure_ascii=False) + "\n", status, mimetype=PROBLEM)
    response.headers["Vary"] = "Accept"
    return response
