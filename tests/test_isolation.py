"""What runs away is stopped, whoever flooded the queue, and others hardly notice."""

from __future__ import annotations

import functools
import os
import signal
import statistics
import threading
import time
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from anshan_kg import formats
from anshan_kg.errors import (
    AnshanError,
    LimitError,
    Overloaded,
    ParameterError,
    QueryCancelled,
    QueryError,
    QueryRefused,
    QueryTimeout,
    QueryTooLong,
    Throttled,
)
from anshan_kg.execution import Limits, QueryPool
from anshan_kg.execution.budget import Ask, Budget, Turns
from anshan_kg.execution.spawn import SpawnWarning
from tests.test_execution import BOMB, PRODUCT, data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

JSON, TURTLE = formats.by_name("json"), formats.by_name("ttl")
SECONDS, MEGABYTES = 1.0, 256
ANYTHING = "(<x:p>|!<x:p>)*"

RUNAWAYS = {
    "count of a triple product": f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}",
    "filter that is never true": f"SELECT * {{ {PRODUCT} FILTER(STRLEN(CONCAT(STR(?a), STR(?d), STR(?i))) < 0) }}",
    "order by over a product": f"SELECT * {{ {PRODUCT} }} ORDER BY ?i",
    "distinct over a product": f"SELECT DISTINCT * {{ {PRODUCT} }}",
    "group by over a product": f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {PRODUCT} }} GROUP BY ?a ?d ?g",
    "nested concat bomb": BOMB,
    "path over everything": f"SELECT * {{ ?a {ANYTHING} ?b . ?c {ANYTHING} ?d . ?e {ANYTHING} ?f FILTER(?a = 1) }}",
    "huge values": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(20_000)))} }}" for n in range(4))
    + " }",
    "a megabyte of text": "SELECT (COUNT(*) AS ?n) { " + PRODUCT + " FILTER(" + " || ".join(["?a = ?b"] * 110_000) + ") }",
    "10,000 nested braces": "SELECT * " + "{" * 10_000 + "}" * 10_000,
}  # fmt: skip
"""Queries that end by their deadline, by their memory bound, or, where too deep, as an error."""


@pytest.fixture(scope="module", params=["forked", "spawned"])
def pool(request: pytest.FixtureRequest) -> Iterator[QueryPool]:
    """Four workers of each kind: what is promised of one is promised of the other."""
    limits = Limits(seconds=SECONDS, megabytes=MEGABYTES, answer_megabytes=4)
    begin = functools.partial(QueryPool.start, data(), workers=4, queue=4, limits=limits, version="one")
    if request.param == "spawned":
        with pytest.warns(SpawnWarning, match="takes a second to replace"):
            started = begin(spawn=True)
    else:
        started = begin()
    for _ in range(2):
        started.run("ASK { }", JSON, TURTLE)
    yield started
    started.close()


def caught(call: Callable[[], object]) -> AnshanError | None:
    try:
        call()
    except AnshanError as error:
        return error
    return None


class Running(threading.Thread):
    """A query on its way, and what became of it."""

    def __init__(self, pool: QueryPool, query: str, **how: Any) -> None:
        super().__init__(daemon=True)
        self.error: AnshanError | None = None
        self.seconds = 0.0
        self._call = functools.partial(pool.run, query, JSON, TURTLE, **how)
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        self.error = caught(self._call)
        self.seconds = time.monotonic() - began


def resident(pool: QueryPool) -> int:
    """Megabytes that the children of this process hold, shared pages divided among those that share them."""
    total = 0
    waiting = [os.getpid()]
    while waiting:
        parent = waiting.pop()
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                children = [int(each) for each in task.read_text().split()]
                waiting += children
                for child in children:
                    text = Path(f"/proc/{child}/smaps_rollup").read_text()
                    total += int(text.partition("\nPss:")[2].split()[0]) if "\nPss:" in text else 0
    return total // 1024


@pytest.mark.parametrize("name", RUNAWAYS)
def test_a_runaway_ends_in_time_and_light_queries_do_not_wait(pool: QueryPool, name: str):
    """Within its deadline and half a second, or with the memory error; others are answered meanwhile."""
    two_idle(
        pool
    )  # the light one is not to wait for the start of its worker, which is not the heavy one's doing
    running = Running(pool, RUNAWAYS[name], client="heavy")
    waits: list[float] = []
    while running.is_alive() and len(waits) < 400:
        began = time.monotonic()
        pool.run("ASK { ?s ?p ?o }", JSON, TURTLE, client="light")
        waits.append(time.monotonic() - began)
        time.sleep(0.005)
    running.join()
    assert isinstance(running.error, LimitError | QueryError), running.error
    if isinstance(running.error, QueryTimeout):
        assert running.seconds < SECONDS + 0.5
    if len(waits) >= 20:
        assert statistics.quantiles(waits, n=20)[-1] < 0.1


