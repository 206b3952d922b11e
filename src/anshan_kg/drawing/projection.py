"""Positions on the Earth as points of a picture: a transverse Mercator projection fitted to a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RADIUS = 6_371_008.8
"""Mean radius of the Earth in metres (GRS 80), which a map of one region needs no better."""


def transverse_mercator(latitude: float, longitude: float, meridian: float) -> tuple[float, float]:
    """
    Return metres east of a meridian and north of the equator.

    The projection keeps shapes, and keeps lengths along its meridian; 100 km away from it they are
    0.01 % too long. The formulas are those for the sphere in J. P. Snyder, *Map Projections: A Working
    Manual*, U.S. Geological Survey Professional Paper 1395 (1987), page 58, equations 8-1 and 8-3.

    Args:
        latitude, longitude: Degrees north and east.
        meridian: The meridian in the middle, in degrees east.
    """
    phi, away = math.radians(latitude), math.radians(longitude - meridian)
    x = math.atanh(math.cos(phi) * math.sin(away))
    y = math.atan2(math.tan(phi), math.cos(away))
    return RADIUS * x, RADIUS * y


@dataclass(frozen=True, slots=True)
class Frame:
    """
    A rectangle of a picture that shows a region.

    Attributes:
        meridian: The meridian in the middle of the region.
        scale: Units of the picture for a metre.
        west, north: Metres that lie at the left and at the upper edge.
        left, top, width, height: The rectangle.
    """

    meridian: float
    scale: float
    west: float
    north: float
    left: float
    top: float
    width: float
    height: float

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return where a position lies in the picture."""
        x, y = transverse_mercator(latitude, longitude, self.meridian)
        return self.left + (x - self.west) * self.scale, self.top + (self.north - y) * self.scale

    def position(self, x: float, y: float) -> tuple[float, float]:
        """Return the latitude and longitude of a point of the picture; equations 8-6 and 8-7 of Snyder."""
        east = (self.west + (x - self.left) / self.scale) / RADIUS
        north = (self.north - (y - self.top) / self.scale) / RADIUS
        latitude = math.asin(math.sin(north) / math.cosh(east))
        longitude = math.atan2(math.sinh(east), math.cos(north))
        return math.degrees(latitude), self.meridian + math.degrees(longitude)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the picture lies in the frame."""
        return self.left <= x <= self.left + self.width and self.top <= y <= self.top + self.height


def fit(
    positions: Sequence[tuple[float, float]], width: float, *, left: float, top: float, padding: float
) -> Frame:
    """
    Return a frame of a width that shows positions with room around them, as high as they need.

    Args:
        positions: Latitude and longitude of each, at least one.
        width: Width of the frame.
        left, top: Its upper left corner.
        padding: Room between the outermost positions and the edge.
    """
    longitudes = [longitude for _, longitude in positions]
    meridian = (min(longitudes) + max(longitudes)) / 2
    flat = [transverse_mercator(latitude, longitude, meridian) for latitude, longitude in positions]
    west, east = min(x for x, _ in flat), max(x for x, _ in flat)
    south, north = min(y for _, y in flat), max(y for _, y in flat)
    wide, high = max(east - west, _LEAST), max(north - south, _LEAST)
    scale = (width - 2 * padding) / max(wide, high * _SQUAREST)
    height = high * scale + 2 * padding
    room = (width / scale - (east - west)) / 2
    above = (height / scale - (north - south)) / 2
    return Frame(meridian, scale, west - room, north + above, left, top, width, height)


_LEAST = 5_000.0
"""Metres that a frame shows at least, so that a single position is shown among something."""
_SQUAREST = 1.0
"""How much wider than high a frame is at least."""
