"""Named questions of the service run in workers, within bounds, and are kept by version."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from anshan_kg import KnowledgeGraph, formats, queries
from anshan_kg.config import Config
from anshan_kg.errors import AnshanError, QueryCancelled
from anshan_kg.execution import Limits, QueryPool
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from anshan_kg.web.asking import Asking
from anshan_kg.web.cache import AnswerCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anshan_kg.execution import Outcome

ROOM = 2**24


class Counting(DirectRunner):
    """A runner that notes what it runs."""

    asked: list[str]

    def run(self, text: str, *arguments: Any, **options: Any) -> Outcome:
        self.asked.append(text)
        return super().run(text, *arguments, **options)


@pytest.fixture
def runner(kg: KnowledgeGraph) -> Counting:
    made = Counting(kg.store, version="one")
    made.asked = []
    return made


def test_every_question_has_the_answer_that_the_facade_gives(kg: KnowledgeGraph, runner: Counting):
    asking = Asking(kg, runner, AnswerCache(0))
    for name in queries.names():
        assert asking.ask(name) == kg.ask(name), name


def test_an_answer_is_kept_until_the_data_changes(kg: KnowledgeGraph, runner: Counting):
    asking = Asking(kg, runner, AnswerCache(ROOM))
    first = asking.ask("chains", lang="en")
    assert asking.ask("chains", lang="en") == first
    assert len(runner.asked) == 1
    assert asking.ask("chains", lang="zh") != first
    assert len(runner.asked) == 2
    runner.version = "two"
    assert asking.ask("chains", lang="en") == first
    assert len(runner.asked) == 3


def test_what_nobody_knows_the_version_of_is_not_kept(kg: KnowledgeGraph, runner: Counting):
    runner.version = ""
    asking = Asking(kg, runner, AnswerCache(ROOM))
    asking.ask("chains")
    asking.ask("chains")
    assert len(runner.asked) == 2


forking = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


@contextmanager
def running(kg: KnowledgeGraph, **limits: Any) -> Iterator[QueryPool]:
    bounds = Limits(**{"seconds": 30, "megabytes": 200, "answer_megabytes": 64, **limits})
    made = QueryPool.start(kg.dataset.store, workers=2, queue=4, limits=bounds, version=kg.version)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pool(kg: KnowledgeGraph) -> Iterator[QueryPool]:
    with running(kg) as made:
        yield made


@forking
@pytest.mark.parametrize("address", ["/ask/endless", "/ask/endless.csv"])
def test_one_that_takes_too_long_is_told_so(
    kg: KnowledgeGraph, address: str, monkeypatch: pytest.MonkeyPatch
):
    endless = queries.parse(
        "endless",
        "# Who?\n# zh: 谁？\n# for: nobody\nSELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    )
    load = queries.load
    monkeypatch.setattr(
        queries, "load", lambda name, *folder: endless if name == "endless" else load(name, *folder)
    )
    with running(kg, seconds=0.3) as pool:
        client = create_app(kg, pool).test_client()
        assert client.get(address).status_code == 504
        assert client.get("/ask/chains.csv").status_code == 200


@forking
@pytest.mark.parametrize("ending", ["json", "csv", "tsv", "xml"])
def test_the_plain_addresses_give_the_bytes_of_the_facade(kg: KnowledgeGraph, pool: QueryPool, ending: str):
    client = create_app(kg, pool).test_client()
    expected = formats.write_table(kg.ask("chains", lang="en"), formats.by_name(ending))
    assert client.get(f"/ask/chains.{ending}?lang=en").data == expected


@forking
@pytest.mark.parametrize("form", ["nq", "trig"])
def test_a_dump_is_all_the_data(kg: KnowledgeGraph, pool: QueryPool, form: str):
    whole = pool.dump(formats.by_name(form))
    assert whole.rows == len(kg.dataset.store)
    direct = DirectRunner(kg.store).dump(formats.by_name(form))
    assert direct.rows == whole.rows
    assert _quads(whole) == _quads(direct)


@forking
def test_half_a_dump_is_none_and_no_question_is_cut(kg: KnowledgeGraph, pool: QueryPool):
    same = KnowledgeGraph(Config(max_rows=3), kg.tree, kg.store)
    same.dataset, same._derived = kg.dataset, kg._derived
    client = create_app(same, pool).test_client()
    assert client.get("/data", headers={"Accept": "application/n-quads"}).status_code == 413
    graph = "/data?graph=https://w3id.org/anshan-kg/graph/ontology"
    assert client.get(graph, headers={"Accept": "text/turtle"}).status_code == 413
    whole = formats.write_table(kg.ask("chains", lang="en"), formats.by_name("csv"))
    assert client.get("/ask/chains.csv?lang=en").data == whole


def _quads(outcome: Outcome) -> set[str]:
    assert isinstance(outcome.format.engine, ox.RdfFormat)
    return {str(quad) for quad in ox.parse(outcome.body, outcome.format.engine)}


@forking
def test_what_fills_the_places_for_queries_leaves_questions_free(kg: KnowledgeGraph):
    """And what fills those for questions is ended as queries are, when the service stops."""
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with running(kg, seconds=5) as pool:
        questions = pool.beside(1, 1)
        told: list[Exception] = []

        def ask(where: QueryPool) -> None:
            with pytest.raises(AnshanError) as error:
                where.run(endless, formats.RESULTS[0], None)
            told.append(error.value)

        threads = [threading.Thread(target=ask, args=(pool,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        wait_until(lambda: pool.statistics()["queued"] == 4)
        assert questions.run("ASK {}", formats.RESULTS[0], None).version == kg.version
        threads.append(threading.Thread(target=ask, args=(questions,)))
        threads[-1].start()
        wait_until(lambda: questions.statistics()["busy"] == 1)
        pool.drain(0.1)
        for thread in threads:
            thread.join()
        assert {type(error) for error in told} == {QueryCancelled}
        with pytest.raises(QueryCancelled):
            questions.run("ASK {}", formats.RESULTS[0], None)


def wait_until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not there():
        assert time.monotonic() < end
        time.sleep(0.01)
