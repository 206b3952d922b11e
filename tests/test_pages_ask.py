"""Questions in a real browser: asked, changed, taken away; by mouse and by keyboard, wrong and right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from anshan_kg import queries
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from anshan_kg.web.language import words
from tests import browser as browsers

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from anshan_kg import KnowledgeGraph

pytestmark = browsers.MARKS


def saved(page: Page) -> str:
    """Download the answer as CSV and return it."""
    with page.expect_download() as file:
        page.locator(".files").get_by_role("link", name="csv").press("Enter")
    return file.value.path().read_text(encoding="utf-8")


def test_ask_change_the_parameter_and_download_by_mouse(page: Page):
    page.goto("/ask?lang=en")
    page.get_by_role("link", name=re.compile("Has a mine started")).click()
    page.get_by_label("the mine").select_option(label="Xi'anshan iron mine")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("main")).to_contain_text("Has the Xi'anshan iron mine started producing")
    assert page.get_by_label("the mine").input_value().endswith("/mine/xianshan")
    assert "Xi'anshan" in saved(page)


def test_ask_change_the_parameter_and_download_by_keyboard(page: Page):
    page.goto("/ask/figures?lang=zh")
    field = page.get_by_role("combobox", name="事物")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("陈台沟")
    expect(page.get_by_role("option").first).to_contain_text("陈台沟")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile("陈台沟"))
    page.keyboard.press("Enter")
    page.wait_for_url("**thing=https*chentaigou*")
    expect(page.get_by_role("combobox", name="事物")).to_have_value(re.compile("陈台沟"))
    assert "\n" in saved(page)


@pytest.mark.parametrize(
    ("address", "field", "words"),
    [
        ("/ask/figures?lang=en&thing=nonsense", "the thing", "Nothing is called “nonsense”"),
        ("/ask/milestones?lang=zh&year=soon", "年份", "“soon”不是年份"),
    ],
)
def test_what_is_wrong_is_kept_and_told_beside_its_field(page: Page, address: str, field: str, words: str):
    reply = page.goto(address)
    assert reply
    assert reply.status == 400
    expect(page.locator(".ask-field.wrong label")).to_contain_text(field)
    wrong = page.locator("[aria-invalid=true]")
    assert wrong.input_value() in address
    described = wrong.get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text(words)


def test_no_answer_says_so_and_leads_back(page: Page):
    page.goto("/ask/figures?lang=en&thing=http://www.w3.org/ns/prov%23wasQuotedFrom")
    page.goto("/ask/supported-enterprises?lang=en&measure=capacity-expansion")
    expect(page.locator(".nothing")).to_contain_text("no rows")
    page.get_by_role("link", name="Ask as it was meant").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_the_list_is_narrowed_by_words_by_who_asks_and_by_theme(page: Page):
    page.goto("/ask?lang=zh")
    every = page.locator(".asked li").count()
    assert every == len(queries.names())
    page.get_by_label("包含词语").fill("矿")
    page.get_by_role("button", name="显示").click()
    some = page.locator(".asked li").count()
    assert 0 < some < every
    page.goto("/ask?lang=en&for=journalist")
    assert 0 < page.locator(".asked li").count() < every
    page.goto("/ask?lang=en&about=akg:QuantitativeClaim")
    assert 0 < page.locator(".asked li").count() < every
    page.goto("/ask?lang=en&q=zzz")
    expect(page.locator(".nothing")).to_be_visible()


def test_a_question_opens_in_the_editor(page: Page):
    page.goto("/ask/targets?lang=en")
    page.get_by_role("button", name="Open in the query editor").click()
    expect(page.locator(".cm-content")).to_contain_text("akg:QuantitativeClaim")
    expect(page.locator(".state.done")).to_be_visible()


def test_long_answers_come_in_pages(page: Page):
    page.goto("/ask/statements-by-modality?lang=en")
    page.get_by_role("link", name="Later").click()
    expect(page.locator(".pager")).to_contain_text("51 to 100 of")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_question_works_without_scripts(browser: Browser, site: str):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    plain = context.new_page()
    plain.goto("/ask/figures?lang=en")
    plain.get_by_label("the thing").fill("陈台沟铁矿")
    plain.get_by_role("button", name="Ask", exact=True).click()
    expect(plain.locator("tbody tr").first).to_be_visible()
    plain.get_by_role("button", name="Open in the query editor").click()
    expect(plain.locator("form.query textarea")).to_have_value(re.compile("chentaigou"))
    context.close()


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> FlaskClient:
    return create_app(kg, DirectRunner(kg.store, version=kg.version)).test_client()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", queries.names())
def test_every_question_has_its_page_and_no_raw_iri_on_it(client: FlaskClient, name: str, lang: str):
    reply = client.get(f"/ask/{name}?lang={lang}", headers={"Accept": "text/html"})
    assert reply.status_code == 200
    answer = re.search(r"<tbody>(.*?)</tbody>", reply.text, re.DOTALL)
    shown = re.sub(r"<[^>]*>", " ", answer[1]) if answer else ""
    assert "https://w3id.org/anshan-kg/" not in shown


@pytest.mark.parametrize("name", queries.names())
def test_every_column_of_an_answer_has_a_word_in_both_languages(kg: KnowledgeGraph, name: str):
    for lang in ("en", "zh"):
        known = words(lang, "columns")
        assert [each for each in kg.ask(name).columns if each.removesuffix("Name") not in known] == []


@pytest.mark.parametrize("name", queries.names())
def test_what_a_parameter_is_taken_from_holds_its_sample(kg: KnowledgeGraph, name: str):
    for parameter in queries.load(name).parameters:
        if parameter.of:
            members = {each.iri for each in kg.members(*parameter.of)}
            assert members
            assert parameter.optional or parameter.sample.strip("<>") in members


def test_the_sparql_and_the_statements_have_addresses(client: FlaskClient):
    text = client.get("/ask/figures.rq?thing=chentaigou&lang=zh")
    assert text.mimetype == "application/sparql-query"
    assert "id/mine/chentaigou" in text.text
    assert 'VALUES ?lang { "zh-Hans" }' in text.text
    turtle = client.get("/ask/mines.ttl")
    assert turtle.mimetype == "text/turtle"
    assert "akg:Mine" in turtle.text


def test_the_list_has_its_files(client: FlaskClient):
    listed = client.get("/ask.json").json
    assert listed
    assert {each["name"] for each in listed} == set(queries.names())
    targets = next(each for each in listed if each["name"] == "targets")
    assert "akg:QuantitativeClaim" in targets["uses"]
    assert client.get("/ask.csv").text.count("\n") >= len(queries.names())
    assert "akg:QuantitativeClaim" in client.get("/ask.ttl").text
