"""Pages in a real browser: both languages, narrow and wide, light and dark, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import MARKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS

PAGES = [
    "/",
    "/ask",
    "/ask/targets",
    "/page/id/place/anshan",
    "/page/scheme/material/coke-oven-gas",
    "/page/ont",
    "/search?q=钢铁",
    "/sparql",
    "/why?s=coke-oven-gas&p=intendedProduct&o=hydrogen",
    "/page/id/mine/nowhere",
]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_window_in_each_language(page: Page, path: str, lang: str):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.goto(path + ("&" if "?" in path else "?") + f"lang={lang}")
        assert page.locator("html").get_attribute("lang") == ("zh-Hans" if lang == "zh" else "en")
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        colours = page.evaluate(
            "(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))"
        )
        assert colours[0] != colours[1]


def test_from_search_to_the_sentence(page: Page):
    """Search 焦炉煤气, open it, follow to hydrogen, see who says so and where."""
    page.goto("/?lang=en")
    page.get_by_role("searchbox").fill("焦炉煤气")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="coke oven gas", exact=True).click()
    page.get_by_role("link", name="hydrogen", exact=True).first.click()
    assert "Hydrogen as an energy carrier" in page.inner_text("main")
    chip = page.locator("details.chip", has_text="Liu Guangxin").first
    chip.locator("summary").click()
    assert "Liu Guangxin" in chip.inner_text()
    assert "p7 s1" in chip.inner_text()


def test_ask_change_the_parameter_and_download(page: Page):
    page.goto("/ask/production-start?lang=en")
    page.locator("input[name=mine]").fill("西鞍山铁矿")
    page.get_by_role("button", name="Run").click()
    assert "Has the Xi'anshan iron mine started producing" in page.inner_text("main")
    target = page.get_by_role("link", name="csv", exact=True).get_attribute("href")
    assert target
    assert "Xi'anshan" in page.request.get(target).text()


def test_a_query_with_an_error_is_told_and_can_be_mended(page: Page):
    page.goto("/sparql?lang=en")
    page.locator("textarea").fill("SELECT * { ?s ?p")
    with page.expect_navigation() as moved:
        page.get_by_role("button", name="Run").click()
    assert moved.value
    assert moved.value.status == 400
    assert "line 1, column" in page.inner_text("main")
    page.goto("/sparql?lang=en")
    page.locator("textarea").fill("ASK { ?s ?p ?o }")
    page.get_by_role("button", name="Run").click()
    assert "true" in page.inner_text("main")


def test_the_site_is_used_by_keyboard_alone(page: Page):
    page.goto("/?lang=en")
    page.keyboard.press("/")
    page.keyboard.type("菱镁")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    assert "Magnesite cluster" in page.inner_text("main")


def test_the_language_is_one_click_away_and_remembered(page: Page):
    page.goto("/page/id/mine/chentaigou?lang=en")
    page.get_by_role("link", name="中文").click()
    assert "陈台沟铁矿" in page.inner_text("h1")
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
