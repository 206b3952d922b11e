"""Questions and exports as plain addresses, and the sign of life."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, request

from anshan_kg import exports, formats, queries
from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

_FARTHEST = 20


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the routes of questions, of exports of a view or around a thing, and of the sign of life."""
    routes = Blueprint("rest", __name__)

    @routes.route("/ask/<name>.<ending>")
    def ask(name: str, ending: str) -> Response:
        form = formats.by_name(ending, formats.RESULTS)
        given: dict[str, str] = dict(request.args.items())
        if any(parameter.name == "lang" for parameter in queries.load(name).parameters):
            given.setdefault("lang", g.lang)
        else:
            given.pop("lang", None)
        return Response(formats.write_table(kg.ask(name, **given), form), content_type=form.media_type)

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
