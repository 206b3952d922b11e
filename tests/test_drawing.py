"""Pictures: text fits its lines, nothing lies on anything else, nothing gets lost, and no style in a page."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from anshan_kg.drawing import layered, process, ranges, sankey, svg, system

TEXTS = (
    "From tailings and stripped rock to building materials",
    "尾矿和剥岩到建筑材料（新型建材）的路线，以及更多的文字",
    "变压吸附提氢 PSA unit with 99.99% pure hydrogen",
    "anunbreakablewordthatislongerthananyline",
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=40)


def elements(within: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements at an XPath, which must lead to nothing else."""
    found = within.xpath(path)
    assert isinstance(found, list)
    made = []
    for each in found:
        assert isinstance(each, etree._Element)
        made.append(each)
    return made


def number(of: etree._Element, name: str) -> float:
    """Return the number that an attribute holds, which must be there."""
    return float(of.attrib[name])


# text


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [60, 120, 400])
def test_lines_are_no_wider_than_asked_and_lose_nothing_when_there_is_room(text, width):
    lines = svg.wrap(text, 13, width, lines=20)
    assert all(svg.text_width(line, 13) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(WORDS, st.integers(20, 300), st.integers(1, 4))
def test_any_text_is_wrapped_within_its_lines(text, width, lines):
    made = svg.wrap(text, 12, width, lines)
    assert len(made) <= lines
    assert all(svg.text_width(line, 12) <= width for line in made if len(line) > 1)


def test_what_is_cut_says_so():
    assert svg.wrap(TEXTS[0], 13, 60, 2)[-1].endswith("…")
    assert not svg.wrap(TEXTS[0], 13, 400, 2)[-1].endswith("…")


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one():
    for width in range(40, 200, 7):
        for line in svg.wrap("由煤焦油（副产品）发展电池材料，见第五段。", 13, width, 20):
            assert line[0] not in "）。，"
            assert line[-1] != "（"


def test_a_chinese_character_is_wider_than_a_letter():
    assert svg.text_width("鞍山", 10) == 20
    assert svg.text_width("il", 10) < svg.text_width("as", 10) < svg.text_width("mw", 10) < 20


# elements


@given(WORDS, WORDS)
def test_whatever_it_holds_an_element_is_well_formed(text, value):
    made = svg.element("a", text, data_value=value)
    root = etree.fromstring(made)
    # what XML cannot hold is left out; line ends and white space in attributes are normalised by readers
    assert svg._NOT_IN_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n") == (
        root.text or ""
    ).replace("\r", "\n")


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("g", {"style": "x"}), ("g", {"onclick": "x"}), ("script", {}), ("style", {}), ("foreignObject", {}),
        ("a", {"href": "javascript:alert(1)"}), ("a", {"href": " JavaScript:alert(1)"}), ("a b", {}), ("g", {"a b": "x"}),
    ],
)  # fmt: skip
def test_nothing_that_a_page_may_not_hold_is_made(name, attributes):
    with pytest.raises(ValueError, match=r"no (element|attribute|address)"):
        svg.element(name, **attributes)


def test_a_picture_is_named_and_one_with_links_lets_them_be_reached():
    plain = etree.fromstring(svg.picture(10, 20, "A & B", "What it shows", svg.element("path", d="M0,0")))
    assert plain.get("role") == "img"
    assert plain.get("viewBox") == "0 0 10 20"
    label = plain.get("aria-labelledby")
    assert label is not None
    named = elements(plain, f"//*[@id='{label}']")
    assert [each.text for each in named] == ["A & B"]
    linked = etree.fromstring(svg.picture(10, 20, "A", "B", svg.element("a", "x", href="/x")))
    assert linked.get("role") == "group"
    twice = [svg.picture(1, 1, "A", "B", name=name) for name in ("one", "two")]
    assert len({etree.fromstring(each).get("aria-labelledby") for each in twice}) == 2


# layers


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 14))
    sizes = st.integers(4, 120)
    nodes = [layered.Node(str(n), draw(sizes), draw(sizes)) for n in range(count)]
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
        lambda pair: pair[0] != pair[1]
    )
    ends = draw(st.lists(pairs, max_size=24, unique=True)) if count > 1 else []
    labels = st.sampled_from([(0, 0), (60, 14)])
    return nodes, [layered.Edge(str(a), str(b), *draw(labels)) for a, b in ends]


def overlap(one: layered.Box, two: layered.Box) -> bool:
    return (
        one.x + one.width > two.x + 1e-6 and two.x + two.width > one.x + 1e-6
        and one.y + one.height > two.y + 1e-6 and two.y + two.height > one.y + 1e-6
    )  # fmt: skip


