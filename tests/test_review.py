"""Judgements outlive releases, what was judged is stated, and the pages and commands tell the same as the files."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from anshan_kg import KnowledgeGraph, links, sssom
from anshan_kg.cli import cli
from anshan_kg.config import Config
from anshan_kg.curation import judge, lists
from anshan_kg.curation.judge import Judgement, Verdict
from anshan_kg.curation.suggest import Found, Present
from anshan_kg.errors import DataError, ParameterError, UnknownName
from anshan_kg.model import Table
from anshan_kg.sssom import NOTHING, MappingSet, Row, State
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.terms import iri
from anshan_kg.web import create_app
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

SPACES = {"t": "https://example.org/t/"}
TODAY = "2026-11-30"


def row(subject: str, object_: str, record: str = "aa", **more: str) -> Row:
    made = Row(f"mine:{subject}", subject, "skos:exactMatch", f"t:{object_}", object_, confidence="0.90",
               object_source_version="1", mapping_date=TODAY, other={"decision": "accept", "record": record})  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def nothing(subject: str) -> Row:
    return Row(f"mine:{subject}", subject, "skos:exactMatch", NOTHING)


def found(*rows: Row, there: tuple[str, ...]) -> Found:
    present = Present()
    for each in there:
        present.add(each)
    return Found(MappingSet(rows, {}, SPACES), present, len(there), 0, TODAY)


def before(*rows: Row) -> MappingSet:
    return MappingSet(rows, {}, SPACES)


YES = {"reviewer_label": "Li Hua", "review_date": TODAY, "reviewer_agreement": "1"}
NO = {**YES, "predicate_modifier": "Not"}


def changes(made: list[judge.Change]) -> list[tuple[str, str]]:
    return [(each.what, each.row.object_id) for each in made]


@pytest.mark.parametrize("said", [YES, NO, {**YES, "reviewer_agreement": "0"}], ids=["yes", "no", "unsure"])
def test_a_judgement_is_kept_when_the_target_is_linked_again(said: dict[str, str]):
    old = row("a", "1", **said)
    table, new = judge.merge(before(old), found(row("a", "1"), there=("1",)), "2", "t")
    kept = next(each for each in table.rows if each.key == old.key)
    assert (kept.state, kept.reviewer_label, kept.object_source_version) == (old.state, "Li Hua", "2")
    assert new == []


def test_what_was_judged_is_kept_even_if_it_is_not_suggested_any_more():
    table, new = judge.merge(before(row("a", "1", **YES)), found(nothing("a"), there=("1",)), "2", "t")
    assert [each.state for each in table.rows] == [State.REVIEWED]
    assert new == []


def test_only_what_is_new_gone_or_changed_is_shown():
    old = before(row("a", "1", **YES), row("b", "2"), row("c", "3", **YES), nothing("d"))
    now = found(
        row("a", "1"), row("c", "3", record="bb"), row("d", "4"), nothing("b"), there=("1", "2", "3", "4")
    )
    table, new = judge.merge(old, now, "2", "t")
    assert sorted(changes(new)) == [("changed", "t:3"), ("gone", "t:2"), ("new", "t:4")]
    assert judge.merge(table, now, "2", "t") == (table, []), "and the second time nothing"


def test_a_retired_identifier_is_found_and_states_nothing_any_more():
    old = before(row("a", "1", **YES))
    table, new = judge.merge(old, found(nothing("a"), there=("9",)), "2025-03", "t")
    assert changes(new) == [("retired", "t:1")]
    gone = next(each for each in table.rows if each.object_id == "t:1")
    assert (gone.state, gone.other["retired"], gone.reviewer_label) == (State.RETIRED, "2025-03", "Li Hua")
    assert list(sssom.as_triples(table)) == []
    again, new = judge.merge(table, found(row("a", "1"), there=("1",)), "2026-01", "t")
    assert changes(new) == [("back", "t:1")]
    assert next(each for each in again.rows if each.object_id == "t:1").state is State.REVIEWED


def test_identifiers_of_other_data_sets_are_not_retired_by_this_one():
    old = before(row("a", "1", **YES, object_id="wikidata:Q556"))
    table, new = judge.merge(old, found(nothing("a"), there=("9",)), "2", "t")
    assert new == []
    assert table.rows[0].state is State.REVIEWED


def test_where_all_candidates_are_refused_there_is_nothing():
    table = judge.apply(
        before(row("a", "1")), [Verdict("mine:a", "t:1", Judgement.NO, "another")], "Li Hua", TODAY
    )
    assert {each.state for each in table.rows} == {State.REFUSED, State.NIL}
    table = judge.apply(table, [Verdict("mine:a", "t:1", Judgement.YES)], "Li Hua", TODAY)
    assert [each.state for each in table.rows] == [State.REVIEWED]


@pytest.mark.parametrize(
    ("verdict", "reviewer", "error"),
    [
        (Verdict("mine:a", "t:2", Judgement.YES), "Li Hua", UnknownName),
        (Verdict("mine:a", "t:1", Judgement.YES), "  ", ParameterError),
        (Verdict("mine:a", "t:1", Judgement.YES, predicate="owl:sameAs"), "Li Hua", ParameterError),
        (Verdict("mine:a", "t:1", Judgement.YES, predicate="rdfs:label"), "Li Hua", ParameterError),
        (Verdict("mine:a", "t:1", Judgement.YES, "x" * 501), "Li Hua", ParameterError),
    ],
)
def test_a_judgement_that_cannot_be_is_refused(verdict: Verdict, reviewer: str, error: type[Exception]):
    with pytest.raises(error):
        judge.apply(before(row("a", "1")), [verdict], reviewer, TODAY)


def test_an_orcid_is_an_identifier_of_the_reviewer():
    table = judge.apply(
        before(row("a", "1")), [Verdict("mine:a", "t:1", Judgement.YES)], "0000-0002-7356-1779", TODAY
    )
    assert (table.rows[0].reviewer_id, table.rows[0].reviewer_label) == ("orcid:0000-0002-7356-1779", "")


# the real graph


def test_coverage_agrees_with_the_files(kg: KnowledgeGraph):
    for each in kg.desk.coverage():
        path = ROOT / f"graph/links/{each.name}.sssom.tsv"
        rows = sssom.parse(path.name, path.read_text(encoding="utf-8")).rows if path.exists() else ()
        states: dict[str, set[str]] = {}
        for one in rows:
            states.setdefault(one.subject_id, set()).add(one.state.value)
        assert each.ours == len(states)
        assert each.linked == sum("reviewed" in found for found in states.values())
        assert each.ours == each.linked + each.open + each.unsure + each.nil
        assert sum(each.rows.values()) == len(rows)


def test_a_reviewed_row_is_a_statement_in_a_graph_of_its_own(kg: KnowledgeGraph):
    for name in ("gem-mines", "hs2022"):
        table = kg.desk.table(name)
        assert table is not None
        said = kg.sparql(
            f"SELECT ?s ?p ?o WHERE {{ GRAPH <https://w3id.org/anshan-kg/graph/links-{name}> {{ ?s ?p ?o }} }}"
        )
        assert isinstance(said, Table)
        stated = {(row["s"], row["o"]) for row in said.texts() if "Match" in row["p"] or "sameAs" in row["p"]}
        assert stated == {
            (table.expand(one.subject_id).value, table.expand(one.object_id).value)
            for one in table.rows
            if one.state is State.REVIEWED
        }


def test_the_trackers_status_of_xianshan_stands_beside_the_press(kg: KnowledgeGraph):
    sides = [row for row in kg.ask("conflicts").texts() if row["conflict"].endswith("/xianshan-status")]
    assert {"gem-mines-2024-11"} < {row["claim"].rsplit("/", 1)[-1].partition("-p1")[0] for row in sides}
    assert [row["claim"] for row in sides if row["preferred"] == "true"] == [
        iri("claim:gzw-anshan-2026-01-mines-2026-1").value
    ]
    status = kg.sparql(
        "SELECT ?o WHERE { <https://w3id.org/anshan-kg/id/mine/xianshan> <https://w3id.org/anshan-kg/ont#hasStatus> ?o }"
    )
    assert isinstance(status, Table)
    assert [each["o"].rsplit("/", 1)[-1] for each in status.texts()] == ["under-construction"]


def test_mines_have_positions_for_the_map(kg: KnowledgeGraph):
    found = {row["thing"].rsplit("/", 1)[-1]: row for row in kg.ask("positions").texts()}
    assert {"xianshan", "chentaigou", "qidashan", "anshan"} <= found.keys()
    for each in found.values():
        assert 20 < float(each["latitude"]) < 50
        assert 100 < float(each["longitude"]) < 130


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working tree with little in it: mines, and what the ontology needs."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "ontology", root / "ontology")
    for folder in ("entities", "open-data", "links"):
        shutil.copytree(ROOT / "graph" / folder, root / "graph" / folder)
    return root


def run(tree: Path, *words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["--root", str(tree), *words], input=typed, catch_exceptions=True)
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_linking_twice_changes_nothing(tree: Path):
    path = tree / "graph/links/gem-mines.sssom.tsv"
    run(tree, "link", "gem-mines")
    first = path.read_bytes()
    code, said = run(tree, "link", "gem-mines")
    assert code == 0
    assert "nothing has changed" in said
    assert path.read_bytes() == first


def test_a_file_that_cannot_be_read_leaves_the_table_as_it_was(tree: Path, tmp_path: Path):
    path = tree / "graph/links/gem-mines.sssom.tsv"
    first = path.read_bytes()
    sample = (tree / "graph/open-data" / links.load("gem-mines").TARGET.sample).read_text(encoding="utf-8")
    broken = tmp_path / "mines.csv"
    broken.write_text(sample[: len(sample) // 2], encoding="utf-8")
    code, said = run(tree, "link", "gem-mines", "--data", str(broken), "--release", "2026-06")
    assert code != 0
    assert "cut off" in said
    assert path.read_bytes() == first
    code, said = run(tree, "link", "gem-mines", "--data", str(broken))
    assert "--release" in said


def test_a_new_release_shows_what_it_changed(tree: Path, tmp_path: Path):
    sample = (tree / "graph/open-data" / links.load("gem-mines").TARGET.sample).read_text(encoding="utf-8")
    newer = tmp_path / "mines.csv"
    newer.write_text(
        sample.replace("30000,unknown,1300000,proposed", "30000,unknown,1300000,construction")
        .replace("P100000129340", "P100000999999"), encoding="utf-8",
    )  # fmt: skip
    out = tmp_path / "out.sssom.tsv"
    code, said = run(tree, "link", "gem-mines", "--data", str(newer), "--release", "2026-06", "-o", str(out))
    assert code == 0, said
    assert re.search(r"changed +mine:xianshan gem-mine:P100000128329", said)
    assert re.search(r"retired +mine:dagushan gem-mine:P100000129340", said)
    assert re.search(r"new +mine:dagushan gem-mine:P100000999999", said)
    assert len(re.findall(r"(?m)^(?:changed|retired|new|gone|back) ", said)) == 3
    states = {row.object_id: row.state for row in sssom.parse("o", out.read_text(encoding="utf-8")).rows}
    assert states["gem-mine:P100000128329"] is State.REVIEWED
    assert states["gem-mine:P100000129340"] is State.RETIRED


@pytest.fixture
def opened(tree: Path) -> Path:
    """The tree with one mine whose link nobody has judged yet."""
    path = tree / "graph/links/gem-mines.sssom.tsv"
    text = (ROOT / "graph/links/gem-mines.sssom.tsv").read_text(encoding="utf-8")
    table = sssom.parse("t", text)
    rows = [
        replace(one, reviewer_id="", reviewer_label="", review_date="", reviewer_agreement="", comment="")
        if one.subject_id == "mine:qidashan"
        else one
        for one in table.rows
    ]
    path.write_text(sssom.write(sssom.with_rows(table, rows)), encoding="utf-8")
    return tree


def row_of(tree: Path, subject: str) -> Row:
    text = (tree / "graph/links/gem-mines.sssom.tsv").read_text(encoding="utf-8")
    return next(one for one in sssom.parse("t", text).rows if one.subject_id == subject)


@pytest.mark.parametrize(("key", "state"), [("y", State.REVIEWED), ("n", State.REFUSED), ("?", State.UNSURE)])
def test_a_pair_is_judged_with_one_key(opened: Path, key: str, state: State):
    code, said = run(opened, "review", "gem-mines", "--reviewer", "Li Hua", typed=f"{key}\nseen\n")
    assert code == 0, said
    assert "Ansteel Qidashan Mine" in said
    judged = row_of(opened, "mine:qidashan")
    assert (judged.state, judged.reviewer_label) == (state, "Li Hua")
    assert judged.comment.endswith("[judged: seen]")


def test_judgements_go_out_as_a_table_and_come_back(opened: Path, tmp_path: Path):
    code, text = run(opened, "review", "gem-mines", "--list")
    assert code == 0
    head, line = text.splitlines()[:2]
    assert head.split("\t") == list(lists.COLUMNS)
    table = tmp_path / "open.tsv"
    table.write_text(f"{head}\ny\tread\t{line.split(chr(9), 2)[2]}\n", encoding="utf-8")
    assert run(opened, "review", "gem-mines", "--from", str(table))[0] != 0, "a judge has a name"
    assert run(opened, "review", "gem-mines", "--from", str(table), "--reviewer", "李华")[0] == 0
    assert row_of(opened, "mine:qidashan").reviewer_label == "李华"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("subject\tobject\n", "has no column judgement"),
        ("judgement\tsubject\tobject\nmaybe\ta\tb\n", "it can be y, n or"),
    ],
)
def test_a_table_of_judgements_that_is_none_is_refused(text: str, reason: str, tmp_path: Path):
    path = tmp_path / "t.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=reason):
        lists.read(path)


# the pages


@pytest.mark.parametrize("name", links.names())
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_of_a_target_is_in_both_languages(client: FlaskClient, name: str, lang: str):
    page = client.get(f"/links/{name}?lang={lang}").get_data(as_text=True)
    assert links.load(name).TARGET.title.best(lang).replace("&", "&amp;") in page
    assert f"anshan-kg review {name}" not in page, "judging is told where there is a pair to judge"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ("What speaks for and against it", "the places agree", "operating", "anshan-kg review gem-mines"),
        ),
        ("zh", ("支持与反对的理由", "所在地相符", "anshan-kg review gem-mines")),
    ],
)
def test_a_pair_stands_side_by_side_with_its_reasons(client: FlaskClient, lang: str, words: tuple[str, ...]):
    page = client.get(
        f"/links/gem-mines?subject=mine:qidashan&object=gem-mine:P100000128256&lang={lang}"
    ).get_data(as_text=True)
    for each in ("齐大山铁矿", "Ansteel Qidashan Mine", "41.1532, 123.1108", *words):
        assert each in page
    assert "<form method" not in page, "a public service takes no judgements"


def test_a_state_filters_and_coverage_is_on_two_pages(client: FlaskClient, kg: KnowledgeGraph):
    shown = client.get("/links/hs2022?state=unsure", headers={"Accept": "application/json"}).get_json()
    assert {each["state"] for each in shown} == {"unsure"}
    numbers = {each.name: each.rows["unsure"] for each in kg.desk.coverage()}
    assert len(shown) == numbers["hs2022"]
    for path in ("/links", "/about"):
        page = client.get(path).get_data(as_text=True)
        for name in links.names():
            assert f'href="/links/{name}"' in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/links/nope", 404), ("/links/gem-mines?state=nope", 400), ("/links/gem-mines?start=x", 400),
        ("/links/gem-mines?subject=mine:qidashan&object=gem-mine:P1", 404), ("/ref/gem-mine/P1", 404),
        ("/ref/nope/P1", 404), ("/ref/gem-mine/P100000128256", 303), ("/links/gem-mines?start=999999999", 200),
    ],
)  # fmt: skip
def test_addresses_answer_as_they_should(client: FlaskClient, path: str, status: int):
    assert client.get(path).status_code == status


def test_nobody_judges_on_a_page_of_a_service_that_takes_no_writes(client: FlaskClient):
    form = {"subject": "mine:qidashan", "object": "gem-mine:P100000128256", "judgement": "n", "reviewer": "x"}
    assert client.post("/links/gem-mines", data=form).status_code == 403


class _Keeper:
    """Lets in who shows one word; stands for the tokens, which have tests of their own."""

    any = True

    def admit(self, header: str | None, scope: str, client: str) -> object:
        from anshan_kg.errors import Unauthorised  # noqa: PLC0415 - of this stand-in alone

        if header != "Bearer open" or scope != "update":
            raise Unauthorised("no")
        return type("Token", (), {"id": "t"})()


def test_who_has_a_token_judges_on_the_page(opened: Path):
    graph = KnowledgeGraph.open(Config(root=str(opened)))
    app = create_app(graph, DirectRunner(graph.store), writer=object(), keeper=_Keeper())  # type: ignore[arg-type]
    client = app.test_client(use_cookies=False)
    address = "/links/gem-mines?subject=mine:qidashan&object=gem-mine:P100000128256"
    assert '<form method="post"' in client.get(address).get_data(as_text=True)
    form = {
        "subject": "mine:qidashan",
        "object": "gem-mine:P100000128256",
        "judgement": "n",
        "reviewer": "Li Hua",
    }
    assert client.post("/links/gem-mines", data={**form, "token": "shut"}).status_code == 401
    assert row_of(opened, "mine:qidashan").state is State.OPEN
    assert client.post("/links/gem-mines", data={**form, "token": "open"}).status_code == 303
    assert row_of(opened, "mine:qidashan").state is State.REFUSED
