"""Units are those of QUDT, and the traps are known."""

from __future__ import annotations

import csv
from decimal import Decimal

import pyoxigraph as ox
import pytest

from anshan_kg.quantities import read, spell
from anshan_kg.terms import PREFIXES, iri
from tests.conftest import ROOT, folder

QUDT, UNIT = PREFIXES["qudt"], PREFIXES["unit"]
PINNED = {quad.triple for quad in ox.parse((ROOT / "ontology/units.ttl").read_bytes(), ox.RdfFormat.TURTLE)}
TRAPS = {t.object for t in PINNED if t.predicate == iri("skos:member")}

ASKED = [
    "TONNE",
    "KiloTONNE",
    "MegaTONNE",
    "TONNE-PER-YR",
    "KiloTONNE-PER-YR",
    "MegaTONNE-PER-YR",
    "M3",
    "PERCENT",
    "FRACTION",
    "KiloGM-PER-KiloGM",
    "GM-PER-KiloGM",
    "KiloW-HR",
    "MegaJ-PER-KiloGM",
    "MegaJ-PER-M3",
    "KiloGM-PER-M3",
    "DEG_C",
    "HA",
    "YR",
    "CCY_CNY",
    "NUM",
    "UNITLESS",
    "PPM",
]


def multiplier(unit: str) -> Decimal | None:
    for triple in PINNED:
        if triple.subject == ox.NamedNode(UNIT + unit) and triple.predicate == iri(
            "qudt:conversionMultiplier"
        ):
            assert isinstance(triple.object, ox.Literal)
            return Decimal(triple.object.value)
    return None


@pytest.mark.parametrize("unit", ASKED)
def test_the_unit_is_pinned_and_named_in_both_languages(unit: str):
    names = {
        t.object.language
        for t in PINNED
        if t.subject == ox.NamedNode(UNIT + unit)
        and t.predicate == iri("rdfs:label")
        and isinstance(t.object, ox.Literal)
    }
    assert names == {"en", "zh-hans"}


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("TONNE", "1000"),
        ("KiloTONNE", "1000000"),
        ("MegaTONNE", "1000000000"),
        ("PERCENT", "0.01"),
        ("CCY_CNY", "1"),
        ("HA", "10000"),
    ],
)
def test_multipliers_are_what_the_words_mean(unit: str, value: str):
    """A megatonne is 1e9 kg; 907 184 740 kg is the American MegaTON."""
    assert multiplier(unit) == Decimal(value)


def test_multipliers_agree_with_qudt():
    place = folder("ANSHAN_KG_TEST_OPEN_DATA", "shared/open-data")
    with (place / "qudt_units_industry.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    key = next(
        name for name in rows[0] if "iri" in name.lower() or "uri" in name.lower() or name.lower() == "unit"
    )
    compared = 0
    for row in rows:
        pinned = multiplier(row[key].rpartition("/")[2].rpartition(":")[2])
        if pinned is not None and row["conversionMultiplier"]:
            compared += 1
            assert abs(pinned - Decimal(row["conversionMultiplier"])) <= Decimal("1e-18"), row
    assert compared >= 12


@pytest.mark.parametrize(
    "unit", ["TON", "MegaTON", "TON_US", "TON_SHORT", "TON_LONG", "NCM", "NCM_1ATM_0DEG_C_NL"]
)
def test_units_that_falsify_are_traps_and_not_pinned(unit: str):
    node = ox.NamedNode(UNIT + unit)
    assert node in TRAPS
    assert not any(t.subject == node for t in PINNED)


def test_the_normal_cubic_metre_is_ours_because_qudts_multiplies_to_zero():
    assert ox.Triple(iri("akg-unit:Nm3"), iri("skos:closeMatch"), ox.NamedNode(f"{UNIT}NCM")) in PINNED


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("5.5亿", "550000000"), ("424万", "4240000"), ("0.55亿", "55000000"), ("1亿吨", "100000000"),
        ("3500亿元", "350000000000"), ("100 million tons", "100000000"), ("55 million tons", "55000000"),
        ("over 1 billion", "1000000000"), ("350 billion yuan", "350000000000"), ("1,234.5", "1234.5"),
        ("14th", "14"), ("three bases", "3"), ("eight", "8"), ("2.5万亿", "2500000000000"), ("850", "850"),
    ],
)  # fmt: skip
def test_printed_numbers_are_read(printed: str, value: str):
    assert read(printed) == Decimal(value)


@pytest.mark.parametrize("printed", ["unchanged", "several", "", "数百", "万"])
def test_words_without_a_number_are_not_guessed(printed: str):
    assert read(printed) is None


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("100000000", "100 million", "1亿"), ("55000000", "55 million", "5500万"), ("350000000000", "350 billion", "3500亿"),
        ("850", "850", "850"), ("0", "0", "0"), ("1234567", "1,234,567", "123.4567万"), ("-2500000", "-2.5 million", "-250万"),
        ("0.5", "0.5", "0.5"), ("1000000000000", "1 trillion", "1万亿"),
    ],
)  # fmt: skip
def test_numbers_are_spelt_as_people_of_either_language_read_them(value: str, english: str, chinese: str):
    assert (spell(Decimal(value), "en"), spell(Decimal(value), "zh-Hans")) == (english, chinese)
