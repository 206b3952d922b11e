"""Pages of things: by parts, counted and cut, each statement with its source, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from anshan_kg.errors import UnknownName
from anshan_kg.model import Table
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.embedded import EmbeddedStore
from anshan_kg.terms import curie, path_of
from anshan_kg.web import create_app, sections
from tests.browser import MARKS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page

    from anshan_kg import KnowledgeGraph

BROWSER = {"Accept": "text/html"}
MOST_QUERIES = 9


def one_of_each_class(kg: KnowledgeGraph) -> dict[str, str]:
    """Return class -> path of the member of it that has most claims' worth of text, by name order."""
    found: dict[str, str] = {}
    for thing, kind in kg.names.types.items():
        path = path_of(thing)
        if path and "#" not in thing and path.startswith(("id/", "scheme/")):
            found.setdefault(kind, path)
    return found


def test_every_class_of_thing_has_a_page_in_both_languages(kg: KnowledgeGraph, client: FlaskClient):
    things = one_of_each_class(kg)
    assert len(things) > 30
    for kind, path in things.items():
        for lang, other in (("en", "zh-Hans"), ("zh", "en")):
            reply = client.get(f"/page/{path}?lang={lang}", headers=BROWSER)
            assert reply.status_code == 200, (kind, path)
            text = reply.text
            assert f'<html lang="{"zh-Hans" if lang == "zh" else "en"}"' in text
            shown = re.sub(r"<(code|title|desc)\b.*?</\1>|<[^>]+>", " ", text.partition("<main")[2])
            assert "akg:" not in shown, (kind, path)
            assert "https://w3id.org/anshan-kg/" not in shown.partition("<footer")[0], (kind, path)
            labels = kg.names.labels[f"https://w3id.org/anshan-kg/{path}"]
            if labels.en != labels.zh:
                assert re.search(rf'<h1>.*<small lang="{other}">', text), (kind, path)


@pytest.mark.parametrize("path", ["id/place/anshan", "scheme/modality/observed", "id/flow/coal-tar", "ont"])
def test_a_page_takes_the_same_few_queries_however_much_there_is(
    kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, path: str
):
    """No look-up for each statement, source or name: the number does not grow with the thing."""
    if path.startswith("id/flow/"):
        path = one_of_each_class(kg)["akg:Flow"]
    service = create_app(kg, DirectRunner(kg.store)).test_client(use_cookies=False)
    service.get("/page/id/place/haicheng", headers=BROWSER)  # what is derived once
    service.get("/page/ont", headers=BROWSER)
    asked: list[str] = []
    plain = EmbeddedStore.query

    def counted(self: EmbeddedStore, text: str, *more: object) -> object:
        asked.append(text)
        return plain(self, text, *more)

    monkeypatch.setattr(EmbeddedStore, "query", counted)
    assert service.get(f"/page/{path}?lang=zh", headers=BROWSER).status_code == 200
    assert len(asked) <= MOST_QUERIES
    first = len(asked)
    assert service.get(f"/page/{path}?lang=zh", headers=BROWSER).status_code == 200
    assert len(asked) == first, "the page is kept by version, address and language"


