"""
`kill -9` of a reader, of the writer in the middle of a write, of the steward, of the service.

After each, the service answers again; nothing acknowledged is lost, and nothing is half there.
A few rounds always; twenty with `pytest --long`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from anshan_kg.stores.disk import DataDirectory, Reader
from tests import processes
from tests.conftest import free_port
from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    for number in range(rounds):  # what was asked before is answered without a reader
        assert service.true(f"ASK {{ <x:a> <x:b> 1 }} # {number}, before")
        readers = service.processes()["reader"]
        assert readers, "no process reads"
        kill(readers)
        time.sleep(0.1)  # what is sent to one that is just dying is answered with 502
        assert service.true(f"ASK {{ <x:a> <x:b> 1 }} # {number}, after")


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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("victim", ["zygote of queries", "zygote of validation"])
def test_a_service_that_cannot_go_on_ends_and_says_so(tmp_path: Path, victim: str):
    """Who watches over it starts it anew: its status says that it was no stop; nothing is lost or left over."""
    with running(tmp_path, "--empty") as service:
        assert service.update("INSERT DATA { <x:a> <x:b> 1 }").status == 204
        before = service.checksum()
        pids = processes.family(service.process.pid)
        web = set(service.processes()["web"])
        children = {pid for pid, parent in processes.parents().items() if parent == service.process.pid}
        zygotes = sorted(processes.forkers(children - web))
        assert len(zygotes) == 2
        kill([zygotes[victim == "zygote of validation"]])
        assert service.process.wait(30) == 3
        assert "start it again" in service.log.read_text()
        end = time.monotonic() + 10
        while processes.alive(pids):
            assert time.monotonic() < end
            time.sleep(0.05)
        service.restart()
        assert service.checksum() == before


@pytest.mark.timeout(200)
def test_a_killed_validator_is_replaced(service: Service):
    def validate() -> int:
        return service.ask(
            "POST", "/validate", b"<x:a> <x:b> 1 .", token=None, Content_Type="text/turtle"
        ).status

    assert validate() == 200
    web = set(service.processes()["web"])
    parents = processes.parents()
    children = {pid for pid, parent in parents.items() if parent == service.process.pid} - web
    validators = [pid for pid, parent in parents.items() if parent == max(children)]
    assert validators, "nothing validates"
    kill(validators)
    time.sleep(0.1)
    assert validate() == 200


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file that takes a moment to load."""
    path = tmp_path / "big.nq"
    path.write_text("".join(f"<x:s{n}> <x:p> <x:o{n % 977}> <x:g{n % 7}> .\n" for n in range(60_000)))
    return path


