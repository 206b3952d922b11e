"""Matching: candidates by n-grams and pinyin, gates, scores with reasons, two thresholds, nothing as a result."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from anshan_kg.linking import names, score
from anshan_kg.linking.candidates import Index, sound
from anshan_kg.linking.gates import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.linking.record import Match, Record

_CANDIDATES = 20
"""How many of the nearest names are looked at closely."""


class Matcher:
    """
    Finds, among many records, those that are the same thing as another one.

    Building it costs time and memory by the number of records; `match` costs by the candidates.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.records: list[Record] = list(records)
        texts: list[str] = []
        owners: list[int] = []
        for at, record in enumerate(self.records):
            for kind, name in record.names:
                if kind != "code":
                    texts.append(name)
                    owners.append(at)
        folded = names.fold_many(texts)
        self._texts = [names.cut_form(text)[0] for text in folded]
        self._owners = owners
        self._index = Index(self._texts)
        self._subjects: dict[int, Subject] = {}

    @cached_property
    def _sounding(self) -> Index:
        return Index([sound(text) for text in self._texts], (3,))

    def match(self, record: Record, limit: int = 5) -> Sequence[Match]:
        """
        Return the candidates for `record`, best first; an empty sequence says that there is none (NIL).

        Every candidate that was looked at closely and refused is among them as `reject`, up to `limit`.
        """
        ours = Subject.of(record)
        found = [score.judge(ours, self._subject(at)) for at in self._candidates(record)]
        found.sort(key=lambda match: (-match.score, match.record.id))
        return found[:limit]

    def match_many(self, records: Sequence[Record], limit: int = 5) -> Sequence[Sequence[Match]]:
        """Match a whole table at once; the same answers as one by one, at less cost a record."""
        return [self.match(record, limit) for record in records]

    def judge(self, ours: Record, theirs: Record) -> Match:
        """Score one given pair, with its reasons."""
        return score.judge(Subject.of(ours), Subject.of(theirs))

    def _candidates(self, record: Record) -> list[int]:
        found: dict[int, float] = {}
        for kind, name in record.names:
            if kind == "code":
                continue
            text = names.cut_form(names.fold(name))[0]
            if kind == "pinyin":
                numbers, cosines = self._sounding.search(text.replace(" ", ""), _CANDIDATES)
            else:
                numbers, cosines = self._index.search(text, _CANDIDATES)
            for number, cosine in zip(numbers, cosines, strict=True):
                owner = self._owners[number]
                found[owner] = max(found.get(owner, 0.0), float(cosine))
        best = sorted(found, key=lambda at: (-found[at], self.records[at].id))
        return best[:_CANDIDATES]

    def _subject(self, at: int) -> Subject:
        found = self._subjects.get(at)
        if found is None:
            found = self._subjects[at] = Subject.of(self.records[at])
        return found
