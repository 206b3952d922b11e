"""
Runaway queries sent to the service as strangers send them, and what is left of it afterwards.

Each ends within its deadline and half a second, or with an error that says what it lacked; others
hardly notice. With `--long` two hundred of them come in a row.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import statistics
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests import processes
from tests.processes import holdings
from tests.service import UPDATE, Service, running, running_in_memory
from tests.test_isolation import RUNAWAYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.alone

SECONDS = 2.0
MEGABYTES = 512
LIGHT = "SELECT ?p ?o { <https://w3id.org/anshan-kg/id/place/anshan> ?p ?o } LIMIT 20"
ENDED = {504, 507, 400, 413}
"""The deadline, the memory, too deep for the engine, too large an answer."""

PRODUCT = RUNAWAYS["filter that is never true"]
SHORT = (
    "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(40)))} }}" for n in range(3))
    + " FILTER(STRLEN(CONCAT(STR(?v0), STR(?v1), STR(?v2))) > 0) }"
)
"""A tenth of a second."""
WORKERS = 4

HIDDEN = {
    "behind the letters of SERVICE": PRODUCT.replace("SELECT *", "SELECT * # SERVICE\n"),
    "for the parser, with SERVICE": "SELECT * { ?service ?p ?o FILTER" + "(" * 5_000 + "1" + ")" * 5_000 + " }",
    "for the gate": "SELECT * { ?a ?b 'SERVICE' " + "{" * 1_000_000,
    "for the gate, in escapes": "SELECT * { ?a ?b " + "\\u0053ERVICE " * 150_000,
}  # fmt: skip
QUERIES = {**RUNAWAYS, **HIDDEN}

SH = "@prefix sh: <http://www.w3.org/ns/shacl#> . <x:S> a sh:NodeShape ; sh:targetClass <x:C> ; "
SHAPES = {
    "product in sh:sparql": f"{SH} sh:sparql [ sh:message 'no' ; sh:select 'SELECT $this WHERE {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(STRLEN(STR(?l)) < 0) }}' ] .",
    "path over everything in sh:sparql": f"{SH} sh:sparql [ sh:message 'no' ; sh:select 'SELECT $this WHERE {{ ?a (<x:p>|!<x:p>)* ?b . ?c (<x:p>|!<x:p>)* ?d FILTER(?a = 1) }}' ] .",
    "pattern without end": f"{SH} sh:property [ sh:path <x:text> ; sh:pattern '^(a+)+$' ] .",
}  # fmt: skip
DATA = "".join(f"<x:{n}> a <x:C> ; <x:p> <x:{n + 1}> ; <x:text> '{'a' * 40}!' .\n" for n in range(300))


@dataclass
class Answer:
    status: int
    seconds: float
    headers: http.client.HTTPMessage
    body: bytes


class Client:
    """One visitor with a kept-open connection, and an address of its own."""

    def __init__(self, service: Service, number: int = 2) -> None:
        self._place = urllib.parse.urlsplit(service.base)
        self._source = f"127.0.0.{number}", 0
        self._link: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        if self._link is None:
            host, port = self._place.hostname or "", self._place.port
            self._link = http.client.HTTPConnection(host, port, timeout=60, source_address=self._source)
        began = time.monotonic()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._link.request(method, path, body, named)
        reply = self._link.getresponse()
        data = reply.read()
        return Answer(reply.status, time.monotonic() - began, reply.headers, data)

    def ask(self, query: str, *, seconds: float | None = None, **headers: str) -> Answer:
        path = "/sparql" if seconds is None else f"/sparql?timeout={seconds}"
        return self.send(
            "POST", path, query.encode(), Content_Type="application/sparql-query",
            Accept="application/sparql-results+json", **headers,
        )  # fmt: skip

    def validate(self, shapes: str) -> Answer:
        joint = b"--xxx\r\n"
        body = b"".join(
            joint
            + f'Content-Disposition: form-data; name="{name}"; filename="{name}.ttl"\r\n'.encode()
            + b"Content-Type: text/turtle\r\n\r\n"
            + text.encode()
            + b"\r\n"
            for name, text in (("data", DATA), ("shapes", shapes))
        )
        return self.send(
            "POST", "/validate", body + b"--xxx--\r\n", Content_Type="multipart/form-data; boundary=xxx"
        )

    def __del__(self) -> None:
        """Hang up in the end."""
        self.leave()

    def leave(self) -> None:
        """Hang up."""
        if self._link is not None:
            self._link.close()
            self._link = None


class Light(threading.Thread):
    """A visitor who asks light queries all the time, and how long they took."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self._client, self._over = Client(service, 3), threading.Event()
        self.took: list[float] = []
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        while not self._over.is_set():
            answer = self._client.ask(LIGHT)
            self.took.append(answer.seconds)
            self.statuses[answer.status] += 1
            time.sleep(0.01)

    def __enter__(self) -> Light:
        """Begin to ask."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Go."""
        self._over.set()
        self.join()
        self._client.leave()

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.took, n=20)[-1] if len(self.took) > 1 else max(self.took)


