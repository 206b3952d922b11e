"""Global Energy Monitor, Global Iron Ore Mines Tracker: mines with capacity, reserves, status and owner."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from anshan_kg import sheets
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links import _gem
from anshan_kg.links._facts import Fact
from anshan_kg.links._table import Once, csv_rows, point, sheet_rows
from anshan_kg.links._target import ACTORS, CC_BY, CLOSE, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

TARGET = Target(
    title=Labels("Global Iron Ore Mines Tracker", "全球铁矿追踪"),
    publisher="Global Energy Monitor",
    licence=CC_BY,
    home="https://globalenergymonitor.org/projects/global-iron-ore-mines-tracker/",
    release="2024-11",
    sample="gem_iron_ore_mines_china_2024-11.csv",
    ours=("mines",),
    prefix="gem-mine",
    space=_gem.space("mine"),
    unlike=dict.fromkeys(ACTORS, CLOSE),
    forms="the tracker's workbook (XLSX, sheet 'Main Data'), or that sheet as CSV",
    attribution="Global Iron Ore Mines Tracker, Global Energy Monitor, November 2024 release (CC BY 4.0)",
    speaker="organization:global-energy-monitor",
)

SHEET = "Main Data"
_SHAPE = (
    "GEM Asset ID", "Asset name (English)", "Asset name (other language)", "Coordinates", "Municipality",
    "Subnational unit", "Country/Area", "Operating status", "Owner", "Owner GEM Entity ID",
)  # fmt: skip
_CAPACITY = "Design capacity (ttpa)"
_RESERVES = "Total reserves (proven and probable, thousand metric tonnes)"
_RESOURCE = "Total resource (inferred, indicated and measured, thousand metric tonnes)"
_STATUS = {
    "operating": "link-status:operating",
    "proposed": "link-status:proposed",
    "under construction": "link-status:under-construction",
    "mothballed": "link-status:stopped",
    "closed": "link-status:stopped",
}


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of the workbook's sheet, or of a CSV of it."""
    if path.suffix.lower() in {".xlsx", ".xls", ".xlsb", ".ods"}:
        return sheet_rows(path, [_SHAPE], sheets.rows(path, SHEET))
    return csv_rows(path, [_SHAPE])


def records(path: Path) -> Iterator[Record]:
    """Yield the mines of the tracker; see `Module.records`."""
    once = Once(path)
    for row in rows(path):
        places = (row["Country/Area"], row["Subnational unit"], row["Municipality"])
        owners = re.split(r"\s*(?:\[[^\]]*\])?\s*;\s*", re.sub(r"\s*\[[^\]]*\]$", "", row["Owner"]))
        owners += re.split(r"\s*;\s*", row.get("Owner name in local language/script", ""))
        yield Record(
            once(row["GEM Asset ID"]),
            tuple(_names(row)),
            kind=Kind.MINE,
            places=tuple(place for place in places if not _gem.is_absent(place)),
            point=point(row["Coordinates"]),
            parents=tuple(filter(None, owners)),
            status=row["Operating status"],
            note=_note(row),
        )


def _names(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "en", row["Asset name (English)"]
    for part in re.split(r"[;,]", row["Asset name (other language)"]):
        if name := re.sub(r"\s*\((?:Chinese|Simplified Chinese)\)\s*$", "", part).strip():
            yield "zh", name


def _note(row: Mapping[str, str]) -> str:
    capacity = row.get(_CAPACITY, "")
    parts = [row["Operating status"], row["Owner"]]
    parts += [] if _gem.is_absent(capacity) else [f"{capacity} kt/a"]
    return "; ".join(part for part in parts if not _gem.is_absent(part))


def facts(path: Path, wanted: Collection[str]) -> Iterator[Fact]:
    """Yield position, capacity, reserves, output, status, start and owners of the mines that are wanted."""
    for row in rows(path):
        record, status = row["GEM Asset ID"], row["Operating status"]
        if record not in wanted:
            continue
        yield from _gem.position(record, row["Coordinates"], row.get("Coordinate accuracy", ""))
        if word := _STATUS.get(status):
            yield Fact(record, "status", "akg:hasStatus", status, object=word)
        for fact in _gem.kilotonnes(record, "iron-ore-mining-scale", row.get(_CAPACITY, ""), "capacity"):
            # A tracker promises nothing: what it lists as proposed is a design, not a plan of its own.
            proposed = status == "proposed"
            yield replace(
                fact,
                en="design capacity of a mine listed as proposed" if proposed else "design capacity",
                zh="拟建矿山的设计规模" if proposed else "设计规模",
            )
        yield from _gem.kilotonnes(record, "mineral-reserves", row.get(_RESERVES, ""), "observed")
        yield from _gem.kilotonnes(record, "mineral-resources", row.get(_RESOURCE, ""), "observed")
        for year in ("2022", "2023"):
            output = row.get(f"Production {year} (ttpa)", "")
            for fact in _gem.kilotonnes(record, "iron-ore-output", output, "observed", year):
                yield replace(fact, place=f"output-{year}")
        yield from _gem.start(record, row.get("Start date", ""), status)
        yield from _gem.owner(record, row["Owner"], row.get("Owner name in local language/script", ""))
