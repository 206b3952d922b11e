"""Matching: what is the same and what only looks like it, rule by rule."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anshan_kg.bench.naming import invent
from anshan_kg.linking.folding import is_chinese
from anshan_kg.linking.matcher import Matcher
from anshan_kg.linking.record import Decision, Kind, Record

ANSHAN = ("辽宁省鞍山市",)
NOBODY = Matcher([])


def thing(names: str, kind: Kind = Kind.COMPANY, places=(), **more) -> Record:
    """A record with names between bars, Chinese and English told apart by their characters."""
    each = names.split("|")
    return Record(
        each[0], [("zh" if is_chinese(name) else "en", name) for name in each], kind, places, **more
    )


MAGNETS = "Magnets; permanent magnets and articles intended to become permanent magnets after magnetisation"
BRICKS = "Refractory bricks, blocks, tiles and similar refractory ceramic constructional goods; containing by weight"
PLACE, DIVISION, MINE, PLANT = Kind.PLACE, Kind.DIVISION, Kind.MINE, Kind.PLANT
GROUP, SHARE, MATERIAL, PRODUCT, INDUSTRY = (
    Kind.GROUP,
    Kind.SECURITY,
    Kind.MATERIAL,
    Kind.PRODUCT,
    Kind.INDUSTRY,
)

SAME = [
    # written differently
    ("traditional", thing("鞍山宝得钢铁有限公司", places=ANSHAN), thing("鞍山寶得鋼鐵（有限公司）"), "exact"),
    ("without place", thing("海城西洋耐火材料有限公司", places=ANSHAN), thing("西洋耐火材料有限公司"), "exact"),
    ("group inside", thing("鞍钢集团工程技术有限公司"), thing("鞍钢工程技术有限公司"), "exact"),
    ("word order", thing("Some Steel and Iron Co Ltd"), thing("Some Iron & Steel Company Limited"), "exact"),
    # a firm and what is its own
    ("a plant", thing("鞍山宝得钢铁有限公司"), thing("鞍山宝得钢铁有限公司", PLANT), "close"),
    ("a branch", thing("甲乙钢铁有限公司大屯分公司"), thing("甲乙钢铁有限公司大屯分公司"), "exact"),
    ("its share", thing("鞍钢股份有限公司"), thing("鞍钢股份", SHARE), "exact"),
    ("its share, short", thing("凌源钢铁股份有限公司"), thing("凌钢股份", SHARE), "exact"),
    ("its B share", thing("本钢板材股份有限公司"), thing("本钢板Ｂ", SHARE), "close"),
    ("a former name", thing("威领新能源股份有限公司|鞍山重型矿山机器股份有限公司"), thing("鞍重股份", SHARE), "exact"),
    # mines and places
    ("a mine", thing("大孤山铁矿", MINE, ANSHAN), thing("大孤山铁矿(Chinese)", MINE, ["Liaoning"]), "exact"),
    ("a mine by its owner", thing("Qidashan", MINE, ANSHAN),
     thing("Ansteel Qidashan Mine", MINE, ["Liaoning"], parents=("Ansteel Group Co Ltd",)), "exact"),
    ("a mine that repeats itself", thing("大屯小岭子铁矿", MINE, ANSHAN),
     thing("鞍山小岭子大屯小岭子铁矿", MINE, ["Liaoning"]), "exact"),
    ("a city without its level", thing("鞍山市|Anshan", PLACE, ANSHAN), thing("鞍山|Anshan", PLACE, ["CN.19"]), "exact"),
    ("a district", thing("铁东区", PLACE, ANSHAN),
     thing("铁东区", DIVISION, ["辽宁省", "鞍山市"], identifiers={"gbt2260": "210302"}), "exact"),
    # concepts
    ("ore", thing("铁矿石|iron ore", MATERIAL), thing("Iron ores and concentrates; including roasted iron pyrites", PRODUCT), "exact"),
    ("magnesite", thing("菱镁矿|magnesite", MATERIAL), thing("Magnesium carbonate (magnesite); natural", PRODUCT), "exact"),
    ("a Chinese word alone", thing("菱镁矿", MATERIAL), thing("magnesite", MATERIAL), "exact"),
    ("ferrite magnets", thing("permanent ferrite magnets", PRODUCT), thing(f"{MAGNETS}, other than of metal", PRODUCT), "exact"),
    ("metal magnets", thing("neodymium magnets", PRODUCT), thing(f"{MAGNETS}, of metal", PRODUCT), "exact"),
    ("pig iron", thing("生铁|pig iron", MATERIAL), thing("Pig iron and spiegeleisen in pigs, blocks or other primary forms", PRODUCT), "exact"),
    ("a mineral and its ore", thing("赤铁矿|hematite", MATERIAL), thing("hematite ore", MATERIAL), "close"),
    ("magnesia bricks", thing("magnesia refractory bricks", PRODUCT), thing(f"{BRICKS}, singly or together, more than 50% of the elements Mg, Ca or Cr", PRODUCT), "exact"),
    ("a salt by its metal", thing("potassium nitrate", MATERIAL), thing("Nitrates; of potassium", PRODUCT), "exact"),
    ("made of its own metal", thing("copper tube", MATERIAL), thing("Tubes and pipes, of copper", PRODUCT), "exact"),
    ("granules", thing("lead granules", MATERIAL), thing("Lead granules", PRODUCT), "exact"),
    ("a head that a list repeats", thing("oak wood", MATERIAL), thing("Woods; oak, beech and other hard woods", PRODUCT), "exact"),
    ("a pump", thing("oil pump", PRODUCT), thing("Pumps; oil pumps", PRODUCT), "exact"),
    ("a symbol beside its name", thing("nickel|Ni", MATERIAL), thing("nickel|Ni", MATERIAL), "exact"),
    ("an industry", thing("Iron ore mining and dressing", INDUSTRY), thing("Mining of iron ores", INDUSTRY), "exact"),
    ("and others", thing("耐火材料制造", INDUSTRY), thing("耐火陶瓷制品及其他耐火材料制造", INDUSTRY), "exact"),
    ("a unit", thing("百万吨/年", Kind.UNIT), thing("Megatonne per Year", Kind.UNIT), "exact"),
]  # fmt: skip

OTHER = [
    # 马鞍山, 攀钢, the three of Ansteel
    ("another city within the name", thing("鞍山市", PLACE, ANSHAN), thing("马鞍山市", DIVISION, ["安徽省"])),
    ("a firm of it", thing("鞍山钢铁集团有限公司", GROUP), thing("马鞍山钢铁股份有限公司")),
    ("a sister group", thing("鞍钢集团有限公司", GROUP), thing("攀钢集团有限公司", GROUP)),
    ("a firm of a sister group", thing("鞍钢集团矿业有限公司"), thing("攀钢集团矿业有限公司")),
    ("group, listed company", thing("鞍钢集团有限公司", GROUP), thing("鞍钢股份有限公司")),
    ("group, works", thing("鞍钢集团有限公司", GROUP), thing("鞍山钢铁集团有限公司", GROUP)),
    ("listed company, works", thing("鞍钢股份有限公司"), thing("鞍山钢铁集团有限公司", GROUP)),
    ("group, share", thing("鞍钢集团有限公司", GROUP), thing("鞍钢股份", SHARE)),
    ("a share with one character in common", thing("鞍钢股份有限公司"), thing("安琪酵母", SHARE)),
    ("a share that sounds alike", thing("鞍山森远路桥股份有限公司"), thing("森源电气", SHARE)),
    ("namesake in a name", thing("鞍山宝得钢铁有限公司"), thing("四川雅安安山钢铁有限公司")),
    # branch against firm, plant of another, mine against place
    ("branch, firm", thing("鞍钢集团矿业有限公司"), thing("鞍钢集团矿业有限公司眼前山分公司")),
    ("branch, other branch", thing("甲乙矿业有限公司东山分公司"), thing("甲乙矿业有限公司西山分公司")),
    ("branch as plant, firm", thing("甲乙钢铁有限公司"), thing("甲乙钢铁有限公司大屯分公司", PLANT)),
    ("institute of a firm", thing("鞍钢集团矿业有限公司"), thing("鞍钢集团矿业设计研究院有限公司")),
    ("mine, sub-district", thing("大孤山铁矿", MINE, ANSHAN), thing("大孤山街道", DIVISION, ["辽宁省", "鞍山市"])),
    ("mine, firm", thing("大孤山铁矿", MINE, ANSHAN), thing("大孤山铁矿有限公司")),
    ("east, west", thing("东鞍山铁矿", MINE, ANSHAN), thing("西鞍山铁矿", MINE, ["Liaoning"])),
    ("part of a mine's name", thing("大孤山铁矿", MINE, ANSHAN), thing("姑山铁矿", MINE, ["Anhui"])),
    ("a longer mine's name", thing("大屯小岭子铁矿", MINE, ANSHAN), thing("小岭子（本区）", MINE, ["Liaoning"])),
    ("a mine far away", thing("铁山铁矿", MINE, point=(41.0, 123.0)), thing("铁山铁矿", MINE, point=(31.0, 118.0))),
    # 台安 and 泰安, 铁东 and 铁西 of other cities, 海城
    ("homophones", thing("台安县|Tai'an County", PLACE, ANSHAN), thing("泰安市|Tai'an", DIVISION, ["山东省"])),
    ("homophones in English only", thing("台安县|Tai'an County", PLACE, ANSHAN), thing("Tai’an", PLACE, ["CN.25"])),
    ("a district of Siping", thing("铁东区", PLACE, ANSHAN), thing("铁东区", DIVISION, ["吉林省", "四平市"])),
    ("a district of Shenyang", thing("铁西区", PLACE, ANSHAN), thing("铁西区", DIVISION, ["辽宁省", "沈阳市"])),
    ("a district of Beihai", thing("海城市", PLACE, ANSHAN), thing("海城区", DIVISION, ["广西壮族自治区", "北海市"])),
    ("other levels", thing("千山区", PLACE, ANSHAN), thing("千山街道", DIVISION, ["辽宁省", "鞍山市"])),
    ("other characters", thing("千山区|Qianshan", PLACE, ANSHAN), thing("潜山市|Qianshan", DIVISION, ["安徽省"])),
    ("firms of two cities", thing("鞍山市宏远机械有限公司"), thing("沈阳市宏远机械有限公司")),
    # concepts
    ("magnesite, magnetite", thing("菱镁矿|magnesite", MATERIAL), thing("磁铁矿|magnetite", MATERIAL)),
    ("magnesite, magnesia", thing("菱镁矿|magnesite", MATERIAL), thing("magnesia", MATERIAL)),
    ("magnesite, magnesium", thing("菱镁矿|magnesite", MATERIAL), thing("镁|magnesium", MATERIAL)),
    ("magnesite, the compound", thing("菱镁矿|magnesite", MATERIAL), thing("magnesium carbonate", MATERIAL)),
    ("magnesia, magnesium", thing("镁砂|magnesia", MATERIAL), thing("Magnesium; unwrought", PRODUCT)),
    ("ferrite, metal magnets", thing("permanent ferrite magnets", PRODUCT), thing(f"{MAGNETS}, of metal", PRODUCT)),
    ("metal, other magnets", thing("neodymium magnets", PRODUCT), thing(f"{MAGNETS}, other than of metal", PRODUCT)),
    ("natural, artificial", thing("natural graphite", MATERIAL), thing("Graphite; artificial", PRODUCT)),
    ("granulated, other slag", thing("granulated blast furnace slag", MATERIAL), thing("Slag, dross; (other than granulated slag), scalings and other waste", PRODUCT)),
    ("modifier as head", thing("iron ore", MATERIAL), thing("iron", MATERIAL)),
    ("another compound", thing("hydrogen", MATERIAL), thing("Hydrogen peroxide", PRODUCT)),
    ("another sense", thing("steel", MATERIAL), thing("steel", Kind.OTHER, note="knife sharpener consisting of a ridged steel rod")),
    ("making, casting", thing("Steel making", INDUSTRY), thing("Casting of iron and steel", INDUSTRY)),
    ("industry, product", thing("炼焦|coke", INDUSTRY), thing("coke", PRODUCT)),
    ("ten thousand tonnes", thing("万吨", Kind.UNIT), thing("Tonne", Kind.UNIT)),
    # a name is of one thing, a description of what its head says
    ("an abbreviation", thing("white corundum|WC", MATERIAL), thing("tungsten carbide|WC", MATERIAL)),
    ("a symbol", thing("nickel silver|NI", MATERIAL), thing("nickel|Ni", MATERIAL, note="a metallic element")),
    ("a machine for it", thing("mortar", MATERIAL), thing("Machinery; mortar or plaster sprayers", PRODUCT)),
    ("a pump for it", thing("oil", MATERIAL), thing("Pumps; water, oil or fuel pumps for engines", PRODUCT)),
    ("a modifier in a list", thing("beech", MATERIAL), thing("Woods; oak, beech and other hard woods", PRODUCT)),
    ("the salt of one metal", thing("nitrate", MATERIAL), thing("Nitrates; of potassium", PRODUCT)),
    ("made of one metal", thing("tube", MATERIAL), thing("Tubes and pipes, of copper", PRODUCT)),
    ("an alloy's wire", thing("wire", MATERIAL), thing("Wire of nickel", PRODUCT)),
    ("a sort with its own word", thing("lime", MATERIAL), thing("lime of marl", MATERIAL)),
    ("articles of it", thing("zinc", MATERIAL), thing("Zinc; articles thereof", PRODUCT)),
    ("granules of it", thing("lead", MATERIAL), thing("Lead; granules", PRODUCT)),
    ("slabs of it", thing("marble", MATERIAL), thing("Marble; slabs and columns, of natural marble", PRODUCT)),
    ("a further name with a word of its own", thing("water", MATERIAL), thing("Brine; salt water", PRODUCT)),
    ("primary, secondary", thing("primary zinc", MATERIAL), thing("Zinc; secondary", PRODUCT)),
    ("a word that two nouns share", thing("lignite tar and oil", MATERIAL), thing("oil", MATERIAL)),
    ("a modifier of ours", thing("white, brown and pink corundum", MATERIAL), thing("brown", MATERIAL)),
    ("a colour that is no colour", thing("bone black", MATERIAL), thing("bone", MATERIAL)),
    ("a sort under its family's head", thing("waste stone", MATERIAL), thing("aggregate", MATERIAL)),
    ("a form under a further name", thing("raw limestone", MATERIAL), thing("chalk|limestone", MATERIAL)),
    ("a form of what is no substance", thing("industrial magnet", MATERIAL),
     thing("magnet", MATERIAL, note="a person who draws others to himself")),
    ("what is only listed with it", thing("crude converter gas", MATERIAL), thing("producer gas", MATERIAL)),
    ("tiles of it", thing("porcelain", MATERIAL), thing("Porcelain; tiles and cubes, glazed", PRODUCT)),
    ("a machine in a list", thing("optical materials", MATERIAL), thing("Optical or acoustic sensors, machines for sorting", PRODUCT)),
    ("a part of an industry", thing("Manufacture of basic plastics", INDUSTRY), thing("Manufacture of plastics", INDUSTRY)),
    # identifiers
    ("two credit codes", thing("甲乙有限公司", identifiers={"uscc": "9121030024150404XH"}), thing("甲乙有限公司", identifiers={"uscc": "91210000118887313L"})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "relation"), [case[1:] for case in SAME], ids=[case[0] for case in SAME]
)
def test_what_is_the_same_is_accepted(ours, theirs, relation):
    match = NOBODY.judge(ours, theirs)
    assert (match.decision, match.relation) == (Decision.ACCEPT, relation), match.reasons


@pytest.mark.parametrize(("ours", "theirs"), [case[1:] for case in OTHER], ids=[case[0] for case in OTHER])
def test_what_only_looks_the_same_is_not_accepted(ours, theirs):
    match = NOBODY.judge(ours, theirs)
    assert match.decision is not Decision.ACCEPT, match.reasons


@pytest.mark.parametrize(
    ("ours", "theirs", "relation"),
    [
        (thing("鞍钢集团有限公司", GROUP), thing("鞍钢股份有限公司"), "related"),
        (thing("鞍钢集团矿业有限公司"), thing("鞍钢集团矿业有限公司眼前山分公司"), "related"),
        (thing("artificial graphite", MATERIAL), thing("graphite", MATERIAL), "broad"),
        (thing("slag", MATERIAL), thing("Granulated slag", PRODUCT), "narrow"),
    ],
)
def test_what_belongs_together_without_being_the_same_says_how(ours, theirs, relation):
    assert NOBODY.judge(ours, theirs).relation == relation


def test_a_firm_and_a_plant_are_never_exactly_the_same():
    for _, ours, theirs, _ in SAME:
        kinds = {ours.kind, theirs.kind}
        if PLANT in kinds and len(kinds) > 1:
            assert NOBODY.judge(ours, theirs).relation != "exact"


def test_every_match_says_why_in_both_languages():
    for ours, theirs in ((case[1], case[2]) for case in (*SAME, *OTHER)):
        assert isinstance(ours, Record)
        assert isinstance(theirs, Record)
        reasons = NOBODY.judge(ours, theirs).reasons
        assert reasons, (ours, theirs)
        assert all(
            is_chinese(reason.zh) and reason.en and not is_chinese(reason.en[:4]) for reason in reasons
        )


def test_the_same_code_in_another_scheme_says_nothing():
    ours = thing("石材开采", INDUSTRY, identifiers={"isic4": "0810"})
    theirs = thing("铁矿采选", INDUSTRY, identifiers={"gbt4754-2017": "0810"})
    assert NOBODY.judge(ours, theirs).decision is Decision.REJECT
    assert all(match.decision is Decision.REJECT for match in Matcher([theirs]).match(ours))


def test_the_same_identifier_counts_only_with_a_name_that_may_be_its_own():
    code = {"uscc": "9121030024150404XH"}
    one = thing("甲乙矿业有限公司", identifiers=code)
    assert NOBODY.judge(one, thing("甲乙集团矿业有限公司", identifiers=code)).decision is Decision.ACCEPT
    assert NOBODY.judge(one, thing("丙丁酵母股份有限公司", identifiers=code)).decision is Decision.REVIEW


def test_an_identifier_that_fails_its_check_counts_for_nothing_and_is_named():
    wrong = {"uscc": "9121030024150404XJ"}
    match = NOBODY.judge(thing("甲乙有限公司", identifiers=wrong), thing("丙丁有限公司", identifiers=wrong))
    assert match.decision is Decision.REJECT
    assert "bad-identifier" in {reason.code for reason in match.reasons}


# finding among many

TOWNS = [
    thing("朝阳镇", PLACE, ["辽宁省"], point=(41.0, 122.0), level="town"),
    thing("鞍山市|Anshan", PLACE, ["辽宁省"]),
    thing("马鞍山市|Ma'anshan", PLACE, ["安徽省"]),
]


def test_nothing_is_a_result():
    assert Matcher([]).match(thing("鞍钢")) == []
    assert Matcher(TOWNS).match(thing("zzz", PLACE)) == []
    found = Matcher(TOWNS).match(thing("鞍阳市", PLACE, ["辽宁省"]))
    assert found
    assert all(match.decision is Decision.REJECT for match in found)


def test_two_towns_of_one_name_are_left_to_a_person():
    one = Record("a", [("zh", "牛庄镇")], PLACE, ["辽宁省"], point=(40.9, 122.5))
    other = Record("b", [("zh", "牛庄镇")], PLACE, ["辽宁省"], point=(39.1, 121.8))
    sought = Record("x", [("zh", "牛庄镇")], PLACE, ["辽宁省"])
    assert Matcher([one]).match(sought)[0].decision is Decision.ACCEPT
    both = Matcher([one, other]).match(sought)
    assert [match.decision for match in both] == [Decision.REVIEW] * 2
    assert "ambiguous" in {reason.code for reason in both[0].reasons}


def sense(name: str, *others: str, note: str) -> Record:
    """A sense of a word as a dictionary lists it."""
    return Record(note, [("en", each) for each in (name, *others)], MATERIAL, note=note)


def test_two_senses_of_one_word_are_left_to_a_person():
    one = sense("putty", note="a material that fills cracks in wood")
    other = sense("putty", note="a powder of oxide for polishing glass")
    assert Matcher([one]).match(thing("putty", MATERIAL))[0].decision is Decision.ACCEPT
    both = Matcher([one, other]).match(thing("putty", MATERIAL))
    assert [match.decision for match in both] == [Decision.REVIEW] * 2
    assert all("ambiguous" in {reason.code for reason in match.reasons} for match in both)


def test_a_sense_that_only_has_the_word_among_its_names_gives_way_to_the_one_called_by_it():
    itself = sense("resin", note="a solid substance from trees")
    other = sense("rosin", "resin", note="a solid substance left of turpentine")
    assert Matcher([other]).match(thing("resin", MATERIAL))[0].decision is Decision.ACCEPT
    first, second = Matcher([other, itself]).match(thing("resin", MATERIAL))
    assert (first.record, first.decision) == (itself, Decision.ACCEPT)
    assert (second.record, second.decision) == (other, Decision.REVIEW)


def test_two_records_of_one_firm_are_not_two_firms():
    double = [Record(name, [("zh", "本溪钢铁集团有限公司")], GROUP) for name in ("a", "b")]
    assert Matcher(double).match(thing("本溪钢铁集团有限公司", GROUP))[0].decision is Decision.ACCEPT


def test_pinyin_finds_chinese_names():
    found = Matcher(TOWNS).match(Record("x", [("pinyin", "ma an shan")], PLACE))
    assert "马鞍山市" in {match.record.id for match in found}


def test_a_heading_that_fits_is_taken_before_its_subheading_and_a_class_before_its_group():
    ores = "Iron ores and concentrates"
    goods = [
        Record("2601", [("en", f"{ores}; including roasted iron pyrites")], PRODUCT),
        Record("260111", [("en", f"{ores}; non-agglomerated")], PRODUCT),
    ]
    assert Matcher(goods).match(thing("iron ore", MATERIAL))[0].record.id == "2601"
    classes = [
        Record(code, [("en", "Manufacture of coke oven products")], INDUSTRY) for code in ("191", "1910")
    ]
    assert Matcher(classes).match(thing("Coke making", INDUSTRY))[0].record.id == "1910"


@pytest.fixture(scope="module")
def invented():
    return invent(2000, 60, seed=3)


def test_many_are_matched_as_one_is(invented):
    matcher = Matcher(invented.table)
    assert list(matcher.match_many(invented.queries)) == [
        matcher.match(record) for record in invented.queries
    ]


def test_the_order_of_the_records_does_not_matter(invented):
    some = invented.table[:500]
    one, other = Matcher(some), Matcher(tuple(reversed(some)))
    for record in invented.queries:
        assert one.match(record) == other.match(record)


KINDS = st.sampled_from(
    [Kind.COMPANY, Kind.PLANT, Kind.MINE, Kind.PLACE, Kind.MATERIAL, Kind.INDUSTRY, Kind.UNIT, Kind.OTHER]
)
WORDS = st.text("鞍山钢铁集团有限公司股份分厂矿市县区镁砂() abc;,&'-0", max_size=16)
RECORDS = st.builds(
    lambda names, kind, place: Record("x", names, kind, place),
    st.lists(st.tuples(st.sampled_from(["zh", "en", "alt", "code", "pinyin"]), WORDS), max_size=3),
    KINDS,
    st.lists(st.sampled_from(["辽宁省", "鞍山市", "CN.19", "AU", "210302", ""]), max_size=2),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(RECORDS, RECORDS)
def test_any_two_records_can_be_compared_and_always_with_the_same_outcome(one, other):
    match = NOBODY.judge(one, other)
    assert 0 <= match.score <= 1
    assert match.relation in {"exact", "close", "broad", "narrow", "related"}
    assert match == NOBODY.judge(one, other)
    assert [each.record.id for each in Matcher([other]).match(one)] in ([], ["x"])


def test_memory_grows_by_less_than_fifteen_hundred_bytes_a_name(pytestconfig):
    """A million names, which --long builds, then need less than a gigabyte and a half."""
    count = 1_000_000 if pytestconfig.getoption("--long") else 8_000
    records = invent(count, 100, seed=5).table
    Matcher(records[:10])  # tables are read before measuring
    tracemalloc.start()
    matcher = Matcher(records)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(matcher.records) == count
    assert kept / count < 600
    assert peak / count < 1500
