"""The service answers as the Reconciliation Service API 0.2 wants, and is sure only where it may be."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from py_reconciliation_service_api import build_reconciliation_service
from py_reconciliation_service_api.models.reconciliation import ReconciliationQuery
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from werkzeug.serving import make_server

from anshan_kg.bench import reconcile as bench
from anshan_kg.reconciling import Ask, Wanted
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from anshan_kg import KnowledgeGraph

SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parent / "reconciliation-schemas").glob("*.json")
}
PLACE = "https://reconciliation-api.github.io/specs/0.2/schemas/"
KNOWN: Registry[Any] = Registry().with_resources(
    pair
    for name, schema in SCHEMAS.items()
    for resource in [Resource.from_contents(schema, default_specification=DRAFT7)]
    for pair in ((f"{PLACE}{name}", resource), (schema["$id"], resource))
)


def valid(found: Any, schema: str) -> Any:
    Draft7Validator(SCHEMAS[f"{schema}.json"], registry=KNOWN).validate(found)
    return found


def told_by(answer: TestResponse) -> Any:
    """What an answer holds."""
    return json.loads(answer.get_data(as_text=True))


def ask(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    """The candidates for one query."""
    batch = valid({"q": query}, "reconciliation-query-batch")
    answer = client.post("/reconcile?lang=zh", data={"queries": json.dumps(batch)})
    found: list[dict[str, Any]] = valid(told_by(answer), "reconciliation-result-batch")["q"]["result"]
    return found


def first(client: FlaskClient, **query: Any) -> tuple[str, bool]:
    found = ask(client, **query)
    return (found[0]["id"].removeprefix("id/"), found[0]["match"]) if found else ("", False)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_manifest_is_valid_and_every_address_in_it_answers(client: FlaskClient, lang: str):
    told = valid(told_by(client.get(f"/reconcile?lang={lang}")), "manifest")
    assert told["versions"] == ["0.2"]
    for each in told["defaultTypes"]:
        valid(each, "type")
        assert re.search("[一-鿿]", each["name"]) if lang == "zh" else each["name"].isascii()
    for kind, service in told["suggest"].items():
        found = told_by(client.get(service["service_url"] + service["service_path"] + "&prefix=鞍钢"))
        schema = {"entity": "entities", "property": "properties", "type": "types"}[kind]
        valid(found, f"suggest-{schema}-response")
    proposed = told["extend"]["propose_properties"]
    valid(
        told_by(client.get(proposed["service_url"] + proposed["service_path"])),
        "data-extension-property-proposal",
    )
    thing = ask(client, query="鞍钢股份有限公司")[0]["id"]
    for url in (told["view"]["url"], told["preview"]["url"]):
        assert client.get(url.replace("{{id}}", thing)).status_code == 200


CASES: list[tuple[dict[str, Any], str, bool, str]] = [
    ({"query": "鞍钢股份有限公司"}, "enterprise/angang-steel", True, "Chinese"),
    ({"query": "鞍鋼股份有限公司"}, "enterprise/angang-steel", True, "traditional characters"),
    ({"query": "　鞍钢股份有限公司 "}, "enterprise/angang-steel", True, "full-width spaces"),
    ({"query": "Angang Steel Company Limited"}, "enterprise/angang-steel", True, "English"),
    ({"query": "ANGANG STEEL CO., LTD."}, "enterprise/angang-steel", True, "English, another spelling of the form"),
    ({"query": "an gang gu fen you xian gong si"}, "enterprise/angang-steel", False, "pinyin: homonyms are many"),
    ({"query": "angangGufenYouxianGongsi"}, "enterprise/angang-steel", False, "pinyin without spaces"),
    ({"query": "000898"}, "enterprise/angang-steel", True, "a stock code"),
    ({"query": "000898.sz"}, "enterprise/angang-steel", True, "a stock code with its exchange"),
    ({"query": "２１０３８１"}, "place/haicheng", True, "a division code, full-width"),
    ({"query": "id/place/haicheng"}, "place/haicheng", True, "an identifier of ours"),
    ({"query": "https://w3id.org/anshan-kg/id/place/haicheng"}, "place/haicheng", True, "the same in full"),
    ({"query": "焦炉煤气"}, "scheme/material/coke-oven-gas", True, "a material"),
    ({"query": "coke oven gas", "type": "akg:MaterialType"}, "scheme/material/coke-oven-gas", True, "of a class"),
    ({"query": "鞍钢", "type": "akg:Enterprise"}, "enterprise/ansteel", False, "a name that several firms go by"),
    ({"query": "铁东区", "type": "akg:Place"}, "place/tiedong", False, "a district whose namesakes lie elsewhere"),
    ({"query": "铁东区", "type": "akg:Place", "properties": [{"pid": "akg:locatedIn", "v": "鞍山市"}]}, "place/tiedong", True, "and where it lies"),
    ({"query": "", "properties": [{"pid": "skos:notation", "v": "210381"}]}, "place/haicheng", True, "no name, but a code"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "thing", "sure", "why"), CASES, ids=[case[3] for case in CASES])
def test_a_name_is_found_and_is_sure_only_where_it_may_be(
    client: FlaskClient, query: dict[str, Any], thing: str, sure: bool, why: str
):
    assert first(client, **query) == (thing, sure)


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ({"query": "铁东区", "type": "akg:Place", "properties": [{"pid": "akg:locatedIn", "v": "四平市"}]}, "place/tiedong"),
        ({"query": "马鞍山钢铁股份有限公司"}, "enterprise/angang-steel"),
        ({"query": "鞍钢股份有限公司鲅鱼圈分公司"}, "enterprise/angang-steel"),
        ({"query": "鞍钢股份有限公司", "type": "akg:Mine"}, "enterprise/angang-steel"),
        ({"query": "鞍钢股份有限公司", "properties": [{"pid": "akg:locatedIn", "v": "台安县"}]}, "enterprise/angang-steel"),
    ],
    ids=["a place of another city", "a namesake", "a branch", "another class", "a wrong district"],
)  # fmt: skip
def test_what_only_looks_the_same_is_never_sure(client: FlaskClient, query: dict[str, Any], other: str):
    assert first(client, **query) != (other, True)


def test_an_unknown_name_has_no_sure_candidate(client: FlaskClient):
    for name in ("深圳市未知贸易有限公司", "Nobody Knows Trading Ltd", "zzzz", "…", "12345678"):
        assert [each for each in ask(client, query=name) if each["match"]] == [], name


def test_classes_filter_or_are_preferred_as_the_client_says(client: FlaskClient):
    both = ["akg:Enterprise", "akg:Place"]
    assert first(client, query="海城市", type=both, type_strict="any")[0] == "place/haicheng"
    assert ask(client, query="海城市", type=both, type_strict="all") == []
    assert ask(client, query="海城市", type="nothing of ours") == []
    enterprises = ask(client, query="海城市", type="akg:Enterprise", type_strict="any")
    assert all("akg:Enterprise" in {kind["id"] for kind in each["type"]} for each in enterprises)
    should = {
        each["id"]: each for each in ask(client, query="海城市", type="akg:Enterprise", type_strict="should")
    }
    assert should["id/place/haicheng"]["match"] is False
    assert ask(client, query="矿", type="mine", limit=3) == ask(client, query="矿", type="矿山", limit=3)


def test_scores_run_from_0_to_100_best_first_and_only_the_first_is_sure(client: FlaskClient):
    for name in ("鞍钢", "海城", "steel", "菱镁"):
        found = ask(client, query=name, limit=50)
        scores = [each["score"] for each in found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)
        assert not any(each["match"] for each in found[1:])
        assert all(each["features"] for each in found)
        assert len(ask(client, query=name, limit=2)) <= 2


def test_a_property_that_agrees_or_differs_is_among_the_features(client: FlaskClient):
    def located(value: Any) -> tuple[float, float]:
        query = {"query": "鞍钢股份有限公司", "properties": [{"pid": "akg:locatedIn", "v": value}]}
        (best, *_) = [each for each in ask(client, **query) if each["id"] == "id/enterprise/angang-steel"]
        (told,) = [each["value"] for each in best["features"] if each["id"] == "akg:locatedIn"]
        return best["score"], told

    right, wrong = located("铁西区"), located("岫岩满族自治县")
    assert (right[1], located({"id": "id/place/tiexi"})[1]) == (100, 100)
    assert wrong[1] < 90
    assert wrong[0] < right[0]


def test_a_query_may_be_one_name_or_one_object_by_get_too(client: FlaskClient):
    for query in ("海城市", '{"query": "海城市", "type": "Place"}'):
        found = told_by(client.get("/reconcile", query_string={"query": query}))
        assert found["result"][0]["id"] == "id/place/haicheng"
    batch = told_by(client.get("/reconcile", query_string={"queries": '{"a": {"query": "海城市"}}'}))
    assert valid(batch, "reconciliation-result-batch")["a"]["result"][0]["id"] == "id/place/haicheng"


def test_names_and_reasons_come_in_the_language_asked_for(client: FlaskClient):
    def told(lang: str) -> dict[str, Any]:
        answer = client.get("/reconcile", query_string={"query": "鞍钢股份有限公司", "lang": lang})
        found: dict[str, Any] = told_by(answer)["result"][0]
        return found

    assert (told("zh")["name"], told("en")["name"]) == ("鞍钢股份有限公司", "Angang Steel Company Limited")
    assert "名称相同" in told("zh")["description"]
    assert "the same name" in told("en")["description"]


WRONG = [
    ({"queries": "{"}, 400, "not JSON"),
    ({"queries": "[]"}, 400, "object of queries"),
    ({"queries": '{"a": 1}'}, 400, "queries.a has to be an object"),
    ({"queries": '{"a": {}}'}, 400, "neither a query nor properties"),
    ({"queries": '{"a": {"query": 1}}'}, 400, "queries.a.query has to be text"),
    ({"queries": '{"a": {"query": "x", "limit": 0}}'}, 400, "queries.a.limit"),
    ({"queries": '{"a": {"query": "x", "limit": NaN}}'}, 400, "NaN is no number"),
    ({"queries": '{"a": {"query": "x", "type_strict": "maybe"}}'}, 400, "can be any, all, should"),
    ({"queries": '{"a": {"query": "x", "properties": [{"pid": "y"}]}}'}, 400, "queries.a.properties.0"),
    ({"queries": '{"a": {"query": "x", "colour": "red"}}'}, 400, "unknown keys: colour"),
    ({"queries": json.dumps({"a": {"query": "字" * 501}})}, 400, "501 characters; 500 are the most"),
    ({"queries": r'{"a": {"query": "\ud800"}}'}, 400, "lone surrogate"),
    ({"queries": json.dumps({str(n): {"query": "x"} for n in range(101)})}, 413, "send at most 100"),
    ({"queries": "{}", "extend": "{}"}, 400, "not asked at the same time"),
    ({"extend": "{}"}, 400, "extend has to be an object"),
    ({"extend": json.dumps({"ids": ["x"] * 201, "properties": []})}, 413, "send at most 200"),
    ({"extend": '{"ids": [1], "properties": []}'}, 400, "extend.ids has to be text"),
    ({"extend": '{"ids": [], "properties": [{"id": "rdfs:label", "settings": {"limit": "many"}}]}'}, 400, "whole number"),
    ({"extend": '{"ids": [], "properties": [{"id": "rdfs:label", "settings": {"colour": 1}}]}'}, 400, "there are: limit, lang, year, unit"),
    ({"query": "x", "callback": "alert(1)//"}, 400, "callback has to be the name"),
    ({}, 400, "send a form"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "status", "told"), WRONG, ids=[told[:30] for *_, told in WRONG])
def test_what_is_wrong_is_told_by_where_and_what(
    client: FlaskClient, form: dict[str, str], status: int, told: str
):
    answer = client.post("/reconcile", data=form)
    assert answer.status_code == status
    assert told in told_by(answer)["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["query", "type", "limit", "properties", "pid", "v", "id", "type_strict", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=3))
def test_whatever_is_sent_is_answered_or_refused_with_a_reason(client: FlaskClient, batch: dict[str, Any]):
    answer = client.post("/reconcile", data={"queries": json.dumps(batch)})
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert set(valid(told_by(answer), "reconciliation-result-batch")) == set(batch)
        valid(batch, "reconciliation-query-batch")


def test_jsonp_calls_the_function_of_the_client_and_nothing_else(client: FlaskClient):
    answer = client.get("/reconcile", query_string={"query": "</script>\u2028", "callback": "client.take"})
    assert answer.mimetype == "text/javascript"
    found = re.fullmatch(r"/\*\*/client\.take\((.*)\);\n", answer.text)
    assert found
    assert "result" in json.loads(found[1])
    assert "\u2028" not in answer.text
    for name in ("a b", "a;b", "", "a(b", "1a", "a.b.c.d.e", "é"):
        assert client.get("/reconcile", query_string={"callback": name}).status_code == 400


def test_pages_of_other_sites_may_ask(client: FlaskClient):
    answer = client.options(
        "/reconcile", headers={"Origin": "http://openrefine.example", "Access-Control-Request-Method": "POST"}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_suggestions_come_while_somebody_types_and_go_on_from_a_cursor(client: FlaskClient):
    def suggested(kind: str, **query: Any) -> list[dict[str, Any]]:
        answer = client.get(f"/reconcile/suggest/{kind}", query_string={"lang": "zh", **query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = told_by(answer)["result"]
        return found

    assert suggested("entity", prefix="鞍钢股")[0]["id"] == "id/enterprise/angang-steel"
    assert suggested("entity", prefix="haicheng")[0]["id"] == "id/place/haicheng"
    assert suggested("entity", prefix="") == []
    assert "akg:Mine" in {each["id"] for each in suggested("type", prefix="矿")}
    assert "akg:locatedIn" in {each["id"] for each in suggested("property", prefix="位于")}
    assert "indicator:output-value" in {each["id"] for each in suggested("property", prefix="产值")}
    whole = suggested("entity", prefix="鞍")
    assert suggested("entity", prefix="鞍", cursor=5)[0] == whole[5]
    assert client.get("/reconcile/suggest/entity?prefix=a&cursor=-1").status_code == 400
    assert client.get("/reconcile/suggest/nothing?prefix=a").status_code == 404


@pytest.mark.parametrize(
    ("kind", "given"),
    [("entity", "id/enterprise/angang-steel"), ("type", "akg:Mine"), ("property", "akg:locatedIn")],
)
def test_a_flyout_tells_a_thing_from_its_namesakes_in_both_languages(
    client: FlaskClient, kind: str, given: str
):
    for lang, tag in (("en", "en"), ("zh", "zh-Hans")):
        found = told_by(client.get(f"/reconcile/flyout/{kind}", query_string={"id": given, "lang": lang}))
        assert found["id"] == given
        assert f'lang="{tag}"' in found["html"]
        assert re.search("[一-鿿]", found["html"])
    assert client.get(f"/reconcile/flyout/{kind}?id=nothing").status_code == 404


def test_a_preview_may_be_framed_and_runs_nothing(client: FlaskClient):
    answer = client.get("/reconcile/preview?id=id/enterprise/angang-steel&lang=zh")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "<script" not in answer.text
    for part in ("鞍钢股份有限公司", "Angang Steel Company Limited", "铁西区", "000898.SZ"):
        assert part in answer.text
    assert client.get("/reconcile/preview?id=<script>").status_code == 404
    assert client.get("/reconcile/preview").status_code == 404


def extended(client: FlaskClient, ids: list[str], *properties: Any) -> TestResponse:
    query = valid({"ids": ids, "properties": list(properties)}, "data-extension-query")
    return client.post("/reconcile?lang=zh", data={"extend": json.dumps(query)})


def test_data_extension_gives_things_texts_and_numbers(client: FlaskClient):
    answer = extended(
        client, ["id/enterprise/angang-steel", "place:haicheng", "nothing"],
        {"id": "akg:locatedIn"}, {"id": "skos:notation", "settings": {"limit": "1"}}, {"id": "x:unknown"},
        {"id": "rdfs:label", "settings": {"lang": "en"}},
    )  # fmt: skip
    found = valid(told_by(answer), "data-extension-response")
    assert [each["name"] for each in found["meta"]][:2] == ["位于", "代码"]
    steel, place, nothing = (
        found["rows"][name] for name in ("id/enterprise/angang-steel", "place:haicheng", "nothing")
    )
    assert {"id": "id/place/tiexi", "name": "铁西区"} in steel["akg:locatedIn"]
    assert len(steel["skos:notation"]) == 1
    assert steel["rdfs:label"] == [{"str": "Angang Steel Company Limited"}]
    assert place["skos:notation"] == [{"str": "210381"}]
    assert set(map(str, nothing.values())) == {"[]"}


def test_numbers_of_sources_are_properties_too_with_year_and_unit_as_settings(
    client: FlaskClient, kg: KnowledgeGraph
):
    known = kg.reconciliation.catalogue
    dated = re.compile(r"\b(19|20)\d\d\b")
    name, holder = next(
        (name, thing.id)
        for name in known.used["akg:Place"]
        if name.startswith("indicator:")
        for thing in known.things.values()
        if "akg:Place" in thing.types
        and any(
            dated.search(str(cell))
            for cell in kg.reconciliation.rows([thing.id], [Wanted(name, {"unit": True})], "en")[thing.id][
                name
            ]
        )
    )
    plain = valid(told_by(extended(client, [holder], {"id": name})), "data-extension-response")["rows"][
        holder
    ][name]
    told = told_by(extended(client, [holder], {"id": name, "settings": {"unit": True}}))["rows"][holder][name]
    assert len(plain) == len(told)
    assert all(set(cell) <= {"float", "int", "str"} for cell in plain)
    years = {match[0] for cell in told if (match := dated.search(cell["str"]))}
    assert years
    year = min(years)
    of_year = told_by(extended(client, [holder], {"id": name, "settings": {"year": year, "unit": True}}))[
        "rows"
    ][holder][name]
    assert of_year
    assert all(f", {year}," in cell["str"] for cell in of_year)


def test_properties_are_proposed_by_class_most_used_first(client: FlaskClient):
    found = told_by(client.get("/reconcile/properties?type=akg:Mine&limit=12"))
    valid(found, "data-extension-property-proposal")
    assert len(found["properties"]) == 12
    assert "akg:locatedIn" in {each["id"] for each in found["properties"]}
    assert client.get("/reconcile/properties?limit=none").status_code == 400


@pytest.fixture(scope="module")
def live(kg: KnowledgeGraph) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(kg, DirectRunner(kg.store)), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/reconcile"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_client_library_reconciles_a_batch(live: str):
    service = build_reconciliation_service(live)
    names = ["鞍钢股份有限公司", "海城市", "不存在的企业有限公司"]
    steel, place, nobody = service.reconcile_batch(
        [ReconciliationQuery(query=name, limit=3) for name in names]
    )
    assert (steel.result[0].id, steel.result[0].match) == ("id/enterprise/angang-steel", True)
    assert (place.result[0].id, place.result[0].match) == ("id/place/haicheng", True)
    assert not any(each.match for each in nobody.result)
    service._get_sync_client().close()


def test_every_main_name_of_an_enterprise_leads_to_it(kg: KnowledgeGraph):
    """In Chinese, of its class: first among the candidates, unless another bears the very name."""
    known = kg.reconciliation.catalogue
    asks = {
        thing.iri: Ask(thing.labels.zh, ("akg:Enterprise",))
        for thing in known.things.values() if "akg:Enterprise" in thing.types
    }  # fmt: skip
    found = kg.reconciliation.answer(asks)
    missed = [iri for iri, candidates in found.items() if not candidates or candidates[0].id != iri]
    assert missed == []
    wrong = [iri for iri, candidates in found.items() if candidates[0].match and candidates[0].id != iri]
    assert wrong == []


def test_the_bench_times_known_misspelt_and_unknown_names(kg: KnowledgeGraph):
    found = bench.run(kg, rounds=1, seed=2)
    assert len(found) == 18
    assert {each.names.partition(",")[0] for each in found} == {"known", "misspelt", "unknown"}
    assert all(0 < each.best <= each.median <= each.worst for each in found)
    assert bench.markdown(found).count("\n") == 19
