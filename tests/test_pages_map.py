"""The map: every mark rests on a record, lies where it says, and can be reached without a mouse or a script."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from anshan_kg.drawing import map as drawn
from anshan_kg.drawing import marks
from anshan_kg.drawing.projection import fit, transverse_mercator
from anshan_kg.drawing.svg import text_width
from anshan_kg.linking.places import distance
from anshan_kg.overviews.positions import KINDS, apart
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.terms import path_of
from anshan_kg.web import create_app
from tests.browser import MARKS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from anshan_kg import KnowledgeGraph

SVG = "{http://www.w3.org/2000/svg}"
WORDS = drawn.Words("Map", "Marks on a grid", "{} together", "km", "N")


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> FlaskClient:
    """The service."""
    return create_app(kg, DirectRunner(kg.store)).test_client()


def point(name: str, latitude: float, longitude: float, kind: str = "mine") -> drawn.Point:
    return drawn.Point(kind, latitude, longitude, name, f"{name}, told", f"#{name}")


# the projection


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((41.12361, 122.99), (40.85158, 122.74754)),
        ((41.28861, 123.765), (40.66472, 122.23176)),
        ((40.29278, 123.27444), (41.27194, 123.17306)),
    ],
)
def test_distances_on_the_map_are_those_on_the_earth(one: tuple[float, float], other: tuple[float, float]):
    """Within the region of the map the projection is true to a thousandth."""
    flat = [transverse_mercator(*each, meridian=123.0) for each in (one, other)]
    assert math.dist(*flat) / 1000 == pytest.approx(distance(one, other), rel=1e-3)


def test_a_degree_along_the_meridian_is_true_and_shapes_are_kept():
    (x, south), (_, north) = transverse_mercator(40, 123, 123), transverse_mercator(41, 123, 123)
    assert x == 0
    assert north - south == pytest.approx(math.radians(1) * 6_371_008.8)
    here, east, up = (
        transverse_mercator(41 + a, 123.5 + b, 123) for a, b in ((0, 0), (0, 0.001), (0.001, 0))
    )
    along, across = (east[0] - here[0], east[1] - here[1]), (up[0] - here[0], up[1] - here[1])
    assert along[0] * across[0] + along[1] * across[1] == pytest.approx(0, abs=0.1)
    assert math.hypot(*along) == pytest.approx(math.hypot(*across) * math.cos(math.radians(41)), rel=1e-3)


def test_a_point_of_the_picture_leads_back_to_its_position():
    frame = fit([(40.3, 122.2), (41.3, 123.8)], 900, left=50, top=10, padding=60)
    for position in ((40.5, 122.5), (41.1, 123.7), (40.3, 122.2)):
        assert frame.position(*frame.point(*position)) == pytest.approx(position, abs=1e-9)


def test_a_frame_holds_all_that_it_is_fitted_to_with_room_around():
    positions = [(40.3, 122.2), (41.3, 123.8), (41.0, 122.9)]
    frame = fit(positions, 900, left=50, top=10, padding=60)
    for x, y in (frame.point(*each) for each in positions):
        assert frame.left + 55 <= x <= frame.left + frame.width - 55
        assert frame.top + 55 <= y <= frame.top + frame.height - 55
    assert fit(positions[:1], 900, left=0, top=0, padding=60).scale > 0


def test_the_scale_bar_is_as_long_as_it_says():
    frame = fit([(40.3, 122.2), (41.3, 123.8)], 900, left=50, top=10, padding=60)
    kilometres, length = drawn.bar(frame.scale)
    a = frame.position(frame.left, frame.top + frame.height / 2)
    b = frame.position(frame.left + length, frame.top + frame.height / 2)
    assert distance(a, b) == pytest.approx(kilometres, rel=2e-3)


# the drawing


def test_labels_cover_neither_each_other_nor_a_mark():
    crowd = [point(f"Mine number {n}", 41 + n % 3 * 0.03, 123 + n * 0.03) for n in range(9)]
    picture = ET.fromstring(drawn.draw([*crowd, point("Far", 40, 122)], WORDS))  # noqa: S314 - ours
    boxes: list[marks.Box] = []
    for text in picture.iter(f"{SVG}text"):
        if text.get("class") == "map-name":
            x, y, width = (
                float(text.get("x") or 0),
                float(text.get("y") or 0),
                text_width(text.text or "", 12.5),
            )
            left = {"start": x, "middle": x - width / 2, "end": x - width}[text.get("text-anchor") or "start"]
            boxes.append((left, y - 10, left + width, y + 3))
    assert len(boxes) > 5
    assert not any(marks.overlap(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_marks_that_would_cover_each_other_are_drawn_as_one_with_their_number():
    near = [point("A", 41, 123), point("B", 41.0001, 123.0001), point("C", 40, 122)]
    text = str(drawn.draw(near, WORDS))
    assert "2 together" in text
    assert text.count('class="map-count"') == 1
    assert "A, told\nB, told" in text


def test_each_kind_has_a_shape_of_its_own_and_so_has_what_is_approximate():
    assert set(drawn.SHAPES) == set(KINDS)
    assert len(set(drawn.SHAPES.values())) == len(KINDS)
    rough = drawn.Point("mine", 41, 123, "A", "A", "#a", approximate=True)
    assert "map-rough" in str(drawn.draw([rough], WORDS))
    assert "map-rough" not in str(drawn.draw([point("A", 41, 123)], WORDS))


# the page


def test_every_position_has_a_source_a_record_a_licence_and_a_claim(client: FlaskClient, kg: KnowledgeGraph):
    found = client.get("/map.geojson")
    assert found.mimetype == "application/geo+json"
    features = (found.json or {})["features"]
    assert len(features) == len(kg.positions) > 10
    for each in features:
        told = each["properties"]
        assert all(
            told[key]
            for key in (
                "iri",
                "name",
                "name_zh",
                "kind",
                "accuracy",
                "record",
                "source",
                "claim",
                "licence",
                "attribution",
            )
        )
        longitude, latitude = each["geometry"]["coordinates"]
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90


def test_positions_are_those_that_the_claims_state(kg: KnowledgeGraph):
    rows = {row["claim"]: float(row["value"]) for row in kg.ask("observations").texts() if row["value"]}
    for each in kg.positions:
        assert rows[each.claims[0]] == each.latitude
        assert rows[each.claims[1]] == each.longitude


def test_what_lies_far_away_is_told_and_not_drawn(client: FlaskClient, kg: KnowledgeGraph):
    """Ma'anshan in Anhui, whose name ends in that of Anshan."""
    near, far = apart(kg.positions)
    assert "maanshan" in {each.thing.iri.rpartition("/")[2] for each in far}
    assert near
    text = client.get("/map?lang=en").text
    picture = re.search(r'<svg [^>]*class="picture map".*?</svg>', text, re.DOTALL)
    assert picture
    for each in far:
        assert f'href="#{each.slug}"' not in picture[0]
        assert f'id="{each.slug}"' in text
    for each in near:
        assert f'href="#{each.slug}"' in picture[0] or "together" in picture[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_says_all_that_the_picture_shows(client: FlaskClient, kg: KnowledgeGraph, lang: str):
    text = client.get(f"/map?lang={lang}").text
    for each in kg.positions:
        row = text[text.index(f'<tr id="{each.slug}"') :].partition("</tr>")[0]
        assert each.thing.labels.best(lang).replace("'", "&#39;") in row
        assert f"{each.latitude:.5f}" in row
        assert f"/sources/{each.source.iri.rpartition('/')[2]}" in row
        assert '<details class="chip' in row


def test_it_is_said_that_there_are_no_boundaries_and_what_has_no_position(
    client: FlaskClient, kg: KnowledgeGraph
):
    text = client.get("/map?lang=en").text
    assert "no boundaries on this map" in text
    assert {path_of(each.iri) for _, each in kg.unplaced}.isdisjoint(
        {path_of(each.thing.iri) for each in kg.positions}
    )
    for _, each in kg.unplaced:
        assert f'href="/page/{path_of(each.iri)}"' in text


@pytest.mark.parametrize("kind", ["mine", "city", "division"])
def test_a_kind_shows_the_same_on_the_page_and_in_its_files(
    client: FlaskClient, kg: KnowledgeGraph, kind: str
):
    wanted = [each for each in kg.positions if each.kind == kind]
    assert wanted
    lines = client.get(f"/map.csv?kind={kind}&lang=en").text.splitlines()
    assert len(lines) == len(wanted) + 1
    assert lines[0].startswith("thing,thingName,kind,latitude,longitude,accuracy,record,source")
    assert len(client.get(f"/map.json?kind={kind}").json or []) == len(wanted)
    near, _ = apart(kg.positions)
    shown = re.findall(f'<tr id="[^"]+" data-kind="{kind}"', client.get(f"/map?kind={kind}").text)
    assert len(shown) >= sum(each.kind == kind for each in near)
    assert client.get("/map?kind=volcano").status_code == 400


class TestInABrowser:
    """By mouse, by keyboard alone, and without a script."""

    pytestmark = MARKS

    def ready(self, page: Page, path: str = "/map?lang=en") -> None:
        page.goto(path)
        page.locator("figure[data-ready]").wait_for()

    def test_a_mark_shows_a_card_with_name_kind_and_source(self, page: Page):
        self.ready(page)
        page.locator(".map-point").last.dispatch_event("pointerenter")
        card = page.locator(".map-card")
        assert card.is_visible()
        assert re.search("Tracker|GeoNames", card.inner_text())

    def test_the_map_is_used_by_keyboard_alone(self, page: Page):
        self.ready(page, "/map?kind=mine&lang=en")
        picture = page.locator("svg.map")
        picture.focus()
        for key in ("+", "+", "+", "ArrowRight", "ArrowUp"):
            page.keyboard.press(key)
        assert float(page.locator("figure").get_attribute("data-zoom") or 0) > 3
        page.keyboard.press("0")
        assert page.locator("figure").get_attribute("data-zoom") == "1.00"
        mark = page.locator(".map-point:not(:has(.map-several))").first
        name = mark.get_attribute("data-id")
        mark.focus()
        page.keyboard.press("Enter")
        assert page.locator(".map-card.held").is_visible()
        assert page.evaluate("document.activeElement.closest('.map-card') !== null")
        page.keyboard.press("Escape")
        assert page.locator(".map-card").is_hidden()
        assert page.evaluate("document.activeElement.dataset.id") == name

    def test_buttons_zoom_and_what_was_one_mark_becomes_several(self, page: Page):
        self.ready(page)
        bar = page.locator(".map-scale text").last
        before = bar.text_content()
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
        assert bar.text_content() != before
        page.get_by_role("button", name="Whole map").click()
        assert bar.text_content() == before

    def test_a_kind_is_chosen_without_loading_anew(self, page: Page):
        self.ready(page)
        page.get_by_role("radio", name=re.compile("^mine")).check()
        assert "kind=mine" in page.url
        assert page.locator("a.map-city").count() == 0
        assert page.locator("a.map-mine").count() > 0
        assert page.locator(".positions tr[data-kind=city]:visible").count() == 0

    def test_marks_and_table_are_there_without_a_script(
        self, browser: Browser, site: str, kg: KnowledgeGraph
    ):
        context = browser.new_context(java_script_enabled=False, base_url=site)
        page = context.new_page()
        page.goto("/map?lang=zh")
        near, _ = apart(kg.positions)
        assert page.locator("svg.map a.map-point").count() == len(near)
        page.locator("svg.map a.map-mine").first.click()
        assert page.locator("tr:target").count() == 1
        page.get_by_role("radio", name=re.compile("^矿山")).check()
        page.get_by_role("button", name="显示").click()
        assert page.locator("svg.map a.map-city").count() == 0
        context.close()
