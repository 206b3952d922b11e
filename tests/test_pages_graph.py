"""The graph explorer in a real browser: by mouse, by keyboard alone, and from an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.browser import MARKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS

FOCUS = "/graph?focus=mine:xianshan&lang=en"


def drawn(page: Page) -> None:
    """Wait for the picture."""
    page.wait_for_selector("#graph-list [role=option]")
    page.wait_for_selector("#explorer:not([aria-busy])")


def places(page: Page) -> dict[str, Any]:
    """Where things stand, as the drawing has it."""
    found: dict[str, Any] = page.evaluate(
        "Object.fromEntries(document.getElementById('graph-canvas')._cyreg.cy.nodes()"
        ".map((node) => [node.id(), node.position()]))"
    )
    return found


def state(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def requests(page: Page) -> list[str]:
    """The data that is asked for from now on; browsers ask for the icon again at every change of address."""
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url) if ".json" in each.url else None)
    return asked


def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as loading:
        page.get_by_role("link", name=name, exact=True).click()
    return loading.value.path().read_bytes()


def test_explore_expand_find_a_way_and_export_by_mouse(page: Page):
    page.goto("/graph?lang=en")
    drawn(page)
    page.get_by_role("combobox", name="Add a thing").fill("西鞍山")
    page.locator("#graph-add-form [role=option]").first.click()
    page.wait_for_url("**select=mine:xianshan*")
    drawn(page)
    assert "Xi'anshan iron mine" in page.inner_text("#graph-panel h2")
    before = places(page)
    page.locator("#graph-list [role=option]", has_text="Ansteel Group Mining").click()
    asked = requests(page)
    page.locator("#graph-panel").get_by_role("button", name="operates → mine").click()
    page.wait_for_selector("#graph-status:has-text('added')")
    assert len(asked) == 1
    after = places(page)
    assert {thing: after[thing] for thing in before} == before
    assert len(after) > len(before)
    page.get_by_role("combobox", name="From", exact=True).fill("Xi'anshan iron mine")
    page.get_by_role("combobox", name="To", exact=True).fill("hydrogen")
    page.get_by_role("button", name="Find ways").click()
    page.wait_for_selector("#graph-ways li")
    assert "/why?" in (page.locator("#graph-ways a").first.get_attribute("href") or "")
    page.locator("#graph-ways li").first.get_by_role("button", name="Show").click()
    page.wait_for_selector("#graph-list [role=option]:has-text('hydrogen')")
    root = ET.fromstring(saved(page, "GEXF"))  # noqa: S314 - our own
    nodes = root.findall(".//{http://www.gexf.net/1.3}node") or root.findall(".//{http://gexf.net/1.3}node")
    assert len(nodes) == page.locator("#graph-list [role=option]").count()


def test_the_same_by_keyboard_alone(page: Page):
    page.goto("/graph?lang=en")
    drawn(page)
    page.locator("#graph-add").focus()
    page.keyboard.type("xianshan")
    page.wait_for_selector("#graph-add-form [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**select=mine:xianshan*")
    drawn(page)
    tab_to(page, "graph-list")
    count = page.locator("#graph-list [role=option]").count()
    page.keyboard.press("End")
    last = state(page)["select"]
    page.keyboard.press("Home")
    assert state(page)["select"] != last
    page.keyboard.type("ans")  # letters go to a name
    chosen = page.locator("#graph-list [aria-selected=true]").inner_text()
    assert chosen.lower().startswith("ans")
    page.keyboard.press("Enter")
    page.wait_for_selector("#graph-status:has-text('added')")
    grown = page.locator("#graph-list [role=option]").count()
    assert grown > count
    page.keyboard.press("End")
    page.keyboard.press("Delete")
    page.wait_for_url("**drop=**")
    assert page.locator("#graph-list [role=option]").count() == grown - 1
    tab_to(page, "from")
    page.keyboard.type("mine:xianshan")
    page.keyboard.press("Tab")
    page.keyboard.type("material:hydrogen")
    page.keyboard.press("Enter")
    page.wait_for_selector("#graph-ways li button")
    page.locator("#graph-ways li button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#graph-list [role=option]:has-text('hydrogen')")
    page.get_by_role("link", name="GEXF", exact=True).focus()
    with page.expect_download() as loading:
        page.keyboard.press("Enter")
    assert b"gexf" in loading.value.path().read_bytes()


def tab_to(page: Page, name: str) -> None:
    """Go on by Tab until the element of an id or a name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(
            "[document.activeElement.id, document.activeElement.name].includes(" + repr(name) + ")"
        ):
            return
    raise AssertionError(f"no way to {name} by Tab")


