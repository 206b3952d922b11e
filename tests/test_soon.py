"""The short way in the server's loop gives what the framework gives, and steps aside for all else."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from anshan_kg import KnowledgeGraph, formats
from anshan_kg.config import Config
from anshan_kg.errors import (
    AnswerTooLarge,
    Overloaded,
    ParameterError,
    QueryCancelled,
    QueryError,
    QueryMemory,
    QueryRefused,
    QueryTimeout,
)
from anshan_kg.execution import Limits, QueryPool
from anshan_kg.web import create_app
from anshan_kg.web.reply import Reply
from anshan_kg.web.soon import FAILED, NAME, Soon

try:  # the loop that the service has where it is installed
    from uvloop import run
except ImportError:
    from asyncio import run  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.datastructures import Headers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")

SELECT = "SELECT ?s { ?s a <https://w3id.org/anshan-kg/ont#Mine> } ORDER BY ?s LIMIT 3"
GRAPH = "CONSTRUCT WHERE { ?s a <https://w3id.org/anshan-kg/ont#Mine> ; ?p ?o }"
MANY = "SELECT * { ?s ?p ?o } LIMIT 1000"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MUCH = "SELECT * { ?s ?p ?o } LIMIT 60000"
LARGE = "SELECT * { ?s ?p ?o } LIMIT 15000"
_EIGHT_TIMES = (f"BIND(CONCAT({', '.join([f'?v{n}'] * 8)}) AS ?v{n + 1})" for n in range(9))
GROWING = f"SELECT (STRLEN(?v9) AS ?n) {{ BIND('0123456789' AS ?v0) {' '.join(_EIGHT_TIMES)} }}"
"""Some gigabytes, at once."""
BOMB = "SELECT (CONCAT(STR(?a), STR(?b)) AS ?c) { ?a ?p ?x . ?b ?q ?y }"
JSON, TURTLE = formats.RESULTS[0], formats.GRAPHS[0]
OWN = {"x-query-id", "server-timing"}
"""Headers whose value is another one each time."""
FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"


class Long(NamedTuple):
    status_code: int
    headers: Headers
    data: bytes


@pytest.fixture(scope="module")
def pool(kg: KnowledgeGraph) -> Iterator[QueryPool]:
    made = QueryPool.start(
        kg.dataset.store,
        workers=2,
        queue=4,
        limits=Limits(seconds=30, megabytes=200, answer_megabytes=8),
        version=kg.version,
    )
    yield made
    made.close()


def served(kg: KnowledgeGraph, pool: QueryPool, **settings: Any) -> Flask:
    same = KnowledgeGraph(Config(**settings), kg.tree, kg.store)
    same.dataset, same._derived = kg.dataset, kg._derived
    return create_app(same, pool)


@pytest.fixture(scope="module")
def app(kg: KnowledgeGraph, pool: QueryPool) -> Flask:
    return served(kg, pool, answer_cache=0)


def environment(
    text: str | None = SELECT, accept: str | None = JSON.media_type, **more: Any
) -> dict[str, Any]:
    """The request for a query, by WSGI."""
    headers = {**({"Accept": accept} if accept else {}), **more.pop("headers", {})}
    asked = {"query_string": {"query": text}} if text is not None else {}
    return EnvironBuilder(**{"path": "/sparql", **asked, **more}, headers=headers).get_environ() | {
        "REMOTE_ADDR": "127.0.0.1"
    }


def posted(data: bytes | dict[str, str], kind: str, **more: Any) -> dict[str, Any]:
    return environment(None, method="POST", data=data, content_type=kind, **more)


def soon_of(app: Flask) -> Soon:
    found: Soon = app.extensions[NAME]
    return found


def short(app: Flask, environ: dict[str, Any]) -> Reply | dict[str, Any]:
    """What the short way has for a request."""
    environ["wsgi.input"].seek(0)
    body = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    return run(soon_of(app).answer(dict(environ), body))


def long_way(app: Flask, environ: dict[str, Any]) -> Long:
    """What the framework has for it."""
    pieces, status, headers = run_wsgi_app(app, dict(environ), buffered=True)
    return Long(int(status[:3]), headers, b"".join(pieces))


def soon(pool: QueryPool, text: str, **options: Any) -> Any:
    return pool.run_soon(text, JSON, TURTLE, **options)


# the same as the framework's

SAME = {
    "json": environment(),
    "no Accept": environment(accept=None),
    "anything": environment(accept="*/*"),
    "HEAD": environment(method="HEAD"),
    **{form.name: environment(accept=form.media_type) for form in formats.RESULTS},
    **{form.name: environment(GRAPH, form.media_type) for form in formats.GRAPHS},
    "q-values": environment(accept="text/csv;q=0.5, text/tab-separated-values"),
    "format=": environment(query_string={"query": SELECT, "format": "csv"}),
    "timeout=": environment(query_string={"query": SELECT, "timeout": "5"}),
    "truth": environment("ASK { ?s ?p '鞍山 + 100 % & more' }"),
    "no rows": environment("SELECT * { ?s ?p 'nothing has this' }"),
    "many rows": environment(MANY, "text/csv"),
    "another answer each time": environment("SELECT (NOW() < NOW() AS ?never) {}"),
    "a dataset": environment(query_string={"query": SELECT, "default-graph-uri": "http://nowhere.example/"}),
    "named graphs": environment(query_string={"query": SELECT, "named-graph-uri": "http://nowhere.example/"}),
    "form": posted({"query": SELECT}, FORM),
    "form with charset": posted({"query": SELECT}, f"{FORM}; charset=UTF-8"),
    "direct": posted(SELECT.encode(), QUERY),
    "direct and parameters": posted(SELECT.encode(), QUERY, query_string={"timeout": "3"}),
    "a name of its own": environment(headers={"X-Query-Id": "abcdefghijklmnop"}),
    "gzip": environment(MANY, headers={"Accept-Encoding": "gzip, br"}),
    "gzip of little": environment("ASK {}", headers={"Accept-Encoding": "gzip"}),
    "only gzip": environment("ASK {}", headers={"Accept-Encoding": "gzip, identity;q=0"}),
    "known": environment(headers={"If-None-Match": '"other", W/"another"'}),
    "whatever is known": environment(headers={"If-None-Match": "*"}),
    "whatever is known, compressed": environment(headers={"If-None-Match": "*", "Accept-Encoding": "gzip"}),
    "from another site": environment(headers={"Origin": "https://elsewhere.example"}),
    "behind a proxy": environment(
        headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "kg.example"}
    ),
    "another host": environment(headers={"Host": "kg.example"}),
    "https": environment(base_url="https://localhost"),
    "a language": environment(headers={"Accept-Language": "zh"}),
    "a cookie": environment(headers={"Cookie": "lang=zh"}),
}  # fmt: skip

SETTINGS: dict[str, dict[str, Any]] = {
    "as it comes": {"answer_cache": 0},
    "with kept answers": {},
    "behind a proxy": {"trusted_proxies": 1, "answer_cache": 0},
    "under a path": {"base_path": "/kg", "answer_cache": 0},
    "with few rows": {"max_rows": 2, "answer_cache": 0},
    "logging text": {"log_format": "text", "log_queries": 1, "answer_cache": 0},
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_both_ways_give_the_same_bytes_headers_lines_and_counts(
    kg: KnowledgeGraph, pool: QueryPool, settings: str, capsys: pytest.CaptureFixture[str]
):
    ours, theirs = (served(kg, pool, **SETTINGS[settings]) for _ in range(2))
    for _ in range(2):  # the second time, answers may have been kept
        for name, environ in SAME.items():
            if "base_path" in SETTINGS[settings]:
                environ = {**environ, "PATH_INFO": "/kg/sparql"}  # noqa: PLW2901
            found = short(ours, environ)
            assert isinstance(found, Reply), f"{name}: it stepped aside"
            line = untimed(capsys.readouterr().err)
            long = long_way(theirs, environ)
            assert found.status == long.status_code, name
            expected = b"" if environ["REQUEST_METHOD"] == "HEAD" else found.body
            assert long.data == expected, name
            told = [name.lower() for name, _ in found.headers]
            assert len(set(told)) == len(told), name
            here = {each.lower(): value for each, value in found.headers}
            there = {each.lower(): value for each, value in long.headers.items()}
            if found.status != 304:
                here["content-length"] = str(len(found.body))
            assert unsettled(here) == unsettled(there), name
            assert line == untimed(capsys.readouterr().err), name
    assert counted(ours) == counted(theirs)


def unsettled(headers: dict[str, str]) -> dict[str, str]:
    """Headers without the values that are others each time."""
    kept = "cache" if headers.get("server-timing", "").startswith("cache") else ""
    return {**headers, **dict.fromkeys(OWN & set(headers), kept)}


def untimed(lines: str) -> list[Any]:
    """Log lines without what is another each time."""
    changing = ("id", "ms", "timestamp")
    if lines.startswith("{"):
        return [
            {k: "" if k in changing else v for k, v in json.loads(each).items()}
            for each in lines.splitlines()
        ]
    return [
        [part.partition("=")[0] if part.startswith(changing) else part for part in each.split(" ")]
        for each in lines.splitlines()
    ]


def counted(app: Flask) -> list[str]:
    return [
        line
        for line in app.test_client().get("/metrics").text.splitlines()
        if line.startswith(
            (
                "anshan_kg_queries_total",
                "anshan_kg_requests_total",
                "anshan_kg_query_seconds_count",
                "anshan_kg_answer_bytes_total",
            )
        )
    ]


def test_a_client_that_has_the_answer_is_told_so_on_both_ways(kg: KnowledgeGraph, pool: QueryPool):
    app = served(kg, pool)
    for coding in ({}, {"Accept-Encoding": "gzip"}):
        first = short(app, environment(MANY, headers=coding))
        assert isinstance(first, Reply)
        known = {"If-None-Match": dict(first.headers)["ETag"], **coding}
        again = short(app, environment(MANY, headers=known))
        long = long_way(app, environment(MANY, headers=known))
        assert isinstance(again, Reply)
        assert (again.status, long.status_code, again.body) == (304, 304, b"")
        assert {k.lower(): v for k, v in again.headers} == {k.lower(): v for k, v in long.headers.items()}


# stepping aside

ASIDE = {
    "no query": environment(None),
    "a page": environment(accept="text/html"),
    "two queries": environment(query_string=[("query", SELECT), ("query", SELECT)]),
    "an update": environment(query_string={"update": "CLEAR ALL"}),
    "nothing acceptable": environment(accept="image/png"),
    "no coding": environment(headers={"Accept-Encoding": "identity;q=0"}),
    "a name that is none": environment(headers={"X-Query-Id": "short"}),
    "a service": environment("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }"),
    "perhaps a service": environment("SELECT * { ?s ?p 'service' }"),
    "letters of services": environment("SELECT * { ?s ?p 'serv\\u0069ces' }"),
    "escapes": environment("SELECT * { ?s ?p 'c\\u0061fé' }"),
    "too long": posted(b"#" * 2**17 + SELECT.encode(), QUERY),
    "another charset": posted(SELECT.encode(), f"{QUERY}; charset=latin-1"),
    "not UTF-8": posted(b"SELECT \xff", QUERY),
    "not percent-encoded UTF-8": environment(None, query_string="query=%FF"),
    "another path": environment(path="/elsewhere/sparql"),
}


@pytest.mark.parametrize("name", ASIDE)
def test_whatever_is_rare_or_refused_is_left_to_the_framework(app: Flask, name: str):
    assert short(app, ASIDE[name]) == {}


@pytest.mark.parametrize(
    ("text", "kind", "status"),
    [
        ("", QueryError, 400),
        ("SELECT * { ?s ?p }", QueryError, 400),
        ("DELETE WHERE { ?s ?p ?o }", QueryError, 400),
        ("SELECT * FROM <http://127.0.0.1/> { ?s ?p ?o }", QueryRefused, 403),
        (BOMB, AnswerTooLarge, 413),
    ],
)
def test_an_error_is_told_by_the_framework_and_nothing_runs_twice(
    app: Flask,
    pool: QueryPool,
    text: str,
    kind: type[Exception],
    status: int,
    capsys: pytest.CaptureFixture[str],
):
    environ = environment(text)
    found = short(app, environ)
    assert isinstance(found, dict)
    question = found[FAILED]
    assert isinstance(question.failed, kind)
    began = time.monotonic()
    assert long_way(app, environ | found).status_code == status
    assert time.monotonic() - began < 1
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["id"] == question.name  # the one that ran


# in a loop as in threads


def test_many_at_once_are_answered_each_with_its_own(pool):
    async def all_of_them() -> Any:
        return await asyncio.gather(*(soon(pool, f"SELECT ({n} AS ?n) {{}}") for n in range(6)))

    for _ in range(20):
        found = [json.loads(outcome.body) for outcome in run(all_of_them())]
        assert [each["results"]["bindings"][0]["n"]["value"] for each in found] == [str(n) for n in range(6)]
    assert pool.statistics()["busy"] == pool.statistics()["queued"] == 0


def test_more_than_may_wait_are_refused(pool):
    async def all_of_them() -> Any:
        return await asyncio.gather(*(soon(pool, LARGE) for _ in range(8)), return_exceptions=True)

    found = run(all_of_them())
    assert sum(isinstance(each, Overloaded) for each in found) == 2
    assert len({each.body for each in found if not isinstance(each, Overloaded)}) == 1


def test_a_large_answer_comes_whole_and_holds_nobody_up(pool):
    async def both() -> Any:
        large = asyncio.ensure_future(soon(pool, LARGE))
        light = await soon(pool, SELECT)
        return await large, light

    large, light = run(both())
    assert large.body == pool.run(LARGE, JSON, TURTLE).body
    assert light.rows == 3


def test_a_worker_that_the_loop_has_asked_can_be_asked_by_a_thread_for_much(kg: KnowledgeGraph):
    """Some loops leave a socket so that nobody can wait for it."""
    with closing(QueryPool.start(kg.dataset.store, workers=1, queue=1, limits=Limits(30, 1024, 64))) as pool:
        for _ in range(3):
            run(soon(pool, SELECT))
            assert pool.run(MUCH, JSON, TURTLE).rows == 60_000


@pytest.mark.parametrize(
    ("seconds", "text", "kind"),
    [
        (0.3, ENDLESS, QueryTimeout),
        (20, GROWING, QueryMemory),
    ],
)
def test_a_query_in_the_loop_is_ended_at_its_bounds_while_others_go_on(pool, seconds, text, kind):
    async def both() -> Any:
        head = pool._head(JSON, TURTLE, 8 * 2**20, None, None, None)
        heavy = asyncio.ensure_future(pool.ask_soon(head, text.encode(), seconds=seconds))
        slowest, began = 0.0, time.monotonic()
        while not heavy.done() and time.monotonic() < began + 40:
            start = time.monotonic()
            await soon(pool, SELECT)
            slowest = max(slowest, time.monotonic() - start)
        return (await asyncio.gather(heavy, return_exceptions=True))[0], time.monotonic() - began

    found, took = run(both())
    if isinstance(found, tuple):  # the engine's own word for it
        assert found[0] == {"error": "memory"}
    else:
        assert isinstance(found, kind)
    assert took < 32
    assert soon_after(pool).rows == 3


def soon_after(pool: QueryPool) -> Any:
    return run(soon(pool, SELECT))


def test_a_query_in_the_loop_is_cancelled_from_a_thread(pool):
    async def cancelled() -> Any:
        heavy = asyncio.ensure_future(soon(pool, ENDLESS, name="a" * 16))
        while not pool.statistics()["busy"]:
            await asyncio.sleep(0.01)
        assert await asyncio.to_thread(pool.cancel, "a" * 16)
        with pytest.raises(QueryCancelled):
            await heavy

    run(cancelled())
    assert soon_after(pool).rows == 3


def test_a_query_in_the_queue_is_cancelled_too(pool):
    async def cancelled() -> Any:
        heavy = [asyncio.ensure_future(soon(pool, ENDLESS, name=f"{n}" * 16)) for n in range(3)]
        while not pool.statistics()["queued"]:
            await asyncio.sleep(0.01)
        assert await asyncio.to_thread(pool.cancel, "2" * 16)
        with pytest.raises(QueryCancelled):
            await heavy[2]
        for n in range(2):
            pool.cancel(f"{n}" * 16)
        assert all(
            isinstance(each, QueryCancelled) for each in await asyncio.gather(*heavy, return_exceptions=True)
        )

    run(cancelled())
    assert pool.statistics()["busy"] == pool.statistics()["queued"] == 0


def test_a_query_whose_client_has_gone_is_stopped(pool):
    with pytest.raises(QueryCancelled, match="gone"):
        run(soon(pool, ENDLESS, gone=lambda: True))
    assert pool.statistics()["busy"] == 0


def test_two_questions_cannot_have_one_name(pool):
    async def both() -> Any:
        first = asyncio.ensure_future(soon(pool, LARGE, name="b" * 16))
        await asyncio.sleep(0)
        with pytest.raises(ParameterError, match="choose another"):
            await soon(pool, SELECT, name="b" * 16)
        await first

    run(both())


def test_the_loop_and_threads_share_places_and_queue(pool):
    async def both() -> Any:
        threads = [asyncio.create_task(asyncio.to_thread(pool.run, LARGE, JSON, TURTLE)) for _ in range(2)]
        here = [asyncio.create_task(soon(pool, LARGE)) for _ in range(3)]
        return await asyncio.gather(*threads, *here)

    assert len({outcome.body for outcome in run(both())}) == 1
