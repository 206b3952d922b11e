"""Harmonized System 2022: the headings and subheadings of goods in trade."""

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
    title=Labels("Harmonized System 2022", "协调制度（2022年版）"),
    publisher="datasets/harmonized-system",
    licence="https://opendatacommons.org/licenses/pddl/1-0/",
    home="https://github.com/datasets/harmonized-system",
    release="905e5a0",
    sample="hs2022_industrial_chapters.csv",
    ours=("materials",),
    prefix="hs2022",
    space=f"{REFERENCES}hs2022/",
    forms="data/harmonized-system.csv of the repository",
    attribution="Harmonized System 2022 from datasets/harmonized-system (ODC PDDL 1.0)",
)

_SHAPE = ("section", "hscode", "description", "parent", "level")
_LENGTHS = {2, 4, 6}


def records(path: Path) -> Iterator[Record]:
    """Yield chapters, headings and subheadings, with the words of those above; see `Module.records`."""
    once, words = Once(path), dict[str, str]()
    for row in csv_rows(path, [_SHAPE]):
        code = row["hscode"].strip()
        if code == "TOTAL":
            continue
        if not code.isdigit() or len(code) not in _LENGTHS:
            raise DataError(path, f"has the code {code!r}; codes of HS 2022 have two, four or six digits")
        once(code)
        words[code] = row["description"]
        above = tuple(
            words[code[:length]] for length in (2, 4) if length < len(code) and code[:length] in words
        )
        yield Record(
            code,
            (("en", row["description"]), ("code", code)),
            kind=Kind.PRODUCT,
            identifiers={"hs": code},
            parents=above,
            level=str(len(code)),
            note=above[-1] if above else "",
        )
