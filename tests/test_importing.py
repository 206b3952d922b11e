"""Tables become cited claims: read, mapped, checked, written whole or not at all."""

from __future__ import annotations

import csv
import json
import shutil
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anshan_kg import KnowledgeGraph, files
from anshan_kg.config import Config
from anshan_kg.errors import DataError, ParameterError, UnknownName
from anshan_kg.importing import mapping as mappings
from anshan_kg.importing import rows
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The real graph in a folder of its own, for a test to change."""
    root = tmp_path / "tree"
    for folder in ("ontology", "graph"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


@pytest.fixture
def graph(tree: Path) -> KnowledgeGraph:
    """A graph that imports without running the checks of the whole graph each time."""
    kg = KnowledgeGraph.open(Config(root=str(tree)))
    kg.__dict__["_faults_with"] = lambda _: []
    return kg


def table(tmp_path: Path, text: str, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def state(tree: Path) -> dict[str, bytes]:
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in (tree / "graph").rglob("*")
        if path.is_file()
    }


HEADER = "source,place,subject,indicator,value,original,modality,valid_year,confidence,speaker\n"
GOOD = HEADER + (
    "cr-house-599,new-a,place:anshan,new-mines,5,5,observed,2023,high,person:liu-guangxin\n"
    "cr-house-599,new-b,mine:chentaigou,iron-ore-mining-scale,11000000,11 million,observed,2023,low,person:liu-guangxin\n"
)


# what comes of a good table


def test_rows_become_claims_with_source_place_speaker_year_and_confidence(tmp_path: Path, tree: Path):
    kg = KnowledgeGraph.open(Config(root=str(tree)))
    report = kg.import_table(
        table(
            tmp_path,
            GOOD.replace("place,", "place,quote,quote_lang,", 1)
            .replace("new-a,", "new-a,five mines,en,")
            .replace("new-b,", "new-b,eleven,en,"),
        ),
        "quantities",
    )
    assert report.refused == ()
    assert report.written
    again = KnowledgeGraph.open(Config(root=str(tree)))
    assert again.check() == []
    found = again.entity("陈台沟铁矿").claims
    claim = next(each for each in found if each.claim.endswith("cr-house-599-new-b-1"))
    assert (claim.year, claim.original, claim.confidence.en, claim.modality.en) == (
        "2023",
        "11 million",
        "low",
        "observed",
    )
    assert claim.speaker.en == "Liu Guangxin"
    assert claim.passages[0].quote == "eleven"
    assert "11 million" in claim.passages[0].paraphrase.en


def test_importing_the_same_table_twice_changes_nothing(tmp_path: Path, tree: Path, graph: KnowledgeGraph):
    path = table(tmp_path, GOOD)
    assert graph.import_table(path, "quantities").written
    after = state(tree)
    fresh = KnowledgeGraph.open(Config(root=str(tree)))
    report = fresh.import_table(path, "quantities")
    assert (report.added, report.changed, report.files, report.written) == ((), (), (), False)
    assert len(report.unchanged) == 4  # two claims and their passages
    assert state(tree) == after


def test_a_changed_cell_changes_the_lines_of_that_claim_only(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph
):
    graph.import_table(table(tmp_path, GOOD), "quantities")
    before = (tree / "graph/claims/cr-house-599.ttl").read_text(encoding="utf-8").splitlines()
    fresh = KnowledgeGraph.open(Config(root=str(tree)))
    fresh.__dict__["_faults_with"] = lambda _: []
    report = fresh.import_table(table(tmp_path, GOOD.replace("11000000", "12000000")), "quantities")
    assert len(report.changed) == 1
    after = (tree / "graph/claims/cr-house-599.ttl").read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before] == ['    akg:value "12000000"^^xsd:decimal ;']
    assert len(after) == len(before)


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph
):
    before = state(tree)
    report = graph.import_table(table(tmp_path, GOOD), "quantities", dry_run=True)
    assert (len(report.added), report.written) == (4, False)
    assert set(report.files) == {"graph/claims/cr-house-599.ttl", "graph/sources/cr-house-599.ttl"}
    assert state(tree) == before


def test_json_lines_hold_lists_and_keep_numbers_exact(tmp_path: Path, tree: Path, graph: KnowledgeGraph):
    row = {
        "iri": "enterprise:try-works", "kind": "enterprises", "type": "akg:Enterprise", "en": "Try Works", "zh": "试验厂",
        "zh_status": "usual", "definition_en": "A try.", "definition_zh": "试验。", "alt_zh": ["试厂", "試驗廠"],
    }  # fmt: skip
    path = table(tmp_path, json.dumps(row, ensure_ascii=False) + "\n", "rows.jsonl")
    assert graph.import_table(path, "names").written
    text = next((tree / "graph/entities").glob("enterprises.ttl")).read_text(encoding="utf-8")
    assert '"试厂"@zh-Hans' in text
    assert '"shi yan chang"@zh-Latn-pinyin' in text


def test_a_row_without_a_speaker_is_said_by_the_publisher_of_its_source(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph
):
    source = (
        "slug,en,zh,title,title_lang,kind,language,access,publisher\n"
        "a-page,A page,某页面,A title,en,news,en,excerpt,organization:cr-house-599-author\n"
    )
    assert graph.import_table(table(tmp_path, source), "sources").written
    fresh = KnowledgeGraph.open(Config(root=str(tree)))
    fresh.__dict__["_faults_with"] = lambda _: []
    text = GOOD.replace("cr-house-599", "a-page").replace(",person:liu-guangxin", ",")
    assert fresh.import_table(table(tmp_path, text), "quantities").refused == ()
    written = (tree / "graph/claims/a-page.ttl").read_text(encoding="utf-8")
    assert written.count("prov:wasAttributedTo organization:cr-house-599-author") == 2


def test_source_on_the_command_line_stands_for_rows_without_one(tmp_path: Path, graph: KnowledgeGraph):
    text = GOOD.replace("cr-house-599,", ",")
    assert [
        each.column for each in graph.import_table(table(tmp_path, text), "quantities", dry_run=True).refused
    ] == ["source"] * 2
    report = graph.import_table(table(tmp_path, text), "quantities", source="cr-house-599", dry_run=True)
    assert report.refused == ()


# what is refused, and told by row and column

BAD_ROWS = [
    ("value", "eleven", "no number"),
    ("value", "1.234,5", "no number"),
    ("value", "=SUM(A1:A9)", "formula"),
    ("value", "@import", "formula"),
    ("value", "+cmd|' /C calc'!A0", "formula"),
    ("modality", "goal", "it can be observed"),
    ("confidence", "very high", "it can be high"),
    ("valid_year", "2023-05", "form YYYY"),
    ("valid_year", "23", "form YYYY"),
    ("subject", "Anshan", "prefix:slug"),
    ("subject", "no-such:thing", "prefix:slug"),
    ("place", "../../etc/passwd", "does not have the form"),
    ("place", "", "every row needs it"),
    ("source", "", "every row needs it"),
    ("source", "../x", "no file under graph/|names are prefix:slug"),
    ("original", "x" * 61, "does not have the form"),
    ("original", "x" * 5000, "characters"),
    ("original", "a\x07b", "control character"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD_ROWS, ids=lambda value: str(value)[:25])
def test_a_bad_cell_is_refused_by_row_and_column_and_nothing_is_written(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph, column: str, value: str, reason: str
):
    before = state(tree)
    cells = dict(zip(HEADER.strip().split(","), GOOD.splitlines()[1].split(","), strict=True)) | {
        column: value
    }
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells.values())
    report = graph.import_table(table(tmp_path, GOOD + quoted + "\n"), "quantities")
    refused = [each for each in report.refused if each.row == 4]
    assert refused
    assert any(each.column in {column, ""} for each in refused)
    assert any(part in each.reason for part in reason.split("|") for each in refused), refused
    assert not report.written
    assert state(tree) == before


def test_a_row_that_breaks_a_rule_of_the_graph_is_refused_with_the_rule(tmp_path: Path, tree: Path):
    kg = KnowledgeGraph.open(Config(root=str(tree)))
    before = state(tree)
    text = (
        "source,place,quote,quote_lang,subject,indicator,value,unit,original,modality,valid_year,target_year,confidence,speaker\n"
        "cr-house-599,a,some words,en,place:anshan,iron-ore-mining-scale,1000,unit:TONNE,1000,observed,2023,,high,person:liu-guangxin\n"
        "cr-house-599,b,some words,en,place:anshan,iron-ore-mining-scale,1000,,1000,target,,,high,person:liu-guangxin\n"
        "cr-house-599,c,some words,en,place:nowhere,iron-ore-mining-scale,1000,,1000,observed,2023,,high,person:liu-guangxin\n"
        "cr-house-599,d,some words,en,place:anshan,iron-ore-mining-scale,1000,,2000,observed,2020,,high,person:liu-guangxin\n"
        "cr-house-599,e,some words,en,place:anshan,iron-ore-mining-scale,7,,7,observed,2019,,high,person:liu-guangxin\n"
    )
    report = kg.import_table(table(tmp_path, text), "quantities")
    told = {each.row: each.reason for each in report.refused}
    assert set(told) == {2, 3, 4, 5}
    assert "unit-fits-indicator" in told[2]
    assert "target-has-year" in told[3]
    assert "no-dangling-iri" in told[4]
    assert "number-is-as-printed" in told[5]
    assert state(tree) == before
    assert not report.written


def test_good_rows_go_in_beside_bad_ones_if_asked(tmp_path: Path, tree: Path, graph: KnowledgeGraph):
    bad = GOOD + GOOD.splitlines()[1].replace("new-a", "new-c").replace("observed", "goal") + "\n"
    report = graph.import_table(table(tmp_path, bad), "quantities", skip_refused=True)
    assert (report.written, len(report.refused), len(report.added)) == (True, 1, 4)
    assert "new-c" not in (tree / "graph/claims/cr-house-599.ttl").read_text(encoding="utf-8")


def test_a_name_given_twice_is_refused_where_it_comes_again(tmp_path: Path, graph: KnowledgeGraph):
    text = GOOD + GOOD.splitlines()[1] + "\n"
    (refused,) = graph.import_table(table(tmp_path, text), "quantities").refused
    assert refused.row == 4
    assert "as row 2" in refused.reason


def test_an_unknown_column_is_refused_with_the_columns_there_are(tmp_path: Path, graph: KnowledgeGraph):
    report = graph.import_table(table(tmp_path, GOOD.replace("original", "printed", 1)), "quantities")
    assert {each.column for each in report.refused} == {"printed"}
    assert "original" in report.refused[0].reason


# what is no table at all


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("rows.csv", GOOD.replace("high", "高").encode("gb18030"), "GB18030"),
        ("rows.csv", GOOD.encode("utf-16"), "UTF-16"),
        ("rows.csv", b"PK\x03\x04 a workbook", "workbook"),
        ("rows.xlsx", GOOD.encode(), "neither .csv"),
        ("rows.csv", b"", "empty"),
        ("rows.csv", b"a,a\n1,2\n", "names a column twice"),
        ("rows.csv", b"a,,b\n1,2,3\n", "has no name"),
        ("rows.csv", b'a,b\n"1,2\n', "not well-formed CSV"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph, name: str, data: bytes, reason: str
):
    before = state(tree)
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError, match=reason):
        graph.import_table(path, "quantities")
    assert state(tree) == before


def test_a_file_of_200_megabytes_is_refused_before_it_is_read(tmp_path: Path, graph: KnowledgeGraph):
    path = tmp_path / "rows.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode())
        file.truncate(200 * 2**20)
    with pytest.raises(DataError, match="has 200 MB; a table may have 64 MB"):
        graph.import_table(path, "quantities")


@pytest.mark.parametrize(
    "line",
    ['["a"]', '{"a": {"b": 1}}', '{"a": 1, "a": 2}', '{"a": NaN}', "{", '{"a": [{}]}', "[" * 100_000],
    ids=["list", "nested", "key twice", "NaN", "cut off", "list of objects", "deep"],
)
def test_a_line_that_is_no_plain_json_object_is_refused(tmp_path: Path, line: str):
    (row,) = rows.read(table(tmp_path, line + "\n", "rows.jsonl"))
    assert row.refusals
    assert row.number == 1


def test_rows_are_numbered_as_an_editor_numbers_them(tmp_path: Path):
    text = 'a,b\r\n1,"two\r\nlines"\r\n\r\n3,4\r\n5\r\n'
    found = list(rows.read(table(tmp_path, text)))
    assert [row.number for row in found] == [2, 5, 6]
    assert found[2].refusals[0].reason == "has 1 cells where the header has 2"


@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=50)
def test_what_a_spreadsheet_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, cells: list[str]):
    path = tmp_path_factory.mktemp("t") / "rows.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"c{n}" for n in range(len(cells))])
        writer.writerow(cells)
    found = list(rows.read(path))
    kept = {
        f"c{n}": (unicodedata.normalize("NFC", cell).strip(),) for n, cell in enumerate(cells) if cell.strip()
    }
    if not kept:
        assert found == []
    elif not found[0].refusals:
        assert found[0].cells == kept


# mappings


def test_every_mapping_that_comes_with_the_graph_is_one(kg: KnowledgeGraph):
    names = {name for name, _, _ in kg.mappings()}
    assert {"names", "quantities", "relations", "statements", "sources", "factors"} <= names
    assert all(english and chinese for _, english, chinese in kg.mappings())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = ", "not TOML"),
        ('title = "x"', "not a mapping"),
        (
            'title = "x"\ntitle_zh = "x"\n[columns]\n[[things]]\niri = "claim:{a}"\nfile = "graph/x.ttl"\nfacts = []',
            "not listed: a",
        ),
        ('title = "x"\ntitle_zh = "x"\nthings = []\n[columns]', "makes no things"),
        (
            'title = "x"\ntitle_zh = "x"\n[columns]\na = {color = "red"}\n[[things]]\niri = "claim:{a}"\nfile = "graph/x.ttl"\nfacts = []',
            "unknown keys: color",
        ),
        (
            'title = "x"\ntitle_zh = "x"\n[columns]\na = {}\n[[things]]\niri = "claim:{a}"\nfile = "graph/x.ttl"\nfacts = [{property = "akg:value"}]',
            "one value of one kind",
        ),
        (
            'title = "x"\ntitle_zh = "x"\n[columns]\na = {}\n[[things]]\niri = "claim:{a}"\nfile = "graph/x.ttl"\nfacts = [{property = "nope:value", number = "{a}"}]',
            "nope",
        ),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_with_the_key(text: str, reason: str):
    with pytest.raises(DataError, match=reason):
        mappings.read("try.toml", text)


def test_a_mapping_of_ones_own_reads_a_plain_sheet_of_names(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph
):
    """What the handbook shows: places looked up by their names, amounts in 亿元, lists in one cell."""
    own = tmp_path / "sheet.toml"
    own.write_text(
        """
