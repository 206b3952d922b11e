"""Global Energy Monitor, entities: the companies that own the plants and mines of its trackers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg import sheets
from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links import _gem, gem_mines
from anshan_kg.links._table import Once, csv_rows, sheet_rows, split
from anshan_kg.links._target import CC_BY, CLOSE, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TARGET = Target(
    title=Labels("Entities of Global Energy Monitor", "全球能源监测的机构"),
    publisher="Global Energy Monitor",
    licence=CC_BY,
    home="https://globalenergymonitor.org/projects/global-energy-ownership-tracker/",
    release="2025-03-25",
    sample="gem_entities_china_steel_ore.csv",
    ours=("actors",),
    prefix="gem-entity",
    space=_gem.space("entity"),
    unlike={Kind.PLANT: CLOSE, Kind.MINE: CLOSE},
    forms="a table entity_id, name_en, name_zh; or a plant or mine table of GEM, whose owners are taken",
    attribution="Global Iron and Steel and Iron Ore Mines Trackers, Global Energy Monitor (CC BY 4.0)",
)

_TABLE = ("entity_id", "name_en", "name_zh")
_PLANTS = ("owner", "owner-(other-language)", "owner-gem-id", "parent", "parent-gem-id")
_MINES = (
    "Owner",
    "Owner name in local language/script",
    "Owner GEM Entity ID",
    "Parent",
    "Parent GEM Entity ID",
)
_NOBODY = frozenset({"natural person(s)", "unknown", "other", "other(s)", "small shareholder(s)", "--", ""})
"""Words that stand for owners who are not named."""
_IDENTIFIER = re.compile(r"E\d{6,}")


def records(path: Path) -> Iterator[Record]:
    """Yield the entities; see `Module.records`."""
    if path.suffix.lower() in {".xlsx", ".xls", ".xlsb", ".ods"}:
        yield from _owners(path, sheet_rows(path, [_MINES], sheets.rows(path, gem_mines.SHEET)), _MINES)
        return
    found = csv_rows(path, [_TABLE, _PLANTS, _MINES])
    first = next(found, None)
    if first is None:
        return
    if "entity_id" in first:
        once = Once(path)
        for row in _with(first, found):
            yield _record(once(row["entity_id"]), split(row["name_en"], "|"), row["name_zh"])
        return
    yield from _owners(path, _with(first, found), _PLANTS if "owner" in first else _MINES)


def _with(first: dict[str, str], rest: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    yield first
    yield from rest


def _owners(path: Path, rows: Iterable[Mapping[str, str]], columns: tuple[str, ...]) -> Iterator[Record]:
    """Yield the owners and parents of a tracker's rows, each once, with every name it goes by."""
    owner, local, owner_id, parent, parent_id = columns
    english: dict[str, dict[str, None]] = {}
    chinese: dict[str, str] = {}
    for row in rows:
        own = split(row[owner_id], ";")
        for ids, names in (
            (own, split(row[owner], ";")),
            (split(row[parent_id], ";"), split(row[parent], ";")),
        ):
            if len(ids) != len(names):  # which name is whose cannot be told
                continue
            for identifier, name in zip(map(_bare, ids), map(_bare, names), strict=True):
                if name not in _NOBODY and not _gem.is_absent(identifier):
                    english.setdefault(identifier, {})[name] = None
        scripts = split(row.get(local, ""), ";")
        if len(own) == len(scripts):
            chinese.update(dict(zip(map(_bare, own), scripts, strict=True)))
    wrong = next((each for each in english if not _IDENTIFIER.fullmatch(each)), None)
    if wrong is not None:
        raise DataError(path, f"has {wrong!r} for an entity; they are written E and digits")
    for identifier in sorted(english):
        yield _record(identifier, english[identifier], chinese.get(identifier, ""))


def _bare(part: str) -> str:
    """Return a name or an identifier without the share behind it: `A [52.2%]`."""
    return re.sub(r"\s*\[[^\]]*\]$", "", part)


def _record(identifier: str, english: Iterable[str], chinese: str) -> Record:
    names = [("en", name) for name in english if name]
    names += [("zh", chinese)] if chinese else []
    return Record(identifier, tuple(names), kind=Kind.BRANCH if "分公司" in chinese else Kind.COMPANY)
