"""
The Reconciliation Service API 0.2 over HTTP, for OpenRefine and other clients.

By https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/. Where a client
names a function (`callback`), the answer is a script that calls it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, json, make_response, render_template, request

from anshan_kg import __version__
from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.reconciling import Wanted, asking
from anshan_kg.terms import BASE, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Labels
    from anshan_kg.reconciling import Candidate
    from anshan_kg.reconciling.catalogue import Thing
    from anshan_kg.reconciling.model import Term

Json = dict[str, Any]

LONGEST = 2 * 2**20
"""Bytes that a batch may have."""

_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,63}(?:\.[A-Za-z_$][\w$]{0,63}){0,3}", re.ASCII)
_DEFAULT_TYPES = (
    "akg:Enterprise", "akg:Organization", "akg:Place", "akg:Mine", "akg:Facility", "akg:MaterialType",
    "akg:IndustrialCluster",
)  # fmt: skip
KINDS = ("entity", "type", "property")
"""What is suggested."""
_PREVIEW = {"width": 420, "height": 220}
_FRAMED = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""A preview is shown in a frame of the client's page; it runs nothing."""
_MOST_SUGGESTED = 1000


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the routes under /reconcile."""
    routes = Blueprint("reconcile", __name__, url_prefix="/reconcile")

    @routes.route("", methods=["GET", "POST"])
    def service() -> Response:
        return _service(kg)

    @routes.route("/suggest/<kind>")
    def suggest(kind: str) -> Response:
        _known(kind)
        prefix, start = _text("prefix"), _whole("cursor", 0, _MOST_SUGGESTED) or 0
        if kind == "entity":
            things = kg.reconciliation.suggest_things(prefix, start) if prefix.strip() else []
            return _answer({"result": [_suggested(kg, each) for each in things]})
        terms = kg.reconciliation.suggest_terms(kind, prefix, start)
        return _answer({"result": [_term(each) for each in terms]})

    @routes.route("/flyout/<kind>")
    def flyout(kind: str) -> Response:
        _known(kind)
        given = _text("id")
        body = render_template("flyout.html", **_shown(kg, kind, given))
        return _answer({"id": given, "html": body.strip()})

    @routes.route("/preview")
    def preview() -> Response:
        parts = _shown(kg, "entity", _text("id"))
        response = make_response(render_template("preview.html", **parts, facts=_facts(kg, parts["iri"])))
        response.headers["Content-Security-Policy"] = _FRAMED
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    @routes.route("/properties")
    def properties() -> Response:
        kind, limit = _text("type"), _whole("limit", 1, _MOST_SUGGESTED)
        found: Json = {"properties": [_term(each) for each in kg.reconciliation.propose(kind, limit)]}
        if kind:
            found["type"] = kind
        if limit:
            found["limit"] = limit
        return _answer(found)

    return routes


def _service(kg: KnowledgeGraph) -> Response:
    """Answer what is asked of the address itself."""
    request.max_content_length = request.max_form_memory_size = LONGEST
    given = [name for name in ("queries", "query", "extend") if name in request.values]
    if len(given) > 1:
        raise ParameterError(f"{' and '.join(given)} are not asked at the same time")
    if not given:
        if request.method == "POST":
            raise ParameterError("send a form with queries, query or extend")
        return _answer(manifest(kg))
    text = request.values[given[0]]
    if given[0] == "extend":
        return _answer(_extended(kg, text))
    batch = asking.queries(text) if given[0] == "queries" else {"query": asking.single(text)}
    found = {name: {"result": _told(kg, each)} for name, each in kg.reconciliation.answer(batch).items()}
    return _answer(found if given[0] == "queries" else found["query"])


def manifest(kg: KnowledgeGraph) -> Json:
    """Return what the service is and can do."""
    root = request.url_root.rstrip("/")
    asked = f"lang={g.lang}" if request.args.get("lang") else ""
    own, more = (f"?{asked}", f"&{asked}") if asked else ("", "")
    base = f"{root}/reconcile"
    known = kg.reconciliation.catalogue.classes
    zh = g.lang == "zh"
    return {
        "versions": ["0.2"],
        "name": "鞍山产业知识图谱" if zh else "anshan-kg: the industrial system of Anshan",
        "identifierSpace": BASE,
        "schemaSpace": PREFIXES["akg"],
        "documentation": f"{root}/docs{own}",
        "serviceVersion": __version__,
        "defaultTypes": [
            {"id": each, "name": known[each].labels.best(g.lang)} for each in _DEFAULT_TYPES if each in known
        ],
        "view": {"url": f"{root}/page/{{{{id}}}}{own}"},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}{more}", **_PREVIEW},
        "suggest": {
            kind: {
                "service_url": base,
                "service_path": f"/suggest/{kind}{own}",
                "flyout_service_url": base,
                "flyout_service_path": f"/flyout/{kind}?id=${{id}}{more}",
            }
            for kind in KINDS
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": f"/properties{own}"},
            "property_settings": [_setting(each) for each in asking.SETTINGS],
        },
    }


def _setting(each: asking.Setting) -> Json:
    told: Json = {
        "name": each.name, "type": each.kind, "default": each.default,
        "label": each.label.best(g.lang), "help_text": each.help.best(g.lang),
    }  # fmt: skip
    if each.choices:
        told["choices"] = [{"value": value, "name": name.best(g.lang)} for value, name in each.choices]
    return told


def _answer(found: Json) -> Response:
    """Return JSON, or a script that hands it to a function of the client's."""
    callback = request.values.get("callback")
    text = json.dumps(found, ensure_ascii=False)
    if callback is None:
        response = Response(text + "\n", mimetype="application/json")
    elif not _CALLBACK.fullmatch(callback):
        raise ParameterError("callback has to be the name of a function, such as jsonp1 or client.take")
    else:
        # The comment keeps the answer from being taken for a file of another kind that begins with the name.
        safe = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")
        response = Response(f"/**/{callback}({safe});\n", mimetype="text/javascript")
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _told(kg: KnowledgeGraph, found: Sequence[Candidate]) -> list[Json]:
    known = kg.reconciliation.catalogue
    told = []
    for each in found:
        thing = known.things[each.id]
        reasons = "；".join(reason.zh for reason in each.reasons) if g.lang == "zh" else "; ".join(
            reason.en for reason in each.reasons
        )  # fmt: skip
        told.append({
            "id": thing.id,
            "name": thing.labels.best(g.lang) or thing.id,
            "description": " · ".join(part for part in (thing.definition.best(g.lang), reasons) if part),
            "type": _types(kg, thing),
            "score": each.score,
            "match": each.match,
            "features": [{"id": name, "value": value} for name, value in each.features],
        })  # fmt: skip
    return told