def two_idle(pool: QueryPool) -> None:
    """Come back when two workers wait for queries."""
    end = time.monotonic() + 30
    while len(pool._idle) < 2:
        assert time.monotonic() < end
        for each in [Running(pool, "ASK { ?s ?p ?o }") for _ in range(3)]:
            each.join()


def test_runaways_in_a_row_leave_the_pool_as_it_was(pool: QueryPool, request: pytest.FixtureRequest):
    """With --long 200 of them; memory is back at its base, and no process is left."""
    pool.run("ASK { }", JSON, TURTLE)
    time.sleep(0.5)
    before = resident(pool)
    queries = list(RUNAWAYS.values())
    count = 200 if request.config.getoption("--long") else len(queries)
    seconds = 1.0 if request.config.getoption("--long") else 0.2
    for number in range(count):
        pool.run("ASK { }", JSON, TURTLE)  # so that a worker is there, whatever starting one takes
        began = time.monotonic()
        runaway = queries[number % len(queries)]
        error = caught(partial(pool.run, runaway, JSON, TURTLE, seconds=seconds))
        assert isinstance(error, LimitError | QueryError), (number, error)
        if isinstance(error, QueryTimeout):
            assert time.monotonic() - began < seconds + 0.5, number
    assert pool.run("ASK { }", JSON, TURTLE).body == b'{"head":{},"boolean":true}'
    end = time.monotonic() + 10
    while resident(pool) > before + 40 and time.monotonic() < end:
        time.sleep(0.2)
    assert resident(pool) <= before + 40
    assert (pool.statistics()["busy"], pool.statistics()["queued"]) == (0, 0)


def test_parsing_has_a_deadline_too(pool: QueryPool):
    text = RUNAWAYS["a megabyte of text"]
    began = time.monotonic()
    error = caught(lambda: pool.ask({"do": "parse"}, text.encode(), seconds=0.001))
    assert isinstance(error, QueryTimeout | None)
    assert time.monotonic() - began < 0.6


SLOW_GATE = "SELECT * { SERVICE " + "<" * 4_000_000


def test_the_gate_is_within_the_deadline_and_is_paid_for(pool: QueryPool):
    """A text that keeps the gate busy for seconds is a query like any other."""
    pool.run("ASK { }", JSON, TURTLE)
    pool.budget, before = Budget(0.3), pool.budget
    try:
        began = time.monotonic()
        error = caught(lambda: pool.run(SLOW_GATE, JSON, TURTLE, seconds=0.4, client="greedy", gated=True))
        assert isinstance(error, QueryTimeout)
        assert time.monotonic() - began < 0.9
        with pytest.raises(Throttled):
            pool.run("ASK { }", JSON, TURTLE, client="greedy")
    finally:
        pool.budget = before


def test_the_gate_waits_for_its_turn_and_can_be_cancelled(pool: QueryPool):
    """It takes a place like a query, from no client all of them, and has an id."""
    running = [Running(pool, SLOW_GATE, client="greedy", gated=True) for _ in range(3)]
    time.sleep(0.2)
    named = Running(pool, SLOW_GATE, client="greedy", gated=True, name="at-the-gate-000000")
    time.sleep(0.2)
    assert (pool.statistics()["busy"], pool.statistics()["queued"]) == (3, 1)
    assert pool.cancel("at-the-gate-000000")
    named.join()
    assert isinstance(named.error, QueryCancelled)
    for each in running:
        each.join()
        assert isinstance(each.error, QueryTimeout | QueryError)


def test_what_passes_the_gate_runs_and_what_does_not_is_told(pool: QueryPool):
    """The one deadline is for both, and a text that the gate need not look at goes straight on."""
    csv = formats.by_name("csv")
    for text in ("SELECT (1 AS ?n) { }", "SELECT (1 AS ?n) { } # SERVICE", "SELECT (1 AS ?n) { } # \\u0053"):
        assert pool.run(text, csv, None, gated=True).body == b"n\r\n1\r\n"
    with pytest.raises(QueryRefused):
        pool.run("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", csv, None, gated=True)
    with pytest.raises(QueryError) as told:
        pool.run("ASK { SERVICE <http://127.0.0.1:9/> {\n ?s ?p", csv, None, gated=True)
    assert told.value.line == 2
    with pytest.raises(QueryTooLong):
        pool.run("#" * (2**22 + 1), csv, None, gated=True)


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_a_cancelled_query_stops_at_once(pool: QueryPool, state: str):
    pool.run("ASK { }", JSON, TURTLE)
    others = [Running(pool, RUNAWAYS["filter that is never true"]) for _ in range(4 * (state == "waiting"))]
    time.sleep(0.2 * bool(others))
    running = Running(pool, RUNAWAYS["filter that is never true"], name="0123456789abcdef")
    time.sleep(0.3)
    began = time.monotonic()
    assert pool.cancel("0123456789abcdef")
    running.join()
    assert isinstance(running.error, QueryCancelled)
    assert time.monotonic() - began < 0.2
    assert not pool.cancel("0123456789abcdef")
    for each in others:
        each.join()


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_a_query_whose_client_has_gone_is_stopped(pool: QueryPool, state: str):
    left = threading.Event()
    others = [Running(pool, RUNAWAYS["filter that is never true"]) for _ in range(4 * (state == "waiting"))]
    time.sleep(0.2 * bool(others))
    running = Running(pool, RUNAWAYS["filter that is never true"], gone=left.is_set)
    time.sleep(0.25)
    began = time.monotonic()
    left.set()
    running.join()
    assert isinstance(running.error, QueryCancelled)
    assert time.monotonic() - began < 0.4
    for each in others:
        each.join()


