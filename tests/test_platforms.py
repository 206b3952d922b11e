"""Where processes cannot be forked: everything can be imported, and queries are bounded all the same."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest

import anshan_kg
from tests import bare
from tests.conftest import free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = sorted(each.name for each in pkgutil.walk_packages(anshan_kg.__path__, "anshan_kg."))
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"


def run(folder: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program there."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env=bare.environment(folder),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_platform_of_these_tests_cannot_fork(tmp_path: Path):
    """So that the tests below are not about the platform they run on."""
    code = "import os\nfor name in ('fcntl', 'resource'):\n try: __import__(name)\n except ImportError: print(name)\nprint(hasattr(os, 'fork'), hasattr(os, 'register_at_fork'))"
    assert run(tmp_path, code).stdout.split() == ["fcntl", "resource", "False", "False"]


def test_every_module_can_be_imported(tmp_path: Path):
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint('all')"
    done = run(tmp_path, code, *(each for each in MODULES if not each.endswith("__main__")))
    assert (done.stdout, done.stderr) == ("all\n", "")


QUERIES = """
import sys, warnings
import pyoxigraph as ox
from anshan_kg import formats
from anshan_kg.errors import QueryTimeout, QueryError, QueryRefused
from anshan_kg.execution import Limits, QueryPool
def main():
    store = ox.Store()
    store.extend(ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal(n)) for n in range(1000))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pool = QueryPool.start(store, workers=2, queue=2, limits=Limits(seconds=1, megabytes=512))
    print(*(str(each.message)[-60:] for each in caught))
    csv = formats.by_name("csv")
    print(pool.run("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", csv, None).body)
    for text, error in (
        ("SELECT (COUNT(*) AS ?n) { PRODUCT }", QueryTimeout),
        ("SELECT { ", QueryError),
        ("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", QueryRefused),
        ("SELECT * " + "{" * 10_000 + "}" * 10_000, QueryError),
    ):
        try:
            pool.run(text, csv, None, gated=True)
            print("answered")
        except error:
            print(error.__name__)
    print(pool.run("ASK { }", formats.by_name("json"), None).body)
    pool.close()
main()
""".replace("PRODUCT", PRODUCT)


def test_queries_run_in_programs_that_are_ended_at_their_deadline(tmp_path: Path):
    done = run(tmp_path, QUERIES)
    said = done.stdout.splitlines()
    assert "only the gate keeps it closed" in said[0], done.stderr
    assert said[1:] == [
        "b'n\\r\\n1000\\r\\n'",
        "QueryTimeout",
        "QueryError",
        "QueryRefused",
        "QueryError",
        'b\'{"head":{},"boolean":true}\'',
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["query", "ASK { ?s ?p ?o }"], "true"),
        (["--version"], "anshan-kg"),
        (["token", "create", "--token-file", "t.json"], "akg_"),
    ],
)
def test_commands_work(tmp_path: Path, words: list[str], expected: str):
    words = [str(tmp_path / each) if each.endswith(".json") else each for each in words]
    done = run(tmp_path, "from anshan_kg.cli import main; main()", *words)
    assert expected in done.stdout, done.stderr
    assert done.returncode == 0


def test_a_dataset_on_disk_is_refused_with_the_reason(tmp_path: Path):
    data = str(tmp_path / "data")
    done = run(tmp_path, "from anshan_kg.cli import main; main()", "serve", "--data", data, "--empty")
    assert done.returncode != 0
    assert "has no locks for it" in done.stderr


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service there."""
    folder = tmp_path_factory.mktemp("bare")
    port = free_port()
    command = [sys.executable, "-m", "anshan_kg", "--quiet", "serve", "--port", str(port), "--query-timeout", "2"]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=bare.environment(folder), stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) == 0, (folder / "log").read_text()


def ask(base: str, query: str) -> tuple[int, bytes]:
    address = f"{base}/sparql?" + urllib.parse.urlencode({"query": query})
    request = urllib.request.Request(address, headers={"Accept": "application/sparql-results+json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_the_service_answers_bounds_and_stops_there(base: str):
    """It serves from one process then; SIGTERM ends it well, see the fixture."""
    status, body = ask(base, "ASK { ?s ?p ?o }")
    assert (status, json.loads(body)["boolean"]) == (200, True)
    assert ask(base, f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}")[0] == 504
    assert ask(base, "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")[0] == 403
    assert ask(base, "ASK { ?s ?p ?o }")[0] == 200
