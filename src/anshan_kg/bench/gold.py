"""Pairs that a person judged, and the tables they come from, as records that can be matched."""

from __future__ import annotations

import csv
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError
from anshan_kg.linking.record import Kind, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

COLUMNS = {
    "our_entity_name_zh", "our_name_en", "external_dataset", "external_id", "external_label", "match",
    "our_type", "ext_label_zh", "ext_label_en", "ext_lat", "ext_lon", "ext_context", "our_context",
}  # fmt: skip
"""The columns a file of judged pairs has to have."""
SAME = {"exact", "close"}
"""The judgements that an accepted match should meet; `broad` counts neither for nor against."""
CONCEPTS = {"Product", "Material", "Industry", "Unit"}
"""The types that are concepts; all others have names of their own."""

_TYPES = {
    "plant": Kind.PLANT, "company": Kind.COMPANY, "group": Kind.GROUP, "mine": Kind.MINE, "place": Kind.PLACE,
    "product": Kind.PRODUCT, "material": Kind.MATERIAL, "industry": Kind.INDUSTRY, "unit": Kind.UNIT,
    "organization": Kind.ORGANIZATION, "facility": Kind.PLANT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """
    One judged pair.

    Attributes:
        ours: our thing.
        dataset: where theirs is from.
        theirs: their thing, as the file of pairs describes it.
        match: `exact`, `close`, `broad` or `no-match`.
        concept: whether it is a concept and not something with a name of its own.
    """

    ours: Record
    dataset: str
    theirs: Record
    match: str
    concept: bool

    @property
    def part(self) -> str:
        """The part it is in, by our thing alone: `tuned` was looked at while rules were written."""
        return "tuned" if zlib.crc32(self.ours.id.encode()) % 2 else "reported"


def read(path: Path, aliases: Callable[[Record], Iterable[tuple[str, str]]] | None = None) -> list[Pair]:
    """
    Read judged pairs.

    Args:
        path: A CSV file with the columns `COLUMNS`.
        aliases: Gives further names of one of our things.

    Raises:
        ParameterError: there is no such file, or it lacks a column.
    """
    rows = _rows(path, COLUMNS)
    ours: dict[tuple[str, str], Record] = {}
    pairs = []
    for row in rows:
        key = row["our_entity_name_zh"], row["our_type"]
        if key not in ours:
            record = _ours(row)
            more = tuple(aliases(record)) if aliases else ()
            ours[key] = Record(
                record.id, (*record.names, *more), record.kind, record.places, record.level, note=record.note
            )
        concept = row["our_type"] in CONCEPTS
        pairs.append(Pair(ours[key], row["external_dataset"], _theirs(row), row["match"], concept))
    return pairs


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(f"{path} cannot be read as a CSV file in UTF-8: {error}") from error
    if missing:
        raise ParameterError(f"{path} lacks the columns {', '.join(missing)}")
    return rows


def _ours(row: Mapping[str, str]) -> Record:
    names = [("zh", row["our_entity_name_zh"])] if row["our_entity_name_zh"] else []
    if row["our_name_en"]:
        names.append(("en", row["our_name_en"]))
    kind = _TYPES.get(row["our_type"].casefold(), Kind.OTHER)
    return Record(row["our_entity_name_zh"] or row["our_name_en"], names, kind, _places(row["our_context"]))


def _places(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _theirs(row: Mapping[str, str]) -> Record:
    dataset = row["external_dataset"]
    known = _DATASETS.get(dataset.partition("-20")[0], _DATASETS.get(dataset))
    kind = known.kind if known else Kind.OTHER
    chinese = [("zh", name) for name in re.split(r"[|/]", row["ext_label_zh"]) if name]
    label, note = row["ext_label_en"], ""
    if dataset == "OEWN" and (found := re.match(r"^(.*?) \((.*)\)$", label)):
        label, note = found[1], found[2]
    english = [label] if dataset != "OEWN" else label.split(", ")
    places = _places(row["ext_context"])
    if dataset == "dr5hn":
        places = ("China", *places)
    point = (float(row["ext_lat"]), float(row["ext_lon"])) if row["ext_lat"] and row["ext_lon"] else None
    codes: list[tuple[str, str]] = []
    identifiers = {"gbt2260": row["external_id"]} if dataset == "GBT2260" else {}
    if dataset == "QUDT":
        codes = [("code", row["external_id"])]
    return Record(
        row["external_id"], [*chinese, *(("en", name) for name in english if name), *codes], kind, places,
        point=point, identifiers=identifiers, note=note,
    )  # fmt: skip


# whole tables


@dataclass(frozen=True, slots=True)
class Dataset:
    """
    A table that pairs are from.

    Attributes:
        file: its name in the folder of tables, empty where there is none.
        kind: what it holds.
        id: its column of identifiers.
        zh, en: its columns of names.
        places: its columns of places, from the largest down.
        split: what separates several names in one cell.
    """

    file: str
    kind: Kind
    id: str = ""
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    split: str = "|"
    point: tuple[str, ...] = ()
    note: str = ""
    parents: tuple[str, ...] = ()


_DATASETS: Mapping[str, Dataset] = {
    "GEM-GIST": Dataset(
        "gem_iron_steel_plants_china_2025-03-25.csv", Kind.PLANT, "plant-id",
        ("plant-name-(other-language)", "other-plant-names-(other-language)"),
        ("plant-name-(english)", "other-plant-names-(english)"),
        ("country/area", "subnational-unit-(province/state)"), ";", ("coordinates",), parents=("owner",),
    ),
    "GEM-GIOMT": Dataset(
        "gem_iron_ore_mines_china_2024-11.csv", Kind.MINE, "GEM Asset ID", ("Asset name (other language)",),
        ("Asset name (English)",), ("Country/Area", "Subnational unit"), ";", ("Coordinates",),
        parents=("Owner", "Parent"),
    ),
    "GEM-entity": Dataset(
        "gem_entities_china_steel_ore.csv", Kind.COMPANY, "entity_id", ("name_zh",), ("name_en",),
    ),
    "GeoNames": Dataset(
        "geonames_liaoning_and_namesakes.csv", Kind.PLACE, "geonameid", ("alt_zh",), ("name",),
        ("countrycode", "admin1code"), "|", ("latitude", "longitude"),
    ),
    "GBT2260": Dataset(
        "cn_divisions_gbt2260_and_anshan_streets.csv", Kind.DIVISION, "code", ("name",), (),
        ("province", "parent"),
    ),
    "dr5hn": Dataset(
        "dr5hn_cities_liaoning_and_namesakes_wikidata.csv", Kind.PLACE, "id", ("native",), ("name",),
        ("state_code",), "|", ("latitude", "longitude"),
    ),
    "FinanceDatabase": Dataset(
        "financedatabase_equities_china_materials_liaoning.csv", Kind.SECURITY, "symbol", (), ("name",),
        ("country", "city"),
    ),
    "adata-A-share": Dataset("adata_a_share_short_names.csv", Kind.SECURITY, "stock_code", ("short_name",)),
    "GLEIF": Dataset("gleif_cn_and_namesakes.csv", Kind.COMPANY, "lei", (), ("name",), ("country",)),
    "HS2022": Dataset("hs2022_industrial_chapters.csv", Kind.PRODUCT, "hscode", (), ("description",)),
    "CGI-commodity": Dataset(
        "cgi_commodity_code.csv", Kind.MATERIAL, "iri", ("label_zh",), ("label_en", "alt_en"),
        note="definition",
    ),
    "ISIC4": Dataset("isic_rev4_en.csv", Kind.INDUSTRY, "code", (), ("title_en",)),
    "GBT4754": Dataset("", Kind.INDUSTRY),
    "OEWN": Dataset(
        "oewn_synsets_industry_wikidata.csv", Kind.MATERIAL, "synset", (), ("members",), note="definition",
    ),
    "QUDT": Dataset("qudt_units_industry.csv", Kind.UNIT, "iri", ("label_zh",), ("label_en",)),
    "CARMA": Dataset("", Kind.PLANT),
    "WRI": Dataset("", Kind.PLANT),
}  # fmt: skip


def tables(folder: Path, wanted: Iterable[str]) -> dict[str, list[Record]]:
    """Read the tables of a folder that are wanted and there."""
    found = {}
    for name in sorted(set(wanted)):
        known = _DATASETS.get(name)
        if known and known.file and (folder / known.file).is_file():
            needed = [known.id, *known.zh, *known.en]
            found[name] = [_record(name, known, row) for row in _rows(folder / known.file, needed)]
    return found


def _record(name: str, known: Dataset, row: Mapping[str, str]) -> Record:
    identifier = row[known.id]
    if name == "CGI-commodity":
        identifier = identifier.rpartition("/")[2]
    names = [
        (language, part.strip())
        for language, columns in (("zh", known.zh), ("en", known.en))
        for column in columns
        for part in re.split(f"[{re.escape(known.split)}]", row.get(column) or "")
        if part.strip()
    ]
    places = [row[column] for column in known.places if row.get(column)]
    identifiers = {}
    if name == "GeoNames" and len(places) > 1:
        places = [places[0], f"{places[0]}.{places[1]}"]
    elif name == "dr5hn":
        places = ["China", *places]
    elif name == "GBT2260":
        identifiers = {"gbt2260": identifier}
    elif name == "QUDT":
        names += [("code", row[column]) for column in ("symbol", "ucum") if row.get(column)]
        names.append(("code", f"unit:{identifier.rpartition('/')[2]}"))
    parents = tuple(row[column] for column in known.parents if row.get(column))
    return Record(
        identifier, names, known.kind, places, point=_point(known, row), identifiers=identifiers,
        parents=parents, note=row.get(known.note, "") if known.note else "",
    )  # fmt: skip


def _point(known: Dataset, row: Mapping[str, str]) -> tuple[float, float] | None:
    text = ",".join(row.get(column) or "" for column in known.point)
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    return (float(numbers[0]), float(numbers[1])) if len(numbers) == len(("lat", "lon")) else None
