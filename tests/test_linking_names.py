"""Names as they are compared: what is written differently, and what a name says about its bearer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anshan_kg.linking import folding, names, places, units
from anshan_kg.linking.concepts import english_of

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
WRITTEN = st.text("鞍鋼钢鐵铁集團团（）()ＡＢab é'’&+-·,. 　市", max_size=30)


@given(TEXTS | WRITTEN)
def test_folding_what_was_folded_changes_nothing(text):
    once = folding.fold(text)
    assert folding.fold(once) == once


@given(TEXTS | WRITTEN)
def test_a_plain_text_stays_as_it_is(text):
    once = folding.plain(text)
    assert folding.plain(once) == once


@given(st.lists(TEXTS | WRITTEN, max_size=8))
def test_many_names_are_folded_as_one_is(texts):
    assert folding.fold_many(texts) == [folding.fold(text) for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("鞍山钢铁集团有限公司", "鞍山鋼鐵集團有限公司"),
        ("北营钢铁(集团)股份有限公司", "北营钢铁（集团）股份有限公司"),
        ("鞍山 钢铁　集团 有限公司", "鞍山钢铁集团有限公司"),
        ("Xichang Steel & Vanadium Co., Ltd.", "xichang steel and vanadium co ltd"),
        ("Ｍａ’ａｎｓｈａｎ", "Ma'anshan"),
        ("Pú’ān", "Pu an".replace(" ", "")),
        ("本钢板Ｂ", "本钢板B"),
    ],
)
def test_ways_of_writing_one_name_fold_to_one(one, other):
    assert folding.fold(one) == folding.fold(other)


@pytest.mark.parametrize(
    ("name", "core", "form", "group", "branch"),
    [
        ("鞍钢集团有限公司", "鞍钢", "limited", True, ""),
        ("鞍钢股份有限公司", "鞍钢", "stock", False, ""),
        ("鞍山钢铁集团有限公司", "钢铁", "limited", True, ""),
        ("辽宁省鞍山市宝得钢铁有限责任公司", "宝得钢铁", "limited", False, ""),
        ("甲乙集团丙丁钢铁有限公司大屯分公司", "甲乙集团丙丁钢铁", "limited", False, "大屯"),
        ("某某矿业有限公司选矿分厂", "某某矿业", "limited", False, "选矿"),
        ("某某钢铁股份有限公司(本部)", "某某钢铁", "stock", False, ""),
        ("本溪钢铁厂", "钢铁", "works", False, ""),
    ],
)
def test_a_chinese_firm_says_who_it_is_and_what_it_is(name, core, form, group, branch):
    firm = names.chinese_firm(name)
    assert (firm.core, firm.form, firm.group, firm.branch) == (core, form, group, branch)


@pytest.mark.parametrize(
    ("name", "core", "branch", "share"),
    [
        ("Some Steel Co., Ltd. Class H", "some steel", "", "h"),
        ("Some Group Iron & Steel Co Ltd Datun Branch", "iron some steel", "datun", ""),
        ("Some Iron and Steel Company Limited", "iron some steel", "", ""),
        ("Some Steel and Iron Corp.", "iron some steel", "", ""),
        ("Some Mines & Machines Inc", "machinery mine some", "", ""),
    ],
)
def test_an_english_firm_is_its_words_without_legal_form(name, core, branch, share):
    firm = names.english_firm(name)
    assert (firm.core, firm.branch, firm.share) == (core, branch, share)


@pytest.mark.parametrize(
    ("name", "mine"),
    [
        ("西鞍山铁矿(Chinese)", "西鞍山"),
        ("鞍山-陈台沟铁矿", "陈台沟"),
        ("小岭子（本区）", "小岭子"),
        ("黑石砬子", "黑石砬子"),
        ("Karara Iron Ore Mine", "karara"),
    ],
)
def test_a_mine_is_called_without_what_it_is(name, mine):
    assert names.mine(name)[0] == mine


@pytest.mark.parametrize(
    ("given_", "codes", "country"),
    [
        (["辽宁省鞍山市"], ("2103",), "CN"),
        (["辽宁省", "鞍山市/铁东区"], ("210302",), "CN"),
        (["吉林省", "四平市", "铁东区"], ("220303",), "CN"),
        (["210381107"], ("210381",), "CN"),
        (["Liaoning"], ("21",), "CN"),
        (["Inner Mongolia"], ("15",), "CN"),
        (["CN.19"], ("21",), "CN"),
        (["China", "LN"], ("21",), "CN"),
        (["AU"], (), "AU"),
        (["Western Australia"], (), "AU"),
        (["HK.NST"], (), "HK"),
        (["nowhere at all"], (), ""),
    ],
)
def test_where_something_lies_is_read_from_names_and_codes(given_, codes, country):
    assert places.where(given_) == places.Where(country, codes)


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (["辽宁省鞍山市"], ["Liaoning"], True),
        (["辽宁省鞍山市"], ["辽宁省沈阳市"], False),
        (["鞍山市"], ["马鞍山市"], False),
        (["鞍山市"], ["AU"], False),
        (["鞍山市"], [], None),
    ],
)
def test_places_agree_when_one_lies_in_the_other(one, other, verdict):
    assert places.agree(places.where(one), places.where(other)) is verdict


def test_every_division_is_found_by_its_own_name_and_code():
    known = places.gazetteer()
    for name, codes in known.by_name.items():
        assert known.cut(f"{name}某某钢铁")[1] == "某某钢铁" or name not in known.front, name
        assert len(name) > 1
        assert all(len(code) in {2, 4, 6} for code in codes), name


@pytest.mark.parametrize(
    ("one", "other"),
    [("百万吨/年", "million tonnes per year"), ("吨", "Tonne (metric)"), ("人民币元", "Chinese yuan")],
)
def test_units_are_the_same_in_the_words_of_the_trade(one, other):
    assert units.spoken(one) == units.spoken(other)


def test_ten_thousand_tonnes_are_not_a_tonne_and_a_short_ton_is_not_one_either():
    assert len({units.spoken(name) for name in ("吨", "万吨", "ton", "kilotonne", "megatonne")}) == 5


def test_words_of_the_trade_are_known_in_both_languages_and_names_of_places_are_not():
    assert english_of("菱镁矿") == "magnesite"
    assert english_of("鞍山") == ""


def test_traditional_characters_come_back_simplified():
    for name in ("鞍钢集团矿业有限公司", "辽宁海城镁矿总公司", "铁东区"):
        assert folding.traditional(name) != name
        assert folding.fold(folding.traditional(name)) == name
