"""A service with a dataset on disk, as its users start it, and a client of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg.writing.tokens import TokenFile
from tests import processes
from tests.conftest import free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

UPDATE, FORM = "application/sparql-update", "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Service:
    """A running service; `admin` and `update_only` are tokens of those scopes; `data` is its folder, if it has one."""

    base: str
    data: Path
    admin: str
    update_only: str
    process: subprocess.Popen[bytes]
    log: Path
    options: list[str] = field(default_factory=list)
    on_disk: bool = True

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, token: str | None = "", **headers: str
    ) -> Answer:
        """Send a request; with the admin token, unless another or none (None) is given."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.admin}"
        address = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(address, data=body, method=method, headers=sent)
        if body is not None and "Content-Type" not in sent:
            request.add_unredirected_header("Content-Type", "")
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return Answer(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def update(self, text: str, **headers: str) -> Answer:
        return self.ask("POST", "/update", text.encode(), Content_Type=UPDATE, **headers)

    def form(self, pairs: list[tuple[str, str]], **headers: str) -> Answer:
        return self.ask(
            "POST", "/update", urllib.parse.urlencode(pairs).encode(), Content_Type=FORM, **headers
        )

    def true(self, query: str) -> bool:
        """Ask an ASK query."""
        address = "/sparql?" + urllib.parse.urlencode({"query": query})
        answer = self.ask("GET", address, token=None, Accept="application/sparql-results+json")
        assert answer.status == 200, answer.text
        return bool(json.loads(answer.body)["boolean"])

    def quads(self) -> set[str]:
        """All of the dataset, by line."""
        answer = self.ask("GET", "/data", token=None, Accept="application/n-quads")
        assert answer.status == 200, answer.text
        return set(answer.text.splitlines())

    def checksum(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.quads())).encode()).hexdigest()

    def clear(self) -> None:
        assert self.ask("DELETE", "/data").status == 204

    def processes(self) -> dict[str, list[int]]:
        """Its processes: who has the store open to write, who reads, who stands between."""
        found: dict[str, list[int]] = {"writer": [], "steward": [], "web": [], "reader": []}
        parents = processes.parents()
        for pid in processes.family(self.process.pid) - {self.process.pid}:
            with contextlib.suppress(OSError, KeyError):  # it has come or gone meanwhile
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if b"writing.steward" in command:
                    parent_is_steward = (
                        parents[pid] in found["steward"]
                        or b"writing.steward" in Path(f"/proc/{parents[pid]}/cmdline").read_bytes()
                    )
                    found["writer" if parent_is_steward else "steward"].append(pid)
                    continue
                open_files = processes.open_files(pid)
                if any(str(self.data / "snapshots") in each for each in open_files):
                    found["reader"].append(pid)
        for pid, parent in parents.items():
            if pid in found["steward"]:
                found["web"].append(parent)
        found["reader"] = [pid for pid in found["reader"] if pid not in found["web"]]
        return found

    def restart(self) -> None:
        """Start it again on the same data, after it was stopped or killed."""
        self.process.wait(30)
        self.process = start(self.data if self.on_disk else None, self.base, self.options, self.log)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(data: Path | None, base: str, options: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a service, and return when it answers."""
    port = base.rpartition(":")[2]
    command = [
        sys.executable,
        "-m",
        "anshan_kg",
        "--quiet",
        "serve",
        "--port",
        port,
        *(("--data", str(data)) if data else ()),
        *options,
    ]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, "ANSHAN_KG_LOG_LEVEL": "warning"}
        )
    wait_for(f"{base}/healthz", 60)
    return process


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Service]:
    """Give a service over a new dataset; with `--empty` among the options it starts with nothing."""
    tokens = TokenFile(folder / "tokens.json")
    now = datetime.now(UTC)
    admin, _ = tokens.create(["update", "admin"], "1d", "tests", now)
    update_only, _ = tokens.create(["update"], None, "tests", now)
    base, data, log = f"http://127.0.0.1:{free_port()}", folder / "data", folder / "log"
    given = ["--token-file", str(tokens.path), "--client-budget", "0", *options]
    process = start(data, base, given, log)
    service = Service(base, data, admin, update_only, process, log, given)
    try:
        yield service
    finally:
        service.stop()


@contextlib.contextmanager
def running_in_memory(folder: Path, *options: str) -> Iterator[Service]:
    """Give a service over the real graph, in memory."""
    base, log = f"http://127.0.0.1:{free_port()}", folder / "log"
    process = start(None, base, [*options], log)
    service = Service(base, folder, "", "", process, log, [*options], on_disk=False)
    try:
        yield service
    finally:
        service.stop()


def lines(text: str, form: ox.RdfFormat = ox.RdfFormat.TURTLE) -> set[str]:
    """The statements of a document, by line of N-Quads."""
    return {f"{quad} ." for quad in ox.parse(text, form)}
