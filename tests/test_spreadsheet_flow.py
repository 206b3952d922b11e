"""From a bureau's list to cited claims and back: reconcile, look, import, check, undo."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from anshan_kg import KnowledgeGraph, sheets
from anshan_kg.cli import Caller, cli
from anshan_kg.config import Config
from anshan_kg.errors import DataError, ParameterError, UnknownName
from anshan_kg.importing.mapping import _pinyin
from anshan_kg.reconciling.table import Reconciled
from anshan_kg.sheets import output
from anshan_kg.synth import sheet
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FULL = 200
LIST, SOURCE = "enterprise-list", "invented-enterprise-list"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real graph in a folder of its own, which every test leaves as it found it."""
    root = tmp_path_factory.mktemp("flow") / "tree"
    for folder in ("ontology", "graph"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


def state(tree: Path) -> dict[str, bytes]:
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in (tree / "graph").rglob("*") if path.is_file()
    }  # fmt: skip


def open_graph(tree: Path) -> KnowledgeGraph:
    return KnowledgeGraph.open(Config(root=str(tree), cache=str(tree.parent / "cache")))


def review(path: Path, reviewed: Path) -> dict[str, int]:
    """Do what a person does: take new what is invented, and leave the rest that is not sure."""
    found = list(sheets.rows(path))
    told = {"true": 0, "new": 0, "false": 0}
    for row in found:
        if row["match"] != "true" and row["企业名称"].startswith("虚构"):
            row["id"], row["match"] = "enterprise:" + _pinyin(row["企业名称"]).replace(" ", "-"), "new"
        told[row["match"]] += 1
    with reviewed.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return told


def test_the_same_seed_gives_the_same_list_and_every_row_says_that_it_is_invented(kg: KnowledgeGraph):
    rows = kg.invented_list(200, 1)
    assert rows == kg.invented_list(200, 1)
    assert rows != kg.invented_list(200, 2)
    assert len(rows) == 200
    assert {row[-1] for row in rows} == {"虚构"}
    assert sheet.workbook(rows) == sheet.workbook(rows)
    names = [row[1] for row in rows]
    assert len({*names}) < len(names), "no firm stands in it twice"
    assert any(name != name.strip() or "（" in name for name in names), "no spelling differs"
    assert any(any("０" <= digit <= "９" for digit in row[5]) for row in rows), "no digit is wide"


def test_the_workbook_and_the_rows_are_the_same_table(kg: KnowledgeGraph, tmp_path: Path):
    rows = kg.invented_list(40, 3)
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheet.workbook(rows))
    found = sheets.read(path)
    assert found.columns == sheet.COLUMNS
    assert [tuple(line.cells.values()) for line in found] == [
        tuple(sheets.text.clean(cell) for cell in row) for row in rows
    ]
    assert b"<mergeCell " in _sheet_of(path)


