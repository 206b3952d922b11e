"""For those who run the service: is it ready, how does it do; and for crawlers: what to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from anshan_kg import formats
from anshan_kg.errors import AnshanError, Overloaded
from anshan_kg.web import observe

if TYPE_CHECKING:
    from anshan_kg.execution import Runner
    from anshan_kg.kg import KnowledgeGraph

_LEFT_ALONE = ("sparql", "update", "data", "validate", "search", "why", "potential", "export/", "metrics")
"""What costs work and is no document; a crawler finds everything else by links."""

_PATIENCE = 2


def blueprint(kg: KnowledgeGraph, runner: Runner, metrics: observe.Metrics) -> Blueprint:
    """Return the routes /readyz, /metrics and /robots.txt."""
    routes = Blueprint("operations", __name__)

    @routes.route("/readyz")
    def readyz() -> Response:
        reason, facts = _state(kg, runner)
        response = jsonify({"ready": not reason, "reason": reason, "dataset": version(kg, runner), **facts})
        response.headers["Cache-Control"] = "no-store"
        if reason:
            response.status_code = 503
            response.headers["Retry-After"] = str(_PATIENCE)
        return response

    @routes.route("/metrics")
    def numbers() -> Response:
        response = Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.route("/robots.txt")
    def robots() -> Response:
        lines = "".join(f"Disallow: {request.script_root}/{path}\n" for path in _LEFT_ALONE)
        return Response(f"User-agent: *\n{lines}", mimetype="text/plain")

    return routes


def version(kg: KnowledgeGraph, runner: Runner) -> str:
    """Return the version of the dataset that a new query sees."""
    return getattr(runner, "version", "") or kg.version


def _state(kg: KnowledgeGraph, runner: Runner) -> tuple[str, dict[str, Any]]:
    """Return why the service is not ready, "" where it is, and what the workers say."""
    said = observe.statistics(runner) or {}
    facts: dict[str, Any] = {name: said[name] for name in ("workers", "busy", "queued") if name in said}
    if said.get("draining"):
        return "the service is stopping", facts
    try:
        _ = kg.names
        runner.run("ASK {}", formats.RESULTS[0], None, seconds=_PATIENCE)
    except Overloaded:
        return "", facts  # busy is not broken
    except AnshanError as error:
        return f"a query was not answered: {error}", facts
    return "", facts
