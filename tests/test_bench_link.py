"""The measuring of matching: its numbers are a promise, its times are not."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from anshan_kg.bench import gold, link, naming
from anshan_kg.bench.link import Counts
from anshan_kg.cli import cli
from anshan_kg.errors import ParameterError
from anshan_kg.linking.folding import fold, table
from anshan_kg.linking.matcher import Matcher
from anshan_kg.linking.record import Decision, Kind
from tests.conftest import folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROW = {
    "our_entity_name_zh": "甲乙钢铁有限公司", "our_name_en": "Jiayi Steel Co., Ltd.", "external_dataset": "GEM-entity",
    "external_id": "E1", "external_label": "", "match": "exact", "why": "", "our_type": "Company",
    "ext_label_zh": "甲乙钢铁有限公司", "ext_label_en": "Jiayi Steel Co Ltd", "ext_lat": "", "ext_lon": "",
    "ext_context": "", "our_context": "辽宁省鞍山市",
}  # fmt: skip


@pytest.fixture(scope="module")
def found(kg) -> link.Quality:
    """What is measured on the judged pairs."""
    path = folder("ANSHAN_KG_OPEN_DATA", "shared/open-data") / "gold_links_dev.csv"
    return link.quality(*link.load(path, kg.dataset.store))


@pytest.mark.parametrize("part", link.PARTS)
def test_named_things_are_matched_well_and_what_is_accepted_is_right(found, part):
    counts = found.pairs[part, "named"]
    assert counts.f1 >= 0.93
    assert counts.precision >= 0.97


@pytest.mark.parametrize("part", link.PARTS)
def test_concepts_are_matched_well(found, part):
    assert found.pairs[part, "concepts"].f1 >= 0.85


@pytest.mark.parametrize("part", link.PARTS)
def test_the_first_answer_over_whole_tables_is_right(found, part):
    assert found.top[part, "all"].share >= 0.95


def test_the_two_parts_are_of_different_things_and_make_up_the_whole(found):
    path = folder("ANSHAN_KG_OPEN_DATA", "shared/open-data") / "gold_links_dev.csv"
    parts = {part: {pair.ours.id for pair in gold.read(path) if pair.part == part} for part in link.PARTS[:2]}
    assert not parts["tuned"] & parts["reported"]
    assert min(len(things) for things in parts.values()) > 15
    for group in ("named", "concepts"):
        both = found.pairs["both", group]
        assert both.asked == sum(found.pairs[part, group].asked for part in link.PARTS[:2])


def test_nothing_of_the_judged_pairs_stands_in_the_tables_of_words():
    """Words of the trade may be there; whole names of firms, mines and towns may not."""
    path = folder("ANSHAN_KG_OPEN_DATA", "shared/open-data") / "gold_links_dev.csv"
    held = [
        word
        for name in ("firms", "concepts", "places", "units")
        for word in _texts(table(name))
        if len(word) > 1
    ]
    for pair in gold.read(path):
        if not pair.concept:
            names = {fold(name) for record in (pair.ours, pair.theirs) for _, name in record.names}
            assert not names & set(held), names & set(held)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield fold(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield fold(key)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def test_counts_say_precision_recall_and_their_mean():
    counts = link.counted(["a", "b", "", "", "c"], ["a", "x", "y", "", ""])
    assert (counts.right, counts.wrong, counts.missed, counts.none) == (1, 2, 2, 1)
    assert counts.precision == counts.recall == pytest.approx(1 / 3)
    assert counts.f1 == pytest.approx(1 / 3)
    assert counts.share == pytest.approx(2 / 5)
    assert Counts().f1 == 1


# invented names


def test_invented_names_are_the_same_for_the_same_seed_and_others_for_another():
    assert naming.invent(200, 30, 1) == naming.invent(200, 30, 1)
    assert naming.invent(200, 30, 1).table != naming.invent(200, 30, 2).table


def test_three_in_ten_mean_nothing_and_the_others_one_of_the_table():
    names = naming.invent(1000, 100, 4)
    ids = {record.id for record in names.table}
    assert sum(not meant for meant in names.truth) == 30
    assert all(meant in ids for meant in names.truth if meant)
    assert len({record.names[0][1] for record in names.table}) == 1000


def test_every_way_of_changing_a_name_occurs_and_changes_it():
    names = naming.invent(3000, 600, 4)
    by_id = {record.id: record.names[0][1] for record in names.table}
    single = [
        (change, by_id[meant], query.names[0][1])
        for query, meant, change in zip(names.queries, names.truth, names.changes, strict=True)
        if meant and " and " not in change
    ]
    assert {change for change, _, _ in single} == {
        "legal form dropped", "place dropped", "full width", "traditional", "one character wrong",
        "two characters swapped", "shortened",
    }  # fmt: skip
    changed = sum(before != after for _, before, after in single)
    assert changed / len(single) > 0.9  # a wrong character may be the right one by chance


def test_invented_names_are_found_again():
    names = naming.invent(5000, 200, 2)
    answers = Matcher(names.table).match_many(names.queries, limit=1)
    best = [answer[0] if answer else None for answer in answers]
    suggested = [match.record.id if match and match.decision is not Decision.REJECT else "" for match in best]
    accepted = [match.record.id if match and match.decision is Decision.ACCEPT else "" for match in best]
    assert link.counted(suggested, names.truth).f1 > 0.93
    assert link.counted(accepted, names.truth).precision > 0.97


# the command


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ROW)
        writer.writeheader()
        writer.writerow(ROW)
        writer.writerow(
            ROW
            | {
                "external_id": "E2",
                "ext_label_zh": "丙丁钢铁有限公司",
                "ext_label_en": "Bingding",
                "match": "no-match",
            }
        )
        writer.writerow(ROW | {"external_dataset": "elsewhere", "external_id": "E3"})
    return path


def test_the_report_says_what_was_measured(pairs, tmp_path):
    out = tmp_path / "report.json"
    arguments = ["bench", "link", "--gold", str(pairs), "--no-aliases", "--names", "0", "-o", str(out)]
    assert CliRunner().invoke(cli, arguments, standalone_mode=False).exit_code == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    both = next(each for each in report["pairs"] if each["part"] == "both")
    assert (both["right"], both["wrong"], both["missed"]) == (2, 0, 0)
    assert report["size"] == []


def test_sizes_are_reported_beside_plain_tf_idf_or_it_says_why_not(capsys):
    said: list[str] = []
    runs = link.size(500, 20, 1, 1, said.append)
    text = link.markdown(None, runs, 500, 20)
    assert runs[0].name == "anshan-kg"
    assert runs[0].megabytes > 0
    assert len(runs) == 2 or "scikit-learn is not installed" in said[0]
    assert "20 names among 500" in text
    assert all(f"| {run.name} | {run.median:.2f} |" in text for run in runs)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the columns"),
        (b"a,b\n1,2\n", "lacks the columns"),
        ("our_entity_name_zh\n鞍山\n".encode("gb18030"), "cannot be read as a CSV file in UTF-8"),
    ],
)
def test_a_file_that_holds_no_judged_pairs_is_refused_with_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "wrong.csv"
    path.write_bytes(content)
    with pytest.raises(ParameterError, match=message):
        gold.read(path)


def test_a_missing_file_says_what_to_do(tmp_path):
    arguments = ["bench", "link", "--gold", str(tmp_path / "none.csv")]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(result.exception, ParameterError)
    assert "--gold FILE" in str(result.exception)
    assert "--no-gold" in str(result.exception)


def test_types_of_ours_and_datasets_of_theirs_become_kinds(pairs):
    first, *_, last = gold.read(pairs)
    assert (first.ours.kind, first.theirs.kind, last.theirs.kind) == (Kind.COMPANY, Kind.COMPANY, Kind.OTHER)
