"""Pages in a real browser: both languages, narrow and wide, light and dark, nothing from elsewhere."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from tests.conftest import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from anshan_kg import KnowledgeGraph

pytestmark = [
    pytest.mark.browser,
    # werkzeug's development server leaves a file to the garbage collector where a browser hangs up
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

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


@pytest.fixture(scope="module")
def site(kg: KnowledgeGraph) -> Iterator[str]:
    """Address of the running service."""
    server = make_server("127.0.0.1", 0, create_app(kg, DirectRunner(kg.store)), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that ANSHAN_KG_TEST_CHROMIUM names."""
    program = (
        os.environ.get("ANSHAN_KG_TEST_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
    )
    need(program, "Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to import

    with sync_playwright() as play:
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ]
        started = play.chromium.launch(executable_path=program, args=flags)
        yield started
        started.close()


@pytest.fixture(params=[360, 1280], ids=["narrow", "wide"])
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """A fresh page that fails the test on any error, and on any request to another host."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, base_url=site)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "request", lambda asked: None if asked.url.startswith((site, "data:")) else troubles.append(asked.url)
    )
    opened.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type == "error" and "responded with a status of 4" not in said.text
            else None
        ),
    )
    yield opened
    context.close()
    assert troubles == []


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
    for _ in range(2):
        page.keyboard.press("Tab")
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
