"""Positions as GeoJSON (RFC 7946), each with who says so and under which licence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, json

from anshan_kg import links
from anshan_kg.curation import facts
from anshan_kg.overviews.positions import apart
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.overviews.positions import Position

MEDIA_TYPE = "application/geo+json"


@dataclass(frozen=True, slots=True)
class Licence:
    """
    Under which terms a data set of others may be used.

    Attributes:
        address: The licence.
        attribution: What it asks to be said.
    """

    address: str
    attribution: str


@cache
def _licences() -> dict[str, Licence]:
    """Return the slug of a release as a source -> its licence, of all data sets that are linked to."""
    found = {}
    for name in links.names():
        target = links.load(name).TARGET
        found[facts.slug(name, target.release)] = Licence(target.licence, target.attribution)
    return found


def licence_of(source: str) -> Licence | None:
    """Return the licence of a source, None where it is no data set that is linked to."""
    return _licences().get(slug_of(source))


def feature(each: Position, *, in_region: bool) -> dict[str, Any]:
    """
    Return a position as a feature; longitude comes first, as RFC 7946 has it.

    Args:
        each: The position.
        in_region: Whether it belongs on the map of the region.
    """
    licence = licence_of(each.source.iri)
    return {
        "type": "Feature",
        "id": each.slug,
        "geometry": {"type": "Point", "coordinates": [each.longitude, each.latitude]},
        "properties": {
            "iri": each.thing.iri,
            "name": each.thing.labels.en,
            "name_zh": each.thing.labels.zh,
            "kind": each.kind,
            "accuracy": each.accuracy,
            "in_region": in_region,
            "record": each.record,
            "source": each.source.iri,
            "source_name": each.source.labels.en,
            "source_name_zh": each.source.labels.zh,
            "claim": each.claims[0],
            "licence": licence.address if licence else "",
            "attribution": licence.attribution if licence else "",
        },
    }


def blueprint(kg: KnowledgeGraph) -> Blueprint:
    """Return the route /map.geojson."""
    routes = Blueprint("geojson", __name__)

    @routes.route("/map.geojson")
    def positions() -> Response:
        near, _ = apart(kg.positions)
        features = [feature(each, in_region=each in near) for each in kg.positions]
        collection = {"type": "FeatureCollection", "features": features}
        return Response(json.dumps(collection, ensure_ascii=False, indent=1) + "\n", mimetype=MEDIA_TYPE)

    return routes
