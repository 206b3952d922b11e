"""What the trackers of Global Energy Monitor have in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.links._facts import Fact
from anshan_kg.links._table import point
from anshan_kg.links._target import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABSENT = frozenset({"", "unknown", "--", "n/a", "not found", "N/A"})
_THOUSAND = 1000


def space(part: str) -> str:
    """Return the namespace of one sort of GEM's identifiers."""
    return f"{REFERENCES}gem-{part}/"


def position(record: str, coordinates: str, accuracy: str) -> Iterator[Fact]:
    """Yield latitude and longitude, with the accuracy that the tracker claims."""
    found = point(coordinates)
    if found is None:
        return
    exact = accuracy == "exact"
    english = "position, exact by the tracker" if exact else "position, approximate by the tracker"
    chinese = "位置，数据集注为准确" if exact else "位置，数据集注为大致"
    for place, value in zip(("latitude", "longitude"), found, strict=True):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        yield Fact(record, place, place, text, text, of_works=True, en=english, zh=chinese)


def owner(record: str, english: str, chinese: str) -> Iterator[Fact]:
    """Yield whom the tracker names as the owner."""
    if is_absent(english):
        return
    names = chinese if chinese and not is_absent(chinese) else english
    yield Fact(
        record, "owner", printed=english[:60], en=f"The tracker names as the owner: {english}.",
        zh=f"该数据集所列所有者：{names}。", of_works=True,
    )  # fmt: skip


def kilotonnes(record: str, indicator: str, text: str, modality: str, year: str = "") -> Iterator[Fact]:
    """Yield an amount given in thousand tonnes (a year), unless the tracker has none."""
    if text.strip() in _ABSENT | {"0"} or not re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        return
    value = f"{float(text) * _THOUSAND:.0f}"
    unit = "kt/a" if indicator.endswith(("capacity", "scale", "output")) else "kt"
    yield Fact(record, indicator, indicator, f"{text.strip()} {unit}", value, modality=modality, year=year)


def start(record: str, text: str, status: str) -> Iterator[Fact]:
    """Yield the year in which production starts: observed of what operates, a forecast of what does not."""
    found = re.match(r"(\d{4})", text.strip())
    if not found:
        return
    planned = status in {"proposed", "announced", "construction"}
    yield Fact(
        record, "start", "production-start-year", text.strip(), found[1],
        modality="forecast" if planned else "observed",
        target_year=found[1] if planned else "", year="" if planned else found[1],
    )  # fmt: skip


def is_absent(text: str) -> bool:
    """Return whether the trackers mean by a text that they have nothing."""
    return text.strip() in _ABSENT
