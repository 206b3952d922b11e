"""GB/T 2260: the codes of the administrative divisions of China, down to sub-districts and towns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._table import Once, csv_rows
from anshan_kg.links._target import EXACT, REFERENCES, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TARGET = Target(
    title=Labels("Administrative divisions of China (GB/T 2260)", "中华人民共和国行政区划代码（GB/T 2260）"),
    publisher="modood/Administrative-divisions-of-China",
    licence="http://www.wtfpl.net/about/",
    home="https://github.com/modood/Administrative-divisions-of-China",
    release="57a0aa9",
    sample="cn_divisions_gbt2260_and_anshan_streets.csv",
    ours=("places",),
    prefix="gbt2260",
    space=f"{REFERENCES}gbt2260/",
    relations={"exact": EXACT, "close": "skos:closeMatch", "broad": "skos:broadMatch"},
    forms="provinces.csv, cities.csv, areas.csv or streets.csv of the repository",
    attribution="Administrative-divisions-of-China by modood (WTFPL 2)",
)

_SAMPLE = ("code", "name", "level", "province", "parent")
_STREETS = ("code", "name", "areaCode", "cityCode", "provinceCode")
_AREAS = ("code", "name", "cityCode", "provinceCode")
_CITIES = ("code", "name", "provinceCode")
_PROVINCES = ("code", "name")
_LEVELS = {"province": "province", "city": "city", "area": "county", "street": "town"}
_WIDTH = {"province": 6, "city": 6, "county": 6, "town": 9}


def records(path: Path) -> Iterator[Record]:
    """Yield the divisions, codes padded with zeros as the standard has them; see `Module.records`."""
    once = Once(path)
    for row in csv_rows(path, [_SAMPLE, _STREETS, _AREAS, _CITIES, _PROVINCES]):
        level = _level(row)
        code = pad(path, row["code"], level)
        if level == "county" and code.endswith("00"):
            continue  # a city without districts, which the table repeats as its own district
        once(code)
        yield Record(
            code,
            (("zh", row["name"]), ("code", code)),
            kind=Kind.DIVISION,
            places=tuple(_places(row, code, level)),
            level=level,
            identifiers={"gbt2260": code},
            note=f"{row.get('province', '')}{row.get('parent', '').replace('/', '')}".strip(),
        )


def _level(row: Mapping[str, str]) -> str:
    if "level" in row:
        return _LEVELS.get(row["level"], row["level"])
    owners = ("areaCode", "town"), ("cityCode", "county"), ("provinceCode", "city")
    return next((level for column, level in owners if column in row), "province")


def pad(path: Path, code: str, level: str) -> str:
    """
    Return a code in the width of the standard: 21 is 210000, 2103 is 210300.

    Raises:
        DataError: it is no such code.
    """
    digits, width = code.strip(), _WIDTH.get(level, 0)
    if not (digits.isascii() and digits.isdigit()) or not width or len(digits) > width:
        raise DataError(path, f"has the code {code!r}, which is none of GB/T 2260 at the level {level!r}")
    return digits.ljust(width, "0")


def _places(row: Mapping[str, str], code: str, level: str) -> Iterator[str]:
    """Yield what a division lies in: names where the table has them, and codes, from the largest down."""
    if row.get("province"):
        yield row["province"]
    yield from filter(None, row.get("parent", "").split("/"))
    if level != "province":
        yield f"{code[:2]}0000"
    if level in {"county", "town"}:
        yield f"{code[:4]}00"
    if level == "town":
        yield code[:6]
