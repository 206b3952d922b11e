"""Strangers' queries run in processes that can be ended, and reach nothing."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anshan_kg import formats
from anshan_kg.errors import (
    AnswerTooLarge,
    LimitError,
    NotAcceptable,
    Overloaded,
    ParameterError,
    QueryError,
    QueryMemory,
    QueryTimeout,
    WorkerError,
)
from anshan_kg.execution import Limits, QueryPool, engine, tables, zygote
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
"""The test runner has threads when it starts a pool; the service has none, see the test of its start."""

JSON, CSV = formats.by_name("json"), formats.by_name("csv")
TURTLE, TRIPLES = formats.by_name("ttl"), formats.by_name("nt")

SECONDS = 0.6
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
BOMB = (
    'SELECT (STRLEN(?j) AS ?n) { VALUES ?a { "' + "x" * 1000 + '" } '
    + "".join(f"BIND(CONCAT({', '.join([f'?{old}'] * 10)}) AS ?{new}) " for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + "}"
)  # fmt: skip
RUNAWAYS = {
    "count of a product": f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}",
    "never true": f"SELECT * {{ {PRODUCT} FILTER(STRLEN(CONCAT(STR(?a), STR(?d), STR(?i))) < 0) }}",
    "order by": f"SELECT * {{ {PRODUCT} }} ORDER BY ?i",
    "distinct": f"SELECT DISTINCT * {{ {PRODUCT} }}",
    "group by": f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {PRODUCT} }} GROUP BY ?a ?d ?g",
    "string bomb": BOMB,
    "path over everything": "SELECT * { ?a (<x:p>|!<x:p>)* ?b . ?c (<x:p>|!<x:p>)* ?d . ?e (<x:p>|!<x:p>)* ?f FILTER(?a = 1) }",
}


def data() -> ox.Store:
    store = ox.Store()
    nodes = [ox.NamedNode(f"http://example.org/{n}") for n in range(2000)]
    link = ox.NamedNode("http://example.org/next")
    store.extend(ox.Quad(one, link, other) for one, other in pairwise(nodes))
    return store


@pytest.fixture(scope="module")
def pool() -> Iterator[QueryPool]:
    """Two workers over a chain of 2000 things."""
    limits = Limits(seconds=SECONDS, megabytes=256, answer_megabytes=4)
    started = QueryPool.start(data(), workers=2, queue=2, limits=limits)
    yield started
    started.close()


@pytest.mark.parametrize(
    ("query", "results", "graphs", "body"),
    [
        ("ASK { ?s ?p ?o }", JSON, None, b'{"head":{},"boolean":true}'),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", CSV, TURTLE, b"n\r\n1999\r\n"),
        (
            "CONSTRUCT { <x:a> <x:b> 1 } { }",
            None,
            TRIPLES,
            b'<x:a> <x:b> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
        ),
    ],
)
def test_a_query_is_answered_in_the_format_for_its_kind(
    pool: QueryPool, query: str, results: formats.Format | None, graphs: formats.Format | None, body: bytes
):
    assert pool.run(query, results, graphs).body == body


@pytest.mark.parametrize(
    ("query", "results", "graphs"), [("ASK { }", None, TURTLE), ("CONSTRUCT { } { }", JSON, None)]
)
def test_an_answer_of_the_other_kind_is_not_acceptable(
    pool: QueryPool, query: str, results: formats.Format | None, graphs: formats.Format | None
):
    with pytest.raises(NotAcceptable, match="this query's answer comes as one of"):
        pool.run(query, results, graphs)


@pytest.mark.parametrize("name", RUNAWAYS)
def test_a_runaway_ends_and_others_go_on(pool: QueryPool, name: str):
    """It meets its deadline or its memory bound, while light queries are answered beside it."""
    caught: list[LimitError] = []

    def run() -> None:
        try:
            pool.run(RUNAWAYS[name], JSON, TURTLE)
        except LimitError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    began = time.monotonic()
    thread.start()
    answered = 0
    while thread.is_alive():
        pool.run("ASK { }", JSON, TURTLE)
        answered += 1
    assert len(caught) == 1
    assert answered > 0
    assert time.monotonic() - began < SECONDS + 5  # generous: the machine may be busy


def test_many_runaways_leave_the_pool_as_it_was(pool: QueryPool):
    for query in list(RUNAWAYS.values()) * 3:
        with pytest.raises(LimitError):
            pool.run(query, JSON, TURTLE, seconds=0.05)
    assert pool.run("ASK { }", JSON, TURTLE).body == b'{"head":{},"boolean":true}'


def test_a_client_may_ask_for_an_earlier_deadline_but_not_for_a_later_one(pool: QueryPool):
    for asked, allowed in ((0.1, 0.1), (1000, SECONDS)):
        with pytest.raises(QueryTimeout) as caught:
            pool.run(RUNAWAYS["never true"], JSON, TURTLE, seconds=asked)
        assert caught.value.seconds == allowed


def test_an_answer_that_is_too_large_is_refused_whole(pool: QueryPool):
    with pytest.raises(AnswerTooLarge, match="larger than 4 MB"):
        pool.run("SELECT * { ?a ?b ?c . ?d ?e ?f }", JSON, TURTLE)
    with pytest.raises(AnswerTooLarge, match="larger than 1 MB"):
        pool.run("SELECT * { ?a ?b ?c . ?d ?e ?f }", JSON, TURTLE, megabytes=1)


def test_a_syntax_error_comes_back_with_its_place(pool: QueryPool):
    with pytest.raises(QueryError) as caught:
        pool.run("SELECT *\n{ ?s ?p }", JSON, TURTLE)
    assert caught.value.line == 2
    assert str(caught.value).count("line 2") == 1


def test_deep_nesting_ends_its_worker_only(pool: QueryPool):
    with pytest.raises((QueryError, QueryMemory)):
        pool.run("SELECT * " + "{" * 20_000 + "}" * 20_000, JSON, TURTLE)
    assert pool.run("ASK { }", JSON, TURTLE).body


def test_a_service_that_got_past_the_gate_reaches_nobody(pool: QueryPool):
    """The worker has no way to open a socket, whatever the engine is told."""
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(QueryError):
            pool.run(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", JSON, TURTLE)
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_protocols_dataset_wins(pool: QueryPool):
    outcome = pool.run(
        "ASK { ?s ?p ?o }", JSON, TURTLE, default_graphs=["http://example.org/none"], named_graphs=[]
    )
    assert outcome.body == b'{"head":{},"boolean":false}'


def test_a_full_queue_says_so_at_once(pool: QueryPool):
    threads = [threading.Thread(target=run_and_forget, args=(pool, RUNAWAYS["never true"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    with pytest.raises(Overloaded, match="try again in 2 s"):
        pool.run("ASK { }", JSON, TURTLE)
    assert time.monotonic() - began < SECONDS
    for thread in threads:
        thread.join()
    assert pool.run("ASK { }", JSON, TURTLE).body


def test_a_query_does_not_wait_longer_than_it_may_run(pool: QueryPool):
    threads = [threading.Thread(target=run_and_forget, args=(pool, RUNAWAYS["never true"])) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    with pytest.raises(Overloaded):
        pool.run("ASK { }", JSON, TURTLE, seconds=0.05)
    for thread in threads:
        thread.join()


def run_and_forget(pool: QueryPool, query: str) -> None:
    try:
        pool.run(query, JSON, TURTLE)
    except LimitError:
        return


def test_a_worker_that_is_killed_is_replaced():
    limits = Limits(seconds=5, megabytes=256)
    pool = QueryPool.start(data(), workers=1, queue=1, limits=limits)
    pool.run("ASK { }", JSON, TURTLE)
    os.kill(pool._idle[0].number, signal.SIGKILL)
    try:
        pool.run("ASK { }", JSON, TURTLE)
    except WorkerError as error:
        assert "try again" in str(error)  # noqa: PT017 - either outcome is right, by timing
    assert pool.run("ASK { }", JSON, TURTLE).body == b'{"head":{},"boolean":true}'
    pool.close()


def test_nothing_is_left_when_the_service_is_killed():
    """Kill -9 of the process that started the pool ends workers, runaways among them."""
    program = (
        "import threading, time, pyoxigraph as ox\n"
        "from tests.test_execution import *\n"
        "pool = QueryPool.start(data(), workers=2, queue=2, limits=Limits(seconds=60, megabytes=256))\n"
        "pool.run('ASK { }', JSON, TURTLE)\n"
        "threading.Thread(target=run_and_forget, args=(pool, RUNAWAYS['never true']), daemon=True).start()\n"
        "time.sleep(0.3)\n"
        "print(pool._idle and pool._idle[0].number or 0, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        children = _descendants(process.pid)
        assert len(children) >= 2
        process.kill()
    end = time.monotonic() + 10
    while any(_alive(child) for child in children):
        assert time.monotonic() < end, "a process outlived the service"
        time.sleep(0.05)


def _descendants(parent: int) -> set[int]:
    found: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*"):
        state = _state(int(entry.name))
        if state and int(state[1]) == parent:
            found |= {int(entry.name)} | _descendants(int(entry.name))
    return found


def _state(process: int) -> list[str]:
    """Return state and parent of a process, [] where there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
    except OSError:
        return []


