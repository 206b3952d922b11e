"""What the query editor asks the service: what a query can be written with, what is wrong with one, names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, json, jsonify, request

from anshan_kg import __version__
from anshan_kg.errors import ParameterError, QueryError, QueryRefused, QueryTooLong
from anshan_kg.execution import faults, gate
from anshan_kg.terms import BASE
from anshan_kg.web import conditional, operations, protocol
from anshan_kg.web.data import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.completion import Completion, Named
    from anshan_kg.execution import Runner
    from anshan_kg.kg import KnowledgeGraph

MOST_NAMES = 2000
"""Things whose names are told at one time."""

_LONGEST_CHECKED = 50_000
"""Characters of a query that is checked while somebody writes it."""


def blueprint(kg: KnowledgeGraph, runner: Runner) -> Blueprint:
    """
    Return the routes /sparql/schema.json, /sparql/check and /sparql/names.

    Args:
        kg: The graph.
        runner: What runs queries, and parses them.
    """
    routes = Blueprint("editor", __name__)
    admit: Callable[[str], object] = getattr(runner, "admit", lambda text: gate.check(text, runner.parse))

    @routes.route("/sparql/schema.json")
    def schema() -> Response:
        version = operations.version(kg, runner)
        known = conditional.tag("schema", __version__, version)
        if conditional.match(conditional.wanted(request.environ), (known,)):
            return conditional.not_modified(known, [("Cache-Control", conditional.REVALIDATE)])
        body = json.dumps(_schema(kg.completion, version), ensure_ascii=False, separators=(",", ":"))
        return conditional.guarded(Response(f"{body}\n", mimetype="application/json"), known)

    @routes.route("/sparql/check", methods=["GET", "POST"])
    def check() -> Response:
        text = protocol.read(request.environ, request.get_data).text
        if text is None:
            raise ParameterError("there is no query; send one as query=")
        said = _checked(text, admit, runner.parse)
        response = jsonify(said)
        response.headers["Cache-Control"] = conditional.NEVER
        return response

    @routes.route("/sparql/names", methods=["GET", "POST"])
    def names() -> Response:
        things = request.values.getlist("iri")
        if len(things) > MOST_NAMES:
            raise ParameterError(f"iri is given {len(things)} times; {MOST_NAMES} are the most")
        defined = request.values.get("definitions") == "true"
        found = kg.named(things)
        return jsonify({"names": {thing: _told(each, defined=defined) for thing, each in found.items()}})

    return routes


def _checked(text: str, admit: Callable[[str], object], parse: Callable[[str], None]) -> dict[str, Any]:
    """Return what is wrong with a query, as JSON says it."""
    if len(text) > _LONGEST_CHECKED:
        return {"valid": False, "kind": "long", "message": str(QueryTooLong(len(text), _LONGEST_CHECKED))}
    try:
        if not gate.is_harmless(text):
            admit(text)
        parse(text)
    except QueryTooLong as error:
        return {"valid": False, "kind": "long", "message": str(error)}
    except QueryRefused as error:
        return {"valid": False, "kind": "refused", "message": str(error)}
    except QueryError as error:
        kind, prefix = faults.kind_of(error)
        place = {} if error.line is None else {"line": error.line, "column": error.column}
        about = {"prefix": prefix} if kind == "prefix" else {}
        return {"valid": False, "kind": kind, **place, **about, "message": str(error)}
    return {"valid": True, "form": gate.form(text)}


def _told(named: Named, *, defined: bool) -> dict[str, Any]:
    said: dict[str, Any] = to_json(named.labels)
    if defined and (named.definition.en or named.definition.zh):
        said["definition"] = to_json(named.definition)
    return said


def _schema(completion: Completion, version: str) -> dict[str, Any]:
    """Return what queries can be written with as JSON."""
    return {
        "version": version,
        "base": BASE,
        "prefixes": dict(completion.prefixes),
        "classes": {
            name: {
                **_told(each.named, defined=True),
                "count": each.count,
                "properties": dict(each.properties),
            }
            for name, each in completion.classes.items()
        },
        "properties": {
            name: {
                **_told(each.named, defined=True),
                "count": each.count,
                "ends": list(each.ends),
                "values": list(each.values),
            }
            for name, each in completion.properties.items()
        },
        "values": {name: to_json(labels) for name, labels in completion.values.items()},
    }
