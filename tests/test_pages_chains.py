"""Chains and calculator in a real browser, by mouse and by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anshan_kg.flows import units
from anshan_kg.terms import slug_of
from tests.browser import MARKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from anshan_kg import KnowledgeGraph

pytestmark = MARKS


def expected(kg: KnowledgeGraph, product: str, size: int) -> list[str]:
    """What the calculator says of a product, as the page writes it: low, central, high."""
    answer = kg.potential("metallurgical-coke", "1 Mt", to=product)
    made = next(each for each in answer.yields if slug_of(each.material) == product)
    ends = (made.amount.low, made.amount.central, made.amount.high)
    return ["–" if end is None else units.rounded(end / size) for end in ends]


def shown(page: Page, name: str) -> list[str]:
    row = page.locator("table.potential tr.yield", has=page.get_by_role("rowheader", name=name, exact=True))
    row.wait_for()
    return row.locator("td.count").all_inner_texts()


@pytest.mark.parametrize(("lang", "name", "size"), [("en", "coal-tar pitch", 10**3), ("zh", "煤沥青", 10**4)])
def test_coke_to_pitch_by_mouse(page: Page, kg: KnowledgeGraph, lang: str, name: str, size: int):
    page.goto(f"/potential?lang={lang}")
    page.locator("select[name=material]").select_option("metallurgical-coke")
    page.locator("select[name=to]").select_option("coal-tar-pitch")
    assert shown(page, name) == expected(kg, "coal-tar-pitch", size)
    # the address holds the state, and no button was pressed
    page.wait_for_url("**to=coal-tar-pitch**")
    page.reload()
    assert shown(page, name) == expected(kg, "coal-tar-pitch", size)
    drawn = page.locator("svg.ranges:visible .range").count()
    assert drawn == page.locator("table.potential tr.yield, table.potential tr.start").count()


def test_coke_to_pitch_by_keyboard_alone(page: Page, kg: KnowledgeGraph):
    page.goto("/potential?lang=en")
    page.locator("#calculator select[name=material]").focus()
    page.keyboard.type("metallurgical coke")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.type("Mt")
    page.keyboard.press("Tab")
    page.keyboard.type("coal-tar pitch")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shown(page, "coal-tar pitch") == expected(kg, "coal-tar-pitch", 10**3)
    assert "coal-tar pitch" in page.locator("#said").inner_text()


def test_an_own_value_fills_a_gap_while_one_types(page: Page):
    page.goto("/potential?lang=en&material=coal-tar&amount=1&unit=Mt")
    assert page.locator("tr.stop", has_text="Delayed coking").count() == 1
    field = page.locator("tr.stop", has_text="Delayed coking").locator("input")
    field.focus()
    page.keyboard.type("0.5")
    page.locator("tr.own", has_text="green needle coke").first.wait_for()
    assert page.evaluate("document.activeElement.name") == "own-delayed-coking"
    page.wait_for_url("**set=delayed-coking%3D0.5**")
    # a value that cannot be is told, and what was typed is not lost
    page.keyboard.type("e9")
    page.locator("#result [role=alert]").wait_for()
    assert page.locator("input[name=own-delayed-coking]").input_value() == "0.5e9"


def test_the_calculator_works_without_scripts(browser, site, kg: KnowledgeGraph):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.goto("/potential?lang=en")
    page.locator("select[name=material]").select_option("metallurgical-coke")
    page.locator("select[name=to]").select_option("coal-tar-pitch")
    page.get_by_role("button", name="Calculate").click()
    assert shown(page, "coal-tar pitch") == expected(kg, "coal-tar-pitch", 10**3)
    context.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "path",
    [
        "/chains", "/chains/coal-tar-to-battery-materials", "/chains/coal-tar-to-anode-material",
        "/chains/mine-waste-to-building-materials", "/potential?material=coking-coal&amount=10&unit=Mt",
    ],
)  # fmt: skip
def test_the_page_fits_and_no_text_leaves_its_box(page: Page, path: str, lang: str):
    page.goto(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    wide = page.evaluate(
        """() => [...document.querySelectorAll("svg.process .node")].flatMap((node) => {
             const box = node.querySelector(".body").getBoundingClientRect();
             return [...node.querySelectorAll("text")].map((text) => text.getBoundingClientRect())
               .filter((line) => line.left < box.left - 1 || line.right > box.right + 1).map(() => node.textContent);
           })"""
    )
    assert wide == []


def test_from_the_overview_along_a_chain_to_its_source_by_keyboard(page: Page):
    page.goto("/chains?lang=en")
    page.locator("main").get_by_role("link", name="coal tar to needle coke and graphite anode").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/chains/coal-tar-to-anode-material*")
    chip = page.locator("tr.step details.chip summary").first
    chip.focus()
    page.keyboard.press("Enter")
    assert page.locator("tr.step details.chip[open] dd").first.is_visible()
    page.locator("svg.process a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/**")