@given(graphs(), st.booleans())
def test_nothing_lies_on_anything_and_all_lies_within(graph, across):
    nodes, edges = graph
    made = layered.layout(nodes, edges, across=across)
    labels = [line.label for line in made.lines if line.label]
    boxes = [*made.nodes.values(), *labels]
    assert len(labels) == sum(edge.label_height > 0 for edge in edges)
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    for box in boxes:
        assert box.x >= -1e-6
        assert box.y >= -1e-6
        assert box.x + box.width <= made.width + 1e-6
        assert box.y + box.height <= made.height + 1e-6
    for node in nodes:
        assert (made.nodes[node.key].width, made.nodes[node.key].height) == (node.width, node.height)


@given(graphs(), st.booleans())
def test_every_edge_leads_from_side_to_side_and_forward_unless_it_closes_a_circle(graph, across):
    nodes, edges = graph
    made = layered.layout(nodes, edges, across=across)
    assert [line.edge for line in made.lines] == edges
    for line in made.lines:
        along = [point[0 if across else 1] for point in line.points]
        assert along == sorted(along, reverse=line.turned)
        box = made.nodes[line.edge.start]
        x, y = line.points[0]
        assert box.x - 1e-6 <= x <= box.x + box.width + 1e-6
        assert box.y - 1e-6 <= y <= box.y + box.height + 1e-6
    forward = [edge for edge, line in zip(edges, made.lines, strict=True) if not line.turned]
    assert len(forward) == len(edges) or any(line.turned for line in made.lines)


@given(graphs())
def test_the_same_graph_is_drawn_the_same(graph):
    assert layered.layout(*graph) == layered.layout(*graph)