def _types(kg: KnowledgeGraph, thing: Thing) -> list[Json]:
    return [
        {"id": term.id, "name": term.labels.best(g.lang)}
        for term in kg.reconciliation.catalogue.types_of(thing)
    ]


def _suggested(kg: KnowledgeGraph, thing: Thing) -> Json:
    return {
        "id": thing.id,
        "name": thing.labels.best(g.lang) or thing.id,
        "description": thing.definition.best(g.lang),
        "notable": _types(kg, thing),
    }


def _term(term: Term) -> Json:
    told = {"id": term.id, "name": term.labels.best(g.lang)}
    return told | ({"description": term.definition.best(g.lang)} if term.definition.best(g.lang) else {})


def _extended(kg: KnowledgeGraph, text: str) -> Json:
    ids, wanted = asking.extension(text)
    known = kg.reconciliation.catalogue
    meta = []
    for each in wanted:
        short = known.property_of(each.property)
        name = known.properties[short].labels.best(g.lang) if short else each.property
        meta.append({"id": each.property, "name": name})
    return {"meta": meta, "rows": kg.reconciliation.rows(ids, wanted, g.lang)}


def _shown(kg: KnowledgeGraph, kind: str, given: str) -> Json:
    """Return what a flyout or a preview shows of a thing, a class or a property."""
    known = kg.reconciliation.catalogue
    if kind == "entity":
        thing = known.thing_of(given)
        if thing is None:
            raise UnknownName("thing", given)
        return {
            "iri": thing.iri, "labels": thing.labels, "definition": thing.definition,
            "types": [term.labels for term in known.types_of(thing)], "names": _other_names(thing),
        }  # fmt: skip
    table = known.classes if kind == "type" else known.properties
    short = known.class_of(given) if kind == "type" else known.property_of(given)
    if short is None:
        raise UnknownName("class" if kind == "type" else "property", given)
    term = table[short]
    above: list[Labels] = [known.classes[each].labels for each in term.broader if each in known.classes]
    return {
        "iri": term.iri,
        "labels": term.labels,
        "definition": term.definition,
        "types": above,
        "names": [],
    }


def _other_names(thing: Thing) -> list[str]:
    own = {thing.labels.en, thing.labels.zh}
    return list(dict.fromkeys(name for kind, name in thing.names if kind != "pinyin" and name not in own))


def _facts(kg: KnowledgeGraph, iri: str) -> list[tuple[str, str]]:
    """Return a few facts of a thing, name and value, for its preview."""
    known = kg.reconciliation.catalogue
    thing = known.things[iri]
    kinds = known.types_of(thing)
    used = known.used.get(kinds[0].id, []) if kinds else []
    wanted = [name for name in used if name in _FACTS]
    rows = kg.reconciliation.rows([thing.id], [Wanted(name) for name in wanted], g.lang)[thing.id]
    facts = []
    for name, cells in rows.items():
        values = [str(cell.get("name") or next(iter(cell.values()))) for cell in cells[:3]]
        if values:
            facts.append((known.properties[name].labels.best(g.lang), ", ".join(values)))
    return facts[:6]


_FACTS = {
    "akg:locatedIn", "org:subOrganizationOf", "akg:operates", "akg:makes", "akg:ownershipKind",
    "akg:hasStatus", "akg:miningMethod", "akg:implements",
}  # fmt: skip


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise UnknownName("kind of suggestion", kind, KINDS)


def _text(name: str) -> str:
    text = request.args.get(name, "")
    if len(text) > asking.LONGEST_TEXT:
        raise ParameterError(f"{name} has {len(text)} characters; {asking.LONGEST_TEXT} are the most")
    return text


def _whole(name: str, least: int, most: int) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise ParameterError(f"{name} is {text!r}, but has to be a whole number from {least} to {most}")
    return int(text)
