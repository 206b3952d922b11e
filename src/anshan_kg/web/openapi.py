"""The interface described, OpenAPI 3.1 for programs, a page for people."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, json, make_response, render_template, request

from anshan_kg import __version__, exports, formats, links, queries, release
from anshan_kg.curation.judge import Judgement
from anshan_kg.sssom import State
from anshan_kg.web import pages
from anshan_kg.web.problems import PROBLEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from anshan_kg.queries import Parameter

Json = dict[str, Any]

_UNASKED = {"HEAD", "OPTIONS"}
"""Methods that every address has."""

_ENDINGS = (*(form.extension for form in formats.DOCUMENTS), "json", "csv")

VALUES: dict[str, Callable[[], list[str]]] = {
    "answers": lambda: [form.name for form in (*formats.RESULTS, *formats.GRAPHS)],
    "results": lambda: [form.extension for form in formats.RESULTS],
    "documents": lambda: [form.extension for form in formats.DOCUMENTS],
    "endings": lambda: list(_ENDINGS),
    "suggested": lambda: ["entity", "type", "property"],
    "reports": lambda: ["json", "html", *(form.name for form in formats.GRAPHS)],
    "exports": exports.names,
    "views": lambda: list(queries.names("views")),
    "questions": lambda: list(queries.names()),
    "states": lambda: [*State, ""],
    "targets": links.names,
    "dumps": lambda: [name for name in release.NAMES if name.endswith(".gz")] + [release.SUMS],
}
"""What a parameter may be, where a registry knows."""

_KINDS: dict[str, Callable[[], list[str]]] = {
    "results": lambda: [form.media_type for form in formats.RESULTS],
    "graphs": lambda: [form.media_type for form in formats.GRAPHS],
    "documents": lambda: [form.media_type for form in formats.DOCUMENTS],
    "twins": lambda: ["application/json", "text/csv", "text/turtle"],
    "exports": lambda: sorted({exports.load(name).MEDIA_TYPE.partition(";")[0] for name in exports.names()}),
}
"""Sets of media types, as the table calls them."""

_TWIN = ".<twin:ending>"
_AS_FILE = {"en": ", as a file.", "zh": "（文件）。"}
"""What the files beside a page are called; see `pages.add`."""

_NUMBER = {
    "integer": r"^([+-]?[0-9]+)?$",
    "decimal": r"^([+-]?([0-9]+\.?[0-9]*|\.[0-9]+))?$",
    "year": r"^(-?[0-9]{4,9})?$",
}
_LANGUAGES = ["en", "zh", "zh-Hans", "zh-CN", ""]

_TITLES = {
    200: ("The answer.", "答案。"),
    201: ("Made; see Location.", "已创建；见 Location。"),
    204: ("Done.", "已完成。"),
    206: ("A part of the file.", "文件的一部分。"),
    302: ("Elsewhere.", "位于他处。"),
    303: ("See there.", "请见该处。"),
    304: ("Not changed.", "未改变。"),
    400: ("The request is wrong; the answer says where.", "请求有误；答复说明何处有误。"),
    401: ("A token is needed.", "需要令牌。"),
    403: ("Not allowed here.", "此处不允许。"),
    404: ("There is no such thing.", "没有这样的事物。"),
    405: ("Not by this method.", "不支持此方法。"),
    406: ("Not in a format that was asked for.", "没有所要求的格式。"),
    413: ("Too large.", "过大。"),
    415: ("Not in a format that is taken.", "不接受的格式。"),
    416: ("The file has no such part.", "文件没有这一部分。"),
    422: ("The shapes refuse it; the answer is their report.", "形状约束不通过；答复为其报告。"),
    429: ("Too much asked; see Retry-After.", "请求过多；见 Retry-After。"),
    500: ("A fault of the service.", "服务故障。"),
    501: ("This service was started without it.", "本服务启动时未启用此功能。"),
    502: ("What was asked elsewhere failed.", "外部服务失败。"),
    503: ("Busy, or stopping; see Retry-After.", "繁忙或正在停止；见 Retry-After。"),
    504: ("The query took too long.", "查询超时。"),
    507: ("The query needed too much memory.", "查询所需内存过多。"),
}
_FIRST_ERROR = 400
_ALWAYS = {400, 405, 413}
"""What every address answers to an address that is no UTF-8, to another method, to too long a body."""

_OFF = {"en": " Not in this service: its data cannot be written to.", "zh": " 本服务不提供：其数据不可写入。"}
_REFUSED = 403

TAGS = ("query", "questions", "things", "pages", "data", "writing", "operations")
"""Groups of addresses, in the order in which they are told."""


@cache
def table() -> Json:
    """Return `routes.toml`."""
    return tomllib.loads((files(__package__) / "routes.toml").read_text(encoding="utf-8"))


def entries(rule: str, methods: set[str]) -> Iterator[tuple[Json, list[str]]]:
    """Yield what the table says of a route, with the methods it says it of."""
    for entry in _of_rule(rule):
        told = sorted(methods & set(entry.get("methods", methods)))
        if told:
            yield entry, told


def _of_rule(rule: str) -> Iterator[Json]:
    """Yield the entries of a route; those of files beside a page come from the entry of the page."""
    page = rule.removesuffix(_TWIN) if rule.endswith(_TWIN) else None
    wanted = {None: rule, "/index": "/"}.get(page, page)
    for entry in table()["route"]:
        if entry["rule"] != wanted or ("hidden" in entry and page is not None):
            continue
        if page is None:
            yield entry
            continue
        told = {lang: entry[lang].rstrip("。.") + said for lang, said in _AS_FILE.items()}
        parameters = [*entry.get("parameters", []), "twin-ending"]
        yield {
            **entry,
            **told,
            "rule": rule,
            "parameters": parameters,
            "returns": ["twins"],
            "errors": [400, 404],
        }


def rules(app: Flask) -> list[tuple[str, set[str]]]:
    """Return the addresses of a service with their methods."""
    asked: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        asked.setdefault(rule.rule, set()).update((rule.methods or set()) - _UNASKED)
    return sorted(asked.items())


def blueprint(app: Flask, *, writes: bool = False) -> Blueprint:
    """
    Return the routes /openapi.json and /docs.

    Args:
        app: The service.
        writes: Whether its data can be written to.
    """
    routes = Blueprint("openapi", __name__)

    @routes.route("/openapi.json")
    def described() -> Response:
        document = describe(app, g.lang, request.script_root or "/", writes=writes)
        text = json.dumps(document, ensure_ascii=False, indent=1)
        response = Response(text + "\n", mimetype="application/json")
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    @routes.route("/docs")
    def page() -> Response:
        described = describe(app, g.lang, request.script_root or "/", writes=writes)
        groups: dict[str, list[tuple[str, str, Json]]] = {tag: [] for tag in TAGS}
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                groups[operation["tags"][0]].append((method.upper(), path, operation))
        body = render_template("docs.html", groups=groups, parameters=described["components"]["parameters"])
        return pages.secured(make_response(body))

    return routes


def describe(app: Flask, lang: str, root: str = "/", *, writes: bool = False) -> Json:
    """
    Return the description of a service by https://spec.openapis.org/oas/v3.1.0.

    Args:
        app: The service; what it has no route for is not described.
        lang: The language of summaries, en or zh.
        root: The path it lives under.
        writes: Whether its data can be written to.
    """
    paths: Json = {}
    for rule, methods in rules(app):
        for entry, told in entries(rule, methods):
            if "hidden" in entry:
                continue
            if "token" in entry and not writes:
                entry = _switched_off(entry)  # noqa: PLW2901 - the same address, as it is here
            for path, operation in _operations(entry, lang):
                for method in told:
                    named = {"operationId": _id(method, path), **operation}
                    paths.setdefault(path, {})[method.lower()] = named
    title = {"en": "Knowledge graph of the industrial system of Anshan", "zh": "鞍山工业体系知识图谱"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title[lang],
            "version": __version__,
            "license": {"name": "CC BY 4.0 (data), Apache-2.0 (software)", "url": release.LICENCE.value},
        },
        "servers": [{"url": root}],
        "tags": [{"name": tag} for tag in TAGS],
        "paths": paths,
        "components": {
            "parameters": {
                name: _parameter(name, said, lang) for name, said in table()["parameters"].items()
            },
            "responses": {
                str(status): _problem(status, lang) for status in _TITLES if status >= _FIRST_ERROR
            },
            "schemas": _SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _switched_off(entry: Json) -> Json:
    """Return what is told of a way to write where there is none: it is refused, whatever is sent."""
    told = {name: said for name, said in entry.items() if name not in {"token", "headers", "also", "status"}}
    return {**told, "errors": [_REFUSED], **{lang: entry[lang] + said for lang, said in _OFF.items()}}


def _id(method: str, path: str) -> str:
    return "-".join([method.lower(), *re.findall(r"[A-Za-z0-9]+", path)])


def _operations(entry: Json, lang: str) -> Iterator[tuple[str, Json]]:
    """Yield path and operation of an entry; one for each member of a registry where it says so."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", entry["rule"])
    if entry.get("each") != "question":
        yield path, _operation(entry, lang)
        return
    for name in queries.names():
        query = queries.load(name)
        operation = _operation(entry, lang)
        operation["summary"] = query.title.best(lang)
        operation["parameters"] += [_of_question(parameter, lang) for parameter in query.parameters]
        yield path.replace("{name}", name), operation


