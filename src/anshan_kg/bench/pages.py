"""How long the server takes for a page: all of the site and of all things, made anew and kept."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anshan_kg import registry
from anshan_kg.errors import SourceError
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.terms import path_of
from anshan_kg.web import create_app, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anshan_kg.kg import KnowledgeGraph

_WARMED_WITH = "/page/id/place/anshan"


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds that pages of one kind took: the median, the 95th of 100, the slowest, and which."""

    kind: str
    count: int
    median: float
    late: float
    worst: float
    slowest: str


def addresses(kg: KnowledgeGraph) -> Iterator[tuple[str, str]]:
    """Yield kind and address of every page that needs no parameter."""
    for name in registry.names(pages):
        path = registry.load(pages, "page", name).PATH
        if "<" not in path and path != "/why":
            yield "pages of the site", path
    yield "pages of the site", "/sparql"
    for query in kg.questions():
        yield "named questions", f"/ask/{query.name}"
    for thing, kind in sorted(kg.names.types.items()):
        path = path_of(thing) or ""
        if path.startswith(("id/", "scheme/")):
            yield f"{kind} pages", f"/page/{path}"


def run(kg: KnowledgeGraph, step: int, say: Callable[[str], None]) -> list[Timed]:
    """
    Return how long pages take, in Chinese, by kind; made for the first time, and once more.

    Args:
        kg: The graph.
        step: Of the pages of things, take one in so many.
        say: Is told how far it has come.

    Raises:
        SourceError: a page was not answered.
    """
    client = create_app(kg, DirectRunner(kg.store)).test_client(use_cookies=False)
    _time(client, _WARMED_WITH)  # builds what later ones use
    asked = [
        each for at, each in enumerate(addresses(kg)) if at % step == 0 or not each[0].endswith(" pages")
    ]
    first: dict[str, list[tuple[float, str]]] = {}
    again: list[tuple[float, str]] = []
    for at, (kind, address) in enumerate(asked):
        first.setdefault(kind, []).append((_time(client, address), address))
        again.append((_time(client, address), address))
        if at % 1000 == 999:  # noqa: PLR2004 - now and then
            say(f"{at + 1} of {len(asked)} pages")
    everything = [each for times in first.values() for each in times]
    return [
        _of("all, made anew", everything),
        _of("all, asked again", again),
        *(_of(kind, times) for kind, times in sorted(first.items())),
    ]


def _time(client: Any, address: str) -> float:  # noqa: ANN401 - a client of whatever framework `web` is made with
    start = time.perf_counter()
    answer = client.get(address, query_string={"lang": "zh"}, headers={"Accept": "text/html"})
    took = 1000 * (time.perf_counter() - start)
    if answer.status_code != 200:  # noqa: PLR2004 - fine
        raise SourceError(f"the service answered {answer.status_code} to {address}")
    return took


def _of(kind: str, times: Sequence[tuple[float, str]]) -> Timed:
    taken = sorted(times)
    late = taken[min(len(taken) - 1, int(0.95 * len(taken)))][0]
    return Timed(kind, len(taken), statistics.median(each for each, _ in taken), late, *taken[-1])


def markdown(found: Sequence[Timed]) -> str:
    """Return the times as a table."""
    lines = [
        "| pages | number | median ms | 95 % ms | worst ms | which |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {each.kind} | {each.count} | {each.median:.1f} | {each.late:.1f} | {each.worst:.0f} "
        f"| {each.slowest} |"
        for each in found
    ]
    return "\n".join(lines)
