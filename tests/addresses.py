"""The pages of the site that tests look at: one address at least for every route that gives HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

PAGES = (
    "/",
    "/about",
    "/ask",
    "/ask/production-start",
    "/ask/targets",
    "/chains",
    "/chains/coal-tar-to-battery-materials",
    "/chains/coal-tar-to-anode-material",
    "/conflicts",
    "/docs",
    "/dumps/",
    "/federation",
    "/graph",
    "/graph?focus=coke-oven-gas",
    "/links",
    "/links/gem-mines",
    "/map",
    "/page/id/chain/coal-tar-to-battery-materials",
    "/page/id/claim/02boy-2024-03-crude-steel-2023-1",
    "/page/id/claim/33form-2024-03-four-bases-1",
    "/page/id/claim/33form-2024-03-four-bases-2",
    "/page/id/conflict/battery-electrode-material",
    "/page/id/enterprise/ansteel-group",
    "/page/id/factor/ammonia-per-coking-coal-usgs1143",
    "/page/id/flow/acid-regeneration-in-spent-pickle-liquor",
    "/page/id/gap/unnamed-clusters",
    "/page/id/mine/xianshan",
    "/page/id/office/li-lecheng-governor",
    "/page/id/passage/02boy-2024-03-crude-steel-2023",
    "/page/id/person/liu-guangxin",
    "/page/id/place/anshan",
    "/page/id/source/cr-house-599",
    "/page/id/step/coke-oven-gas-to-hydrogen-1",
    "/page/ont",
    "/page/scheme/indicator/annual-material-amount",
    "/page/scheme/material/coke-oven-gas",
    "/page/scheme/modality",
    "/potential",
    "/potential?material=coke&amount=1&unit=Mt",
    "/progress",
    "/search?q=%E9%92%A2%E9%93%81",
    "/search?q=zzzzqqqq",
    "/sources",
    "/sources/cr-house-599",
    "/sparql",
    "/sparql?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Fo%20%7D%20LIMIT%205",
    "/why?s=coke-oven-gas&p=intendedProduct&o=hydrogen",
)
"""Addresses that answer with 200."""

PROBLEMS = ("/page/id/mine/nowhere", "/sparql?query=SELECT", "/no/such/page")
"""Addresses that answer with a page that tells what is wrong."""

NO_PAGES = re.compile(
    r"/(static|doc/|id|scheme|ont$|ask/<name>\.|export|queries|reconcile|dumps/<|openapi|validate|update|data|healthz|readyz|metrics|"
    r"ref/|void|\.well-known|robots\.txt|sparql/|.*\.json$|.*\.geojson$|.*\.svg$|graph/|.*<twin:ending>)"
)
"""Routes that give files, move on, or do something."""


def routes(app: Flask) -> set[str]:
    """Return the rules of all routes that show a page."""
    found = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    return {rule for rule in found if not NO_PAGES.match(rule)}


def in_language(path: str, lang: str) -> str:
    """Return the address of a page in a language."""
    return f"{path}{'&' if '?' in path else '?'}lang={lang}"
