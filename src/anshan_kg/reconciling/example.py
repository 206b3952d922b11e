"""The names that an invented list of enterprises is made of, from a graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.synth import sheet

if TYPE_CHECKING:
    from anshan_kg.reconciling.service import Reconciliation

_CHINESE = re.compile(r"[\u3400-\u9fff（）()]{4,30}")
_DISTRICTS = re.compile(r"[\u3400-\u9fff]{2,8}[区县市]")
_CITY = "鞍山市"


def invented_rows(service: Reconciliation, count: int, seed: int) -> list[tuple[str, ...]]:
    """Return the rows of `synth.sheet.rows`, with the names that the graph has for enterprises and others."""
    districts = [
        thing.labels.zh for thing in service.named("akg:Place")
        if _CITY in thing.places and _DISTRICTS.fullmatch(thing.labels.zh)
    ]  # fmt: skip
    firms = [
        sheet.Firm(
            thing.labels.zh,
            tuple(name for kind, name in thing.names if kind == "zh" and name != thing.labels.zh),
            next((place for place in thing.places if place in districts), ""),
        )
        for thing in service.named("akg:Enterprise")
        if _CHINESE.fullmatch(thing.labels.zh)
    ]
    clusters = [thing.labels.zh for thing in service.named("akg:IndustrialCluster")]
    products = [
        thing.labels.zh for thing in service.named("akg:MaterialType") if _CHINESE.fullmatch(thing.labels.zh)
    ]
    return sheet.rows(firms, clusters, products, districts, count, seed)
