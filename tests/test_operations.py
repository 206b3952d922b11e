"""Running the service: readiness, numbers, log lines, headers, a path of its own, the interface described."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from anshan_kg import KnowledgeGraph, allocator
from anshan_kg.config import Config
from anshan_kg.errors import ParameterError
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.embedded import EmbeddedStore
from anshan_kg.web import create_app, observe
from tests.conftest import ROOT, free_port, need, wait_for

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def served(kg: KnowledgeGraph, **settings: object) -> Flask:
    """The service of the real graph, with some settings."""
    same = KnowledgeGraph(Config(**settings), kg.tree, kg.store)  # type: ignore[arg-type]
    same.dataset, same._derived = kg.dataset, kg._derived
    return create_app(same, DirectRunner(kg.store))


def test_a_service_that_answers_queries_is_ready(client: FlaskClient, kg: KnowledgeGraph):
    response = client.get("/readyz")
    assert (response.status_code, response.json["ready"]) == (200, True)  # type: ignore[index]
    assert response.json["dataset"] == kg.version  # type: ignore[index]


def test_queries_are_counted_by_what_came_of_them(kg: KnowledgeGraph):
    here = served(kg).test_client()
    for text in ("ASK {}", "ASK {}", "no query", "ASK { SERVICE <http://127.0.0.1/> {} }"):
        here.get("/sparql", query_string={"query": text})
    said = here.get("/metrics").text
    for line in ('outcome="ok"} 2.0', 'outcome="syntax"} 1.0', 'outcome="refused"} 1.0'):
        assert f"anshan_kg_queries_total{{{line}" in said


def test_a_query_is_one_line_in_the_log_without_its_text(
    kg: KnowledgeGraph, capsys: pytest.CaptureFixture[str]
):
    served(kg).test_client().get("/sparql", query_string={"query": "ASK { ?secret ?p ?o }"})
    (line,) = [json.loads(each) for each in capsys.readouterr().err.splitlines() if '"query"' in each]
    assert (line["outcome"], line["rows"]) == ("ok", 1)
    assert line["ms"] >= 0
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("path", ["/", "/about", "/nowhere", "/sparql?query=ASK+%7B%7D", "/void.ttl"])
def test_every_answer_keeps_a_browser_from_harm(client: FlaskClient, path: str):
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/progress", "/conflicts", "/about", "/ask", "/page/id/place/anshan"])
def test_under_a_path_no_link_leads_out_of_it(kg: KnowledgeGraph, path: str):
    text = served(kg, base_path="/kg").test_client().get(f"/kg{path}", headers={"Accept": "text/html"}).text
    assert 'href="/kg/' in text
    for attribute in ("href", "src", "action"):
        assert f'{attribute}="/' not in text.replace(f'{attribute}="/kg/', "").replace(
            f'{attribute}="/kg"', ""
        )


@pytest.mark.parametrize(("trusted", "host"), [(0, "localhost"), (1, "kg.example")])
def test_what_a_proxy_says_is_believed_only_where_it_is_trusted(kg: KnowledgeGraph, trusted: int, host: str):
    here = served(kg, trusted_proxies=trusted).test_client()
    forwarded = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "kg.example",
    }
    text = here.get("/sparql", headers={"Accept": "text/turtle", **forwarded}).text
    assert f"://{host}/sparql" in text


@pytest.mark.parametrize("settings", [{"log_level": "loud"}, {"log_format": "xml"}, {"base_path": "/ask"}])
def test_a_setting_that_cannot_be_is_told_at_the_start(kg: KnowledgeGraph, settings: dict[str, object]):
    with pytest.raises(ParameterError):
        served(kg, **settings)


def test_every_address_that_is_served_is_described(kg: KnowledgeGraph):
    app = served(kg)
    described = app.test_client().get("/openapi.json").json
    assert described is not None
    assert described["openapi"].startswith("3.1")
    rules = {rule.rule for rule in app.url_map.iter_rules()} - {"/static/<path:filename>"}
    assert len(described["paths"]) >= len(rules) - 2
    for path in ("/sparql", "/validate", "/queries/{name}", "/dumps/", "/readyz"):
        assert path in described["paths"]
    for each in described["paths"].values():
        for operation in each.values():
            assert operation["summary"]
            assert operation["responses"]


def test_the_interface_reads_without_another_host(client: FlaskClient):
    for lang in ("en", "zh"):
        text = client.get(f"/docs?lang={lang}", headers={"Accept": "text/html"}).text
        assert "/sparql" in text
        assert "<script>" not in text
        assert not re.search(r"<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=\"(?:https?:)?//", text)


def test_what_the_documents_say_of_running_it_is_there():
    said = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for word in ("/readyz", "/metrics", "--base-path", "--trusted-proxies", "--log-format"):
        assert word in said


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_line_of_a_query_is_what_the_log_would_write_of_it(form: str, capsys: pytest.CaptureFixture[str]):
    config = Config(log_format=form)
    book = observe.Book(config, observe.Metrics(DirectRunner(EmbeddedStore(ox.Store())), lambda: ""))
    known = {
        "id": 'a"b', "hash": "0f", "ms": 1.25, "rows": None, "bytes": 3, "outcome": "ok", "client": "鞍 = 1",
    }  # fmt: skip
    book.query(dict(known), "ASK {}", 0.1)
    book.log.info("query", **known)
    ours, theirs = (
        re.sub(r"\d+-\d+-\d+T[\d:.]+Z", "", each) for each in capsys.readouterr().err.splitlines()
    )
    assert ours == theirs
    assert "鞍" in ours


def test_the_service_starts_again_with_an_allocator_and_says_which_it_cannot_use(tmp_path: Path):
    nothing = tmp_path / "lib.so"
    nothing.write_bytes(b"no library")
    said: list[str] = []
    allocator.restart(str(nothing), said.append)
    assert "cannot be used" in said[0]
    with pytest.raises(ParameterError):
        allocator.restart(str(tmp_path / "nowhere.so"), said.append)
    allocator.restart("none", said.append)
    assert len(said) == 1


def test_whoever_is_served_has_the_allocator(kg: KnowledgeGraph):
    installed = next(iter((Path(sys.prefix) / "lib").rglob("libmimalloc.so")), None)
    need(installed, "mimalloc (pip install anshan-kg[speed])")
    port = free_port()
    command = [sys.executable, "-m", "anshan_kg", "--quiet", "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", 60)
            assert "libmimalloc" in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
        finally:
            process.terminate()
