"""The measuring measures: the same data and queries for all, answers compared, numbers reported."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from anshan_kg import queries
from anshan_kg.bench import answers, contenders, engine, load, query, report, shapes
from anshan_kg.bench.query import Cell, Plan, Result
from anshan_kg.cli import cli
from anshan_kg.errors import ParameterError, SourceError
from anshan_kg.execution import gate
from anshan_kg.execution.engine import parse
from tests.conftest import need


@pytest.fixture(scope="module")
def small(kg, tmp_path_factory) -> Path:
    """The real graph and a little that is invented, as a file."""
    path = tmp_path_factory.mktemp("bench") / "small.nt"
    query.invented(kg.dataset.store, 72_000, 1, path)
    return Path(path)


@pytest.fixture(scope="module")
def store(small):
    found = ox.Store()
    found.bulk_load(path=str(small), format=ox.RdfFormat.N_TRIPLES)
    return found


# shapes


def test_there_are_six_shapes_and_each_is_a_file():
    assert len(shapes.NAMES) == 6
    assert set(shapes.NAMES) == set(queries.names("shapes"))


@pytest.mark.parametrize("name", shapes.NAMES)
def test_a_shape_runs_as_it_stands_and_passes_the_gate(kg, name):
    text = queries.load(name, "shapes").text
    gate.check(text, parse)
    assert kg.store.query(text).columns


def test_the_values_of_a_shape_are_picked_from_the_data_and_give_answers(store):
    for shape in shapes.of(store, most=8):
        found = [len(list(store.query(text))) for text in shape.texts]
        assert len(set(shape.texts)) == len(shape.texts) <= 8
        assert any(found), shape.name
        assert len(shape.texts) > 1 or shape.name == "aggregate"


def test_a_dataset_of_a_size_is_the_real_graph_and_an_invented_region(kg, small, store):
    assert 72_000 <= len(store) < 74_000
    assert ox.NamedNode("https://region-1.example/id/enterprise/e1") in {quad.subject for quad in store}
    with pytest.raises(ParameterError, match="the real graph alone has"):
        query.invented(kg.dataset.store, 10, 1, small.with_name("less.nt"))


# whether two systems say the same


def body(*cells: dict[str, str]) -> bytes:
    rows = [{"x": cell} for cell in cells]
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": rows}}).encode()


XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["1", "2"], ["2", "1"], True),  # in another order
        (["1"], ["1", "1"], False),  # twice
        (["1.50"], ["1.5"], False),  # as text
    ],
)
def test_answers_are_compared_as_rows_in_any_order(one, other, same):
    first, second = (
        answers.rows(body(*({"type": "literal", "value": v} for v in each))) for each in (one, other)
    )
    assert (first == second) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "literal", "value": "1.50", "datatype": f"{XSD}decimal"}, {"type": "literal", "value": "1.5", "datatype": f"{XSD}decimal"}),
        ({"type": "literal", "value": "1E2", "datatype": f"{XSD}decimal"}, {"type": "literal", "value": "100", "datatype": f"{XSD}integer"}),
        ({"type": "literal", "value": "钢", "xml:lang": "zh-Hans"}, {"type": "literal", "value": "钢", "xml:lang": "zh-hans"}),
        ({"type": "typed-literal", "value": "a", "datatype": f"{XSD}string"}, {"type": "literal", "value": "a"}),
    ],
)  # fmt: skip
def test_what_engines_may_write_differently_counts_as_the_same(one, other):
    assert answers.rows(body(one)) == answers.rows(body(other))


def test_an_answer_that_is_no_table_is_none():
    with pytest.raises(ValueError, match="no table"):
        answers.rows(b'{"head": {}, "boolean": true}')


# the clients


class Service(BaseHTTPRequestHandler):
    """A service whose paths say how it answers."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind = self.path.strip("/").partition("?")[0]
        if kind == "slow":
            time.sleep(0.05)
        self.send_response(503 if kind == "full" else 200)
        if kind == "pieces":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (b"a" * 70_000, b"b" * 10, b""):
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        else:
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 1000)
            if kind == "hangs-up":
                self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def order(
    port: int, path: str, clients: int = 2, seconds: float = 0.2, patience: float = 5
) -> dict[str, object]:
    request = base64.b64encode(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).decode()
    return {"host": "127.0.0.1", "port": port, "requests": [request], "clients": clients, "seconds": seconds,
            "patience": patience}  # fmt: skip


