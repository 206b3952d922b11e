"""What holds for every page: it fits, it is accessible, it is valid HTML, it is light, and its links lead somewhere."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
import subprocess
from collections import defaultdict
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from tests.addresses import PAGES, PROBLEMS, in_language, routes
from tests.conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from anshan_kg import KnowledgeGraph

MODULES = ROOT / "client" / "node_modules"
AXE, VNU = MODULES / "axe-core" / "axe.min.js", MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
BROWSER = {"Accept": "text/html"}
KILO = 1000

BUDGETS = {
    "/": 30,
    "/page/id/mine/xianshan": 30,
    "/page/id/place/anshan": 30,
    "/sparql": 200,
    "/graph": 220,
}
"""Kilobytes of script, packed, that a page may load before it is used."""

ASKING = ("/graph", "/map", "/sparql")
"""Pages whose scripts ask the service for more before they are done."""

SHARDS = 4
"""Parts of the crawl, which can run side by side."""

EACH_ALIKE = 25
"""Of the files of things and of the pages that are made of an address (a query about a thing, the graph
around it), which every thing has alike, the crawl opens one in so many."""


@pytest.fixture(scope="module")
def app(kg: KnowledgeGraph) -> Flask:
    return create_app(kg, DirectRunner(kg.store))


@pytest.fixture(scope="module")
def reader(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def test_every_route_that_shows_a_page_is_looked_at(app: Flask):
    adapter = app.url_map.bind("localhost")
    looked_at = {adapter.match(urlsplit(path).path, return_rule=True)[0].rule for path in PAGES}
    assert routes(app) == looked_at


# as it looks


WIDTHS = {"narrow": 360, "wide": 1280}


@pytest.fixture(params=list(WIDTHS.values()), ids=list(WIDTHS))
def watched(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[tuple[Page, list[str]]]:
    """A page of a width, and what went wrong in it."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, base_url=site)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith((site, "data:", "blob:")) else troubles.append(asked.url),
    )
    opened.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type in {"error", "warning"} and "responded with a status of 4" not in said.text
            else None
        ),
    )
    yield opened, troubles
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES + PROBLEMS)
def test_a_page_fits_and_is_accessible_by_day_and_by_night(
    watched: tuple[Page, list[str]], path: str, lang: str
):
    """No error, nothing from elsewhere, no scrolling sideways, no word left untranslated, nothing serious by axe."""
    need(AXE.is_file(), "axe-core (npm ci in client/)")
    page, troubles = watched
    serious: dict[str, list[str]] = {}
    calm: Literal["networkidle", "load"] = "networkidle" if path.startswith(ASKING) else "load"
    reply = page.goto(in_language(path, lang), wait_until=calm)
    assert reply
    assert (reply.status < 400) == (path in PAGES)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
        rules = "{}" if scheme == "light" else "{runOnly: ['color-contrast', 'link-in-text-block']}"
        found = page.evaluate(f"axe.run(document, {rules}).then((found) => found.violations)")
        serious |= {
            f"{each['id']} ({scheme})": [node["html"][:200] for node in each["nodes"][:5]]
            for each in found
            if each["impact"] in {"serious", "critical"}
        }
    assert page.locator("html").get_attribute("lang") == ("zh-Hans" if lang == "zh" else "en")
    assert page.locator("h1:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    assert serious == {}
    assert troubles == []


def test_a_script_finds_every_word_it_asks_for():
    """`t("...")` in the scripts names words that the catalogues have; nothing shows a key instead."""
    import tomllib  # noqa: PLC0415

    have: dict[str, set[str]] = {}
    for lang in ("en", "zh"):
        have[lang] = set()
        for file in (ROOT / "src/anshan_kg/web/messages" / lang).glob("*.toml"):
            have[lang] |= set(tomllib.loads(file.read_text(encoding="utf-8")).get("script", {}))
    source = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "client/src").rglob("*.ts"))
    asked = set(re.findall(r"\bt\(\s*[\"']([\w.-]+)[\"']", source))
    assert have["en"] == have["zh"]
    assert asked <= have["en"]
    assert {word for word in have["en"] if f'"{word}"' not in source and not _made(word, source)} == set()


def _made(word: str, source: str) -> bool:
    """Whether a script makes a word of the catalogue from parts, such as t(`kind_${kind}`)."""
    return any(word.startswith(start) for start in re.findall(r"\bt\(\s*`([\w.-]+)\$\{", source))


# as it is written


