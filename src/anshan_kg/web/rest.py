"""Questions and exports as plain addresses, and the sign of life."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, request

from anshan_kg import exports, formats, queries
from anshan_kg.errors import ParameterError
from anshan_kg.web import pages
from anshan_kg.web.pages import question

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

_FARTHEST = 20


def _given(name: str) -> dict[str, str]:
    """Return the parameters of a question that the request gives; its language is the reader's."""
    given: dict[str, str] = dict(request.args.items())
    if any(parameter.name == "lang" for parameter in queries.load(name).parameters):
        given.setdefault("lang", g.lang)
    else:
        given.pop("lang", None)
    return given


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the routes of questions, of exports of a view or around a thing, and of the sign of life."""
    routes = Blueprint("rest", __name__)

    @routes.route("/ask/<name>.<ending>")
    def ask(name: str, ending: str) -> Response:
        form = formats.by_name(ending, formats.RESULTS)
        answer = kg.ask(name, **_given(name))
        return Response(formats.write_table(answer, form), content_type=form.media_type)

    @routes.route("/ask/<name>.rq")
    def text(name: str) -> Response:
        return Response(
            kg.question(name, **_given(name)), content_type="application/sparql-query; charset=utf-8"
        )

    @routes.route("/ask/<name>.ttl")
    def statements(name: str) -> Response:
        form = formats.by_name("ttl", formats.DOCUMENTS)
        found = pages.described(kg, question.things_of(kg.ask(name, **_given(name))))
        return Response(formats.write_graph(found, form), content_type=form.media_type)

    @routes.route("/export/<view>.<form>")
    def export(view: str, form: str) -> Response:
        writer = exports.load(form)
        response = Response(kg.export(form, view), content_type=writer.MEDIA_TYPE)
        response.headers["Content-Disposition"] = f'attachment; filename="{view}.{writer.EXTENSION}"'
        return response

    @routes.route("/export/entity/<path:thing>.<form>")
    def export_near(thing: str, form: str) -> Response:
        hops = request.args.get("hops", "1")
        if not re.fullmatch("[0-9]{1,9}", hops) or int(hops) > _FARTHEST:
            raise ParameterError(f"hops is {hops!r}, but has to be a whole number from 0 to {_FARTHEST}")
        writer = exports.load(form)
        response = Response(kg.export(form, thing=thing, hops=int(hops)), content_type=writer.MEDIA_TYPE)
        name = f"{thing.rpartition('/')[2]}.{writer.EXTENSION}".encode("ascii", "replace").decode()
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    @routes.route("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    return routes
