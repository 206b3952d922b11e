"""Tables of links are SSSOM: read strictly, written as others read them, and only what was reviewed is stated."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anshan_kg import links, sssom
from anshan_kg.errors import DataError
from anshan_kg.sssom import MANUAL, NOTHING, MappingSet, Row, State
from anshan_kg.terms import iri
from tests.conftest import ROOT

SPACES = {"gem-mine": "https://w3id.org/anshan-kg/ref/gem-mine/"}
ROW = Row("mine:xianshan", "西鞍山铁矿", "skos:exactMatch", "gem-mine:P100000128329", "西鞍山铁矿")
REVIEWED = replace(ROW, reviewer_label="Li Hua", review_date="2026-11-30", reviewer_agreement="1")
TABLES = sorted((ROOT / "graph/links").glob("*.sssom.tsv"))
HEAD = "subject_id\tpredicate_id\tobject_id\tmapping_justification"

CASES = [
    (ROW, State.OPEN),
    (REVIEWED, State.REVIEWED),
    (replace(REVIEWED, predicate_modifier="Not"), State.REFUSED),
    (replace(REVIEWED, reviewer_agreement="0"), State.UNSURE),
    (replace(REVIEWED, other={"retired": "2025-03"}), State.RETIRED),
    (replace(ROW, object_id=NOTHING), State.NIL),
    (replace(ROW, mapping_justification=MANUAL), State.REVIEWED),
]


@pytest.mark.parametrize(("row", "state"), CASES, ids=lambda value: str(value)[:12])
def test_the_state_of_a_row_follows_from_its_standard_columns(row: Row, state: State):
    assert row.state == state
    again = sssom.parse("t", sssom.write(MappingSet((row,), {}, SPACES))).rows[0]
    assert again == row
    assert again.state == state


@pytest.mark.parametrize(("row", "state"), CASES, ids=lambda value: str(value)[:12])
def test_only_what_a_person_has_reviewed_and_holds_is_stated(row: Row, state: State):
    stated = [triple.predicate for _, triple in sssom.as_triples(MappingSet((row,), {}, SPACES))]
    assert (iri("skos:exactMatch") in stated) == (state is State.REVIEWED)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_any_label_and_comment_is_read_back_and_is_no_formula(label: str, comment: str, reviewer: str):
    row = replace(REVIEWED, object_label=label, comment=comment, reviewer_label=reviewer or "x")
    text = sssom.write(MappingSet((row,), {}, SPACES))
    again = sssom.parse("t", text)
    assert sssom.write(again) == text
    for cell in (again.rows[0].object_label, again.rows[0].comment):
        assert not cell.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no column subject_id"),
        ("subject_id\tobject_id\n", "has no column predicate_id"),
        (f"{HEAD}\tcolour\n", "does not know: colour"),
        (f"{HEAD}\na:b\tc:d\te:f\n", r":2: not a mapping row: more or fewer cells"),
        (f"{HEAD}\na:b\tc:d\t\tsemapv:X\n", r":2: not a mapping row: object_id is empty"),
        (f"{HEAD}\na:b\tc:d\te:f\tsemapv:X\na:b\tc:d\te:f\tsemapv:X\n", r":3: .* in line 2 too"),
        (f"{HEAD}\tconfidence\na:b\tc:d\te:f\tsemapv:X\tsure\n", "confidence is 'sure'"),
        (f"{HEAD}\tpredicate_modifier\na:b\tc:d\te:f\tsemapv:X\tPerhaps\n", "it can be Not"),
        (f"{HEAD}\treviewer_agreement\na:b\tc:d\te:f\tsemapv:X\tnan\n", "from -1 to 1"),
    ],
)
def test_a_table_that_is_none_is_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(DataError, match=reason):
        sssom.parse("links.sssom.tsv", text)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name.partition(".")[0])
def test_a_table_of_ours_is_in_canonical_form(path):
    text = path.read_text(encoding="utf-8")
    assert sssom.write(sssom.parse(path.name, text)) == text


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name.partition(".")[0])
def test_every_link_that_is_stated_was_reviewed_by_somebody_with_a_date_and_a_release(path):
    rows = sssom.parse(path.name, path.read_text(encoding="utf-8")).rows
    target = links.load(path.name.partition(".")[0]).TARGET
    for row in rows:
        assert row.state is not State.OPEN, f"{row.subject_id} {row.object_id} was not read"
        if row.state is State.REVIEWED:
            assert row.reviewer_label
            assert row.review_date
            assert row.object_source_version == target.release
            assert "[judged: " in row.comment


def test_the_package_sssom_reads_and_validates_the_tables():
    """In a process of its own: its imports warn, and warnings are errors here."""
    code = (
        "import sys\nfrom sssom.parsers import parse_sssom_table\n"
        "from sssom.validators import validate\nfrom sssom.constants import DEFAULT_VALIDATION_TYPES\n"
        "for path in sys.argv[1:]:\n"
        "    found = parse_sssom_table(path)\n"
        "    reports = validate(found, DEFAULT_VALIDATION_TYPES, fail_on_error=False)\n"
        "    faults = [f.message for r in reports.values() for f in r.results if str(f.severity) != 'INFO']\n"
        "    print(len(found.df), faults)\n"
    )
    chosen = [path for path in TABLES if path.name.startswith(("gem-mines", "hs2022", "qudt"))]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, chosen)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    counts = [len(sssom.parse(path.name, path.read_text(encoding="utf-8")).rows) for path in chosen]
    assert done.stdout.splitlines() == [f"{count} []" for count in counts]
