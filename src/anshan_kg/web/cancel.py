"""Stopping a query that runs: `DELETE` or `POST` to `/queries/<id>`."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

GONE = "anshan_kg.gone"
"""Where the environment of a request says whether its client has gone."""

HEADER = "X-Query-Id"
"""Header in which a client may choose the id of its query, and in which the answer tells it."""

_KEY = "HTTP_X_QUERY_ID"
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def name_of_query(environ: dict[str, Any]) -> str:
    """
    Return the id of a request's query: the client's own, or one that nobody can guess.

    Raises:
        BadRequest: the client's is none that can stand for a secret.
    """
    given: str | None = environ.get(_KEY)
    if given is None:
        return secrets.token_hex(8)
    if not _ID.fullmatch(given):
        raise BadRequest(f"{HEADER} has to be 16 to 64 letters, digits, hyphens or underscores")
    return given


def blueprint(cancel: Callable[[str], bool]) -> Blueprint:
    """Return the route /queries/<id>; who knows the id of a query may stop it."""
    routes = Blueprint("cancel", __name__)

    @routes.route("/queries/<name>", methods=["DELETE", "POST"])
    def stop(name: str) -> Response:
        if not cancel(name):
            raise NotFound("no query of this id is running; it may have ended")
        said: dict[str, Any] = {"cancelled": name}
        return jsonify(said)

    return routes
