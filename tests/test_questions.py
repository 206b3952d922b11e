"""The named questions: each gives the answer that was reviewed, on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anshan_kg import formats, queries
from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg import KnowledgeGraph

CSV = formats.by_name("csv")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", queries.names())
def test_a_question_gives_the_answer_that_was_reviewed(
    anywhere: KnowledgeGraph, name: str, lang: str, golden: Callable[[str, bytes], None]
):
    """On its sample values, in each language, on each store, a question answers as reviewed."""
    golden(f"questions/{name}.{lang}.csv", formats.write_table(anywhere.ask(name, lang=lang), CSV))


@pytest.mark.parametrize("name", queries.names())
def test_a_question_has_a_title_an_audience_and_a_parameter(name: str):
    query = queries.load(name)
    assert query.title.en.endswith("?")
    assert query.title.zh.endswith("？")
    assert query.audience in {
        "policy analyst", "journalist", "supply-chain manager", "linked-data engineer",
    }  # fmt: skip
    assert query.parameters
    assert all(parameter.kind in queries.KINDS and parameter.help for parameter in query.parameters)


@pytest.mark.parametrize("folder", ["questions", "lookups", "views"])
def test_queries_use_the_prefixes_of_the_project_and_only_those_they_need(folder: str):
    for name in queries.names(folder):
        text = queries.load(name, folder).text
        for line in text.splitlines():
            if line.startswith("PREFIX "):
                _, prefix, space = line.split()
                assert space == f"<{PREFIXES[prefix[:-1]]}>", name
                assert text.count(prefix) > 1, f"{name} does not need {prefix}"


def test_there_are_at_least_25_questions_for_four_kinds_of_people():
    assert len(queries.names()) >= 25
    assert len({queries.load(name).audience for name in queries.names()}) == 4


def test_by_product_chains_are_the_four_of_the_article(anywhere: KnowledgeGraph):
    """By-product, route, product and the sentence behind it."""
    rows = anywhere.ask("chains").texts()
    assert [(row["byProduct"], row["product"], row["passage"].rpartition("-")[2]) for row in rows] == [
        ("coal tar", "battery cathode materials", "p7s1"),
        ("coke oven gas", "hydrogen", "p7s1"),
        ("iron oxide", "magnetic materials", "p7s1"),
        ("stripped rock, tailings", "new building materials", "p7s1"),
    ]
    assert rows[0]["corrected"] == "battery anode materials"
    assert all(row["paraphrase"] for row in rows)


def test_the_ore_target_comes_with_base_year_speaker_and_passage(anywhere: KnowledgeGraph):
    row = anywhere.ask("targets", subject="Anshan").texts()[0]
    expected = {
        "value": "100000000", "unitName": "tonne per year", "year": "2025", "baseValue": "55000000",
        "ratio": "1.818", "speakerName": "Liu Guangxin", "modalityName": "target",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["passage"].endswith("cr-house-599-p5s3")


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("clusters", "Which are the five clusters of the eight that are not named?"),
        ("mines", "Which are the three new iron mines that are not named?"),
        ("supported-enterprises", "Which are the 624 supported enterprises?"),
        ("production-start", "Has the Chentaigou iron mine started producing, and when?"),
        ("outcomes", "What mining scale was reached in 2025?"),
        ("growth-needed", "In which year was the mining scale 55 million tons?"),
        ("where-knowledge-ends", "How much of the product does a tonne of coal tar give?"),
    ],
)
def test_what_is_not_known_is_said(anywhere: KnowledgeGraph, name: str, unknown: str):
    """A question about something missing returns the gap, not an empty table."""
    assert any(unknown in row.values() for row in anywhere.ask(name).texts())


def test_a_contradiction_shows_both_sides(anywhere: KnowledgeGraph):
    rows = anywhere.ask("battery-material").texts()
    assert {(row["productName"], row["modalityName"]) for row in rows} == {
        ("battery cathode materials", "plan"),
        ("battery anode materials", "editorial"),
    }


@pytest.mark.parametrize("mine", ["mine/xianshan", "西鞍山铁矿", "Xishan", "xi an shan tie kuang"])
def test_a_thing_may_be_given_by_any_of_its_names(kg: KnowledgeGraph, mine: str):
    assert kg.ask("production-start", mine=mine) == kg.ask(
        "production-start", mine="https://w3id.org/anshan-kg/id/mine/xianshan"
    )


def test_an_unknown_question_names_those_there_are(kg: KnowledgeGraph):
    with pytest.raises(
        UnknownName, match=r"no question is called 'nope'; there are: bases, battery-material"
    ):
        kg.ask("nope")


def test_an_unknown_parameter_names_those_there_are(kg: KnowledgeGraph):
    with pytest.raises(
        UnknownName, match="no parameter of targets is called 'who'; there are: lang, subject"
    ):
        kg.ask("targets", who="me")


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("milestones", {"year": "soon"}, "--year is 'soon', but has to be of kind year"),
        ("targets", {"lang": "fr"}, "--lang is 'fr'; it can be en or zh-Hans"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    kg: KnowledgeGraph, name: str, given: dict[str, str], reason: str
):
    with pytest.raises(ParameterError, match=reason):
        kg.ask(name, **given)


def test_values_never_become_part_of_the_query(kg: KnowledgeGraph):
    """A string that looks like SPARQL stays a string."""
    query = queries.parse("x", 'SELECT * { VALUES ?text { "a" }  # param string: a text\n }')
    attack = '" } ?s ?p ?o . VALUES ?x { "'
    text = query.bind(text=queries.literal(query.parameters[0], attack))
    table = kg.sparql(text)
    assert [row["text"] for row in table.texts()] == [attack]  # type: ignore[union-attr]
