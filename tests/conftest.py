"""What the tests share: the real graph, every kind of store, golden files."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from anshan_kg import KnowledgeGraph
from anshan_kg.config import Config
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.remote import RemoteStore
from anshan_kg.web import create_app
from tests.browser import browser, page, site

__all__ = ["browser", "page", "site"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"


def need(available: object, what: str) -> None:
    """Skip, loudly, a test that needs what this machine has not; fail where nothing may be skipped."""
    if available:
        return
    if os.environ.get("ANSHAN_KG_NO_SKIPS"):
        pytest.fail(f"this test may not be skipped here, but needs {what}")
    pytest.skip(f"needs {what}")


def folder(variable: str, default: str) -> Path:
    """Return a folder of material that is not part of the project; skip where it is missing."""
    place = Path(os.environ.get(variable, ROOT.parent / default))
    need(place.is_dir(), f"a folder named by {variable}, or {default} beside the project")
    return place


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regold", action="store_true", help="write golden files anew; review the diff")
    parser.addoption("--long", action="store_true", help="run what takes minutes at its full length")


@pytest.fixture(scope="session")
def kg() -> KnowledgeGraph:
    """The real graph of this checkout."""
    return KnowledgeGraph.open(Config())


@pytest.fixture(scope="session")
def client(kg: KnowledgeGraph) -> FlaskClient:
    """A client of the service, without query workers."""
    return create_app(kg, DirectRunner(kg.store)).test_client(use_cookies=False)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare bytes with a reviewed file; with --regold write it."""

    def compare(name: str, found: bytes) -> None:
        path = GOLDEN / name
        if request.config.getoption("--regold"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found)
        assert path.exists(), f"{path} is missing; run pytest --regold and review it"
        assert found.decode() == path.read_bytes().decode()

    return compare


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_for(url: str, seconds: float = 20) -> None:
    """Return when an address answers at all."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@pytest.fixture(scope="session")
def our_endpoint(kg: KnowledgeGraph) -> Iterator[str]:
    """Address of our own SPARQL endpoint."""
    server = make_server("127.0.0.1", 0, create_app(kg, DirectRunner(kg.store)), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def oxigraph_endpoint(kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the oxigraph server with our release loaded: an engine that is not this process."""
    place = tmp_path_factory.mktemp("oxigraph")
    kg.build(place / "release")
    quads = place / "anshan-kg.nq"
    quads.write_bytes(gzip.decompress((place / "release" / "anshan-kg.nq.gz").read_bytes()))
    program = str(Path(sys.executable).parent / "oxigraph")
    data = str(place / "data")
    subprocess.run(
        [program, "load", "--location", data, "--file", str(quads)], check=True, capture_output=True
    )
    port = free_port()
    command = [program, "serve-read-only", "--location", data, "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}/query"
        server.terminate()


@pytest.fixture(scope="session", params=["embedded", "our endpoint", "oxigraph server"])
def anywhere(request: pytest.FixtureRequest, kg: KnowledgeGraph) -> KnowledgeGraph:
    """The graph on each store in turn: what is promised of one is promised of all."""
    if request.param == "embedded":
        return kg
    fixture = "our_endpoint" if request.param == "our endpoint" else "oxigraph_endpoint"
    return KnowledgeGraph(Config(), kg.tree, RemoteStore(request.getfixturevalue(fixture)))