def _sheet_of(path: Path) -> bytes:
    import zipfile  # noqa: PLC0415 - here only

    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def test_a_name_in_a_wrong_district_is_not_sure_and_says_so(kg: KnowledgeGraph, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text(
        "企业名称,区县\n鞍钢股份有限公司,铁西区\n鞍钢股份有限公司,台安县\n,\n无人知晓公司,\n",
        encoding="gb18030",
    )
    found = Reconciled(
        kg.reconciliation, sheets.read(path), "企业名称", kind="enterprise",
        properties={"akg:locatedIn": "区县"}, explain=True,
    )  # fmt: skip
    right, wrong, *rest = found.rows()
    assert (right["id"], right["match"]) == ("https://w3id.org/anshan-kg/id/enterprise/angang-steel", "true")
    assert (wrong["id"], wrong["match"]) == (right["id"], "false")
    assert "locatedIn" in wrong["reasons"]
    assert [row["match"] for row in rest] == ["false"]
    assert float(right["score"]) > float(wrong["score"])
    assert (found.sure, found.open, found.nothing) == (1, 1, 1)


def test_columns_that_the_table_has_already_are_not_overwritten(kg: KnowledgeGraph, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("id,name,score\n7,鞍钢股份有限公司,x\n", encoding="utf-8")
    found = Reconciled(kg.reconciliation, sheets.read(path), "name")
    (row,) = found.rows()
    assert (row["id"], row["score"]) == ("7", "x")
    assert row["id (anshan-kg)"].endswith("/angang-steel")
    assert found.columns == (
        "id",
        "name",
        "score",
        "id (anshan-kg)",
        "name (anshan-kg)",
        "score (anshan-kg)",
        "match",
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"column": "名字"}, "has no column '名字'; it has: 企业名称"),
        ({"column": "企业名称", "kind": "dragon"}, "no class 'dragon'; there are: .*Enterprise"),
        ({"column": "企业名称", "properties": {"akg:nothing": "企业名称"}}, "no property 'akg:nothing'"),
    ],
)
def test_a_wrong_column_class_or_property_is_told(
    kg: KnowledgeGraph, tmp_path: Path, given: dict[str, str], told: str
):
    path = tmp_path / "a.csv"
    path.write_text("企业名称\n甲\n", encoding="utf-8")
    with pytest.raises((DataError, ParameterError), match=told):
        Reconciled(kg.reconciliation, sheets.read(path), **given)  # type: ignore[arg-type]


def run(tree: Path, *words: str) -> str:
    """Call the command line, and return what it prints."""
    kept = {"ANSHAN_KG_CACHE": str(tree.parent / "cache")}
    done = CliRunner(env=kept).invoke(cli, ["--root", str(tree), *words], obj=Caller(Config(), quiet=False))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def whole_flow(kg: KnowledgeGraph, tree: Path, place: Path, rows: int) -> None:
    before = state(tree)
    (place / "list.xlsx").write_bytes(sheet.workbook(kg.invented_list(rows, 1)))
    output.write(place / "source.csv", list(sheet.source()[0]), sheet.source())
    said = run(
        tree, "reconcile", str(place / "list.xlsx"), "--column", "企业名称", "--type", "enterprise",
        "--property", "akg:locatedIn=区县", "-o", str(place / "matched.csv"), "--explain",
    )  # fmt: skip
    assert " sure, " in said
    matched = list(sheets.rows(place / "matched.csv"))
    assert len(matched) == rows
    wrongly = [row for row in matched if row["match"] == "true" and row["企业名称"].startswith("虚构")]
    assert wrongly == [], "an invented firm is taken for a real one"
    told = review(place / "matched.csv", place / "reviewed.csv")
    assert told["true"] > rows * 0.4
    assert told["new"] > 0

    first = open_graph(tree).import_table(place / "source.csv", "sources")
    assert first.written
    sourced = state(tree)
    graph = open_graph(tree)
    reviewed = place / "reviewed.csv"
    dry = graph.import_table(reviewed, LIST, source=SOURCE, dry_run=True)
    assert (dry.written, dry.name) == (False, "")
    assert any("gives the same" in each.reason for each in dry.refused), (
        "a firm that stands twice is not told"
    )
    assert {each.row for each in dry.refused} <= set(range(2, rows + 2))
    assert not graph.import_table(reviewed, LIST, source=SOURCE).written, "written though rows are refused"
    assert state(tree) == sourced
    done = graph.import_table(reviewed, LIST, source=SOURCE, skip_refused=True)
    assert (done.written, done.changed) == (True, ())
    assert state(tree) != sourced

    graph = open_graph(tree)
    if rows >= FULL:  # the import has checked what it touches; this checks everything else too
        assert [finding for finding in graph.check() if finding.severity == "violation"] == []
    new = next(row for row in sheets.rows(reviewed) if row["match"] == "new")
    entity = graph.entity(new["id"])
    assert entity.labels.zh == new["企业名称"]
    assert {each.source for each in entity.claims} == {f"https://w3id.org/anshan-kg/id/source/{SOURCE}"}
    assert {"is located in", "belongs to cluster"} <= {each.predicate.labels.en for each in entity.statements}
    assert graph.import_table(reviewed, LIST, source=SOURCE, skip_refused=True).files == (), (
        "twice is not once"
    )

    assert [line.split()[0] for line in run(tree, "import", "--undo").splitlines()] == [done.name, first.name]
    with pytest.raises(DataError, match=f"undo {done.name} first"):
        journal(tree).undo(first.name)
    assert "removed  graph/claims/invented-enterprise-list.ttl" in run(tree, "import", "--undo", done.name)
    assert state(tree) == sourced
    run(tree, "import", "--undo", first.name)
    assert state(tree) == before
    assert run(tree, "import", "--undo") == ""