def test_the_html_of_every_page_is_valid(reader: FlaskClient, tmp_path: Path):
    java = shutil.which("java")
    need(java, "a Java runtime (Debian's package default-jre-headless)")
    need(VNU.is_file(), "the Nu validator (npm ci in client/)")
    assert java
    names = {}
    for number, path in enumerate(PAGES + PROBLEMS):
        for lang in ("en", "zh"):
            file = tmp_path / f"{number}-{lang}.html"
            file.write_bytes(reader.get(in_language(path, lang), headers=BROWSER).data)
            names[file.name] = in_language(path, lang)
    done = subprocess.run(
        [
            java,
            "-jar",
            str(VNU),
            "--format",
            "json",
            "--stdout",
            "--exit-zero-always",
            *map(str, tmp_path.iterdir()),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    wrong = defaultdict(set)
    for said in json.loads(done.stdout)["messages"]:
        if said["type"] != "info" or said.get("subType") == "warning":
            wrong[said["message"]].add(
                f"{names[said['url'].rpartition('/')[2]]}: {said.get('extract', '')[:120]}"
            )
    assert {message: sorted(where)[:4] for message, where in wrong.items()} == {}


# how much there is to load


@pytest.mark.browser
@pytest.mark.parametrize("path", BUDGETS)
def test_a_page_loads_no_more_script_than_its_budget(browser: Browser, site: str, path: str):
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto(in_language(path, "zh"), wait_until="networkidle")
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').filter((each) => each.name.endsWith('.js'))"
        ".map((each) => [each.name, each.encodedBodySize])"
    )
    context.close()
    assert loaded
    assert all(size > 0 for _, size in loaded)
    assert sum(size for _, size in loaded) < BUDGETS[path] * KILO, loaded


# where it leads


def links(address: str, text: str) -> set[str]:
    """Return the addresses on this site that a page leads to or loads, the language left out."""
    found = re.findall(r"\s(?:href|src|action)=\"([^\"]*)\"", text)
    whole = {urljoin(address, html.unescape(each)) for each in found}
    local = {each for each in whole if each.startswith("/") and not each.startswith("//")}
    return {re.sub(r"[?&]lang=(en|zh)(?=$|&|#)", "", each) for each in local}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_link_of_the_site_leads_somewhere(app: Flask, kg: KnowledgeGraph, shard: int):
    """From the pages, and from the page of every thing there is; a fragment names a part of its page."""
    reader = app.test_client(use_cookies=False)
    things = sorted({f"/page/{path}" for thing in kg.names.types if (path := _path(thing))})
    own = [*PAGES, *things][shard::SHARDS]
    known = set(things)  # all parts of the crawl together open them
    parts: dict[str, set[str]] = {}
    asked: dict[str, int] = {}
    broken: dict[str, str] = {}
    alike = itertools.count()
    for number, address in enumerate(own):
        reply = reader.get(in_language(address, ("en", "zh")[number % 2]), headers=BROWSER)
        if reply.status_code != 200:
            broken[address] = f"it is {reply.status_code}"
            continue
        for link in links(address, reply.text):
            target, _, part = link.partition("#")
            if target not in asked and target not in known:
                sampled = not _is_alike(target, known) or next(alike) % EACH_ALIKE == 0
                asked[target] = _status(reader, target) if sampled else 200
            if asked.get(target, 200) >= 400:
                broken[link] = f"{asked[target]}, from {address}"
            if part and part not in _parts_of(reader, target, parts):
                broken[link] = f"no such part, from {address}"
    assert broken == {}


def _path(thing: str) -> str:
    from anshan_kg.terms import path_of  # noqa: PLC0415

    path = path_of(thing) or ""
    return path if path.startswith(("id/", "scheme/")) else ""


def _is_alike(address: str, known: set[str]) -> bool:
    """Whether an address is of a kind that every thing has one of; see `EACH_ALIKE`."""
    found = re.fullmatch(r"/doc/(.+)\.(?:ttl|nt|rdf|jsonld|json|csv)", address)
    if found is not None:
        return f"/page/{found[1]}" in known
    return address.startswith(("/graph?", "/sparql?", "/why?", "/page/")) and "?" in address


def _status(reader: FlaskClient, address: str) -> int:
    """Return how an address answers: a file as it is, a page as to a browser, a link to elsewhere as it moves on."""
    with reader.get(address, headers={"Accept": "text/html, */*;q=0.5"}) as reply:
        return reply.status_code


def _parts_of(reader: FlaskClient, address: str, kept: dict[str, set[str]]) -> set[str]:
    if address not in kept:
        text = reader.get(address, headers=BROWSER).text
        kept[address] = {html.unescape(each) for each in re.findall(r"\sid=\"([^\"]+)\"", text)}
        kept[address] |= {unquote(each) for each in kept[address]}
    return kept[address]
