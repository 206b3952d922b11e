"""The user's tables are read as the sheet shows them, and no file can do harm."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from anshan_kg import sheets
from anshan_kg.cells import tame
from anshan_kg.errors import DataError
from anshan_kg.sheets import output, text, workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def file(tmp_path: Path, content: str | bytes, name: str = "表.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def book(tmp_path: Path, fill: Callable[[Any], None]) -> Path:
    made = Workbook()
    fill(made.active)
    path = tmp_path / "表.xlsx"
    made.save(path)
    return path


def parts(**changed: str) -> bytes:
    """A workbook by hand, with some of its parts changed."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    there = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{changed.get("rows", "")}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{space}">{changed.get("strings", "")}</sst>',
    }  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in there.items():
            archive.writestr(name, changed.get("start", '<?xml version="1.0"?>') + body)
    return made.getvalue()


ROWS = "企业名称,区县,产值\n鞍钢股份有限公司,铁西区,1.5\n海城市后英集团,海城市,2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str):
    found = sheets.read(file(tmp_path, ROWS, encoding=encoding))
    assert found.columns == ("企业名称", "区县", "产值")
    assert [line.cells["区县"] for line in found] == ["铁西区", "海城市"]
    assert [line.number for line in found] == [2, 3]
    assert found.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_though_cells_hold_others(tmp_path: Path, delimiter: str):
    lines = [["企业名称", "产品"], ["甲公司", "镁砂; 耐火砖"], ["乙公司", "钢管, 型材|板"]]
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter).writerows(lines)
    found = sheets.read(file(tmp_path, made.getvalue()))
    assert [list(found.columns), *(list(line.cells.values()) for line in found)] == lines


def test_a_title_above_the_header_is_passed_over_and_short_rows_are_filled(tmp_path: Path):
    found = sheets.read(
        file(tmp_path, "鞍山市企业名单,,\n\n企业名称,区县,产值\n甲公司,铁东区\n,,\n乙公司,,3,\n")
    )
    assert [(line.number, tuple(line.cells.values())) for line in found] == [
        (4, ("甲公司", "铁东区", "")),
        (6, ("乙公司", "", "3")),
    ]


def test_a_table_of_one_column_needs_no_delimiter(tmp_path: Path):
    assert list(sheets.rows(file(tmp_path, "企业名称\n甲公司\n乙公司\n"))) == [
        {"企业名称": "甲公司"},
        {"企业名称": "乙公司"},
    ]


def test_columns_without_a_name_or_with_the_same_are_told_apart(tmp_path: Path):
    assert sheets.read(file(tmp_path, "名称,,产值,产值\na,b,c,d\n")).columns == (
        "名称",
        "column 2",
        "产值",
        "产值 (2)",
    )


def test_a_column_is_found_whatever_its_width_and_case(tmp_path: Path):
    found = sheets.read(file(tmp_path, "企业　名称（全称）,ＩＤ\na,b\n"))
    assert found.column("企业 名称(全称)") == "企业 名称（全称）"
    assert found.column("id") == "ＩＤ"
    with pytest.raises(DataError, match="has no column '名字'; it has: 企业 名称（全称）, ＩＤ"):
        found.column("名字")


def test_a_workbook_is_read_as_it_shows_with_merged_cells_filled_in(tmp_path: Path):
    def fill(sheet: Any) -> None:
        sheet["B2"] = "鞍山市重点企业（虚构）"
        sheet.merge_cells("B2:F2")
        for cell, value in {
            "B3": "企业名称", "C3": "区县", "D3": "产值", "F3": "投产", "D4": 2023, "E4": 2024,
            "B5": " 甲公司　", "C5": "海城市", "D5": 12.50, "E5": 3, "F5": dt.date(2019, 5, 31),
            "B6": "乙公司", "D6": -0.25, "E6": True,
        }.items():  # fmt: skip
            sheet[cell] = value
        for merged in ("B3:B4", "C3:C4", "D3:E3", "F3:F4", "C5:C6"):
            sheet.merge_cells(merged)

    found = sheets.read(book(tmp_path, fill))
    assert found.columns == ("企业名称", "区县", "产值 2023", "产值 2024", "投产")
    assert [(line.number, tuple(line.cells.values())) for line in found] == [
        (5, ("甲公司", "海城市", "12.5", "3", "2019-05-31")),
        (6, ("乙公司", "海城市", "-0.25", "true", "")),
    ]


def test_a_sheet_is_chosen_by_name_and_empty_ones_are_passed_over(tmp_path: Path):
    made = Workbook()
    made.create_sheet("名单").append(["企业名称", "区县"])
    made["名单"].append(["甲公司", "铁东区"])
    made.save(tmp_path / "a.xlsx")
    assert sheets.read(tmp_path / "a.xlsx").name == "名单"
    assert sheets.read(tmp_path / "a.xlsx", "名单").columns == ("企业名称", "区县")
    with pytest.raises(DataError, match="has no sheet '别的'; it has: Sheet, 名单"):
        sheets.read(tmp_path / "a.xlsx", "别的")


