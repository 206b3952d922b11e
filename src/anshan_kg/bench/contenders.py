"""The systems that are measured: each is started on a file, says where it answers, and is stopped."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anshan_kg.config import ENVIRONMENT_PREFIX, SETTINGS
from anshan_kg.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 600.0
"""Seconds that a system has to load its data: rdflib takes half a minute for a million triples."""
_ENOUGH = {f"{ENVIRONMENT_PREFIX}CLIENT_BUDGET": "0"}
"""All clients of a measurement have one address; what one of them may use is not what is measured."""
_CACHE = "answer_cache"
"""Name of the setting for the answer cache, where the service has one; 0 keeps none."""


@dataclass(frozen=True, slots=True)
class Contender:
    """
    One system.

    Attributes:
        name: As it is reported.
        program: File that has to be there.
        path: Path of its SPARQL endpoint.
        arguments: Command line; `{port}`, `{file}` and `{folder}` are filled in.
        before: Command that has to run once before, as `arguments`.
        upload: Path that takes the file once the system runs, for those that cannot load it themselves.
        environment: Variables to set.
        ours: Whether it is this project.
    """

    name: str
    program: str
    path: str
    arguments: tuple[str, ...]
    before: tuple[str, ...] = ()
    upload: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """
    A system that runs.

    Attributes:
        contender: What it is.
        port: Where it listens, on this machine.
        ready: Seconds from its start to its first answer, loading included.
    """

    contender: Contender
    port: int
    ready: float

    def request(self, query: str) -> bytes:
        """Return the bytes of a request for a query."""
        asked = urllib.parse.urlencode({"query": query})
        return (
            f"GET {self.contender.path}?{asked} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            "Accept: application/sparql-results+json\r\n\r\n"
        ).encode()

    def answer(self, query: str, seconds: float = 120) -> bytes:
        """
        Return the answer to a query.

        Raises:
            SourceError: it was refused, or did not come.
        """
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            asked = urllib.parse.urlencode({"query": query})
            link.request(
                "GET", f"{self.contender.path}?{asked}", headers={"Accept": "application/sparql-results+json"}
            )
            response = link.getresponse()
            body = response.read()
        except OSError as error:
            raise SourceError(f"{self.contender.name} did not answer: {error}") from error
        finally:
            link.close()
        if response.status != http.client.OK:
            raise SourceError(f"{self.contender.name} answered {response.status}: {body[:200]!r}")
        return body


def ours() -> tuple[Contender, ...]:
    """Return our service, without and with its answer cache; only the first where it has none."""
    arguments = (sys.executable, "-m", "anshan_kg.bench.service", "{file}", "{port}")
    variable = f"{ENVIRONMENT_PREFIX}{_CACHE.upper()}"
    known = {setting.name: setting for setting in SETTINGS}
    plain = Contender(
        "anshan-kg", sys.executable, "/sparql", arguments, environment={**_ENOUGH, variable: "0"}, ours=True
    )
    if _CACHE not in known:
        return (plain,)
    return plain, Contender(
        "anshan-kg, cached", sys.executable, "/sparql", arguments, environment=_ENOUGH, ours=True
    )


def peers() -> dict[str, Contender]:
    """Return the other systems that can be measured, by name."""
    oxigraph, endpoint = _find("oxigraph"), _find("rdflib-endpoint")
    return {
        "oxigraph": Contender(
            "oxigraph",
            oxigraph,
            "/query",
            (oxigraph, "serve", "--bind", "127.0.0.1:{port}"),
            upload="/store?default",
        ),
        "oxigraph-disk": Contender(
            "oxigraph-disk", oxigraph, "/query",
            (oxigraph, "serve", "--location", "{folder}", "--bind", "127.0.0.1:{port}"),
            before=(oxigraph, "load", "--location", "{folder}", "--file", "{file}"),
        ),
        "rdflib-endpoint": Contender(
            "rdflib-endpoint",
            endpoint,
            "/",
            (endpoint, "serve", "--host", "127.0.0.1", "--port", "{port}", "{file}"),
        ),
    }  # fmt: skip


def _find(program: str) -> str:
    """Return where a program is: beside this Python, or on the path; its bare name where nowhere."""
    beside = Path(sys.executable).parent / program
    return str(beside) if beside.exists() else shutil.which(program) or program


def missing(contender: Contender) -> bool:
    """Whether a system is not installed here."""
    return not Path(contender.program).exists()


@contextmanager
def running(contender: Contender, file: Path) -> Iterator[Running]:
    """
    Start a system on a file, and stop it in the end.

    Raises:
        SourceError: it ends before it answers, or does not answer.
    """
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="anshan-kg-bench-") as folder:
        values = {"port": port, "file": file, "folder": f"{folder}/data"}
        began = time.perf_counter()
        if contender.before:
            subprocess.run(  # noqa: S603 - programs that the measurement names
                [part.format(**values) for part in contender.before], check=True, capture_output=True
            )
        log = Path(folder) / "log"
        with log.open("wb") as told:
            process = subprocess.Popen(  # noqa: S603 - our own table
                [part.format(**values) for part in contender.arguments],
                stdin=subprocess.DEVNULL, stdout=told, stderr=told,
                env={**os.environ, **contender.environment},
            )  # fmt: skip
        try:
            _wait(process, contender, port, log)
            if contender.upload:
                _upload(contender, port, file)
            yield Running(contender, port, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], contender: Contender, port: int, log: Path) -> None:
    end = time.perf_counter() + _PATIENCE
    while time.perf_counter() < end:
        if process.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace")[-500:]
            raise SourceError(f"{contender.name} ended while it started: {said}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SourceError(f"{contender.name} does not listen after {_PATIENCE:.0f} s")


def _upload(contender: Contender, port: int, file: Path) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    with file.open("rb") as data:
        link.request(
            "POST", contender.upload, body=data,
            headers={"Content-Type": "application/n-triples", "Content-Length": str(file.stat().st_size)},
        )  # fmt: skip
        response = link.getresponse()
        said = response.read()
    link.close()
    if response.status >= http.client.BAD_REQUEST:
        raise SourceError(f"{contender.name} did not take the data: {response.status} {said[:200]!r}")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