def test_two_queries_cannot_have_one_id(pool: QueryPool):
    first = Running(pool, RUNAWAYS["filter that is never true"], name="same-id-twice-000")
    time.sleep(0.1)
    with pytest.raises(ParameterError, match="choose another"):
        pool.run("ASK { }", JSON, TURTLE, name="same-id-twice-000")
    first.join()
    pool.run("ASK { }", JSON, TURTLE, name="same-id-twice-000")


def test_a_client_may_ask_for_fewer_rows_but_not_for_more(pool: QueryPool):
    outcome = pool.run("SELECT * { ?s ?p ?o }", JSON, TURTLE, rows=7)
    assert (outcome.rows, outcome.truncated, outcome.version) == (7, True, "one")


def snapshot(count: int) -> ox.Store:
    store = ox.Store()
    store.extend(
        ox.Quad(ox.NamedNode(f"x:{number}"), ox.NamedNode("x:p"), ox.Literal(number))
        for number in range(count)
    )
    return store


@pytest.mark.parametrize("spawn", [False, True], ids=["forked", "spawned"])
@pytest.mark.filterwarnings("ignore::anshan_kg.execution.spawn.SpawnWarning")
def test_new_data_is_seen_by_new_queries_while_old_ones_finish_on_theirs(spawn: bool):
    with closing(
        QueryPool.start(
            snapshot(3),
            workers=2,
            queue=2,
            limits=Limits(seconds=5, megabytes=1024),
            version="a",
            spawn=spawn,
        )
    ) as pool:
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        slow = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . FILTER(STRLEN(STR(?s)) > 0) " + "".join(
            f"VALUES ?v{n} {{ {' '.join(map(str, range(45)))} }} " for n in range(3)
        ) + "}"  # fmt: skip
        assert pool.run(count, formats.by_name("csv"), None).body == b"n\r\n3\r\n"
        found = []
        thread = threading.Thread(target=lambda: found.append(pool.run(slow, formats.by_name("csv"), None)))
        thread.start()
        time.sleep(0.1)
        pool.renew(functools.partial(snapshot, 5), "b")
        outcome = pool.run(count, formats.by_name("csv"), None)
        assert (outcome.body, outcome.version, pool.version) == (b"n\r\n5\r\n", "b", "b")
        thread.join()
        assert (found[0].body, found[0].version) == (f"n\r\n{3 * 45**3}\r\n".encode(), "a")
        assert pool.run(count, formats.by_name("csv"), None).version == "b"


def open_on_disk(path: str) -> ox.Store:
    return ox.Store.read_only(path)


