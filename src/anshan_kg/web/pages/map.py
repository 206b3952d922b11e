"""The map: where mines, plants and places lie, as far as a source says so."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from flask import g
from pyoxigraph import Literal, NamedNode

from anshan_kg.drawing import map as drawn
from anshan_kg.model import Table
from anshan_kg.overviews.positions import KINDS, apart
from anshan_kg.terms import iri
from anshan_kg.web import language
from anshan_kg.web.choosing import choice
from anshan_kg.web.geojson import licence_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.overviews.positions import Position

PATH = "/map"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the map, and the same as a table: all that has a position, and what lies far away."""
    near, far = apart(kg.positions)
    shown = [each for each in near if not _kind() or each.kind == _kind()]
    t = language.catalogue(g.lang).__getitem__
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in near)]
    rough = sorted({each.kind for each in near if each.accuracy == "approximate"}, key=KINDS.index)
    legend = [(kind, t(f"map_kind_{kind}")) for kind in kinds]
    legend += [(f"{kind} rough", t("map_rough")) for kind in rough[:1]]
    return {
        "shown": shown,
        "far": far,
        "kinds": [(kind, sum(each.kind == kind for each in near)) for kind in kinds],
        "chosen": _kind(),
        "picture": drawn.draw(_points(shown), _words()) if shown else None,
        "legend": drawn.legend(legend),
        "evidence": kg.evidence({each.claims[0] for each in (*shown, *far)}),
        "licences": {each.source.iri: licence_of(each.source.iri) for each in kg.positions},
        "unplaced": [
            (kind, [each for _, each in group]) for kind, group in groupby(kg.unplaced, itemgetter(0))
        ],
    }


def data(kg: KnowledgeGraph) -> list[Position]:
    """Return the positions that are chosen, far ones too."""
    return [each for each in kg.positions if not _kind() or each.kind == _kind()]


def table(kg: KnowledgeGraph) -> Table:
    """Return the same as a table, with who says so and under which licence."""
    columns = (
        "thing", "thingName", "kind", "latitude", "longitude", "accuracy", "record", "source", "sourceName",
        "licence", "attribution", "claim",
    )  # fmt: skip
    return Table(columns, tuple(_row(each) for each in data(kg)))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the things, and the claims that say where they lie."""
    return [one for each in data(kg) for one in (each.thing.iri, *each.claims)]


def _row(each: Position) -> tuple[NamedNode | Literal | None, ...]:
    licence = licence_of(each.source.iri)
    return (
        NamedNode(each.thing.iri), Literal(each.thing.labels.best(g.lang)), Literal(each.kind),
        Literal(f"{each.latitude:g}", datatype=iri("xsd:decimal")),
        Literal(f"{each.longitude:g}", datatype=iri("xsd:decimal")),
        Literal(each.accuracy), Literal(each.record), NamedNode(each.source.iri),
        Literal(each.source.labels.best(g.lang)), NamedNode(licence.address) if licence else None,
        Literal(licence.attribution) if licence else None, NamedNode(each.claims[0]),
    )  # fmt: skip


def _kind() -> str:
    return choice("kind", KINDS)


def _points(positions: Sequence[Position]) -> list[drawn.Point]:
    t = language.catalogue(g.lang).__getitem__
    return [
        drawn.Point(
            kind=each.kind,
            latitude=each.latitude,
            longitude=each.longitude,
            name=each.thing.labels.best(g.lang),
            told=" · ".join(
                (
                    each.thing.labels.best(g.lang), t(f"map_kind_{each.kind}"),
                    t(f"map_accuracy_{each.accuracy}"), each.source.labels.best(g.lang),
                )
            ),
            href=f"#{each.slug}",
            approximate=each.accuracy == "approximate",
        )
        for each in positions
    ]  # fmt: skip


def _words() -> drawn.Words:
    t = language.catalogue(g.lang).__getitem__
    return drawn.Words(
        title=t("map_title"),
        description=t("map_description"),
        several=t("map_several"),
        kilometres=t("map_kilometres"),
        north=t("map_north"),
    )
