"""What queries cost in this process, and in a query worker beside it: the price of isolation."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg import formats
from anshan_kg.execution import Limits, QueryPool, engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyoxigraph as ox

    from anshan_kg.bench.shapes import Shape

_LONGEST = 64 * 2**20
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """
    Seconds that one query of a shape takes, as medians.

    Attributes:
        engine: In this process, with the answer written.
        isolated: The same in a query worker, asked from this process.
    """

    engine: float
    isolated: float


def costs(store: ox.Store, shapes: Sequence[Shape], seconds: float) -> dict[str, Cost]:
    """
    Return what a query of each shape costs, both ways by turns, for about so long each.

    Call it before this process has threads; see `QueryPool.start`.
    """
    pool = QueryPool.start(store, workers=1, queue=1, limits=Limits())
    try:
        return {shape.name: _cost(store, pool, shape, seconds) for shape in shapes}
    finally:
        pool.close()


def _cost(store: ox.Store, pool: QueryPool, shape: Shape, seconds: float) -> Cost:
    form = formats.RESULTS[0]
    ways: tuple[Callable[[str], object], ...] = (
        lambda text: engine.write(store, text, form, None, _LONGEST),
        lambda text: pool.run(text, form, None),
    )
    medians: tuple[list[float], list[float]] = ([], [])
    for way in ways:
        way(shape.texts[0])  # a worker is forked, pages are touched
    for _ in range(_ROUNDS):
        for way, found in zip(ways, medians, strict=True):
            found.append(_median(way, shape.texts, seconds / _ROUNDS))
    return Cost(statistics.median(medians[0]), statistics.median(medians[1]))


def _median(way: Callable[[str], object], texts: Sequence[str], seconds: float) -> float:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        began = time.perf_counter()
        way(texts[len(times) % len(texts)])
        times.append(time.perf_counter() - began)
    return statistics.median(times)
