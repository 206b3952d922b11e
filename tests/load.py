"""
Many clients at once, each asking the queries of the benchmark by turns, one after another.

    python -m tests.load                     64 clients for 60 s: no error may come
    python -m tests.load --overload          twice as many as the service takes: only 200, 429 and 503

It starts the service on the real graph, or asks the one at --url; prints how fast each shape of
query was answered; and ends with status 1 where something came that may not. On this machine each
client has an address of its own, as visitors have, unless --one-address is given.
"""

from __future__ import annotations

import argparse
import http.client
import selectors
import socket
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anshan_kg import KnowledgeGraph
from anshan_kg.bench import shapes
from anshan_kg.config import Config
from tests.service import running_in_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anshan_kg.bench.shapes import Shape

PATIENCE = 45.0
"""Seconds after the end for which an answer is waited for: the deadline of a query, and some more."""

OK, COME_AGAIN = 200, {429, 503}


@dataclass
class Told:
    """One answer: to which shape, with which status, after how long."""

    shape: str
    status: int
    seconds: float
    retry_after: bool


@dataclass
class Found:
    """
    What came of a load.

    Attributes:
        seconds: How long it took, to the last answer.
        answers: The answers.
        broken: What came instead of an answer, and how often.
        unanswered: How many clients still waited in the end.
    """

    seconds: float = 0.0
    answers: list[Told] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0

    @property
    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self.answers)

    def faults(self, allowed: set[int]) -> list[str]:
        """Return what may not be: other statuses, no word on when to come again, hung up, no answer."""
        found = [
            f"{count} x status {status}" for status, count in self.statuses.items() if status not in allowed
        ]
        silent = sum(each.status in COME_AGAIN and not each.retry_after for each in self.answers)
        found += [f"{silent} x no Retry-After"] if silent else []
        found += [f"{count} x {what}" for what, count in self.broken.items()]
        found += [f"{self.unanswered} x no answer"] if self.unanswered else []
        return found if self.answers else ["nothing was answered"]

    def report(self) -> str:
        """Return the numbers as a table."""
        lines = [
            f"{'':16}{'answers':>9}{'a second':>10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'longest':>9}"
        ]
        good = [each for each in self.answers if each.status == OK]
        for name in (*dict.fromkeys(each.shape for each in good), "all"):
            took = sorted(each.seconds * 1000 for each in good if name in {each.shape, "all"})
            cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [*took, 0.0][:1] * 99
            lines.append(
                f"{name:16}{len(took):9}{len(took) / self.seconds:10.1f}"
                f"{cuts[49]:9.1f}{cuts[94]:9.1f}{cuts[98]:9.1f}{max(took, default=0.0):9.1f}"
            )
        said = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return "\n".join([*lines, f"statuses: {said}"])


class _Client:
    """One client: a connection, and what it asks next."""

    def __init__(
        self, place: tuple[str, int], source: str, requests: Sequence[tuple[str, bytes]], first: int
    ) -> None:
        self._place, self._source, self._requests, self._next = place, source, requests, first
        self.link = self._connect()
        self._data, self._began, self.shape = bytearray(), 0.0, ""

    def _connect(self) -> socket.socket:
        source = (self._source, 0) if self._source else None
        link = socket.create_connection(self._place, timeout=20, source_address=source)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def ask(self) -> None:
        self.shape, request = self._requests[self._next % len(self._requests)]
        self._next += 1
        self._data.clear()
        self._began = time.perf_counter()
        self.link.sendall(request)

    def read(self) -> Told | None:
        """Return the answer if it is whole; EOFError: the service hung up."""
        piece = self.link.recv(2**18)
        if not piece:
            raise EOFError
        self._data += piece
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._data[:end]).lower()
        at = head.find(b"\r\ncontent-length:")
        if at < 0:
            raise EOFError
        if len(self._data) < end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0]):
            return None
        return Told(
            self.shape, int(head[9:12]), time.perf_counter() - self._began, b"\r\nretry-after:" in head
        )

    def again(self) -> None:
        self.link.close()
        self.link = self._connect()


def requests_of(found: Sequence[Shape], place: tuple[str, int], path: str) -> list[tuple[str, bytes]]:
    """Return the queries of all shapes, by turns, as requests."""
    most = max(len(shape.texts) for shape in found)
    return [
        (shape.name, _request(shape.texts[turn % len(shape.texts)], place, path))
        for turn in range(most)
        for shape in found
    ]