def test_a_graph_without_circles_has_no_edge_turned_and_a_tree_no_crossing():
    nodes = [layered.Node(str(n), 40, 20) for n in range(7)]
    edges = [layered.Edge(str((n - 1) // 2), str(n)) for n in (6, 3, 5, 4, 1, 2)]
    made = layered.layout(nodes, edges)
    assert not any(line.turned for line in made.lines)
    assert len(made.layers) == 3
    places = {key: place for layer in made.layers for place, key in enumerate(layer)}
    leaves = sorted(("3", "4", "5", "6"), key=places.__getitem__)
    assert [(int(leaf) - 1) // 2 for leaf in leaves] in ([1, 1, 2, 2], [2, 2, 1, 1])


def test_an_edge_that_cannot_be_drawn_is_refused():
    for start, end in (("a", "a"), ("a", "b")):
        with pytest.raises(ValueError, match="cannot be drawn"):
            layered.layout([layered.Node("a", 1, 1)], [layered.Edge(start, end)])


# flows


@st.composite
def streams(draw):
    """A few stocks, and flows that share out what each has, so that no more leaves than there is."""
    count = draw(st.integers(2, 8))
    amounts = [draw(st.floats(0.1, 1e6)) for _ in range(count)]
    stocks = [
        sankey.Stock(str(n), f"thing {n}", "", f"{a:g} t", span(a), "mass") for n, a in enumerate(amounts)
    ]
    flows = []
    for n in range(count):
        others = [end for end in range(count) if end != n]
        ends = draw(st.lists(st.sampled_from(others), max_size=3, unique=True))
        flows += [sankey.Flow(str(n), str(end), span(amounts[n] / len(ends))) for end in ends]
    return stocks, flows


def span(value: float) -> sankey.Range:
    return sankey.Range(value / 2, value * 0.75, value)


@given(streams())
def test_flows_are_conserved_none_covers_another_and_circles_are_cut_and_told(stream):
    stocks, flows = stream
    made = sankey.layout(stocks, flows)
    assert len(made.ribbons) + len(made.cut) == len(flows)
    graph = nx.DiGraph((ribbon.flow.start, ribbon.flow.end) for ribbon in made.ribbons)
    assert nx.is_directed_acyclic_graph(graph)
    assert not [pair for pair in combinations(made.bars.values(), 2) if overlap(*pair)]
    highest = max(each.amount.high for each in stocks)
    for stock in stocks:
        bar = made.bars[stock.key]
        for ends in (
            [(each.begin, each.band) for each in made.ribbons if each.flow.start == stock.key],
            [(each.end, each.band) for each in made.ribbons if each.flow.end == stock.key],
        ):
            # what arrives and what leaves is within the bar, side by side, and as wide as it is much
            spans = sorted((point[1] - band / 2, point[1] + band / 2) for point, band in ends)
            assert all(bar.y - 1e-6 <= top and bottom <= bar.y + bar.height + 1e-6 for top, bottom in spans)
            assert all(one[1] <= two[0] + 1e-6 for one, two in pairwise(spans))
    for ribbon in made.ribbons:
        assert ribbon.core <= ribbon.band
        assert ribbon.band == pytest.approx(max(ribbon.flow.amount.high / highest * 110, 1.5))
        assert ribbon.end[0] > ribbon.begin[0]


def test_amounts_of_different_kinds_have_scales_of_their_own():
    stocks = [
        sankey.Stock("coal", "coal", "", "", sankey.Range(1e6, 1e6, 1e6), "mass"),
        sankey.Stock("gas", "gas", "", "", sankey.Range(1e8, None, 4e8), "gas"),
    ]
    made = sankey.layout(stocks, [sankey.Flow("coal", "gas", stocks[1].amount)])
    assert made.ribbons[0].band == 110
    assert made.ribbons[0].core == pytest.approx(110 / 4)  # the lowest, where there is no central value


def test_a_flow_from_nowhere_is_refused():
    with pytest.raises(ValueError, match="no stock"):
        sankey.layout([], [sankey.Flow("a", "b", sankey.Range(1, 1, 1))])


# whole pictures


def shapes() -> list[process.Shape]:
    return [
        process.Shape("a", "煤焦油", "/a?x=1&y=2", "feed"),
        process.Shape("s", "Tar distillation <and> dewatering", "/s", "step", hint="a step"),
        process.Shape(
            "p", "coal-tar pitch with quite a long name for its box", "/p", "product wrong", "▪ 鞍钢 +3"
        ),
        process.Shape("q", "our reading", "", "corrected"),
    ]


def arrows() -> list[process.Arrow]:
    return [
        process.Arrow("a", "s"), process.Arrow("s", "p", "0.5 (0.4–0.6) t/t of something else"),
        process.Arrow("p", "q", "", "corrects"),
    ]  # fmt: skip


def bars() -> ranges.Group:
    return ranges.Group(
        "mass",
        (
            ranges.Bar("a", "coke", "/a", "1 Mt", sankey.Range(1e6, 1e6, 1e6), "start"),
            ranges.Bar("b", "tar", "/b", "38–62 kt", sankey.Range(3.8e4, None, 6.2e4)),
        ),
        lambda value: f"{value:g} t",
    )


def whole() -> system.System:
    item = system.Item("coal tar", "/tar", "by-product", key="tar")
    end = system.Item("cathode", "/cathode", "planned wrong", key="cathode")
    better = system.Item("anode", "/anode", "ours", key="anode")
    band = system.Band(
        "3",
        "industrial bases",
        "that the city is to build",
        (system.Item("steel base", "/b", "base", (item,)),),
    )
    way = system.Item("in 8 steps ›", "/chains/x")
    return system.System("t", "d", band, band, band, system.Item("Ansteel", "/e", "holder"), (system.Route((item, item), end, way, better),), (better,))  # fmt: skip


PICTURES = {
    "process": lambda: process.draw(shapes(), arrows(), "t", "d"),
    "process across": lambda: process.draw(shapes(), arrows(), "t", "d", across=True),
    "sankey": lambda: sankey.draw([sankey.Stock("a", "a & b", "/a", "1 t", span(1), "mass")], [], "t", "d")[
        0
    ],
    "ranges broad": lambda: ranges.draw([bars()], 700, "t", "d"),
    "ranges narrow": lambda: ranges.draw([bars()], 328, "t", "d"),
    "system broad": lambda: system.draw(whole(), 1160),
    "system narrow": lambda: system.draw(whole(), 328),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_well_formed_holds_no_style_and_keeps_within_its_frame(name):
    root = etree.fromstring(PICTURES[name]())
    assert root.get("role") == "group"
    width, height = (float(root.get(side) or 0) for side in ("width", "height"))
    ids = root.xpath("//@id")
    assert isinstance(ids, list)
    assert len(ids) == len(set(ids)) == 2
    for each in root.iter():
        assert etree.QName(each).localname not in {"style", "script", "foreignObject"}
        assert not {"style", "fill", "stroke"} & set(each.attrib)
        if etree.QName(each).localname == "rect":
            x, y, w, h = (float(each.get(part) or 0) for part in ("x", "y", "width", "height"))
            assert x >= -1
            assert y >= -1
            assert x + w <= width + 1
            assert y + h <= height + 1
    assert PICTURES[name]() == PICTURES[name]()


@pytest.mark.parametrize("name", ["process", "process across"])
def test_text_fits_its_box(name):
    root = etree.fromstring(PICTURES[name]())
    for node in elements(root, "//*[contains(@class, 'node')]"):
        (box, *_) = elements(node, ".//*[@class='body']")
        for line in elements(node, ".//*[local-name()='tspan']"):
            text = line.getparent()
            assert text is not None
            assert line.text is not None
            assert svg.text_width(line.text, number(text, "font-size")) <= number(box, "width")
            assert number(box, "y") <= number(line, "y") <= number(box, "y") + number(box, "height")