def _alive(process: int) -> bool:
    state = _state(process)
    return bool(state) and state[0] not in "ZX"


def test_the_same_query_gives_the_same_bytes(pool: QueryPool):
    query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 500"
    assert len({pool.run(query, JSON, TURTLE).body for _ in range(3)}) == 1


def test_blank_nodes_that_a_query_makes_have_the_same_names_each_time(pool: QueryPool):
    query = "CONSTRUCT { ?s <x:in> _:place . _:place <x:of> ?o } { ?s ?p ?o } LIMIT 50"
    for form in (TURTLE, TRIPLES):
        assert len({pool.run(query, JSON, form).body for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("query", "kind", "columns", "rows"),
    [
        ("SELECT ?s ?o { ?s ?p ?o }", "select", ("s", "o"), 1999),
        ("SELECT ?s { ?s <x:none> ?o }", "select", ("s",), 0),
        ("ASK { }", "ask", (), 1),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "graph", (), 1999),
        ("DESCRIBE <http://example.org/7>", "graph", (), 1),
    ],
)
def test_an_answer_tells_what_it_holds(
    pool: QueryPool, query: str, kind: str, columns: tuple[str, ...], rows: int
):
    outcome = pool.run(query, CSV, TURTLE)
    assert (outcome.kind, outcome.columns, outcome.rows, outcome.truncated) == (kind, columns, rows, False)


