"""Queries for elsewhere run as they stand and with our things; exports for Wikidata hold what it lacks."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pyoxigraph import Literal, NamedNode

from anshan_kg import exports, federation
from anshan_kg.cli import Caller, cli
from anshan_kg.config import Config
from anshan_kg.errors import QueryRefused, UnknownName
from anshan_kg.execution import engine
from anshan_kg.model import Table

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph

WD = "http://www.wikidata.org/entity/"


@pytest.mark.parametrize("name", federation.names())
def test_every_query_for_elsewhere_is_sparql_says_where_it_runs_and_is_bilingual(
    kg: KnowledgeGraph, name: str
):
    sample, filled = federation.load(name), kg.federated(name)
    for query in (sample, filled):
        engine.parse(query.text)
    assert sample.at
    assert sample.title.en.isascii()
    assert re.search("[一-鿿]", sample.title.zh)
    assert "ORDER BY" in sample.text


def test_a_query_is_filled_with_the_things_that_are_linked():
    table = Table(
        ("thing", "item"), ((NamedNode("https://w3id.org/anshan-kg/id/place/a"), NamedNode(f"{WD}Q1")),)
    )
    asked = []

    def look_up(name: str, **terms: object) -> Table:
        asked.append((name, terms))
        return table

    filled = federation.fill(federation.load("wikidata-names"), look_up)
    assert asked == [("linked_elsewhere", {"space": Literal(WD)})]
    assert "(<https://w3id.org/anshan-kg/id/place/a> <http://www.wikidata.org/entity/Q1>)" in filled.text
    assert "Q74957" not in filled.text
    engine.parse(filled.text)
    empty = federation.fill(federation.load("wikidata-names"), lambda *_, **__: Table(("thing", "item"), ()))
    assert empty.text == federation.load("wikidata-names").text


def test_names_are_written_so_that_none_breaks_out_of_its_quotes():
    name = Literal('甲" } SELECT * { "\\', language="zh-Hans")
    row = NamedNode("https://w3id.org/anshan-kg/id/enterprise/a"), NamedNode("x:t"), name, Literal("label")
    table = Table(("thing", "type", "name", "kind"), (row,))
    filled = federation.fill(federation.load("wikidata-candidates"), lambda *_, **__: table)
    engine.parse(filled.text)
    assert filled.text.count("SELECT") == federation.load("wikidata-candidates").text.count("SELECT") + 1
    assert r"甲\" } SELECT" in filled.text


def test_what_would_leave_this_service_is_refused_unless_the_operator_lists_it(kg: KnowledgeGraph):
    with pytest.raises(QueryRefused):
        kg.sparql(federation.load("ours-with-wikidata").text)


def test_the_command_lists_the_queries_and_prints_one():
    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, words, obj=Caller(Config(), quiet=True))
        assert done.exit_code == 0, done.exception
        return done.output

    listed = run("federation")
    assert [line.split()[0] for line in listed.splitlines()] == list(federation.names())
    assert (
        run("federation", "wikidata-near-anshan", "--sample") == federation.load("wikidata-near-anshan").text
    )
    with pytest.raises(UnknownName):
        federation.load("nothing")


@pytest.mark.parametrize(("lang", "word"), [("en", "Queries for elsewhere"), ("zh", "在他处运行的查询")])
def test_the_page_shows_every_query_in_the_language_asked_for(client: FlaskClient, lang: str, word: str):
    page = client.get(f"/federation?lang={lang}", headers={"Accept": "text/html"}).text
    assert word in page
    for name in federation.names():
        assert f"<code>{name}</code>" in page
        assert federation.load(name).title.best(lang).replace("'", "&#39;") in page


# what Wikidata lacks


def test_quickstatements_make_an_item_with_both_names_and_our_address(kg: KnowledgeGraph):
    text = kg.export("quickstatements").decode()
    items = text.split("CREATE\n")[1:]
    (steel,) = [item for item in items if '/enterprise/angang-steel"' in item]
    assert 'LAST\tLzh-hans\t"鞍钢股份有限公司"\n' in steel
    assert 'LAST\tLen\t"Angang Steel Company Limited"\n' in steel
    assert steel.endswith('LAST\tP2888\t"https://w3id.org/anshan-kg/id/enterprise/angang-steel"\n')
    for line in text.splitlines():
        assert re.fullmatch(
            r'CREATE|LAST\t(?:[LDA][a-z-]+\t"[^"\n]{1,250}"|P31\tQ6881511|P2888\t"https://[^"]+")', line
        ), line
    assert "中文名未见" not in text


def test_no_identifier_of_wikidata_is_written_that_no_file_gave(kg: KnowledgeGraph):
    """Items and properties in exports and queries are these; each was seen in published data."""
    written = kg.export("quickstatements").decode() + "".join(
        federation.load(name).text for name in federation.names()
    )
    assert set(re.findall(r"\b[PQ]\d+\b", written)) == {"P31", "P625", "P2888", "Q6881511", "Q74957"}


def test_mixnmatch_has_one_row_for_each_thing(kg: KnowledgeGraph):
    rows = list(
        csv.DictReader(io.StringIO(kg.export("mixnmatch").decode()), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    assert len({row["id"] for row in rows}) == len(rows)
    (steel,) = [row for row in rows if row["id"] == "id/enterprise/angang-steel"]
    assert steel["name"] == "鞍钢股份有限公司"
    assert "Angang Steel Company Limited" in steel["desc"]
    assert (steel["url"], steel["type"]) == (
        "https://w3id.org/anshan-kg/id/enterprise/angang-steel",
        "Enterprise",
    )


def test_what_is_linked_to_wikidata_is_not_among_what_it_lacks(kg: KnowledgeGraph):
    linked = {row["thing"] for row in kg._lookup("linked_elsewhere", space=Literal(WD)).texts()}
    lacking = {row["thing"] for row in kg._lookup("not_in_wikidata").texts()}
    assert lacking
    assert linked & lacking == set()


def test_a_name_with_quotes_or_bars_stays_inside_its_command():
    row = NamedNode("https://w3id.org/anshan-kg/id/mine/a"), NamedNode("https://w3id.org/anshan-kg/ont#Mine")
    names = Literal('a "b" || c\n\td', language="en"), Literal("=甲", language="zh-Hans")
    table = Table(("thing", "type", "name", "kind"), tuple((*row, name, Literal("label")) for name in names))
    text = exports.load("quickstatements").write(table).decode()
    assert 'LAST\tLen\t"a ”b” | c d"\n' in text
    assert exports.load("mixnmatch").write(table).decode().splitlines()[1].split("\t")[1] == "'=甲"


def test_only_what_is_near_a_thing_can_be_exported(kg: KnowledgeGraph):
    whole = kg.export("mixnmatch").splitlines()
    near = kg.export("mixnmatch", thing="enterprise:angang-steel", hops=1).splitlines()
    assert 1 < len(near) < len(whole)
    assert set(near) <= set(whole)
