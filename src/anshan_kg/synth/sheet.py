"""
An invented list of enterprises, as a bureau would send it: for the worked example of the docs.

The names of real enterprises stand in it beside invented ones, so that there is something to match;
every figure is invented, and every row, the title and the source say so. It has what such lists
have: firms twice, short and full-width spellings, wrong districts, merged cells.
"""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from anshan_kg.synth.words import BRAND_ENDS, BRAND_STARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ("序号", "企业名称", "区县", "产业集群", "主要产品", "产值", "年份", "备注")
TITLE = "鞍山市重点企业名单（虚构示例，所有数字均为虚构）"
YEAR = "2024"
MARK = "虚构"
SOURCE = "invented-enterprise-list"
_DISTRICT = COLUMNS.index("区县")
_WIDE = str.maketrans("0123456789()", "０１２３４５６７８９（）")
_TRADES = ("耐火材料", "机械制造", "冶金设备", "矿业", "镁制品", "精细化工")
_FORMS = ("有限公司", "有限责任公司", "集团有限公司")


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise of the graph: its Chinese name, its other ones, and its district, "" where unknown."""

    name: str
    others: tuple[str, ...]
    district: str


def rows(
    firms: Sequence[Firm], clusters: Sequence[str], products: Sequence[str], districts: Sequence[str],
    count: int, seed: int,
) -> list[tuple[str, ...]]:  # fmt: skip
    """
    Return the rows of the list, by district; the same arguments give the same rows.

    Of ten rows about five have the name of an enterprise of the graph as it stands, one another
    spelling, one a wrong district, one is a firm for the second time, and two are invented firms.

    Args:
        firms: Enterprises whose names are used.
        clusters, products, districts: Names of such things.
        count: How many rows.
        seed: Another seed, another list.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing secret is made of it
    left = chance.sample(list(firms), len(firms))
    made: list[tuple[str, str]] = []
    while len(made) < count:
        kind = chance.random()
        if kind < _INVENTED or (not left and len(made) < _LEAST):
            made.append((_invented(chance), chance.choice(districts)))
        elif kind < _TWICE and len(made) > _LEAST:
            made.append(chance.choice(made))
        elif left:
            firm = left.pop()
            if kind < _WRONG and firm.district:
                made.append((firm.name, chance.choice([each for each in districts if each != firm.district])))
            elif kind < _VARIANT:
                made.append((_variant(firm, chance), firm.district))
            else:
                made.append((firm.name, firm.district))
        else:
            made.append((_invented(chance), chance.choice(districts)))
    made.sort(key=lambda each: (each[1] == "", each[1]))
    return [
        (
            str(at), name, district, chance.choice(clusters),
            "、".join(chance.sample(list(products), chance.randint(1, 2))), _output(chance), YEAR, MARK,
        )
        for at, (name, district) in enumerate(made, start=1)
    ]  # fmt: skip


_INVENTED, _TWICE, _WRONG, _VARIANT = 0.2, 0.27, 0.35, 0.5
_LEAST = 5


def _invented(chance: random.Random) -> str:
    brand = chance.choice(BRAND_STARTS).zh + chance.choice(BRAND_ENDS).zh + chance.choice(BRAND_ENDS).zh
    return f"虚构{brand}{chance.choice(_TRADES)}{chance.choice(_FORMS)}"


def _variant(firm: Firm, chance: random.Random) -> str:
    """Return another spelling of a firm's name: as it is called for short, wide, or with spaces."""
    ways = [
        firm.name.translate(_WIDE),
        f"　{firm.name} ",
        firm.name.replace("有限公司", "（有限公司）"),
        *firm.others,
    ]
    return chance.choice(ways)


def _output(chance: random.Random) -> str:
    number = chance.randint(100, 99_999)
    return chance.choice([str(number), f"{number:,}", str(number).translate(_WIDE), f"{number}.5"])


def source() -> list[dict[str, str]]:
    """Return the row that the mapping `sources` makes the source of the list from."""
    return [{
        "slug": SOURCE, "en": "An invented list of enterprises", "zh": "虚构的企业名单",
        "title": TITLE, "title_lang": "zh-Hans", "kind": "dataset", "language": "zh",
        "access": "read-in-full", "publisher": "organization:anshan-kg", "issued": YEAR,
    }]  # fmt: skip


def workbook(table: Sequence[Sequence[str]]) -> bytes:
    """
    Return the list as an XLSX workbook: a title over all columns, one merged cell for each district.

    The same rows give the same bytes.
    """
    lines = [(TITLE,), COLUMNS, *table]
    last = _letter(len(COLUMNS) - 1)
    merged = [f"A1:{last}1"]
    start = 2
    while start < len(lines):
        end = start
        district = lines[start][_DISTRICT]
        while end + 1 < len(lines) and lines[end + 1][_DISTRICT] == district:
            end += 1
        if end > start and district:
            merged.append(f"{_letter(_DISTRICT)}{start + 1}:{_letter(_DISTRICT)}{end + 1}")
            for at in range(start + 1, end + 1):
                lines[at] = (*lines[at][:_DISTRICT], "", *lines[at][_DISTRICT + 1 :])
        start = end + 1
    body = "".join(
        f'<row r="{row}">'
        + "".join(
            f'<c r="{_letter(at)}{row}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
            for at, cell in enumerate(line)
            if cell
        )
        + "</row>"
        for row, line in enumerate(lines, start=1)
    )
    cells = "".join(f'<mergeCell ref="{each}"/>' for each in merged)
    sheet = (
        f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>'
        f'<mergeCells count="{len(merged)}">{cells}</mergeCells></worksheet>'
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}')
    return made.getvalue()


def _letter(at: int) -> str:
    return chr(ord("A") + at)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    f'<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
