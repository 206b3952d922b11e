"""Pictures as files of their own, with the part of the site's style that they need inside."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from anshan_kg.web import amounts, assets, chains, conditional
from anshan_kg.web.pages.chain import found

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

_BLOCK = re.compile(r"(?P<head>[^{}]+)\{(?P<body>(?:[^{}]|\{[^{}]*\})*)\}")
_OF_PICTURES = re.compile(r"\.(?:drawing|system|process|sankey|ranges)\b")
_TYPE = "image/svg+xml; charset=utf-8"


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the routes of pictures."""
    routes = Blueprint("pictures", __name__)

    @routes.route("/chains/<slug>.svg")
    def process(slug: str) -> Response:
        chain = found(kg, slug)
        return _sent(chains.diagram(kg, chain, g.lang), chain.slug)

    @routes.route("/chains/<slug>/flows.svg")
    def flows(slug: str) -> Response:
        chain = found(kg, slug)
        example = amounts.example_of(kg, chain)
        if example is None:
            raise NotFound(f"no source gives a factor by which anything could be calculated of {chain.slug}")
        picture, _ = amounts.flows_picture(kg, example[0], g.lang)
        return _sent(picture, f"{chain.slug}-flows")

    return routes


def _sent(picture: Markup, name: str) -> Response:
    response = Response(standalone(picture), content_type=_TYPE)
    # a page may hold no style of its own; a picture alone has nothing else to be drawn by
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.svg"'
    return conditional.guarded(response, conditional.tag(response.get_data()))


def standalone(picture: Markup) -> str:
    """Return a picture as a file that looks by itself as it does on its page, on paper of its own."""
    opening, end, rest = picture.partition(">")
    paper = "svg{background:var(--paper)}"
    style = Markup("<style>{}</style>").format(Markup(_style(assets.text("site.css")) + paper))  # noqa: S704
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}{end}{style}{rest}\n'


@cache
def _style(sheet: str) -> str:
    """Return the rules of a style sheet that pictures need: the palette, and those that name a picture."""
    parts = []
    for block in _BLOCK.finditer(re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)):
        head, body = block["head"].strip(), block["body"]
        if head.startswith("@media"):
            inner = _style(body)
            parts.append(f"{head}{{{inner}}}" if inner else "")
        elif head == ":root":
            parts.append(f":root{{{body}}}")
        else:
            chosen = [each for each in head.split(",") if _OF_PICTURES.search(each)]
            parts.append(f"{','.join(chosen)}{{{body}}}" if chosen else "")
    return "".join(parts)