def test_what_is_long_is_counted_and_paged(kg: KnowledgeGraph, client: FlaskClient):
    """The city has more in it than a page shows; all of it can be had, page by page."""
    whole = client.get("/page/id/place/anshan?lang=en", headers=BROWSER).text
    group = next(each for each in kg.dossier("Anshan").groups if each.key == "^akg:locatedIn")
    assert group.shown < group.total
    assert "?of=%5Eakg%3AlocatedIn" in whole
    assert f"all {group.total}" in whole
    seen: set[str] = set()
    pages = -(-group.total // 60)
    for number in range(1, pages + 1):
        address = f"/page/id/place/anshan?lang=en&of=%5Eakg:locatedIn&page={number}"
        text = client.get(address, headers=BROWSER).text
        assert f"Page {number} of {pages}" in text
        main = text.partition('<dl class="facts">')[2]
        seen |= set(re.findall(r'<dd class="[^"]*"><a href="/page/([^"]+)"', main))
    assert len(seen) == group.total


@pytest.mark.parametrize(
    ("query", "status"),
    [("of=nonsense", 404), ("of=numbers&page=0", 400), ("of=numbers&page=99", 400), ("page=x", 400)],
)
def test_a_part_that_is_not_there_is_said_to_be_missing(client: FlaskClient, query: str, status: int):
    assert client.get(f"/page/id/place/anshan?{query}", headers=BROWSER).status_code == status


def test_every_statement_of_the_uncut_thing_is_in_the_dossier(kg: KnowledgeGraph):
    """The page and the files for programs say the same."""
    for name in ("coke-oven-gas", "xianshan", "Ansteel Group", "coal-tar-to-battery-materials"):
        whole, cut = kg.entity(name), kg.dossier(name)
        counted = {group.key: group.total for group in cut.groups}
        for statement in whole.statements:
            key = f"{'^' if statement.inverse else ''}{curie(statement.predicate.iri)}"
            if not key.endswith(("chineseNameStatus", "scopeNote", "differentFrom")):
                assert key in counted, (name, key)
        assert {gap.iri for gap in whole.gaps} == {gap.iri for gap in cut.gaps}
    with pytest.raises(UnknownName, match="part of this page"):
        kg.dossier("coke-oven-gas", "akg:operates")


def test_every_property_in_use_has_its_part_of_the_page(kg: KnowledgeGraph):
    """Nothing falls into the part for the rest, so that no relation is put nowhere in particular."""
    known = sections.load()
    placed = {key for section in known.sections for key in section.groups} | known.hidden
    met = {
        group.key
        for path in one_of_each_class(kg).values()
        for group in kg.dossier(f"https://w3id.org/anshan-kg/{path}").groups
    }
    things = ("https://w3id.org/anshan-kg/id/", "https://w3id.org/anshan-kg/scheme/")
    met |= {
        curie(term)
        for term, use in kg.vocabulary.uses.items()
        if term in kg.vocabulary.terms
        and not kg.vocabulary.terms[term].is_class
        and use.subject.startswith(things)
    } - {
        "rdf:type",
        "rdfs:label",
        "skos:altLabel",
        "skos:definition",
        "skos:scopeNote",
        "akg:chineseNameStatus",
        "owl:differentFrom",
    }
    assert sorted(met - placed) == []


def test_a_group_is_in_one_part_of_the_page():
    keys = [key for section in sections.load().sections for key in section.groups]
    twice = {key for key in keys if keys.count(key) > 1}
    assert twice <= {"^dcterms:publisher", "^dcterms:creator", "^akg:originalPublisher"}


def test_unsure_and_inferred_statements_say_so_in_words(client: FlaskClient):
    text = client.get("/page/scheme/material/coke-oven-gas?lang=en", headers=BROWSER).text
    assert re.search(r'<dd class="inferred">.*?inferred</a>', text, re.DOTALL)
    assert "reading unsure" in text
    assert "解读不确定" in client.get("/page/scheme/material/coke-oven-gas?lang=zh", headers=BROWSER).text


def test_numbers_over_time_are_drawn_and_listed(client: FlaskClient):
    text = client.get("/page/id/place/anshan?lang=en", headers=BROWSER).text
    assert 'class="picture trend"' in text
    assert "215.6 billion CNY" in text
    chinese = client.get("/page/id/place/anshan?lang=zh", headers=BROWSER).text
    assert "2156亿元" in chinese


def test_records_elsewhere_are_named_with_the_kind_of_match(client: FlaskClient):
    text = client.get("/page/scheme/material/coke-oven-gas?lang=en", headers=BROWSER).text
    assert re.search(r"matches closely.*coal gas.*Open English WordNet", text, re.DOTALL)


def test_the_query_about_a_thing_runs(kg: KnowledgeGraph):
    found = kg.sparql(kg.about("coke-oven-gas", "zh"))
    assert isinstance(found, Table)
    assert len(found) > 5


def test_the_ontology_page_has_every_term_in_both_languages(kg: KnowledgeGraph, client: FlaskClient):
    english = client.get("/page/ont?lang=en", headers=BROWSER).text
    chinese = client.get("/page/ont?lang=zh", headers=BROWSER).text
    rows = kg.terms().texts()
    assert len(rows) > 150
    for row in rows:
        local = row["term"].rpartition("#")[2]
        for text, definition in ((english, row["definitionEn"]), (chinese, row["definitionZh"])):
            assert f'id="{local}"' in text
            assert all(name in text for name in (row["labelEn"], row["labelZh"])), local
            assert definition.replace("'", "&#39;") in text, local
    for scheme in kg.vocabulary.schemes:
        assert f'id="scheme-{scheme.iri.rpartition("/")[2]}"' in english


def test_links_within_the_ontology_page_lead_somewhere(client: FlaskClient):
    text = client.get("/page/ont?lang=zh", headers=BROWSER).text
    targets = set(re.findall(r' id="([^"]+)"', text))
    assert len(targets) == len(re.findall(r' id="', text)), "an id stands once"
    assert set(re.findall(r'href="#([^"]+)"', text)) - targets == set()


class TestInTheBrowser:
    """What a visitor does, by mouse and by keyboard alone."""

    pytestmark = MARKS

    def test_a_chip_opens_and_closes_by_mouse(self, page: Page):
        page.goto("/page/scheme/material/hydrogen?lang=en")
        chip = page.locator("details.chip").first
        chip.locator("summary").click()
        assert chip.evaluate("chip => chip.open")
        assert chip.locator("dl").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    def test_a_chip_opens_by_keyboard_and_escape_gives_the_focus_back(self, page: Page):
        page.goto("/page/scheme/material/hydrogen?lang=zh")
        chip = page.locator("details.chip").first
        chip.locator("summary").focus()
        page.keyboard.press("Enter")
        assert chip.evaluate("chip => chip.open")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        assert not chip.evaluate("chip => chip.open")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"

    def test_the_ontology_is_sifted_by_either_name(self, page: Page):
        page.goto("/page/ont?lang=en")
        page.locator("#sift").fill("矿山")
        shown = page.locator(".terms-list li:visible a")
        assert "mine" in shown.all_inner_texts()
        assert shown.count() < 12
        page.locator(".terms-list li:visible a", has_text="mine").first.click()
        assert page.url.endswith("#Mine") or "#" in page.url

    @pytest.mark.parametrize("path", ["/", "/page/ont", "/page/id/place/anshan", "/page/id/mine/xianshan"])
    def test_a_page_fits_its_window(self, page: Page, path: str):
        page.goto(f"{path}?lang=zh")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