def _request(query: str, place: tuple[str, int], path: str) -> bytes:
    asked = urllib.parse.urlencode({"query": query})
    return (
        f"GET {path}?{asked} HTTP/1.1\r\nHost: {place[0]}:{place[1]}\r\n"
        "Accept: application/sparql-results+json\r\n\r\n"
    ).encode()


def load(
    base: str, found: Sequence[Shape], clients: int, seconds: float, *, one_address: bool = False
) -> Found:
    """
    Let so many clients ask for so long.

    Args:
        base: Address of the service.
        found: The shapes of queries.
        clients: How many.
        seconds: How long; what was asked until then is waited for.
        one_address: All have the same address; else, on this machine, each its own.
    """
    address = urllib.parse.urlsplit(base)
    place = address.hostname or "", address.port or 80
    requests = requests_of(found, place, f"{address.path}/sparql")
    here = place[0] == "127.0.0.1" and not one_address
    result, watch = Found(), selectors.DefaultSelector()
    for number in range(clients):
        source = f"127.0.{1 + number // 200}.{2 + number % 200}" if here else ""
        client = _Client(place, source, requests, number * 7)
        watch.register(client.link, selectors.EVENT_READ, client)
    began = time.perf_counter()
    end = began + seconds
    waiting = {key.data for key in watch.get_map().values()}
    for client in waiting:
        client.ask()
    while waiting and time.perf_counter() < end + PATIENCE:
        for key, _ in watch.select(1.0):
            client = key.data
            try:
                told = client.read()
                if told is None:
                    continue
                result.answers.append(told)
            except (EOFError, OSError) as error:
                result.broken[f"{type(error).__name__} at {client.shape}"] += 1
                watch.unregister(client.link)
                client.again()
                watch.register(client.link, selectors.EVENT_READ, client)
            if time.perf_counter() < end:
                client.ask()
            else:
                waiting.discard(client)
    result.seconds = time.perf_counter() - began
    result.unanswered = len(waiting)
    for key in list(watch.get_map().values()):
        key.data.link.close()
    watch.close()
    return result


def answers(base: str) -> bool:
    """Whether the service answers a query now."""
    address = urllib.parse.urlsplit(base)
    link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        link.request("GET", f"{address.path}/sparql?query=ASK%7B%7D", headers={"Accept": "*/*"})
        return link.getresponse().status == OK
    except OSError:
        return False
    finally:
        link.close()


def options_for(
    clients: int, *, overload: bool, workers: int = 4, queue: int = 64, budget: int = 0
) -> list[str]:
    """Return how the service is started: with a queue for all clients, or for half of them."""
    return [
        "--workers", str(workers), "--queue", str(queue if overload else max(queue, clients)),
        "--client-budget", str(budget), "--answer-cache", "0", "--log-level", "warning",
    ]  # fmt: skip


def main(words: Sequence[str] | None = None) -> int:
    """Run a load and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--url", help="a service that runs already, without /sparql")
    parser.add_argument("--clients", type=int, help="64; with --overload twice what workers and queue take")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--overload", action="store_true", help="more clients than the service has places for"
    )
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--queue", type=int, default=64)
    parser.add_argument("--budget", type=int, default=0, help="seconds of query time per client and minute")
    parser.add_argument("--one-address", action="store_true", help="all clients have the same address")
    given = parser.parse_args(words)
    clients = given.clients or (2 * (given.workers + given.queue) if given.overload else 64)
    found = shapes.of(KnowledgeGraph.open(Config()).dataset.store)
    allowed = {OK, *COME_AGAIN} if given.overload else {OK}

    def run(base: str) -> int:
        print(f"{clients} clients for {given.seconds:g} s at {base}", file=sys.stderr)  # noqa: T201 - a command
        result = load(base, found, clients, given.seconds, one_address=given.one_address)
        print(result.report())  # noqa: T201
        faults = result.faults(allowed)
        if not answers(base):
            faults.append("the service does not answer afterwards")
        print("; ".join(faults) or "nothing that may not be")  # noqa: T201
        return 1 if faults else 0

    if given.url:
        return run(given.url.rstrip("/"))
    options = options_for(
        clients, overload=given.overload, workers=given.workers, queue=given.queue, budget=given.budget
    )
    with tempfile.TemporaryDirectory() as folder, running_in_memory(Path(folder), *options) as service:
        return run(service.base)


if __name__ == "__main__":
    sys.exit(main())