MOST = 0.1
"""Seconds that the 95th of 100 light queries may take beside runaways."""

OPTIONS = (
    "--query-timeout", str(SECONDS), "--query-memory", str(MEGABYTES), "--client-budget", "0", "--answer-cache", "0",
)  # fmt: skip


@pytest.fixture(scope="module", params=["memory", "disk"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real graph, in memory and on disk: what is promised of one is promised of the other."""
    start = running if request.param == "disk" else running_in_memory
    with start(tmp_path_factory.mktemp(request.param), *OPTIONS) as started:
        awake(started)
        yield started


def awake(service: Service) -> None:
    """Have all workers there that may be: those for queries, each asked by somebody else, and for shapes."""
    shapes = [threading.Thread(target=Client(service, 20 + n).validate, args=("<x:a> <x:b> 1 .",)) for n in range(2)]  # fmt: skip
    for thread in shapes:
        thread.start()
    for thread in shapes:
        thread.join()
    end = time.monotonic() + 20
    while number(Client(service), "idle") < WORKERS:
        assert time.monotonic() < end
        queries = [
            threading.Thread(target=Client(service, 10 + n).ask, args=(SHORT,)) for n in range(WORKERS)
        ]
        for thread in queries:
            thread.start()
        for thread in queries:
            thread.join()


def settled(service: Service, base: processes.Holdings, slack: int) -> processes.Holdings:
    """Return what the service holds once it holds no more than before, or in the end."""
    awake(service)
    end = time.monotonic() + 15
    while True:
        now = holdings(service.process.pid)
        near = now.megabytes <= base.megabytes + slack and now.processes <= base.processes
        if near or time.monotonic() > end:
            return now
        time.sleep(0.3)


@pytest.mark.parametrize("name", QUERIES)
def test_a_runaway_ends_in_time_and_a_light_query_does_not_wait(service: Service, name: str):
    with Light(service) as light:
        time.sleep(0.3)
        answer = Client(service).ask(QUERIES[name])
    assert answer.status in ENDED, answer.body[:300]
    assert answer.seconds < SECONDS + 0.5
    assert set(light.statuses) == {200}
    assert light.p95 < MOST, (light.p95, max(light.took), len(light.took))


@pytest.mark.parametrize("name", SHAPES)
def test_a_runaway_in_shapes_ends_too(service: Service, name: str):
    with Light(service) as light:
        answer = Client(service).validate(SHAPES[name])
    assert answer.status in ENDED, answer.body[:300]
    assert answer.seconds < SECONDS + 0.5
    assert set(light.statuses) == {200}
    assert light.p95 < MOST, (light.p95, max(light.took), len(light.took))


def test_runaways_on_all_places_leave_one_for_others(service: Service):
    """However many one visitor sends, another finds a place, and the processor too."""
    threads = [threading.Thread(target=Client(service).ask, args=(PRODUCT,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    with Light(service) as light:
        time.sleep(1.5)
    for thread in threads:
        thread.join()
    assert set(light.statuses) == {200}
    assert light.p95 < MOST, (light.p95, max(light.took), len(light.took))


@pytest.mark.timeout(1200)
def test_runaways_in_a_row_leave_the_service_as_it_was(service: Service, request: pytest.FixtureRequest):
    """With --long 200 of them: as many processes and open files, and memory within 48 MB."""
    long = request.config.getoption("--long")
    client = Client(service)
    awake(service)
    time.sleep(1)
    before = holdings(service.process.pid)
    everything = [*QUERIES.values()]
    late = []
    with Light(service) as light:
        for turn in range(200 if long else len(everything)):
            seconds = 1.0 if long else 0.3
            if turn % 10 == 9:
                answer = client.validate(list(SHAPES.values())[turn // 10 % len(SHAPES)])
                seconds = SECONDS
            else:
                answer = client.ask(everything[turn % len(everything)], seconds=seconds)
            assert answer.status in ENDED, (turn, answer.body[:300])
            late.append((answer.seconds - seconds, turn))
    assert max(late)[0] < 0.5, max(late)
    after = settled(service, before, 48)
    print(  # noqa: T201 - shown with -s
        f"\n{before} {after} light p95 {light.p95 * 1000:.1f} ms of {len(light.took)}, latest {max(late)[0]:.2f} s"
    )
    assert set(light.statuses) == {200}
    assert light.p95 < MOST
    assert after.processes == before.processes
    assert after.descriptors <= before.descriptors + 4
    assert after.megabytes <= before.megabytes + 48
    assert client.ask("ASK { ?s ?p ?o }").status == 200


def test_large_queries_on_one_connection_leave_nothing(service: Service):
    """Each waits long enough to be asked whether its client has gone, and ends in an error."""
    client = Client(service)
    large = [text for text in QUERIES.values() if len(text) > 400_000]
    awake(service)
    before = holdings(service.process.pid)
    for turn in range(60):
        assert client.ask(large[turn % len(large)], seconds=0.15).status in ENDED
    after = settled(service, before, 48)
    assert after.megabytes <= before.megabytes + 48, (before, after)
    assert after.descriptors <= before.descriptors + 4


# Stopping one


def number(client: Client, what: str) -> float:
    """Return a number that the service tells of its workers."""
    text = client.send("GET", "/metrics").body.decode()
    found = re.search(rf"^anshan_kg_query_{what} (\S+)", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def wait_for_busy(client: Client, count: float) -> None:
    end = time.monotonic() + 5
    while number(client, "busy") != count:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_a_query_is_cancelled_by_its_id(service: Service, method: str):
    told: list[Answer] = []
    name = f"cancelled-by-{method}-000"
    thread = threading.Thread(target=lambda: told.append(Client(service).ask(PRODUCT, X_Query_Id=name)))
    other = Client(service, 4)
    thread.start()
    wait_for_busy(other, 1)
    assert other.send(method, f"/queries/{name}").status == 200
    thread.join()
    assert (told[0].status, told[0].seconds < SECONDS - 0.5) == (503, True)
    assert b"cancelled" in told[0].body
    assert other.send(method, f"/queries/{name}").status == 404
    wait_for_busy(other, 0)


def test_nobody_cancels_what_he_cannot_name(service: Service):
    assert Client(service).send("DELETE", "/queries/0000000000000000").status == 404
    assert Client(service).ask(LIGHT, X_Query_Id="short").status == 400
    told = {Client(service).ask(LIGHT).headers["X-Query-Id"] for _ in range(3)}
    assert len(told) == 3


@pytest.mark.parametrize("what", ["query", "shapes"])
def test_a_client_that_goes_away_frees_its_worker(service: Service, what: str):
    client, other = Client(service), Client(service, 4)

    def ask() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, AttributeError, ValueError):
            if what == "query":
                client.ask(PRODUCT)
            else:
                client.validate(SHAPES["product in sh:sparql"])

    before = processes.family(service.process.pid)
    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    running = processes.family(service.process.pid) - before
    assert client._link is not None
    assert client._link.sock is not None
    client._link.sock.shutdown(2)
    began = time.monotonic()
    thread.join()
    end = time.monotonic() + 1.0
    if what == "query":
        wait_for_busy(other, 0)
    while processes.alive(running):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert time.monotonic() - began < SECONDS - 0.5 + 0.2


# Stopping the service


@pytest.mark.parametrize("place", ["memory", "disk"])
@pytest.mark.parametrize("ending", ["finishes", "is stopped"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_lets_queries_finish_or_times_them_out(
    tmp_path: Path, place: str, ending: str, number: signal.Signals
):
    """It ends well, whatever ran, and leaves no process; what waits too long is told so."""
    start = running if place == "disk" else running_in_memory
    with start(
        tmp_path, "--stop-timeout", "1" if ending == "is stopped" else "10", "--query-timeout", "15"
    ) as service:
        told: list[Answer] = []
        seconds = 15 if ending == "is stopped" else 2  # so that the one comes well before the other
        thread = threading.Thread(target=lambda: told.append(Client(service).ask(PRODUCT, seconds=seconds)))
        thread.start()
        time.sleep(0.7)
        pids = processes.family(service.process.pid)
        began = time.monotonic()
        service.process.send_signal(number)
        assert service.process.wait(20) == 0
        took = time.monotonic() - began
        thread.join()
        assert told[0].status == (504 if ending == "finishes" else 503), told[0].body
        if ending == "is stopped":
            assert told[0].headers["Retry-After"]
            assert b"being stopped" in told[0].body
        assert took < 10
        end = time.monotonic() + 3
        while alive := processes.alive(pids):
            assert time.monotonic() < end, alive
            time.sleep(0.02)


def test_a_stop_lets_a_write_finish(tmp_path: Path):
    """What was being written when the service was told to stop is answered, and is there afterwards."""
    with running(tmp_path, "--empty") as service:
        text = "INSERT { ?a <x:p> ?b } WHERE { " + "".join(
            f"VALUES ?{name} {{ {' '.join(f'<x:{name}{n}>' for n in range(300))} }} " for name in "ab"
        ) + "}"  # fmt: skip
        told: list[int] = []
        thread = threading.Thread(target=lambda: told.append(service.ask("POST", "/update", text.encode(), Content_Type=UPDATE).status))  # fmt: skip
        thread.start()
        time.sleep(0.4)
        pids = processes.family(service.process.pid)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(30) == 0
        thread.join()
        assert told == [204]
        end = time.monotonic() + 3
        while alive := processes.alive(pids):
            assert time.monotonic() < end, alive
            time.sleep(0.02)
        service.restart()
        assert service.true("ASK { <x:a299> <x:p> <x:b299> }")


def test_nothing_is_said_of_a_stop_on_standard_error(tmp_path: Path):
    with running_in_memory(tmp_path) as service:
        Client(service).ask(LIGHT)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0
        lines = [line for line in service.log.read_text().splitlines() if '"event": "query"' not in line]
        assert lines == []
