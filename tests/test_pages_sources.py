"""Sources: a list that can be sorted and chosen from, and a page each with all that rests on it."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from anshan_kg.stores.direct import DirectRunner
from anshan_kg.terms import slug_of
from anshan_kg.web import create_app
from tests.browser import MARKS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page

    from anshan_kg import KnowledgeGraph


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> FlaskClient:
    """The service."""
    return create_app(kg, DirectRunner(kg.store)).test_client()


def listed(text: str) -> list[str]:
    """Return the slugs of the sources on a page, in its order."""
    return re.findall(r'<th scope="row"><a href="/sources/([^"]+)">', text)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_source_is_listed_with_what_rests_on_it(client: FlaskClient, kg: KnowledgeGraph, lang: str):
    shown = listed(client.get(f"/sources?lang={lang}").text)
    assert sorted(shown) == sorted(each.slug for each in kg.sources)
    assert len(shown) > 200
    counted = {slug_of(row["source"]): int(row["statements"]) for row in kg.ask("sources").texts()}
    # The question counts claims alone; factors, steps, flows and offices rest on sources too.
    assert all(each.claims >= counted.get(each.slug, 0) for each in kg.sources)
    assert all(each.high + each.medium + each.low <= each.claims for each in kg.sources)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("claims", lambda each: -each.claims),
        ("name", lambda each: each.labels.en.casefold()),
        ("kind", lambda each: each.kind.labels.en),
        ("access", lambda each: each.access.labels.en),
    ],
)
def test_the_list_is_sorted_as_asked(client: FlaskClient, kg: KnowledgeGraph, order: str, key: object):
    assert callable(key)
    known = {each.slug: each for each in kg.sources}
    found = [key(known[slug]) for slug in listed(client.get(f"/sources?sort={order}&lang=en").text)]
    assert found == sorted(found)


def test_the_latest_comes_first_and_what_has_no_date_last(client: FlaskClient, kg: KnowledgeGraph):
    dates = {each.slug: each.issued for each in kg.sources}
    found = [dates[slug] for slug in listed(client.get("/sources?sort=date").text)]
    dated = [each for each in found if each]
    assert found[: len(dated)] == dated
    years = [int(each[:4]) for each in dated]
    assert years == sorted(years, reverse=True)


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("kind=news", lambda each: slug_of(each.kind.iri) == "news"),
        ("access=read-in-full", lambda each: slug_of(each.access.iri) == "read-in-full"),
        ("language=en", lambda each: "en" in each.languages),
        ("copies=only", lambda each: each.copied),
        ("copies=without&kind=dataset", lambda each: not each.copied and slug_of(each.kind.iri) == "dataset"),
        ("q=wu kaihua", lambda each: "wu kaihua" in each.labels.en.casefold()),
    ],
)
def test_a_choice_shows_the_same_on_the_page_and_in_its_files(
    client: FlaskClient, kg: KnowledgeGraph, asked: str, fits: object
):
    assert callable(fits)
    wanted = {each.slug for each in kg.sources if fits(each)}
    assert wanted
    assert set(listed(client.get(f"/sources?{asked}").text)) == wanted
    assert {slug_of(row["iri"]) for row in client.get(f"/sources.json?{asked}").json or []} == wanted
    assert len(client.get(f"/sources.csv?{asked}").text.splitlines()) == len(wanted) + 1


def test_a_kind_that_no_source_is_of_gives_a_sentence(client: FlaskClient):
    reply = client.get("/sources?kind=gossip&lang=en")
    assert reply.status_code == 200
    assert "No source fits all of this" in reply.text


@pytest.mark.parametrize("asked", ["sort=size", "copies=some", "start=x"])
def test_a_choice_that_does_not_exist_is_told(client: FlaskClient, asked: str):
    assert client.get(f"/sources?{asked}").status_code == 400


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_source_shows_all_that_rests_on_it_and_what_stands_alone(
    client: FlaskClient, kg: KnowledgeGraph, lang: str
):
    text = client.get(f"/sources/cr-house-599?lang={lang}").text
    rows = kg.ask("claims-of-source", source="https://w3id.org/anshan-kg/id/source/cr-house-599").texts()
    assert rows
    for row in rows:
        assert f'id="{slug_of(row["claim"])}"' in text
    resting = kg.source("cr-house-599")
    stated = [each.claim for place in resting.places for each in place.statements]
    assert len(stated) == len(set(stated)) == resting.source.claims
    # The question counts by kind, of what another source does not say too.
    alone = sum(
        int(row["statements"])
        for row in kg.ask("single-source").texts()
        if row["source"] == resting.source.iri
    )
    claims = {"akg:QuantitativeClaim", "akg:RelationClaim", "akg:TextClaim"}
    kinds = {each.claim: each.kind for place in resting.places for each in place.statements}
    assert alone == sum(kinds[claim] in claims for claim in resting.alone)


def test_passages_come_in_the_order_of_the_text(kg: KnowledgeGraph):
    places = [
        (each.passage.locator, tuple(int(number) for number in re.findall("[0-9]+", each.passage.locator)))
        for each in kg.source("cr-house-599").places
        if each.passage and each.passage.locator
    ]
    assert len(places) > 10
    assert [numbers for _, numbers in places] == sorted(numbers for _, numbers in places)


def test_contradictions_and_gaps_of_a_source_are_named(client: FlaskClient, kg: KnowledgeGraph):
    resting = kg.source("cr-house-599")
    text = client.get("/sources/cr-house-599?lang=en").text
    rows = kg.ask("conflicts").texts()
    wanted = {
        row["conflict"]
        for row in rows
        if any(row["claim"] == each.claim for place in resting.places for each in place.statements)
    }
    assert {each.iri for each in resting.conflicts} == wanted
    assert all(f'href="/conflicts#{slug_of(each)}"' in text for each in wanted)
    assert any("Who first published the article" in each.gap.labels.en for each in resting.questions)
    assert "Who first published the article" in text


def test_the_original_and_the_named_graph_are_a_click_away(client: FlaskClient, kg: KnowledgeGraph):
    resting = kg.source("anshan-work-report-2023")
    text = unescape(client.get("/sources/anshan-work-report-2023").text)
    assert f'href="{resting.source.url}"' in text
    address = re.search(r'href="(/data\?graph=[^"]+)"', text)
    assert address
    reply = client.get(address[1], headers={"Accept": "text/turtle"})
    assert reply.status_code == 200
    assert reply.text.count("anshan-work-report-2023-") > 20


def test_every_source_has_a_page_in_each_language(client: FlaskClient, kg: KnowledgeGraph):
    for number, each in enumerate(kg.sources):
        reply = client.get(f"/sources/{each.slug}?lang={('en', 'zh')[number % 2]}")
        assert reply.status_code == 200, each.slug
        assert reply.text.count("<h1") == 1


def test_a_source_comes_as_files_too(client: FlaskClient, kg: KnowledgeGraph):
    resting = kg.source("anshan-2022-04")
    count = sum(len(place.statements) for place in resting.places)
    assert count
    held = client.get("/sources/anshan-2022-04.json").json or {}
    assert sum(len(place["statements"]) for place in held["places"]) == count
    assert len(client.get("/sources/anshan-2022-04.csv?lang=en").text.splitlines()) >= count + 1
    assert "anshan-2022-04" in client.get("/sources/anshan-2022-04.ttl").text


def test_a_source_that_does_not_exist_suggests_others(client: FlaskClient):
    reply = client.get("/sources/cr-house-59", headers={"Accept": "text/html"})
    assert reply.status_code == 404
    assert "cr-house-599" in reply.text


def test_the_thing_leads_to_the_page_of_its_sort(client: FlaskClient):
    assert 'href="/sources/cr-house-599"' in client.get("/page/id/source/cr-house-599").text
    assert 'href="/conflicts#area-of-anshan"' in client.get("/page/id/conflict/area-of-anshan").text


class TestInABrowser:
    """By mouse and by keyboard alone."""

    pytestmark = MARKS

    def test_from_the_list_to_the_words_of_a_source(self, page: Page):
        page.goto("/sources?lang=en")
        with page.expect_navigation():
            page.locator("select[name=copies]").select_option("without")
        page.get_by_role("link", name="anshan-kg", exact=False).first.wait_for()
        page.goto("/sources?q=Liu Guangxin&lang=en")
        page.goto("/sources/cr-house-599?lang=en")
        chip = page.locator(".passages details.chip").first
        chip.locator("summary").focus()
        page.keyboard.press("Enter")
        assert chip.get_attribute("open") is not None

    @pytest.mark.parametrize("path", ["/sources", "/sources/cr-house-599", "/conflicts", "/progress", "/map"])
    def test_a_page_fits_its_window(self, page: Page, path: str):
        for lang in ("en", "zh"):
            page.goto(f"{path}?lang={lang}")
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
