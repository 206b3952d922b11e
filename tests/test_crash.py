"""
`kill -9` of a reader, of the writer in the middle of a write, of the steward, of the service.

After each, the service answers again; nothing acknowledged is lost, and nothing is half there.
A few rounds always; twenty with `pytest --long`.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
import urllib.error
from typing import TYPE_CHECKING

import pytest

from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOP = 6.0
"""Seconds between two deaths of a web process below which its server gives up, as it should."""

PARTS = 200
"""Triples that one write adds; they are all there, or none."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("crash"), "--empty") as started:
        yield started


@pytest.fixture(scope="module")
def rounds(request: pytest.FixtureRequest) -> int:
    return 20 if request.config.getoption("--long", default=False) else 2


class Writers:
    """Clients that write without pause and note what was acknowledged, and what was not."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.acknowledged: set[str] = set()
        self.uncertain: set[str] = set()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(2)]

    def _write(self, client: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            name = f"x:{time.time_ns()}-{client}-{number}"
            rows = " ".join(f"<{name}> <x:part> {part} ." for part in range(PARTS))
            try:
                answer = self.service.update(
                    f"INSERT DATA {{ {rows} }} ; INSERT DATA {{ <{name}> <x:end> true }}"
                )
            except (OSError, urllib.error.URLError):
                self.uncertain.add(name)
                time.sleep(0.05)
                continue
            if answer.status == 204:
                self.acknowledged.add(name)
            else:
                assert answer.status in {502, 503}, answer.text
                self.uncertain.add(name)

    def __enter__(self) -> Writers:
        """Start them."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let them end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_some(self) -> None:
        """Return once some writes more have been acknowledged."""
        wanted = len(self.acknowledged) + 3
        end = time.monotonic() + 60
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < end, "the service writes no more"
            time.sleep(0.01)


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def whole(service: Service, names: set[str]) -> set[str]:
    """Return which of some writes are there; fail if one is there in part."""
    count: dict[str, int] = {}
    for line in service.quads():
        subject = line.split(" ", 1)[0].strip("<>")
        count[subject] = count.get(subject, 0) + 1
    parts = {name: count.get(name, 0) for name in names}
    assert set(parts.values()) <= {0, PARTS + 1}, parts
    return {name for name, found in parts.items() if found}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("victim", ["writer", "steward", "web", "service"])
def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(service: Service, victim: str, rounds: int):
    service.clear()
    chance = random.Random(victim)  # noqa: S311 - the same moments in each run
    acknowledged: set[str] = set()
    for _ in range(rounds):
        if victim == "web":
            time.sleep(LOOP)
        with Writers(service) as writers:
            writers.wait_for_some()
            time.sleep(chance.random() * 0.1)
            if victim == "service":
                kill([service.process.pid])
            else:
                found = service.processes()[victim]
                assert found, f"there is no {victim}"
                kill(found)
            if victim != "service":
                writers.wait_for_some()
        if victim == "service":
            service.restart()
        acknowledged |= writers.acknowledged
        there = whole(service, acknowledged | writers.uncertain)
        assert acknowledged <= there
        acknowledged |= there
        before = service.checksum()
        assert service.update("INSERT DATA { <x:mark> <x:is> 1 }").status == 204
        assert service.update("DELETE DATA { <x:mark> <x:is> 1 }").status == 204
        assert service.checksum() == before


@pytest.mark.timeout(300)
def test_what_was_there_is_there_after_a_restart_to_the_byte(service: Service):
    service.update("INSERT DATA { <x:a> <x:b> 1.50, '鞍', true . GRAPH <x:g> { <x:a> <x:b> [] } }")
    before = service.checksum()
    kill([service.process.pid])
    service.restart()
    assert service.checksum() == before
    service.stop()
    service.restart()
    assert service.checksum() == before


@pytest.mark.timeout(300)
def test_a_killed_reader_is_replaced_and_others_answer(service: Service, rounds: int):
    service.update("INSERT DATA { <x:a> <x:b> 1 }")
    for _ in range(rounds):
        assert service.true("ASK { <x:a> <x:b> 1 }")
        readers = service.processes()["reader"]
        assert readers, "no process reads"
        kill(readers)
        time.sleep(0.1)  # what is sent to one that is just dying is answered with 502
        assert service.true("ASK { <x:a> <x:b> 1 }")


@pytest.mark.timeout(120)
def test_an_update_in_the_middle_of_which_the_writer_dies_is_told_and_undone(service: Service):
    """It is killed while it computes, so surely before anything counts."""
    service.clear()
    rows = " ".join(f"<x:{n}> <x:b> {n} ." for n in range(1500))
    service.update(f"INSERT DATA {{ {rows} }}")
    before = service.checksum()
    told = []
    slow = "INSERT { ?a <x:n> ?n } WHERE { ?a ?b ?c . { SELECT (COUNT(*) AS ?n) { ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } } }"
    thread = threading.Thread(target=lambda: told.append(service.update(slow)))
    thread.start()
    time.sleep(1)
    kill(service.processes()["writer"])
    thread.join()
    assert told[0].status == 502
    assert "was not made" in told[0].text
    assert service.checksum() == before


def test_nothing_outlives_the_service(service: Service):
    pids = [pid for kind in service.processes().values() for pid in kind]
    service.stop()
    end = time.monotonic() + 10
    while alive := [pid for pid in pids if _runs(pid)]:
        assert time.monotonic() < end, alive
        time.sleep(0.05)
    service.restart()


def _runs(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")
