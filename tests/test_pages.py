"""What works on every page alike: the way to the search by keyboard, and the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser import MARKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS


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
