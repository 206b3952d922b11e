"""Search as people use it: typing, choosing, mistyping; by mouse and by keyboard alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser import MARKS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page

    from anshan_kg import KnowledgeGraph

BROWSER = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("typed", "meant", "how"),
    [
        ("焦炉媒气", "焦炉煤气", "sound"),
        ("西安山", "西鞍山铁矿", "sound"),
        ("鞍刚集团", "鞍钢集团有限公司", "sound"),
        ("jiaolumieqi", "焦炉煤气", "alike"),
        ("hydrogne", "氢", "alike"),
        ("hidrogen", "氢", "alike"),
        ("coke ovn gas", "焦炉煤气", "alike"),
        ("anshna", "鞍山市", "alike"),
        ("yingkuo", "营口市", "alike"),
        ("jlmq", "焦炉煤气", "initials"),
        ("jiaolumeiqi", "焦炉煤气", "pinyin"),
        ("COG", "焦炉煤气", "other name"),
    ],
)
def test_what_is_mistyped_or_shortened_is_found_and_told_why(
    kg: KnowledgeGraph, typed: str, meant: str, how: str
):
    hits = kg.find(typed, limit=5).hits
    assert hits[0].labels.zh == meant
    assert hits[0].how == how


def test_hits_are_counted_by_kind_and_can_be_narrowed(kg: KnowledgeGraph, client: FlaskClient):
    found = kg.find("煤气", limit=5)
    assert sum(count for _, count in found.types) == found.total > 20
    kind, count = found.types[0]
    narrowed = kg.find("煤气", kind=kind, limit=200)
    assert narrowed.total == len(narrowed.hits) == count
    assert narrowed.types == found.types
    text = client.get("/search?q=煤气&lang=zh", headers=BROWSER).text
    assert "物料种类" in text
    assert "akg:" not in text.partition("<main")[2].replace("akg:MaterialType&", "").replace("type=akg", "")


def test_pages_of_hits_do_not_overlap_and_miss_none(kg: KnowledgeGraph):
    whole = [hit.iri for hit in kg.find("鞍山", limit=500).hits]
    paged = [
        hit.iri for start in range(0, len(whole), 30) for hit in kg.find("鞍山", limit=30, start=start).hits
    ]
    assert paged == whole
    assert len(set(whole)) == len(whole)


def test_where_nothing_is_found_something_near_is_offered(kg: KnowledgeGraph, client: FlaskClient):
    found = kg.find("高炉鼓风机")
    assert found.hits == ()
    assert any("高炉" in hit.labels.zh for hit in found.near)
    text = client.get("/search?q=高炉鼓风机&lang=zh", headers=BROWSER).text
    assert "略为相近" in text
    assert client.get("/search?q=龘龘&lang=en", headers=BROWSER).status_code == 200


def test_suggestions_are_named_in_both_languages_with_their_kind(client: FlaskClient):
    hits = json.loads(client.get("/search.json?q=焦炉&limit=8").data)
    assert len(hits) == 8
    for hit in hits:
        assert hit["labels"]["en"]
        assert hit["labels"]["zh"]
        assert hit["kind"]["zh"]
        assert hit["address"].startswith("/page/")
    assert client.get("/search.csv?q=焦炉").text.startswith("thing,type,nameEn,nameZh")
    assert client.get("/search.ttl?q=焦炉&limit=2").mimetype == "text/turtle"


class TestInTheBrowser:
    """What a visitor does."""

    pytestmark = MARKS

    def test_search_open_follow_and_see_the_source_by_mouse(self, page: Page):
        page.goto("/?lang=zh")
        page.locator("header input[type=search]").fill("焦炉煤气")
        page.locator("header form button").click()
        page.locator("ol.hits a", has_text="焦炉煤气").first.click()
        assert page.locator("h1").inner_text().startswith("焦炉煤气")
        page.locator("main dd a", has_text="氢").first.click()
        assert page.locator("h1").inner_text().startswith("氢")
        chip = page.locator("details.chip").first
        chip.locator("summary").click()
        assert chip.locator("dt", has_text="来源").is_visible()

    def test_search_open_follow_and_see_the_source_by_keyboard(self, page: Page):
        page.goto("/?lang=zh")
        page.keyboard.press("/")
        page.keyboard.type("焦炉煤气")
        page.locator("header [role=option]").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/page/scheme/material/coke-oven-gas")
        self._tab_to(page, "main dd a", "氢")
        page.keyboard.press("Enter")
        page.wait_for_url("**/page/scheme/material/hydrogen")
        self._tab_to(page, "details.chip summary", "")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open")

    @staticmethod
    def _tab_to(page: Page, selector: str, text: str) -> None:
        """Press Tab until the focus is on an element that fits, as somebody without a mouse does."""
        for _ in range(120):
            page.keyboard.press("Tab")
            fits = page.evaluate(
                "([selector, text]) => document.activeElement.matches(selector)"
                " && (text === '' || document.activeElement.textContent === text)",
                [selector, text],
            )
            if fits:
                return
        raise AssertionError(f"{selector} with {text!r} is not reached by Tab")

    def test_suggestions_are_a_combobox(self, page: Page):
        page.goto("/?lang=en")
        field = page.locator("header input[type=search]")
        assert field.get_attribute("role") == "combobox"
        field.click()
        page.keyboard.type("coke oven")
        page.locator("header [role=option]").first.wait_for()
        assert field.get_attribute("aria-expanded") == "true"
        page.keyboard.press("ArrowDown")
        active = field.get_attribute("aria-activedescendant")
        assert active
        assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
        assert "coke" in page.locator(f"#{active}").inner_text().lower()
        page.keyboard.press("Escape")
        assert field.get_attribute("aria-expanded") == "false"
        assert field.input_value() == "coke oven"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    def test_a_suggestion_is_chosen_by_mouse(self, page: Page):
        page.goto("/?lang=en")
        page.locator("#first-find").click()
        page.keyboard.type("hydrogne")
        option = page.locator("main [role=option]", has_text="hydrogen").first
        option.wait_for()
        option.click()
        page.wait_for_url("**/page/**")

    def test_nothing_is_sent_while_an_input_method_composes(self, page: Page):
        page.goto("/?lang=zh")
        asked: list[str] = []
        page.on("request", lambda sent: asked.append(sent.url) if "/search.json" in sent.url else None)
        page.evaluate(
            """() => {
              const field = document.querySelector("header input[type=search]");
              field.focus(); field.value = "jiao";
              field.dispatchEvent(new InputEvent("input", { isComposing: true, bubbles: true }));
            }"""
        )
        page.wait_for_timeout(300)
        assert asked == []
        page.evaluate(
            """() => {
              const field = document.querySelector("header input[type=search]");
              field.value = "焦炉";
              field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
            }"""
        )
        page.locator("header [role=option]").first.wait_for()
        assert len(asked) == 1
