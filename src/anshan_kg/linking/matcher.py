"""Matching: candidates by n-grams and pinyin, gates, scores with reasons, two thresholds, or nothing."""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from anshan_kg.linking import concepts, descriptions, folding, names, score
from anshan_kg.linking.candidates import Index, sound
from anshan_kg.linking.gates import FAMILIES, Family, Subject
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Decision, Kind
from anshan_kg.linking.verdict import decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.linking.record import Match, Record

_CANDIDATES = 20
"""How many of the nearest names are looked at closely."""
_DESCRIPTIONS = 80
"""How many descriptions that share words are: they are long, so the right one may not be near."""
_NO_TEXT = {"code", "symbol", "ucum", "notation"}
_MARGIN = 0.03
"""Within so much of a score, a heading and its subheading fit equally."""


class Matcher:
    """
    Finds, among many records, those that are the same thing as another one.

    Building it costs time and memory by the number of records; `match` costs by the candidates.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.records: list[Record] = list(records)
        texts: list[str] = []
        self._owners: list[int] = []
        self._described: list[int] = []
        self._codes: dict[str, list[int]] = defaultdict(list)
        for at, record in enumerate(self.records):
            if FAMILIES[record.kind] in {Family.CONCEPT, Family.ANY}:
                self._described.append(at)
            for kind, name in record.names:
                if kind in _NO_TEXT:
                    self._codes[name.strip()].append(at)
                else:
                    texts.append(name)
                    self._owners.append(at)
            for scheme, value in record.identifiers.items():
                self._codes[f"{scheme}\n{value}"].append(at)
        self._texts = [names.cut_form(text)[0] for text in folding.fold_many(texts)]
        self._index = Index(self._texts)
        self._subjects: dict[int, Subject] = {}

    @cached_property
    def _sounding(self) -> Index:
        return Index([sound(text) for text in self._texts], (3,))

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        """Which descriptions hold a word."""
        found: dict[str, list[int]] = defaultdict(list)
        for at in self._described:
            for word in self._subject_words(self.records[at]):
                found[word].append(at)
        return dict(found)

    @staticmethod
    def _subject_words(record: Record) -> set[str]:
        subject = Subject.of(record)
        english = subject.en or tuple(filter(None, map(concepts.english_of, subject.zh)))
        return {word for name in english for word in descriptions.keywords(name)}

    def match(self, record: Record, limit: int = 5) -> Sequence[Match]:
        """
        Return the candidates for `record`, best first; an empty sequence says that there is none (NIL).

        Every candidate that was looked at closely and refused is among them as `reject`, up to `limit`.
        """
        ours = Subject.of(record)
        found = [score.judge(ours, self._subject(at)) for at in self._candidates(ours)]
        found.sort(key=_order)
        return _settled(_one_sense(_alone(found)))[:limit]

    def match_many(self, records: Sequence[Record], limit: int = 5) -> Sequence[Sequence[Match]]:
        """Match a whole table at once; the same answers as one by one, at less cost a record."""
        return [self.match(record, limit) for record in records]

    def judge(self, ours: Record, theirs: Record) -> Match:
        """Score one given pair, with its reasons."""
        return score.judge(Subject.of(ours), Subject.of(theirs))

    def _candidates(self, ours: Subject) -> list[int]:
        record = ours.record
        found: dict[int, float] = {}
        for scheme, value in record.identifiers.items():
            found.update(dict.fromkeys(self._codes.get(f"{scheme}\n{value}", ()), 2.0))
        for code in ours.codes:
            found.update(dict.fromkeys(self._codes.get(code, ()), 2.0))
        described = bool(self._described) and ours.family in {Family.CONCEPT, Family.ANY}
        sharing = self._sharing(record) if described else []
        for kind, name in record.names:
            # English descriptions are found by their words; by characters only where no word is known
            if kind in _NO_TEXT or (
                sharing and ours.family is Family.CONCEPT and not folding.is_chinese(name)
            ):
                continue
            for number, cosine in self._near(kind, name):
                owner = self._owners[number]
                found[owner] = max(found.get(owner, 0.0), cosine)
        best = heapq.nsmallest(_CANDIDATES, found, key=lambda at: (-found[at], self.records[at].id))
        return list(dict.fromkeys([*best, *sharing]))

    def _near(self, kind: str, name: str) -> Iterable[tuple[int, float]]:
        """Return the numbers of the names nearest to one, and how near they are."""
        text = names.cut_form(folding.fold(name))[0]
        if kind == "pinyin":
            numbers, cosines = self._sounding.search(text.replace(" ", ""), _CANDIDATES)
        else:
            numbers, cosines = self._index.search(text, _CANDIDATES)
        return zip(numbers.tolist(), cosines.tolist(), strict=True)

    def _sharing(self, record: Record) -> list[int]:
        """Return the descriptions that share the most and the rarest words with a record."""
        sums: dict[int, float] = defaultdict(float)
        for word in sorted(self._subject_words(record)):
            held = self._words.get(word, ())
            rarity = math.log((1 + len(self._described)) / (1 + len(held))) + 1
            for at in held:
                sums[at] += rarity
        return heapq.nsmallest(_DESCRIPTIONS, sums, key=lambda at: (-sums[at], self.records[at].id))

    def _subject(self, at: int) -> Subject:
        found = self._subjects.get(at)
        if found is None:
            found = self._subjects[at] = Subject.of(self.records[at])
        return found


def _order(match: Match) -> tuple[float, str]:
    return -match.score, match.record.id


def _alone(found: list[Match]) -> list[Match]:
    """
    Leave it to a person where two different things fit equally well, such as two towns of one name.

    Records of the same name are two records of one thing, and the shares of one firm belong together.
    """
    best = [
        match for match in found if match.decision is Decision.ACCEPT and match.score > found[0].score - _TIE
    ]
    apart = {_identity(match.record) for match in best if FAMILIES[match.record.kind] in _INDIVIDUALS}
    if len(apart) < 2:  # noqa: PLR2004 - one thing
        return found
    doubtful = [_doubted(match, best[match is best[0]]) for match in best]
    return sorted([*doubtful, *(match for match in found if match not in best)], key=_order)


def _doubted(match: Match, rival: Match) -> Match:
    """Return a match as one that a person has to look at, because another record fits as well."""
    score = min(match.score, _DOUBT)
    why = reason("ambiguous", score - match.score, rival.record.id)
    return replace(match, score=score, decision=decide(score), reasons=(*match.reasons, why))


def _one_sense(found: list[Match]) -> list[Match]:
    """
    Leave it to a person where a word has several senses, unless it is the first name of one alone.

    Dictionaries list each sense of a word as a record of its own: two by the same first name that fit
    equally are both in doubt, and one that only has the word among its other names gives way to the
    one that is called by it.
    """
    taken = [match for match in found if match.decision is Decision.ACCEPT and match.record.kind in _SENSES]
    labels = [match for match in taken if "other-name" not in {reason.code for reason in match.reasons}]
    doubted: dict[int, Match] = {}
    for match in taken:
        if match not in labels:
            rival = next((each for each in labels if each.score > match.score), None)
        else:
            rival = next(
                (
                    each
                    for each in labels
                    if each is not match
                    and abs(each.score - match.score) < _TIE
                    and _first_name(each) == _first_name(match)
                ),
                None,
            )
        if rival:
            doubted[id(match)] = _doubted(match, rival)
    return sorted((doubted.get(id(match), match) for match in found), key=_order) if doubted else found


def _first_name(match: Match) -> str:
    return folding.fold(match.record.names[0][1])


_TIE, _DOUBT = 0.005, 0.8
_SENSES = {Kind.MATERIAL, Kind.OTHER}
_INDIVIDUALS = {Family.FIRM, Family.MINE, Family.PLACE}


def _identity(record: Record) -> tuple[str, ...]:
    """Return by what a record is another than one of a like name: its name, for a place where it is."""
    name = folding.fold(record.names[0][1]) if record.names else record.id
    if FAMILIES[record.kind] is not Family.PLACE:
        return ("", "") if record.kind is Kind.SECURITY else (name,)
    point = record.point
    return (*record.places, f"{point[0]:.1f} {point[1]:.1f}" if point else record.id)


def _settled(found: list[Match]) -> list[Match]:
    """
    Put the level of a classification first that says the thing itself.

    A heading that fits as well as its own subheading is meant, being no narrower than it has to be;
    but a group of industries that has the title of its only class is that class.
    """
    if len(found) < 2 or found[0].decision is not Decision.ACCEPT:  # noqa: PLR2004 - nothing to choose from
        return found
    top = found[0]
    best = top
    for other in found[1:]:
        if other.decision is not Decision.ACCEPT or other.score < top.score - _MARGIN:
            break
        if _level_of(other, best):
            best = other
    return found if best is top else [best, *(match for match in found if match is not best)]


_DIGITS = re.compile(r"\d{2,6}$")


def _level_of(other: Match, top: Match) -> bool:
    """Say whether another match is the level at which the same class is rather meant."""
    one, two = _DIGITS.search(other.record.id), _DIGITS.search(top.record.id)
    if one is None or two is None or other.record.kind is not top.record.kind:
        return False
    if top.record.kind is Kind.PRODUCT:
        lists = "one-of" in {reason.code for reason in other.reasons}
        return two[0].startswith(one[0]) and (
            not lists or "one-of" in {reason.code for reason in top.reasons}
        )
    if top.record.kind is Kind.INDUSTRY:
        same = {name for _, name in other.record.names} == {name for _, name in top.record.names}
        return same and one[0].startswith(two[0])
    return False
