"""Check digits: what passes, and that a slip of the finger does not."""

from __future__ import annotations

import csv
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anshan_kg.linking import identifiers
from tests.conftest import folder

USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
GOOD = {
    "uscc": ("9121030024150404XH", USCC, range(18)),
    "lei": ("529900C743CUJOB8U132", string.digits + string.ascii_uppercase, range(20)),
    "isin": ("CNE1000001V4", string.digits, (3, 4, 5, 6, 7, 8, 9, 11)),
}
"""An identifier that passes, the characters it is written in, and the places that are tried."""


@pytest.mark.parametrize("scheme", GOOD)
def test_every_single_wrong_character_is_caught(scheme):
    good, alphabet, where = GOOD[scheme]
    assert identifiers.valid(scheme, good)
    for at in where:
        for char in alphabet:
            # MOD 97-10 turns a letter into two digits, so a letter for a digit may slip through
            if char != good[at] and (scheme != "lei" or char.isdigit() == good[at].isdigit()):
                wrong = f"{good[:at]}{char}{good[at + 1 :]}"
                assert not identifiers.valid(scheme, wrong), wrong


@given(st.text(USCC, min_size=15, max_size=15), st.integers(0, 16), st.sampled_from(USCC))
def test_a_made_up_uscc_with_its_own_check_character_stops_passing_when_one_changes(body, at, char):
    start = f"91{body}"
    passing = [end for end in USCC if identifiers.uscc(start + end)]
    if not passing:  # the region in it has to be digits
        return
    assert len(passing) == 1
    good = start + passing[0]
    wrong = f"{good[:at]}{char}{good[at + 1 :]}"
    assert identifiers.uscc(wrong) == (wrong == good)


@pytest.mark.parametrize("scheme", GOOD)
@pytest.mark.parametrize("text", ["", "x", "0" * 30, "鞍钢", "\n", "９１２１０３００２４１５０４０４ＸＨ"])
def test_what_is_no_identifier_at_all_does_not_pass(scheme, text):
    assert not identifiers.valid(scheme, text)


def test_spaces_hyphens_and_small_letters_do_not_matter():
    assert identifiers.uscc("9121 0300 2415 0404 xh")
    assert identifiers.normal("lei", "5299-00c743cujob8u132") == "529900C743CUJOB8U132"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("21", "210000"),
        ("2103", "210300"),
        ("210302", "210302"),
        ("210381107", "210381107"),
        ("213", ""),
        ("x", ""),
    ],
)
def test_division_codes_are_written_in_six_digits_or_nine(text, code):
    assert identifiers.division(text) == code


def test_all_published_leis_pass_and_all_isins_that_are_given():
    place = folder("ANSHAN_KG_OPEN_DATA", "shared/open-data")
    with (place / "gleif_cn_and_namesakes.csv").open(encoding="utf-8", newline="") as file:
        leis = [row["lei"] for row in csv.DictReader(file)]
    with (place / "financedatabase_equities_china_materials_liaoning.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        isins = [row["isin"] for row in csv.DictReader(file) if row["isin"]]
    assert len(leis) > 300
    assert len(isins) > 50
    assert [each for each in leis if not identifiers.lei(each)] == []
    assert [each for each in isins if not identifiers.isin(each)] == []


def test_a_scheme_without_check_digits_takes_what_it_is_given():
    assert identifiers.valid("gem", "E100000124667")
