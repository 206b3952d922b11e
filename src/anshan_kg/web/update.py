"""The update service: SPARQL 1.1 Protocol, section 2.2, https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from anshan_kg.web import observe
from anshan_kg.web.access import written
from anshan_kg.web.protocol import FORM, UPDATE, UTF8, decoded, pairs

if TYPE_CHECKING:
    from anshan_kg.web.access import Access

_DEFAULT, _NAMED = "using-graph-uri", "using-named-graph-uri"


def blueprint(access: Access) -> Blueprint:
    """Return the route /update."""
    routes = Blueprint("update", __name__)

    @routes.route("/update", methods=["POST"])
    def endpoint() -> Response:
        writer, who = access.enter()
        values = _parameters()
        text = values["update"][0]
        observe.started(text)
        done = writer.update(
            text,
            base=request.base_url,
            using=values.get(_DEFAULT, ()),
            using_named=values.get(_NAMED, ()),
            who=who,
        )
        return written(done, 204)

    return routes


def _parameters() -> dict[str, list[str]]:
    """
    Return the parameters of the request, whichever of the protocol's two ways it takes.

    Raises:
        BadRequest: there is no update, or more than one, or a query.
        UnsupportedMediaType: the body is neither a form nor an update in UTF-8.
    """
    kind = request.mimetype
    if kind not in {FORM, UPDATE}:
        raise UnsupportedMediaType(f"send the update as {FORM} or {UPDATE}, not as {kind or 'nothing'}")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in UTF8:
        raise UnsupportedMediaType(f"the update is in {charset}; send it in UTF-8")
    given = pairs(request.query_string, "address")
    body = request.get_data()
    given += pairs(body, "body") if kind == FORM else [("update", decoded(body, "update"))]
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value)
    if "query" in values:
        raise BadRequest("this address only takes updates; queries are sent to /sparql")
    if len(values.get("update", ())) != 1:
        how = f"given {len(values['update'])} times" if "update" in values else "missing"
        raise BadRequest(f"the update is {how}; send one, as update= in a form or as {UPDATE}")
    return values