@pytest.mark.timeout(600)
def test_a_bureau_s_list_becomes_claims_and_can_be_undone(
    kg: KnowledgeGraph, tree: Path, tmp_path: Path, request: pytest.FixtureRequest
):
    """With --long the list has its full 200 rows, and the whole graph is checked after it."""
    whole_flow(kg, tree, tmp_path, FULL if request.config.getoption("--long") else 24)


# undoing, by the file


@pytest.fixture
def imported(tmp_path: Path) -> tuple[Path, str]:
    """A small tree with one import in it: a file changed, a file made."""
    from anshan_kg.importing.journal import Journal  # noqa: PLC0415 - beside what uses it

    (tmp_path / "graph/claims").mkdir(parents=True)
    (tmp_path / "graph/claims/a.ttl").write_bytes(b"old")
    contents = {"graph/claims/a.ttl": b"new", "graph/sources/b.ttl": b"made"}
    entry = Journal(tmp_path).begin("表 A.csv", "quantities", contents)
    for path, data in contents.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path, entry.name


def journal(root: Path):
    from anshan_kg.importing.journal import Journal  # noqa: PLC0415

    return Journal(root)


def test_undoing_puts_back_what_was_changed_and_removes_what_was_made(imported: tuple[Path, str]):
    root, name = imported
    assert [entry.name for entry in journal(root).entries()] == [name]
    journal(root).undo(name)
    assert (root / "graph/claims/a.ttl").read_bytes() == b"old"
    assert not (root / "graph/sources/b.ttl").exists()
    assert journal(root).entries() == []
    with pytest.raises(UnknownName):
        journal(root).undo(name)


@pytest.mark.parametrize("path", ["graph/claims/a.ttl", "graph/sources/b.ttl"])
def test_undoing_is_refused_where_a_file_was_edited_since_and_nothing_changes(
    imported: tuple[Path, str], path: str
):
    root, name = imported
    (root / path).write_bytes(b"edited")
    before = state(root)
    with pytest.raises(DataError, match=f"{path}: was changed since the import {name}; undo that edit first"):
        journal(root).undo(name)
    assert state(root) == before


def test_an_import_that_was_broken_off_can_be_undone(imported: tuple[Path, str]):
    root, name = imported
    (root / "graph/sources/b.ttl").unlink()
    journal(root).undo(name)
    assert state(root) == {"graph/claims/a.ttl": b"old"}


def test_a_damaged_or_forged_journal_changes_nothing(imported: tuple[Path, str]):
    root, name = imported
    kept = root / ".anshan-kg/imports" / name
    (kept / "before/graph/claims/a.ttl").write_bytes(b"other")
    with pytest.raises(DataError, match="is not what was kept"):
        journal(root).undo(name)
    told = json.loads((kept / "journal.json").read_text())
    for path in ("../outside.ttl", "/etc/passwd", "graph/../x.ttl", "ontology/anshan.ttl"):
        forged = {**told, "after": {path: "0" * 64}, "before": {path: ""}}
        (kept / "journal.json").write_text(json.dumps(forged))
        with pytest.raises(DataError, match="is no journal"):
            journal(root).undo(name)
    assert state(root)["graph/claims/a.ttl"] == b"new"