# Values that look like what stands between rows in one of the formats.
NASTY = st.sampled_from(
    ["},{", "}},{", "},{}", "{}", '"', '","', "\r\n", "\n", "</result>", "<", "\\", ",", "]}}", "x"]
)
CELLS = st.none() | st.lists(NASTY, max_size=4).map("".join)


@pytest.mark.parametrize("form", formats.RESULTS, ids=lambda form: form.name)
@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 3).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)
    ),
    st.integers(1, 9),
)
def test_rows_are_counted_and_cut_whatever_they_hold(
    form: formats.Format, cells: list[list[str | None]], most: int
):
    """The first rows, cut from the whole, are the bytes that they are alone."""

    def written(rows: list[list[str | None]], bound: int | None) -> engine.Written:
        width = len(cells[0]) if cells else 0
        names = " ".join(f"?v{n}" for n in range(width))
        values = " ".join(
            "(" + " ".join("UNDEF" if cell is None else str(ox.Literal(cell)) for cell in row) + ")"
            for row in rows
        )
        query = f"SELECT {names or '*'} {{ VALUES ({names}) {{ {values} }} }}"
        return engine.write(ox.Store(), query, form, None, 2**20, rows=bound)

    whole, short = written(cells, None), written(cells, most)
    assert (whole.rows, whole.truncated) == (len(cells), False)
    assert (short.rows, short.truncated) == (min(most, len(cells)), len(cells) > most)
    alone = written(cells[:most], None).body
    if short.truncated:
        alone = tables.marked(alone, form.name, most, len(cells[0]))
    assert short.body == alone


@pytest.mark.parametrize("form", formats.RESULTS, ids=lambda form: form.name)
def test_a_table_without_end_is_cut_before_it_is_made(form: formats.Format):
    """The engine is stopped soon after the last row that is kept, and its document is closed."""
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } "
    store = data()
    cut = engine.write(store, query, form, None, 2**30, rows=3000)
    assert (cut.rows, cut.truncated) == (3000, True)
    whole = engine.write(store, query + "LIMIT 3000", form, None, 2**30).body
    assert cut.body == tables.marked(whole, form.name, 3000, 9)


