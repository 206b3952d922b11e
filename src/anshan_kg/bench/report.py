"""The numbers of a measurement as Markdown or JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anshan_kg.bench.query import Result

_MS = 1000.0
_BUSY = 0.85
"""Share of a core from which on the clients may be what was measured."""


def ratio(result: Result, shape: str, clients: int, ours: str, peer: str) -> float | None:
    """Return how many times as many answers a second ours gives; None where one was not measured."""
    mine, theirs = (result.cells.get((shape, clients, name)) for name in (ours, peer))
    return mine.rate / theirs.rate if mine and theirs and mine.rate and theirs.rate else None


def mean(values: Sequence[float]) -> float | None:
    """Return the geometric mean, None of nothing."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def markdown(results: Sequence[Result], machine: str, clients: Sequence[int]) -> str:
    """Return the whole report."""
    return "\n".join(line for result in results for line in _section(result, machine, clients)) + "\n"


def _section(result: Result, machine: str, clients: Sequence[int]) -> Iterator[str]:
    yield f"## {result.dataset}: {result.triples:,} triples"
    yield ""
    yield (
        f"{machine}. Median of {result.rounds} rounds, systems by turns; "
        "± is half the distance of the extremes."
    )
    yield ""
    ready = "; ".join(f"{name} {seconds:.1f} s" for name, seconds in result.ready.items())
    yield f"From start to first answer, loading included: {ready}."
    for name, why in result.missing.items():
        yield f"{name} was not measured: {why}."
    yield ""
    yield "| shape | engine in process, ms | isolated, ms | isolation costs, ms |"
    yield "| --- | ---: | ---: | ---: |"
    for shape, cost in result.costs.items():
        more = cost.isolated - cost.engine
        yield f"| {shape} | {cost.engine * _MS:.3f} | {cost.isolated * _MS:.3f} | {more * _MS:.3f} |"
    for count in clients:
        yield ""
        yield from _table(result, count)
    for (shape, system), how in result.differ.items():
        yield f"{system} does not answer {shape} as the engine does, and was not timed there: {how}."
    yield ""


def _table(result: Result, count: int) -> Iterator[str]:
    ours = [name for name in result.systems if name.startswith("anshan-kg")]
    peers = [name for name in result.systems if name not in ours]
    pairs = [(mine, peer) for mine in ours for peer in peers]
    heads = [f"{name}: /s (p50, p95 ms)" for name in result.systems] + [
        f"{mine} : {peer}" for mine, peer in pairs
    ]
    yield f"{count} client{'s' if count > 1 else ''}:"
    yield ""
    yield f"| shape | {' | '.join(heads)} |"
    yield f"| --- |{' ---: |' * len(heads)}"
    for shape in result.shapes:
        cells = [_cell(result, shape, count, name) for name in result.systems]
        ratios = [ratio(result, shape, count, *pair) for pair in pairs]
        cells += ["–" if each is None else f"{each:.2f} x" for each in ratios]
        yield f"| {shape} | {' | '.join(cells)} |"
    means = [mean([r for s in result.shapes if (r := ratio(result, s, count, *pair))]) for pair in pairs]
    spelt = ["–" if each is None else f"{each:.2f} x" for each in means]
    yield f"| geometric mean | {' | '.join([''] * len(result.systems) + spelt)} |"
    yield ""
    yield from _remarks(result, count)


def _cell(result: Result, shape: str, count: int, system: str) -> str:
    cell = result.cells.get((shape, count, system))
    if cell is None or not cell.rates:
        return "–"
    p50, p95 = (cell.latency(share) * _MS for share in (0.5, 0.95))
    marks = " (!)" if cell.errors else ""
    if cell.rate >= _FEW:
        return f"{cell.rate:,.0f} ±{cell.spread / 2:.0%} ({p50:.2f}, {p95:.2f}){marks}"
    return f"{cell.rate:.2f} ±{cell.spread / 2:.0%} ({p50:,.0f}, {p95:,.0f}){marks}"


_FEW = 10


def _remarks(result: Result, count: int) -> Iterator[str]:
    for (shape, clients, system), cell in result.cells.items():
        if clients != count:
            continue
        if cell.errors:
            told = ", ".join(f"{number} x {name}" for name, number in cell.errors.items())
            yield f"(!) {system}, {shape}: {told}."
        if cell.client_cpu and max(cell.client_cpu) > _BUSY:
            yield (
                f"{system}, {shape}: the clients took {max(cell.client_cpu):.0%} of a core, "
                "so it may be faster than this says."
            )


def document(results: Sequence[Result], machine: str) -> str:
    """Return everything that was measured, as JSON."""
    return (
        json.dumps({"machine": machine, "datasets": [_plain(result) for result in results]}, indent=1) + "\n"
    )


def _plain(result: Result) -> dict[str, Any]:
    return {
        "dataset": result.dataset,
        "triples": result.triples,
        "rounds": result.rounds,
        "ready_seconds": result.ready,
        "missing": result.missing,
        "differ": [{"shape": s, "system": n, "how": how} for (s, n), how in result.differ.items()],
        "costs_seconds": {shape: asdict(cost) for shape, cost in result.costs.items()},
        "cells": [
            {
                "shape": shape, "clients": clients, "system": system,
                "rate": cell.rate, "rates": cell.rates, "spread": cell.spread,
                "p50": cell.latency(0.5), "p95": cell.latency(0.95), "p99": cell.latency(0.99),
                "answers": len(cell.times), "errors": cell.errors, "client_cpu": cell.client_cpu,
            }
            for (shape, clients, system), cell in result.cells.items()
        ],
    }  # fmt: skip
