"""
SHACL as a service: RDF or a table in, a report out, nothing kept.

Parsing and judging run in a worker like a query: a shape may hold SPARQL, and a file may be made
to take for ever. So this module is both the route and what the worker does.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, g, make_response, render_template, request
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType
from werkzeug.exceptions import NotImplemented as NotImplementedHere

from anshan_kg import formats, shacl
from anshan_kg.errors import AnshanError, AnswerTooLarge, DataError, ParameterError, QueryMemory, UnknownName
from anshan_kg.execution.workers import Workers
from anshan_kg.execution.zygote import Recipe, Zygote
from anshan_kg.web import cancel, pages

if TYPE_CHECKING:
    from anshan_kg.execution import Limits
    from anshan_kg.execution.budget import Budget
    from anshan_kg.execution.worker import Answer
    from anshan_kg.kg import KnowledgeGraph

LONGEST = 10 * 2**20
"""Bytes that may be sent to be validated, with shapes."""

_TABLES = {"text/csv": "csv", "text/tab-separated-values": "tsv", "application/x-ndjson": "jsonl"}
_MULTIPART = "multipart/form-data"
_GUESSED = {"", "application/octet-stream"}
PLACES = 2
"""Requests that are judged at the same time."""

_FILES = 64
"""Handles that a worker for tables may open: it reads mappings and rules from our own files."""


def start_workers(kg: KnowledgeGraph, queue: int, limits: Limits, budget: Budget) -> Workers:
    """Return processes that validate; start them before the process has threads."""
    recipe = Recipe(
        functools.partial(_begin, kg),
        limits.megabytes,
        prepare=functools.partial(_prepare, kg),
        sockets=_FILES,
    )
    return Workers(Zygote.start(recipe), PLACES, queue, limits, budget)


def blueprint(workers: Workers | None) -> Blueprint:
    """Return the route /validate; without workers it says that this service has none."""
    routes = Blueprint("validate", __name__)

    @routes.route("/validate", methods=["POST"])
    def endpoint() -> Response:
        if workers is None:
            raise NotImplementedHere("this service was started without the processes that validate")
        request.max_content_length = request.max_form_memory_size = LONGEST
        form = _form()
        head, body = _job(form)
        name = cancel.name_of_query(request.environ)
        reply, answer, _ = workers.ask(
            head,
            body,
            client=request.remote_addr or "",
            name=name,
            gone=request.environ.get(cancel.GONE),
            outward="mapping" in head,
        )
        if "error" in reply:
            raise _error(reply, workers.limits)
        response = _page(answer) if form == "html" else Response(answer, content_type=_media_type(form))
        response.headers["Vary"] = "Accept"
        response.headers[cancel.HEADER] = name
        return response

    return routes


def _form() -> str:
    """Return the name of the format for the report: one of `formats.GRAPHS`, json, or html."""
    asked = request.args.get("format")
    if asked in {"json", "html"}:
        return asked
    if asked is not None:
        return formats.by_name(asked, formats.GRAPHS).name
    offered = ["application/json", "text/html", *(form.media_type for form in formats.GRAPHS)]
    best = request.accept_mimetypes.best_match(offered, "" if request.accept_mimetypes else offered[0])
    if not best:
        raise NotAcceptable(f"a report comes as one of: {', '.join(offered)}")
    if best in offered[:2]:
        return best.rpartition("/")[2]
    return next(form.name for form in formats.GRAPHS if form.media_type == best)


def _media_type(name: str) -> str:
    return "application/json" if name == "json" else formats.by_name(name, formats.GRAPHS).media_type


def _job(form: str) -> tuple[dict[str, Any], bytes]:
    """Return what the worker is told: parameters, and data with shapes after it."""
    data, kind, file_name = request.get_data(), request.mimetype, ""
    shapes, shapes_kind = b"", ""
    if request.mimetype == _MULTIPART:
        parts = {name: part for name, part in request.files.items() if part.filename or part.mimetype}
        if "data" not in parts or not set(parts) <= {"data", "shapes"}:
            raise BadRequest("send a part 'data' and, if you have shapes of your own, a part 'shapes'")
        data, kind, file_name = parts["data"].read(), parts["data"].mimetype, parts["data"].filename or ""
        kind = _guess(kind, file_name)
        if "shapes" in parts:
            part = parts["shapes"]
            shapes, shapes_kind = part.read(), _guess(part.mimetype, part.filename or "")
    if not data.strip():
        raise BadRequest("there is nothing to validate; send RDF, or a table with ?mapping=")
    head = {"form": form, "kind": kind, "size": len(data), "shapes": shapes_kind}
    mapping = request.args.get("mapping")
    if kind in _TABLES:
        if mapping is None:
            raise BadRequest("?mapping= has to say how to read the table; docs/import.md lists the mappings")
        if shapes:
            raise BadRequest("rows of a table are judged by the shapes of this graph, not by others")
        head |= {"mapping": mapping, "source": request.args.get("source"), "name": f"table.{_TABLES[kind]}"}
    elif mapping is not None:
        raise UnsupportedMediaType(
            f"?mapping= is for tables: {', '.join(_TABLES)}; not for {kind or 'nothing'}"
        )
    return head, data + shapes


def _guess(kind: str, file_name: str) -> str:
    """Return a part's media type; by its file's ending where the client did not know it."""
    ending = file_name.rpartition(".")[2].lower()
    if kind not in _GUESSED:
        return kind
    tables = {ending: kind for kind, ending in _TABLES.items()}
    rdf = ox.RdfFormat.from_extension(ending)
    return tables.get(ending) or (rdf.media_type.partition(";")[0] if rdf else kind)


def _page(answer: bytes) -> Response:
    report = json.loads(answer)
    for result in report["results"]:
        said = {tag.partition("-")[0].lower(): text for tag, text in result["message"].items()}
        result["text"] = said.get(g.lang) or next(iter(said.values()), "")
    return pages.secured(make_response(render_template("validation.html", **report)))


def _error(reply: dict[str, Any], limits: Limits) -> AnshanError:
    if reply["error"] == "name":
        return UnknownName("mapping", reply["reason"], reply["known"])
    if reply["error"] == "memory":
        return QueryMemory(limits.megabytes)
    if reply["error"] == "size":
        return AnswerTooLarge(limits.answer_megabytes)
    return ParameterError(reply["reason"])


# In the worker.


def _prepare(kg: KnowledgeGraph) -> None:
    """Load what a worker could not load any more: libraries, shapes, words."""
    trial = (
        b"@prefix sh: <http://www.w3.org/ns/shacl#> . [] a sh:NodeShape ; sh:targetNode <x:a> ; sh:property "
        b"[ sh:path <x:p> ; sh:minCount 1 ; sh:pattern 'a' ; sh:datatype <x:d> ] ; sh:sparql [ sh:select "
        b"'SELECT $this WHERE { $this <x:p> ?o . FILTER(REGEX(STR(?o), \"1\")) }' ] ."
    )
    own = kg.validate(b"<x:a> <x:p> <x:o> .", "text/turtle")
    for report in (kg.validate(b"<x:a> <x:p> 1 .", "text/turtle", trial), own):
        for form in formats.GRAPHS:
            formats.write_graph(report.triples, form)
    _ = kg.names, kg.dataset


def _begin(kg: KnowledgeGraph) -> Answer:
    return functools.partial(_answer, kg)


def _answer(kg: KnowledgeGraph, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    data, shapes = body[: head["size"]], body[head["size"] :]
    try:
        if "mapping" in head:
            report = kg.validate_table(data, head["name"], head["mapping"], head["source"])
        else:
            report = kg.validate(data, head["kind"], shapes or None, head["shapes"])
    except UnknownName as error:
        return {
            "error": "name" if error.kind == "mapping" else "user",
            "reason": error.name,
            "known": error.known,
        }, b""
    except (ParameterError, DataError) as error:
        return {"error": "user", "reason": str(error)}, b""
    except (MemoryError, RecursionError):
        return {"error": "memory"}, b""
    if head["form"] in {"json", "html"}:
        return {}, _json(report)
    return {}, formats.write_graph(report.triples, formats.by_name(head["form"], formats.GRAPHS))


def _json(report: shacl.Report) -> bytes:
    results = []
    for each in report.results:
        fields = {name: value for name, value in asdict(each).items() if value not in ("", 0)}
        message = fields.pop("messages")
        results.append({**fields, "message": message})
    return (json.dumps({"conforms": report.conforms, "results": results}, ensure_ascii=False) + "\n").encode()