@pytest.mark.parametrize("spawn", [False, True], ids=["forked", "spawned"])
@pytest.mark.filterwarnings("ignore::anshan_kg.execution.spawn.SpawnWarning")
def test_workers_over_a_store_on_disk_open_its_files_and_reach_nobody(tmp_path: Path, spawn: bool):
    """They open it after the fork, answer from all of it, and a SERVICE still reaches nobody."""
    import socket  # noqa: PLC0415

    store = ox.Store(str(tmp_path / "db"))
    for part in range(3):
        store.bulk_extend(
            ox.Quad(ox.NamedNode(f"x:{part}-{n}"), ox.NamedNode("x:p"), ox.Literal(f"value {n}"))
            for n in range(20_000)
        )
    store.flush()
    del store
    opener = functools.partial(open_on_disk, str(tmp_path / "db"))
    with (
        closing(
            QueryPool.start(
                None, opener=opener, workers=2, queue=2, limits=Limits(seconds=10, megabytes=512), spawn=spawn
            )
        ) as pool,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        server.settimeout(0.3)
        body = pool.run(
            "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o FILTER(STRLEN(?o) > 2) }",
            formats.by_name("csv"),
            None,
        ).body
        assert body == b"n\r\n20000\r\n"
        with pytest.raises(QueryError):
            pool.run(
                f"SELECT * {{ SERVICE <http://127.0.0.1:{server.getsockname()[1]}/> {{ ?s ?p ?o }} }}",
                JSON,
                TURTLE,
            )
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_stop_lets_queries_finish_then_cancels_them():
    with closing(
        QueryPool.start(data(), workers=2, queue=2, limits=Limits(seconds=20, megabytes=256))
    ) as pool:
        running = Running(pool, RUNAWAYS["filter that is never true"])
        time.sleep(0.2)
        began = time.monotonic()
        pool.drain(0.5)
        running.join()
        assert 0.4 < time.monotonic() - began < 1.5
        assert isinstance(running.error, QueryCancelled)
        assert "being stopped" in str(running.error)
        with pytest.raises(QueryCancelled, match="being stopped"):
            pool.run("ASK { }", JSON, TURTLE)


def test_a_frozen_worker_holds_nobody():
    """One that neither answers nor ends is killed at the deadline like any other."""
    with closing(
        QueryPool.start(data(), workers=1, queue=1, limits=Limits(seconds=0.5, megabytes=256))
    ) as pool:
        pool.run("ASK { }", JSON, TURTLE)
        os.kill(pool._idle[0].number, signal.SIGSTOP)
        with pytest.raises(QueryTimeout):
            pool.run("ASK { }", JSON, TURTLE)
        assert pool.run("ASK { }", JSON, TURTLE).body


# Turns and budgets


def test_clients_take_turns_however_many_queries_one_sends():
    turns = Turns(1, 10)
    turns.take(Ask("a"), 1)
    order: list[str] = []

    def wait(client: str) -> None:
        ask = Ask(client)
        turns.take(ask, 5)
        order.append(client)
        turns.leave(ask)

    threads = []
    for client in ("a", "a", "a", "a", "b", "c"):
        threads.append(threading.Thread(target=wait, args=(client,)))
        threads[-1].start()
        while turns.queued < len(threads):
            time.sleep(0.001)
    turns.leave(Ask("a"))
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "a", "a", "a"]


def test_the_last_place_is_for_somebody_else():
    turns = Turns(3, 4)
    for _ in range(2):
        turns.take(Ask("a"), 1)
    with pytest.raises(Overloaded):
        turns.take(Ask("a"), 0.05)
    turns.take(Ask("b"), 0.05)
    assert turns.busy == 3


def test_a_flooder_makes_room_in_a_full_queue():
    turns = Turns(1, 3)
    turns.take(Ask("a"), 1)
    refused: list[str] = []

    def wait(client: str) -> None:
        if isinstance(caught(lambda: turns.take(Ask(client), 1)), Overloaded):
            refused.append(client)

    flood = [threading.Thread(target=wait, args=("a",)) for _ in range(3)]
    for thread in flood:
        thread.start()
    while turns.queued < 3:
        time.sleep(0.001)
    other = threading.Thread(target=wait, args=("b",))
    other.start()
    time.sleep(0.1)
    assert refused == ["a"]
    with pytest.raises(Overloaded):  # the flooder itself gets no more
        turns.take(Ask("a"), 1)
    for thread in (*flood, other):
        thread.join()
    assert (turns.queued, turns.busy) == (0, 1)


def test_a_client_that_used_up_its_time_is_told_when_to_come_back():
    now = [0.0]
    budget = Budget(60, lambda: now[0])
    budget.check("a")
    budget.spend("a", 90)
    with pytest.raises(Throttled) as error:
        budget.check("a")
    assert error.value.retry_after == 31
    budget.check("b")
    budget.check("")
    now[0] = 31
    budget.check("a")
    budget.spend("a", 1000)
    now[0] = 10_000  # it never has more than a minute's worth
    budget.check("a")
    budget.spend("a", 61)
    with pytest.raises(Throttled):
        budget.check("a")


def test_a_pool_charges_who_asked(pool: QueryPool):
    pool.budget, before = Budget(0.3), pool.budget
    try:
        assert isinstance(
            caught(lambda: pool.run(RUNAWAYS["filter that is never true"], JSON, TURTLE, client="greedy")),
            QueryTimeout,
        )
        with pytest.raises(Throttled):
            pool.run("ASK { }", JSON, TURTLE, client="greedy")
        assert pool.run("ASK { }", JSON, TURTLE, client="modest").body
    finally:
        pool.budget = before


def test_the_count_of_what_was_ended_tells_the_reason(pool: QueryPool):
    before = pool.statistics()["killed"].get("timeout", 0)
    with suppress(QueryTimeout):
        pool.run(RUNAWAYS["filter that is never true"], JSON, TURTLE, seconds=0.05)
    assert pool.statistics()["killed"]["timeout"] == before + 1
