"""Global Energy Monitor, Global Iron and Steel Tracker: steel plants with capacity, owner and coordinates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.linking.record import Kind, Record
from anshan_kg.links import _gem
from anshan_kg.links._table import Once, csv_rows, point, split
from anshan_kg.links._target import ACTORS, CC_BY, CLOSE, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from anshan_kg.links._facts import Fact

TARGET = Target(
    title=Labels("Global Iron and Steel Tracker (plants)", "全球钢铁厂追踪（工厂）"),
    publisher="Global Energy Monitor",
    licence=CC_BY,
    home="https://globalenergymonitor.org/projects/global-iron-and-steel-tracker/",
    release="2025-03-25",
    sample="gem_iron_steel_plants_china_2025-03-25.csv",
    ours=("actors", "facilities"),
    prefix="gem-plant",
    space=_gem.space("plant"),
    # A plant is no company, however alike the names are: at most they are close.
    unlike=dict.fromkeys(ACTORS, CLOSE),
    relations={"exact": "skos:exactMatch", "close": CLOSE, "related": CLOSE},
    forms="the tracker's plant table as CSV",
    attribution="Global Iron and Steel Tracker, Global Energy Monitor, March 2025 release (CC BY 4.0)",
    speaker="organization:global-energy-monitor",
)

_SHAPE = (
    "plant-id", "plant-name-(english)", "plant-name-(other-language)", "owner", "owner-gem-id",
    "subnational-unit-(province/state)", "country/area", "coordinates", "plant-status",
)  # fmt: skip
_STEEL, _IRON = (
    "operating-nominal-crude-steel-capacity-(ttpa)",
    "operating-nominal-iron-capacity-(ttpa)",
)


def records(path: Path) -> Iterator[Record]:
    """Yield the plants of the tracker; see `Module.records`."""
    once = Once(path)
    for row in csv_rows(path, [_SHAPE]):
        yield Record(
            once(row["plant-id"]),
            tuple(_names(row)),
            kind=Kind.PLANT,
            places=tuple(filter(None, (row["country/area"], row["subnational-unit-(province/state)"]))),
            point=point(row["coordinates"]),
            parents=(*split(row["owner"], ";"), *split(row.get("owner-(other-language)", ""), ";")),
            status=row["plant-status"],
            note=_note(row),
        )


def _names(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "en", row["plant-name-(english)"]
    if row["plant-name-(other-language)"]:
        yield "zh", row["plant-name-(other-language)"]
    for column, language in (
        ("other-plant-names-(english)", "en"),
        ("other-plant-names-(other-language)", "zh"),
    ):
        text = row.get(column, "")
        former = "predecessor" in text
        for name in split(re.sub(r"\s*\(predecessors?\)", "", text.replace("Co., Ltd", "Co Ltd")), ","):
            yield "former" if former else language, name


def _note(row: Mapping[str, str]) -> str:
    capacity = row.get(_STEEL, "")
    parts = [row["plant-status"], row.get("main-production-equipment", "")]
    parts += [f"{capacity} kt/a crude steel"] if capacity not in {"", "0", "unknown"} else []
    return "; ".join(filter(None, parts))


def facts(path: Path, wanted: Collection[str]) -> Iterator[Fact]:
    """Yield position, capacity, start and owners of the plants that are wanted."""
    for row in csv_rows(path, [_SHAPE]):
        record = row["plant-id"]
        if record not in wanted:
            continue
        yield from _gem.position(record, row["coordinates"], row.get("coordinate-accuracy", ""))
        yield from _gem.kilotonnes(record, "crude-steel-capacity", row.get(_STEEL, ""), "capacity")
        yield from _gem.kilotonnes(record, "iron-capacity", row.get(_IRON, ""), "capacity")
        yield from _gem.start(record, row.get("start-date", ""), row["plant-status"])
        yield from _gem.owner(record, row["owner"], row.get("owner-(other-language)", ""))