def test_a_graph_is_cut_too():
    cut = engine.write(data(), "CONSTRUCT WHERE { ?s ?p ?o }", None, TRIPLES, 2**20, rows=10)
    assert (cut.rows, cut.truncated, cut.body.count(b"\n")) == (10, True, 11)


def test_a_worker_that_is_killed_at_work_is_told_of_and_replaced():
    with closing(
        QueryPool.start(data(), workers=1, queue=1, limits=Limits(seconds=20, megabytes=256))
    ) as pool:
        pool.run("ASK { }", JSON, TURTLE)
        victim = pool._idle[0].number
        killer = threading.Timer(0.3, os.kill, (victim, signal.SIGKILL))
        killer.start()
        with pytest.raises(WorkerError, match="ended unexpectedly"):
            pool.run(RUNAWAYS["never true"], JSON, TURTLE)
        killer.join()
        assert pool.run("ASK { }", JSON, TURTLE).body


def test_a_worker_that_took_much_memory_is_not_used_again():
    """What it left behind would be missing for the next query."""
    with closing(
        QueryPool.start(data(), workers=1, queue=1, limits=Limits(seconds=90, megabytes=400))
    ) as pool:
        pool.run("ASK { }", JSON, TURTLE)
        first = pool._idle[0].number
        pool.run(
            "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?a ?d { ?a ?b ?c . ?d ?e ?f } LIMIT 1000000 }",
            JSON,
            None,
        )
        assert first not in {worker.number for worker in pool._idle}
        assert pool.run("ASK { }", JSON, TURTLE).body


def test_a_closed_pool_leaves_no_process():
    before = _descendants(os.getpid())
    pool = QueryPool.start(data(), workers=2, queue=2, limits=Limits(seconds=5, megabytes=256))
    pool.run("ASK { }", JSON, TURTLE)
    assert _descendants(os.getpid()) > before
    pool.close()
    assert _descendants(os.getpid()) <= before
    with pytest.raises(WorkerError):
        pool.run("ASK { }", JSON, TURTLE)


def test_processes_forked_from_the_first_share_the_pool(pool: QueryPool):
    """Each has workers of its own, and none takes an answer that is for another."""
    pool.run("ASK { }", JSON, TURTLE)
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            expected = f"n\r\n{number}\r\n".encode()
            ok = all(
                pool.run(f"SELECT ({number} AS ?n) {{ }}", CSV, None).body == expected for _ in range(50)
            )
            os._exit(0 if ok else 1)
        children.append(child)
    assert pool.run("SELECT (9 AS ?n) { }", CSV, None).body == b"n\r\n9\r\n"
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]


def test_a_process_with_many_handles_can_ask(pool: QueryPool):
    """A busy web server has more than the 1024 that `select` knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    handles = [os.dup(0) for _ in range(1200)]
    try:
        for worker in pool._idle:  # so that the next one has a high number
            worker.link.close()
        pool._idle.clear()
        assert pool.run("ASK { }", JSON, TURTLE).body
    finally:
        for handle in handles:
            os.close(handle)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_pool_starts_without_a_warning_where_there_are_no_threads():
    code = (
        "from tests.test_execution import *\n"
        "with closing(QueryPool.start(data(), workers=1, queue=1, limits=Limits())) as pool:\n"
        "    print(pool.run('ASK { }', JSON, TURTLE).body.decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ('{"head":{},"boolean":true}\n', "")


def test_half_a_character_is_no_query(pool: QueryPool):
    with pytest.raises(QueryError, match="half a character"):
        pool.run("ASK { } # \ud800", JSON, TURTLE)


def test_no_row_at_all_is_no_bound():
    with pytest.raises(ParameterError, match="1 or more"):
        Limits(rows=0)


def test_who_asks_before_workers_can_be_forked_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch):
    """Their parent is there, and still prepares; that is no fault, and nothing has to be restarted."""
    monkeypatch.setattr(zygote, "_PATIENCE", 0.2)
    recipe = zygote.Recipe(lambda: lambda _, body: ({}, body), 64, prepare=lambda: time.sleep(1.5))
    parent = zygote.Zygote.start(recipe)
    try:
        with pytest.raises(Overloaded):
            parent.fork()
        monkeypatch.setattr(zygote, "_PATIENCE", 20.0)
        number, link, _ = parent.fork()
        link.close()
        parent.reap(number)
    finally:
        parent.close()
