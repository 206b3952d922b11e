"""How long a search takes and how often the thing that was meant is found: as typed, and as mistyped."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg.bench import naming
from anshan_kg.model import Table
from anshan_kg.search import NameIndex
from anshan_kg.spelling import is_chinese, sound_of
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anshan_kg.model import Term

SHOWN = 8
"""So many suggestions a search field shows; what is meant counts as found among them."""

_SHORTEST = 4
_COMMON = (
    "安鞍岸暗山杉衫刚钢港岗矿况旷炉路陆露煤媒梅美镁焦交郊胶气汽器石时十食实铁贴业叶液页工公功宫厂场常料聊"
    "材才财有友限线县现司丝思集级机基积建件剑科课可技计记"
)
"""Characters that many names have, several of each sound."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds that searches of one kind took, and the shares found first and among the shown."""

    typed: str
    searches: int
    median: float
    late: float
    worst: float
    first: float
    among: float


def invented(names: int, seed: int) -> NameIndex:
    """Return an index of so many invented firms, each with its Chinese name and its pinyin."""
    rows: list[tuple[Term | None, ...]] = []
    kind = NamedNode(PREFIXES["akg"] + "Enterprise")
    for record in naming.invent(names, 10, seed).table:
        thing, text = NamedNode(f"{PREFIXES['enterprise']}{record.id}"), record.names[0][1]
        rows.append((thing, kind, Literal(text, language="zh-Hans"), Literal("label")))
        sound = Literal(sound_of(text), language="zh-Latn-pinyin")
        rows.append((thing, kind, sound, Literal("alt")))
    return NameIndex.of(Table(("thing", "type", "name", "kind"), tuple(rows)))


def run(index: NameIndex, searches: int, seed: int) -> list[Timed]:
    """Return how long each kind of search took in an index; what it is made of on first use comes before."""
    chance = random.Random(seed)  # noqa: S311 - texts to search for
    index.find("misspeltt")
    return [_timed(index, kind, texts) for kind, texts in _kinds(index, searches, chance)]


def _kinds(
    index: NameIndex, searches: int, chance: random.Random
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield kinds of typing, each with texts and the thing that is meant."""
    labels = [(each.text, each.thing) for each in index.names if each.kind == "label"]
    chinese = [each for each in labels if is_chinese(each[0]) and len(each[0]) >= _SHORTEST]
    english = [each for each in labels if not is_chinese(each[0]) and len(each[0]) > _SHORTEST]
    sounds = [
        (each.plain, each.thing) for each in index.names if each.initials and len(each.plain) > _SHORTEST
    ]
    ways: tuple[tuple[str, Sequence[tuple[str, str]], Callable[[str, random.Random], str]], ...] = (
        ("Chinese, whole name", chinese, lambda text, _: text),
        ("Chinese, two characters", chinese, _two),
        ("Chinese, another character of the same sound", chinese, _homophone),
        ("Chinese, a character left out", chinese, _left_out),
        ("pinyin", sounds, lambda text, _: text.replace(" ", "")),
        ("pinyin, mistyped", sounds, lambda text, chance: _mistyped(text.replace(" ", ""), chance)),
        ("English", english, lambda text, _: text),
        ("English, mistyped", english, _mistyped),
    )
    for kind, names, way in ways:
        if names:
            chosen = [chance.choice(names) for _ in range(searches)]
            yield kind, [(way(text, chance), thing) for text, thing in chosen]


def _timed(index: NameIndex, kind: str, texts: Sequence[tuple[str, str]]) -> Timed:
    times, first, among = [], 0, 0
    for text, meant in texts:
        start = time.perf_counter()
        hits = index.find(text, limit=SHOWN).hits
        times.append(1000 * (time.perf_counter() - start))
        found = [hit.iri for hit in hits]
        first += found[:1] == [meant]
        among += meant in found
    late = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return Timed(
        kind, len(texts), statistics.median(times), late, max(times), first / len(texts), among / len(texts)
    )


def _two(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) - 1)
    return text[at : at + 2]


def _left_out(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(text))
    return text[:at] + text[at + 1 :]


def _homophone(text: str, chance: random.Random) -> str:
    """Return a name with one character replaced by another of its sound, as input methods do it."""
    places = list(range(len(text)))
    chance.shuffle(places)
    for at in places:
        others = [each for each in _by_sound().get(sound_of(text[at]), "") if each != text[at]]
        if others:
            return text[:at] + chance.choice(others) + text[at + 1 :]
    return text


@cache
def _by_sound() -> dict[str, str]:
    """Return pinyin -> common characters of that sound."""
    found: dict[str, str] = {}
    for each in _COMMON:
        found[sound_of(each)] = found.get(sound_of(each), "") + each
    return found


def _mistyped(text: str, chance: random.Random) -> str:
    """Return a text with two letters exchanged, one left out, or one wrong."""
    at = chance.randrange(1, len(text) - 1)
    return chance.choice(
        (
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text[:at] + text[at + 1 :],
            text[:at] + chance.choice(_LETTERS) + text[at + 1 :],
        )
    )


def markdown(found: Sequence[Timed], title: str) -> str:
    """Return the times as a table."""
    lines = [
        f"| {title} | searches | median ms | 95th ms | worst ms | found first | among {SHOWN} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {each.typed} | {each.searches} | {each.median:.1f} | {each.late:.1f} | {each.worst:.1f} "
        f"| {each.first:.0%} | {each.among:.0%} |"
        for each in found
    ]
    return "\n".join(lines)
