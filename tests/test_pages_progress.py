"""Promises on a time line and contradictions on one scale: drawn from the data, and usable by everybody."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from anshan_kg.drawing import dots, timeline
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from tests.browser import MARKS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page

    from anshan_kg import KnowledgeGraph

SVG = "{http://www.w3.org/2000/svg}"
WORDS = timeline.Words("Promises", "Years across", "Lanes", "No year", "now")
STATUSES = ("met", "missed", "contradicted", "open", "unknown")


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> FlaskClient:
    """The service."""
    return create_app(kg, DirectRunner(kg.store)).test_client()


def pictures(text: str, class_: str) -> list[ET.Element]:
    """Return the pictures of a class on a page."""
    found = re.findall(r"<svg [^>]*>.*?</svg>", text, re.DOTALL)
    return [ET.fromstring(each) for each in found if f'class="picture {class_}"' in each]  # noqa: S314 - ours


def links(picture: ET.Element, class_: str) -> list[ET.Element]:
    """Return the links of a picture that have a class."""
    return [each for each in picture.iter(f"{SVG}a") if class_ in (each.get("class") or "").split()]


def middle(mark: ET.Element) -> float:
    """Return the x of a mark: of its circle, its square, or the upper corner of its diamond."""
    face = next(each for each in mark if each.get("class") == "mark-face")
    if face.tag == f"{SVG}circle":
        return float(face.get("cx") or "nan")
    if face.tag == f"{SVG}rect":
        return float(face.get("x") or "nan") + float(face.get("width") or "nan") / 2
    return float((face.get("d") or "").removeprefix("M").split(" ")[0])


def mark(sort: str, year: int | None, status: str = "") -> timeline.Mark:
    return timeline.Mark(sort, year, "6%", f"{sort} {year}", f"#{sort}-{year}", status)


def test_each_mark_stands_at_its_year_and_what_has_none_in_a_column_of_its_own():
    lane = timeline.Lane(
        "growth", (mark("baseline", 2015), mark("target", 2023, "met"), mark("outcome", 2023))
    )
    drawn = timeline.draw(
        [timeline.Group("Anshan", "#a", (lane,), (mark("target", None, "unknown"),))], 2026, WORDS
    )
    picture = ET.fromstring(drawn[1])  # noqa: S314 - ours
    years = {
        each.text or "": float(each.get("x") or "nan")
        for each in picture.iter(f"{SVG}text")
        if (each.text or "").isdigit() and "axis-year" in (each.get("class") or "")
    }
    assert sorted(years) == ["2015", "2023", "2026"]
    for each in links(picture, "mark"):
        year = (each.get("href") or "").rpartition("-")[2]
        if year == "None":
            assert middle(each) > max(years.values())
        else:
            assert middle(each) == pytest.approx(years[year], abs=0.1)


def test_marks_of_one_year_stand_beside_each_other_and_cover_nothing():
    lane = timeline.Lane("start", tuple(mark("target", 2027, "open") for _ in range(3)))
    drawn = timeline.draw([timeline.Group("Mine", "#m", (lane,))], 2026, WORDS)
    found = sorted(middle(each) for each in links(ET.fromstring(drawn[1]), "mark"))  # noqa: S314 - ours
    assert min(b - a for a, b in pairwise(found)) >= timeline.MARK


def test_names_and_years_are_equally_high_so_that_they_scroll_together():
    groups = [
        timeline.Group("一个名称很长很长很长很长很长很长的事物", "#a", (timeline.Lane("产值", (mark("target", 2025, "open"),)),)),
        timeline.Group("Another", "#b", (), tuple(mark("target", None, "unknown") for _ in range(12))),
    ]  # fmt: skip
    left, right = (ET.fromstring(each) for each in timeline.draw(groups, 2026, WORDS))  # noqa: S314 - ours
    assert left.get("height") == right.get("height")
    bands = [
        [each.get("y") for each in one.iter(f"{SVG}rect") if "band" in (each.get("class") or "")]
        for one in (left, right)
    ]
    assert bands[0] == bands[1]


def test_each_sort_and_each_status_has_a_sign_of_its_own():
    """So that no colour stands alone."""
    sorts = {
        str(timeline.sign(sort)).replace(f"mark-{sort}", "") for sort in ("target", "baseline", "outcome")
    }
    assert len(sorts) == 3
    drawn = {
        status: str(timeline.sign("target", status)).replace(f"mark-{status}", "") for status in STATUSES
    }
    assert len(set(drawn.values())) == len(STATUSES)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_promise_has_its_mark_and_its_row(client: FlaskClient, kg: KnowledgeGraph, lang: str):
    text = client.get(f"/progress?lang={lang}").text
    (picture,) = pictures(text, "timeline")
    rows = re.findall(r'<tr id="([^"]+)">', text)
    promised = [each.attrib["href"] for each in links(picture, "mark-target")]
    assert sorted(promised) == sorted(f"#{row}" for row in rows)
    assert len(rows) == len(set(rows)) == len(kg.ask("progress", lang=lang))


def test_marks_stand_at_the_year_that_the_question_gives(client: FlaskClient, kg: KnowledgeGraph):
    (picture,) = pictures(client.get("/progress?lang=en").text, "timeline")
    at = {
        each.text: float(each.get("x") or "nan")
        for each in picture.iter(f"{SVG}text")
        if "axis-year" in (each.get("class") or "")
    }
    years = {row["claim"].rpartition("/")[2]: row["targetYear"] for row in kg.ask("progress").texts()}
    end = max(x for text, x in at.items() if (text or "").isdigit())
    for each in links(picture, "mark-target"):
        year = years[(each.get("href") or "").removeprefix("#")]
        if year:
            assert abs(middle(each) - at[year]) < 40, year
        else:
            assert middle(each) > end


def test_every_outcome_is_a_mark_that_leads_to_what_it_rests_on(client: FlaskClient, kg: KnowledgeGraph):
    text = client.get("/progress?lang=en").text
    (picture,) = pictures(text, "timeline")
    told = {claim for row in kg.ask("progress").texts() for claim in row["outcomeClaims"].split()}
    found = links(picture, "mark-outcome")
    assert len(found) >= len(told) > 0
    for each in found:
        place = (each.get("href") or "").removeprefix("#")
        assert f'id="{place}"' in text
        assert "details" in text[text.index(f'id="{place}"') :][:1500]


def test_half_of_the_promises_are_unknown_and_said_to_be(client: FlaskClient, kg: KnowledgeGraph):
    rows = [row for row in kg.ask("progress").texts() if row["status"] == "unknown"]
    text = client.get("/progress?status=unknown&lang=en").text
    assert len(re.findall(r'<tr id="', text)) == len(rows) > 50
    assert text.count("No source gives an outcome.") + len(re.findall('class="unknown" href', text)) == len(
        rows
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("status=met", lambda row: row["status"] == "met"),
        ("subject=Anshan", lambda row: row["subjectName"] == "Anshan"),
        ("subject=西鞍山铁矿&status=open", lambda row: row["subjectName"] == "Xi'anshan iron mine" and row["status"] == "open"),
        ("modality=forecast", lambda row: row["modalityName"] == "forecast"),
    ],
)  # fmt: skip
def test_a_choice_shows_the_same_on_the_page_and_in_its_files(
    client: FlaskClient, kg: KnowledgeGraph, asked: str, told: object
):
    assert callable(told)
    wanted = {row["claim"] for row in kg.ask("progress").texts() if told(row)}
    assert wanted
    text = client.get(f"/progress?{asked}&lang=en").text
    assert {
        f"https://w3id.org/anshan-kg/id/claim/{slug}" for slug in re.findall('<tr id="([^"]+)">', text)
    } == wanted
    assert {row["claim"] for row in client.get(f"/progress.json?{asked}&lang=en").json or []} == wanted
    assert len(client.get(f"/progress.csv?{asked}&lang=en").text.splitlines()) == len(wanted) + 1
    turtle = client.get(f"/progress.ttl?{asked}").text
    assert all(claim.rpartition("/")[2] in turtle for claim in wanted)


@pytest.mark.parametrize(
    "asked", ["status=done", "kind=Person", "modality=wish", "today=soon", "subject=nobody+of+that+name"]
)
def test_a_choice_that_does_not_exist_is_told(client: FlaskClient, asked: str):
    assert client.get(f"/progress?{asked}").status_code in {400, 404}


def test_nothing_that_fits_is_said_in_words(client: FlaskClient):
    text = client.get("/progress?status=contradicted&lang=zh").text
    assert "没有承诺同时符合这些条件" in text
    assert "mark-target" not in "".join(re.findall(r"<svg [^>]*class=\"picture.*?</svg>", text, re.DOTALL))


def test_numbers_are_written_as_in_the_language(client: FlaskClient):
    assert "100 million t/a" in client.get("/progress?lang=en").text
    assert "1亿吨/年" in client.get("/progress?lang=zh").text


# contradictions


def test_dots_stand_in_the_order_of_their_numbers_and_are_not_averaged():
    sides = [dots.Side(str(n), n, n, str(n), str(n), f"#{n}") for n in (9255.0, 9270.0, 9252.0)]
    drawn = ET.fromstring(dots.draw(sides, "t", "d", "km²", str))  # noqa: S314 - ours
    found = {
        (each.get("href") or "#0")[1:]: float(circle.get("cx") or "nan")
        for each in links(drawn, "dots-side")
        for circle in each.iter(f"{SVG}circle")
    }
    assert len(found) == len(sides)
    assert sorted(found, key=lambda each: found[each]) == sorted(found, key=float)
    spread = (found["9255.0"] - found["9252.0"]) / (found["9270.0"] - found["9252.0"])
    assert spread == pytest.approx(3 / 18, abs=0.01)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (9255.0, 9270.0), (-3.0, 5.0), (0.0002, 0.0009), (4.0e9, 2.6e10)]
)
def test_ticks_are_round_few_and_within(low: float, high: float):
    found = dots.ticks(low, high, 5)
    assert 2 <= len(found) <= 6
    assert all(low - 1e-9 <= each <= high + 1e-9 for each in found)


def test_a_scale_holds_only_what_counts_the_same_in_the_same_unit(kg: KnowledgeGraph):
    scales = [scale for each in kg.disputes for scale in each.scales]
    assert scales
    for scale in scales:
        assert len({side.scale for side in scale}) == 1
        assert len({(side.unit.en, side.sort) for side in scale}) == 1
        assert all(side.counted.en and side.counted.zh for side in scale)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_contradiction_has_its_sides_with_source_chip_and_an_anchor(
    client: FlaskClient, kg: KnowledgeGraph, lang: str
):
    text = client.get(f"/conflicts?lang={lang}").text
    rows = kg.ask("conflicts", lang=lang).texts()
    assert {each.slug for each in kg.disputes} == {row["conflict"].rpartition("/")[2] for row in rows}
    for each in kg.disputes:
        section = text[text.index(f'id="{each.slug}"') :].partition("</section>")[0]
        assert len(re.findall('<div class="side(?: preferred)?"', section)) == len(each.sides)
        assert section.count('<details class="chip') == len(each.sides), each.slug
        assert {side.claim for side in each.sides} == {
            row["claim"] for row in rows if row["conflict"] == each.iri
        }


def test_what_is_relied_on_is_marked_and_where_nothing_is_that_is_said(
    client: FlaskClient, kg: KnowledgeGraph
):
    text = client.get("/conflicts?lang=en").text
    preferred = sum(any(side.preferred for side in each.sides) for each in kg.disputes)
    assert 0 < preferred < len(kg.disputes)
    assert text.count("✓ relied on") == sum(side.preferred for each in kg.disputes for side in each.sides)
    assert text.count("None of these is relied on") == len(kg.disputes) - preferred


@pytest.mark.parametrize(
    "asked", ["kind=factors", "kind=part-exceeds-whole", "subject=Anshan", "kind=numbers&subject=西鞍山铁矿"]
)
def test_contradictions_are_chosen_the_same_on_the_page_and_in_its_files(client: FlaskClient, asked: str):
    shown = set(
        re.findall(r'<section class="conflict" id="([^"]+)"', client.get(f"/conflicts?{asked}&lang=en").text)
    )
    assert shown
    rows = client.get(f"/conflicts.json?{asked}&lang=en").json or []
    assert {row["conflict"].rpartition("/")[2] for row in rows} == shown


class TestInABrowser:
    """By mouse and by keyboard alone."""

    pytestmark = MARKS

    def test_a_mark_opens_its_evidence(self, page: Page):
        page.goto("/progress?subject=Anshan&lang=en")
        mark = page.locator("svg.timeline a.mark-met").first
        mark.click()
        row = page.locator("tr:target")
        row.wait_for()
        assert row.locator("details.chip[open]").count() == 1

    def test_a_mark_is_reached_and_opened_by_keyboard(self, page: Page):
        page.goto("/progress?subject=Anshan&status=met&lang=zh")
        mark = page.locator("svg.timeline a.mark-met").first
        mark.focus()
        page.keyboard.press("Enter")
        page.locator("tr:target details.chip[open]").wait_for()
        assert page.evaluate("document.activeElement.localName") == "summary"

    def test_a_choice_applies_at_once_and_keeps_its_place(self, page: Page):
        page.goto("/progress?lang=en")
        with page.expect_navigation():
            page.locator("select[name=status]").select_option("met")
        assert "status=met" in page.url
        assert "kind=" not in page.url
        assert page.evaluate("document.activeElement.name") == "status"
        assert page.locator("tr[id] td.met").count() == page.locator("tr[id]").count() > 0

    def test_names_stay_in_sight_while_years_are_scrolled(self, page: Page):
        page.goto("/progress?lang=en")
        box = page.locator(".wide:has(.lines)")
        before = page.locator("svg.lanes").bounding_box()
        box.evaluate("each => each.scrollTo(400, 0)")
        after = page.locator("svg.lanes").bounding_box()
        assert before
        assert after
        assert abs(before["x"] - after["x"]) < 2

    def test_without_a_script_form_and_evidence_work(self, browser, site: str):
        context = browser.new_context(java_script_enabled=False, base_url=site)
        page = context.new_page()
        page.goto("/progress?lang=en")
        page.locator("select[name=status]").select_option("missed")
        page.get_by_role("button", name="Show", exact=True).click()
        assert "status=missed" in page.url
        page.locator("tr[id] details.chip summary").first.click()
        assert page.locator("details.chip[open]").count() == 1
        context.close()

    def test_a_dot_leads_to_its_side(self, page: Page):
        page.goto("/conflicts?lang=en")
        page.locator("#area-of-anshan svg.dots a").first.click()
        page.locator(".side:target details.chip[open]").wait_for()
