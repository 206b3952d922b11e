"""GB/T 4754: the industries of China; a code means nothing without its edition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._table import Once, csv_rows
from anshan_kg.links._target import REFERENCES, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = Target(
    title=Labels("Industrial classification of China (GB/T 4754)", "国民经济行业分类（GB/T 4754）"),
    publisher="国家统计局",
    licence="https://www.stats.gov.cn/",
    home="https://www.stats.gov.cn/",
    release="2017",
    ours=("industries",),
    prefix="gbt4754",
    space=f"{REFERENCES}gbt4754/",
    # The same four digits name other industries in other editions, so a code links only within one.
    forms="a table edition, code, name (and name_en); the edition is a year, such as 2017",
    attribution="",
)

_SHAPE = ("edition", "code", "name")
EDITIONS = ("1984", "1994", "2002", "2011", "2017")


def records(path: Path) -> Iterator[Record]:
    """Yield the classes, each under its edition: `2017/0810`; see `Module.records`."""
    once = Once(path)
    for row in csv_rows(path, [_SHAPE]):
        edition, code = row["edition"].strip(), row["code"].strip().upper()
        if edition not in EDITIONS:
            raise DataError(path, f"has the edition {edition!r}; there are {', '.join(EDITIONS)}")
        if not (code.isdigit() and len(code) in {2, 3, 4}) and not (code.isalpha() and len(code) == 1):
            raise DataError(path, f"has the code {code!r}; codes are a letter, or two to four digits")
        english = [("en", row["name_en"])] if row.get("name_en") else []
        yield Record(
            once(f"{edition}/{code}"),
            (("zh", row["name"]), *english, ("code", code)),
            kind=Kind.INDUSTRY,
            level={1: "section", 2: "division", 3: "group"}.get(len(code), "class"),
            identifiers={f"gbt4754-{edition}": code},
            note=f"GB/T 4754-{edition}",
        )
