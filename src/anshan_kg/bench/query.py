"""Who is asked what, and when: every system by turns, so that a noisy minute is noisy for all."""

from __future__ import annotations

import base64
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from anshan_kg import synth
from anshan_kg.bench import answers, contenders, engine, shapes
from anshan_kg.bench.service import load
from anshan_kg.errors import ParameterError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anshan_kg.bench.contenders import Contender, Running
    from anshan_kg.bench.shapes import Shape

_CHECKED = 3
"""How many queries of a shape are compared between the systems."""
_SLOW = 5
"""A cell that takes so many times what it was given is measured once, not in every round."""
_PATIENCE = 60.0
"""Seconds that the last answer of a cell may take beyond its time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is measured.

    Attributes:
        clients: Numbers of clients, each measured by itself.
        seconds: How long each system is asked one shape, in each round.
        rounds: How often everything is repeated.
        peers: Names of the other systems.
        shapes: Names of the shapes.
    """

    clients: tuple[int, ...] = (1, 8)
    seconds: float = 1.0
    rounds: int = 5
    peers: tuple[str, ...] = ("oxigraph", "rdflib-endpoint")
    shapes: tuple[str, ...] = shapes.NAMES

    def __post_init__(self) -> None:
        """Refuse what cannot be measured, with the choices there are."""
        for kind, given, known in (
            ("system", self.peers, contenders.peers()), ("shape", self.shapes, shapes.NAMES),
        ):  # fmt: skip
            for name in given:
                if name not in known:
                    raise ParameterError(f"no {kind} is called {name!r}; there are: {', '.join(known)}")
        if not self.clients or min(self.clients) < 1 or self.seconds <= 0 or self.rounds < 1:
            raise ParameterError("clients, seconds and rounds have to be above zero")


@dataclass(slots=True)
class Cell:
    """
    What was measured of one system at one shape and number of clients.

    Attributes:
        rates: Answers a second, of each round.
        times: Seconds of each answer, of all rounds.
        errors: What came instead of an answer, and how often.
        client_cpu: Share of one core that the asking took; near 1, the clients were what was measured.
    """

    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    client_cpu: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the rounds; 0 where nothing was measured."""
        return statistics.median(self.rates) if self.rates else 0.0

    @property
    def spread(self) -> float:
        """How far the rounds lie apart: the difference of the extremes, as a share of the median."""
        return (max(self.rates) - min(self.rates)) / self.rate if self.rate else 0.0

    def latency(self, share: float) -> float:
        """Return the seconds within which a share of the answers came."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


Key = tuple[str, int, str]
"""Shape, number of clients, system."""


