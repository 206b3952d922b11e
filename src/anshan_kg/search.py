"""
Find things by their names: Chinese from two characters on, pinyin, English, codes, old names.

Every name is one normalised string. A query matches a whole name, its beginning, a word of it, a
part of it, its pinyin with or without spaces, the first letters of its pinyin, or, failing those,
something spelt much like it. Chinese needs no word breaker, because parts of names match.
"""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from anshan_kg.errors import UnknownName
from anshan_kg.model import Hit, Labels, Table, text_of
from anshan_kg.terms import BASE, PREFIXES, curie, path_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_EXACT, _SPACED, _START, _WORD, _INITIALS, _PART, _TOKENS, _FUZZY = 100, 96, 88, 80, 76, 70, 62, 50
_LEAST_ALIKE = 75
"""Below this likeness (of 100) two spellings are not taken for the same name."""
_PREFERENCE = {"label": 0.0, "code": 1.0, "alt": 2.0}
_HIDDEN = {
    "akg:QuantitativeClaim",
    "akg:RelationClaim",
    "akg:TextClaim",
    "akg:Passage",
    "akg:Flow",
    "akg:EvidenceGap",
}
_TERMS = {
    "owl:Class",
    "owl:ObjectProperty",
    "owl:DatatypeProperty",
    "owl:AnnotationProperty",
    "akg:Relation",
    "akg:ReusedTerm",
}
_ABOUT = {
    "akg:SourceDocument",
    "akg:ConflictSet",
    "akg:ConversionFactor",
    "akg:ProcessStep",
    "akg:ValorisationChain",
}
_PLAIN_CLASSES = {"akg:Relation", "skos:Concept"}
_MARKS = re.compile(r"[^\w\s]+")


