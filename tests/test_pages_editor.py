"""The query editor in a real browser, at a real service: completed, mended, run, stopped; by mouse and by keyboard."""

from __future__ import annotations

import re
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from anshan_kg import formats
from anshan_kg.web import assets
from tests import browser as browsers
from tests import processes
from tests.conftest import ROOT, need
from tests.service import Service, running_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = browsers.MARKS

AXE = ROOT / "client" / "node_modules" / "axe-core" / "axe.min.js"
AKG = "PREFIX akg: <https://w3id.org/anshan-kg/ont#>\n"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with query workers, as its users start it."""
    options = ("--query-timeout", "60", "--client-budget", "0", "--max-rows", "2000")
    with running_in_memory(tmp_path_factory.mktemp("editor"), *options) as started:
        yield started


@pytest.fixture(scope="module")
def site(service: Service) -> str:
    return service.base


@pytest.fixture(params=[360, 1280], ids=["narrow", "wide"])
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """As in `browser`, where answers of 4xx and 5xx are part of the test."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, base_url=site, accept_downloads=True
    )
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith((site, "data:", "blob:")) else troubles.append(asked.url),
    )
    opened.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type == "error" and not re.search("responded with a status of [45]", said.text)
            else None
        ),
    )
    yield opened
    context.close()
    assert troubles == []


def editor(page: Page, query: str = "", lang: str = "en") -> None:
    """Open the editor with a query."""
    page.goto(f"/sparql?lang={lang}" + (f"#query={quote(query)}" if query else ""))
    expect(page.locator(".cm-content")).to_be_visible()