def _operation(entry: Json, lang: str) -> Json:
    off = entry.get("errors") == [_REFUSED]
    statuses = [] if off else [entry.get("status", 200), *entry.get("also", [])]
    responses: Json = {
        str(status): {"description": _said(status, lang), **_content(entry, status)} for status in statuses
    }
    for status in sorted({*entry.get("errors", []), *_ALWAYS}):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    operation: Json = {
        "tags": [entry["tag"]],
        "summary": entry[lang],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in entry.get("parameters", [])],
        "responses": responses,
    }
    if "body" in entry:
        content = {kind: {"schema": schema} for kind, schema in _BODIES[entry["body"]]().items()}
        empty = entry["body"] == "graph"  # a graph may be
        operation["requestBody"] = {"required": not empty, "content": content}
    if "token" in entry:
        operation["security"] = [{"token": []}]
    return operation


def _content(entry: Json, status: int) -> Json:
    names = ["Location"] if status in _ELSEWHERE else []
    names += [name for name in entry.get("headers", []) if status != _NOT_MODIFIED or name == "ETag"]
    told: Json = {"headers": {name: _HEADERS[name] for name in names}} if names else {}
    if status in _WITHOUT_BODY:
        return told
    kinds = [
        kind for name in entry.get("returns", []) for kind in (_KINDS[name]() if name in _KINDS else [name])
    ]
    schemas = {"application/sparql-results+json": {"schema": _reference("SparqlResults")}}
    return {**told, "content": {kind: schemas.get(kind, {}) for kind in dict.fromkeys(kinds)}}


