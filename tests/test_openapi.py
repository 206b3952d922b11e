"""
The interface is what `/openapi.json` says it is.

`tests/schemathesis.toml` says how it is asked; docs/operations.md has the command for a long run.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app, openapi
from tests.conftest import ROOT, free_port, wait_for
from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg import KnowledgeGraph

ONE_QUESTION = r"^/ask/(?!targets\.|\{)"
"""All but one of the named questions, which are one route."""


@contextlib.contextmanager
def in_memory() -> Iterator[str]:
    """Give the address of a service that keeps its data in memory."""
    port = free_port()
    command = [sys.executable, "-m", "anshan_kg", "--quiet", "serve", "--port", str(port), "--workers", "1"]
    environ = {**os.environ, "ANSHAN_KG_CLIENT_BUDGET": "0", "ANSHAN_KG_LOG_LEVEL": "error"}
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def ask(base: str, folder: Path, *options: str) -> str:
    """Let schemathesis ask a service; return what it says, after an exit code of 0."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "--config-file", ROOT / "tests/schemathesis.toml", "run",
            f"{base}/openapi.json", "--no-color", *options,
        ],
        cwd=folder, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


SHORT = ("-n", "1", "--exclude-path-regex", ONE_QUESTION)


def test_a_service_in_memory_is_as_it_is_described(tmp_path: Path):
    with in_memory() as base:
        assert "No issues found" in ask(base, tmp_path, "--phases", "fuzzing", *SHORT)


def test_a_service_that_is_written_to_is_as_it_is_described(tmp_path: Path):
    with running(tmp_path, "--empty", "--workers", "1") as service:
        token = ("-H", f"Authorization: Bearer {service.admin}")
        said = ask(service.base, tmp_path, "--phases", "examples,fuzzing", *SHORT, *token)
        assert "No issues found" in said
        assert service.ask("GET", "/readyz").status == 200


@pytest.fixture(scope="module")
def document(kg: KnowledgeGraph) -> dict[str, Any]:
    app = create_app(kg, DirectRunner(kg.store))
    return openapi.describe(app, "en", writes=True)


def test_every_method_of_every_address_is_described_with_its_parts(kg: KnowledgeGraph):
    """The words in an address are the parameters of its description, and the other way round."""
    app = create_app(kg, DirectRunner(kg.store))
    described = openapi.describe(app, "en", writes=True)
    for rule, methods in openapi.rules(app):
        told = [(entry, method) for entry, names in openapi.entries(rule, methods) for method in names]
        assert {method for _, method in told} == methods, rule
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            given = [
                described["components"]["parameters"][each["$ref"].rpartition("/")[2]]
                if "$ref" in each
                else each
                for each in operation["parameters"]
            ]
            names = {each["name"] for each in given if each["in"] == "path"}
            assert names == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_what_is_referred_to_is_there_and_used(document: dict[str, Any]):
    used = set(re.findall(r"#/components/(\w+)/([\w-]+)", str(document)))
    there = {
        (kind, name)
        for kind in ("parameters", "responses", "schemas")
        for name in document["components"][kind]
    }
    assert used == there


def test_where_nothing_can_be_written_writing_is_described_as_refused(kg: KnowledgeGraph):
    paths = openapi.describe(create_app(kg, DirectRunner(kg.store)), "en")["paths"]
    for path, method in (
        ("/update", "post"),
        ("/data", "put"),
        ("/data", "delete"),
        ("/data/{name}", "post"),
    ):
        operation = paths[path][method]
        assert "security" not in operation
        assert "Not in this service" in operation["summary"]
        assert set(operation["responses"]) == {"400", "403", "405", "413"}
    assert "200" in paths["/data"]["get"]["responses"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("described"), "--empty") as service:
        yield service


@pytest.mark.parametrize(("lang", "word"), [("en", "token"), ("zh", "令牌")])
def test_the_page_names_updates_data_and_tokens_and_loads_nothing_from_elsewhere(
    written: Service, lang: str, word: str
):
    page = written.ask("GET", f"/docs?lang={lang}", token=None, Accept="text/html").text
    for name in ("/update", "/data", "/data/{name}", word):
        assert name in page
    loaded = re.findall(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"([^\"]*)\"", page)
    assert loaded
    assert [address for address in loaded if not address.startswith("/")] == []
    assert "<script>" not in page
    assert "@import" not in page