title = "A sheet of firms"
title_zh = "企业表"
separator = "、"
[columns]
id = { required = true }
name = { required = true }
city = {}
output = {}
year = {}
also = { list = true }
[[things]]
iri = "enterprise:{id}"
file = "graph/entities/enterprises.ttl"
facts = [
  { property = "rdf:type", iri = "akg:Enterprise" },
  { property = "rdfs:label", text = "{name}", lang = "zh-Hans" },
  { property = "skos:altLabel", text = "{also}", lang = "zh-Hans", each = "also" },
]
[[things]]
iri = "claim:sheet-{id}-1"
file = "graph/claims/sheet.ttl"
when = "output"
unique = true
facts = [
  { property = "rdf:type", iri = "akg:QuantitativeClaim" },
  { property = "akg:claimSubject", thing = "{city}" },
  { property = "akg:value", number = "{output}", times = "100000000" },
  { property = "akg:validYear", year = "{year}" },
]
""",
        encoding="utf-8",
    )
    sheet = table(
        tmp_path,
        "id,name,city,output,year,also\ntry-a,甲厂,鞍山市,3.5,2023,甲、老甲\ntry-b,乙厂,無此地,,2023,\n",
    )
    report = graph.import_table(sheet, str(own))
    assert report.refused == ()
    text = (tree / "graph/claims/sheet.ttl").read_text(encoding="utf-8")
    assert 'akg:value "350000000"^^xsd:decimal' in text
    assert "akg:claimSubject place:anshan" in text
    assert '"老甲"@zh-Hans' in (tree / "graph/entities/enterprises.ttl").read_text(encoding="utf-8")
    wrong = table(tmp_path, "id,name,city,output,year,also\ntry-c,丙厂,無此地,1,2023,\n")
    (refused,) = graph.import_table(wrong, str(own)).refused
    assert (refused.row, refused.column) == (2, "city")


@pytest.mark.parametrize("name", ["nope", "no/such/file.toml"])
def test_an_unknown_mapping_is_told_with_those_there_are(tmp_path: Path, graph: KnowledgeGraph, name: str):
    with pytest.raises(UnknownName, match="quantities"):
        graph.import_table(table(tmp_path, GOOD), name)


def test_source_is_refused_where_a_mapping_has_none(tmp_path: Path, graph: KnowledgeGraph):
    with pytest.raises(ParameterError, match="no column source"):
        graph.import_table(table(tmp_path, GOOD), "conflicts", source="cr-house-599")


# writing


def test_if_one_file_cannot_be_written_the_others_are_put_back(
    tmp_path: Path, tree: Path, graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
):
    before = state(tree)
    write = files.write_file

    def fails_at_sources(path: Path, data: bytes) -> None:
        if "sources" in path.parts and b"new-a" in data:
            raise DataError(path, "cannot be written: disk full")
        write(path, data)

    monkeypatch.setattr(files, "write_file", fails_at_sources)
    with pytest.raises(DataError, match="disk full"):
        graph.import_table(table(tmp_path, GOOD), "quantities")
    assert state(tree) == before


def test_a_file_with_a_comment_within_is_not_rewritten(tmp_path: Path, tree: Path):
    path = tree / "graph/claims/cr-house-599.ttl"
    path.write_text(path.read_text(encoding="utf-8") + "\n# keep me\n", encoding="utf-8")
    kg = KnowledgeGraph.open(Config(root=str(tree)))
    with pytest.raises(DataError, match="has a comment within"):
        kg.import_table(table(tmp_path, GOOD), "quantities")
    assert path.read_text(encoding="utf-8").endswith("# keep me\n")


def test_progress_is_told(tmp_path: Path, graph: KnowledgeGraph):
    told: list[tuple[str, int, int]] = []
    graph.import_table(
        table(tmp_path, GOOD),
        "quantities",
        dry_run=True,
        progress=lambda what, done, total: told.append((what, done, total)),
    )
    assert ("rows", 2, 2) in told
    assert any(what == "check" for what, _, _ in told)
