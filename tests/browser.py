"""
A real browser at the real pages: Debian's Chromium, which fails a test for any error in the console.

Tests have `pytestmark = MARKS` and ask for `page`, or for `browser` and `site`.
"""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from anshan_kg import KnowledgeGraph

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
"""How the browser is started: in a container, and silent towards its makers."""

MARKS = [
    pytest.mark.browser,
    # werkzeug's development server leaves a file to the garbage collector where a browser hangs up
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
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
    from tests.conftest import need  # noqa: PLC0415 - which has these fixtures for all tests

    need(program, "Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to import

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=FLAGS)
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
