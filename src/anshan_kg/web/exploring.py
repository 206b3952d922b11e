"""What the graph explorer asks for beside its page: ways between two things, and files of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from anshan_kg import exploring, exports
from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.web import conditional
from anshan_kg.web.data import to_json

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

_MOST_WAYS, _MOST_LEFT_OUT = 10, 40


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the routes /graph/paths.json and /graph/export.<form>."""
    routes = Blueprint("exploring", __name__)

    @routes.route("/graph/paths.json")
    def paths() -> Response:
        return _kept(kg, jsonify(to_json(ways(kg))))

    @routes.route("/graph/export.<form>")
    def export(form: str) -> Response:
        drawing = [name for name in exports.names() if exports.load(name).TAKES == "network"]
        if form not in drawing:
            raise UnknownName("export of a picture", form, drawing)
        writer = exports.load(form)
        shown = {node.iri for node in kg.explorer.picture(wish(kg)).nodes}
        hidden = frozenset(request.args.getlist("hide"))
        response = Response(kg.export_things(form, shown, hidden), content_type=writer.MEDIA_TYPE)
        response.headers["Content-Disposition"] = f'attachment; filename="graph.{writer.EXTENSION}"'
        return _kept(kg, response)

    return routes


def wish(kg: KnowledgeGraph) -> exploring.Wish:
    """Return what the address of this request asks to see; see `exploring.asked`."""
    return exploring.read(request.args.getlist, kg.resolve)


def ways(kg: KnowledgeGraph) -> dict[str, Any]:
    """
    Return the ways between `?from=` and `?to=`, with the names of what they pass.

    Raises:
        ParameterError: an end is missing, or `limit` or `without` is out of bounds.
        UnknownName: nothing goes by a name.
    """
    ends = {name: request.args.get(name, "").strip() for name in ("from", "to")}
    missing = [name for name, text in ends.items() if not text]
    if missing:
        raise ParameterError(f"paths need from and to; missing: {', '.join(missing)}")
    limit = request.args.get("limit", "5")
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit[:4]) <= _MOST_WAYS):
        raise ParameterError(f"limit is {limit!r}, but has to be a whole number from 1 to {_MOST_WAYS}")
    without = request.args.getlist("without")
    if len(without) > _MOST_LEFT_OUT:
        raise ParameterError(f"without is given {len(without)} times; {_MOST_LEFT_OUT} are the most")
    explorer = kg.explorer
    start, end = (explorer.node(kg.resolve(text)) for text in ends.values())
    found = explorer.ways(start.iri, end.iri, int(limit), without)
    nodes = [start, end, *(node for way in found for node in way.nodes)]
    relations, types = explorer.words(nodes, ())
    return {"from": start, "to": end, "paths": found, "relations": relations, "types": types}


def _kept(kg: KnowledgeGraph, response: Response) -> Response:
    """Return an answer that caches may keep until the data changes."""
    response.headers["Vary"] = "Accept"
    return conditional.guarded(response, conditional.tag(kg.version, request.full_path))