@dataclass(slots=True)
class Result:
    """
    What was measured on one dataset.

    Attributes:
        dataset: What it is, in words.
        triples: How many it has.
        systems: Names of the systems, in the order they were asked.
        ready: System -> seconds from its start to its first answer.
        costs: Shape -> what a query takes in process and isolated.
        cells: The measurements.
        differ: (shape, system) -> how its answer differs; such a pair is not timed.
        missing: System -> why it was not measured.
        rounds: How often each cell was meant to be measured.
    """

    dataset: str
    triples: int
    systems: list[str] = field(default_factory=list)
    ready: dict[str, float] = field(default_factory=dict)
    costs: dict[str, engine.Cost] = field(default_factory=dict)
    cells: dict[Key, Cell] = field(default_factory=dict)
    differ: dict[tuple[str, str], str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    @property
    def shapes(self) -> list[str]:
        """The shapes, in their order."""
        return list(self.costs)


def machine() -> str:
    """Return what this was measured on, in a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = f"Python {platform.python_version()}, pyoxigraph {ox.__version__}"
    return f"{cores} cores, {platform.machine()}, {versions}"


def invented(store: ox.Store, triples: int, seed: int, path: Path) -> None:
    """Write a dataset of about so many triples: what a store has, and an invented region for the rest."""
    region = synth.Region(seed)
    with path.open("wb") as stream:
        had = _dump(store, stream)
        if triples <= had:
            raise ParameterError(f"the real graph alone has {had:,} triples; ask for more, or for none")
        things = region.things(synth.Size(triples=triples - had))
        for text, _ in synth.write(things, "nt", region.graphs):
            stream.write(text.encode())


def real(store: ox.Store, path: Path) -> None:
    """Write the default graph of a store."""
    with path.open("wb") as stream:
        _dump(store, stream)


def _dump(store: ox.Store, stream: Any) -> int:  # noqa: ANN401 - any binary file
    store.dump(stream, ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return sum(1 for _ in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))


def run(plan: Plan, dataset: str, path: Path, say: Callable[[str], None]) -> Result:
    """
    Measure every system on a file of N-Triples.

    Args:
        plan: What to measure.
        dataset: What the file is, in words.
        path: The file.
        say: Is told what happens.

    Raises:
        SourceError: our own service does not start.
    """
    say(f"loading {dataset}")
    store = load(path)
    asked = [shape for shape in shapes.of(store) if shape.name in plan.shapes]
    result = Result(dataset, len(store), rounds=plan.rounds)
    say("measuring the engine and its isolation in this process")
    result.costs = engine.costs(store, asked, plan.seconds)
    with ExitStack() as stack:
        systems = _start(plan, path, result, stack, say)
        _compare(store, asked, systems, result, say)
        del store  # so that what follows has the memory
        clients = stack.enter_context(_clients())
        for number in range(plan.rounds):
            for shape in asked:
                for count in plan.clients:
                    say(f"{dataset}: round {number + 1} of {plan.rounds}, {shape.name}, {count} clients")
                    for system in systems:
                        if (shape.name, system.contender.name) not in result.differ:
                            _measure(plan, clients, shape, count, system, result)
    return result


def _start(
    plan: Plan, path: Path, result: Result, stack: ExitStack, say: Callable[[str], None]
) -> list[Running]:
    known = contenders.peers()
    wanted: list[Contender] = [*contenders.ours(), *(known[name] for name in plan.peers)]
    systems = []
    for contender in wanted:
        if contenders.missing(contender):
            result.missing[contender.name] = f"{contender.program} is not installed"
            say(f"{contender.name} is not measured: {result.missing[contender.name]}")
            continue
        say(f"starting {contender.name}")
        try:
            system = stack.enter_context(contenders.running(contender, path))
        except SourceError as error:
            if contender.ours:
                raise
            result.missing[contender.name] = str(error)
            say(f"{contender.name} is not measured: {error}")
            continue
        systems.append(system)
        result.systems.append(contender.name)
        result.ready[contender.name] = system.ready
    return systems


def _compare(
    store: ox.Store,
    asked: Sequence[Shape],
    systems: Sequence[Running],
    result: Result,
    say: Callable[[str], None],
) -> None:
    """Note which systems say something else than the engine in this process."""
    for shape in asked:
        say(f"comparing the answers to {shape.name}")
        step = max(1, len(shape.texts) // _CHECKED)
        for text in shape.texts[::step][:_CHECKED]:
            found = store.query(text)
            expected = answers.rows(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")  # type: ignore[arg-type]  # results format
            for system in systems:
                key = shape.name, system.contender.name
                try:
                    said = answers.rows(system.answer(text))
                except (SourceError, ValueError) as error:
                    result.differ.setdefault(key, str(error))
                    continue
                if said != expected:
                    more, less = sum((said - expected).values()), sum((expected - said).values())
                    result.differ.setdefault(
                        key, f"{more} rows that it should not have, {less} that it lacks"
                    )


def _measure(
    plan: Plan, clients: Callable[[dict[str, Any]], dict[str, Any]], shape: Shape, count: int,
    system: Running, result: Result,
) -> None:  # fmt: skip
    cell = result.cells.setdefault((shape.name, count, system.contender.name), Cell())
    if cell.times and statistics.median(cell.times) > _SLOW * plan.seconds:
        return
    found = clients(
        {
            "host": "127.0.0.1",
            "port": system.port,
            "requests": [base64.b64encode(system.request(text)).decode() for text in shape.texts],
            "clients": count,
            "seconds": plan.seconds,
            "patience": _PATIENCE,
        }
    )
    cell.rates.append(len(found["times"]) / found["elapsed"])
    cell.times.extend(found["times"])
    cell.client_cpu.append(found["cpu"] / found["elapsed"])
    if found["unanswered"]:
        cell.errors["no answer"] = cell.errors.get("no answer", 0) + found["unanswered"]
    for name, number in found["errors"].items():
        cell.errors[name] = cell.errors.get(name, 0) + number


@contextmanager
def _clients() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Start the clients' process; give what sends it an order and waits for its numbers."""
    script = Path(__file__).with_name("load.py")
    with subprocess.Popen(  # noqa: S603 - our own file
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise SourceError("the clients' process has no pipes")
        orders, numbers = process.stdin, process.stdout

        def send(order: dict[str, Any]) -> dict[str, Any]:
            orders.write(json.dumps(order) + "\n")
            orders.flush()
            line = numbers.readline()
            if not line:
                raise SourceError("the clients' process ended")
            found: dict[str, Any] = json.loads(line)
            return found

        yield send
        orders.close()


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder for files of data that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="anshan-kg-bench-") as folder:
        yield Path(folder)