WRONG: list[tuple[str, str | bytes, str]] = [
    ("a.csv", b"", "is empty"),
    ("a.csv", b"\n , \n", "is empty"),
    ("a.csv", b"a,b\n1,\xff\xfe\x80\n", r"a\.csv:2: is neither UTF-8 nor GB18030"),
    ("a.csv", b"a,b\n1,2,3\n", r"a\.csv:2: has 3 cells here, where the header has 2"),
    ("a.csv", b'a,b\n1,"2\n3,4\n', r"a\.csv:2: is not well-formed"),
    ("a.csv", b"a,b\n1,\x00\n", "null characters"),
    ("a.csv", b"PK\x03\x04" + b"x" * 100, "a workbook or an archive"),
    ("a.csv", b"a,b\n" + b"x" * (text.LONGEST_LINE + 1), "line of more than"),
    ("a.csv", b"a,b\nx," + b"y" * (text.LONGEST_CELL + 1), "a cell of more than"),
    ("a.csv", ",".join(f"c{n}" for n in range(1001)), "1001 columns"),
    ("a.xls", b"x", "save it as .xlsx"),
    ("a.pdf", b"x", "is none of"),
    ("a.xlsx", b"no archive at all", "is no workbook"),
    ("a.xlsx", parts(), "is empty"),
    ("a.xlsx", parts(start='<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]>'), "document type"),
    ("a.xlsx", parts(rows="<row r='1'><c r='A1'><v>1</v></c></row><row r='9'><c r='XFD1048576'><v>1</v></c></row>"), "1,048,576 rows"),
    ("a.xlsx", parts(rows='<row r="1">' + "<c><v>1</v></c>" * 9000 + '</row><row r="900000"/>'), "900,000 rows and 9,000 columns"),
    ("a.xlsx", parts(strings=f"<si><t>{'长' * 100_000}</t></si>", rows="".join("<row><c t='s'><v>0</v></c></row>" for _ in range(5000))), "500,0"),
    ("a.xlsx", parts(rows="<row><c>"), "is no workbook that can be read"),
    ("missing.csv", "", "cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "told"), WRONG, ids=[f"{n}-{t}"[:40] for n, _, t in WRONG])
def test_a_file_that_is_no_good_is_refused_with_what_and_where(
    tmp_path: Path, name: str, content: str | bytes, told: str
):
    path = tmp_path / name
    if name != "missing.csv":
        file(tmp_path, content, name)
    with pytest.raises(DataError, match=told):
        list(sheets.read(path))


def test_a_part_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1000)
    with pytest.raises(DataError, match="unpacked"):
        sheets.read(file(tmp_path, parts(strings="<si><t>" + "a" * 2000 + "</t></si>"), "a.xlsx"))


def test_a_long_table_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The rows come while the file is read: the first is there before a fault far down is met."""
    many = ROWS + "甲公司,铁东区,1\n" * 50_000 + '"'
    found = iter(sheets.read(file(tmp_path, many)))
    assert next(found).cells["区县"] == "铁西区"
    with pytest.raises(DataError, match="50004"):
        list(found)


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("＝1", "'＝1"), ("-12.5%", "-12.5%"), ("+86", "+86"),
     ("-1-cmd", "'-1-cmd"), ("\t=1", "'\t=1"), ("a\x00b", "ab"), ("鞍钢", "鞍钢")],
)  # fmt: skip
def test_no_cell_that_is_written_is_run_as_a_formula(cell: str, written: str):
    assert tame(cell) == written


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufeff"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(CELLS.map(lambda each: text.clean(each) or "x"), min_size=2, max_size=2), min_size=1)
)
def test_what_is_written_is_read_again(lines: list[list[str]]):
    wanted = [[tame(cell) for cell in line] for line in lines]
    made = output.text(
        ["企业名称", "区县"], [dict(zip(["企业名称", "区县"], line, strict=True)) for line in lines]
    )
    found = list(csv.reader(io.StringIO(made, newline="")))
    assert found == [["企业名称", "区县"], *wanted]


def test_a_written_table_opens_in_a_spreadsheet_and_here(tmp_path: Path):
    count = output.write(tmp_path / "out.csv", ["名称", "值"], ({"名称": f"=甲{n}"} for n in range(2500)))
    assert count == 2500
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    found = list(sheets.rows(tmp_path / "out.csv"))
    assert (len(found), found[-1]) == (2500, {"名称": "'=甲2499", "值": ""})
