"""
Pictures of the site for the README: `make pictures` takes them with Debian's Chromium.

They are pictures of the real graph, as it is in the checkout: eight pages, by turns in both languages,
light and dark.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from anshan_kg import KnowledgeGraph
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from tests.addresses import in_language
from tests.browser import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from playwright.sync_api import Page

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is taken: a page in a language, and what is done there before."""

    name: str
    path: str
    lang: str
    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 860
    scroll_to: str = ""
    click: str = ""


PICTURES = (
    Picture("start", "/", "en"),
    Picture("entity", "/page/id/mine/xianshan", "zh"),
    Picture("chain", "/chains/coal-tar-to-anode-material", "en", scroll_to="svg.picture, main svg"),
    Picture("potential", "/potential?material=coke&amount=1&unit=Mt", "zh", "dark", scroll_to="svg"),
    Picture("progress", "/progress", "en"),
    Picture("graph", "/graph?focus=coke-oven-gas&hops=2", "zh"),
    Picture("map", "/map", "en", "dark"),
    Picture("sparql", "/sparql", "zh", click="#run, .run, button.first"),
)


@contextlib.contextmanager
def service() -> Iterator[str]:
    """Give the address of the site on the graph of the checkout."""
    kg = KnowledgeGraph.open()
    server = make_server("127.0.0.1", 0, create_app(kg, DirectRunner(kg.store)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def take(page: Page, picture: Picture) -> Path:
    """Take one picture; return its file."""
    page.goto(in_language(picture.path, picture.lang), wait_until="networkidle")
    if picture.click:
        page.locator(picture.click).first.click()
        page.wait_for_load_state("networkidle")
    if picture.scroll_to:
        page.locator(picture.scroll_to).first.scroll_into_view_if_needed()
    page.wait_for_timeout(800)  # what moves has come to rest
    path = FOLDER / f"{picture.name}.png"
    page.screenshot(path=path)
    return path


def main() -> int:
    """Take all pictures, or those that the command line names."""
    program = shutil.which("chromium")
    if program is None:
        sys.stderr.write("pictures are taken with Chromium: install Debian's package chromium\n")
        return 2
    wanted = set(sys.argv[1:]) or {picture.name for picture in PICTURES}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with service() as base, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        for picture in PICTURES:
            if picture.name in wanted:
                context = browser.new_context(
                    base_url=base,
                    viewport={"width": picture.width, "height": picture.height},
                    color_scheme=picture.scheme,
                    reduced_motion="reduce",
                )
                sys.stdout.write(f"{take(context.new_page(), picture)}\n")
                context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