def test_an_address_shows_the_same_picture_again(page: Page):
    page.goto(FOCUS)
    drawn(page)
    page.locator("#graph-list [role=option]", has_text="Ansteel Group Mining").click()
    page.locator("#graph-panel").get_by_role("button", name="Expand all").click()
    page.wait_for_selector("#graph-status:has-text('added')")
    page.locator("#graph-relations").get_by_label("is located in").uncheck()
    page.wait_for_url("**hide=akg:locatedIn**")
    page.locator("#graph-list [role=option]", has_text="iron ore").first.click()
    page.locator("#graph-panel").get_by_role("button", name="Remove").click()
    page.wait_for_url("**drop=material:iron-ore**")
    before, status, address = places(page), page.inner_text("#graph-types"), page.url
    asked = requests(page)
    page.goto("/about")
    page.goto(address)
    drawn(page)
    assert len([each for each in asked if "graph.json" in each]) == 1
    assert places(page) == before
    assert page.inner_text("#graph-types") == status
    assert not page.locator("#graph-relations").get_by_label("is located in").is_checked()


def test_steps_can_be_undone_and_done_again_without_a_request(page: Page):
    page.goto(FOCUS)
    drawn(page)
    first = places(page)
    page.locator("#graph-list [role=option]", has_text="Ansteel Group Mining").click()
    page.locator("#graph-panel").get_by_role("button", name="Expand all").click()
    page.wait_for_selector("#graph-status:has-text('added')")
    second = places(page)
    asked = requests(page)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("#graph-redo:enabled")
    assert places(page) == first
    page.get_by_role("button", name="Redo").click()
    page.wait_for_selector("#graph-redo:disabled")
    assert places(page) == second
    assert asked == []


def test_selecting_moves_nothing_and_marks_the_neighbours(page: Page):
    page.goto("/graph?lang=zh")
    drawn(page)
    before = places(page)
    asked = requests(page)
    for at in (0, 5, 9):
        page.locator("#graph-list [role=option]").nth(at).click()
        assert page.locator("#graph-list [aria-selected=true]").count() == 1
        assert page.evaluate("document.getElementById('graph-canvas')._cyreg.cy.nodes('.near').length") >= 2
    assert places(page) == before
    assert asked == []


def test_hiding_a_class_takes_its_things_out_and_back(page: Page):
    page.goto(FOCUS)
    drawn(page)
    count = page.locator("#graph-list [role=option]").count()
    page.locator("#graph-types").get_by_label("place").uncheck()
    page.wait_for_url("**hide=akg:Place**")
    assert 0 < page.locator("#graph-list [role=option]").count() < count
    page.locator("#graph-types").get_by_label("place").check()
    page.wait_for_function("() => !location.search.includes('hide')")
    assert page.locator("#graph-list [role=option]").count() == count


def test_the_view_is_saved_as_svg_and_png(page: Page):
    page.goto(FOCUS)
    drawn(page)
    with page.expect_download() as loading:
        page.get_by_role("button", name="SVG", exact=True).click()
    root = ET.fromstring(loading.value.path().read_bytes())  # noqa: S314 - our own
    assert "Xi'anshan" in "".join(root.itertext())
    with page.expect_download() as loading:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert loading.value.path().read_bytes().startswith(b"\x89PNG")


def test_layers_are_a_layout_that_the_address_keeps(page: Page):
    page.goto(FOCUS)
    drawn(page)
    free = places(page)
    page.get_by_role("button", name="In layers").click()
    page.wait_for_url("**layout=layered**")
    layered = places(page)
    assert layered != free
    page.reload()
    drawn(page)
    assert places(page) == layered


def test_a_thing_that_is_not_there_is_told_and_the_overview_shown(page: Page):
    page.goto("/graph?thing=nobody-of-that-name&lang=en")
    drawn(page)
    assert "nobody-of-that-name" in page.inner_text(".problem")
    assert page.locator("#graph-list [role=option]").count() > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_theme_of_the_page(page: Page, scheme: str):
    page.emulate_media(color_scheme="dark" if scheme == "light" else "light")
    page.goto(FOCUS)
    drawn(page)
    colour = "document.getElementById('graph-canvas')._cyreg.cy.nodes()[0].style('color')"
    before = page.evaluate(colour)
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    page.wait_for_timeout(100)
    assert page.evaluate(colour) != before