def normalise(text: str) -> str:
    """
    Return a name as it is compared: one width, one case, no tone marks, no punctuation.

    >>> normalise("  ＣＯＧ（焦炉煤气）"), normalise("Xī'ānshān")
    ('cog 焦炉煤气', 'xianshan')
    """
    wide = unicodedata.normalize("NFKC", text).casefold()
    plain = wide if wide.isascii() else unicodedata.normalize("NFD", wide)
    if _MARKS.search(plain):  # most names have none, and this is called for each of them
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        plain = _MARKS.sub(" ", plain.replace("'", "").replace("’", ""))
    return " ".join(plain.split())


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one thing, ready to be compared."""

    thing: str
    text: str
    kind: str
    plain: str
    closed: str
    initials: str


@dataclass
class NameIndex:
    """
    All names of all things that are looked for; of claims and passages the labels only.

    Build it with `NameIndex.of`, from the table of the look-up `names`: thing, type, name, kind.
    """

    names: list[Name] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Labels] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table) -> NameIndex:
        """Return the index of a table of names."""
        index = cls()
        seen: set[tuple[str, str, str]] = set()
        found: list[tuple[str, str, str, bool]] = []
        english: dict[str, str] = {}
        chinese: dict[str, str] = {}
        for row in table:
            thing, text, kind = (text_of(row[part]) for part in ("thing", "name", "kind"))
            kind_of = curie(text_of(row["type"]))
            if kind_of not in _PLAIN_CLASSES or thing not in index.types:
                index.types[thing] = kind_of
            if (thing, text, kind) in seen:
                continue
            seen.add((thing, text, kind))
            name = row["name"]
            lang = (name.language or "") if isinstance(name, Literal) else ""
            if kind == "label":
                (chinese if lang.startswith("zh") else english)[thing] = text
            found.append((thing, text, kind, "pinyin" in lang))
        index.names = [
            _name(thing, text, kind, pinyin=pinyin)
            for thing, text, kind, pinyin in found
            if index.types[thing] not in _HIDDEN
        ]
        for thing in index.types:
            index.labels[thing] = Labels(english.get(thing, ""), chinese.get(thing, ""))
        return index

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """
        Return the things whose names match, best first.

        Args:
            text: What is looked for.
            kind: A class as a short name (`akg:Mine`) or just its name (`mine`); others are left out.
            limit: How many at most.
        """
        query = normalise(text)
        if not query:
            return []
        best: dict[str, tuple[float, Name]] = {}
        for score, name in self._matches(query):
            if score > best.get(name.thing, (0.0, name))[0]:
                best[name.thing] = (score, name)
        hits = [
            Hit(thing, self.types[thing], self.labels[thing], name.text, round(score, 1))
            for thing, (score, name) in best.items()
            if kind is None or _is_of(self.types[thing], kind)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.iri))[:limit]

    def resolve(self, text: str) -> str:
        """
        Return the IRI of the one thing meant by an IRI, a short name, a slug or a name.

        Raises:
            UnknownName: nothing, or more than one thing, goes by it; the error suggests some.
        """
        given = text.strip().removeprefix("<").removesuffix(">")
        for found in self._direct(given):
            if found in self.types:
                return found
        for things in self._ranked(given):
            if len(things) == 1:
                return next(iter(things))
            if things:
                known = sorted(path_of(thing) or curie(thing) for thing in things)
                raise UnknownName("single thing", text, known, suggestions=True)
        raise UnknownName("thing", text, self._suggestions(given), suggestions=True)

    def _ranked(self, given: str) -> Iterator[set[str]]:
        """
        Yield the things that go by a text, the surest way first.

        By name, by slug, by another name, by name without spaces; then the same for documents and
        the parts of chains, and last for terms of the ontology: a person who says `xianshan` means
        the mine, not a page about it.
        """
        wanted = normalise(given)
        by_name: set[str] = set()
        by_alias: set[str] = set()
        closed: set[str] = set()
        for name in self.names:
            if name.plain == wanted:
                (by_name if name.kind == "label" else by_alias).add(name.thing)
            elif wanted and name.closed == wanted.replace(" ", ""):
                closed.add(name.thing)
        by_slug = {thing for thing in self.types if slug_of(thing) == given}
        shown = {thing for thing, kind in self.types.items() if kind not in _HIDDEN}
        terms = {thing for thing, kind in self.types.items() if kind in _TERMS}
        about = {thing for thing, kind in self.types.items() if kind in _ABOUT}
        for group in (shown - terms - about, shown & about, shown & terms):
            for things in (by_name, by_slug, by_alias, closed):
                yield things & group

    def _direct(self, given: str) -> Iterator[str]:
        """Yield the IRIs that a text spells out, whole or shortened."""
        yield given
        prefix, colon, local = given.partition(":")
        if colon and prefix in PREFIXES:
            yield PREFIXES[prefix] + local
        if "/" in given:
            yield f"{BASE}{given.lstrip('/')}"
            yield f"{BASE}id/{given.lstrip('/')}"
            yield f"{BASE}scheme/{given.lstrip('/')}"

    def _suggestions(self, text: str) -> list[str]:
        hits = self.search(text, limit=5)
        return [f"{slug_of(hit.iri)} ({hit.labels.en}, {hit.labels.zh})" for hit in hits]

    def _matches(self, query: str) -> Iterator[tuple[float, Name]]:
        closed, tokens, found = query.replace(" ", ""), query.split(), False
        for name in self._candidates(closed, tokens):
            base = _score(query, closed, tokens, name)
            if base:
                found = True
                likeness = min(len(query) / max(len(name.plain), 1), 1.0)
                penalty = _PREFERENCE.get(name.kind, 0.0) + 6.0 * (self.types[name.thing] in _TERMS)
                yield (base if base == _EXACT else base + 5 * likeness) - penalty, name
        if not found and len(closed) >= (2 if _is_han(closed) else 4):
            yield from self._alike(closed)

    def _candidates(self, closed: str, tokens: Sequence[str]) -> Iterator[Name]:
        """Yield the names that can score at all: looked for in one long text, not in each name."""
        found = {*self._plain.holding(max(tokens, key=len)), *self._closed.holding(closed)}
        found.update(self._initials.get(closed, ()))
        for position in sorted(found):
            yield self.names[position]

    @cached_property
    def _plain(self) -> _Lines:
        return _Lines([name.plain for name in self.names])

    @cached_property
    def _closed(self) -> _Lines:
        return _Lines([name.closed for name in self.names])

    @cached_property
    def _initials(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, name in enumerate(self.names):
            if name.initials:
                found.setdefault(name.initials, []).append(position)
        return found

    def _alike(self, closed: str) -> Iterator[tuple[float, Name]]:
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - only misspelt queries come here

        for _, score, position in process.extract(
            closed,
            [name.closed for name in self.names],
            scorer=fuzz.ratio,
            limit=50,
            score_cutoff=_LEAST_ALIKE,
        ):
            yield _FUZZY * score / 100, self.names[position]


class _Lines:
    """Texts without line breaks, to be told which of them hold a piece of text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._all = "\n".join(texts)
        self._starts = [0, *itertools.accumulate(len(text) + 1 for text in texts)][:-1]

    def holding(self, piece: str) -> Iterator[int]:
        """Yield the positions of the texts that hold a piece, in order."""
        at = self._all.find(piece)
        while at >= 0:
            position = bisect.bisect_right(self._starts, at) - 1
            yield position
            following = self._starts[position + 1] if position + 1 < len(self._starts) else len(self._all)
            at = self._all.find(piece, following)


def _name(thing: str, text: str, kind: str, *, pinyin: bool) -> Name:
    plain = normalise(text)
    initials = "".join(word[0] for word in plain.split()) if pinyin else ""
    return Name(thing, text, kind, plain, plain.replace(" ", ""), initials)


def _score(query: str, closed: str, tokens: Iterable[str], name: Name) -> float:  # noqa: PLR0911 - a table
    if query == name.plain:
        return _EXACT
    if closed == name.closed:
        return _SPACED
    if name.plain.startswith(query) or name.closed.startswith(closed):
        return _START
    if f" {query}" in name.plain:
        return _WORD
    if name.initials and closed == name.initials and len(closed) > 1:
        return _INITIALS
    if len(closed) > 1 and (query in name.plain or (_is_han(closed) and closed in name.closed)):
        return _PART
    if all(token in name.plain for token in tokens) and len(closed) > 1:
        return _TOKENS
    return 0


def _is_of(found: str, wanted: str) -> bool:
    return wanted.lower() in {found.lower(), found.lower().rpartition(":")[2]}


def _is_han(text: str) -> bool:
    return any("\u3400" <= character <= "\u9fff" for character in text)
