"""The words of the trade, and English nouns in the singular."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache

from anshan_kg.linking.folding import table


@dataclass(frozen=True, slots=True)
class Trade:
    """
    The words of the trade.

    Attributes:
        same: spellings and the one that counts, longest first.
        light: heads that say nothing of their own.
        use: words for a use or form, with which a thing is still close to itself.
        source: words behind which stands what something is made of, from or for.
        silent: words that say nothing.
        verbs: what industries do.
        opposite: for a word those that exclude it.
        implies: for a word what it says besides.
        unsaid: what goes without saying.
        kinds: names of sorts of things, the head they are listed under, words needed, words implied,
            whether they are only listed there.
    """

    same: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    light: frozenset[str]
    use: frozenset[str]
    source: frozenset[str]
    silent: frozenset[str]
    verbs: dict[str, str]
    opposite: dict[str, frozenset[str]]
    implies: dict[str, frozenset[str]]
    unsaid: frozenset[str]
    kinds: tuple[tuple[tuple[str, ...], str, frozenset[str], frozenset[str], bool], ...] = field(default=())


@cache
def trade() -> Trade:
    """Return the words of the trade, read once."""
    known = table("concepts")
    same = [
        (tuple(map(lemma, other.split())), tuple(map(lemma, group[0].split())))
        for group in known["same"]
        for other in group[1:]
    ]
    opposite: dict[str, set[str]] = {}
    for one, other in known["opposite"]:
        opposite.setdefault(one, set()).add(other)
        opposite.setdefault(other, set()).add(one)
    kinds = [
        (
            tuple(map(lemma, each["name"].split())),
            lemma(each["is"]),
            frozenset(map(lemma, each.get("needs", ()))),
            frozenset(map(lemma, each.get("implies", ()))),
            bool(each.get("listed")),
        )
        for each in known["kind"]
    ]
    return Trade(
        tuple(sorted(same, key=lambda pair: -len(pair[0]))),
        frozenset(known["light"]),
        frozenset(known["use"]),
        frozenset(known["source"]),
        frozenset(known["silent"]),
        {word: verb for verb, names in known["verb"].items() for word in names},
        {word: frozenset(others) for word, others in opposite.items()},
        {word: frozenset(implied) for word, implied in known["implies"].items()},
        frozenset(known["unsaid"]["words"]),
        tuple(sorted(kinds, key=lambda kind: -len(kind[0]))),
    )


_PLURALS = (
    (re.compile(r"(?<=\w\w)ies$"), "y"),
    (re.compile(r"(?<=gas)es$"), ""),
    (re.compile(r"(?<=ss|ch|sh)es$"), ""),
    (re.compile(r"(?<=[xz])es$"), ""),
)
_KEEP = re.compile(r"(?:ss|us|is|gas|as|ics|ous)$")


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """
    Return the singular of an English noun, as far as its ending tells.

    >>> [lemma(word) for word in ("ores", "batteries", "gases", "bus", "axes")]
    ['ore', 'battery', 'gas', 'bus', 'ax']
    """
    if not word.isascii() or len(word) < 4 or _KEEP.search(word):  # noqa: PLR2004 - too short for a plural
        return word
    for pattern, end in _PLURALS:
        if pattern.search(word):
            return pattern.sub(end, word)
    return word.removesuffix("s")
