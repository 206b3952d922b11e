"""
Find things by their names: Chinese from two characters on, pinyin, English, codes, old names.

Every name is one normalised string. A query matches a whole name, its beginning, a word of it, a
part of it, its pinyin with or without spaces, the first letters of its pinyin, or, failing those,
something that sounds like it or is spelt much like it. Chinese needs no word breaker, because parts
of names match.
"""

from __future__ import annotations

import heapq
import itertools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from anshan_kg.errors import UnknownName
from anshan_kg.model import Found, Hit, Labels, Table, text_of
from anshan_kg.spelling import Lines, Sorted, Spelling, is_chinese
from anshan_kg.terms import BASE, PREFIXES, curie, path_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_EXACT, _SPACED, _START, _WORD, _INITIALS, _PART, _TOKENS, _FUZZY = 100, 96, 88, 80, 76, 70, 62, 50
_SOUND, _SOUND_PART = 57, 53
_LEAST_ALIKE, _LEAST_NEAR = 0.72, 0.45
"""Below this likeness two spellings are not taken for the same name; not even for a near one."""
_MOST = 2000
"""So many names are scored for one text, the shortest of those that can match; no page shows more."""
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
_KINDS = {"label": "name", "alt": "other name"}
_FEW = 6
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

    @property
    def how(self) -> str:
        """What it is of its thing: "name", "other name", "pinyin" or "code"."""
        return "pinyin" if self.initials else _KINDS.get(self.kind, self.kind)


_Match = tuple[float, Name, str]
"""How well a name matches, which one, and how it does."""


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
        names = (
            _name(thing, text, kind, pinyin=pinyin)
            for thing, text, kind, pinyin in found
            if index.types[thing] not in _HIDDEN
        )
        index.names = sorted(names, key=lambda name: len(name.plain))
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
        return list(self.find(text, kind=kind, limit=limit).hits)

    def find(self, text: str, *, kind: str | None = None, limit: int = 20, start: int = 0) -> Found:
        """
        Return the things whose names match, how many there are of each class, or what comes near.

        Args:
            text, kind, limit: As in `search`.
            start: How many of the best are left out, as they were shown before.
        """
        query = normalise(text)
        if not query:
            return Found()
        best = self._best(self._matches(query))
        counts = Counter(self.types[thing] for thing in best)
        chosen = {
            thing: match for thing, match in best.items() if kind is None or _is_of(self.types[thing], kind)
        }
        first = heapq.nsmallest(start + limit, chosen.items(), key=_rank)[start:]
        near: tuple[Hit, ...] = ()
        if not best:
            closed = query.replace(" ", "")
            alike = self._best((_FUZZY * score, self.names[at], "alike") for score, at in self._like(closed))
            near = tuple(self._hit(*each) for each in heapq.nsmallest(_FEW, alike.items(), key=_rank))
        return Found(
            hits=tuple(self._hit(*each) for each in first),
            total=len(chosen),
            types=tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))),
            near=near,
        )

    def _best(self, matches: Iterable[_Match]) -> dict[str, _Match]:
        best: dict[str, _Match] = {}
        for match in matches:
            known = best.get(match[1].thing)
            if known is None or match[0] > known[0]:
                best[match[1].thing] = match
        return best

    def _hit(self, thing: str, match: _Match) -> Hit:
        score, name, how = match
        return Hit(thing, self.types[thing], self.labels[thing], name.text, round(score, 1), how)

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

    def _matches(self, query: str) -> Iterator[_Match]:
        closed, tokens, found = query.replace(" ", ""), query.split(), False
        for name in self._candidates(closed, tokens):
            base = _score(query, closed, tokens, name)
            if base:
                found = True
                likeness = min(len(query) / max(len(name.plain), 1), 1.0)
                score = (base if base == _EXACT else base + 5 * likeness) - self._penalty(name)
                yield score, name, "initials" if base == _INITIALS else name.how
        if found:
            return
        for whole, at in self._spelling.sounding(closed):
            name = self.names[at]
            closeness = 3 * min(len(closed) / len(name.initials), 1.0)
            yield (_SOUND if whole else _SOUND_PART) + closeness - self._penalty(name), name, "sound"
        if len(closed) >= (2 if is_chinese(closed) else 4):
            for score, at in self._like(closed, _LEAST_ALIKE):
                name = self.names[at]
                closeness = 2 * min(len(closed) / len(name.closed), 1.0)
                yield _FUZZY * score + closeness - self._penalty(name), name, "alike"

    def _penalty(self, name: Name) -> float:
        return _PREFERENCE.get(name.kind, 0.0) + 6.0 * (self.types[name.thing] in _TERMS)

    def _candidates(self, closed: str, tokens: Sequence[str]) -> Iterator[Name]:
        """
        Yield the names that can score: looked for in one long text, not in each name.

        The names are in the order of their length. So where too many hold a text, the shortest are
        taken, which are those that are most of all what was typed; those that begin with it are
        looked for by themselves.
        """
        found = {*heapq.nsmallest(_MOST, self._sorted.beginning(closed))}
        found.update(self._initials.get(closed, ()))
        found.update(itertools.islice(self._plain.holding(max(tokens, key=len)), _MOST))
        found.update(itertools.islice(self._closed.holding(closed), _MOST))
        for position in sorted(found):
            yield self.names[position]

    @cached_property
    def _plain(self) -> Lines:
        return Lines([name.plain for name in self.names])

    @cached_property
    def _closed(self) -> Lines:
        return Lines([name.closed for name in self.names])

    @cached_property
    def _sorted(self) -> Sorted:
        return Sorted([name.closed for name in self.names])

    @cached_property
    def _initials(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, name in enumerate(self.names):
            if name.initials:
                found.setdefault(name.initials, []).append(position)
        return found

    @cached_property
    def _spelling(self) -> Spelling:
        sounds = {position: name.plain for position, name in enumerate(self.names) if name.initials}
        return Spelling([name.closed for name in self.names], sounds)

    def _like(self, closed: str, least: float = _LEAST_NEAR) -> list[tuple[float, int]]:
        return self._spelling.like(closed, least)


def _rank(found: tuple[str, _Match]) -> tuple[float, str]:
    return -round(found[1][0], 1), found[0]


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
    if len(closed) > 1 and (query in name.plain or (is_chinese(closed) and closed in name.closed)):
        return _PART
    if all(token in name.plain for token in tokens) and len(closed) > 1:
        return _TOKENS
    return 0


def _is_of(found: str, wanted: str) -> bool:
    return wanted.lower() in {found.lower(), found.lower().rpartition(":")[2]}
