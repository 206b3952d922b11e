"""The calculator: the worked example, intervals, bases, gaps, own values, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.flows import units
from anshan_kg.flows.answer import COLUMNS
from anshan_kg.flows.factors import Conversion, Factor, Flow, Interval, conversions
from anshan_kg.flows.knowledge import Gap, Knowledge
from anshan_kg.flows.potential import calculate
from anshan_kg.model import Labels, text_of
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph
    from anshan_kg.flows.answer import Potential, Yield


def yields(answer: Potential) -> dict[str, Yield]:
    return {slug_of(each.material): each for each in answer.yields if each.preferred}


def thousand(amount: Interval | None) -> list[str]:
    assert amount is not None
    return [
        "" if end is None else units.rounded(end / 1000) for end in (amount.low, amount.central, amount.high)
    ]


# the worked example: 1 Mt of metallurgical coke, thousand tonnes or thousand Nm3, to three digits
EXAMPLE = {
    "coal-tar": ["37.5", "41", "61.5"],
    "coal-tar-pitch": ["18.4", "20.5", "30.8"],
    "refined-coal-tar-pitch": ["13.2", "15.2", "23.4"],
    "raw-coke-oven-gas": ["360000", "430000", "518000"],
    "exportable-coke-oven-gas": ["216000", "258000", "311000"],
    "direct-reduced-iron": ["101", "172", "289"],
}


def test_the_worked_example_comes_out_exactly(kg: KnowledgeGraph):
    answer = kg.potential("coke", "1 Mt")
    found = yields(answer)
    assert {name: thousand(found[name].amount) for name in EXAMPLE} == EXAMPLE
    assert thousand(found["hydrogen"].mass) == ["6.3", "9.82", "15.1"]
    coal = next(need for need in answer.needs if need.material.endswith("/coking-coal"))
    assert thousand(coal.amount) == ["1250", "1330", "1540"]


def test_all_gas_gives_the_hydrogen_of_the_example_if_the_ovens_are_heated_otherwise(kg: KnowledgeGraph):
    answer = kg.potential("coke", "1 Mt", given={"exportable-coke-oven-gas": "1"}, to="hydrogen")
    assert thousand(yields(answer)["hydrogen"].mass) == ["10.5", "16.4", "25.2"]


def test_it_stops_at_the_delayed_coker_with_the_gap_and_the_warning_of_the_proxy(kg: KnowledgeGraph):
    answer = kg.potential("coke", "1 Mt", to="needle-coke")
    assert "needle-coke" not in yields(answer)
    (stop,) = [stop for stop in answer.stops if stop.key == "delayed-coking"]
    assert stop.gap is not None
    assert stop.gap.tried.en
    assert stop.gap.tried.zh
    (proxy,) = stop.proxies
    assert proxy.warning.en
    assert proxy.warning.zh


def test_with_a_value_of_ones_own_it_goes_on(kg: KnowledgeGraph):
    answer = kg.potential(
        "coke", "1 Mt", given={"delayed-coking": "0.55/0.565/0.58"}, to="synthetic-graphite"
    )
    found = yields(answer)
    assert thousand(found["needle-coke"].amount) == ["5.38", "6.34", "10"]
    assert thousand(found["synthetic-graphite"].amount) == ["4.14", "5.98", "12.2"]
    assert any("yours" in note.en for note in answer.notes)
    assert answer.stops == ()


@pytest.mark.parametrize("key", ["delayed-coking", "green-needle-coke"])
def test_a_value_may_be_given_for_the_step_or_for_what_it_makes(kg: KnowledgeGraph, key: str):
    found = yields(kg.potential("refined-coal-tar-pitch", "1 t", given={key: "0.5"}))
    assert found["green-needle-coke"].amount == Interval(Decimal("0.5"), Decimal("0.5"), Decimal("0.5"))


def test_a_range_of_ones_own_has_no_central_value(kg: KnowledgeGraph):
    found = yields(kg.potential("refined-coal-tar-pitch", "1 t", given={"delayed-coking": "0.55..0.58"}))
    assert found["green-needle-coke"].amount == Interval(Decimal("0.55"), None, Decimal("0.58"))


def test_every_factor_used_names_its_sources_and_basis_in_both_languages(kg: KnowledgeGraph):
    for name in ("coke", "iron-ore", "magnesite-ore", "pig-iron", "crude-steel"):
        answer = kg.potential(name, "1 Mt")
        assert len(answer.yields) > 1, name
        for made in answer.yields:
            for edge in made.route:
                assert edge.factors
                for factor in edge.factors:
                    assert factor.sources
                    assert all(source.labels.en and source.labels.zh for source in factor.sources)
                    assert factor.basis.en
                    assert factor.basis.zh


def test_per_coal_and_per_coke_are_two_routes_beside_each_other(kg: KnowledgeGraph):
    answer = kg.potential("coking-coal", "1 Mt")
    tar = [made for made in answer.yields if made.material.endswith("/coal-tar")]
    assert len(tar) >= 2
    assert sum(made.preferred for made in tar) == 1
    direct = next(made for made in tar if made.preferred)
    assert [slug_of(edge.end) for edge in direct.route] == ["coal-tar"]


def test_open_pit_and_underground_are_told_apart(kg: KnowledgeGraph):
    answer = kg.potential("iron-ore", "100 Mt")
    rock = {made.method: made.amount for made in answer.yields if made.material.endswith("/stripped-rock")}
    assert set(rock) >= {"open-pit", "underground"}
    assert rock["underground"].high * 10 < rock["open-pit"].low


def test_amounts_for_each_year_stay_so(kg: KnowledgeGraph):
    rows = kg.potential("coke", "1 Mt/a").table("zh").texts()
    assert rows[1]["unit"].endswith("/年")


def test_chinese_amounts_and_names_give_the_same(kg: KnowledgeGraph):
    assert kg.potential("冶金焦", "100万吨").yields == kg.potential("coke", "1 Mt").yields


BAD = [
    ({"material": "unobtainium"}, UnknownName, "no material is called"),
    ({"amount": "a lot"}, ParameterError, "write a number and a unit"),
    ({"amount": "-1 Mt"}, ParameterError, "above zero"),
    ({"amount": "0 t"}, ParameterError, "above zero"),
    ({"amount": "1e99 t"}, ParameterError, "more than the world holds"),
    ({"amount": "3 bushels"}, ParameterError, "no unit is called"),
    ({"amount": "5 GWh"}, ParameterError, "counts energy"),
    ({"amount": "5 m3"}, ParameterError, "counts volume"),
    ({"amount": "5 Mt"} | {"to": "fused-magnesia"}, ParameterError, "no chain leads"),
    ({"to": "unobtainium"}, UnknownName, "no material is called"),
    ({"given": {"nonsense": "1"}}, UnknownName, "no step, factor or product"),
    ({"given": {"delayed-coking": "1.2"}}, ParameterError, "more would come out than goes in"),
    ({"given": {"delayed-coking": "0"}}, ParameterError, "above zero"),
    ({"given": {"delayed-coking": "-0.5"}}, ParameterError, "above zero"),
    ({"given": {"delayed-coking": "nan"}}, ParameterError, "no number"),
    ({"given": {"delayed-coking": "1e9999999999"}}, ParameterError, "more would come out|no number"),
    ({"given": {"delayed-coking": "0.6..0.5"}}, ParameterError, "not in order"),
    ({"given": {"delayed-coking": "0.1/0.2/0.3/0.4"}}, ParameterError, "no number"),
    ({"given": {"delayed-coking": "0.5 kWh/t"}}, ParameterError, "does not fit here"),
]


@pytest.mark.parametrize(("change", "error", "words"), BAD, ids=lambda value: str(value)[:50])
def test_what_makes_no_sense_is_refused_with_the_reason(
    kg: KnowledgeGraph, change: dict[str, object], error: type[Exception], words: str
):
    asked = {"material": "coke", "amount": "1 Mt"} | change
    with pytest.raises(error, match=words):
        kg.potential(asked.pop("material"), asked.pop("amount"), **asked)  # type: ignore[arg-type]


# the arithmetic, on small knowledge of our own


def factor(to: str, of: str, low: str, high: str, **more: object) -> Factor:
    value = Interval(Decimal(low), Decimal(low) if low == high else None, Decimal(high))
    made = Factor(
        f"f/{to}-per-{of}", Labels(to, to), "s", to, of, value, "[mass]", "[mass]", "yield", "stated", "high"
    )
    return replace(made, **more)  # type: ignore[arg-type]


def knowledge(factors: list[Factor], flows: list[Flow], gaps: tuple[Gap, ...] = ()) -> Knowledge:
    names = {f.material for f in flows} | {end for f in factors for end in (f.to, f.of)}
    return Knowledge(tuple(factors), tuple(flows), gaps, {name: Labels(name, name) for name in names})


def flows(*steps: tuple[str, str, str]) -> list[Flow]:
    return [
        flow
        for step, start, end in steps
        for flow in (Flow(step, start, "feed", out=False), Flow(step, end, "main-product", out=True))
    ]


ABOVE_ZERO = st.decimals(min_value="0.001", max_value="1000", places=3)
INTERVALS = st.lists(ABOVE_ZERO, min_size=3, max_size=3).map(lambda ends: Interval(*sorted(ends)))


@given(INTERVALS, INTERVALS, ABOVE_ZERO, ABOVE_ZERO)
def test_every_product_of_values_within_lies_within_the_product(
    a: Interval, b: Interval, x: Decimal, y: Decimal
):
    inside = [min(max(value, each.low), each.high) for each, value in ((a, x), (b, y))]
    product = a.times(b)
    assert product.low <= inside[0] * inside[1] <= product.high
    inverse = a.inverse()
    assert inverse.low <= 1 / inside[0] <= inverse.high
    assert inverse.low <= inverse.high


@given(INTERVALS)
def test_a_consumption_is_divided_by_so_its_high_end_gives_the_low_yield(value: Interval):
    used = factor("ore", "metal", str(value.low), str(value.high), quantity="specific-consumption")
    (edge,) = conversions([used], flows(("s", "ore", "metal")))
    assert (edge.start, edge.end, edge.divided) == ("ore", "metal", True)
    assert edge.value.low == 1 / value.high
    assert edge.value.high == 1 / value.low


def test_sources_that_differ_give_a_range_and_no_middle():
    edges = conversions(
        [factor("b", "a", "0.5", "0.5", iri="1"), factor("b", "a", "0.7", "0.7", iri="2")],
        flows(("s", "a", "b")),
    )
    assert [(e.value.low, e.value.central, e.value.high) for e in edges] == [
        (Decimal("0.5"), None, Decimal("0.7"))
    ]


@pytest.mark.parametrize("kind", ["proxy", "spec", "default"])
def test_what_stands_for_something_else_is_never_calculated_with(kind: str):
    assert conversions([factor("b", "a", "0.5", "0.5", kind=kind)], flows(("s", "a", "b"))) == []


def test_weak_factors_are_used_only_where_there_are_no_others():
    weak = factor("b", "a", "0.1", "0.1", iri="1", confidence="low")
    strong = factor("b", "a", "0.5", "0.5", iri="2")
    (both,) = conversions([weak, strong], flows(("s", "a", "b")))
    (alone,) = conversions([weak], flows(("s", "a", "b")))
    assert both.factors == (strong,)
    assert alone.factors == (weak,)


def test_a_recommended_range_wins_over_its_parts():
    part = factor("b", "a", "0.5", "0.5", iri="1")
    ours = factor("b", "a", "0.4", "0.6", iri="2", kind="synthesis", parts=("1",))
    (edge,) = conversions([part, ours], flows(("s", "a", "b")))
    assert edge.factors == (ours,)


def test_dry_and_wet_are_never_mixed():
    chain = flows(("s", "a", "b"), ("t", "b", "c"))
    dry = factor("b", "a", "0.5", "0.5", moisture="dry")
    wet = factor("c", "b", "0.5", "0.5", moisture="wet", step="t")
    answer = calculate(knowledge([dry, wet], chain), "a", "1 t")
    assert [made.material for made in answer.yields] == ["a", "b"]
    (stop,) = answer.stops
    assert "dry" in stop.reason.en
    assert "干基" in stop.reason.zh


def test_a_factor_for_another_dimension_stops_with_the_reason():
    chain = flows(("s", "a", "b"), ("t", "b", "c"))
    by_volume = factor("c", "b", "1.6", "1.6", of_kind="[volume]", step="t")
    answer = calculate(knowledge([factor("b", "a", "2", "2"), by_volume], chain), "a", "1 t")
    (stop,) = answer.stops
    assert "volume" in stop.reason.en


def test_a_circle_of_materials_ends():
    chain = flows(("s", "a", "b"), ("t", "b", "a"))
    answer = calculate(
        knowledge([factor("b", "a", "0.5", "0.5"), factor("a", "b", "0.5", "0.5", step="t")], chain),
        "a",
        "1 t",
    )
    assert [made.material for made in answer.yields] == ["a", "b"]


def test_a_step_without_a_factor_stops_even_if_nobody_recorded_the_gap():
    answer = calculate(
        knowledge([factor("b", "a", "0.5", "0.5")], flows(("s", "a", "b"), ("t", "b", "c"))), "a", "1 t"
    )
    (stop,) = answer.stops
    assert (stop.step, stop.key, stop.gap) == ("t", "t", None)


@given(
    st.decimals(min_value="0.000001", max_value="999999999", places=6),
    st.sampled_from(["t", "kt", "Mt", "kg", "吨"]),
)
def test_an_amount_is_read_exactly(number: Decimal, unit: str):
    sizes: dict[str, Decimal | int] = {"t": 1, "kt": 10**3, "Mt": 10**6, "kg": Decimal("0.001"), "吨": 1}
    assert units.amount(f"{number:f} {unit}") == (number * sizes[unit], "[mass]", False)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text: str):
    try:
        number, kind, _ = units.amount(text)
    except ParameterError:
        return
    assert number > 0
    assert kind in units.KINDS


# the same through the other doors


def test_the_table_has_the_columns_it_names_in_both_languages(kg: KnowledgeGraph):
    for lang in ("en", "zh"):
        found = kg.potential("coke", "1 Mt").table(lang)
        assert found.columns == COLUMNS
        assert {text_of(row["kind"]) for row in found}


def test_the_service_answers_programs_in_json_and_people_with_a_page(client: FlaskClient):
    address = "/potential?material=coke&amount=1&unit=Mt&to=hydrogen"
    found = client.get(address, headers={"Accept": "application/json"}).get_json()
    hydrogen = next(each for each in found["yields"] if each["material"].endswith("/hydrogen"))
    assert round(hydrogen["mass"]["low"]) == 6299
    page = client.get(address + "&lang=zh", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "0.63" in page  # 6.3 kt, in 万吨
    assert "0.982" in page
    assert "recommended-hydrogen" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("material=coke&amount=-1&unit=Mt", "above zero"),
        ("material=nope&amount=1&unit=Mt", "no material is called"),
        ("material=coke&amount=1&unit=Mt&set=delayed-coking=2", "more would come out"),
        ("material=coke&amount=1&unit=Mt&set=delayed-coking", "write STEP=VALUE"),
        ("material=coke&amount=%3Cscript%3E&unit=Mt", "write a number"),
    ],
)
def test_a_mistake_is_told_beside_the_form_and_as_a_problem_to_programs(
    client: FlaskClient, query: str, words: str
):
    page = client.get(f"/potential?{query}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert words in text
    assert "<script>" not in text
    answer = client.get(f"/potential?{query}", headers={"Accept": "application/json"})
    assert answer.status_code in {400, 404}
    assert words in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("material=coke&amount=-1&unit=Mt", "须大于零"),
        ("material=coke&amount=abc&unit=Mt", "请写数字和单位"),
        ("material=coke&amount=1&unit=xyz", "没有名为“xyz”的单位"),
        ("material=coke&amount=1&unit=m3", "没有二者的换算依据"),
        ("material=nope&amount=1&unit=Mt", "没有名为“nope”的物料"),
        ("material=coal-tar&amount=1&unit=Mt&to=direct-reduced-iron", "没有从煤焦油通向直接还原铁的链"),
        ("material=coke&amount=1&unit=Mt&set=delayed-coking=2", "产出会多于投入"),
        ("material=coke&amount=1&unit=Mt&set=delayed-coking=x", "不是数值"),
        ("material=coke&amount=1&unit=Mt&set=delayed-coking=0.6..0.5", "次序有误"),
        ("material=coke&amount=1&unit=Mt&set=delayed-coking", "请写成“工序=数值”"),
        ("material=coke&amount=1&unit=Mt&own-delayed-coking=-1", "须大于零"),
    ],
)
def test_a_mistake_is_told_in_the_language_of_the_page(client: FlaskClient, query: str, words: str):
    text = client.get(f"/potential?{query}&lang=zh", headers={"Accept": "text/html"}).text
    assert '<p lang="zh-Hans">' in text
    assert words in text.partition('role="alert"')[2]


def test_conversions_keep_their_parts(kg: KnowledgeGraph):
    edge = kg.potential("coke", "1 Mt", to="coal-tar").yields[1].route[0]
    assert isinstance(edge, Conversion)
    assert edge.factors[0].parts