def _said(status: int, lang: str) -> str:
    return _TITLES[status][0 if lang == "en" else 1]


def _problem(status: int, lang: str) -> Json:
    content: Json = {PROBLEM: {"schema": _reference("Problem")}, "text/plain": {}, "text/html": {}}
    if status == _REFUSED_BY_SHAPES:
        content |= {form.media_type: {} for form in formats.DOCUMENTS}
    told: Json = {"description": _said(status, lang), "content": content}
    if names := _OF_ERRORS.get(status):
        told["headers"] = {name: _HEADERS[name] for name in names}
    return told


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, said: Json, lang: str) -> Json:
    schema = {"type": "string", "enum": VALUES[said["values"]]()} if "values" in said else said["schema"]
    described = {
        "name": said.get("name", name),
        "in": said["in"],
        "required": said["in"] == "path" or said.get("required", False),
        "description": said[lang],
        "schema": schema,
    }
    return described | {name: said[name] for name in ("example", "allowEmptyValue") if name in said}


def _of_question(parameter: Parameter, lang: str) -> Json:
    """Return a parameter of a question; its sample is its default and the example."""
    schema: Json = {"type": "string"}
    if parameter.kind in _NUMBER:
        schema["pattern"] = _NUMBER[parameter.kind]
    elif parameter.kind == "lang":
        schema["enum"] = _LANGUAGES
    described = {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.help.best(lang) or parameter.name,
        "schema": schema,
    }
    sample = _bare(parameter.sample)
    return described if parameter.optional else {**described, "example": sample}


def _bare(sample: str) -> str:
    """Return the value in a sample: the inside of an IRI or a literal."""
    found = re.match(r'<([^>]*)>|"([^"]*)"', sample)
    return next((part for part in found.groups() if part is not None), sample) if found else sample