def command(*words: str) -> subprocess.Popen[bytes]:
    """Start a command of ours."""
    return subprocess.Popen(
        [sys.executable, "-m", "anshan_kg", "--quiet", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def sum_of(data: Path) -> str:
    """Return the checksum of all that a dataset holds."""
    with Reader(DataDirectory(data).place(DataDirectory(data).current())) as store:
        lines = sorted((store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines())
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", ["load", "backup", "restore"])
def test_a_command_that_is_killed_leaves_what_was_or_what_is_to_be(
    tmp_path: Path, big: Path, what: str, rounds: int
):
    """Killed at moments spread over all it does; the next one is not in the way of what it left."""
    small = tmp_path / "small.ttl"
    small.write_text("<x:a> <x:b> 1 .")
    data, copy = tmp_path / "data", tmp_path / "copy"
    assert command("load", str(small), "--data", str(data), "--empty").wait(60) == 0
    few = sum_of(data)
    assert command("backup", str(copy), "--data", str(data)).wait(60) == 0
    assert command("load", str(big), "--data", str(data)).wait(60) == 0
    many = sum_of(data)
    began = time.monotonic()
    if what == "load":
        words = ["load", str(big), "--data", str(data)]
        assert command("restore", str(copy), "--data", str(data)).wait(60) == 0
    elif what == "restore":
        words = ["restore", str(copy), "--data", str(data)]
    else:
        words = ["backup", str(tmp_path / "again"), "--data", str(data)]
    allowed = {few, many} if what != "backup" else {many}
    began = time.monotonic()
    assert command("dump", "--data", str(data), "-o", str(tmp_path / "dump.nq")).wait(60) == 0
    start = time.monotonic() - began  # what a command needs before it does anything
    chance = random.Random(what)  # noqa: S311 - the same moments in each run
    for turn in range(rounds * 3):
        process = command(*words)
        time.sleep(start * (0.6 + chance.random()))
        process.kill()
        process.wait()
        assert sum_of(data) in allowed, turn
        if what == "backup" and (tmp_path / "again").exists():
            assert (
                command("restore", str(tmp_path / "again"), "--data", str(tmp_path / "other")).wait(60) == 0
            )
            assert sum_of(tmp_path / "other") == many
            shutil.rmtree(tmp_path / "again")
    assert command(*words).wait(60) == 0
    assert sum_of(data) == {"load": many, "restore": few, "backup": many}[what]


@pytest.mark.timeout(200)
def test_a_full_disk_refuses_a_write_and_loses_nothing(service: Service):
    """The bound on the length of files stands for the disk: every write to one fails in the same way."""
    service.clear()
    assert service.update("INSERT DATA { <x:a> <x:b> 1 }").status == 204
    before = service.checksum()
    found = service.processes()
    for pid in (*found["steward"], *found["writer"]):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for text in ("INSERT DATA { <x:a> <x:b> 2 }", "CLEAR ALL"):
        answer = service.update(text)
        assert answer.status in {502, 507}, answer.text
        assert str(service.data) not in answer.text
        assert service.checksum() == before
    for pid in (*service.processes()["steward"], *service.processes()["writer"]):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert service.update("INSERT DATA { <x:a> <x:b> 2 }").status == 204
    assert service.true("ASK { <x:a> <x:b> 1, 2 }")
    kill([service.process.pid])
    service.restart()
    assert service.true("ASK { <x:a> <x:b> 1, 2 }")
    for line in (service.data / "audit.jsonl").read_text().splitlines():
        json.loads(line)


@pytest.mark.timeout(200)
def test_what_a_dead_service_left_behind_is_in_nobodys_way(service: Service):
    """Locks that nobody holds, a snapshot that was not finished, a pointer that was not put in place."""
    service.update("INSERT DATA { <x:a> <x:b> 1 }")
    before = service.checksum()
    kill([service.process.pid])
    service.process.wait()
    data = service.data
    (data / "current.part").write_text('{"format": 1, "na')
    half = data / "snapshots" / "9999999999-deadbeef"
    half.mkdir()
    (half / "CURRENT").write_text("MANIFEST-000001\n")
    (data / "live").mkdir(exist_ok=True)
    (data / "live" / "LOCK").write_text("")
    (data / "live" / "CURRENT").write_text("nonsense")
    service.restart()
    assert service.checksum() == before
    assert service.update("INSERT DATA { <x:a> <x:b> 2 }").status == 204
    end = time.monotonic() + 20
    while half.exists():  # at a write, once it is old enough that nobody can be opening it
        assert time.monotonic() < end, "a snapshot that never counted stays"
        time.sleep(1)
        service.update("INSERT DATA { <x:a> <x:b> 3 }")


@pytest.mark.timeout(200)
def test_two_services_cannot_have_the_same_data(service: Service):
    """The second says why and goes; the first does not notice."""
    assert service.update("INSERT DATA { <x:a> <x:b> 1 }").status == 204
    second = subprocess.run(
        [sys.executable, "-m", "anshan_kg", "serve", "--port", str(free_port()), "--data", str(service.data)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert second.returncode != 0
    assert "is being written to by another process" in second.stderr
    assert service.update("INSERT DATA { <x:a> <x:b> 2 }").status == 204


def test_nothing_outlives_the_service(service: Service):
    pids = processes.family(service.process.pid)
    service.stop()
    end = time.monotonic() + 10
    while alive := processes.alive(pids):
        assert time.monotonic() < end, alive
        time.sleep(0.05)
    service.restart()