@pytest.mark.parametrize("path", ["whole", "pieces", "slow"])
def test_the_clients_time_whole_answers(service, path):
    found = load.run(order(service, path))
    assert found["times"]
    assert not found["errors"]
    assert min(found["times"]) >= (0.05 if path == "slow" else 0)
    assert sum(found["times"]) <= 2 * found["elapsed"] + 0.1
    assert found["unanswered"] == 0


def test_what_is_no_answer_is_counted_apart(service):
    found = load.run(order(service, "full"))
    assert found["times"] == []
    assert set(found["errors"]) == {"503"}


def test_a_client_whose_connection_is_closed_makes_another(service):
    found = load.run(order(service, "hangs-up", clients=1))
    assert len(found["times"]) > 1
    assert set(found["errors"]) <= {"EOFError"}


def test_clients_wait_for_the_last_answer_only_so_long():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = load.run(order(silent.getsockname()[1], "x", clients=1, seconds=0.05, patience=0.05))
    assert found["unanswered"] == 1
    assert found["elapsed"] < 5


# the price of isolation


def test_the_cost_of_a_shape_is_told_in_process_and_isolated(store):
    asked = shapes.of(store, most=2)[:1]
    cost = engine.costs(store, asked, 0.05)["entity"]
    assert 0 < cost.engine < 1
    assert 0 < cost.isolated < 1


# the whole


def test_an_unknown_system_or_shape_is_refused_with_those_there_are():
    with pytest.raises(ParameterError, match="oxigraph, oxigraph-disk, rdflib-endpoint"):
        Plan(peers=("neptune",))
    with pytest.raises(ParameterError, match="two-hop-chain"):
        Plan(shapes=("star",))
    with pytest.raises(ParameterError, match="above zero"):
        Plan(clients=(0,))


def test_our_service_and_oxigraph_are_measured_by_turns_and_say_the_same(small):
    need(not contenders.missing(contenders.peers()["oxigraph"]), "the oxigraph server")
    plan = Plan((1, 2), 0.05, 2, ("oxigraph",))
    said: list[str] = []
    result = query.run(plan, "a small one", small, said.append)
    assert result.differ == {}
    assert result.missing == {}
    assert {"anshan-kg", "oxigraph"} <= set(result.systems)
    assert list(result.costs) == list(shapes.NAMES)
    for shape in shapes.NAMES:
        for clients in (1, 2):
            for system in ("anshan-kg", "oxigraph"):
                cell = result.cells[shape, clients, system]
                assert cell.errors == {}
                assert cell.rate > 0
                assert len(cell.rates) in {1, 2}  # one where a single answer takes far longer than a round
    text = report.markdown([result], query.machine(), plan.clients)
    assert "| entity |" in text
    assert "geometric mean" in text
    document = json.loads(report.document([result], query.machine()))
    assert document["datasets"][0]["triples"] == result.triples
    assert len(document["datasets"][0]["cells"]) == len(result.cells)


def test_a_system_that_is_not_installed_is_said_and_nothing_fails(small, monkeypatch):
    gone = contenders.Contender(
        "rdflib-endpoint", "/nowhere/rdflib-endpoint", "/", ("/nowhere/rdflib-endpoint",)
    )
    monkeypatch.setattr(contenders, "peers", lambda: {"rdflib-endpoint": gone})
    plan = Plan((1,), 0.02, 1, ("rdflib-endpoint",), ("entity",))
    result = query.run(plan, "a small one", small, lambda _: None)
    assert result.missing == {"rdflib-endpoint": "/nowhere/rdflib-endpoint is not installed"}
    assert "rdflib-endpoint was not measured" in report.markdown([result], "here", (1,))