def write(page: Page, query: str) -> None:
    """Replace what is written, by the keyboard."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


def written(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_inner_texts())


def ticks(pids: set[int]) -> int:
    """Return the processor time that some processes have used, in clock ticks."""
    total = 0
    for pid in processes.alive(pids):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total


def busy(service: Service) -> int:
    with urllib.request.urlopen(f"{service.base}/metrics") as reply:
        text = reply.read().decode()
    found = re.search(r"^anshan_kg_query_busy ([0-9.]+)$", text, re.MULTILINE)
    assert found, text
    return int(float(found[1]))


def used_within(service: Service, seconds: float) -> int:
    """Return the clock ticks that the service uses in some time."""
    before = ticks(processes.family(service.process.pid))
    time.sleep(seconds)
    return ticks(processes.family(service.process.pid)) - before


def wait_until_idle(service: Service) -> None:
    end = time.monotonic() + 3
    while busy(service):
        assert time.monotonic() < end, "the query still runs on the server"
        time.sleep(0.05)


WRONG = AKG + "SELECT ?step { ?step a akg:ProcessStep ; akg:consumes ?x . FILTR(?x) }"
RIGHT = WRONG.replace(" FILTR(?x)", "")


def test_write_with_an_error_mend_run_and_cancel_a_runaway_by_mouse(page: Page, service: Service):
    editor(page)
    write(page, WRONG)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This is not SPARQL yet")
    page.get_by_role("button", name=re.compile("Go to line 2")).click()
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    write(page, RIGHT)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text(re.compile(r"\d+ rows"))
    expect(page.locator(".answer-grid td a").first).not_to_contain_text("step:")

    write(page, RUNAWAY)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".running")).to_be_visible()
    end = time.monotonic() + 5
    while not busy(service):
        assert time.monotonic() < end
    worked = used_within(service, 0.5)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Cancelled")
    wait_until_idle(service)
    assert used_within(service, 0.5) < worked / 2


def test_write_with_an_error_mend_run_and_cancel_a_runaway_by_keyboard(page: Page, service: Service):
    page.goto("/sparql?lang=en")
    expect(page.locator(".cm-content")).to_be_visible()
    page.locator("h1").click()  # from the top of the page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            "document.activeElement?.shadowRoot?.activeElement?.matches('.cm-content') ?? false"
        ):
            break
    else:
        pytest.fail("the field cannot be reached by Tab")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(WRONG)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is not SPARQL yet")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(RIGHT)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outcome")).to_contain_text(re.compile(r"\d+ rows"))
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(RUNAWAY)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".running")).to_be_visible()
    for _ in range(3):  # Tab leaves the field
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.matches('button.cancel') ?? false"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Cancelled")
    wait_until_idle(service)
    assert page.evaluate("document.activeElement.matches('button.run')")


@pytest.mark.parametrize("typed", ["消", "consum"])
def test_a_property_is_found_by_its_name_in_either_language_and_its_prefix_is_declared(
    page: Page, typed: str
):
    editor(page)
    write(page, "SELECT * {\n  ?s ")
    page.keyboard.type(typed)
    option = page.get_by_role("option", name=re.compile("akg:consumes"))
    expect(option).to_be_visible()
    expect(option).to_contain_text("消耗")
    option.click()
    assert written(page).startswith(f"{AKG}SELECT")
    assert written(page).rstrip("}\n ").endswith("?s akg:consumes")


def test_what_is_offered_fits_the_subject_and_the_predicate(page: Page):
    editor(page)
    write(page, AKG + "SELECT * { ?step a akg:ProcessStep ; ")
    page.keyboard.press("Control+Space")
    options = page.get_by_role("option")
    expect(options.filter(has_text="akg:consumes")).to_be_visible()
    expect(options.filter(has_text="akg:operates")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.insert_text("akg:consumes ")
    page.keyboard.type("焦炉")
    expect(options.first).to_contain_text("material:coke-oven-gas")
    page.wait_for_timeout(150)  # what has only just appeared is not taken by a key
    page.keyboard.press("Enter")
    assert "akg:consumes material:coke-oven-gas" in written(page)
    assert "PREFIX material:" in written(page)


def test_faults_are_marked_where_they_are_and_a_prefix_is_added_by_a_click(page: Page):
    editor(page)
    write(page, "SELECT * { ?s akg:makes ?o }")
    mark = page.locator(".cm-lintRange-error")
    expect(mark.first).to_have_text("akg:")
    mark.first.hover()
    page.get_by_role("button", name="Declare akg:").click()
    assert written(page) == f"{AKG}SELECT * {{ ?s akg:makes ?o }}"
    expect(mark).to_have_count(0)


def test_a_term_nobody_uses_is_doubted(page: Page):
    editor(page)
    write(page, AKG + "SELECT ?s ?lone { ?s akg:consumee ?o }")
    expect(page.locator(".cm-lintRange-warning")).to_have_text(["?lone", "akg:consumee"])


def test_an_iri_under_the_pointer_is_named_and_defined(page: Page):
    editor(page, AKG + "SELECT * { ?s akg:consumes ?o }", lang="zh")
    page.locator(".cm-line").get_by_text("akg:consumes").hover()
    expect(page.locator(".told")).to_contain_text("消耗 · consumes")


def test_tabs_are_kept_and_walked_by_keyboard(page: Page):
    editor(page)
    write(page, "# first\nASK {}")
    page.get_by_role("button", name="New query").click()
    page.keyboard.insert_text("# second\nASK {}")
    expect(page.get_by_role("tab")).to_contain_text(["first", "second"])
    page.reload()
    expect(page.get_by_role("tab", selected=True)).to_contain_text("second")
    page.get_by_role("tab", selected=True).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("first")
    assert written(page).startswith("# first")
    page.keyboard.press("Delete")
    expect(page.get_by_role("tab")).to_contain_text(["second"])
    expect(page.get_by_role("tab")).to_have_count(1)
    page.locator(".close-tab").click()
    assert written(page).strip() in {"", "SELECT …"}


def test_a_shared_link_opens_the_query_and_history_remembers_what_ran(page: Page):
    editor(page)
    write(page, "# shared\nASK { ?s ?p ?o }")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".truth")).to_contain_text("Yes")
    page.get_by_role("button", name="Share").click()
    page.wait_for_url("**#query=*")
    address = page.url
    page.evaluate("localStorage.removeItem('anshan-kg.tabs')")
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".cm-content")).to_contain_text("# shared")
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog")).to_contain_text("# shared")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_example_is_found_by_what_it_is_asked_with_and_runs(page: Page):
    editor(page, lang="zh")
    page.get_by_role("button", name="示例").click()
    page.get_by_role("searchbox", name=re.compile("查找示例")).fill("消耗")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).not_to_have_text(re.compile(r"^64 /"))
    dialog.get_by_role("button", name="载入编辑器").first.click()
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".state.done")).to_be_visible()


VIEWS = {
    "chart": "SELECT ?class (COUNT(?s) AS ?things) { ?s a ?class } GROUP BY ?class ORDER BY DESC(?things) LIMIT 9",
    "line": AKG + "SELECT ?year (COUNT(?s) AS ?claims) { ?s akg:validYear ?year } GROUP BY ?year ORDER BY ?year",
    "sankey": AKG + "SELECT ?source ?target (COUNT(?s) AS ?value) { ?s akg:consumes ?source ; akg:produces ?target } GROUP BY ?source ?target",
    "map": 'SELECT ?name ?lat ?long { VALUES (?name ?lat ?long) { ("a" 41.1 122.9) ("b" 40.8 122.6) } }',
    "graph": AKG + "CONSTRUCT WHERE { ?s akg:operates ?o }",
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_comment_chooses_the_view(page: Page, view: str, lang: str):
    editor(page, f"#view: {view}\n{VIEWS[view]}", lang)
    page.locator("button.run").click()
    drawn = page.locator(".answer svg[role=img]")
    expect(drawn).to_be_visible()
    assert len(drawn.get_attribute("aria-label") or "") > 10
    assert "anshan-kg/" not in (drawn.text_content() or "")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_map_is_drawn_from_wkt_too(page: Page):
    shapes = '("POINT(122.9 41.1)") ("POLYGON((122 40, 123 40, 123 41, 122 40))")'
    editor(page, f"#view: map\nSELECT ?shape {{ VALUES (?shape) {{ {shapes} }} }}")
    page.locator("button.run").click()
    expect(page.locator(".answer svg .spot")).to_have_count(1)
    expect(page.locator(".answer svg .outline")).to_have_count(1)


def test_a_table_is_sorted_paged_and_walked_by_keyboard(page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/sparql/names" in request.url else None)
    editor(page, AKG + "SELECT ?mine ?p ?o { ?mine a akg:Mine ; ?p ?o } ORDER BY ?mine")
    page.locator("button.run").click()
    expect(page.locator(".pager")).to_contain_text("1 to 100 of")
    assert len(asked) == 1, "names are asked for at once"
    heads = page.locator(".answer-grid thead button")
    heads.nth(0).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".answer-grid th").nth(0)).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Enter")
    expect(page.locator(".answer-grid th").nth(0)).to_have_attribute("aria-sort", "descending")
    page.locator(".answer-grid td").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    assert page.evaluate(
        "[document.activeElement.cellIndex, document.activeElement.parentElement.sectionRowIndex]"
    ) == [2, 1]
    page.get_by_role("button", name="Later").click()
    expect(page.locator(".pager")).to_contain_text("101 to")


def test_what_is_cut_off_and_what_is_empty_says_so(page: Page):
    editor(page, "SELECT * { ?s ?p ?o }")
    page.locator("button.run").click()
    expect(page.locator(".cut")).to_contain_text("2000")
    write(page, "SELECT * { ?s <http://nobody.example/says> ?o }")
    page.locator("button.run").click()
    expect(page.locator(".nothing")).to_contain_text("nothing in the graph fits it")


# status, headers, what the reader is told
STATES = [
    (413, {}, "too large"),
    (429, {"Retry-After": "7"}, "in 7 seconds"),
    (503, {"Retry-After": "2"}, "busy"),
    (504, {}, "too long"),
    (507, {}, "memory"),
    (500, {}, "a fault"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "words"), STATES, ids=[str(each[0]) for each in STATES])
def test_each_way_to_fail_is_told_in_its_own_words(
    page: Page, status: int, headers: dict[str, str], words: str
):
    editor(page, "ASK {}")
    page.route("**/sparql", lambda route: route.fulfill(status=status, headers=headers, json={"detail": "x"}))
    page.locator("button.run").click()
    expect(page.locator(".problem")).to_contain_text(words)


def test_a_service_out_of_reach_is_told(page: Page, browser: Browser, site: str):
    context = browser.new_context(base_url=site)
    alone = context.new_page()
    editor(alone, "ASK {}")
    context.set_offline(True)
    alone.locator("button.run").click()
    expect(alone.get_by_role("alert")).to_contain_text("cannot be reached")
    context.close()
    editor(page)


def test_answers_are_saved_in_every_format(page: Page):
    for query, names in (("ASK {}", formats.RESULTS), ("CONSTRUCT WHERE { ?s a ?o }", formats.GRAPHS)):
        editor(page, query)
        page.locator("button.run").click()
        expect(page.locator(".files button")).to_have_text([form.name for form in names])
        with page.expect_download() as saved:
            page.locator(".files button").last.click()
        assert saved.value.suggested_filename == f"answer.{names[-1].extension}"
        page.goto("about:blank")


def test_the_query_comes_as_code(page: Page):
    editor(page, "ASK { ?s ?p ?o }")
    page.get_by_role("button", name="Code", exact=True).click()
    dialog = page.get_by_role("dialog")
    for name in ("curl", "Python (anshan_kg)", "Python (requests)", "R", "JavaScript"):
        part = dialog.locator("details", has=page.get_by_text(name, exact=True))
        if part.get_attribute("open") is None:
            part.locator("summary").press("Enter")
        expect(part.locator("pre")).to_contain_text("ASK { ?s ?p ?o }")
        expect(dialog.locator("details[open]")).to_have_count(1)


def test_without_scripts_there_is_a_form_and_a_table(browser: Browser, site: str):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    plain = context.new_page()
    plain.goto("/sparql?lang=en")
    plain.locator("form.query textarea").fill("SELECT * { ?s ?p")
    with plain.expect_navigation() as moved:
        plain.get_by_role("button", name="Run").click()
    assert moved.value
    assert moved.value.status == 400
    assert "line 1, column" in plain.inner_text("main")
    assert plain.locator("form.query textarea").input_value() == "SELECT * { ?s ?p"
    plain.locator("form.query textarea").fill("SELECT * { ?s ?p ?o } LIMIT 3")
    plain.get_by_role("button", name="Run").click()
    assert plain.locator("tbody tr").count() == 3
    context.close()


def serious(page: Page) -> list[str]:
    """Return what axe-core finds serious or worse."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"
    )
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_opens_is_accessible(page: Page, scheme: Literal["light", "dark"]):
    need(AXE.is_file(), "axe-core (npm ci in client/)")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    faults: list[str] = []
    for view, query in VIEWS.items():
        editor(page, f"#view: {view}\n{query}")
        page.locator("button.run").click()
        expect(page.locator(".answer svg[role=img]")).to_be_visible()
        faults += serious(page)
        page.goto("about:blank")
    editor(page, AKG + "SELECT ?s ?o { ?s akg:consumes ?o }")
    page.locator("button.run").click()
    expect(page.locator(".answer-grid td a").first).to_be_visible()
    faults += serious(page)
    for opens in ("Examples", "History", "Code"):
        page.get_by_role("button", name=opens, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        faults += serious(page)
        page.keyboard.press("Escape")
    write(page, AKG + "SELECT * { ?s a akg:ProcessStep ; ")
    page.keyboard.press("Control+Space")
    expect(page.get_by_role("option").first).to_be_visible()
    # The list is scrolled by the arrow keys of the field, which axe cannot know of a text field.
    faults += [each for each in serious(page) if not each.startswith("scrollable-region-focusable")]
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".problem")).to_be_visible()
    faults += serious(page)
    assert faults == []


def test_the_first_script_of_the_editor_is_under_its_budget():
    assert assets.size("editor.js") < 200_000
    assert assets.size("ask.js") + assets.size("site.js") < 30_000
