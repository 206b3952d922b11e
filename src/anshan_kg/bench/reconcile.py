"""How long a batch of 50 names takes to be reconciled, through the service as a client meets it."""

from __future__ import annotations

import json
import random
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg.errors import SourceError
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.synth.words import BRAND_ENDS, BRAND_STARTS
from anshan_kg.web import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anshan_kg.kg import KnowledgeGraph

BATCH = 50


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds that one kind of batch took: the fastest round, the median, the slowest."""

    names: str
    asked: str
    best: float
    median: float
    worst: float


def batches(kg: KnowledgeGraph, seed: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield kinds of names with 50 of each: of enterprises of the graph, misspelt ones, and unknown ones."""
    chance = random.Random(seed)  # noqa: S311 - names to ask for
    firms = kg.reconciliation.named("akg:Enterprise")
    known = [each.labels.zh for each in chance.sample(firms, min(BATCH, len(firms)))]
    yield "known, Chinese", known
    yield "known, English", [each.labels.en for each in chance.sample(firms, min(BATCH, len(firms)))]
    sounds = [name for each in firms for kind, name in each.names if kind == "pinyin"]
    yield "known, pinyin", chance.sample(sounds, min(BATCH, len(sounds)))
    yield "misspelt, Chinese", [_misspelt(name, chance) for name in known]
    brands = [
        chance.choice(BRAND_STARTS).zh + chance.choice(BRAND_ENDS).zh + chance.choice(BRAND_ENDS).zh
        for _ in range(BATCH)
    ]
    yield "unknown, Chinese", [f"鞍山市{brand}耐火材料有限公司" for brand in brands]
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield (
        "unknown, English",
        ["".join(chance.choices(letters, k=9)).title() + " Refractories Co., Ltd." for _ in range(BATCH)],
    )


def _misspelt(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name))
    return name[:at] + name[at + 1 :]


def run(kg: KnowledgeGraph, rounds: int, seed: int) -> list[Timed]:
    """
    Return how long batches take, with and without a class.

    Raises:
        SourceError: the service did not answer a batch.
    """
    client = create_app(kg, DirectRunner(kg.store)).test_client(use_cookies=False)
    found = []
    for names, texts in batches(kg, seed):
        for kind, strict in (("", ""), ("akg:Enterprise", "any"), ("akg:Enterprise", "should")):
            extra = {"type": kind, "type_strict": strict} if kind else {}
            batch = {f"q{at}": {"query": text, "limit": 3, **extra} for at, text in enumerate(texts)}
            data = {"queries": json.dumps(batch)}
            times = []
            for _ in range(rounds + 1):
                start = time.perf_counter()
                answer = client.post("/reconcile", data=data)
                times.append(1000 * (time.perf_counter() - start))
                if answer.status_code != 200:  # noqa: PLR2004 - fine
                    raise SourceError(f"the service answered {answer.status_code} to a batch of {names}")
            kept = times[1:]  # the first builds what later ones use
            found.append(
                Timed(names, f"{kind} {strict}".strip() or "-", min(kept), statistics.median(kept), max(kept))
            )
    return found


def markdown(found: Sequence[Timed]) -> str:
    """Return the times as a table."""
    lines = [
        f"| {BATCH} names | class | best ms | median ms | worst ms |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {each.names} | {each.asked} | {each.best:.0f} | {each.median:.0f} | {each.worst:.0f} |"
        for each in found
    ]
    return "\n".join(lines)