def test_a_system_that_answers_differently_is_not_timed(small, service, monkeypatch):
    class Lying(contenders.Running):
        def answer(self, text: str, seconds: float = 120) -> bytes:
            return body({"type": "literal", "value": "no"})

    other = contenders.Contender("other", "/", "/whole", ())
    start = query._start

    def with_another(plan, path, result, stack, say):
        result.systems.append("other")
        return [*start(plan, path, result, stack, say), Lying(other, service, 0.0)]

    monkeypatch.setattr(query, "_start", with_another)
    plan = Plan((1,), 0.02, 1, (), ("aggregate",))
    result = query.run(plan, "a small one", small, lambda _: None)
    assert list(result.differ) == [("aggregate", "other")]
    assert ("aggregate", 1, "other") not in result.cells
    assert result.cells["aggregate", 1, "anshan-kg"].rate > 0
    assert "was not timed there" in report.markdown([result], "here", (1,))


def test_a_system_that_ends_while_it_starts_says_why(small):
    broken = contenders.Contender("broken", "/bin/sh", "/", ("/bin/sh", "-c", "echo no such flag; exit 3"))
    with pytest.raises(SourceError, match="no such flag"), contenders.running(broken, small):
        pass


# the report


def result_of(rates: dict[str, float]) -> Result:
    cells = {("entity", 1, name): Cell([rate, rate], [1 / rate] * 3) for name, rate in rates.items()}
    cost = engine.Cost(0.001, 0.0012)
    return Result("a dataset", 10, list(rates), {}, {"entity": cost}, cells, rounds=2)


def test_the_ratio_is_how_many_times_as_many_answers():
    result = result_of({"anshan-kg": 50.0, "oxigraph": 100.0})
    assert report.ratio(result, "entity", 1, "anshan-kg", "oxigraph") == 0.5
    assert report.ratio(result, "entity", 8, "anshan-kg", "oxigraph") is None
    assert report.mean([0.5, 2.0]) == pytest.approx(1.0)
    assert report.mean([]) is None


def test_the_report_tells_when_the_clients_were_what_was_measured():
    result = result_of({"anshan-kg": 50.0})
    result.cells["entity", 1, "anshan-kg"].client_cpu = [0.97]
    assert "the clients took 97% of a core" in report.markdown([result], "here", (1,))


def test_the_spread_is_the_distance_of_the_extremes():
    assert Cell([90, 100, 110]).spread == pytest.approx(0.2)
    assert Cell().rate == Cell().spread == Cell().latency(0.5) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--clients", "few"], "numbers with commas"),
        (["--peers", "neptune"], "there are: oxigraph"),
        (["-o", "report.pdf"], ".md or .json"),
        (["--no-real"], "--triples"),
    ],
)
def test_wrong_usage_is_told_before_anything_starts(arguments, message):
    result = CliRunner().invoke(cli, ["bench", "query", *arguments])
    assert isinstance(result.exception, ParameterError)
    assert message in str(result.exception)


def test_the_command_writes_its_report(tmp_path):
    path = tmp_path / "report.json"
    arguments = ["--quiet", "bench", "query", "--clients", "1", "--seconds", "0.02", "--rounds", "1", "--peers", "",
                 "--shapes", "entity", "-o", str(path)]  # fmt: skip
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    assert json.loads(path.read_text())["datasets"][0]["dataset"] == "real graph"


def test_the_time_of_every_kind_of_page_is_told():
    result = CliRunner().invoke(cli, ["--quiet", "bench", "pages", "--step", "300"])
    assert result.exit_code == 0, result.output
    kinds = [line.split("|")[1].strip() for line in result.output.splitlines()[2:]]
    assert {"all, made anew", "all, asked again", "pages of the site", "named questions"} <= set(kinds)
    assert any(kind.startswith("akg:") for kind in kinds)
