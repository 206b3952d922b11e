"""Judging a link on its page, for who has a token; and the addresses of records elsewhere that have none."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request
from werkzeug.exceptions import BadRequest

from anshan_kg import links
from anshan_kg.curation.judge import Judgement, Verdict
from anshan_kg.errors import ReadOnly, UnknownName
from anshan_kg.links._target import REFERENCES

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.web.access import Access


def blueprint(kg: KnowledgeGraph, door: Access) -> Blueprint:
    """Return the routes POST /links/<target> and /ref/<space>/<identifier>."""
    routes = Blueprint("judging", __name__)

    @routes.route("/links/<target>", methods=["POST"])
    def judge(target: str) -> Response:
        door.enter("update", request.form.get("token", ""))
        if kg.tree.packaged:
            raise ReadOnly(
                "links are judged in a working tree: start the service with --root DIR, or use "
                f"'anshan-kg --root DIR review {target}'"
            )
        given = {
            name: request.form.get(name, "") for name in ("subject", "object", "judgement", "reviewer", "why")
        }
        if given["judgement"] not in set(Judgement):
            raise BadRequest("the judgement is missing; it can be y, n or ?")
        verdict = Verdict(given["subject"], given["object"], Judgement(given["judgement"]), given["why"])
        today = dt.datetime.now(dt.UTC).date().isoformat()
        kg.desk.judge(target, [verdict], given["reviewer"], today)
        return redirect(f"{request.script_root}/links/{target}?state=open", 303)

    @routes.route("/ref/<space>/<path:identifier>")
    def record(space: str, identifier: str) -> Response:
        wanted = f"{REFERENCES}{space}/"
        for name in links.names():
            target = links.load(name).TARGET
            if target.space == wanted:
                short = target.short(identifier)
                table = kg.desk.table(name)
                if table is None or all(row.object_id != short for row in table.rows):
                    raise UnknownName("record", f"{space}/{identifier}")
                return redirect(f"{request.script_root}/links/{name}?object={short}", 303)
        raise UnknownName("data set of others", space)

    return routes