_FORM_OF_QUERY: Json = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": {
            "type": "string",
            "format": "sparql-query",
            "minLength": 1,
            "examples": ["ASK { ?s ?p ?o }"],
        },
        "default-graph-uri": {"type": "array", "items": {"type": "string", "format": "iri"}},
        "named-graph-uri": {"type": "array", "items": {"type": "string", "format": "iri"}},
    },
}
_SCHEMAS: Json = {
    "Problem": {
        "description": "RFC 9457.",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "line": {"type": ["integer", "null"]},
            "column": {"type": ["integer", "null"]},
            "known": {"type": "array", "items": {"type": "string"}},
        },
    },
    "SparqlResults": {
        "description": "https://www.w3.org/TR/sparql11-results-json/",
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {
                "type": "object",
                "properties": {"vars": {"type": "array", "items": {"type": "string"}}},
            },
            "boolean": {"type": "boolean"},
            "truncated": {"description": "Only where rows were left out.", "const": True},
            "results": {
                "type": "object",
                "required": ["bindings"],
                "properties": {"bindings": {"type": "array", "items": {"type": "object"}}},
            },
        },
    },
    "SparqlForm": _FORM_OF_QUERY,
    "SparqlQuery": {
        "type": "string",
        "format": "sparql-query",
        "minLength": 1,
        "examples": ["ASK { ?s ?p ?o }"],
    },
    "SparqlUpdateForm": {
        "type": "object",
        "required": ["update"],
        "properties": {
            "update": {"type": "string", "format": "sparql-update"},
            "using-graph-uri": {"type": "array", "items": {"type": "string", "format": "iri"}},
            "using-named-graph-uri": {"type": "array", "items": {"type": "string", "format": "iri"}},
        },
    },
    "SparqlUpdate": {"type": "string", "format": "sparql-update"},
    "JsonLd": {"description": "https://www.w3.org/TR/json-ld11/"},
}


def _rdf() -> Json:
    """Return what a document of RDF is, by media type."""
    return {
        form.media_type: _reference("JsonLd")
        if form.name == "jsonld"
        else {"type": "string", "format": form.name}
        for form in formats.GRAPHS
    }


_FILES: Json = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "string", "format": "binary"},
        "shapes": {"type": "string", "format": "binary"},
    },
}
_BODIES: dict[str, Callable[[], Json]] = {
    "query": lambda: {
        "application/x-www-form-urlencoded": _reference("SparqlForm"),
        "application/sparql-query": _reference("SparqlQuery"),
    },
    "names": lambda: {
        "application/x-www-form-urlencoded": {
            "type": "object",
            "properties": {
                "iri": {"type": "array", "items": _TEXT, "maxItems": 2000},
                "definitions": {"type": "string", "enum": ["true", "false"]},
            },
        },
    },
    "update": lambda: {
        "application/x-www-form-urlencoded": _reference("SparqlUpdateForm"),
        "application/sparql-update": _reference("SparqlUpdate"),
    },
    "reconciliation": lambda: {
        "application/x-www-form-urlencoded": {
            "type": "object",
            "properties": dict.fromkeys(("queries", "query", "extend"), _TEXT)
            | {"callback": {"type": "string", "pattern": _CALLBACK}},
        },
    },
    "graph": lambda: {
        **_rdf(),
        "multipart/form-data": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "judgement": lambda: {
        "application/x-www-form-urlencoded": {
            "type": "object",
            "required": ["subject", "object", "judgement", "reviewer"],
            "properties": {
                **{name: {"type": "string", "minLength": 1} for name in ("subject", "object", "reviewer")},
                "judgement": {"type": "string", "enum": [each.value for each in Judgement]},
                "why": {"type": "string", "maxLength": 500},
                "token": {"type": "string"},
            },
        },
    },
    "validation": lambda: {
        **_rdf(),
        "text/csv": {"type": "string", "format": "csv"},
        "text/tab-separated-values": {"type": "string", "format": "tsv"},
        "application/x-ndjson": {"type": "string", "format": "ndjson"},
        "multipart/form-data": _FILES,
    },
}
"""What addresses take, as the table calls it."""

_TEXT: Json = {"type": "string"}
_CALLBACK = r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}(\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){0,3}$"
_HEADERS: Json = {
    "ETag": {"schema": _TEXT},
    "Location": {"schema": _TEXT, "required": True},
    "Retry-After": {"schema": {"type": "integer", "minimum": 0}},
    "Server-Timing": {"schema": _TEXT},
    "WWW-Authenticate": {"schema": _TEXT, "required": True},
    "Allow": {"schema": _TEXT, "required": True},
    "X-Dataset-Version": {"schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "X-Query-Id": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"}},
    "X-Rows": {"schema": {"type": "integer", "minimum": 0}},
    "X-Truncated": {"schema": {"type": "string", "enum": ["true", "false"]}},
}
_ELSEWHERE, _NOT_MODIFIED, _REFUSED_BY_SHAPES = {201, 302, 303}, 304, 422
_WITHOUT_BODY = {201, 204, 302, 303, _NOT_MODIFIED}
_OF_ERRORS = {
    401: ["WWW-Authenticate"],
    405: ["Allow"],
    429: ["Retry-After"],
    503: ["Retry-After"],
}
